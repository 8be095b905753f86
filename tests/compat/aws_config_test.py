"""Files and environment of AWS, read by src/aws_config and by botocore: the same, wherever they are meant to be.

They are not meant to be the same where AWS's SDKs agree against botocore: comments behind a value, sections and
settings that stand twice, [default] beside [profile default], a colon in place of the equals sign, names with blanks in
them, AWS_REGION, and bad values, which are errors here. The unit tests of src/aws_config hold those.

STEWARDRY_SEED repeats a run.
"""

import json
import os
import pathlib
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from environment import botocore_python  # noqa: E402  (after the path)

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("STEWARDRY_COMPAT_AWS_CONFIG", "")
FILES = 300
ENVIRONMENTS = 60


def ours(*words, variables=None):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, env=variables)
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.returncode} {done.stderr}")
    return json.loads(done.stdout)


# Files, by hand: what people write, and what nobody should.
CORPUS = [
    "",
    "[default]\n",
    "[default]\nregion = eu-west-1\noutput=json\n",
    "[default]\n  region = eu-west-1\n  output = json\n",
    "# a comment\n; another\n[default]\nregion=x\n\n\n[profile a]\nregion =y\n",
    "[profile a]\nREGION = Mixed-Case\n",
    "[profile \"with blank\"]\na = 1\n[profile 'x y']\nb = 2\n",
    "[profile a]\ns3 =\n  addressing_style = path\n  max_concurrent_requests = 20\nregion = z\n",
    "[profile a]\ns3=\n\taddressing_style=path\n\n\tuse_accelerate_endpoint = true\n",
    "[default]\nservices = s\n[services s]\ndynamodb =\n  endpoint_url = http://localhost:8000\ns3 =\n"
    "  endpoint_url = http://localhost:9000\n",
    "[profile a]\nsso_session = x\nsso_account_id = 1\n[sso-session x]\nsso_region = y\nsso_start_url = https://z\n"
    "sso_registration_scopes = sso:account:access\n",
    "[preview]\ncloudfront = true\n[foo]\na = b\n[profile]\nx = y\n[profile a b]\nx = y\n[profilefoo]\nx = y\n",
    "[default]\ncredential_process = \"/opt/a b/c\" --x 'y z' $HOME\n",
    "[default]\na = b=c==\nempty =\nlast = x\n",
    "[default]\nname = one\n  two\n  three\nnext = x\n",
    "[default]\r\nregion = x\r\n[profile a]\r\nb = c\r\n",
    "[default]\nname = \u00fc\u4e2d\U0001f600\n",
    "[default]\nx = y\n# comment between\n   # indented comment\nz = w\n",
    "[default]\naws_access_key_id=AKIA\naws_secret_access_key=a/b+c=\n",
    "[default]   \nx = y\n",
    "[default\n",
    "[default]\nnothing\n",
    "x = y\n",
    "[default]\ns3 =\n  nonsense\n",
    "[]\nx = y\n",
]


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.seed = os.environ.get("STEWARDRY_SEED") or str(random.randrange(1 << 32))
        cls.random = random.Random(cls.seed)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="stewardry-aws-config-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    maxDiff = None

    def word(self):
        return "".join(self.random.choice("abcXYZ019-_./@+") for _ in range(self.random.randrange(1, 9)))

    def value(self):
        words = [self.word() + self.random.choice(["", "=", "'", '"', "#", ";", "[", "]", "%", "\u00e4"])
                 for _ in range(self.random.randrange(0, 4))]
        # A word that begins a comment is one of the differences; a value that begins with a quote is none.
        return self.random.choice([" ", "  ", "\t"]).join(words)

    def settings(self, indent):
        lines, names = [], set()
        for _ in range(self.random.randrange(0, 5)):
            name = "k" + self.word().replace(".", "_")  # "a.b" is how a nested setting is named here
            if name.lower() in names:
                continue
            names.add(name.lower())
            blank = self.random.choice(["", " ", "\t"])
            if self.random.random() < 0.3:
                lines.append(f"{indent}{name}{blank}=")
                inner = {f"n{self.word()}".lower() for _ in range(self.random.randrange(0, 4))}
                lines += [f"{indent}  {one}{blank}={blank}{self.value()}" for one in sorted(inner)]
            else:
                lines.append(f"{indent}{name}{blank}={blank}{self.value()}")
                if lines[-1].partition("=")[2].strip() and self.random.random() < 0.2:
                    lines += [f"{indent}\t {self.word()}" for _ in range(self.random.randrange(1, 3))]
            if self.random.random() < 0.1:
                lines.append(self.random.choice(["# comment", " ; [comment]"]))
        return lines

    def made_up(self):
        lines, names = [], set()
        for _ in range(self.random.randrange(0, 6)):
            kind = self.random.choice(["profile", "profile", "profile", "sso-session", "services", "other"])
            name = self.random.choice(["[default]", f"[{kind} {self.word()}]", f"[{kind}\t'{self.word()} x']"])
            if name not in names:
                names.add(name)
                lines += [name, *self.settings(self.random.choice(["", "", "  "]))]
        if self.random.random() < 0.05:
            lines.insert(self.random.randrange(len(lines) + 1), "nonsense")
        return self.random.choice(["\n", "\r\n"]).join(lines) + "\n"

    def test_the_same_sections_and_settings(self):
        texts = CORPUS + [self.made_up() for _ in range(FILES)]
        paths = []
        for number, text in enumerate(texts):
            paths.append(str(self.folder / str(number)))
            pathlib.Path(paths[-1]).write_bytes(text.encode())
        done = subprocess.run([str(botocore_python()), str(HERE / "aws_config_botocore.py"), "files", *paths],
                              capture_output=True, text=True, check=True)
        wanted = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(wanted), len(texts))
        refused = 0
        for text, path, want in zip(texts, paths, wanted):
            got = ours("config", path)
            with self.subTest(seed=self.seed, text=text):
                if want is None:
                    refused += 1
                    self.assertIn("error", got)
                else:
                    self.assertEqual(got, want)
        self.assertGreater(refused, 4)
        self.assertLess(refused, len(texts) / 3)


# Variable, setting, values: each by the one, the other, both, or neither.
SETTINGS = [
    ("AWS_DEFAULT_REGION", "region", ["eu-west-1", "us-gov-west-1"]),
    ("AWS_ENDPOINT_URL", "endpoint_url", ["http://localhost:1", "https://x.example/path"]),
    ("AWS_ENDPOINT_URL_SECRETS_MANAGER", None, ["http://localhost:2"]),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls", ["true", "false"]),
    ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", ["true", "False"]),
    ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", ["TRUE", "false"]),
    ("AWS_MAX_ATTEMPTS", "max_attempts", ["1", "10"]),
    ("AWS_RETRY_MODE", "retry_mode", ["standard", "adaptive", "legacy"]),
    ("AWS_CA_BUNDLE", "ca_bundle", ["/x.pem"]),
    ("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints", ["legacy", "regional"]),
    ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "account_id_endpoint_mode", ["preferred", "disabled", "required"]),
    ("AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation", ["when_supported", "when_required"]),
    ("AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation", ["when_supported", "when_required"]),
    ("AWS_DISABLE_REQUEST_COMPRESSION", "disable_request_compression", ["true", "false"]),
    ("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "request_min_compression_size_bytes", ["0", "128"]),
]
SERVICES = [("secretsmanager", "Secrets Manager"), ("sts", "STS"), ("s3", "S3")]
S3 = [("addressing_style", ["path", "virtual", "auto"]), ("use_arn_region", ["true", "false"]),
      ("use_accelerate_endpoint", ["true", "false"]), ("s3_disable_multiregion_access_points", ["true", "false"])]


class Settings(Files):
    test_the_same_sections_and_settings = None

    def case(self, number):
        lines, variables = ["[profile p]"], {"AWS_PROFILE": "p", "HOME": str(self.folder), "PATH": os.environ["PATH"]}
        for variable, setting, values in SETTINGS:
            if self.random.random() < 0.3:
                variables[variable] = self.random.choice(values)
            if setting and self.random.random() < 0.4:
                lines.append(f"{setting} = {self.random.choice(values)}")
        if self.random.random() < 0.5:
            lines.append("s3 =")
            lines += [f"  {name} = {self.random.choice(values)}" for name, values in S3 if self.random.random() < 0.5]
        if self.random.random() < 0.5:
            lines += ["services = s", "[services s]", "secrets_manager =", "  endpoint_url = http://localhost:3"]
        path = self.folder / f"settings-{number}"
        path.write_text("\n".join(lines) + "\n")
        variables["AWS_CONFIG_FILE"] = str(path)
        return variables

    def test_the_same_settings(self):
        cases = [(self.case(number), *self.random.choice(SERVICES)) for number in range(ENVIRONMENTS)]
        asked = [[variables, client] for variables, client, _ in cases]
        done = subprocess.run([str(botocore_python()), str(HERE / "aws_config_botocore.py"), "settings"],
                              input=json.dumps(asked), capture_output=True, text=True, check=True)
        for (variables, _, service_id), want in zip(cases, json.loads(done.stdout), strict=True):
            with self.subTest(seed=self.seed, variables=variables):
                got = ours("settings", service_id, variables=variables)
                file = pathlib.Path(variables["AWS_CONFIG_FILE"]).read_text()
                if service_id != "S3":  # whose settings nobody else reads here
                    want = {key: value for key, value in want.items() if not key.startswith("s3.")}
                self.assertEqual({key: got.get(key) for key in want}, want, file)

    def test_the_same_proxies(self):
        lists = ["", "*", "example.com", ".example.com", "a, b.example.com ,c", "example.com:443", "10.0.0.1",
                 "EXAMPLE.com", "ample.com", "localhost,127.0.0.1"]
        hosts = ["example.com", "a.example.com", "notexample.com", "10.0.0.1", "localhost", "c", "b.example.com"]
        sets = [{"HTTPS_PROXY": "http://p:1"}, {"https_proxy": "http://q:2", "HTTPS_PROXY": "http://p:1"},
                {"HTTPS_PROXY": "http://p:1", "https_proxy": ""}, {"HTTP_PROXY": "http://p:1"},
                {"HTTP_PROXY": "http://p:1", "REQUEST_METHOD": "GET"},
                {"http_proxy": "http://p:1", "REQUEST_METHOD": "GET"}, {"ALL_PROXY": "http://p:1"}]
        cases = [(proxies, no, host, scheme) for proxies in sets for no in lists
                 for host in hosts for scheme in ("http", "https")]
        cases = self.random.sample(cases, 200)
        asked = [[{**proxies, "NO_PROXY": no}, f"{scheme}://{host}:443/"] for proxies, no, host, scheme in cases]
        done = subprocess.run([str(botocore_python()), str(HERE / "aws_config_botocore.py"), "proxies"],
                              input=json.dumps(asked), capture_output=True, text=True, check=True)
        for (proxies, no, host, scheme), want in zip(cases, json.loads(done.stdout), strict=True):
            with self.subTest(seed=self.seed, proxies=proxies, no_proxy=no, url=f"{scheme}://{host}"):
                self.assertEqual(ours("proxy", scheme, host, "443", variables={**proxies, "NO_PROXY": no}), want)

    def test_the_same_words(self):
        texts = ["".join(self.random.choice("ab$*|  \t'\"\\") for _ in range(self.random.randrange(14)))
                 for _ in range(500)]
        for text, got in zip(texts, ours("words", *texts), strict=True):
            with self.subTest(seed=self.seed, text=text):
                try:
                    want = shlex.split(text)
                except ValueError:
                    want = None
                self.assertEqual(got, want)


if __name__ == "__main__":
    unittest.main()

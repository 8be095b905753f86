"""What the program knows of AWS's services, compared with the wheel that it was packed from: every service, operation,
shape, member and trait, paginator, waiter, rule set, and every operation's name on the command line.

Here the wheel is read with Python alone, in another way than the packing and the reading do it. The same is asked of
the program with some services as a directory of models.
"""

import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile

PROGRAM = os.environ["STEWARDRY_MODELS_PROGRAM"]
TOOLS = pathlib.Path(__file__).resolve().parent.parent.parent / "tools"
FROM_A_DIRECTORY = ["cloudwatch", "docdb", "dynamodb", "eks", "neptune", "s3", "secretsmanager", "sqs", "sts"]
NO_SPACE = ["", ""]
PREFERENCE = ["json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor", "query", "ec2"]
LOCATIONS = ["body", "uri", "querystring", "header", "headers", "statusCode"]
FORMATS = [None, "iso8601", "rfc822", "unixTimestamp"]
MATCHERS = ["path", "pathAll", "pathAny", "status", "error"]
STATES = ["success", "failure", "retry"]
# Every key that a model has: what the reader reads, and what it leaves alone because it says nothing about the wire.
READ = {
    "model": "metadata operations shapes clientContextParams",
    "metadata": "apiVersion serviceId endpointPrefix signingName serviceFullName signatureVersion auth protocol "
                "protocols jsonVersion targetPrefix globalEndpoint xmlNamespace awsQueryCompatible",
    "operation": "name http input output errors endpoint auth authtype unsignedPayload httpChecksum "
                 "httpChecksumRequired requestcompression staticContextParams operationContextParams "
                 "endpointoperation endpointdiscovery idempotent readonly deprecated",
    "shape": "type members required payload member key value enum min max pattern locationName xmlNamespace "
             "timestampFormat union document eventstream event sensitive streaming requiresLength flattened wrapper "
             "sparse exception fault retryable error",
    "member": "shape locationName queryName contextParam location timestampFormat xmlNamespace flattened streaming "
              "xmlAttribute jsonvalue idempotencyToken hostLabel eventpayload deprecated",
}
LEFT_ALONE = {
    "model": "documentation version deprecated deprecatedMessage examples",
    "metadata": "uid serviceAbbreviation protocolSettings checksumFormat ripServiceName",
    "operation": "documentation deprecatedMessage deprecatedSince",
    "shape": "documentation box deprecated deprecatedMessage deprecatedSince synthetic xmlOrder",
    "member": "documentation box deprecatedMessage deprecatedSince enum",
}
SPELLED_BY_HAND = {
    "CreateCachediSCSIVolume": "create-cached-iscsi-volume",
    "DescribeCachediSCSIVolumes": "describe-cached-iscsi-volumes",
    "DescribeStorediSCSIVolumes": "describe-stored-iscsi-volumes",
    "CreateStorediSCSIVolume": "create-stored-iscsi-volume",
    "ListHITsForQualificationType": "list-hits-for-qualification-type",
    "ExecutePartiQLStatement": "execute-partiql-statement",
    "ExecutePartiQLTransaction": "execute-partiql-transaction",
}


def wheel_path():
    done = subprocess.run([sys.executable, TOOLS / "fetch-models"], capture_output=True, text=True, check=True)
    return pathlib.Path(done.stdout.strip())


def laid_over(base, extra):
    if not (isinstance(base, dict) and isinstance(extra, dict)):
        return extra
    return {**base, **{key: laid_over(base.get(key), value) for key, value in extra.items()}}


def command_name(name):
    if name in SPELLED_BY_HAND:
        return SPELLED_BY_HAND[name]
    name = re.sub("([A-Z]{2,}s)$", lambda plural: "-" + plural.group().lower(), name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1-\2", name)
    return re.sub("([a-z0-9])([A-Z])", r"\1-\2", name).lower()


def space(value):
    if isinstance(value, str):
        return ["", value]
    return [value.get("prefix", ""), value.get("uri", "")] if value else NO_SPACE


def listed(value):
    return [value] if isinstance(value, str) else value or []


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Models:
    def __init__(self):
        self.zip = zipfile.ZipFile(wheel_path())
        self.files = {}  # service -> version -> {file name: path}
        for path in self.zip.namelist():
            parts = path.split("/")
            if path.startswith("botocore/data/") and len(parts) == 5:
                self.files.setdefault(parts[2], {}).setdefault(parts[3], {})[parts[4]] = path

    def names(self):
        return sorted(name for name, versions in self.files.items()
                      if any("service-2.json.gz" in files for files in versions.values()))

    def json(self, path):
        data = self.zip.read(path)
        return json.loads(gzip.decompress(data) if path.endswith(".gz") else data)

    def newest(self, name):
        return max(version for version, files in self.files[name].items() if "service-2.json.gz" in files)

    def read(self, name, kind):
        files = self.files[name][self.newest(name)]
        found = None
        for ending in (".json", ".json.gz"):
            if kind + ending in files:
                found = self.json(files[kind + ending])
        extras = files.get(kind + ".sdk-extras.json")
        return laid_over(found, self.json(extras)["merge"]) if extras else found

    def lines(self, name):
        model = self.read(name, "service-2")
        yield self.service(name, model)
        for operation in sorted(model["operations"]):
            yield self.operation(operation, model["operations"][operation])
        at_errors = {error["shape"] for it in model["operations"].values() for error in it.get("errors", [])}
        for shape in sorted(model["shapes"], key=lambda text: text.encode()):
            yield self.shape(shape, model["shapes"], shape in at_errors)
        pages = (self.read(name, "paginators-1") or {}).get("pagination", {})
        for operation in sorted(pages):
            page = pages[operation]
            yield ["paginator", operation, *(listed(page.get(key)) for key in
                   ("input_token", "output_token", "result_key", "non_aggregate_keys")),
                   page.get("more_results", ""), page.get("limit_key", "")]
        waiters = (self.read(name, "waiters-2") or {}).get("waiters", {})
        for waiter in sorted(waiters):
            it = waiters[waiter]
            yield ["waiter", waiter, it["operation"], it["delay"], it["maxAttempts"],
                   [[MATCHERS.index(a["matcher"]), STATES.index(a["state"]), a.get("argument", ""),
                     compact(a["expected"])] for a in it["acceptors"]]]
        rules = self.read(name, "endpoint-rule-set-1")
        for parameter in rules["parameters"].values():
            parameter.pop("documentation", None)
        yield ["rules", rules]

    @staticmethod
    def service(name, model):
        it = model["metadata"]
        offered = it.get("protocols") or [it["protocol"]]
        return ["service", name, it["apiVersion"], it["serviceId"], it["endpointPrefix"],
                it.get("signingName", it["endpointPrefix"]), it["serviceFullName"], it["signatureVersion"],
                it.get("auth", []), [word for word in PREFERENCE if word in offered], it.get("jsonVersion", ""),
                it.get("targetPrefix", ""), it.get("globalEndpoint", ""), space(it.get("xmlNamespace")),
                "awsQueryCompatible" in it,
                [[key, value["type"]] for key, value in model.get("clientContextParams", {}).items()]]

    @staticmethod
    def operation(name, it):
        checksum = it.get("httpChecksum", {})
        given = it.get("input", {})
        kind = it.get("authtype")
        discovery = it.get("endpointdiscovery")
        return ["operation", name, command_name(name), it["http"]["method"], it["http"]["requestUri"],
                it["http"].get("responseCode", 0), given.get("shape"), it.get("output", {}).get("shape"),
                it.get("output", {}).get("resultWrapper", ""), given.get("locationName", ""),
                space(given.get("xmlNamespace")), [error["shape"] for error in it.get("errors", [])],
                it.get("endpoint", {}).get("hostPrefix", ""), it.get("auth", []),
                [checksum.get("requestAlgorithmMember", ""), checksum.get("requestValidationModeMember", ""),
                 checksum.get("responseAlgorithms", [])],
                it.get("requestcompression", {}).get("encodings", []),
                [[key, compact(value["value"])] for key, value in it.get("staticContextParams", {}).items()],
                [[key, value["path"]] for key, value in it.get("operationContextParams", {}).items()],
                [kind == "none" or it.get("auth") == ["smithy.api#noAuth"],
                 it.get("unsignedPayload", False) or kind == "v4-unsigned-body",
                 it.get("httpChecksumRequired", False) or checksum.get("requestChecksumRequired", False),
                 it.get("endpointoperation", False), discovery is not None,
                 bool(discovery and discovery.get("required")), it.get("idempotent", False), it.get("readonly", False),
                 it.get("deprecated", False)]]

    @staticmethod
    def member(name, reference, required, shapes):
        if reference is None:
            return None
        merged = {**shapes[reference["shape"]], **reference}
        return [name, reference["shape"], merged.get("locationName", ""), reference.get("queryName", ""),
                reference.get("contextParam", {}).get("name", ""), LOCATIONS.index(merged.get("location", "body")),
                FORMATS.index(merged.get("timestampFormat")), space(merged.get("xmlNamespace")),
                [name in required, *(merged.get(flag, False) for flag in ("flattened", "streaming", "xmlAttribute",
                 "jsonvalue", "idempotencyToken", "hostLabel", "eventpayload")), reference.get("deprecated", False)]]

    def shape(self, name, shapes, at_errors):
        it = shapes[name]
        required = it.get("required", [])
        error = it.get("error", {})
        kind = {"character": "string"}.get(it["type"], it["type"])
        members = [self.member(key, value, required, shapes) for key, value in it.get("members", {}).items()]
        return ["shape", name, kind, members, it.get("payload"),
                self.member("", it.get("member") or it.get("value"), [], shapes),
                self.member("", it.get("key"), [], shapes), sorted(it.get("enum", []), key=str.encode),
                *(None if it.get(bound) is None else float(it[bound]) for bound in ("min", "max")),
                it.get("pattern", ""), it.get("locationName", ""), space(it.get("xmlNamespace")),
                FORMATS.index(it.get("timestampFormat")),
                [*(it.get(flag, False) for flag in ("union", "document", "eventstream", "event", "sensitive",
                   "streaming", "requiresLength", "flattened", "wrapper", "sparse")),
                 bool(it.get("exception") or error or at_errors), it.get("fault", False), "retryable" in it,
                 it.get("retryable", {}).get("throttling", False)],
                error.get("code", ""), error.get("httpStatusCode", 0)]


def said_by_program(*arguments):
    with subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            yield json.loads(line)
    if process.returncode != 0:
        raise AssertionError(f"{PROGRAM} ended with status {process.returncode}")


class ModelsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.models = Models()

    def test_the_archive_is_the_wheel(self):
        said = said_by_program()
        names = self.models.names()
        self.assertGreater(len(names), 400)
        operations = members = 0
        for name in names:
            model = self.models.read(name, "service-2")["metadata"]
            self.assertEqual(next(said), ["entry", name, self.models.newest(name), model["serviceId"],
                                          model["serviceFullName"]])
        self.assertEqual(next(said), ["partitions", self.models.json("botocore/data/partitions.json")])
        for name in names:
            for expected in self.models.lines(name):
                line = next(said)
                if line != expected:  # the long way only where it is needed
                    self.assertEqual(line, expected, f"service {name}")
                operations += line[0] == "operation"
                members += len(line[3]) if line[0] == "shape" else 0
        self.assertEqual(list(said), [], "nothing more")
        self.assertGreater(operations, 19000)
        self.assertGreater(members, 240000)

    def test_every_trait_is_known(self):
        met = {kind: set() for kind in READ}
        for name in self.models.names():
            model = self.models.read(name, "service-2")
            met["model"].update(model)
            met["metadata"].update(model["metadata"])
            for operation in model["operations"].values():
                met["operation"].update(operation)
            for shape in model["shapes"].values():
                met["shape"].update(shape)
                met["member"].update(*shape.get("members", {}).values(),
                                     *(shape[child] for child in ("member", "key", "value") if child in shape))
        for kind, keys in met.items():
            new = keys - set(READ[kind].split()) - set(LEFT_ALONE[kind].split())
            self.assertEqual(new, set(), f"new in the {kind}: the reader learns it, or it is left alone with a reason")

    def test_a_directory_says_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in FROM_A_DIRECTORY:
                version = self.models.newest(name)
                target = pathlib.Path(folder) / name / version
                target.mkdir(parents=True)
                for file, path in self.models.files[name][version].items():
                    (target / file).write_bytes(self.models.zip.read(path))
            def bare(line):  # the prose of rule sets stays in a directory
                if line[0] == "rules":
                    for parameter in line[1]["parameters"].values():
                        parameter.pop("documentation", None)
                return line
            from_directory = [bare(line) for line in said_by_program("--models", folder, *FROM_A_DIRECTORY)]
        expected = [line for name in FROM_A_DIRECTORY for line in self.models.lines(name)]
        self.assertEqual(len(from_directory), len(expected))
        for line, wanted in zip(from_directory, expected):
            self.assertEqual(line, wanted)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=0).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(failed > 0)

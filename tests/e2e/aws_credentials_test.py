"""Whose credentials sign a call: `stewardry aws` and botocore with the same files and environment, against one server
that plays DynamoDB, STS, IAM Identity Center, a container's agent and instance metadata, and keeps what it was asked.
"""

import hashlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import urllib.parse

import stewardry

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from environment import botocore_python  # noqa: E402  (after the path)

BAD_CONFIGURATION = 253
LATER = "2100-01-01T00:00:00Z"
CALL = """
import sys
import botocore.session
session = botocore.session.Session(profile=sys.argv[1] or None)
session.create_client("dynamodb").list_tables()
"""


def document(key):
    given = {"Code": "Success", "AccessKeyId": key, "SecretAccessKey": "hidden", "Token": "hidden"}
    return {**given, "Expiration": LATER}


class Services(http.server.BaseHTTPRequestHandler):
    """One path or action a service; what it was asked goes to the server's list."""

    protocol_version = "HTTP/1.1"

    def reply(self, body, kind="application/json"):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def signer(self):
        found = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
        return found.group(1) if found else None

    def note(self, *what):
        self.server.asked.append(what)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.headers.get("X-Amz-Target"):
            self.note("dynamodb", self.signer())
            self.reply({"TableNames": []}, "application/x-amz-json-1.0")
            return
        given = dict(urllib.parse.parse_qsl(body))
        action = given.pop("Action")
        if given["RoleSessionName"].startswith(("botocore-session-", "stewardry-")):
            given["RoleSessionName"] = "of the client"
        self.note(action, self.signer(), given)
        role = given["RoleArn"].rpartition("/")[2]
        self.reply(
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
            f"<AccessKeyId>ASIA-{role}</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey>"
            f"<SessionToken>hidden</SessionToken><Expiration>{LATER}</Expiration></Credentials><AssumedRoleUser>"
            f"<AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/{role}/s</Arn>"
            f"</AssumedRoleUser></{action}Result></{action}Response>",
            "text/xml",
        )

    def do_PUT(self):
        self.note("metadata token")
        self.reply("token", "text/plain")

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/federation/credentials":
            token = self.headers.get("x-amz-sso_bearer_token")
            self.note("sso", dict(urllib.parse.parse_qsl(query)), token, self.signer())
            self.reply({"roleCredentials": {"accessKeyId": "SSO", "secretAccessKey": "hidden", "sessionToken": "hidden",
                                            "expiration": 4102444800000}})
        elif path == "/container":
            self.note("container", self.headers.get("Authorization"))
            self.reply(document("CONTAINER"))
        elif path == "/latest/meta-data/iam/security-credentials/":
            self.reply("role", "text/plain")
        else:
            self.note(path, self.headers.get("x-aws-ec2-metadata-token"))
            self.reply(document("INSTANCE"))

    def log_message(self, *_):
        pass


BASE = "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = hidden\n"
ROLE = "role_arn = arn:aws:iam::123456789012:role/"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "ENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "hidden"}
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container"}
WEB = {"AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/web"}
SSO = "sso_account_id = 123456789012\nsso_role_name = Admin\n"
SESSION = "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n"
PROCESS = "credential_process = \"{folder}/program\" 'PROCESS'\n"

# name: profile, environment, config file, credentials file. The key that signs must be the same.
SAME = {
    "environment": ("", ENVIRONMENT, "", ""),
    "environment before AWS_PROFILE": ("", {**ENVIRONMENT, "AWS_PROFILE": "base"}, BASE, ""),
    "a named profile before the environment": ("base", ENVIRONMENT, BASE, ""),
    "default": ("", {}, "", "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = hidden\n"),
    "AWS_PROFILE": ("", {"AWS_PROFILE": "base"}, BASE, ""),
    "the credentials file before the config file": (
        "base", {}, BASE, "[base]\naws_access_key_id = OTHER\naws_secret_access_key = hidden\n"),
    "a role": ("p", {}, BASE + f"[profile p]\n{ROLE}one\nsource_profile = base\nexternal_id = ext\n"
               "role_session_name = me\nduration_seconds = 900\n", ""),
    "a role of the environment's keys": ("p", ENVIRONMENT, f"[profile p]\n{ROLE}one\ncredential_source = Environment\n",
                                         ""),
    "a role of a container's": ("p", CONTAINER, f"[profile p]\n{ROLE}one\ncredential_source = EcsContainer\n", ""),
    "a role of the instance's": ("p", {}, f"[profile p]\n{ROLE}one\ncredential_source = Ec2InstanceMetadata\n", ""),
    "a chain": ("p", {}, BASE + f"[profile p]\n{ROLE}one\nsource_profile = q\n[profile q]\n{ROLE}two\n"
                "source_profile = base\n", ""),
    "a profile that is its own source": ("base", {}, BASE + f"{ROLE}one\nsource_profile = base\n", ""),
    "a source's keys before its role": ("p", {}, BASE + f"{ROLE}two\nsource_profile = base\n"
                                        f"[profile p]\n{ROLE}one\nsource_profile = base\n", ""),
    "a role before a profile's own keys": ("p", {}, BASE + f"[profile p]\n{ROLE}one\nsource_profile = base\n"
                                           "aws_access_key_id = OWN\naws_secret_access_key = hidden\n", ""),
    "a web identity": ("p", {}, f"[profile p]\n{ROLE}web\nweb_identity_token_file = {{folder}}/token\n"
                       "role_session_name = pod\n", ""),
    "a web identity of the environment": ("", WEB, "", ""),
    "a web identity before keys": ("", {**WEB, "AWS_PROFILE": "base"}, BASE, ""),
    "a named profile before a web identity of the environment": ("base", WEB, BASE, ""),
    "a role of a web identity": ("p", {}, f"[profile p]\n{ROLE}one\nsource_profile = w\n[profile w]\n{ROLE}web\n"
                                 "web_identity_token_file = {folder}/token\n", ""),
    "a session of Identity Center": ("p", {}, f"[profile p]\n{SSO}sso_session = corp\n{SESSION}", ""),
    "Identity Center, the older form": ("p", {}, f"[profile p]\n{SSO}sso_region = eu-west-1\n"
                                        "sso_start_url = https://old.awsapps.com/start\n", ""),
    "Identity Center before keys": ("base", {}, BASE + SSO + "sso_session = corp\n" + SESSION, ""),
    "a role of Identity Center": ("q", {}, f"[profile q]\n{ROLE}one\nsource_profile = p\n[profile p]\n{SSO}"
                                  f"sso_session = corp\n{SESSION}", ""),
    "a program": ("", {}, "[default]\n" + PROCESS, ""),
    "a role of a program": ("p", {}, f"[profile p]\n{ROLE}one\nsource_profile = default\n[default]\n" + PROCESS, ""),
    "keys of the credentials file before a program": (
        "", {}, "[default]\n" + PROCESS, "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = hidden\n"),
    "a program before a container": ("", CONTAINER, "[default]\n" + PROCESS, ""),
    "a container": ("", CONTAINER, "", ""),
    "a container with a token": ("", {**CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token"}, "", ""),
    "a container with a token's file": ("", {**CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "other",
                                             "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{folder}/token"}, "", ""),
    "a container of a profile without keys": ("p", CONTAINER, "[profile p]\noutput = json\n", ""),
    "an instance": ("", {}, "", ""),
}

OFF = {"AWS_EC2_METADATA_DISABLED": "true"}

# Neither calls DynamoDB.
REFUSED = {
    "nothing": ("", OFF, "", ""),
    "an unknown profile": ("nobody", OFF, BASE, ""),
    "an unknown AWS_PROFILE": ("", {**OFF, "AWS_PROFILE": "nobody"}, BASE, ""),
    "half a pair of the environment": ("", {**OFF, "AWS_ACCESS_KEY_ID": "HALF"}, "", ""),
    "half a pair of a profile": ("p", OFF, "[profile p]\naws_access_key_id = HALF\n", ""),
    "a broken file": ("", {**OFF, **ENVIRONMENT}, "[default\n", ""),
    "a circle": ("a", OFF, f"[profile a]\n{ROLE}one\nsource_profile = b\n[profile b]\n{ROLE}two\nsource_profile = a\n",
                 ""),
    "a circle of one": ("a", OFF, f"[profile a]\n{ROLE}one\nsource_profile = a\n", ""),
    "a source that is not there": ("a", OFF, f"[profile a]\n{ROLE}one\nsource_profile = b\n", ""),
    "a source without credentials": ("a", OFF, f"[profile a]\n{ROLE}one\nsource_profile = b\n[profile b]\nx = y\n", ""),
    "a role without a source": ("a", OFF, f"[profile a]\n{ROLE}one\n", ""),
    "two sources": ("a", OFF, BASE + f"[profile a]\n{ROLE}one\nsource_profile = base\n"
                    "credential_source = Environment\n", ""),
    "an unknown source": ("a", OFF, f"[profile a]\n{ROLE}one\ncredential_source = Moon\n", ""),
    "a program that fails": ("", OFF, "[default]\ncredential_process = false\n", ""),
    "a program that is not there": ("", OFF, "[default]\ncredential_process = {folder}/nothing\n", ""),
    "a program that says something else": ("", OFF, "[default]\ncredential_process = echo hidden\n", ""),
    "a session that is not there": ("p", OFF, f"[profile p]\n{SSO}sso_session = gone\n", ""),
    "a session without a token": ("p", OFF, f"[profile p]\n{SSO}sso_session = new\n" + SESSION.replace("corp]", "new]"),
                                  ""),
    "a token that has expired": ("p", OFF, f"[profile p]\n{SSO}sso_session = past\n"
                                 + SESSION.replace("corp]", "past]"), ""),
    "a web identity without a role": ("", {**OFF, "AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token"}, "", ""),
    "a web identity without its file": ("", {**OFF, **WEB, "AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/gone"}, "", ""),
    "a container's host that is not allowed": (
        "", {**OFF, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/"}, "", ""),
}


class Credentials(stewardry.TestCase):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Services)
        self.server.asked = []
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        (self.folder / "token").write_text("hidden-token")
        program = self.folder / "program"
        program.write_text('#!/bin/sh\necho \'{"Version":1,"AccessKeyId":"\'"$1"\'","SecretAccessKey":"hidden"}\'\n')
        program.chmod(0o700)
        cache = self.folder / ".aws" / "sso" / "cache"
        cache.mkdir(parents=True)
        for key, until in (("corp", LATER), ("https://old.awsapps.com/start", LATER), ("past", "2020-01-01T00:00:00Z")):
            token = {"accessToken": "bearer", "expiresAt": until, "startUrl": "https://corp.awsapps.com/start",
                     "region": "eu-west-1"}
            (cache / (hashlib.sha1(key.encode()).hexdigest() + ".json")).write_text(json.dumps(token))

    def prepare(self, case):
        """The environment of a case, with its files written."""
        profile, variables, config, credentials = case
        url = f"http://127.0.0.1:{self.server.server_port}"

        def filled(text):
            return text.replace("{folder}", str(self.folder)).replace("{url}", url)

        for name, text in (("config", config), ("credentials", credentials)):
            (self.folder / ".aws" / name).write_text(filled(text))
        environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "us-east-1",
                       "AWS_ENDPOINT_URL": url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_MAX_ATTEMPTS": "1"}
        environment.update({name: filled(value) for name, value in variables.items()})
        return profile, environment

    def ask(self, command, environment):
        self.server.asked.clear()
        patience = stewardry.READY_WITHIN_S
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=patience)
        return done, list(self.server.asked)

    def both(self, case):
        profile, environment = self.prepare(case)
        ours = [stewardry.BINARY, "aws", *(["--profile", profile] if profile else []), "dynamodb", "list-tables"]
        theirs = [str(botocore_python()), "-c", CALL, profile]
        return self.ask(ours, environment), self.ask(theirs, environment)

    def test_the_same_credentials_by_the_same_calls(self):
        for name, case in SAME.items():
            with self.subTest(name):
                (ours, our_calls), (theirs, their_calls) = self.both(case)
                self.assertEqual(theirs.returncode, 0, theirs.stderr)
                self.assertEqual(ours.returncode, 0, ours.stderr)
                self.assertEqual(our_calls, their_calls)
                self.assertEqual(our_calls[-1][0], "dynamodb")

    def test_the_same_refusals(self):
        for name, case in REFUSED.items():
            with self.subTest(name):
                (ours, our_calls), (theirs, their_calls) = self.both(case)
                self.assertNotEqual(theirs.returncode, 0)
                self.assertEqual(ours.returncode, BAD_CONFIGURATION, ours.stderr)
                self.assertEqual((our_calls, their_calls), ([], []))
                error = json.loads(ours.stderr)["error"]
                self.assertNotIn("hidden", ours.stderr)
                self.assertTrue(error["code"] and error["message"], error)


if __name__ == "__main__":
    stewardry.main()

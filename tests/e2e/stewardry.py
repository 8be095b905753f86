"""Starts the real program and talks to it over real sockets, for the tests of this folder.

STEWARDRY_BINARY names the program. Every server gets a data folder of its own and a free port; what a test starts is
stopped when the test ends, also when it fails.
"""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

BINARY = os.environ["STEWARDRY_BINARY"]
READY_WITHIN_S = 60  # generous: sanitizers, and a busy machine

WORKSPACE = "N:organization:a0000000-0000-4000-8000-00000000000a"
OTHER_WORKSPACE = "N:organization:a0000000-0000-4000-8000-00000000000b"
TEAM = "N:team:a0000000-0000-4000-8000-0000000000aa"


def user(name):
    """The same id for the same name, always."""
    return "N:user:" + str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def directory(members=None, team=("cy",), operators=("ops",), users=("ada", "ben", "cy", "dee", "gus", "zoe", "ops")):
    members = members or {"ada": 32, "ben": 16, "cy": 8, "dee": 8, "gus": 1}
    return {
        "users": [{"id": user(name), "name": name, "email": name + "@example.org"} for name in users],
        "workspaces": [
            {
                "id": WORKSPACE,
                "name": "acme",
                "members": [{"user": user(name), "permissionBit": bit} for name, bit in members.items()],
                "teams": [{"id": TEAM, "name": "gpu", "members": [user(name) for name in team]}],
            },
            {
                "id": OTHER_WORKSPACE,
                "name": "globex",
                "members": [{"user": user("zoe"), "permissionBit": 32}],
                "teams": [],
            },
        ],
        "operators": [user(name) for name in operators],
    }


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)


class Server:
    """One server on one data folder; can be stopped, killed and started again."""

    def __init__(self, data, *arguments, development=True, environment=None):
        self.data = pathlib.Path(data)
        self.arguments = list(arguments) + (["--development"] if development else [])
        self.environment = environment or {}
        self.process = None
        self.tokens = {}

    def start(self, wait=True):
        if self.process:
            self.log.close()
        self.log = open(self.data.parent / (self.data.name + ".log"), "ab")
        listen = [] if "--listen" in self.arguments else ["--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [BINARY, "serve", "--data", str(self.data), *listen, *self.arguments],
            stderr=self.log,
            stdout=self.log,
            env={**os.environ, **self.environment},
        )
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self):
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError("the server ended: " + self.log_text()[-2000:])
            with contextlib.suppress(OSError, ValueError, KeyError):
                served = json.loads((self.data / "server.json").read_text())
                if served["pid"] == self.process.pid:
                    self.url = served["url"]
                    self.port = int(self.url.rsplit(":", 1)[1])
                    if self.call(None, "GET", "/readyz").status == 200:
                        return
            time.sleep(0.02)
        raise AssertionError("the server was not ready: " + self.log_text()[-2000:])

    def log_text(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text()

    def log_lines(self):
        return [json.loads(line) for line in self.log_text().splitlines() if line.startswith("{")]

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=READY_WITHIN_S)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        if self.process:
            self.log.close()

    def token(self, name, **options):
        key = (name, tuple(options.items()))
        if key not in self.tokens:
            arguments = [part for option, value in options.items() for part in ("--" + option, value)]
            self.tokens[key] = run("token", "--data", str(self.data), "--user", user(name), *arguments).stdout.strip()
        return self.tokens[key]

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=READY_WITHIN_S)

    def call(self, who, method, path, body=None, headers=None):
        connection = self.connection()
        try:
            return self.call_on(connection, who, method, path, body, headers)
        finally:
            connection.close()

    def call_on(self, connection, who, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if who:
            headers.setdefault("Authorization", "Bearer " + self.token(who))
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body=body, headers=headers)
        return Answer(connection.getresponse())


def run(*arguments, environment=None, stdin=""):
    return subprocess.run(
        [BINARY, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=READY_WITHIN_S,
        env={**os.environ, **(environment or {})},
    )


class TestCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="stewardry-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def server(self, *arguments, document=None, name="data", start=True, **options):
        made = Server(self.folder / name, *arguments, **options)
        self.addCleanup(made.close)
        if document is not False:
            self.import_directory(made, document or directory())
        return made.start() if start else made

    def import_directory(self, server, document):
        file = self.folder / "directory.json"
        file.write_text(document if isinstance(document, str) else json.dumps(document))
        return run("directory", "import", "--data", str(server.data), str(file))

    def expect(self, answer, status):
        self.assertEqual(answer.status, status, answer.text)
        return answer

    # The usual world: ada's account, public in acme, and a node on it.
    def account(self, server, owner="ada", number="123456789012", public=True):
        made = self.expect(
            server.call(
                owner,
                "POST",
                "/accounts",
                {"accountId": number, "accountType": "aws", "roleName": "R", "name": "lab"},
            ),
            201,
        ).json
        self.expect(
            server.call(
                owner,
                "POST",
                f"/accounts/{made['uuid']}/workspaces?organization_id={WORKSPACE}",
                {"isPublic": public},
            ),
            201,
        )
        return made["uuid"]

    def node(self, server, account, owner="ada", name="gpu-1", complete=True):
        made = self.expect(
            server.call(
                owner, "POST", "/compute-nodes", {"accountId": account, "name": name, "organizationId": WORKSPACE}
            ),
            202,
        ).json
        if complete:
            self.expect(server.call("ops", "POST", f"/operations/{made['operation']['id']}/complete"), 200)
        return made["uuid"]


def main():
    """Runs the file's tests; the last line is the count that tools/report.py reads."""
    program = unittest.main(verbosity=2, exit=False)
    result = program.result
    failed = len(result.failures) + len(result.errors)
    sys.stderr.flush()
    print(f"{result.testsRun - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed or result.testsRun == 0 else 0)

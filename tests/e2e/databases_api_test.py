"""Databases over HTTP and on the command line, with a real PostgreSQL: from a registration to a spec in force, drift
after a change by hand, and what a server does that was killed in the middle. The server connects as a role that is no
superuser, over the socket of the test's own cluster; so the token of IAM that it signs is made and never looked at.
"""

import http.server
import json
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import cli_case
import stewardry
from postgres import PSQL, Postgres
from stewardry import WORKSPACE

WITHIN_S = 120
DIFFERS, REFUSED = 2, 3

SPEC = """
mode: exactly
external_roles: [administrator]
owners:
  shop_owner:
logins:
  shop:
  shop_reader:
databases:
  shop:
    owner: shop_owner
    privileges:
      PUBLIC: NONE
      administrator: CONNECT
      shop: CONNECT
      shop_reader: CONNECT
    schemas:
      shop:
        owner: shop_owner
        privileges: {shop: USAGE, shop_reader: USAGE}
"""


class Parameters(http.server.ThreadingHTTPServer):
    """As much of Systems Manager as keeps parameters."""

    def __init__(self):
        self.values = {}
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with outer.lock:
                    status, answer = outer.answer(self.headers["X-Amz-Target"].split(".")[1], asked)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, operation, asked):
        name = asked["Name"]
        if operation == "PutParameter":
            assert asked["Type"] == "SecureString"
            self.values[name] = asked["Value"]
            return 200, {"Version": 1, "Tier": "Standard"}
        if name not in self.values:
            return 400, {"__type": "ParameterNotFound", "message": name}
        if operation == "DeleteParameter":
            del self.values[name]
            return 200, {}
        return 200, {"Parameter": {"Name": name, "Type": "SecureString", "Value": self.values[name], "Version": 1}}


class DatabasesApiTest(cli_case.CliCase):
    def setUp(self):
        super().setUp()
        self.postgres = Postgres(15, like_rds=True)
        self.addCleanup(self.postgres.close)

    def deployment(self, *settings, **environment):
        server = self.world(
            "--config",
            str(self.config_file(*settings)),
            people=("ada", "ben", "cy", "zoe", "gus"),
            environment={
                "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "AWS_REGION": "eu-west-1",
                "AWS_EC2_METADATA_DISABLED": "true",
                "PGPASSWORD": "the server's own, which is nobody else's",
                **environment,
            },
        )
        return server

    def config_file(self, *settings):
        file = self.folder / "stewardry.toml"
        lines = [
            "[databases]",
            f'hosts = ["{self.postgres.socket}", "127.0.0.1"]',
            "allow_local = true",
            'secret_prefix = "stewardry/{workspaceId}/"',
            'iam_hosts = ["a0000000-0000-4000-8000-00000000000a=*"]',
            *settings,
        ]
        file.write_text("\n".join(lines) + "\n")
        return file

    def world(self, *arguments, people, environment):
        server = self.server(*arguments, document=cli_case.directory(), environment=environment)
        self.login(server, *people)
        return server

    def register(self, server, name="shop", who="ada", **more):
        body = {
            "workspaceId": WORKSPACE,
            "name": name,
            "host": self.postgres.socket,
            "port": self.postgres.port,
            "database": "postgres",
            "user": "administrator",
            "credentials": {"kind": "iam"},
            **more,
        }
        return self.expect(server.call(who, "POST", "/databases", body), 201).json["uuid"]

    def put(self, server, uuid, spec=SPEC, who="ada"):
        return self.expect(server.call(who, "POST", f"/databases/{uuid}/specs", {"spec": spec}), 201).json["version"]

    def ended(self, server, uuid, started, status="Success"):
        until = time.monotonic() + WITHIN_S
        while time.monotonic() < until:
            run = self.expect(server.call("ada", "GET", f"/databases/{uuid}/history/{started['id']}"), 200).json
            if run["status"] not in ("Pending", "InProgress"):
                self.assertEqual(run["status"], status, json.dumps(run)[:3000])
                return run
            time.sleep(0.05)
        raise AssertionError(f"it did not end: {run}")

    def do(self, server, uuid, what, body=None, who="ada", status="Success"):
        answer = self.expect(server.call(who, "POST", f"/databases/{uuid}/{what}", body), 202)
        self.assertEqual(answer.json["operation"]["id"], answer.json["id"])
        return self.ended(server, uuid, answer.json, status)

    def bring_about(self, server, uuid):
        plan = self.do(server, uuid, "plans")
        self.expect(
            server.call("ben", "POST", f"/databases/{uuid}/plans/{plan['id']}/approve", {"digest": plan["digest"]}), 200
        )
        return plan, self.do(server, uuid, f"plans/{plan['id']}/apply")

    def test_from_a_registration_to_drift(self):
        server = self.deployment()
        uuid = self.register(server)
        bad = self.expect(server.call("ada", "POST", f"/databases/{uuid}/specs", {"spec": "logins: [1"}), 400)
        self.assertEqual(bad.json["errors"][0]["pointer"], "/spec")
        self.assertEqual(self.put(server, uuid), 1)

        plan = self.do(server, uuid, "plans")
        self.assertGreater(plan["statements"], 5)
        report = plan["report"]
        self.assertEqual(report["digest"], plan["digest"])
        self.assertTrue(any('CREATE ROLE "shop"' in each["sql"] for each in report["statements"]), report)
        self.assertTrue(all(each["reason"] and each["risk"] for each in report["statements"]))
        self.assertEqual(self.postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'shop%'"), ["0"])
        path = f"/databases/{uuid}/plans/{plan['id']}"
        self.expect(server.call("ada", "POST", path + "/apply"), 409)
        self.expect(server.call("cy", "POST", path + "/approve", {"digest": plan["digest"]}), 403)
        self.expect(server.call("zoe", "POST", path + "/approve", {"digest": plan["digest"]}), 404)
        self.expect(server.call("ben", "POST", path + "/approve", {"digest": plan["digest"]}), 200)
        applied = self.do(server, uuid, f"plans/{plan['id']}/apply")
        self.assertTrue(all(each["ok"] for each in applied["report"]["outcomes"]))
        self.assertTrue(applied["report"]["converged"])
        self.assertEqual(
            self.postgres.sql("SELECT rolname FROM pg_roles WHERE rolname LIKE 'shop%' ORDER BY 1"),
            ["shop", "shop_owner", "shop_reader"],
        )
        shown = self.expect(server.call("cy", "GET", f"/databases/{uuid}"), 200).json
        self.assertEqual(shown["specVersionInForce"], 1)
        self.assertEqual(self.do(server, uuid, "checks")["statements"], 0)
        self.assertEqual(self.do(server, uuid, "plans")["statements"], 0, "a second plan is empty")

        # somebody changes something by hand
        shop = self.postgres.dsn(database="shop")
        self.postgres.sql('GRANT CREATE ON SCHEMA shop TO shop_reader', shop)
        drift = self.do(server, uuid, "checks")
        self.assertGreater(drift["statements"], 0)
        self.assertTrue(any("REVOKE" in each["sql"] for each in drift["report"]["statements"]), drift["report"])
        shown = self.expect(server.call("cy", "GET", f"/databases/{uuid}"), 200).json
        self.assertEqual(shown["lastCheck"]["found"], "drift")
        self.assertEqual(shown["lastCheck"]["runId"], drift["id"])

        # a plan that was approved before the state moved again is not applied
        plan = self.do(server, uuid, "plans")
        self.assertGreaterEqual(plan["lost"], 1)
        path = f"/databases/{uuid}/plans/{plan['id']}"
        self.expect(server.call("ben", "POST", path + "/approve", {"digest": plan["digest"]}), 200)
        self.postgres.sql("GRANT CREATE ON SCHEMA shop TO shop", shop)
        refused = self.do(server, uuid, f"plans/{plan['id']}/apply", status="Failed")
        self.assertIn("digest", refused["reason"])
        self.bring_about(server, uuid)
        self.assertEqual(self.do(server, uuid, "checks")["statements"], 0)

        kinds = [each["kind"] for each in server.call("cy", "GET", f"/databases/{uuid}/history").json]
        self.assertEqual(
            kinds, ["check", "apply", "plan", "apply", "plan", "check", "plan", "check", "apply", "plan"]
        )
        actions = [each["action"] for each in server.call("ops", "GET", f"/audit?target={uuid}&limit=1000").json]
        for action in ("register", "spec", "plan", "approve", "apply", "check"):
            self.assertIn("database." + action, actions)
        metrics = server.call(None, "GET", "/metrics").text
        self.assertIn('stewardry_database_checks_total{found="drift"} 1', metrics)
        self.assertIn('stewardry_database_runs_total{kind="apply",outcome="failed"} 1', metrics)
        self.assertNotIn("the server's own", server.log_text())

        self.expect(server.call("ada", "DELETE", f"/databases/{uuid}"), 200)
        self.assertEqual(self.postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'shop%'"), ["3"])

    def test_killed_in_the_middle(self):
        server = self.deployment()
        uuid = self.register(server)
        self.put(server, uuid)
        plan = self.do(server, uuid, "plans")
        path = f"/databases/{uuid}/plans/{plan['id']}"
        self.expect(server.call("ben", "POST", path + "/approve", {"digest": plan["digest"]}), 200)
        self.postgres.tell("hang")
        applying = self.expect(server.call("ada", "POST", path + "/apply"), 202).json
        until = time.monotonic() + WITHIN_S
        while server.call("ada", "GET", f"/operations/{applying['id']}").json["status"] == "Pending":
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)
        server.kill()
        self.postgres.tell("resume")
        server.start()
        run = self.ended(server, uuid, applying)
        self.assertTrue(run["report"]["converged"])
        self.assertEqual(self.postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'shop%'"), ["3"])
        operation = server.call("ada", "GET", f"/operations/{applying['id']}").json
        self.assertEqual(operation["status"], "Success")

    def test_what_the_operator_does_not_allow(self):
        server = self.deployment("four_eyes = true")
        for change, field in (
            ({"host": "127.0.0.2"}, "/host"),
            ({"host": "/var/run/postgresql"}, "/host"),
            ({"database": "host=127.0.0.1"}, "/database"),
            ({"credentials": {"kind": "ssm", "name": "/prod/root"}}, "/credentials/name"),
        ):
            body = {
                "workspaceId": WORKSPACE,
                "name": "shop",
                "host": self.postgres.socket,
                "database": "postgres",
                "user": "administrator",
                "credentials": {"kind": "iam"},
                **change,
            }
            answer = self.expect(server.call("ada", "POST", "/databases", body), 422)
            self.assertEqual(answer.json["errors"][0]["pointer"], field)
        uuid = self.register(server)
        secret = SPEC.replace("  shop:\n  shop_reader:", "  shop: {password: file:/tmp/x}\n  shop_reader:")
        answer = self.expect(server.call("ada", "POST", f"/databases/{uuid}/specs", {"spec": secret}), 422)
        self.assertIn("secretsmanager:NAME or ssm:NAME", answer.json["message"])
        self.put(server, uuid)
        plan = self.do(server, uuid, "plans")
        path = f"/databases/{uuid}/plans/{plan['id']}/approve"
        self.expect(server.call("ada", "POST", path, {"digest": plan["digest"]}), 403)
        self.expect(server.call("ben", "POST", path, {"digest": plan["digest"]}), 200)

    def test_a_database_that_is_not_there(self):
        server = self.deployment()
        uuid = self.register(server)
        self.put(server, uuid)
        self.postgres.tell("stop")
        failed = self.do(server, uuid, "plans", status="Failed")
        self.assertTrue(failed["reason"])
        self.postgres.tell("start")
        self.do(server, uuid, "plans")

    def test_passwords(self):
        """The executor's from a parameter, over verified TLS; the logins' into one, and rotated."""
        parameters = Parameters()
        self.addCleanup(parameters.server_close)
        self.addCleanup(parameters.shutdown)
        prefix = f"/stewardry/{WORKSPACE.removeprefix('N:organization:')}/"
        parameters.values[prefix + "administrator"] = json.dumps({"username": "administrator", "password": "wrong"})
        server = self.deployment(f'tls_roots = "{self.postgres.ca}"', AWS_ENDPOINT_URL=parameters.url)
        credentials = {"kind": "ssm", "name": prefix + "administrator"}
        uuid = self.register(server, host="127.0.0.1", credentials=credentials)
        self.put(server, uuid, SPEC.replace("  shop:\n", "  shop: {password: 'ssm:%sshop'}\n" % prefix, 1))
        failed = self.do(server, uuid, "plans", status="Failed")
        self.assertNotIn("wrong", failed["reason"])
        parameters.values[prefix + "administrator"] = json.dumps({"password": "not a secret, 1 test"})
        plan, applied = self.bring_about(server, uuid)
        shop = json.loads(parameters.values[prefix + "shop"])
        self.assertEqual(shop["username"], "shop")
        self.assertNotIn(shop["password"], json.dumps([plan, applied]))
        self.assertNotRegex(json.dumps([plan, applied]), r"SCRAM-SHA-256\$[0-9]+:")
        self.assertEqual(self.as_shop(shop["password"]), "shop")
        self.assertEqual(self.do(server, uuid, "checks")["statements"], 0)

        self.do(server, uuid, "rotations", {"login": "shop"})
        rotated = json.loads(parameters.values[prefix + "shop"])
        self.assertNotEqual(rotated["password"], shop["password"])
        self.assertEqual(self.as_shop(rotated["password"]), "shop")
        self.assertIsNone(self.as_shop(shop["password"]))
        for secret in (shop["password"], rotated["password"], "not a secret, 1 test"):
            self.assertNotIn(secret, server.log_text())
        self.expect(server.call("ada", "POST", f"/databases/{uuid}/rotations", {"login": "shop_reader"}), 422)

    def as_shop(self, password):
        """Who that password lets in, over TLS; nobody: None."""
        dsn = f"host=127.0.0.1 port={self.postgres.port} user=shop dbname=shop sslmode=verify-full"
        done = subprocess.run(
            [PSQL, "-X", "-q", "-A", "-t", "-d", f"{dsn} sslrootcert={self.postgres.ca}", "-c", "SELECT current_user"],
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGPASSWORD": password},
        )
        return done.stdout.strip() if done.returncode == 0 else None

    def test_on_the_command_line(self):
        server = self.deployment()
        text = self.text(
            "ada", "databases", "register", "shop", "--host", self.postgres.socket, "--port", str(self.postgres.port),
            "--database", "postgres", "--user", "administrator", "--check-every", "15m",
        )
        self.assertIn("databases spec put shop", text)
        self.refused("cy", "databases", "register", "x", "--host", "h", "--database", "d", "--user", "u",
                     code=cli_case.FORBIDDEN)
        self.assertIn("shop", self.text("cy", "databases", "list"))
        self.assertEqual(self.json("gus", "databases", "list"), [])
        file = self.folder / "shop.yaml"
        file.write_text(SPEC)
        said = self.text("ada", "databases", "spec", "put", "shop", str(file), "--note", "first")
        self.assertIn("is version 1.", said)
        self.assertIn("already", self.text("ada", "databases", "spec", "put", "shop", str(file)))
        self.assertEqual(self.text("cy", "databases", "spec", "show", "shop"), SPEC)
        self.assertIn("first", self.text("cy", "databases", "spec", "list", "shop"))
        planned = self.text("ada", "databases", "plan", "shop", "--wait", code=DIFFERS)
        self.assertIn('CREATE ROLE "shop"', planned)
        digest = next(line.split()[-1] for line in planned.splitlines() if line.startswith("Digest"))
        self.refused("ada", "databases", "apply", "shop", code=cli_case.CONFLICT)
        self.refused("ben", "databases", "approve", "shop", "--digest", "x", code=cli_case.CONFLICT)
        self.assertIn("approved", self.text("ben", "databases", "approve", "shop", "--digest", digest))
        self.assertIn("Success", self.text("ada", "databases", "apply", "shop", "--wait"))
        self.assertEqual(self.json("ada", "databases", "check", "shop", "--wait")["statements"], 0)
        self.postgres.sql("GRANT shop_owner TO shop_reader")
        self.text("ada", "databases", "check", "shop", "--wait", code=DIFFERS)
        self.assertIn("drift", self.text("cy", "databases", "show", "shop"))
        self.assertIn("apply", self.text("cy", "databases", "history", "shop"))
        self.assertIn("REVOKE", self.text("cy", "databases", "report", "shop"))
        self.refused("ada", "databases", "rotate", "shop", "shop", code=cli_case.IMPOSSIBLE)
        self.assertIn("Nothing was done in the database", self.text("ada", "databases", "remove", "shop", "--yes"))
        self.refused("ada", "databases", "show", "shop", code=cli_case.NOT_FOUND)


if __name__ == "__main__":
    stewardry.main()

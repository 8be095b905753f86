"""Passwords of `stewardry db`: made, stored as pending, tried and published, in files, Secrets Manager and SSM; and in
no log and no output."""

import json
import os
import re
import stat
import urllib.parse

import aws_servers
import stewardry
from db_case import ADMINISTRATOR_PASSWORD, DIFFERS, ERROR, REFUSED, DbCase

PLACES = {"file": "file:app.json", "secretsmanager": "secretsmanager:app/login", "ssm": "ssm:/app/login"}
SPEC = """
logins:
  app: {{password: "{place}"{more}}}
databases:
  app: {{privileges: {{PUBLIC: NONE, app: CONNECT}}}}
"""


class Secrets(DbCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moto = aws_servers.Moto()
        cls.addClassCleanup(cls.moto.close)

    def setUp(self):
        super().setUp()
        self.rds(15)

    def environment(self, **more):
        return super().environment(
            AWS_ENDPOINT_URL=self.moto.url, AWS_ACCESS_KEY_ID=aws_servers.ACCESS_KEY,
            AWS_SECRET_ACCESS_KEY=aws_servers.SECRET_KEY, AWS_REGION="us-east-1", NO_PROXY="*", **more)  # fmt: skip

    def aws(self, service, operation, given):
        done = stewardry.run("aws", service, operation, "--input", json.dumps(given), environment=self.environment())
        return json.loads(done.stdout) if done.returncode == 0 else None

    def held(self, kind, pending=False, name="app"):
        """The document as an application reads it; None: there is none."""
        if kind == "file":
            path = self.folder / (f"{name}.json" + (".pending" if pending else ""))
            if not path.exists():
                return None
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            return json.loads(path.read_text())
        if kind == "secretsmanager":
            stage = "AWSPENDING" if pending else "AWSCURRENT"
            found = self.aws("secretsmanager", "GetSecretValue", {"SecretId": f"{name}/login", "VersionStage": stage})
            return found and json.loads(found["SecretString"])
        found = self.aws(
            "ssm", "GetParameter", {"Name": f"/{name}/login" + (".pending" if pending else ""), "WithDecryption": True}
        )
        if found:
            self.assertEqual(found["Parameter"]["Type"], "SecureString")
        return found and json.loads(found["Parameter"]["Value"])

    def tries(self, held):
        return self.psql_as(held["username"], "SELECT 1", password=held["password"]).returncode == 0

    def test_made_published_and_rotated_in_every_store(self):
        for kind, place in PLACES.items():
            with self.subTest(store=kind):
                self.rds(15)
                self.spec(SPEC.format(place=place, more=""))
                self.db("plan", code=DIFFERS)
                self.assertIsNone(self.held(kind), "a plan makes no password")
                reports = [self.db("apply", "--auto-approve")]
                first = self.held(kind)
                self.assertEqual(first["username"], "app")
                self.assertTrue(self.tries(first))
                self.assertIsNone(self.held(kind, pending=True))
                self.assertEqual(self.db("plan")["statements"], [])
                reports.append(self.db("rotate", "--login", "app"))
                second = self.held(kind)
                self.assertNotEqual(first["password"], second["password"])
                self.assertEqual((self.tries(first), self.tries(second)), (False, True))
                self.assertIsNone(self.held(kind, pending=True))
                self.assertTrue(self.db("verify")["ok"])
                self.where.sql("DROP OWNED BY app; DROP ROLE app")
                reports.append(self.db("apply", "--auto-approve"))
                self.assertEqual(self.held(kind), second, "a role that is made anew has the password that is in use")
                self.assertTrue(self.tries(second))
                log = self.log_of(self.where) + json.dumps(reports)
                for secret in (first["password"], second["password"]):
                    self.assertNotIn(secret, log)
                self.assertIn("SCRAM-SHA-256$...", json.dumps(reports))
                self.assertNotRegex(json.dumps(reports), r"SCRAM-SHA-256\$\d", "no verifier is shown")

    def test_two_logins_take_turns(self):
        self.spec(SPEC.format(place="secretsmanager:turns/login", more=", alternates: [app_a, app_b]"))
        self.db("apply", "--auto-approve")
        first = self.held("secretsmanager", name="turns")
        self.assertEqual(first["username"], "app_a")
        seen = [first]
        for expected in ("app_b", "app_a"):
            self.db("rotate", "--login", "app")
            now = self.held("secretsmanager", name="turns")
            self.assertEqual(now["username"], expected)
            self.assertTrue(self.tries(now))
            self.assertTrue(self.tries(seen[-1]), "who has not read the new one yet still comes in")
            seen.append(now)
        self.assertFalse(self.tries(first))
        self.assertEqual(self.db("plan")["statements"], [])

    def test_a_rotation_that_was_cut_short_is_brought_to_its_end(self):
        self.spec(SPEC.format(place="file:app.json", more=""))
        self.db("apply", "--auto-approve")
        old = self.held("file")
        # As after a kill between the server's taking the new password and its publishing.
        self.where.sql("ALTER ROLE app PASSWORD 'the pending one'")
        pending = self.folder / "app.json.pending"
        pending.write_text(json.dumps({"username": "app", "password": "the pending one"}))
        pending.chmod(0o600)
        plan = self.db("plan", code=DIFFERS)
        self.assertEqual(plan["statements"], [])
        self.assertIn("pending", plan["warnings"][0])
        self.assertNotIn("the pending one", json.dumps(plan))
        self.db("apply", "--auto-approve")
        self.assertEqual(self.held("file")["password"], "the pending one")
        self.assertFalse(pending.exists())
        # And before it: what is pending is not what the server has.
        pending.write_text(json.dumps({"username": "app", "password": "never set"}))
        pending.chmod(0o600)
        self.assertEqual(self.db("plan")["warnings"], [])
        self.db("rotate", "--login", "app")
        self.assertNotIn(self.held("file")["password"], (old["password"], "never set", "the pending one"))
        self.assertTrue(self.tries(self.held("file")))

    def test_what_stands_beside_a_password_stays(self):
        self.aws(
            "secretsmanager", "CreateSecret", {"Name": "kept/login", "SecretString": '{"host": "db", "port": 5432}'}
        )
        self.spec(SPEC.format(place="secretsmanager:kept/login", more=""))
        self.db("apply", "--auto-approve")
        held = self.held("secretsmanager", name="kept")
        self.assertEqual((held["host"], held["port"], held["username"]), ("db", 5432, "app"))

    def test_a_file_that_others_may_read_is_refused(self):
        self.spec(SPEC.format(place="file:app.json", more=""))
        (self.folder / "app.json").write_text("{}")
        (self.folder / "app.json").chmod(0o644)
        done = self.run_db("plan", "--spec", "spec.yaml", "--dsn", self.dsn())
        self.assertEqual(done.returncode, ERROR)
        self.assertIn("chmod 600", done.stderr)

    def test_the_own_password_comes_from_a_secret_that_others_rotate(self):
        master = {"username": "administrator", "password": ADMINISTRATOR_PASSWORD}
        self.aws("secretsmanager", "CreateSecret",
                 {"Name": "master", "SecretString": json.dumps(master)})  # fmt: skip
        self.spec(SPEC.format(place="file:app.json", more=""))
        self.db("check", "--password-from", "secretsmanager:master", code=DIFFERS, PGPASSWORD=None)
        missing = self.run_db(
            "check", "--spec", "spec.yaml", "--dsn", self.dsn(), "--password-from", "ssm:/none", PGPASSWORD=None
        )
        self.assertEqual(missing.returncode, ERROR)

    def test_no_password_is_rotated_that_nobody_manages(self):
        self.spec("logins: {app: {}}\n")
        done = self.run_db("rotate", "--spec", "spec.yaml", "--dsn", self.dsn(), "--login", "app")
        self.assertEqual(done.returncode, ERROR)
        self.spec(SPEC.format(place="file:app.json", more=""))
        self.assertIn("apply", self.db("rotate", "--login", "app", code=REFUSED)["refused"])

    def test_a_token_of_iam_is_what_the_server_is_given_as_password(self):
        """A stock server takes none; what we send is caught by one that asks for it in the clear."""
        import socket
        import struct
        import threading

        caught = []
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            connection, _ = listener.accept()
            with connection:
                length = struct.unpack("!I", connection.recv(4))[0]
                connection.recv(length - 4)
                connection.sendall(b"R" + struct.pack("!II", 8, 3))
                head = connection.recv(5)
                caught.append(connection.recv(struct.unpack("!I", head[1:])[0] - 4).rstrip(b"\0").decode())

        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        self.spec("logins: {app: {}}\n")
        done = self.run_db("check", "--spec", "spec.yaml", "--iam", "--dsn",
                           f"postgresql://deploy%2Bx@127.0.0.1:{port}/postgres?sslmode=disable", PGPASSWORD=None)  # fmt: skip
        self.assertEqual(done.returncode, ERROR)
        thread.join()
        host, _, query = caught[0].partition("/?")
        asked = dict(urllib.parse.parse_qsl(query))
        self.assertEqual((host, asked["Action"], asked["DBUser"]), (f"127.0.0.1:{port}", "connect", "deploy+x"))
        self.assertEqual((asked["X-Amz-Expires"], asked["X-Amz-SignedHeaders"]), ("900", "host"))
        self.assertRegex(asked["X-Amz-Credential"], r"^AKIDEXAMPLEEXAMPLE00/\d{8}/us-east-1/rds-db/aws4_request$")
        self.assertTrue(re.fullmatch("[0-9a-f]{64}", asked["X-Amz-Signature"]))
        self.assertNotIn(asked["X-Amz-Signature"], done.stdout + done.stderr)


if __name__ == "__main__":
    stewardry.main()

"""What the tests of `stewardry db` share: real servers, one of each major for a file, and the command in a clean
environment."""

import json
import os
import pathlib
import re
import subprocess
import sys

import stewardry
from stewardry import BINARY, READY_WITHIN_S

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from postgres import MAJORS, PSQL, Postgres  # noqa: E402, F401

# Exit codes (docs/reference/database-commands.md)
DONE, ERROR, DIFFERS, REFUSED = range(4)

ADMINISTRATOR_PASSWORD = "not a secret, 1 test"
APPLICATION = "presets:\n  - application: {database: app, password: 'file:secrets.json'}\n"


class DbCase(stewardry.TestCase):
    """Tests of one class share its servers: each test begins with a cluster without roles and databases of its own."""

    _servers = {}

    @classmethod
    def tearDownClass(cls):
        while cls._servers:
            cls._servers.popitem()[1].close()
        super().tearDownClass()

    def rds(self, major=15):
        """An RDS-like server: TLS and SCRAM over TCP, and an administrator who is no superuser."""
        server = DbCase._servers.get(major)
        if server is None:
            server = DbCase._servers[major] = Postgres(major, like_rds=True)
            server.own_roles = set(server.sql("SELECT rolname FROM pg_roles"))
            server.sql("ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf()")
        self.clean(server)
        self.where = server
        return server

    def clean(self, server):
        for name in server.sql(
            "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres') AND NOT datistemplate"
        ):
            server.sql(f"DROP DATABASE {quoted(name)} WITH (FORCE)")
        roles = [name for name in server.sql("SELECT rolname FROM pg_roles") if name not in server.own_roles]
        for name in roles:
            server.sql(f"DROP OWNED BY {quoted(name)} CASCADE")
        for name in roles:
            server.sql(f"DROP ROLE {quoted(name)}")

    def dsn(self, database="postgres", server=None):
        """The administrator's, without the password, over TCP and verified TLS."""
        bare = re.sub(r"\s*password='[^']*'", "", (server or self.where).administrator)
        return re.sub(r"dbname=\S+", f"dbname={database}", bare)

    def login_dsn(self, role, password, database="app"):
        whole = self.dsn(database)
        return re.sub(r"user=\S+", f"user={role}", whole) + f" password='{password}'"

    def environment(self, **more):
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "AWS_", "HTTP"))}
        clean.update(PGPASSWORD=ADMINISTRATOR_PASSWORD, HOME=str(self.folder), AWS_EC2_METADATA_DISABLED="true")
        clean.update(more)
        return {name: value for name, value in clean.items() if value is not None}

    def spec(self, text, name="spec.yaml"):
        (self.folder / name).write_text(text)
        return name

    def start(self, *words, **environment):
        return subprocess.Popen(
            [BINARY, "db", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment(**environment),
        )

    def run_db(self, *words, stdin="", **environment):
        return subprocess.run(
            [BINARY, "db", *words],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=READY_WITHIN_S * 2,
            env=self.environment(**environment),
        )

    def db(self, command, *words, code=DONE, spec="spec.yaml", dsn=None, **environment):
        """The JSON report of a command that must end with that code."""
        given = ["--spec", spec] if spec else []
        done = self.run_db(command, *given, "--dsn", dsn or self.dsn(), "--json", *words, **environment)
        self.assertEqual(done.returncode, code, f"{command} {words}: {done.stdout[-6000:]}{done.stderr[-2000:]}")
        return json.loads(done.stdout)

    def secret(self, role, file="secrets.json"):
        document = json.loads((self.folder / file).read_text())
        return document[role] if role in document else document

    def psql_as(self, role, statements, database="app", password=None, file="secrets.json"):
        """As psql does it, with the password that stands in the file."""
        held = self.secret(role, file) if password is None else {"username": role, "password": password}
        return subprocess.run(
            [PSQL, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d",
             self.login_dsn(held["username"], held["password"], database)],
            input=statements,
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip

    def log_of(self, server):
        logs = list(pathlib.Path(server.socket).rglob("*log*"))
        return "\n".join(each.read_text(errors="replace") for each in logs if each.is_file())


def quoted(name):
    return '"' + name.replace('"', '""') + '"'

"""A real PostgreSQL, of any major from 13 to 18, for tests in Python; the program postgres_server makes and keeps it.

    with Postgres(16, like_rds=True) as server:
        server.sql("CREATE ROLE app LOGIN")
        run("db", "plan", "--dsn", server.administrator)

What `like_rds` has, and what not, is said in tests/support/postgres.h. The server is gone with this process.
"""

import json
import os
import pathlib
import subprocess

PSQL = pathlib.Path("/usr/lib/postgresql/15/bin/psql")
MAJORS = (13, 14, 15, 16, 17, 18)


class Postgres:
    def __init__(self, major=15, *, tls=False, like_rds=False, own_identity=False):
        flags = {"--tls": tls, "--like-rds": like_rds, "--own-identity": own_identity}
        self.process = subprocess.Popen(
            [os.environ["STEWARDRY_POSTGRES_SERVER"], str(major), *(flag for flag, on in flags.items() if on)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"PostgreSQL {major} did not start: what it says stands above")
        told = json.loads(line)
        self.major, self.port, self.socket = told["major"], told["port"], told["socket"]
        self.ca, self.other_ca = told["ca"], told["other_ca"]
        self.superuser, self.administrator = told["superuser"], told["administrator"]  # connection strings of libpq

    def dsn(self, role="postgres", database="postgres"):
        """Over the Unix socket, where everybody is trusted."""
        return f"host={self.socket} port={self.port} user={role} dbname={database}"

    def psql(self, statements, dsn=None):
        return subprocess.run(
            [PSQL, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", dsn or self.superuser],
            input=statements,
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )

    def sql(self, statements, dsn=None):
        """The lines of the answer."""
        done = self.psql(statements, dsn)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout.splitlines()

    def tell(self, word):
        """stop, start, kill, hang or resume; returns when it is done."""
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != "ok\n":
            raise AssertionError(f"PostgreSQL {self.major} could not {word}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

"""The platform's own PostgreSQL as the directory: read at each question, never guessed when it is away."""

import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import stewardry
from stewardry import OTHER_WORKSPACE, READY_WITHIN_S, TEAM, WORKSPACE, directory, run, user

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
PASSWORD = "not-to-be-shown"  # the cluster trusts everybody; what counts is where it must not be seen
FEW_SECONDS = 20  # for an answer that should take less than six, on a busy machine

SCHEMA = """
CREATE SCHEMA pennsieve;
CREATE TABLE pennsieve.organizations (
  id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, slug VARCHAR(255), node_id VARCHAR(255) UNIQUE);
CREATE TABLE pennsieve.users (
  id SERIAL PRIMARY KEY, email VARCHAR(255), first_name VARCHAR(255), last_name VARCHAR(255),
  node_id VARCHAR(255) UNIQUE);
CREATE TABLE pennsieve.organization_user (
  organization_id INTEGER NOT NULL REFERENCES pennsieve.organizations (id),
  user_id INTEGER NOT NULL REFERENCES pennsieve.users (id),
  permission_bit INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (organization_id, user_id));
CREATE TABLE pennsieve.teams (id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, node_id VARCHAR(255) UNIQUE);
CREATE TABLE pennsieve.organization_team (
  organization_id INTEGER NOT NULL REFERENCES pennsieve.organizations (id),
  team_id INTEGER NOT NULL REFERENCES pennsieve.teams (id),
  permission_bit INTEGER NOT NULL DEFAULT 0, system_team_type VARCHAR(255), PRIMARY KEY (organization_id, team_id));
CREATE TABLE pennsieve.team_user (
  team_id INTEGER NOT NULL REFERENCES pennsieve.teams (id),
  user_id INTEGER NOT NULL REFERENCES pennsieve.users (id),
  permission_bit INTEGER NOT NULL DEFAULT 8, PRIMARY KEY (team_id, user_id));
CREATE ROLE stewardry_reader LOGIN;
GRANT USAGE ON SCHEMA pennsieve TO stewardry_reader;
GRANT SELECT ON pennsieve.organizations, pennsieve.users, pennsieve.organization_user, pennsieve.teams,
  pennsieve.organization_team, pennsieve.team_user TO stewardry_reader;
"""


def rows_of(document):
    """The statements that make the tables say what the document says, in one transaction."""

    def key(table, node_id):
        return f"(SELECT id FROM pennsieve.{table} WHERE node_id = '{node_id}')"

    tables = ("team_user", "organization_team", "organization_user", "teams", "organizations", "users")
    sql = ["BEGIN", *(f"DELETE FROM pennsieve.{table}" for table in tables)]
    for person in document["users"]:
        sql.append(
            "INSERT INTO pennsieve.users (first_name, email, node_id) VALUES "
            f"('{person['name']}', '{person['email']}', '{person['id']}')"
        )
    for workspace in document["workspaces"]:
        here = key("organizations", workspace["id"])
        sql.append(
            "INSERT INTO pennsieve.organizations (name, node_id) VALUES "
            f"('{workspace['name']}', '{workspace['id']}')"
        )
        for member in workspace["members"]:
            values = f"({here}, {key('users', member['user'])}, {member['permissionBit']})"
            sql.append("INSERT INTO pennsieve.organization_user VALUES " + values)
        for team in workspace["teams"]:
            sql.append(f"INSERT INTO pennsieve.teams (name, node_id) VALUES ('{team['name']}', '{team['id']}')")
            sql.append(f"INSERT INTO pennsieve.organization_team VALUES ({here}, {key('teams', team['id'])}, 16)")
            for member in team["members"]:
                values = f"({key('teams', team['id'])}, {key('users', member)})"
                sql.append("INSERT INTO pennsieve.team_user VALUES " + values)
    return ";\n".join(sql + ["COMMIT;"])


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Postgres:
    """A cluster of its own on a port of its own, without fsync. It dies with this program, however that ends."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="stewardry-e2e-postgres-"))
        self.process = None
        self.port = None
        self.prefix = ["setpriv", "--pdeathsig", "KILL"]
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.prefix += ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups"]
        self.environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

    def make(self):
        arguments = ["--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"]
        made = subprocess.run(
            [*self.prefix, PROGRAMS / "initdb", "--pgdata", self.folder / "data", *arguments],
            capture_output=True,
            text=True,
            cwd="/",
            env=self.environment,
        )
        if made.returncode != 0:
            raise AssertionError("initdb: " + made.stderr)
        self.start()
        self.sql(SCHEMA)

    def start(self):
        # The port stays the same, so that clients find the server again; before the first start it is anybody's.
        first = self.port is None
        for _ in range(5):
            self.port = free_port() if first else self.port
            if self.try_to_start():
                return
        raise AssertionError("PostgreSQL does not start: " + (self.folder / "log").read_text()[-2000:])

    def try_to_start(self):
        settings = ["listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off", "shared_buffers=16MB"]
        options = ["-D", self.folder / "data", "-k", self.folder, "-p", str(self.port)]
        for setting in settings + ["max_connections=40", "autovacuum=off"]:
            options += ["-c", setting]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, PROGRAMS / "postgres", *options],
                stdout=log,
                stderr=log,
                cwd="/",
                env=self.environment,
                start_new_session=True,
            )
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and self.process.poll() is None:
            if self.psql("SELECT 1").returncode == 0:
                return True
            time.sleep(0.05)
        self.kill()
        return False

    def psql(self, statements):
        return subprocess.run(
            [PROGRAMS / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-X", "-q"]
            + ["-v", "ON_ERROR_STOP=1", "-d", "postgres"],
            input=statements,
            capture_output=True,
            text=True,
            cwd="/",
            env=self.environment,
        )

    def sql(self, statements):
        done = self.psql(statements)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # the fast shutdown: connections are broken off
        self.process.wait(timeout=READY_WITHIN_S)

    def processes(self):
        """The postmaster, and then its children."""
        found = [self.process.pid]
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                # "pid (name) state ppid ...", where the name may hold anything.
                if int(stat.read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    found.append(int(stat.parent.name))
        return found

    def signal_all(self, number):
        for pid in self.processes():
            os.kill(pid, number)

    def kill(self):
        if self.is_running():
            # Each by its id: a postmaster that is killed alone leaves children, which would hold on to the folder.
            os.kill(self.process.pid, signal.SIGSTOP)
            self.signal_all(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def close(self):
        # A shutdown where it can be had: it gives the shared memory back, and a kill leaves that behind.
        if self.is_running():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connection(self):
        return f"host=127.0.0.1 port={self.port} dbname=postgres user=stewardry_reader password={PASSWORD}"


class PostgresDirectory(stewardry.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.close)
        cls.postgres.make()

    def setUp(self):
        super().setUp()
        if not self.postgres.is_running():
            self.postgres.start()
        self.fill(directory())

    def fill(self, document):
        self.postgres.sql(rows_of(document))

    def config(self, connection=None):
        config = self.folder / "config.toml"
        config.write_text(
            f'[directory]\nkind = "postgresql"\nconnection = "{connection or self.postgres.connection()}"\n'
            f'operators = ["{user("ops")}"]\n'
        )
        return str(config)

    def serve(self, **options):
        return self.server("--config", self.config(), document=False, **options)

    def shared_node(self, server):
        node = self.node(server, self.account(server))
        self.expect(server.call("ada", "POST", f"/compute-nodes/{node}/permissions/teams", {"teamId": TEAM}), 201)
        return node

    def refused_for_now(self, answer):
        self.expect(answer, 503)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertLessEqual(int(answer.headers["Retry-After"]), 60)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertIn("directory", answer.json["detail"])
        return answer

    def until(self, server, who, path, status):
        """Asks until the answer has the status, through nothing but 503."""
        until = time.monotonic() + READY_WITHIN_S
        while (answer := server.call(who, "GET", path)).status == 503 and time.monotonic() < until:
            time.sleep(0.05)
        return self.expect(answer, status)

    def test_the_usual_tour(self):
        server = self.serve()
        account = self.account(server)
        node = self.node(server, account)
        path = f"/compute-nodes/{node}"
        self.expect(server.call("cy", "GET", path), 404)
        self.expect(server.call("ada", "POST", path + "/permissions/teams", {"teamId": TEAM}), 201)
        self.assertEqual(self.expect(server.call("cy", "GET", path), 200).json["name"], "gpu-1")
        listed = self.expect(server.call("cy", "GET", f"/compute-nodes?organization_id={WORKSPACE}"), 200)
        self.assertEqual([each["uuid"] for each in listed.json], [node])
        self.expect(server.call("dee", "GET", path), 404)  # a member who is not in the team
        self.expect(server.call("zoe", "GET", path), 404)  # of another workspace
        self.expect(server.call("zoe", "GET", f"/compute-nodes?organization_id={WORKSPACE}"), 403)
        self.expect(server.call("zoe", "GET", f"/compute-nodes?organization_id={OTHER_WORKSPACE}"), 200)
        self.expect(server.call("ben", "GET", f"/accounts/{account}"), 200)  # administers, and it is public
        self.expect(server.call("cy", "GET", f"/accounts/{account}"), 404)
        self.expect(server.call("cy", "DELETE", path), 403)
        gone = self.expect(server.call("ada", "DELETE", path), 202).json
        self.expect(server.call("ada", "POST", f"/operations/{gone['operation']['id']}/complete"), 403)
        self.expect(server.call("ops", "POST", f"/operations/{gone['operation']['id']}/complete"), 200)
        self.expect(server.call("ada", "GET", path), 404)

    def test_a_change_in_the_tables_counts_at_once_also_for_tokens_issued_before(self):
        server = self.serve()
        path = f"/compute-nodes/{self.shared_node(server)}"
        self.expect(server.call("cy", "GET", path), 200)
        self.expect(server.call("dee", "GET", path), 404)
        steps = [
            ("another is in the team", {"team": ("dee",)}, 404, 200),
            ("both are", {"team": ("cy", "dee")}, 200, 200),
            ("in the team, and no member", {"team": ("cy", "dee"), "members": {"ada": 32, "dee": 8}}, 404, 200),
            ("too low a bit", {"team": ("cy", "dee"), "members": {"ada": 32, "cy": 8, "dee": 4}}, 200, 404),
            ("as it was", {}, 200, 404),
        ]
        for story, world, cy, dee in steps:
            with self.subTest(story):
                self.fill(directory(**world))
                self.expect(server.call("cy", "GET", path), cy)
                self.expect(server.call("dee", "GET", path), dee)
                self.expect(server.call("ada", "GET", path), 200)

    def test_while_it_is_away_nothing_is_guessed_and_it_heals_by_itself(self):
        server = self.serve()
        account = self.account(server)
        node = self.node(server, account)
        path = f"/compute-nodes/{node}"
        self.expect(server.call("ada", "POST", path + "/permissions/teams", {"teamId": TEAM}), 201)
        for who in ("ada", "cy", "dee", "zoe", "ops"):
            server.token(who)  # made by a program of its own: not what is timed below
        self.postgres.stop()
        questions = [
            ("cy", "GET", path, None),
            ("dee", "GET", path, None),
            ("zoe", "GET", path, None),
            ("ben", "GET", f"/accounts/{account}", None),
            ("ada", "GET", f"/compute-nodes?organization_id={WORKSPACE}", None),
            ("zoe", "GET", f"/compute-nodes?organization_id={WORKSPACE}", None),
            ("ada", "POST", "/compute-nodes", {"accountId": account, "name": "n", "organizationId": WORKSPACE}),
            ("ada", "POST", path + "/permissions/teams", {"teamId": TEAM}),
        ]
        for question in questions:
            with self.subTest(question[:3]):
                asked = time.monotonic()
                self.refused_for_now(server.call(*question))
                self.assertLess(time.monotonic() - asked, FEW_SECONDS)
        self.refused_for_now(server.call(None, "GET", "/readyz"))
        self.expect(server.call(None, "GET", "/healthz"), 200)
        # What asks the directory nothing: an owner, and who operates, which the configuration says.
        self.expect(server.call("ada", "GET", path), 200)
        self.expect(server.call("ada", "GET", f"/accounts/{account}"), 200)
        self.expect(server.call("ops", "GET", "/operations"), 200)
        pid = server.process.pid
        self.postgres.start()
        self.until(server, "cy", path, 200)
        self.expect(server.call("dee", "GET", path), 404)
        self.expect(server.call(None, "GET", "/readyz"), 200)
        listed = self.expect(server.call("ada", "GET", f"/compute-nodes?organization_id={WORKSPACE}"), 200)
        self.assertEqual([each["uuid"] for each in listed.json], [node])  # what was refused was not half done
        self.assertEqual((server.process.poll(), server.process.pid), (None, pid))
        self.assertNotIn(PASSWORD, server.log_text())

    def test_a_restart_between_two_requests_is_not_noticed(self):
        server = self.serve()
        path = f"/compute-nodes/{self.shared_node(server)}"
        self.expect(server.call("cy", "GET", path), 200)
        self.postgres.stop()
        self.postgres.start()
        self.expect(server.call("cy", "GET", path), 200)
        self.expect(server.call("dee", "GET", path), 404)

    def test_no_answer_is_wrong_while_it_goes_and_comes(self):
        server = self.serve()
        path = f"/compute-nodes/{self.shared_node(server)}"
        counts = {("cy", 200): 0, ("dee", 404): 0, ("cy", 503): 0, ("dee", 503): 0}
        wrong = []
        go_on = threading.Event()
        go_on.set()
        for who in ("cy", "dee"):
            server.token(who)

        def ask(who):
            connection = server.connection()
            try:
                while go_on.is_set():
                    answer = server.call_on(connection, who, "GET", path)
                    if (who, answer.status) in counts:
                        counts[who, answer.status] += 1  # one thread each
                    else:
                        wrong.append((who, answer.status, answer.text))
            except Exception as error:
                wrong.append((who, repr(error)))
            finally:
                connection.close()

        def until_more(*keys):
            before = {key: counts[key] for key in keys}
            until = time.monotonic() + READY_WITHIN_S
            while any(counts[key] <= before[key] for key in keys) and not wrong:
                self.assertLess(time.monotonic(), until, counts)
                time.sleep(0.01)

        askers = [threading.Thread(target=ask, args=(who,)) for who in ("cy", "dee")]
        for asker in askers:
            asker.start()
        try:
            for end in (self.postgres.stop, self.postgres.kill):
                until_more(("cy", 200), ("dee", 404))
                end()
                until_more(("cy", 503), ("dee", 503))
                self.postgres.start()
                until_more(("cy", 200), ("dee", 404))
        finally:
            go_on.clear()
            for asker in askers:
                asker.join()
        self.assertEqual(wrong, [])

    def test_one_that_hangs_costs_a_request_its_deadline_and_no_more(self):
        server = self.serve()
        path = f"/compute-nodes/{self.shared_node(server)}"
        self.expect(server.call("cy", "GET", path), 200)
        server.token("dee")
        try:
            os.kill(self.postgres.process.pid, signal.SIGSTOP)  # first, so that no child is born unseen
            self.postgres.signal_all(signal.SIGSTOP)
            asked = time.monotonic()
            self.refused_for_now(server.call("cy", "GET", path))
            self.assertLess(time.monotonic() - asked, FEW_SECONDS)
            self.expect(server.call("ada", "GET", path), 200)
        finally:
            self.postgres.signal_all(signal.SIGCONT)
        self.until(server, "cy", path, 200)
        self.until(server, "dee", path, 404)

    def test_a_server_that_starts_while_it_is_away_waits_for_it(self):
        self.postgres.stop()
        server = self.serve(start=False)
        server.start(wait=False)
        until = time.monotonic() + READY_WITHIN_S
        while not (server.data / "server.json").exists():
            self.assertIsNone(server.process.poll(), server.log_text())
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)
        served = json.loads((server.data / "server.json").read_text())
        server.port = int(served["url"].rsplit(":", 1)[1])
        self.refused_for_now(server.call(None, "GET", "/readyz"))
        self.refused_for_now(server.call("ada", "GET", f"/compute-nodes?organization_id={WORKSPACE}"))
        self.postgres.start()
        self.until(server, None, "/readyz", 200)
        self.expect(server.call("ada", "GET", f"/compute-nodes?organization_id={WORKSPACE}"), 200)

    def test_tables_that_may_not_be_read_are_503_and_not_403(self):
        server = self.serve()
        path = f"/compute-nodes/{self.shared_node(server)}"
        self.expect(server.call("cy", "GET", path), 200)
        self.postgres.sql("REVOKE SELECT ON pennsieve.team_user FROM stewardry_reader")
        try:
            self.refused_for_now(server.call("cy", "GET", path))
            self.refused_for_now(server.call("dee", "GET", path))
        finally:
            self.postgres.sql("GRANT SELECT ON pennsieve.team_user TO stewardry_reader")
        self.until(server, "cy", path, 200)

    def test_the_directory_cannot_be_written_here(self):
        server = self.serve()
        problem = self.expect(server.call("ops", "PUT", "/directory", directory(team=("dee",))), 422).json
        self.assertIn("platform's own database", problem["detail"])
        self.expect(server.call("ada", "PUT", "/directory", directory()), 403)

    def test_a_configuration_that_cannot_work_is_refused_with_2(self):
        for connection, told in (("", "directory.connection"), ("host=a password='" + PASSWORD, "connection")):
            config = self.folder / "config.toml"
            config.write_text(f'[directory]\nkind = "postgresql"\nconnection = "{connection}"\n')
            refused = run("serve", "--data", str(self.folder / "d"), "--config", str(config), "--development")
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn(told, refused.stderr)
            self.assertNotIn(PASSWORD, refused.stderr)


if __name__ == "__main__":
    stewardry.main()

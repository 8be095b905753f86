"""`stewardry db` as people and scripts use it: words, exit codes, reports, and what is refused."""

import json
import pathlib
import subprocess
import sys

import db_case
import stewardry
from db_case import APPLICATION, DIFFERS, DONE, ERROR, REFUSED, DbCase

GROUP = """
groups:
  readers: {}
databases:
  app:
    schemas:
      public: {privileges: {readers: USAGE}}
"""


class Commands(DbCase):
    def setUp(self):
        super().setUp()
        self.server_15 = self.rds(15)

    def applied(self, text=APPLICATION):
        self.spec(text)
        return self.db("apply", "--auto-approve")

    def test_words_that_are_wrong_end_with_1_and_not_with_drift(self):
        self.spec(APPLICATION)
        for words in (("plan",), ("plan", "--spec", "nothing.yaml"), ("apply", "--spec", "spec.yaml"),
                      ("apply", "--spec", "spec.yaml", "--digest", "x", "--auto-approve"), ("plan", "--sepc", "x"),
                      ("rotate", "--spec", "spec.yaml"), ("drop",),
                      ("plan", "--spec", "spec.yaml", "--timeout", "soon"),
                      ("plan", "--spec", "spec.yaml", "--dsn", "postgres:/x")):  # fmt: skip
            done = self.run_db(*words)
            self.assertEqual((done.returncode, done.stdout), (ERROR, ""), words)
            self.assertTrue(done.stderr.startswith("stewardry: "), done.stderr)

    def test_a_broken_spec_is_refused_with_every_place(self):
        self.spec("groups: {readers: {sepc: 1}}\nlogins: {a: {member_of: [nobody]}}\n")
        done = self.run_db("plan", "--spec", "spec.yaml", "--dsn", self.dsn(), "--json")
        self.assertEqual(done.returncode, ERROR)
        problems = json.loads(done.stdout)["error"]["problems"]
        self.assertEqual(len(problems), 2, problems)
        self.assertIn("spec.yaml", done.stderr)

    def test_a_password_in_the_address_is_refused_with_advice(self):
        self.spec(APPLICATION)
        for dsn in (self.dsn() + " password=geheim1", "postgresql://administrator:geheim1@127.0.0.1/postgres",
                    "postgresql://127.0.0.1/postgres?password=geheim1"):  # fmt: skip
            done = self.run_db("plan", "--spec", "spec.yaml", "--dsn", dsn)
            self.assertEqual(done.returncode, ERROR)
            self.assertIn("--password-from", done.stderr)
            self.assertNotIn("geheim1", done.stdout + done.stderr)

    def test_a_wrong_password_and_no_server_are_errors(self):
        self.spec(APPLICATION)
        done = self.run_db("plan", "--spec", "spec.yaml", "--dsn", self.dsn(), PGPASSWORD="geheim1")
        self.assertEqual(done.returncode, ERROR)
        self.assertIn("password authentication failed", done.stderr)
        self.assertNotIn("geheim1", done.stdout + done.stderr)
        gone = self.dsn().replace(f"port={self.where.port}", "port=1")
        self.assertEqual(self.run_db("plan", "--spec", "spec.yaml", "--dsn", gone).returncode, ERROR)

    def test_tls_is_verified_unless_the_address_says_otherwise(self):
        self.spec(APPLICATION)
        bare = f"host=127.0.0.1 port={self.where.port} user=administrator dbname=postgres"
        refused = self.run_db("check", "--spec", "spec.yaml", "--dsn", bare)
        self.assertEqual(refused.returncode, ERROR)
        self.assertIn("certificate", refused.stderr)
        self.db("check", "--ca-bundle", self.where.ca, dsn=bare, code=DIFFERS)
        other = self.run_db("check", "--spec", "spec.yaml", "--dsn", bare, "--ca-bundle", self.where.other_ca)
        self.assertEqual(other.returncode, ERROR)
        self.db("check", dsn=bare + " sslmode=require", code=DIFFERS)

    def test_the_digest_is_refused_when_the_state_moved(self):
        self.applied()
        self.spec(APPLICATION + GROUP.replace("groups", "groups", 1).lstrip("\n"))
        digest = self.db("plan", code=DIFFERS)["digest"]
        self.assertEqual(self.db("plan", code=DIFFERS)["digest"], digest, "the same state has the same digest")
        self.where.sql("CREATE ROLE readers")
        refused = self.db("apply", "--digest", digest, code=REFUSED)
        self.assertIn("digest", refused["refused"])
        self.assertEqual(refused["outcomes"], [])
        self.where.sql("DROP ROLE readers")
        self.assertTrue(self.db("apply", "--digest", digest)["converged"])

    def test_text_for_people_has_colours_on_a_terminal_alone(self):
        self.spec(APPLICATION)
        done = self.run_db("plan", "--spec", "spec.yaml", "--dsn", self.dsn())
        self.assertEqual(done.returncode, DIFFERS, done.stderr)
        for part in ("In the cluster", 'CREATE ROLE "app"', "Gained", "Digest: ", "-- "):
            self.assertIn(part, done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        script = [stewardry.BINARY, "db", "plan", "--spec", "spec.yaml", "--dsn", self.dsn()]
        for environment, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False)):
            shown = subprocess.run(
                [sys.executable, "-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)", *script],
                capture_output=True, text=True, cwd=self.folder, env=self.environment(**environment))  # fmt: skip
            self.assertEqual("\x1b[1m" in shown.stdout, coloured, shown.stdout)

    def test_init_describes_what_is_there(self):
        self.applied()
        done = self.run_db("init", "--dsn", self.dsn("app"))
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.spec(done.stdout, "written.yaml")
        self.assertEqual(self.db("plan", spec="written.yaml", dsn=self.dsn("app"))["statements"], [])
        nothing = self.run_db("init", "--dsn", self.dsn("app"), "--database", "nothing")
        self.assertEqual(nothing.returncode, ERROR)

    def test_events_say_the_same_as_commands(self):
        def invoke(event, code):
            (self.folder / "event.json").write_text(event if isinstance(event, str) else json.dumps(event))
            done = self.run_db("invoke", "event.json")
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            return json.loads(done.stdout)

        spec = {"presets": [{"application": {"database": "app", "password": "file:secrets.json"}}]}
        of_the_event = invoke({"action": "plan", "spec": spec, "dsn": self.dsn()}, DIFFERS)
        self.spec(APPLICATION)
        self.assertEqual(of_the_event, self.db("plan", code=DIFFERS))
        invoke({"action": "apply", "spec": spec, "dsn": self.dsn()}, ERROR)
        done = invoke(
            {"action": "apply", "spec": APPLICATION, "dsn": self.dsn(), "digest": of_the_event["digest"]}, DONE
        )
        self.assertTrue(done["converged"])
        self.assertTrue(invoke({"action": "verify", "specFile": "spec.yaml", "dsn": self.dsn()}, DONE)["ok"])
        rotated = invoke({"action": "rotate", "spec": spec, "dsn": self.dsn(), "login": "app"}, DONE)
        self.assertEqual(len(rotated["outcomes"]), 1)
        dropped = invoke({"action": "drop", "dsn": self.dsn(), "role": "app"}, DONE)
        self.assertTrue(dropped["converged"])
        for wrong in ("{", '{"action": "explode"}', '{"action": "plan", "sepc": 1}', "[]"):
            self.assertIn("error", invoke(wrong, ERROR))

    def test_without_connect_to_the_maintenance_database_the_missing_statement_is_told(self):
        self.spec(APPLICATION)
        self.where.sql("CREATE DATABASE app OWNER administrator; ")
        self.where.sql("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
        self.addCleanup(self.where.sql, "GRANT CONNECT ON DATABASE postgres TO PUBLIC")
        for command in ("plan", "apply"):
            more = ["--auto-approve"] if command == "apply" else []
            refused = self.db(command, *more, dsn=self.dsn("app"), code=REFUSED)
            self.assertEqual([each["sql"] for each in refused["administrator"]],
                             ['GRANT CONNECT ON DATABASE "postgres" TO "administrator"'])  # fmt: skip
        self.where.sql("CREATE DATABASE meeting")
        self.spec("maintenance_database: meeting\n" + APPLICATION)
        self.db("plan", dsn=self.dsn("app"), code=DIFFERS)

    def test_a_run_waits_for_another_and_says_whose_it_is(self):
        self.spec(APPLICATION)
        holder = subprocess.Popen(
            [db_case.PSQL, "-X", "-q", "-d", self.where.superuser],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(holder.communicate)
        holder.stdin.write(f"SELECT pg_advisory_lock({0x7374657761726472});\n\\echo held\n")
        holder.stdin.flush()
        while "held" not in holder.stdout.readline():
            pass
        refused = self.db("apply", "--auto-approve", "--run-lock-timeout", "1s", code=REFUSED)
        self.assertIn("postgres", refused["refused"])
        self.assertEqual(self.db("check", code=DIFFERS)["refused"], None, "looking needs no lock")

    def test_two_runs_at_once_bring_about_one_state(self):
        self.spec(APPLICATION)
        runs = [
            self.start("apply", "--spec", "spec.yaml", "--auto-approve", "--json", "--dsn", self.dsn())
            for _ in range(3)
        ]
        ended = [run.communicate() + (run.returncode,) for run in runs]
        self.assertEqual([code for *_, code in ended], [DONE] * 3, ended)
        worked = [out for out, *_ in ended if json.loads(out)["outcomes"]]
        self.assertEqual(len(worked), 1, "the others found it done")
        self.assertTrue(self.db("verify")["ok"])

    def test_interference_is_looked_at_again(self):
        """A second session has changed the same catalog rows, and commits while we wait for it."""
        self.applied()
        self.spec(APPLICATION.replace("app,", "app, migrator: migrator,") + "logins:\n  ada: {connection_limit: 7}\n")
        self.where.sql("CREATE ROLE ada LOGIN")
        self.where.sql("GRANT ada TO administrator WITH ADMIN OPTION")
        other = subprocess.Popen(
            [db_case.PSQL, "-X", "-q", "-d", self.where.superuser],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(other.communicate)
        other.stdin.write("BEGIN; ALTER ROLE ada CONNECTION LIMIT 5;\n\\echo changed\n")
        other.stdin.flush()
        while "changed" not in other.stdout.readline():
            pass
        run = self.start(
            "apply", "--spec", "spec.yaml", "--auto-approve", "--json", "--dsn", self.dsn(), "--lock-timeout", "60s"
        )
        self.until(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'stewardry' AND wait_event_type = 'Lock'",
            "1",
        )
        other.stdin.write("COMMIT;\n")
        other.stdin.flush()
        out, err = run.communicate()
        self.assertEqual(run.returncode, DONE, out + err)
        report = json.loads(out)
        self.assertIn("tuple concurrently updated", "".join(each["error"] or "" for each in report["outcomes"]))
        self.assertTrue(report["converged"])
        self.assertEqual(self.where.sql("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'ada'"), ["7"])

    def test_a_lock_that_is_not_given_rolls_everything_back(self):
        self.applied()
        self.psql_as("migrator", "CREATE TABLE app.t ()")
        self.spec(APPLICATION + "databases: {app: {schemas: {app: {tables: {t: {row_security: enabled}}}}}}\n")
        holder = subprocess.Popen(
            [db_case.PSQL, "-X", "-q", "-d", self.where.dsn(database="app")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(holder.communicate)
        holder.stdin.write("BEGIN; LOCK TABLE app.t;\n\\echo locked\n")
        holder.stdin.flush()
        while "locked" not in holder.stdout.readline():
            pass
        refused = self.run_db("plan", "--spec", "spec.yaml", "--dsn", self.dsn(), "--lock-timeout", "1s")
        self.assertEqual(refused.returncode, REFUSED, refused.stdout)
        self.assertIn("lock timeout", refused.stdout)

    def until(self, question, answer):
        for _ in range(2000):
            if self.where.sql(question) == [answer]:
                return
        self.fail(question)

    def test_drop(self):
        self.applied()
        self.psql_as("migrator", "CREATE TABLE app.t (i integer); GRANT SELECT ON app.t TO app")
        self.where.sql("CREATE DATABASE second OWNER administrator")
        self.where.sql("GRANT app_owner TO administrator")
        self.where.sql("CREATE SCHEMA other AUTHORIZATION app_owner", self.where.dsn(database="second"))
        refused = self.db("drop", "--role", "app_owner", spec=None, code=REFUSED)
        self.assertIn("own", refused["refused"])
        session = subprocess.Popen(
            [db_case.PSQL, "-X", "-q", "-d", self.login_dsn("migrator", self.secret("migrator")["password"])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
        self.addCleanup(session.communicate)
        session.stdin.write("\\echo in\n")
        session.stdin.flush()
        session.stdout.readline()
        refused = self.db("drop", "--role", "migrator", spec=None, code=REFUSED)
        self.assertIn("session", refused["refused"])
        tried = self.db("drop", "--role", "migrator", "--terminate-sessions", "--dry-run", spec=None)
        self.assertEqual((tried["outcomes"], self.roles("migrator")), ([], ["migrator"]))
        self.assertTrue(self.db("drop", "--role", "migrator", "--terminate-sessions")["converged"])
        self.assertEqual(self.roles("migrator"), [])
        self.assertTrue(
            self.db("drop", "--role", "app_owner", "--reassign-to", "administrator", spec=None)["converged"]
        )
        owner = "SELECT tableowner FROM pg_tables WHERE tablename = 't'"
        self.assertEqual(self.where.sql(owner, self.where.dsn(database="app")),
                         ["administrator"])  # fmt: skip
        self.assertIn("no role", self.db("drop", "--role", "app_owner", spec=None)["warnings"][0])
        self.assertTrue(self.db("apply", "--auto-approve")["converged"], "and all of it can be made again")

    def roles(self, *names):
        listed = ", ".join(f"'{name}'" for name in names)
        return self.where.sql(f"SELECT rolname FROM pg_roles WHERE rolname IN ({listed})")

    def test_a_run_with_nothing_to_do_writes_nothing(self):
        self.applied()
        counters = ("SELECT pg_current_wal_insert_lsn(), (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) "
                    "FROM pg_stat_sys_tables "
                    "WHERE relid < 16384), txid_current_if_assigned() IS NULL")  # fmt: skip
        self.where.sql("CHECKPOINT")
        before = self.where.sql(counters, self.where.dsn(database="app"))
        for command in (("apply", "--auto-approve"), ("plan",), ("check",)):
            self.db(*command)
        self.assertEqual(self.where.sql(counters, self.where.dsn(database="app")), before)


if __name__ == "__main__":
    stewardry.main()

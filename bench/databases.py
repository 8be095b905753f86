#!/usr/bin/env python3
"""`stewardry db` on a large cluster, beside pgroles and beside bare psql: one figure a line.

    bench/databases.py [--binary build/release/stewardry] [--major 17] [--pgroles PROGRAM | --without-pgroles]
                       [--roles 1000] [--tables 1000] [--limit 120] [--only groups direct]

The world: one database, 10 schemas with `tables` tables and as many sequences, all of one owner; the administrator has
CREATEROLE and is no superuser. Two layouts, each declared in mode `exactly`, each in its own copy of the cluster:
       groups  10 groups hold rights on all tables and sequences; `roles` logins are members, each of one
       direct  `roles` logins hold SELECT on each table themselves: a million rights
A time is that of the whole process, from its start to its end, over TCP with verified TLS and a SCRAM password;
`processor` is the part of it that is the process's own and not the server's; memory is the kernel's peak (never less
than this script's own, some 25 MB, which the kernel counts in). `plan` executes everything and rolls it back, `check`
only compares. On the groups' layout a figure of `check`, or of nothing to do, is the median of five runs (of pgroles'
diff too). What the runs with nothing to do write is the difference of the server's WAL position and next transaction
before and after all of them; it is vacuumed first, because even a reader tidies up dead rows, and nobody else is there.

The server is real and new, without fsync, autovacuum and checkpoints, so that nothing else writes. Baselines: psql with
the statements that somebody would write by hand, in one transaction; pgroles (cargo install --locked pgroles-cli) on
the groups' layout only. No run is waited for longer than `limit` seconds. Some two minutes.
"""

import argparse
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from api import ROOT, show

sys.path.insert(0, str(ROOT / "tests" / "support"))
from postgres import PSQL  # noqa: E402

SCHEMAS = [f"s{i}" for i in range(10)]
GROUPS = [f"group_{i}" for i in range(10)]
GROUP_TABLES, GROUP_SEQUENCES = ("SELECT", "INSERT", "UPDATE", "DELETE"), ("USAGE", "SELECT")
PASSWORD = "not a secret, 1 test"
PSQL_COMMAND = [str(PSQL), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
QUIET_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

HBA = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
SETTINGS = (
    *("listen_addresses=127.0.0.1", "ssl=on", "ssl_cert_file=server.pem", "ssl_key_file=server.key", "jit=off"),
    *("fsync=off", "autovacuum=off", "checkpoint_timeout=1d", "max_wal_size=8GB", "wal_level=minimal"),
    "max_wal_senders=0",
)


class Failed(Exception):
    pass


class Cluster:
    """A PostgreSQL of its own; a copy of `template`. Gone with this process."""

    def __init__(self, programs, template, folder):
        self.programs, self.folder, self.data = programs, pathlib.Path(folder), pathlib.Path(folder) / "data"
        owner = (programs / "template").stat()
        self.folder.mkdir()
        self.folder.chmod(0o755)
        subprocess.run(["cp", "-a", str(template), str(self.data)], check=True)
        for name in ("server.pem", "server.key"):
            shutil.copy(programs / "tls" / name, self.data / name)
            (self.data / name).chmod(0o600)
        (self.data / "pg_hba.conf").write_text(HBA)
        self.become = ["setpriv", "--pdeathsig", "QUIT"]
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            for name in ("server.pem", "server.key"):
                os.chown(self.data / name, owner.st_uid, owner.st_gid)
            self.become += ["--reuid", str(owner.st_uid), "--regid", str(owner.st_gid), "--clear-groups"]
        self.start()

    def start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [str(self.programs / "bin" / "postgres"), "-D", str(self.data), "-p", str(self.port), "-k", "."]
        for setting in SETTINGS:
            command += ["-c", setting]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*self.become, *command], stdout=log, stderr=log, cwd="/", env=QUIET_ENVIRONMENT
            )
        for _ in range(1000):
            if self.psql("SELECT 1", database="postgres").returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise Failed("PostgreSQL did not start: " + (self.folder / "log").read_text()[-2000:])

    def stop(self):
        self.process.send_signal(2)  # fast
        self.process.wait()

    def psql(self, statements, database="bench"):
        """As the superuser, by the socket."""
        dsn = f"host={self.data} port={self.port} user=postgres dbname={database}"
        return subprocess.run(
            [*PSQL_COMMAND, "-d", dsn], input=statements, capture_output=True, text=True, cwd="/", env=QUIET_ENVIRONMENT
        )

    def sql(self, statements, database="bench"):
        done = self.psql(statements, database)
        if done.returncode != 0:
            raise Failed(done.stderr)
        return done.stdout.strip()

    @property
    def authority(self):
        return self.programs / "tls" / "ca.pem"

    def dsn(self):
        """The administrator's, without the password."""
        return (
            f"host=127.0.0.1 port={self.port} user=administrator dbname=bench "
            f"sslmode=verify-full sslrootcert={self.authority}"
        )

    def uri(self):
        word = PASSWORD.replace(" ", "%20").replace(",", "%2C")
        return (
            f"postgresql://administrator:{word}@127.0.0.1:{self.port}/bench"
            f"?sslmode=verify-full&sslrootcert={self.authority}"
        )

    def make_administrator_an_owner(self):
        known = int(self.sql("SHOW server_version_num")) >= 160000
        self.sql("GRANT world_owner TO administrator" + (" WITH INHERIT TRUE, SET TRUE" if known else ""))

    def settle(self):
        """Hint bits and dead rows, which even a reader would tidy up, are done with before anything is counted."""
        self.sql("VACUUM", "postgres")
        self.sql("ANALYZE; VACUUM; CHECKPOINT")

    def written(self):
        """The WAL's end in bytes, and the next transaction."""
        found = self.sql("SELECT pg_current_wal_insert_lsn() - '0/0', pg_snapshot_xmax(pg_current_snapshot())")
        return [int(each) for each in found.split("|")]


def make_world(cluster, tables):
    cluster.sql(
        "SET password_encryption = 'scram-sha-256';"
        f"CREATE ROLE administrator LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'; "
        "SET ROLE administrator; CREATE ROLE world_owner; RESET ROLE; CREATE DATABASE bench OWNER world_owner;",
        "postgres",
    )
    lines = ["SET ROLE world_owner; BEGIN;"]
    lines += [f"CREATE SCHEMA {schema};" for schema in SCHEMAS]
    for i in range(tables):
        schema = SCHEMAS[i % len(SCHEMAS)]
        lines.append(f"CREATE TABLE {schema}.t{i:05} (id bigint); CREATE SEQUENCE {schema}.q{i:05};")
    cluster.sql("\n".join([*lines, "COMMIT;"]))
    cluster.settle()


def logins(count):
    return [f"login_{i:05}" for i in range(count)]


def spec(roles, schema_of):
    """The document: `roles` are lines of its role sections, `schema_of` those of each schema."""
    lines = ["mode: exactly", "owners:", "  world_owner:", *roles, "databases:", "  bench:", "    create: false"]
    lines += ["    owner: world_owner", "    privileges: {PUBLIC: [CONNECT, TEMPORARY]}", "    schemas:"]
    for schema in SCHEMAS:
        lines += [f"      {schema}:", "        owner: world_owner", *schema_of]
    return "\n".join(lines) + "\n"


def given(kind, grantees, privileges):
    return [f"        {kind}:", '          "*":', "            privileges:"] + [
        f"              {each}: [{', '.join(privileges)}]" for each in grantees
    ]


def usage(grantees):
    return ["        privileges:"] + [f"          {each}: USAGE" for each in grantees]


def groups_spec(count):
    roles = ["groups:", *(f"  {each}:" for each in GROUPS), "logins:"]
    roles += [f"  {each}: {{member_of: [{GROUPS[i % 10]}]}}" for i, each in enumerate(logins(count))]
    return spec(
        roles,
        usage(GROUPS) + given("tables", GROUPS, GROUP_TABLES) + given("sequences", GROUPS, GROUP_SEQUENCES),
    )


def direct_spec(count):
    names = logins(count)
    return spec(["logins:", *(f"  {each}:" for each in names)], usage(names) + given("tables", names, ["SELECT"]))


def pgroles_manifest(count):
    """The groups' layout, in pgroles' own format."""
    lines = ["roles:", "  - {name: world_owner, external: true}"]
    lines += [f"  - {{name: {each}}}" for each in GROUPS]
    lines += [f"  - {{name: {each}, login: true}}" for each in logins(count)]
    lines.append("grants:")
    for schema in SCHEMAS:
        for group in GROUPS:
            for privileges, target in (
                (["USAGE"], f"{{type: schema, name: {schema}}}"),
                (GROUP_TABLES, f'{{type: table, schema: {schema}, name: "*"}}'),
                (GROUP_SEQUENCES, f'{{type: sequence, schema: {schema}, name: "*"}}'),
            ):
                lines.append(f"  - {{role: {group}, privileges: [{', '.join(privileges)}], object: {target}}}")
    lines.append("memberships:")
    for i, group in enumerate(GROUPS):
        members = ", ".join(f"{{name: {each}}}" for each in logins(count)[i::10])
        lines.append(f"  - {{role: {group}, members: [{members}]}}")
    return "\n".join(lines) + "\n"


def roles_by_hand(count):
    lines = [f"CREATE ROLE {each};" for each in GROUPS]
    return lines + [f"CREATE ROLE {each} LOGIN IN ROLE {GROUPS[i % 10]};" for i, each in enumerate(logins(count))]


def grants_by_hand(grantees, tables, sequences=None):
    schemas, roles = ", ".join(SCHEMAS), ", ".join(grantees)
    lines = [
        f"GRANT USAGE ON SCHEMA {schemas} TO {roles};",
        f"GRANT {', '.join(tables)} ON ALL TABLES IN SCHEMA {schemas} TO {roles};",
    ]
    if sequences:
        lines.append(f"GRANT {', '.join(sequences)} ON ALL SEQUENCES IN SCHEMA {schemas} TO {roles};")
    return lines


class Run:
    """One process to its end: `milliseconds` and `peak_mb`. What it prints goes to `output`, a file."""

    def __init__(self, command, output, environment, limit, stdin=None, wanted=(0,)):
        self.output = pathlib.Path(output)
        with open(self.output, "wb") as out, open(stdin or os.devnull, "rb") as source:
            began = time.perf_counter()
            process = subprocess.Popen(
                command, stdin=source, stdout=out, stderr=subprocess.STDOUT, env={**QUIET_ENVIRONMENT, **environment}
            )
            watch = threading.Timer(limit, process.kill)
            watch.start()
            _, status, usage_of_it = os.wait4(process.pid, 0)
            self.milliseconds = (time.perf_counter() - began) * 1000
            watch.cancel()
        self.peak_mb = usage_of_it.ru_maxrss / 1024
        self.processor_ms = (usage_of_it.ru_utime + usage_of_it.ru_stime) * 1000
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode == -9:
            raise Failed(f"not done within {limit} s")
        if process.returncode not in wanted:
            with open(self.output, "rb") as told:
                raise Failed(f"exit code {process.returncode}: {told.read(2000).decode(errors='replace').strip()}")


class Bench:
    def __init__(self, options, folder, programs):
        self.options, self.folder, self.programs = options, pathlib.Path(folder), programs
        self.world = None

    def cluster(self, name):
        """A copy of the world, running."""
        return Cluster(self.programs, self.world, self.folder / name)

    def make_world(self):
        first = Cluster(self.programs, self.programs / "template", self.folder / "world")
        make_world(first, self.options.tables)
        first.stop()
        self.world = first.data

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def run(self, command, environment, stdin=None, wanted=(0,)):
        return Run(command, self.folder / "output", environment, self.options.limit, stdin, wanted)

    def stewardry(self, cluster, command, document, *words, wanted=(0,)):
        line = [self.options.binary, "db", command, "--spec", str(document), "--dsn", cluster.dsn(), "--json", *words]
        return self.run(line, {"PGPASSWORD": PASSWORD, "HOME": str(self.folder)}, wanted=wanted)

    def pgroles(self, cluster, command, manifest, *words, wanted=(0,)):
        line = [self.options.pgroles, command, "--file", str(manifest), *words]
        return self.run(line, {"DATABASE_URL": cluster.uri(), "RUST_LOG": "warn", "NO_COLOR": "1"}, wanted=wanted)

    def by_hand(self, cluster, lines):
        path = self.file("by-hand.sql", "\n".join(["BEGIN;", *lines, "COMMIT;"]))
        return self.run([*PSQL_COMMAND, "-d", cluster.dsn()], {"PGPASSWORD": PASSWORD}, stdin=path)

    def figure(self, name, run, baseline=None, memory=True):
        """Shows the run's time, its own processor time in it, and its memory; a run that failed is said in one line."""
        try:
            done = run()
        except Failed as failure:
            print(f"{name}: {failure}", flush=True)
            return None
        show(name, done.milliseconds, "ms", baseline)
        if memory:
            show(f"{name}: processor", done.processor_ms, "ms")
            show(f"{name}: peak memory", done.peak_mb, "MB")
        return done.milliseconds

    def repeated(self, name, run, baseline=None, times=5):
        """The median of several runs."""

        def middle():
            return sorted((run() for _ in range(times)), key=lambda each: each.milliseconds)[times // 2]

        return self.figure(name, middle, baseline)


def baselines(bench, layouts):
    """What psql needs for the same with statements by hand; by name."""
    cluster, found, count = bench.cluster("by-hand"), {}, bench.options.roles
    try:
        cluster.make_administrator_an_owner()  # Stewardry takes this for itself, for its transaction
        grants = grants_by_hand(GROUPS, GROUP_TABLES, GROUP_SEQUENCES)
        name = "psql, statements by hand"
        found["apply"] = (
            name,
            bench.figure(
                f"{name}: groups", lambda: bench.by_hand(cluster, roles_by_hand(count) + grants), memory=False
            ),
        )
        name = "psql, SELECT 1"
        one = bench.file("one.sql", "SELECT 1;")
        runs = [
            bench.run([*PSQL_COMMAND, "-d", cluster.dsn()], {"PGPASSWORD": PASSWORD}, stdin=one).milliseconds
            for _ in range(5)
        ]
        found["connect"] = (name, statistics.median(runs))
        show(name, found["connect"][1], "ms")
        if "direct" in layouts:
            cluster.settle()
            name, lines = "psql, statements by hand", grants_by_hand(logins(count), ["SELECT"])
            found["direct"] = (
                name,
                bench.figure(f"{name}: direct", lambda: bench.by_hand(cluster, lines), memory=False),
            )
            cluster.settle()
            name = "psql, every ACL as text"
            acls = bench.file("acls.sql", "COPY (SELECT oid, relacl FROM pg_class) TO STDOUT;")
            line = [*PSQL_COMMAND, "-d", cluster.dsn()]
            found["inspect"] = (
                name,
                bench.figure(name, lambda: bench.run(line, {"PGPASSWORD": PASSWORD}, stdin=acls), memory=False),
            )
    finally:
        cluster.stop()
    return found


def peer(bench, layout):
    """pgroles on the groups' layout; its times, by name."""
    cluster, manifest, found = bench.cluster("pgroles"), bench.file("pgroles.yaml", pgroles_manifest(layout)), {}
    try:
        cluster.make_administrator_an_owner()  # it does not act as the owner by itself
        diff = lambda: bench.pgroles(cluster, "diff", manifest, wanted=(0, 2))  # noqa: E731
        found["plan"] = bench.repeated("pgroles diff: groups, before the first apply", diff)
        found["apply"] = bench.figure(
            "pgroles apply: groups, the first", lambda: bench.pgroles(cluster, "apply", manifest)
        )
        if found["apply"] is None:
            return found
        cluster.settle()
        before = cluster.written()
        found["nothing"] = bench.repeated("pgroles diff: groups, nothing to do", diff)
        try:
            bench.pgroles(cluster, "diff", manifest, "--exit-code")
        except Failed as failure:
            print(f"pgroles diff after its own apply still finds something to do: {failure}", flush=True)
        bench.figure("pgroles apply: groups, nothing to do", lambda: bench.pgroles(cluster, "apply", manifest))
        show_written("pgroles: groups, nothing to do", before, cluster.written())
    finally:
        cluster.stop()
    return found


def show_written(name, before, after):
    show(f"{name}: WAL written", after[0] - before[0], "bytes")
    show(f"{name}: transactions taken", after[1] - before[1], "")


def measure(bench, layout, document, base, pgroles):
    cluster = bench.cluster(layout)
    several = 5 if layout == "groups" else 1
    beside = {name: ("pgroles", found) for name, found in pgroles.items() if found}
    try:

        def figure(name, command, *words, against=None, times=1, wanted=(0,)):
            return bench.repeated(
                f"{layout}: {name}",
                lambda: bench.stewardry(cluster, command, document, *words, wanted=wanted),
                against,
                times,
            )

        figure("check before the first apply", "check", against=beside.get("plan"), times=several, wanted=(2,))
        if layout == "direct":
            figure("check --no-access before the first apply", "check", "--no-access", wanted=(2,))
        else:
            figure("plan before the first apply, tried out", "plan", against=base["apply"], wanted=(2,))
        applied = figure(
            "the first apply", "apply", "--auto-approve", against=base["apply" if layout == "groups" else layout]
        )
        if applied is None:
            return
        if beside.get("apply"):
            show(f"{layout}: the first apply beside pgroles", applied, "ms", beside["apply"])
        cluster.settle()
        before = cluster.written()
        against = base["connect"] if layout == "groups" else base["inspect"]
        checked = figure("check, nothing to do", "check", against=against, times=several)
        if checked and beside.get("nothing"):
            show(f"{layout}: check, nothing to do, beside pgroles", checked, "ms", beside["nothing"])
        figure("plan, nothing to do", "plan", against=against, times=several)
        figure("apply, nothing to do", "apply", "--auto-approve", against=against, times=several)
        show_written(f"{layout}: nothing to do", before, cluster.written())
    finally:
        cluster.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "build/release/stewardry"))
    parser.add_argument("--major", type=int, default=17)
    cached = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "stewardry"
    found = shutil.which("pgroles") or str(cached / "pgroles-0.15" / "bin" / "pgroles")
    parser.add_argument("--pgroles", default=found)
    parser.add_argument("--without-pgroles", action="store_true")
    parser.add_argument("--roles", type=int, default=1000)
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--limit", type=float, default=120)
    parser.add_argument("--only", nargs="+", choices=("groups", "direct"), default=["groups", "direct"])
    options = parser.parse_args()
    server = subprocess.run(
        [ROOT / "tools" / "servers", "postgres", str(options.major)], check=True, capture_output=True, text=True
    )
    folder = tempfile.mkdtemp(prefix="stewardry-bench-")
    os.chmod(folder, 0o755)  # for the server's user
    try:
        bench = Bench(options, folder, pathlib.Path(server.stdout.strip()))
        bench.make_world()
        base = baselines(bench, options.only)
        pgroles = {}
        if "groups" in options.only and not options.without_pgroles:
            if pathlib.Path(options.pgroles).exists():
                pgroles = peer(bench, options.roles)
            else:
                print("pgroles is not there (cargo install --locked pgroles-cli): nothing to compare with", flush=True)
        documents = {"groups": groups_spec, "direct": direct_spec}
        for layout in options.only:
            document = bench.file(f"{layout}.yaml", documents[layout](options.roles))
            measure(bench, layout, document, base, pgroles if layout == "groups" else {})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

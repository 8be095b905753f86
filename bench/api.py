#!/usr/bin/env python3
"""The whole program, measured from outside: one figure a line, each beside its baseline from the same run.

    bench/api.py [--binary build/release/stewardry] [--seconds 4] [--rounds 3] [--only PART ...]

Parts: get     GET of one compute node with token, access and store, 64 connections, one event loop on one processor,
               in turns with nginx that sends a static file of the same size; rate, p99, processor time a request
       create  durable creation of nodes from 64 connections, beside a bare loop of write and fdatasync
       start   from process start to /readyz, with an empty table and with one of 1,000,000 items
       memory  resident memory after the start with example data, and with 10,000 idle connections
       excess  twice as many clients as can be served: answered, refused with 503, and the p99

Needs nginx and wrk (tools/install bench). Loopback only; every part is bounded in time.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "example" / "directory.json"
DIRECTORY = json.loads(EXAMPLE.read_text())
USERS = {user["name"].lower(): user["id"] for user in DIRECTORY["users"]}
WORKSPACE = DIRECTORY["workspaces"][0]["id"]


def show(name, value, unit, baseline=None):
    ratio = f"   ratio {value / baseline[1]:.2f} of {baseline[0]}" if baseline and baseline[1] else ""
    print(f"{name:<52} {value:>12,.2f} {unit}{ratio}", flush=True)


class Server:
    def __init__(self, binary, data, *flags, processor=None, environment=None):
        self.data = pathlib.Path(data)
        if not (self.data / "directory.db").exists():
            subprocess.run(
                [binary, "directory", "import", "--data", data, str(EXAMPLE)], check=True, stdout=subprocess.DEVNULL
            )
        pin = ["taskset", "-c", str(processor)] if processor is not None else []
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [*pin, binary, "serve", "--data", data, "--listen", "127.0.0.1:0", "--development", *flags],
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        self.binary = binary
        served = self.data / "server.json"
        while True:
            try:
                found = json.loads(served.read_text())
                if found["pid"] == self.process.pid:
                    self.url, self.port = found["url"], int(found["url"].rsplit(":", 1)[1])
                    if self.call(None, "GET", "/readyz")[0] == 200:
                        break
            except (OSError, ValueError):
                pass
            if self.process.poll() is not None:
                raise RuntimeError("the server ended")
            time.sleep(0.0005)
        self.ready_ms = (time.perf_counter() - self.began) * 1000

    def token(self, user):
        return subprocess.run(
            [self.binary, "token", "--data", self.data, "--user", USERS[user]],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def call(self, token, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": "Bearer " + token} if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text

    def resident_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


def make_world(server):
    ada = server.token("ada")
    account = json.loads(
        server.call(ada, "POST", "/accounts", {"accountId": "123456789012", "accountType": "aws", "roleName": "R"})[1]
    )["uuid"]
    server.call(ada, "POST", f"/accounts/{account}/workspaces?organization_id={WORKSPACE}", {"isPublic": True})
    node = json.loads(
        server.call(
            ada, "POST", "/compute-nodes", {"accountId": account, "name": "gpu-1", "organizationId": WORKSPACE}
        )[1]
    )
    server.call(server.token("ops"), "POST", f"/operations/{node['operation']['id']}/complete")
    server.call(ada, "PUT", f"/compute-nodes/{node['uuid']}/permissions", {"accessScope": "workspace"})
    return ada, account, node["uuid"]


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def wrk(url, seconds, *arguments, pid=None, connections=64, threads=1, processor=1):
    pin = ["taskset", "-c", str(processor)] if processor is not None else []
    before = cpu_s(pid) if pid else 0
    out = subprocess.run(
        [*pin, "wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--latency", *arguments, url],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    count = int(re.search(r"(\d+) requests in", out)[1])
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", out)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
        "p99_ms": float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]],
        "cpu_us": (cpu_s(pid) - before) * 1e6 / count if pid else 0,
        "bad": int(bad[1]) if bad else 0,
        "count": count,
        "out": out,
    }


class Nginx:
    """A static file on one worker, without an access log."""

    def __init__(self, folder, body, processor):
        self.folder = pathlib.Path(folder)
        (self.folder / "file.json").write_bytes(body)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        paths = " ".join(
            f"{name}_temp_path {folder};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
            "events { worker_connections 20000; }\n"
            "http { access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on;\n"
            f"default_type application/json; {paths}\n"
            f"server {{ listen 127.0.0.1:{self.port}; root {folder}; }} }}\n"
        )
        self.process = subprocess.Popen(
            ["taskset", "-c", str(processor), "nginx", "-c", str(self.folder / "nginx.conf")],
            stderr=subprocess.DEVNULL,
        )
        self.url = f"http://127.0.0.1:{self.port}/file.json"
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise RuntimeError("nginx did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def part_get(options, folder):
    server = Server(options.binary, f"{folder}/get", processor=0, environment={"STEWARDRY_LOG_REQUESTS": "false"})
    ada, _, node = make_world(server)
    cy = server.token("cy")
    nginx = Nginx(folder, server.call(ada, "GET", f"/compute-nodes/{node}")[1], processor=0)
    rounds = {"nginx": [], "owner": [], "member": []}
    for _ in range(options.rounds):
        rounds["nginx"].append(wrk(nginx.url, options.seconds, pid=nginx.process.pid))
        for name, token in (("owner", ada), ("member", cy)):
            rounds[name].append(
                wrk(
                    f"{server.url}/compute-nodes/{node}",
                    options.seconds,
                    "-H",
                    f"Authorization: Bearer {token}",
                    pid=server.process.pid,
                )
            )
    nginx.stop()
    server.stop()
    median = {
        name: {key: statistics.median(run[key] for run in runs) for key in ("rate", "p99_ms", "cpu_us", "bad")}
        for name, runs in rounds.items()
    }
    show("nginx, static file of the same size", median["nginx"]["rate"], "requests/s")
    for name in ("owner", "member"):
        show(f"GET one node, as {name}", median[name]["rate"], "requests/s", ("nginx", median["nginx"]["rate"]))
        show(f"GET one node, as {name}: p99", median[name]["p99_ms"], "ms", ("nginx", median["nginx"]["p99_ms"]))
        show(
            f"GET one node, as {name}: processor", median[name]["cpu_us"], "us", ("nginx", median["nginx"]["cpu_us"])
        )
        if median[name]["bad"]:
            raise RuntimeError("some answers were not 200")


def fdatasync_per_second(folder, seconds):
    file = os.open(f"{folder}/sync", os.O_CREAT | os.O_WRONLY, 0o600)
    page, count, until = b"x" * 4096, 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        os.write(file, page)
        os.fdatasync(file)
        count += 1
    os.close(file)
    return count / seconds


def sqlite_groups_per_second(folder, seconds, group=64, items=4):
    """The floor of the same work: items of 600 bytes, one commit for each 64 creations, and nothing around it."""
    connection = sqlite3.connect(f"{folder}/floor.db", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE item (pk BLOB, sk BLOB, body BLOB, PRIMARY KEY (pk, sk)) WITHOUT ROWID"
    )
    body, count, until = b"x" * 600, 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO item VALUES (?, ?, ?)",
            [(os.urandom(16), b"%d" % i, body) for _ in range(group) for i in range(items)],
        )
        connection.execute("COMMIT")
        count += group
    connection.close()
    return count / seconds


def part_create(options, folder):
    server = Server(options.binary, f"{folder}/create", environment={"STEWARDRY_LOG_REQUESTS": "false"})
    ada, account, _ = make_world(server)
    script = pathlib.Path(folder) / "create.lua"
    body = json.dumps({"accountId": account, "name": "gpu", "organizationId": WORKSPACE})
    script.write_text(
        f"wrk.method = 'POST'\nwrk.body = [[{body}]]\nwrk.headers['Content-Type'] = 'application/json'\n"
        f"wrk.headers['Authorization'] = 'Bearer {ada}'\n"
    )
    syncs = fdatasync_per_second(folder, options.seconds / 2)
    floor = sqlite_groups_per_second(folder, options.seconds / 2)
    runs = [
        wrk(f"{server.url}/compute-nodes", options.seconds, "-s", str(script), pid=server.process.pid, processor=None)
        for _ in range(options.rounds)
    ]
    server.stop()
    show("bare write and fdatasync of 4 KB, one thread", syncs, "1/s")
    show("bare SQLite, groups of 64 creations", floor, "creations/s")
    show(
        "durable creation of nodes, 64 connections",
        statistics.median(run["rate"] for run in runs),
        "requests/s",
        ("bare SQLite", floor),
    )
    show("durable creation of nodes: p99", statistics.median(run["p99_ms"] for run in runs), "ms")
    show("durable creation of nodes: processor", statistics.median(run["cpu_us"] for run in runs), "us")
    if any(run["bad"] for run in runs):
        raise RuntimeError(f"some answers were not 202: {[run['bad'] for run in runs]}")


def part_start(options, folder):
    data = f"{folder}/start"
    Server(options.binary, data).stop()
    show("start to ready, empty table", statistics.median(start_ms(options, data) for _ in range(5)), "ms")
    connection = sqlite3.connect(f"{data}/state.db")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(item)") if row[1] != "id"]
    body = b'{"filler":"' + b"x" * 200 + b'"}'
    kinds = {row[1]: row[2].upper() for row in connection.execute("PRAGMA table_info(item)")}

    def row(i):
        values = {
            "pk": b"filler#%d" % (i // 100),
            "sk": b"%d" % i,
            "gsi1pk": None,
            "gsi1sk": None,
            "type": b"filler",
            "version": 1,
            "attributes": body,
        }
        return [
            values[name].decode() if isinstance(values[name], bytes) and kinds[name] == "TEXT" else values[name]
            for name in columns
        ]

    connection.executemany(
        f"INSERT INTO item ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        map(row, range(1_000_000)),
    )
    connection.commit()
    connection.close()
    show("start to ready, 1,000,000 items", statistics.median(start_ms(options, data) for _ in range(5)), "ms")


def start_ms(options, data):
    server = Server(options.binary, data)
    server.stop()
    return server.ready_ms


def part_memory(options, folder):
    server = Server(options.binary, f"{folder}/memory")
    make_world(server)
    show("resident memory after the start, example data", server.resident_mb(), "MB")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    connections = []
    for _ in range(10_000):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: idle\r\n\r\n")
        connection.recv(4096)
        connections.append(connection)
    show("resident memory with 10,000 idle connections", server.resident_mb(), "MB")
    for connection in connections:
        connection.close()
    server.stop()


COUNT_ANSWERS = """
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() served = 0; refused = 0; other = 0 end
function response(status)
  if status == 202 then served = served + 1
  elseif status == 503 then refused = refused + 1
  else other = other + 1 end
end
function done(summary)
  local a, b, c = 0, 0, 0
  for _, thread in ipairs(threads) do
    a = a + thread:get("served"); b = b + thread:get("refused"); c = c + thread:get("other")
  end
  io.write(string.format("counted %d %d %d\\n", a, b, c))
end
"""


def part_excess(options, folder):
    """A small pool and queue, so that one client can ask for twice what is served; creations wait for the disk."""
    environment = {
        "STEWARDRY_LOG_REQUESTS": "false",
        "STEWARDRY_SERVER_POOL_THREADS": "4",
        "STEWARDRY_SERVER_QUEUE_MAX": "32",
    }
    server = Server(options.binary, f"{folder}/excess", environment=environment)
    ada, account, _ = make_world(server)
    script = pathlib.Path(folder) / "excess.lua"
    body = json.dumps({"accountId": account, "name": "gpu", "organizationId": WORKSPACE})
    script.write_text(
        f"wrk.method = 'POST'\nwrk.body = [[{body}]]\nwrk.headers['Content-Type'] = 'application/json'\n"
        f"wrk.headers['Authorization'] = 'Bearer {ada}'\n"
        + COUNT_ANSWERS
    )
    for name, connections in (("as many clients as are served", 36), ("twice as many clients", 72)):
        run = wrk(
            f"{server.url}/compute-nodes", options.seconds, "-s", str(script), connections=connections, processor=None
        )
        served, refused, other = map(int, re.search(r"counted (\d+) (\d+) (\d+)", run["out"]).groups())
        show(f"{name}: answered", served / options.seconds, "requests/s")
        show(f"{name}: refused with 503", refused / options.seconds, "requests/s")
        show(f"{name}: p99 of all", run["p99_ms"], "ms")
        if other:
            raise RuntimeError(f"{other} answers were neither 202 nor 503")
    server.stop()


def main():
    parts = {
        "get": part_get,
        "create": part_create,
        "start": part_start,
        "memory": part_memory,
        "excess": part_excess,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "build/release/stewardry"))
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=parts, default=list(parts))
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="stewardry-bench-")
    try:
        for name in options.only:
            parts[name](options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

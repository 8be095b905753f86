#!/usr/bin/env python3
"""Access decisions over HTTP: AuthZEN of Stewardry beside OpenFGA's Check and beside nginx, on one and the same world.

    bench/access.py [--binary build/release/stewardry] [--openfga openfga] [--nodes 10000] [--seconds 4] [--rounds 3]

The world: one workspace with `nodes` compute nodes; the subject reaches a tenth of them: 40 % as their owner, 20 % by a
grant, 20 % through a team, 20 % because they are open to the workspace. The checks go through these four ways in turn
and, every fifth, through nodes that the subject does not reach. Every answer of the warm-up is compared with what it
must be. Both servers have one processor, and wrk the other; OpenFGA (go install github.com/openfga/openfga/cmd/openfga)
keeps its tuples in memory, without caches, as it comes. Loopback only; some two minutes.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time

from api import ROOT, Nginx, Server, show, wrk

SUBJECT = "N:user:00000000-0000-4000-8000-000000000001"
OTHER = "N:user:00000000-0000-4000-8000-000000000002"
OPERATOR = "N:user:00000000-0000-4000-8000-000000000003"
WORKSPACE = "N:organization:00000000-0000-4000-8000-0000000000aa"
TEAM = "N:team:00000000-0000-4000-8000-0000000000bb"

DIRECTORY = {
    "users": [{"id": id, "name": name} for id, name in ((SUBJECT, "Sue"), (OTHER, "Otto"), (OPERATOR, "Olga"))],
    "workspaces": [
        {
            "id": WORKSPACE,
            "name": "Bench",
            "members": [{"user": SUBJECT, "permissionBit": 16}, {"user": OTHER, "permissionBit": 16}],
            "teams": [{"id": TEAM, "name": "Team", "members": [SUBJECT]}],
        }
    ],
    "operators": [OPERATOR],
}

WAYS = ("owner", "granted", "team", "open", "denied")


def way_of(i, nodes):
    """How the subject reaches the i-th node."""
    if i >= nodes // 10:
        return "denied"
    return ("owner", "owner", "granted", "team", "open")[i % 5]


class Client:
    """One connection that is kept."""

    def __init__(self, port, token=None):
        self.port, self.token = port, token
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, method, path, body=None, wanted=(200, 201, 202)):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body)
        self.connection.request(method, path, data, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in wanted:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
        return json.loads(text) if text else None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def token_of(server, user):
    command = [server.binary, "token", "--data", server.data, "--user", user]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def in_parallel(count, make_client, work):
    local = threading.local()

    def one(i):
        if not hasattr(local, "client"):
            local.client = make_client()
        return work(local.client, i)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return list(pool.map(one, range(count)))


def fill_stewardry(server, nodes):
    sue, otto = token_of(server, SUBJECT), token_of(server, OTHER)
    registration = {"accountId": "123456789012", "accountType": "aws", "roleName": "R"}
    owner = Client(server.port, otto)
    account = owner.call("POST", "/accounts", registration)["uuid"]
    owner.call("POST", f"/accounts/{account}/workspaces?organization_id={WORKSPACE}", {"isPublic": True})

    def make(clients, i):
        way = way_of(i, nodes)
        # The account is Otto's, so Otto makes what Sue is not to reach; Sue administers, so Sue makes her own.
        client = clients["sue" if way == "owner" else "otto"]
        body = {"accountId": account, "name": f"node-{i:06}", "organizationId": WORKSPACE}
        uuid = client.call("POST", "/compute-nodes", body)["uuid"]
        if way == "granted":
            client.call("POST", f"/compute-nodes/{uuid}/permissions/users", {"userId": SUBJECT})
        elif way == "team":
            client.call("POST", f"/compute-nodes/{uuid}/permissions/teams", {"teamId": TEAM})
        elif way == "open":
            client.call("PUT", f"/compute-nodes/{uuid}/permissions", {"accessScope": "workspace"})
        return uuid

    uuids = in_parallel(nodes, lambda: {"sue": Client(server.port, sue), "otto": Client(server.port, otto)}, make)
    return sue, uuids


MODEL = {
    "schema_version": "1.1",
    "type_definitions": [
        {"type": "user"},
        {
            "type": "team",
            "relations": {"member": {"this": {}}},
            "metadata": {"relations": {"member": {"directly_related_user_types": [{"type": "user"}]}}},
        },
        {
            "type": "workspace",
            "relations": {"member": {"this": {}}},
            "metadata": {"relations": {"member": {"directly_related_user_types": [{"type": "user"}]}}},
        },
        {
            "type": "node",
            "relations": {
                "owner": {"this": {}},
                "shared": {"this": {}},
                "open": {"this": {}},
                "read": {
                    "union": {
                        "child": [
                            {"computedUserset": {"relation": "owner"}},
                            {"computedUserset": {"relation": "shared"}},
                            {"computedUserset": {"relation": "open"}},
                        ]
                    }
                },
            },
            "metadata": {
                "relations": {
                    "owner": {"directly_related_user_types": [{"type": "user"}]},
                    "shared": {
                        "directly_related_user_types": [{"type": "user"}, {"type": "team", "relation": "member"}]
                    },
                    "open": {"directly_related_user_types": [{"type": "workspace", "relation": "member"}]},
                    "read": {"directly_related_user_types": []},
                }
            },
        },
    ],
}


class OpenFga:
    def __init__(self, binary, folder, processor):
        self.port = free_port()
        self.log = open(f"{folder}/openfga.log", "wb")
        self.process = subprocess.Popen(
            [
                *("taskset", "-c", str(processor), binary, "run", "--datastore-engine", "memory"),
                *("--http-addr", f"127.0.0.1:{self.port}", "--grpc-addr", f"127.0.0.1:{free_port()}"),
                *("--log-level", "error", "--metrics-enabled=false", "--playground-enabled=false"),
            ],
            stdout=self.log,
            stderr=self.log,
            env={**os.environ, "OPENFGA_PROFILER_ENABLED": "false"},
        )
        for _ in range(1000):
            try:
                Client(self.port).call("GET", "/healthz")
                return
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
        raise RuntimeError("OpenFGA did not start")

    def fill(self, uuids, nodes):
        client = Client(self.port)
        self.store = client.call("POST", "/stores", {"name": "bench"})["id"]
        client.call("POST", f"/stores/{self.store}/authorization-models", MODEL)
        tuples = [
            (f"user:{SUBJECT[7:]}", "member", f"team:{TEAM[7:]}"),
            (f"user:{SUBJECT[7:]}", "member", f"workspace:{WORKSPACE[15:]}"),
            (f"user:{OTHER[7:]}", "member", f"workspace:{WORKSPACE[15:]}"),
        ]
        for i, uuid in enumerate(uuids):
            way = way_of(i, nodes)
            tuples.append((f"user:{(SUBJECT if way == 'owner' else OTHER)[7:]}", "owner", f"node:{uuid}"))
            if way == "granted":
                tuples.append((f"user:{SUBJECT[7:]}", "shared", f"node:{uuid}"))
            elif way == "team":
                tuples.append((f"team:{TEAM[7:]}#member", "shared", f"node:{uuid}"))
            elif way == "open":
                tuples.append((f"workspace:{WORKSPACE[15:]}#member", "open", f"node:{uuid}"))
        for first in range(0, len(tuples), 100):
            keys = [{"user": u, "relation": r, "object": o} for u, r, o in tuples[first : first + 100]]
            client.call("POST", f"/stores/{self.store}/write", {"writes": {"tuple_keys": keys}})

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


# Plays bodies from a file, one a line, in turns.
PLAY = """
local bodies = {{}}
for line in io.lines("{file}") do table.insert(bodies, line) end
local requests, i = {{}}, 0
function init()
  for k, body in ipairs(bodies) do requests[k] = wrk.format("POST", "{path}", {headers}, body) end
end
function request() i = i % #requests + 1; return requests[i] end
"""


def play(folder, name, path, bodies, token=None):
    file, script = pathlib.Path(folder) / f"{name}.bodies", pathlib.Path(folder) / f"{name}.lua"
    file.write_text("\n".join(json.dumps(body) for body in bodies) + "\n")
    headers = '{["Content-Type"]="application/json"'
    headers += f', ["Authorization"]="Bearer {token}"}}' if token else "}"
    script.write_text(PLAY.format(file=file, path=path, headers=headers))
    return str(script)


def evaluation(uuid):
    return {
        "subject": {"type": "user", "id": SUBJECT},
        "action": {"name": "read"},
        "resource": {"type": "compute-node", "id": uuid},
    }


def check(uuid):
    return {"tuple_key": {"user": f"user:{SUBJECT[7:]}", "relation": "read", "object": f"node:{uuid}"}}


def verify(client, path, bodies, expected, answer_of):
    for body, wanted in zip(bodies, expected):
        if answer_of(client.call("POST", path, body)) != wanted:
            raise RuntimeError(f"a wrong answer of {path} to {body}: expected {wanted}")


def measure_evaluations(server, token, uuids, nodes, count):
    chosen = [uuids[i * 7 % nodes] for i in range(count)]
    body = json.dumps(
        {
            "subject": {"type": "user", "id": SUBJECT},
            "action": {"name": "read"},
            "evaluations": [{"resource": {"type": "compute-node", "id": uuid}} for uuid in chosen],
        }
    ).encode()
    expected = [way_of(i * 7 % nodes, nodes) != "denied" for i in range(count)]
    client = Client(server.port, token)
    found = client.call("POST", "/access/v1/evaluations", body)["evaluations"]
    if [each["decision"] for each in found] != expected:
        raise RuntimeError("a wrong answer among the evaluations")
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + token}
    times = []
    for _ in range(100):
        began = time.perf_counter()
        client.connection.request("POST", "/access/v1/evaluations", body, headers)
        client.connection.getresponse().read()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "build/release/stewardry"))
    parser.add_argument("--openfga", default=shutil.which("openfga") or "openfga")
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="stewardry-bench-")
    data = f"{folder}/data"
    document = pathlib.Path(folder) / "directory.json"
    document.write_text(json.dumps(DIRECTORY))
    subprocess.run(
        [options.binary, "directory", "import", "--data", data, str(document)], check=True, stdout=subprocess.DEVNULL
    )
    server = Server(options.binary, data, processor=0, environment={"STEWARDRY_LOG_REQUESTS": "false"})
    fga = nginx = None
    try:
        sue, uuids = fill_stewardry(server, options.nodes)
        ways = {way: [uuids[i] for i in range(options.nodes) if way_of(i, options.nodes) == way] for way in WAYS}
        order = [ways[WAYS[i % 5]][i // 5 * 13 % len(ways[WAYS[i % 5]])] for i in range(1000)]
        expected = [WAYS[i % 5] != "denied" for i in range(1000)]
        steward_bodies = [evaluation(uuid) for uuid in order]
        verify(
            Client(server.port, sue), "/access/v1/evaluation", steward_bodies, expected, lambda got: got["decision"]
        )
        began = time.perf_counter()
        fga = OpenFga(options.openfga, folder, processor=0)
        fga.fill(uuids, options.nodes)
        show("OpenFGA: tuples loaded in", time.perf_counter() - began, "s")
        fga_bodies = [check(uuid) for uuid in order]
        verify(Client(fga.port), f"/stores/{fga.store}/check", fga_bodies, expected, lambda got: got["allowed"])

        sample = json.dumps({"decision": True, "context": {"reason": "x" * 60}}).encode()
        nginx = Nginx(folder, sample, processor=0)
        parts = {
            "nginx": (nginx.url, [], nginx.process.pid),
            "OpenFGA Check": (
                f"http://127.0.0.1:{fga.port}",
                ["-s", play(folder, "fga", f"/stores/{fga.store}/check", fga_bodies)],
                fga.process.pid,
            ),
            "AuthZEN evaluation": (
                server.url,
                ["-s", play(folder, "stewardry", "/access/v1/evaluation", steward_bodies, sue)],
                server.process.pid,
            ),
        }
        for way in ("owner", "denied"):
            bodies = [evaluation(uuid) for uuid in ways[way][:1000]]
            script = play(folder, way, "/access/v1/evaluation", bodies, sue)
            parts[f"AuthZEN evaluation, {way}"] = (server.url, ["-s", script], server.process.pid)
        runs = {name: [] for name in parts}
        for _ in range(options.rounds):
            for name, (url, arguments, pid) in parts.items():
                runs[name].append(wrk(url, options.seconds, *arguments, pid=pid))
        rates = {name: statistics.median(run["rate"] for run in runs[name]) for name in parts}
        for name in parts:
            show(f"{name}: rate", rates[name], "requests/s", None if name == "nginx" else ("nginx", rates["nginx"]))
            show(f"{name}: p99", statistics.median(run["p99_ms"] for run in runs[name]), "ms")
            if any(run["bad"] for run in runs[name]):
                raise RuntimeError(f"some answers of {name} were not 200")
        show(
            "AuthZEN evaluation beside OpenFGA Check",
            rates["AuthZEN evaluation"],
            "requests/s",
            ("OpenFGA Check", rates["OpenFGA Check"]),
        )
        show(
            "AuthZEN evaluations of 1,000 nodes in one request",
            measure_evaluations(server, sue, uuids, options.nodes, 1000),
            "ms",
        )
    finally:
        for each in (server, fga, nginx):
            if each:
                each.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Whether a grant that is taken back is refused by the next request: readers and one writer, against the real program.

    bench/stale.py [--binary build/release/stewardry] [--seconds 30] [--readers 64]

The writer gives cy access to a compute node and takes it back, in every way there is: a grant and its revocation, the
access scope, membership in the workspace. The readers ask all the while: the node, lists, decisions. An answer is
judged where access was the same from before the request was sent until after its answer had come: what was granted must
be there, what was taken back must not. Besides, the writer asks on another connection directly after each change.
Prints the changes, the requests, how many of them were judged, and how many were stale; exit status 1 where one was.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import socket
import sys
import tempfile
import threading
import time

DONE, BEGUN = 0, 1  # places in the shared array: the last change that was answered, the last that was sent
PROCESSES = 4
SHOWN_MAX = 5


class Connection:
    """HTTP/1.1 on one socket, with as little work as possible between the answer and the look at the clock."""

    def __init__(self, port, token):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"

    def request(self, method, target, body=None):
        content = b"" if body is None else json.dumps(body).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n" if body is not None else ""
        return f"{method} {target} HTTP/1.1\r\n{self.head}{kind}\r\n".encode() + content

    def ask(self, request):
        self.socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            body += self._more()
        return int(head[9:12]), body

    def call(self, method, target, body=None):
        return self.ask(self.request(method, target, body))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _more(self):
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part


class World:
    """What is asked for and changed; tokens by name, ids by name. A change is (method, target, body, who)."""

    def __init__(self, port, tokens, node, cy, workspace, directory):
        self.port, self.tokens, self.node = port, tokens, node
        permissions = f"/compute-nodes/{node}/permissions"
        grant = ("POST", permissions + "/users", {"userId": cy}, "owner")
        self.ways = [  # (gives, takes back)
            (grant, ("DELETE", f"{permissions}/users/{cy}", None, "owner")),
            (
                ("PUT", permissions, {"accessScope": "workspace"}, "owner"),
                ("PUT", permissions, {"accessScope": "private"}, "owner"),
            ),
            (grant, ("PUT", permissions, {"accessScope": "private"}, "owner")),
        ]
        if directory:
            joins, leaves = (("PUT", "/directory", directory(member), "operator") for member in (True, False))
            self.ways += [([grant, joins], leaves), ([joins], ("DELETE", f"{permissions}/users/{cy}", None, "owner"))]
        question = {
            "subject": {"type": "user", "id": cy},
            "action": {"name": "read"},
            "resource": {"type": "compute-node", "id": node},
        }
        self.questions = [  # (method, target, body, what stands in the answer of who has access)
            ("GET", f"/compute-nodes/{node}", None, node),
            ("GET", f"/compute-nodes?organization_id={workspace}", None, node),
            ("GET", "/compute-nodes?reachable=true", None, node),
            ("GET", f"/compute-nodes/{node}/permissions", None, node),
            ("GET", f"/compute-nodes/{node}/access", None, '"allowed":true'),
            ("POST", "/access/v1/evaluation", question, '"decision":true'),
        ]

    def connect(self, who):
        return Connection(self.port, self.tokens[who])

    def sees(self, question, answer):
        status, body = answer
        if status not in (200, 403, 404):
            raise AssertionError(f"{question}: {status} {body!r}")
        return status == 200 and question[3].encode() in body


def read(world, question, state, over, tally):
    requests = judged = 0
    stale = []
    with world.connect("reader") as connection:
        request = connection.request(*question[:3])
        while not over.is_set():
            before = state[DONE]
            seen = world.sees(question, connection.ask(request))
            after = state[BEGUN]
            requests += 1
            if before != after:
                continue
            judged += 1
            if seen != (before % 2 == 1):
                stale.append(f"{question} was {'seen' if seen else 'not seen'} after change {before}")
    tally.append((requests, judged, stale))


def read_many(world, questions, state, over, results):
    tally = []
    threads = [threading.Thread(target=read, args=(world, each, state, over, tally)) for each in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((len(tally) == len(questions), tally))


def change(writers, state, changes):
    for method, target, body, who in changes if isinstance(changes, list) else [changes]:
        status, text = writers[who].call(method, target, body)
        if status not in (200, 201):
            raise AssertionError(f"{method} {target} {body}: {status} {text!r}")
    state[DONE] = state[BEGUN]


def write(world, state, seconds):
    """Gives and takes back until the time is over; how many changes, and what was stale for the writer itself."""
    stale, until, turn = [], time.monotonic() + seconds, 0
    with world.connect("owner") as owner, world.connect("operator") as operator, world.connect("reader") as witness:
        writers = {"owner": owner, "operator": operator}
        while time.monotonic() < until:
            for changes, wanted in zip(world.ways[turn % len(world.ways)], (True, False)):
                state[BEGUN] += 1
                change(writers, state, changes)
                for question in world.questions:
                    if world.sees(question, witness.call(*question[:3])) != wanted:
                        stale.append(f"{question}, directly after {changes}")
                time.sleep(0.02)  # so that some of the readers' requests fall between two changes
            turn += 1
    return state[DONE], stale


def watch(world, seconds, readers):
    """Runs it; {changes, requests, judged, stale: [...]}."""
    state = multiprocessing.RawArray("q", 2)
    over, results = multiprocessing.Event(), multiprocessing.Queue()
    questions = [world.questions[i % len(world.questions)] for i in range(readers)]
    workers = [
        multiprocessing.Process(target=read_many, args=(world, questions[n::PROCESSES], state, over, results))
        for n in range(min(PROCESSES, readers))
    ]
    for worker in workers:
        worker.start()
    try:
        changes, stale = write(world, state, seconds)
    finally:
        over.set()
    found = [results.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    if not all(whole for whole, _ in found):
        raise AssertionError("a reader broke off")
    all_tallies = [each for _, tally in found for each in tally]
    return {
        "changes": changes,
        "requests": sum(requests for requests, _, _ in all_tallies),
        "judged": sum(judged for _, judged, _ in all_tallies),
        "stale": stale + [each for _, _, list_ in all_tallies for each in list_],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", default="build/release/stewardry")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--readers", type=int, default=64)
    options = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    os.environ["STEWARDRY_BINARY"] = str(pathlib.Path(options.binary).resolve())
    sys.path.insert(0, str(root / "tests" / "e2e"))
    import stale_world  # the world of the tests, which needs the name of the program

    with tempfile.TemporaryDirectory(prefix="stewardry-stale-") as folder:
        server, world = stale_world.make(folder)
        try:
            found = watch(world, options.seconds, options.readers)
        finally:
            server.close()
    print(f"{'changes of access':<40} {found['changes']:>12,}")
    print(f"{'requests':<40} {found['requests'] / options.seconds:>12,.0f} requests/s, {options.readers} readers")
    print(f"{'answers judged':<40} {found['judged']:>12,}")
    print(f"{'stale answers':<40} {len(found['stale']):>12,}")
    for each in found["stale"][:SHOWN_MAX]:
        print("  " + each)
    sys.exit(1 if found["stale"] else 0)


if __name__ == "__main__":
    main()

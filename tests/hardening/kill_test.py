"""The real program, killed at any moment while people change everything: what was answered is there, what was not
answered is there whole or not at all, and nothing happened twice.

Each client makes, shares, moves and deletes compute nodes on an account of its own, and knows what must be there. When
the server is gone, each has one request in the air. What has an Idempotency-Key, or says by itself that it was done
before, is sent again; of the others the state tells whether they were done. Then everything is compared.

STEWARDRY_SEED repeats the choices (not the moments); STEWARDRY_CRASH_ROUNDS says how often it is killed.
"""

import copy
import json
import os
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import stewardry  # noqa: E402
from stewardry import WORKSPACE, run, user  # noqa: E402

ROUNDS = int(os.environ.get("STEWARDRY_CRASH_ROUNDS", "5"))
CLIENTS = 6
BROKEN = (OSError, stewardry.http.client.HTTPException)


class Request:
    """One change, and what the client's nodes are when it is done: `after(nodes, answer)` changes them in place."""

    def __init__(self, method, path, body=None, who="ada", key=None, again=False, after=None):
        self.method, self.path, self.body, self.who, self.key, self.after = method, path, body, who, key, after
        self.repeatable = key is not None or again

    def send(self, server, connection):
        headers = {"Idempotency-Key": self.key} if self.key else {}
        return server.call_on(connection, self.who, self.method, self.path, self.body, headers)


class Client:
    def __init__(self, test, server, number, seed):
        self.test, self.server, self.dice = test, server, random.Random(f"{seed}-{number}")
        self.account = test.account(server, number=f"{100000000000 + number}")
        self.nodes = {}  # uuid -> what is known of it
        self.operations = {}  # id -> status
        self.sent = 0
        self.in_the_air = None

    # ---- what it does

    def work(self, stop):
        connection = self.server.connection()
        try:
            while not stop.is_set():
                self.in_the_air = self.choose()
                self.finish(self.in_the_air.send(self.server, connection))
        except BROKEN:
            pass
        finally:
            connection.close()

    def finish(self, answer):
        request = self.in_the_air
        if answer.status not in (200, 201, 202):
            raise AssertionError(f"{request.method} {request.path} {request.body}: {answer.status} {answer.text}")
        request.after(self.nodes, answer.json)
        self.in_the_air = None

    def choose(self):
        self.sent += 1
        key = f"{self.account}-{self.sent}"
        uuid = self.dice.choice(sorted(self.nodes)) if self.nodes else None
        if uuid is None or (len(self.nodes) < 12 and self.dice.random() < 0.2):
            return self.create(key)
        node = self.nodes[uuid]
        if node["status"] in ("Pending", "Destroying") and self.dice.random() < 0.5:
            return self.complete(uuid, key)
        actions = [self.rename, self.make_private, self.delete]
        if node["status"] != "Destroying" and not node["workspace"]:
            actions.append(self.attach)
        if node["workspace"]:
            actions.append(self.detach)
        if node["status"] != "Destroying" and node["workspace"]:
            actions += [self.open, self.revoke]
            if node["scope"] != "workspace":
                actions += [self.grant] * 3
        if node["status"] == "Destroying":
            actions.remove(self.rename)
        return self.dice.choice(actions)(uuid, key)

    def create(self, key):
        def after(nodes, answer):
            nodes[answer["uuid"]] = {
                "name": key,
                "status": "Pending",
                "scope": "private",
                "users": [],
                "workspace": WORKSPACE,
                "operation": answer["operation"]["id"],
            }
            self.operations[answer["operation"]["id"]] = "Pending"

        body = {"accountId": self.account, "name": key, "organizationId": WORKSPACE}
        return Request("POST", "/compute-nodes", body, key=key, after=after)

    def complete(self, uuid, key):
        operation = self.nodes[uuid]["operation"]

        def after(nodes, answer):
            self.operations[operation] = "Success"
            if nodes[uuid]["status"] == "Destroying":
                del nodes[uuid]
            else:
                nodes[uuid]["status"] = "Enabled"

        return Request("POST", f"/operations/{operation}/complete", who="ops", key=key, after=after)

    def delete(self, uuid, key):
        def after(nodes, answer):
            if nodes[uuid]["status"] == "Pending":
                self.operations[nodes[uuid]["operation"]] = "Cancelled"
            nodes[uuid]["status"] = "Destroying"
            nodes[uuid]["operation"] = answer["id"]
            self.operations[answer["id"]] = "Pending"

        return Request("DELETE", f"/compute-nodes/{uuid}", again=True, after=after)

    def rename(self, uuid, key):
        return Request(
            "PATCH", f"/compute-nodes/{uuid}", {"name": key}, after=lambda nodes, _: nodes[uuid].update(name=key)
        )

    def scope(self, uuid, scope):
        def after(nodes, _):
            if nodes[uuid]["scope"] != scope:
                nodes[uuid].update(scope=scope, users=[])

        return Request("PUT", f"/compute-nodes/{uuid}/permissions", {"accessScope": scope}, after=after)

    def make_private(self, uuid, key):
        return self.scope(uuid, "private")

    def open(self, uuid, key):
        return self.scope(uuid, "workspace")

    def grant(self, uuid, key):
        to = user(self.dice.choice(["ben", "cy", "dee"]))

        def after(nodes, _):
            nodes[uuid].update(scope="shared", users=sorted({*nodes[uuid]["users"], to}))

        return Request("POST", f"/compute-nodes/{uuid}/permissions/users", {"userId": to}, key=key, after=after)

    def revoke(self, uuid, key):
        of = user(self.dice.choice(["ben", "cy", "dee"]))

        def after(nodes, _):
            nodes[uuid]["users"] = [each for each in nodes[uuid]["users"] if each != of]

        return Request("DELETE", f"/compute-nodes/{uuid}/permissions/users/{of}", after=after)

    def detach(self, uuid, key):
        def after(nodes, _):
            nodes[uuid].update(workspace="", scope="private", users=[])

        return Request("DELETE", f"/compute-nodes/{uuid}/organization", after=after)

    def attach(self, uuid, key):
        path = f"/compute-nodes/{uuid}/organization?organization_id={WORKSPACE}"
        return Request("POST", path, key=key, after=lambda nodes, _: nodes[uuid].update(workspace=WORKSPACE))

    # ---- what is there

    def stored(self):
        found = {}
        for node in self.test.all_pages(self.server, "ada", "/compute-nodes?account_owner=true&limit=1000"):
            if node["account"]["uuid"] != self.account:
                continue
            permissions = self.test.expect(
                self.server.call("ada", "GET", f"/compute-nodes/{node['uuid']}/permissions"), 200
            ).json
            found[node["uuid"]] = {
                "name": node["name"],
                "status": node["status"],
                "scope": permissions["accessScope"],
                "users": permissions["sharedWithUsers"],
                "workspace": node["organizationId"],
            }
        return found

    def known(self, nodes):
        return {uuid: {k: v for k, v in node.items() if k != "operation"} for uuid, node in nodes.items()}

    def settle(self, connection):
        """What was in the air when the server died: sent again, or found in what is there."""
        request = self.in_the_air
        if request is None:
            return
        if request.repeatable:
            self.finish(request.send(self.server, connection))
            return
        done = copy.deepcopy(self.nodes)
        request.after(done, None)
        stored = self.stored()
        if stored == self.known(done):
            self.nodes = done
        else:
            self.test.assertEqual(stored, self.known(self.nodes), f"{request.method} {request.path} is half done")
        self.in_the_air = None


class Kill(stewardry.TestCase):
    def all_pages(self, server, who, target):
        found = []
        while target:
            page = self.expect(server.call(who, "GET", target), 200)
            found += page.json
            link = page.headers.get("Link")
            target = link[1 : link.index(">")] if link else None
        return found

    def test_killed_at_any_moment(self):
        self.maxDiff = None
        server = self.server()
        seed = os.environ.get("STEWARDRY_SEED") or str(random.randrange(1 << 30))
        print("seed", seed)
        dice = random.Random(seed)
        clients = [Client(self, server, number, seed) for number in range(CLIENTS)]
        for who in ("ada", "ops"):
            server.token(who)
        wrong = []

        def work(client, stop):
            try:
                client.work(stop)
            except AssertionError as error:
                wrong.append(str(error))

        for _ in range(ROUNDS):
            stop = threading.Event()
            workers = [threading.Thread(target=work, args=(client, stop)) for client in clients]
            for worker in workers:
                worker.start()
            time.sleep(dice.uniform(0.1, 0.6))
            server.kill()
            stop.set()
            for worker in workers:
                worker.join()
            self.assertEqual(wrong, [])
            check = run("store", "check", "--data", str(server.data), "--json")
            self.assertEqual(json.loads(check.stdout)["findings"], [], check.stdout)
            server.start()
            connection = server.connection()
            for client in clients:
                client.settle(connection)
            connection.close()
            for client in clients:
                self.assertEqual(client.stored(), client.known(client.nodes))
        expected = {operation: status for client in clients for operation, status in client.operations.items()}
        found = {each["id"]: each["status"] for each in self.all_pages(server, "ada", "/operations?limit=1000")}
        self.assertEqual(found, expected, "every change that was asked for began once, and no other")
        print("requests:", sum(client.sent for client in clients), "operations:", len(found))


if __name__ == "__main__":
    stewardry.main()

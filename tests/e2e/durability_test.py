"""Killed in the middle: what was acknowledged is there, nothing is half there, and nothing happens twice."""

import json
import os
import random
import threading
import time

import stewardry
from stewardry import WORKSPACE, run

ROUNDS = int(os.environ.get("STEWARDRY_CRASH_ROUNDS", "6"))


class Durability(stewardry.TestCase):
    def nodes(self, server):
        found, target = [], "/compute-nodes?account_owner=true&limit=1000"
        while target:
            page = self.expect(server.call("ada", "GET", target), 200)
            found += page.json
            link = page.headers.get("Link")
            target = link[1 : link.index(">")] if link else None
        return found

    def test_kill_at_random_moments_under_load_then_retry_with_the_same_keys(self):
        """Every client retries what was not answered, under the same Idempotency-Key: exactly one node for each key."""
        server = self.server()
        account = self.account(server)
        server.token("ada")
        seed = random.randrange(1 << 30)
        print("seed", seed)
        dice = random.Random(seed)
        wanted, made, lock = {}, {}, threading.Lock()

        def create(connection, key, name):
            body = {"accountId": account, "name": name, "organizationId": WORKSPACE}
            answer = server.call_on(connection, "ada", "POST", "/compute-nodes", body, {"Idempotency-Key": key})
            if answer.status == 202:
                with lock:
                    self.assertEqual(made.setdefault(key, answer.json["uuid"]), answer.json["uuid"])

        def work(number, round_number, stop):
            connection = server.connection()
            for i in range(10000):
                if stop.is_set():
                    return
                key, name = f"{round_number}-{number}-{i}", f"node-{round_number}-{number}-{i}"
                with lock:
                    wanted[key] = name
                try:
                    create(connection, key, name)
                except (OSError, stewardry.http.client.HTTPException):
                    return

        for round_number in range(ROUNDS):
            stop = threading.Event()
            workers = [threading.Thread(target=work, args=(n, round_number, stop)) for n in range(8)]
            for worker in workers:
                worker.start()
            time.sleep(dice.uniform(0.05, 0.4))
            server.kill()
            stop.set()
            for worker in workers:
                worker.join()
            check = run("store", "check", "--data", str(server.data), "--json")
            self.assertEqual(json.loads(check.stdout)["findings"], [], check.stdout)
            server.start()
            connection = server.connection()
            for key, name in wanted.items():
                if key not in made:
                    create(connection, key, name)
        found = self.nodes(server)
        self.assertEqual(sorted(node["name"] for node in found), sorted(wanted.values()))
        self.assertEqual({node["uuid"] for node in found}, set(made.values()))
        for node in found:
            self.assertEqual(node["status"], "Pending")

    def test_a_forced_deletion_that_is_cut_off_is_taken_up(self):
        server = self.server()
        account = self.account(server)
        for i in range(30):
            self.node(server, account, name=f"n-{i}", complete=False)
        killer = threading.Timer(random.uniform(0.0, 0.05), server.kill)
        server.token("ada")
        killer.start()
        try:
            server.call("ada", "DELETE", f"/accounts/{account}?force=true")
        except (OSError, stewardry.http.client.HTTPException):
            pass
        killer.join()
        server.start()
        if server.call("ada", "GET", f"/accounts/{account}").json["status"] != "Deleting":
            self.expect(server.call("ada", "DELETE", f"/accounts/{account}?force=true"), 202)
        until = time.monotonic() + 60
        while any(node["status"] != "Destroying" for node in self.nodes(server)) and time.monotonic() < until:
            time.sleep(0.05)  # the janitor's first round
        pending, target = [], "/operations?status=Pending&limit=1000"
        while target:
            page = self.expect(server.call("ops", "GET", target), 200)
            pending += page.json
            link = page.headers.get("Link")
            target = link[1 : link.index(">")] if link else None
        self.assertEqual(len(pending), 30)
        self.assertEqual({operation["type"] for operation in pending}, {"compute-node.delete"})
        for operation in pending:
            self.expect(server.call("ops", "POST", f"/operations/{operation['id']}/complete"), 200)
        self.expect(server.call("ada", "GET", f"/accounts/{account}"), 404)
        self.assertEqual(self.nodes(server), [])

    def test_backup_while_it_serves_and_restore(self):
        server = self.server()
        account = self.account(server)
        node = self.node(server, account)
        backup = self.folder / "backup.db"
        done = run("store", "backup", "--data", str(server.data), str(backup))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.node(server, account, name="after-the-backup")
        refused = run("store", "restore", "--data", str(server.data), "--force", str(backup))
        self.assertEqual(refused.returncode, 7, "a restore under a running server")
        server.terminate()
        refused = run("store", "restore", "--data", str(server.data), str(backup))
        self.assertEqual(refused.returncode, 7, "a restore over a state that is there")
        restored = run("store", "restore", "--data", str(server.data), "--force", str(backup))
        self.assertEqual(restored.returncode, 0, restored.stderr)
        server.start()
        self.assertEqual([each["uuid"] for each in self.nodes(server)], [node])

    def test_cursors_and_idempotency_keys_survive_a_restart(self):
        server = self.server()
        account = self.account(server)
        for i in range(3):
            self.node(server, account, name=f"n-{i}", complete=False)
        body = {"accountId": account, "name": "once", "organizationId": WORKSPACE}
        first = self.expect(server.call("ada", "POST", "/compute-nodes", body, {"Idempotency-Key": "k"}), 202)
        page = server.call("ada", "GET", f"/compute-nodes?organization_id={WORKSPACE}&limit=2")
        link = page.headers["Link"]
        server.terminate()
        server.start()
        again = self.expect(server.call("ada", "POST", "/compute-nodes", body, {"Idempotency-Key": "k"}), 202)
        self.assertEqual(again.text, first.text)
        rest = self.expect(server.call("ada", "GET", link[1 : link.index(">")]), 200).json
        self.assertEqual([node["name"] for node in page.json + rest], ["n-0", "n-1", "n-2", "once"])


if __name__ == "__main__":
    stewardry.main()

"""The audit trail of the real program: one event for each change, also over a kill; and no harm to the file unseen."""

import json
import os
import random
import shutil
import sqlite3
import stat
import threading
import time
import uuid

import stewardry
from stewardry import WORKSPACE, run

ROUNDS = int(os.environ.get("STEWARDRY_CRASH_ROUNDS", "4"))


class Trail:
    """The items of a data file, to do harm to."""

    def __init__(self, data):
        self.file = sqlite3.connect(data / "state.db")
        rows = self.file.execute(
            "SELECT CAST(pk AS TEXT), CAST(sk AS TEXT) FROM item WHERE type = 'audit-event' ORDER BY pk, sk"
        ).fetchall()
        self.shards = {}
        for pk, sk in rows:
            self.shards.setdefault(pk, []).append(sk)
        # The shard with the most events.
        self.pk = max(self.shards, key=lambda pk: len(self.shards[pk]))
        self.numbers = self.shards[self.pk]

    def id(self, sk):
        return self.pk.removeprefix("audit#") + "-" + sk

    def run(self, sql, *values):
        changed = self.file.execute(sql, [v.encode() if isinstance(v, str) else v for v in values]).rowcount
        assert changed > 0, sql
        self.file.commit()

    def attributes(self, sk):
        return self.file.execute(
            "SELECT attributes FROM item WHERE pk = ? AND sk = ?", (self.pk.encode(), sk.encode())
        ).fetchone()[0]

    def set_attributes(self, sk, text):
        self.run("UPDATE item SET attributes = CAST(? AS TEXT) WHERE pk = ? AND sk = ?", text, self.pk, sk)

    def remove(self, sk):
        self.run("DELETE FROM item WHERE pk = ? AND sk = ?", self.pk, sk)

    def move(self, sk, to):
        self.run("UPDATE item SET sk = ? WHERE pk = ? AND sk = ?", to, self.pk, sk)


def change_a_byte(trail):
    sk = trail.numbers[len(trail.numbers) // 2]
    text = trail.attributes(sk)
    at = text.index('"principalId":"') + 20
    trail.set_attributes(sk, text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :])
    return "changed", trail.id(sk)


def remove_first(trail):
    trail.remove(trail.numbers[0])
    return "removed", trail.id(trail.numbers[0])


def remove_middle(trail):
    sk = trail.numbers[len(trail.numbers) // 2]
    trail.remove(sk)
    return "removed", trail.id(sk)


def remove_last(trail):
    trail.remove(trail.numbers[-1])
    return "cut off", trail.id(trail.numbers[-1])


def insert_at_the_end(trail):
    sk = f"{int(trail.numbers[-1], 16) + 1:016x}"
    trail.run(
        "INSERT INTO item (pk, sk, gsi1pk, gsi1sk, type, version, attributes)"
        " SELECT pk, ?, gsi1pk, gsi1sk, type, version, attributes FROM item WHERE pk = ? AND sk = ?",
        sk,
        trail.pk,
        trail.numbers[-1],
    )
    return "inserted", trail.id(sk)


def insert_in_the_middle(trail):
    middle = len(trail.numbers) // 2
    for sk in reversed(trail.numbers[middle:]):
        trail.move(sk, f"{int(sk, 16) + 1:016x}")
    trail.run(
        "INSERT INTO item (pk, sk, gsi1pk, gsi1sk, type, version, attributes)"
        " SELECT pk, ?, gsi1pk, gsi1sk, type, version, attributes FROM item WHERE pk = ? AND sk = ?",
        trail.numbers[middle],
        trail.pk,
        trail.numbers[0],
    )
    return "reordered", trail.id(trail.numbers[middle])


def swap_two(trail):
    a, b = trail.numbers[1], trail.numbers[-2]
    trail.move(a, "tmp")
    trail.move(b, a)
    trail.move("tmp", b)
    return "reordered", trail.id(a)


def cut_off_with_the_head(trail):
    trail.remove(trail.numbers[-1])
    trail.remove("head")
    return "cut off", trail.id(trail.numbers[-2])


def remove_a_shard(trail):
    trail.run("DELETE FROM item WHERE pk = ?", trail.pk)
    return "cut off", trail.pk.removeprefix("audit#") + "-"


def change_a_head(trail):
    text = json.loads(trail.attributes("head"))
    text["sequence"] -= 1
    trail.set_attributes("head", json.dumps(text, separators=(",", ":")))
    return "head", "shard " + trail.pk.removeprefix("audit#")


HARM = [
    change_a_byte,
    remove_first,
    remove_middle,
    remove_last,
    insert_at_the_end,
    insert_in_the_middle,
    swap_two,
    cut_off_with_the_head,
    remove_a_shard,
    change_a_head,
]


def verify(data, *more):
    return run("audit", "verify", "--data", str(data), *more)


class Audit(stewardry.TestCase):
    def events(self, data):
        exported = run("audit", "export", "--data", str(data))
        self.assertEqual(exported.returncode, 0, exported.stderr)
        return [json.loads(line) for line in exported.stdout.splitlines()]

    def busy_server(self):
        server = self.server()
        account = self.account(server)
        for i in range(6):
            node = self.node(server, account, name=f"n-{i}")
            self.expect(server.call("ada", "PATCH", f"/compute-nodes/{node}", {"name": f"m-{i}"}), 200)
        return server

    def copy(self, data, name):
        to = self.folder / name
        shutil.copytree(data, to)
        return to

    def test_every_change_has_one_event_and_the_file_is_good_while_it_serves(self):
        server = self.server()
        self.assertEqual(verify(server.data).returncode, 0, "what the import has noted")
        sent = []

        def call(who, method, path, body=None):
            request_id = str(uuid.uuid4())
            answer = server.call(who, method, path, body, {"X-Request-Id": request_id})
            self.assertLess(answer.status, 300, answer.text)
            sent.append(request_id)
            return answer.json if answer.text else None

        account = call(
            "ada", "POST", "/accounts", {"accountId": "123456789012", "accountType": "aws", "roleName": "R"}
        )
        call("ada", "POST", f"/accounts/{account['uuid']}/workspaces?organization_id={WORKSPACE}", {"isPublic": True})
        body = {"accountId": account["uuid"], "name": "gpu", "organizationId": WORKSPACE}
        made = call("ada", "POST", "/compute-nodes", body)
        call("ops", "POST", f"/operations/{made['operation']['id']}/complete")
        path = f"/compute-nodes/{made['uuid']}"
        call("ada", "PUT", path + "/permissions", {"accessScope": "shared"})
        call("ada", "POST", path + "/permissions/users", {"userId": stewardry.user("cy")})
        call("ada", "DELETE", path + "/permissions/users/" + stewardry.user("cy"))
        gone = call("ada", "DELETE", path)
        call("ops", "POST", f"/operations/{gone['id']}/complete")
        for target in ("/compute-nodes/" + made["uuid"], "/accounts/" + account["uuid"]):
            server.call("cy", "GET", target)  # refused, and not recorded

        events = self.events(server.data)
        requests = [event["event"]["requestId"] for event in events]
        for request_id in sent:
            self.assertEqual(requests.count(request_id), 1)
        self.assertEqual(len(events), len(sent) + 2, "and the import, before and after")
        self.assertNotIn(account["externalId"], json.dumps(events))
        done = verify(server.data, "--json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)["events"], len(events))
        metrics = server.call(None, "GET", "/metrics").text
        self.assertIn(f"stewardry_audit_events_total {len(sent)}", metrics)

        since = run("audit", "export", "--data", str(server.data), "--since", events[-1]["event"]["time"])
        self.assertLessEqual(len(since.stdout.splitlines()), len(events))
        self.assertEqual(run("audit", "export", "--data", str(server.data), "--since", "now").returncode, 2)

    def test_the_exported_lines_chain(self):
        server = self.busy_server()
        last = {}
        for line in self.events(server.data):
            self.assertEqual(line["previous"], last.get(line["shard"], "0" * 64))
            self.assertEqual(line["event"]["previous"], line["previous"])
            last[line["shard"]] = line["hash"]

    def test_every_kind_of_harm_is_found_and_named(self):
        server = self.busy_server()
        server.terminate()
        self.assertEqual(verify(server.data).returncode, 0)
        for harm in HARM:
            with self.subTest(harm.__name__):
                data = self.copy(server.data, harm.__name__)
                trail = Trail(data)
                kind, event = harm(trail)
                trail.file.close()
                done = verify(data)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                lines = done.stdout.splitlines()
                self.assertTrue(
                    any(line.startswith(kind + ": ") and event in line for line in lines), (kind, event, done.stdout)
                )

    def test_an_older_head_put_back(self):
        server = self.busy_server()
        server.terminate()
        older = self.copy(server.data, "older")
        server.start()
        account = self.account(server, number="210987654321")
        for i in range(4):
            self.node(server, account, name=f"late-{i}")
        heads = self.folder / "heads.json"
        heads.write_text(run("audit", "heads", "--data", str(server.data)).stdout)
        server.terminate()
        self.assertEqual(verify(server.data, "--heads", str(heads)).returncode, 0)
        old = Trail(older)
        new = Trail(server.data)
        # One shard as it was: its end cut off, its older head, rightly signed, put back.
        for sk in new.numbers:
            if sk not in old.shards[new.pk]:
                new.remove(sk)
        old.pk = new.pk
        new.set_attributes("head", old.attributes("head"))
        new.file.close()
        done = verify(server.data)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cut off: ", done.stdout)
        self.assertIn("older head", done.stdout)
        # The whole file as it was: nothing in it contradicts that, only what was kept elsewhere does.
        self.assertEqual(verify(older).returncode, 0)
        done = verify(older, "--heads", str(heads))
        self.assertEqual(done.returncode, 1)
        self.assertIn("kept head", done.stdout)

    def test_the_key(self):
        server = self.busy_server()
        server.terminate()
        key = server.data / "audit.key"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        heads = self.folder / "heads.json"
        heads.write_text(run("audit", "heads", "--data", str(server.data)).stdout)
        # Another key: the trail does not bear its signature, and a server does not write on top of it.
        other = self.server(name="other")
        other.terminate()
        forged = self.copy(server.data, "forged")
        for name in ("audit.key", "audit.pub"):
            shutil.copy(other.data / name, forged / name)
        done = verify(forged)
        self.assertEqual(done.returncode, 1)
        self.assertIn("head: ", done.stdout)
        self.assertIn("key: ", verify(forged, "--heads", str(heads)).stdout)
        refused = run("serve", "--data", str(forged), "--development", "--listen", "127.0.0.1:0")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("audit.key", refused.stderr)
        # A key that others may read.
        os.chmod(key, 0o644)
        refused = run("serve", "--data", str(server.data), "--development", "--listen", "127.0.0.1:0")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("chmod 600", refused.stderr)
        os.chmod(key, 0o600)
        server.start()

    def test_a_lost_key_and_a_new_one(self):
        server = self.busy_server()
        server.terminate()
        heads = self.folder / "heads.json"
        heads.write_text(run("audit", "heads", "--data", str(server.data)).stdout)
        # A backup without the key, restored into another folder.
        backup = self.folder / "backup.db"
        self.assertEqual(run("store", "backup", "--data", str(server.data), str(backup)).returncode, 0)
        other = self.server(name="other", document=False, start=False)
        restored = run("store", "restore", "--data", str(other.data), str(backup))
        self.assertEqual(restored.returncode, 0, restored.stderr)
        refused = run("serve", "--data", str(other.data), "--development", "--listen", "127.0.0.1:0")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("new-key", refused.stderr)
        done = run("audit", "new-key", "--data", str(other.data), "--heads", str(heads))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        other.start()
        busy = run("audit", "new-key", "--data", str(other.data))
        self.assertEqual(busy.returncode, 7, "under a server at work")
        self.assertEqual(verify(other.data).returncode, 0)
        self.assertIn("audit.new-key", [e["event"]["action"] for e in self.events(other.data)])
        # Not over harm, unless it is wished.
        trail = Trail(server.data)
        remove_middle(trail)
        trail.file.close()
        done = run("audit", "new-key", "--data", str(server.data))
        self.assertEqual(done.returncode, 1)
        self.assertIn("removed", done.stdout)
        self.assertEqual(run("audit", "new-key", "--data", str(server.data), "--force").returncode, 0)
        server.start()
        self.assertEqual(verify(server.data).returncode, 1, "a new key mends nothing")

    def test_errors_of_the_commands(self):
        self.assertEqual(verify(self.folder / "nowhere").returncode, 6)
        server = self.server()
        bad = self.folder / "bad.json"
        bad.write_text("{}")
        done = verify(server.data, "--heads", str(bad))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("audit heads", done.stderr)

    def test_refusals_are_noted_on_wish(self):
        server = self.server(environment={"STEWARDRY_AUDIT_REFUSALS": "true"})
        account = self.account(server, public=False)
        node = self.node(server, account)
        self.expect(server.call("dee", "GET", f"/compute-nodes/{node}"), 404)
        self.expect(server.call("dee", "GET", f"/compute-nodes/{uuid.uuid4()}"), 404)
        self.expect(server.call("ada", "POST", f"/operations/{uuid.uuid4()}/complete"), 404)
        self.expect(server.call("ada", "PUT", "/directory", {"users": []}), 403)
        refused = [e["event"] for e in self.events(server.data) if e["event"]["action"] == "access.refused"]
        self.assertEqual(
            sorted((e["principalId"], e["after"]["method"], e["after"]["path"]) for e in refused),
            sorted(
                [
                    (stewardry.user("dee"), "GET", "/compute-nodes/{id}"),
                    (stewardry.user("ada"), "PUT", "/directory"),
                ]
            ),
        )
        self.assertIn(node, [e["targetId"] for e in refused])
        self.assertEqual(verify(server.data).returncode, 0)

    def test_an_import_is_noted_before_and_after(self):
        server = self.server()
        self.expect(server.call("ops", "PUT", "/directory", stewardry.directory()), 200)
        bad = stewardry.directory()
        bad["workspaces"][0]["members"].append({"user": stewardry.user("nobody"), "permissionBit": 8})
        self.assertGreaterEqual(server.call("ops", "PUT", "/directory", bad).status, 400)
        notes = [e["event"] for e in self.events(server.data) if e["event"]["action"] == "directory.import"]
        notes.sort(key=lambda e: e["time"])
        by_ops = [e["after"]["stage"] for e in notes if e["principalId"] == stewardry.user("ops")]
        self.assertEqual(sorted(by_ops), sorted(["begun", "done", "begun", "failed"]))
        by_command = [e["after"]["stage"] for e in notes if e["principalId"] == "system"]
        self.assertEqual(sorted(by_command), ["begun", "done"])
        beside = self.import_directory(server, stewardry.directory())
        self.assertEqual(beside.returncode, 0)
        self.assertIn("not in the audit trail", beside.stderr)

    def test_killed_under_load_each_acknowledged_change_has_exactly_one_event(self):
        server = self.server()
        account = self.account(server)
        seed = random.randrange(1 << 30)
        print("seed", seed)
        dice = random.Random(seed)
        acknowledged, lock = [], threading.Lock()

        def work(stop):
            connection = server.connection()
            for _ in range(10000):
                if stop.is_set():
                    return
                request_id = str(uuid.uuid4())
                body = {"accountId": account, "name": request_id, "organizationId": WORKSPACE}
                try:
                    answer = server.call_on(
                        connection, "ada", "POST", "/compute-nodes", body, {"X-Request-Id": request_id}
                    )
                except (OSError, stewardry.http.client.HTTPException):
                    return
                if answer.status == 202:
                    with lock:
                        acknowledged.append((request_id, answer.json["uuid"]))

        server.token("ada")
        for _ in range(ROUNDS):
            stop = threading.Event()
            workers = [threading.Thread(target=work, args=(stop,)) for _ in range(8)]
            for worker in workers:
                worker.start()
            time.sleep(dice.uniform(0.05, 0.4))
            server.kill()
            stop.set()
            for worker in workers:
                worker.join()
            done = verify(server.data)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            server.start()
        self.assertTrue(acknowledged, "something was acknowledged")
        events = {}
        for line in self.events(server.data):
            events.setdefault(line["event"]["requestId"], []).append(line["event"])
        for request_id, node in acknowledged:
            self.assertEqual([e["targetId"] for e in events.get(request_id, [])], [node])
        # And nothing is there that has no event: the nodes are those of the events.
        created = {e["targetId"] for found in events.values() for e in found if e["action"] == "compute-node.create"}
        with sqlite3.connect(f"file:{server.data / 'state.db'}?mode=ro", uri=True) as file:
            nodes = {
                json.loads(row[0])["uuid"] for row in file.execute("SELECT attributes FROM item WHERE type = 'node'")
            }
        self.assertEqual(created, nodes)


if __name__ == "__main__":
    stewardry.main()

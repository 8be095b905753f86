"""The life of a server: start, ready, a second one, signals, what is in flight, what is left behind."""

import json
import os
import signal
import socket
import stat
import threading
import time

import stewardry
from stewardry import WORKSPACE, run, user


class Lifecycle(stewardry.TestCase):
    def test_server_json_is_there_while_it_serves_and_gone_after(self):
        server = self.server()
        served = json.loads((server.data / "server.json").read_text())
        self.assertEqual(served["pid"], server.process.pid)
        self.assertTrue(served["url"].startswith("http://127.0.0.1:"))
        self.assertEqual(server.terminate(), 0)
        self.assertFalse((server.data / "server.json").exists())

    def test_the_data_folder_is_the_owners_alone(self):
        server = self.server(document=False)
        self.assertEqual(stat.S_IMODE(os.stat(server.data).st_mode), 0o700)
        for name in ("cursor.key", "issuer/private.pem"):
            self.assertEqual(stat.S_IMODE(os.stat(server.data / name).st_mode), 0o600, name)

    def test_a_second_server_on_the_same_data_is_refused_and_harms_nothing(self):
        server = self.server()
        second = run("serve", "--data", str(server.data), "--listen", "127.0.0.1:0", "--development")
        self.assertEqual(second.returncode, 7)
        self.assertIn("Another server", second.stderr)
        self.assertIn(str(server.process.pid), second.stderr)
        self.assertEqual(server.call(None, "GET", "/readyz").status, 200)
        self.assertEqual(json.loads((server.data / "server.json").read_text())["pid"], server.process.pid)

    def test_a_killed_server_leaves_nothing_that_stops_the_next(self):
        server = self.server()
        account = self.account(server)
        server.kill()
        server.start()
        self.expect(server.call("ada", "GET", f"/accounts/{account}"), 200)

    def test_a_port_that_is_taken_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            refused = run(
                "serve", "--data", str(self.folder / "data"), "--listen", f"127.0.0.1:{port}", "--development"
            )
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(str(port), refused.stderr)

    def test_what_is_in_flight_when_it_stops_is_answered_or_told_503(self):
        server = self.server()
        account = self.account(server)
        answers, failures = [], []
        go_on = threading.Event()
        go_on.set()

        def work(number):
            connection = server.connection()
            for i in range(100000):
                if not go_on.is_set():
                    return
                body = {"accountId": account, "name": f"n-{number}-{i}", "organizationId": WORKSPACE}
                sent = False
                try:
                    connection.connect() if connection.sock is None else None
                    sent = True
                    answer = server.call_on(connection, "ada", "POST", "/compute-nodes", body)
                except OSError as error:  # refused or closed between requests: nothing was taken in
                    failures.append((sent, repr(error)))
                    return
                except Exception as error:
                    failures.append((sent, repr(error)))
                    return
                answers.append((answer.status, answer.json.get("uuid")))
                if answer.status == 503:
                    return

        server.token("ada")
        workers = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for worker in workers:
            worker.start()
        while len(answers) < 50:
            time.sleep(0.01)
        self.assertEqual(server.terminate(), 0)
        go_on.clear()
        for worker in workers:
            worker.join()
        self.assertLessEqual({status for status, _ in answers}, {202, 503})
        acknowledged = {made for status, made in answers if status == 202}
        server.start()
        found, target = set(), "/compute-nodes?account_owner=true&limit=1000"
        while target:
            page = self.expect(server.call("ada", "GET", target), 200)
            found |= {node["uuid"] for node in page.json}
            link = page.headers.get("Link")
            target = link[1 : link.index(">")] if link else None
        self.assertLessEqual(acknowledged, found, "an acknowledged node is lost")

    def test_sigint_stops_it_too(self):
        server = self.server()
        server.process.send_signal(signal.SIGINT)
        self.assertEqual(server.process.wait(timeout=30), 0)

    def test_production_needs_an_issuer_and_says_so(self):
        refused = run("serve", "--data", str(self.folder / "data"), "--listen", "127.0.0.1:0")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("issuer", refused.stderr)

    def test_no_file_and_no_environment_switches_development_on(self):
        config = self.folder / "config.toml"
        config.write_text("development = true\n")
        refused = run(
            "serve",
            "--data",
            str(self.folder / "data"),
            "--config",
            str(config),
            environment={"STEWARDRY_DEVELOPMENT": "true"},
        )
        self.assertEqual(refused.returncode, 2)
        self.assertIn("config.toml:1", refused.stderr)

    def test_production_does_not_take_tokens_of_the_local_issuer(self):
        server = self.server(document=False)
        token = server.token("ada")
        jwks = server.data / "issuer" / "jwks.json"
        config = self.folder / "config.toml"
        config.write_text(
            f'[platform]\naws_account_id = "123456789012"\n[[issuer]]\nname = "https://id.example.org"\n'
            f'audiences = ["stewardry"]\nalgorithms = ["EdDSA"]\njwks_file = "{jwks}"\n'
        )
        server.terminate()
        production = self.server("--config", str(config), development=False, document=False)
        answer = production.call(None, "GET", "/accounts", headers={"Authorization": "Bearer " + token})
        self.expect(answer, 401)
        self.assertIn("Bearer", answer.headers["WWW-Authenticate"])

    def test_a_token_expires(self):
        server = self.server()
        short = server.token("ada", lifetime="1s")
        headers = {"Authorization": "Bearer " + short}
        until = time.monotonic() + 60
        while server.call(None, "GET", "/accounts", headers=headers).status == 200 and time.monotonic() < until:
            time.sleep(0.5)
        answer = self.expect(server.call(None, "GET", "/accounts", headers=headers), 401)
        self.assertIn("expired", answer.json["detail"])

    def test_token_prints_one_jwt_and_nothing_else(self):
        printed = run(
            "token",
            "--data",
            str(self.folder / "data"),
            "--user",
            user("ada"),
            "--workspace",
            WORKSPACE,
            "--lifetime",
            "1h",
        )
        self.assertEqual((printed.returncode, printed.stderr), (0, ""))
        self.assertRegex(printed.stdout, r"\A[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\n\Z")
        for arguments in (
            ["--user", "ada"],
            ["--user", user("ada"), "--lifetime", "0s"],
            ["--user", user("ada"), "--workspace", "acme"],
        ):
            refused = run("token", "--data", str(self.folder / "data"), *arguments)
            self.assertEqual((refused.returncode, refused.stdout), (2, ""), arguments)

    def test_logs_are_json_lines_with_the_request_id_and_no_token(self):
        server = self.server()
        answer = server.call("ada", "GET", "/accounts", headers={"X-Request-Id": "my-request-1"})
        self.assertEqual(answer.headers["X-Request-Id"], "my-request-1")
        traced = server.call(
            "ada",
            "GET",
            "/accounts",
            headers={
                "X-Request-Id": "not sane\t",
                "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            },
        )
        self.assertNotIn("not sane", traced.headers["X-Request-Id"])
        server.terminate()
        lines = [line for line in server.log_lines() if line["message"] == "request"]
        self.assertIn("my-request-1", [line["request_id"] for line in lines])
        self.assertIn("4bf92f3577b34da6a3ce929d0e0e4736", [line["trace_id"] for line in lines])
        self.assertIn("/accounts", [line["route"] for line in lines])
        self.assertNotIn(server.token("ada"), server.log_text())


if __name__ == "__main__":
    stewardry.main()

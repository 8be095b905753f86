"""Logging in: where the token goes, and where it does not."""

import json
import os
import socket
import threading

import cli_case
import stewardry
from cli_case import DONE, FORBIDDEN, NOT_LOGGED_IN, UNAVAILABLE, USAGE, mode_of
from stewardry import user

ANSWERS_OF_OTHERS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    b"HTTP/1.1 301 Moved\r\nLocation: https://x/\r\nContent-Length: 0\r\n\r\n",
    b"SSH-2.0\r\n",
)


class Login(cli_case.CliCase):
    def profile(self, name="default"):
        return self.config / "stewardry" / "profiles" / (name + ".json")

    def test_the_token_comes_from_stdin_and_is_kept_for_the_user_alone(self):
        server = self.world(people=())
        before = os.umask(0)
        try:
            done = self.run_cli("login", "--url", server.url + "/", stdin="  " + server.token("ada") + "\n\n")
        finally:
            os.umask(before)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("as Ada Lovelace (" + user("ada") + ")", done.stdout)
        self.assertNotIn(server.token("ada"), done.stdout + done.stderr)
        self.assertEqual(mode_of(self.profile()), 0o600)
        for folder in (self.profile().parent, self.profile().parent.parent):
            self.assertEqual(mode_of(folder), 0o700)
        self.assertEqual(json.loads(self.profile().read_text())["url"], server.url)
        whoami = self.run_cli("whoami", "--json")
        self.assertEqual(json.loads(whoami.stdout)["userId"], user("ada"))

    def test_or_from_a_file(self):
        server = self.world(people=())
        token = self.folder / "token.txt"
        token.write_text(server.token("ben") + "\n")
        done = self.run_cli("login", "--url", server.url, "--token-file", str(token), "--json")
        expected = {"profile": "default", "url": server.url, "userId": user("ben"), "name": "Ben"}
        self.assertEqual(json.loads(done.stdout), expected)
        missing = self.run_cli("login", "--url", server.url, "--token-file", str(self.folder / "none"))
        self.assertEqual(missing.returncode, USAGE)

    def test_or_from_the_development_issuer_whose_folder_knows_the_url(self):
        server = self.world(people=())
        done = self.run_cli("login", "--data", str(server.data), "--development-user", user("cy"))
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("as Cy Young", done.stdout)
        self.assertEqual(self.run_cli("login", "--development-user", user("cy")).returncode, USAGE)
        by_name = self.run_cli("login", "--data", str(server.data), "--development-user", "cy")
        self.assertEqual(by_name.returncode, USAGE)
        server.terminate()
        stopped = self.run_cli("login", "--data", str(server.data), "--development-user", user("cy"))
        self.assertEqual(stopped.returncode, USAGE)
        self.assertIn("No server serves", stopped.stderr)

    def test_never_from_the_command_line(self):
        done = self.run_cli("login", "--url", "http://127.0.0.1:1", "--token", "t0ken")
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("There is no option --token.", done.stderr)

    def test_a_token_that_does_not_hold_is_not_kept(self):
        server = self.world(people=())
        for token in ("nonsense", server.token("ada")[:-3] + "xyz"):
            done = self.run_cli("login", "--url", server.url, stdin=token)
            self.assertEqual(done.returncode, NOT_LOGGED_IN, done.stderr)
            self.assertFalse(self.profile().exists())
        for token in ("", "  \n", "two words", "t\u00f6ken"):
            self.assertEqual(self.run_cli("login", "--url", server.url, stdin=token).returncode, USAGE)

    def test_a_login_that_fails_leaves_the_one_before(self):
        server = self.world(people=("ada",))
        self.run_cli("login", "--url", server.url, "--profile", "ada", stdin="nonsense")
        self.assertEqual(self.json("ada", "whoami")["userId"], user("ada"))

    def test_a_file_that_others_may_read_is_refused(self):
        self.world(people=("ada",))
        os.chmod(self.profile("ada"), 0o644)
        told = self.refused("ada", "accounts", "list", code=FORBIDDEN)
        self.assertIn("chmod 600", told)
        self.assertIn("may read", self.text("ada", "profiles"))

    def test_over_http_to_elsewhere_only_if_that_is_meant(self):
        done = self.run_cli("login", "--url", "http://stewardry.invalid", stdin="t0ken")
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("--allow-http", done.stderr)
        meant = self.run_cli("login", "--url", "http://stewardry.invalid", "--allow-http", stdin="t0ken")
        self.assertEqual(meant.returncode, UNAVAILABLE)

    def test_what_is_no_url_is_told(self):
        for url in ("localhost:8080", "ftp://h", "http://", "https://u:p@h", "http://h/?q"):
            self.assertEqual(self.run_cli("login", "--url", url, stdin="t").returncode, USAGE, url)
        self.assertIn("--url", self.run_cli("login", stdin="t").stderr)

    def test_profiles_are_apart_and_show_no_token(self):
        server = self.world(people=("ada", "ben"))
        self.assertEqual(self.json("ben", "whoami")["userId"], user("ben"))
        by_environment = self.run_cli("whoami", "--json", STEWARDRY_PROFILE="ada")
        self.assertEqual(json.loads(by_environment.stdout)["userId"], user("ada"))
        listed = self.run_cli("profiles", "--json", STEWARDRY_PROFILE="ada")
        active = {each["profile"]: each["active"] for each in json.loads(listed.stdout)}
        self.assertEqual(active, {"ada": True, "ben": False})
        table = self.run_cli("profiles").stdout
        self.assertIn("Ada Lovelace", table)
        for who in ("ada", "ben"):
            self.assertNotIn(server.token(who), table + listed.stdout)

        self.assertEqual(self.run_cli("logout", "--profile", "ben").returncode, DONE)
        self.assertFalse(self.profile("ben").exists())
        told = self.refused("ben", "nodes", "list", code=NOT_LOGGED_IN)
        self.assertIn("stewardry login --url URL --profile ben", told)
        self.assertEqual(self.run_cli("logout", "--all").returncode, DONE)
        self.assertEqual(json.loads(self.run_cli("profiles", "--json").stdout), [])
        self.assertIn("Log in first: stewardry login --url URL", self.run_cli("nodes", "list").stderr)

    def test_the_environment_is_a_login_too(self):
        server = self.world(people=("ada",))
        both = {"STEWARDRY_URL": server.url, "STEWARDRY_TOKEN": server.token("ben")}
        self.assertEqual(json.loads(self.run_cli("whoami", "--json", **both).stdout)["userId"], user("ben"))
        self.assertEqual(self.json("ada", "whoami", **both)["userId"], user("ada"), "--profile wins")
        token = {"STEWARDRY_TOKEN": server.token("ben"), "STEWARDRY_PROFILE": "ada"}
        self.assertEqual(json.loads(self.run_cli("whoami", "--json", **token).stdout)["userId"], user("ben"))
        elsewhere = self.run_cli("whoami", STEWARDRY_URL="http://127.0.0.1:1", STEWARDRY_PROFILE="ada")
        self.assertEqual(elsewhere.returncode, USAGE, "a token goes to no other server than its own")

    def test_a_server_that_is_gone_is_told(self):
        server = self.world(people=("ada",))
        server.terminate()
        told = self.refused("ada", "accounts", "list", code=UNAVAILABLE)
        self.assertIn(server.url, told)
        self.assertIn("refused", told)

    def test_what_is_not_stewardry_is_told(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            for answer in ANSWERS_OF_OTHERS:
                def answer_once(bytes_to_send=answer):
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(bytes_to_send)

                thread = threading.Thread(target=answer_once)
                thread.start()
                done = self.run_cli("login", "--url", url, stdin="t0ken")
                thread.join()
                self.assertEqual(done.returncode, UNAVAILABLE, done.stderr)
                self.assertFalse(self.profile().exists())

    def test_the_base_path_of_the_platform_works_as_well(self):
        server = self.world(people=())
        self.lab(server)
        done = self.run_cli("login", "--url", server.url + "/compute/resources", stdin=server.token("ada"))
        self.assertEqual(done.returncode, DONE, done.stderr)
        listed = json.loads(self.run_cli("nodes", "list", "--json").stdout)
        self.assertEqual([each["name"] for each in listed], ["gpu-1"])

    def test_without_a_home_it_says_so(self):
        environment = {"HOME": "", "XDG_CONFIG_HOME": ""}
        done = self.run_cli("login", "--url", "http://127.0.0.1:1", stdin="t", **environment)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("HOME", done.stderr)


if __name__ == "__main__":
    stewardry.main()

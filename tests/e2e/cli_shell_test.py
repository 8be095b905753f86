"""The command line as shells, terminals and documents meet it: completion, help, colours, widths, odd names."""

import fcntl
import json
import os
import pathlib
import pty
import select
import shutil
import struct
import subprocess
import termios

import cli_case
import stewardry
from cli_case import NO, NOT_LOGGED_IN, USAGE, columns_of
from stewardry import BINARY, run

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Completion(cli_case.CliCase):
    def script(self, shell):
        file = self.folder / ("completion." + shell)
        file.write_text(self.run_cli("completion", shell).stdout)
        return file

    def test_the_scripts_are_of_their_shells(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.script(shell)
            self.assertGreater(len(script.read_text()), 1000)
            if shutil.which(shell):  # zsh and fish need not be there
                checked = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True)
                self.assertEqual((checked.returncode, checked.stderr), (0, ""), shell)
        self.assertEqual(self.run_cli("completion", "csh").returncode, USAGE)

    def complete(self, *words, **environment):
        """What bash offers for the last of the words."""
        bin_folder = self.folder / "bin"
        bin_folder.mkdir(exist_ok=True)
        if not (bin_folder / "stewardry").exists():
            (bin_folder / "stewardry").symlink_to(BINARY)
        program = (
            'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _stewardry; '
            "printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        done = subprocess.run(
            ["bash", "--norc", "-c", program, "bash", str(self.script("bash")), "stewardry", *words],
            capture_output=True,
            text=True,
            env={**os.environ, **self.environment(**environment), "PATH": f"{bin_folder}:{os.environ['PATH']}"},
        )
        self.assertEqual(done.stderr, "")
        return [line for line in done.stdout.split("\n") if line]

    def test_bash_knows_commands_options_and_choices(self):
        self.assertIn("nodes", self.complete(""))
        self.assertEqual(self.complete("no"), ["nodes"])
        self.assertIn("hand-over", self.complete("nodes", ""))
        self.assertEqual(self.complete("nodes", "li"), ["list"])
        self.assertIn("--name-prefix", self.complete("nodes", "list", "--"))
        self.assertEqual(self.complete("nodes", "list", "--sta"), ["--status"])
        self.assertEqual(self.complete("nodes", "list", "--status", "Pa"), ["Paused"])
        self.assertEqual(self.complete("nodes", "list", "--status", "=", "Pa"), ["Paused"])
        self.assertEqual(self.complete("nodes", "scope", "gpu-1", "w"), ["workspace"])
        self.assertEqual(self.complete("completion", ""), ["bash", "zsh", "fish"])
        self.assertEqual(self.complete("--profile", "x", "operations", "wa"), ["watch"])
        self.assertEqual(self.complete("nowhere", "at", "all", ""), self.complete(""))

    def test_bash_asks_the_server_for_names(self):
        server = self.world(people=("ada", "ben"))
        self.lab(server)
        ada = {"STEWARDRY_PROFILE": "ada"}
        self.assertEqual(self.complete("nodes", "show", "g", **ada), ["gpu-1"])
        self.assertEqual(self.complete("nodes", "create", "x", "--account", "", **ada), ["lab"])
        self.assertEqual(self.complete("access", "why", "--user", "c", **ada), ["cy@example.org"])
        self.assertEqual(self.complete("nodes", "share", "gpu-1", "--team", "", **ada), ["gpu"])
        self.assertEqual(self.complete("teams", "list", "--workspace", "", **ada), ["acme"])
        self.assertEqual(self.complete("nodes", "list", "--profile", ""), ["ada", "ben"])
        self.assertEqual(self.complete("--profile", "ada", "nodes", "show", "g"), ["gpu-1"])
        server.terminate()
        self.assertEqual(self.complete("nodes", "show", "g", **ada), [], "no message in the middle of a line")


class Help(cli_case.CliCase):
    def test_the_reference_in_the_docs_is_the_programs(self):
        printed = run("cli-reference").stdout
        self.assertIn(printed, (ROOT / "docs" / "reference" / "cli.md").read_text())

    def test_every_command_has_help_with_examples(self):
        for line in run("cli-reference").stdout.splitlines():
            if line.startswith("### `stewardry "):
                words = line[len("### `stewardry ") : -1].split()
                done = self.run_cli(*words, "--help", COLUMNS="60")
                self.assertEqual(done.returncode, 0, line)
                self.assertIn("Usage\n  stewardry " + " ".join(words), done.stdout)
        self.assertIn("\nExamples\n", self.run_cli("access", "why", "--help").stdout)

    def test_misuse_is_told_and_changes_nothing(self):
        for words in ((), ("nodes",), ("nope",), ("nodes", "create"), ("nodes", "list", "--nope"), ("--nope",)):
            done = self.run_cli(*words)
            self.assertEqual((done.returncode, done.stdout), (USAGE, ""), words)
            self.assertIn("--help", done.stderr)
        self.assertEqual(self.run_cli("--version").stdout, "stewardry 0.1.0\n")

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([BINARY, "--help"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("stdout", done.stderr)


class Terminal(cli_case.CliCase):
    ODD = ("山田のノード", "e\u0301\u0301-ノード", "\u009b31mred", "x\u202egpj.exe", "🦊" * 20, "-dash", "--json", "a b")

    def on_a_terminal(self, *arguments, columns=80, code=0, asked="", typed="", **environment):
        """What is seen on a terminal of so many columns, where somebody types when they are asked."""
        master, slave = pty.openpty()
        try:
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
            surroundings = {**inherited, **self.environment(TERM="xterm", **environment)}
            process = subprocess.Popen(
                [BINARY, *arguments],
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=surroundings,
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it
            )
            self.addCleanup(process.kill)
            os.close(slave)
            slave = None
            written = b""
            while True:
                self.assertTrue(select.select([master], [], [], 60)[0], f"nothing came after {written}")
                try:
                    part = os.read(master, 65536)
                except OSError:  # the other end is closed
                    break
                if not part:
                    break
                written += part
                if typed and asked in written.decode():
                    os.write(master, typed.encode())
                    typed = ""
            self.assertEqual(process.wait(timeout=60), code, written)
            return written.decode().replace("\r\n", "\n")
        finally:
            os.close(master)
            if slave is not None:
                os.close(slave)

    def test_tables_fit_the_terminal(self):
        server = self.world(people=("ada",))
        account = self.lab(server, node=None)
        for name in self.ODD:
            self.node(server, account, name=name, complete=False)
        for columns in (20, 40, 80, 200):
            shown = self.on_a_terminal("nodes", "list", "--profile", "ada", columns=columns, NO_COLOR="1")
            self.assertEqual(len(shown.splitlines()), len(self.ODD) + 1)
            for line in shown.splitlines():
                self.assertLessEqual(columns_of(line), columns, line)
            told = self.text("ada", "nodes", "list", COLUMNS=str(columns))
            self.assertEqual(told, shown, "COLUMNS says the same as the terminal")
        self.assertIn("…", self.text("ada", "nodes", "list", COLUMNS="40"))
        self.assertIn("..", self.text("ada", "nodes", "list", COLUMNS="40", LC_ALL="C"))
        self.assertIn("🦊" * 20, self.text("ada", "nodes", "list"), "a pipe has no width")

    def test_names_cannot_steer_the_terminal(self):
        server = self.world(people=("ada",))
        account = self.lab(server, node=None)
        for name in self.ODD:
            self.node(server, account, name=name, complete=False)
        table, document = self.text("ada", "nodes", "list"), self.cli("ada", "nodes", "list", "--json").stdout
        for text in (table, document):
            for harmful in ("\u009b", "\u202e", "\x1b"):
                self.assertNotIn(harmful, text)
        self.assertIn("\\x9b31mred", table)
        self.assertEqual(sorted(each["name"] for each in json.loads(document)), sorted(self.ODD))

    def test_odd_names_are_names(self):
        server = self.world(people=("ada",))
        account = self.lab(server, node=None)
        for name in self.ODD:
            self.node(server, account, name=name, complete=False)
            done = self.run_cli("nodes", "show", "--profile", "ada", "--json", "--", name)
            self.assertEqual(json.loads(done.stdout)["name"], name, done.stderr)

    def test_colours_are_for_terminals(self):
        server = self.world(people=("ada",))
        self.lab(server)
        self.assertIn("\x1b[32mEnabled\x1b[0m", self.on_a_terminal("nodes", "list", "--profile", "ada"))
        self.assertNotIn("\x1b", self.on_a_terminal("nodes", "list", "--profile", "ada", NO_COLOR="1"))
        self.assertNotIn("\x1b", self.text("ada", "nodes", "list"))
        self.assertNotIn("\x1b", self.on_a_terminal("nodes", "list", "--profile", "ada", "--json"))

    def test_a_token_that_is_typed_is_not_seen(self):
        server = self.world(people=())
        token = server.token("ada")
        words = ("login", "--url", server.url)
        seen = self.on_a_terminal(*words, asked="Token: ", typed=token + "\n")
        self.assertIn("Logged in to " + server.url + " as Ada Lovelace", seen)
        self.assertNotIn(token[:20], seen)
        stopped = self.on_a_terminal(*words, asked="Token: ", typed="\x03", code=USAGE)
        self.assertIn("Interrupted", stopped)

    def test_what_cannot_be_undone_is_asked_about(self):
        server = self.world(people=("ada",))
        self.lab(server)
        words = ("nodes", "delete", "gpu-1", "--profile", "ada")
        for typed, code in (("n\n", NO), ("\n", NO), ("\x04", NO), ("yess\n", NO), ("y\n", 0)):
            self.assertEqual(self.json("ada", "nodes", "show", "gpu-1")["status"], "Enabled", typed)
            seen = self.on_a_terminal(*words, asked="[y/N] ", typed=typed, code=code)
            self.assertIn("Delete the compute node gpu-1?", seen)
        self.assertEqual(self.json("ada", "nodes", "show", "gpu-1")["status"], "Destroying")

    def test_a_refusal_goes_to_stderr_alone(self):
        done = self.run_cli("nodes", "list", "--json")
        self.assertEqual((done.returncode, done.stdout), (NOT_LOGGED_IN, ""))


if __name__ == "__main__":
    stewardry.main()

"""What `stewardry aws` tells of the models: services, operations, shapes, and what the shells complete of them."""

import os
import pty
import select
import shutil
import subprocess

import aws_case
import stewardry
from stewardry import BINARY, run


class Lists(aws_case.AwsCase):
    def test_services_operations_shapes(self):
        services = run("aws").stdout.splitlines()
        names = [line.split()[0] for line in services]
        self.assertEqual(names, sorted(names))
        self.assertGreater(len(names), 300)
        self.assertLessEqual({"dynamodb", "ec2", "s3", "sts", "stepfunctions"}, set(names))
        operations = [line.split() for line in run("aws", "dynamodb").stdout.splitlines()]
        self.assertIn(["get-item", "GetItem"], operations)
        shown = run("aws", "dynamodb", "get-item", "--help").stdout
        for part in (
            "TableName",
            "required",
            "map of string",
            "(as above)",
            "INDEXES, NONE, TOTAL",
            "ProvisionedThroughputExceededException",
        ):
            self.assertIn(part, shown)
        self.assertIn("--wait takes TableExists", run("aws", "dynamodb", "describe-table", "--help").stdout)
        self.assertIn("TableExists", run("aws", "dynamodb", "--help").stdout)
        self.assertIn("Usage", run("aws", "--help").stdout)

    def test_every_service_has_help_for_what_it_can(self):
        # The models are large: three services with every trait, every operation.
        for service in ("s3", "iam", "organizations"):
            for line in run("aws", service).stdout.splitlines()[::7]:
                done = run("aws", service, line.split()[0], "--help")
                self.assertEqual((done.returncode, done.stderr), (0, ""), line)
                self.assertIn("\nInput\n", done.stdout)

    def complete(self, *words):
        bin_folder = self.folder / "bin"
        bin_folder.mkdir(exist_ok=True)
        if not (bin_folder / "stewardry").exists():
            (bin_folder / "stewardry").symlink_to(BINARY)
            (self.folder / "completion.bash").write_text(run("completion", "bash").stdout)
        program = (
            'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _stewardry; '
            "printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        done = subprocess.run(
            ["bash", "--norc", "-c", program, "bash", str(self.folder / "completion.bash"), "stewardry", *words],
            capture_output=True,
            text=True,
            env={**self.environment(), "PATH": f"{bin_folder}:{os.environ['PATH']}"},
        )
        self.assertEqual(done.stderr, "")
        return [line for line in done.stdout.split("\n") if line]

    def test_bash_completes_from_the_models(self):
        (self.folder / "config").write_text("[profile ops]\nregion = x\n[default]\n")
        self.assertEqual(self.complete("aws", "dynamodbst"), ["dynamodbstreams"])
        self.assertEqual(self.complete("aws", "dynamodb", "get-i"), ["get-item"])
        self.assertEqual(self.complete("aws", "dynamodb", "GetI"), ["GetItem"])
        self.assertEqual(self.complete("aws", "--region", "eu-west-1", "dynamodb", "get-i"), ["get-item"])
        self.assertEqual(self.complete("aws", "--region=eu-west-1", "dynamodb", "get-i"), ["get-item"])
        self.assertIn("--output-body", self.complete("aws", "s3", "get-object", "--"))
        self.assertEqual(self.complete("aws", "--region", "eu-central-"), ["eu-central-1", "eu-central-2"])
        self.assertEqual(self.complete("aws", "--profile", ""), ["default", "ops"])
        waiters = self.complete("aws", "dynamodb", "describe-table", "--wait", "")
        self.assertEqual(sorted(waiters), ["TableExists", "TableNotExists"])
        self.assertEqual(self.complete("aws", "dynamodb", "get-item", ""), [])
        self.assertEqual(self.complete("aws", "nosuch", ""), [])
        self.assertEqual(self.complete("operations", "watch", "--wa"), [])

    def test_fish_and_zsh_ask_the_same(self):
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "stewardry").symlink_to(BINARY)
        around = {**self.environment(), "PATH": f"{bin_folder}:{os.environ['PATH']}"}
        for shell in ("fish", "zsh"):
            self.assertIn("complete aws-words", run("completion", shell).stdout.replace("_stewardry_names", "complete"))
        asked = subprocess.run(
            [BINARY, "complete", "aws-words", "--", "aws", "dynamodb", "Get"],
            capture_output=True,
            text=True,
            env=around,
        )
        self.assertIn("GetItem", asked.stdout.split())
        if shutil.which("fish"):  # need not be there
            script = self.folder / "stewardry.fish"
            script.write_text(run("completion", "fish").stdout)
            done = subprocess.run(
                ["fish", "--no-config", "-c", f"source {script}; complete -C 'stewardry aws dynamodb get-i'"],
                capture_output=True,
                text=True,
                env=around,
            )
            self.assertEqual(done.stdout.split(), ["get-item"], done.stderr)

    def test_zsh_completes_on_a_terminal(self):
        if not shutil.which("zsh"):  # need not be there
            return
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "stewardry").symlink_to(BINARY)
        (self.folder / "script").write_text(run("completion", "zsh").stdout)
        around = {**self.environment(TERM="dumb", PS1=""), "PATH": f"{bin_folder}:{os.environ['PATH']}"}
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        shell = subprocess.Popen(
            ["zsh", "-f", "-i"], stdin=slave, stdout=slave, stderr=slave, env=around, start_new_session=True
        )
        os.close(slave)
        self.addCleanup(shell.wait)
        self.addCleanup(shell.kill)

        def until(wanted):
            seen = b""
            while wanted not in seen:
                self.assertTrue(select.select([master], [], [], 60)[0], f"{wanted} did not come after {seen}")
                seen += os.read(master, 65536)

        start = f"autoload -Uz compinit; compinit -u -D; source {self.folder}/script; print REA''DY\n"
        os.write(master, start.encode())
        until(b"READY")
        for typed, completed in (("aws dynamodb get-i", b"get-item"), ("aws --region eu-sou", b"eu-south-")):
            os.write(master, f"stewardry {typed}\t".encode())
            until(completed)
            os.write(master, b"\x15")


if __name__ == "__main__":
    stewardry.main()

"""The published document against the running server: what it allows is taken, what it forbids is refused, and every
answer is of a kind, a type and a form that it names.

schemathesis makes up requests from the document, good and bad, alone and in chains, as a user who owns things and as an
operator. It is installed into a virtual environment outside the source tree, by exact hashes, once. STEWARDRY_SEED
repeats a run.
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile

import stewardry

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from environment import environment  # noqa: E402  (after the path)

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = HERE.parent.parent / "api" / "openapi.json"
REQUIREMENTS = HERE / "schemathesis_requirements.txt"
SECONDS_MAX = 25  # of each of the two runs


class Schemathesis(stewardry.TestCase):
    def run_tool(self, tool, *arguments, **variables):
        folder = environment("schemathesis", REQUIREMENTS).parent
        return subprocess.run(
            [str(folder / tool), *arguments],
            capture_output=True,
            text=True,
            cwd=self.folder,  # it leaves its reports where it stands
            env={**os.environ, **variables},
        )

    def test_the_document_is_openapi(self):
        done = self.run_tool("openapi-spec-validator", str(DOCUMENT))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def explore(self, who, *options):
        server = self.server()
        account = self.account(server)
        for name, complete in (("works", True), ("is-made", False)):
            self.node(server, account, name=name, complete=complete)
        seed = os.environ.get("STEWARDRY_SEED") or str(random.randrange(1 << 32))
        done = self.run_tool(
            "schemathesis",
            f"--config-file={HERE / 'schemathesis.toml'}",
            "run",
            str(DOCUMENT),
            f"--url={server.url}",
            f"--header=Authorization: Bearer {server.token(who, workspace=stewardry.WORKSPACE, lifetime='12h')}",
            "--max-examples=25",
            f"--max-time={SECONDS_MAX}",
            f"--seed={seed}",
            "--continue-on-failure",
            "--warnings=off",
            "--no-color",
            *options,
            SCHEMATHESIS_HOOKS="schemathesis_hooks",
            PYTHONPATH=str(HERE),
        )
        text = done.stdout + done.stderr
        print(f"as {who}, seed {seed}:", *[line for line in text.splitlines() if "generated" in line][-1:])
        self.assertEqual(done.returncode, 0, text[-20000:])
        self.assertIn("generated", text, "nothing was asked")
        self.assertEqual([line for line in server.log_lines() if line.get("status", 0) >= 500], [])
        self.assertIsNone(server.process.poll(), "the server is still there")

    def test_as_one_who_owns_an_account(self):
        self.explore("ada")

    def test_as_an_operator(self):
        # Not the import: a made-up directory takes the operator away.
        self.explore("ops", "--include-tag=Operations", "--include-tag=Compute nodes")


if __name__ == "__main__":
    stewardry.main()

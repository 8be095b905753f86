"""The stock client (botocore, by exact hashes, in a virtual environment outside the source tree), and our own program
at the end of a pipe."""

import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import environment  # noqa: E402  (after the path)


def install():
    """Makes botocore importable; installs it once."""
    folder = environment.botocore_python().parent.parent
    # Nothing of this machine's configuration decides what is compared.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    sys.path[:0] = [str(path) for path in folder.glob("lib/python*/site-packages")]


class Pipe:
    """Our program. Many questions are asked at once: a line each way costs more than what it asks."""

    BATCH = 32  # short lines, which the pipe's buffers hold

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, questions):
        for start in range(0, len(questions), self.BATCH):
            batch = questions[start:start + self.BATCH]
            self.process.stdin.write("".join(json.dumps(question) + "\n" for question in batch))
            self.process.stdin.flush()
            for _ in batch:
                yield json.loads(self.process.stdout.readline())

    def ask_one(self, question):
        return next(self.ask([question]))

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

"""The stock client (botocore, by exact hashes, in a virtual environment outside the source tree), and our own program
at the end of a pipe."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"


def install():
    """Makes botocore importable; installs it once."""
    caches = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    version = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = caches / "stewardry" / ("botocore-" + version)
    if not (folder / "complete").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)  # what a run that was cut off has left
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        done = subprocess.run(
            [str(folder / "bin" / "pip"), "install", "--quiet", "--no-input", "--disable-pip-version-check",
             "--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(REQUIREMENTS)],
            capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError("botocore could not be installed: " + done.stderr[-2000:])
        (folder / "complete").touch()
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

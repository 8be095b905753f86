"""Virtual environments for what tests and benchmarks compare with: outside the source tree, by exact hashes, once.

Whoever needs one that another process is making waits for it.
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

BOTOCORE = pathlib.Path(__file__).resolve().parent / "botocore_requirements.txt"  # the stock AWS client


def environment(name, requirements):
    """The Python of the environment that has what the file `requirements` lists; made where it is not there."""
    caches = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    version = hashlib.sha256(pathlib.Path(requirements).read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = caches / "stewardry" / f"{name}-{version}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            make(folder, name, requirements)
    return folder / "bin" / "python"


def make(folder, name, requirements):
    shutil.rmtree(folder, ignore_errors=True)  # what a run that was cut off has left
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    exactly = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(requirements)]
    done = subprocess.run([*pip, *exactly], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{name} could not be installed: " + done.stderr[-2000:])
    (folder / "complete").touch()


def run_in(name, requirements):
    """Goes on in that environment, in the place of this process."""
    python = environment(name, requirements)
    if pathlib.Path(sys.prefix) != python.parent.parent:
        os.execv(python, [str(python), *sys.argv])


def botocore_python():
    return environment("botocore", BOTOCORE)

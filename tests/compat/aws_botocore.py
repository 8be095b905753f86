"""The stock client that ours is compared with: botocore, installed into a virtual environment outside the source tree,
by exact hashes, once.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

REQUIREMENTS = pathlib.Path(__file__).resolve().parent / "aws_botocore_requirements.txt"


def interpreter():
    """The interpreter that has botocore; made where it is not there."""
    caches = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    version = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = caches / "stewardry" / ("botocore-" + version)
    if not (folder / "complete").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)  # what a run that was cut off has left
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--no-input", "--disable-pip-version-check"]
        done = subprocess.run(
            [*pip, "--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(REQUIREMENTS)],
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise AssertionError("botocore could not be installed: " + done.stderr[-2000:])
        (folder / "complete").touch()
    return folder / "bin" / "python"

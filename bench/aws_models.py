#!/usr/bin/env python3
"""What it costs to load a service model, and in the same run what botocore's own loader takes for the same services.

    bench/aws_models.py [--binary build/release/bench/bench_aws_models]

botocore is installed, in the version that the models come from, into a virtual environment in the cache folder, once.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import environment  # noqa: E402

SERVICES = ["ec2", "s3", "sts", "dynamodb"]
ROUNDS = 9


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def load(name):
    """In ms: service, paginators and waiters, as ours reads them."""
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import Loader

    loader = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
    begin = time.perf_counter()
    for kind in ("service-2", "paginators-1", "waiters-2"):
        try:
            loader.load_service_model(name, kind)
        except UnknownServiceError:  # it has no file of this kind
            pass
    return (time.perf_counter() - begin) * 1000


def baseline():
    for name in SERVICES:
        middle = statistics.median(load(name) for _ in range(ROUNDS))
        print(f"{f'baseline, botocore: load {name}':<44}{middle:>9.3f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/release/bench/bench_aws_models")
    parser.add_argument("--baseline", action="store_true", help="only botocore's part, with this Python")
    arguments = parser.parse_args()
    if arguments.baseline:
        baseline()
        return 0
    ours = output_of(arguments.binary)
    theirs = output_of(environment.botocore_python(), __file__, "--baseline")
    print(ours + theirs, end="")
    for name in SERVICES:
        mine, stock = (float(re.search(rf"load {name} +([\d.]+) ms", said).group(1)) for said in (ours, theirs))
        print(f"{f'ratio, botocore to ours: {name}':<44}{stock / mine:>9.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

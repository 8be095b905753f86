#!/usr/bin/env python3
"""bench_aws_xml, and botocore doing the same on the same bytes, in one run.

    python3 bench/aws_xml.py build/release/bench/bench_aws_xml
"""

import gzip
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "support"))
import environment  # noqa: E402

environment.run_in("botocore", environment.BOTOCORE)

import botocore  # noqa: E402
import botocore.model  # noqa: E402
import botocore.parsers  # noqa: E402

ROUNDS = 5


def main():
    folder = max((pathlib.Path(botocore.__file__).parent / "data/ec2").iterdir())
    packed = folder / "service-2.json.gz"
    text = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / "service-2.json").read_bytes()
    with tempfile.TemporaryDirectory() as scratch:
        answer = pathlib.Path(scratch) / "answer.xml"
        subprocess.run([sys.argv[1], answer], check=True)
        body = answer.read_bytes()
    operation = botocore.model.ServiceModel(json.loads(text), "ec2").operation_model("DescribeInstances")
    parser = botocore.parsers.create_parser("ec2")
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        value = parser.parse({"status_code": 200, "headers": {}, "body": body}, operation.output_shape)
        times.append((time.perf_counter() - begin) * 1000)
    assert len(value["Reservations"]) == 1000
    print(f"{'botocore ' + botocore.__version__ + ' decode':28} best {min(times):8.3f} ms   "
          f"median {statistics.median(times):8.3f} ms")


if __name__ == "__main__":
    main()

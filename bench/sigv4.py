#!/usr/bin/env python3
"""Signature Version 4: botocore's signers beside ours, on the same requests, one after the other on one core.

    bench/sigv4.py [--binary build/release/bench/bench_sigv4] [--seconds 2]

botocore is installed into a virtual environment outside the source tree, by exact hashes, once. It has no verifier.
"""

import argparse
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import environment  # noqa: E402

environment.run_in("botocore", environment.BOTOCORE)

import botocore.auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

KEY = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
HOST = "https://examplebucket.s3.amazonaws.com"
BODY = b'{"TableName":"t","Key":{"pk":{"S":"a"},"sk":{"S":"b"}}}'


def presign(turn):
    path = f"/packages/{turn * 40503:08x}/files/channel-{turn}.edf"
    request = AWSRequest("GET", HOST + path)
    botocore.auth.S3SigV4QueryAuth(KEY, "s3", "us-east-1", expires=3600).add_auth(request)
    return request.url


def presign_with_query(turn):
    path = f"/packages/{turn * 40503:08x}/files/channel-{turn}.edf"
    query = "?response-content-disposition=attachment%3B%20filename%3Dx.edf&versionId=3HL4kqtJlcpXroDTDmJ"
    request = AWSRequest("GET", HOST + path + query)
    botocore.auth.S3SigV4QueryAuth(KEY, "s3", "us-east-1", expires=3600).add_auth(request)
    return request.url


def header_sign(_):
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem"}
    headers["User-Agent"] = "botocore"
    request = AWSRequest("POST", "https://dynamodb.us-east-1.amazonaws.com/", headers=headers, data=BODY)
    botocore.auth.SigV4Auth(KEY, "dynamodb", "us-east-1").add_auth(request)
    return request.headers["Authorization"]


def per_second(work, seconds):
    """The best of five rounds."""
    best = 0
    for _ in range(5):
        begin, count, spent = time.perf_counter(), 0, 0
        while spent < seconds / 5:
            for turn in range(100):
                work(turn)
            count += 100
            spent = time.perf_counter() - begin
        best = max(best, count / spent)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / "build" / "release" / "bench" / "bench_sigv4")
    parser.add_argument("--seconds", type=float, default=2, help="of each figure")
    options = parser.parse_args()
    for name, work in (
        ("presign", presign),
        ("presign with a query", presign_with_query),
        ("header sign", header_sign),
    ):
        print(f"{'botocore ' + name:<28}{per_second(work, options.seconds):>12.0f} /s", flush=True)
    subprocess.run([str(options.binary), "--seconds", str(options.seconds)], check=True)


if __name__ == "__main__":
    main()

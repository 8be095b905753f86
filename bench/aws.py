#!/usr/bin/env python3
"""`stewardry aws sts get-caller-identity` as a whole process, against a local server: beside the stock command line and
beside boto3, in turns.

    bench/aws.py [--binary build/release/stewardry] [--runs 40] [--stock-runs 8]

The stock clients are those of `tools/servers python`. The server stands in this process and answers at once. Every
program starts, reads its models, finds its credentials in the environment, signs, calls, prints and ends; what it
prints is compared. One figure a line: milliseconds, median and least.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

IDENTITY = {"UserId": "U", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ada"}
ANSWER = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    + "".join(f"<{name}>{value}</{name}>" for name, value in IDENTITY.items())
    + "</GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
    + "</GetCallerIdentityResponse>"
)
BOTO3 = (
    "import boto3, json; answer = boto3.client('sts').get_caller_identity(); del answer['ResponseMetadata'];"
    "print(json.dumps(answer))"
)


def once(command, environment):
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, env=environment)
    took = (time.perf_counter() - begun) * 1000
    if done.returncode != 0 or json.loads(done.stdout) != IDENTITY:
        raise SystemExit(f"{command[0]}: {done.returncode} {done.stdout} {done.stderr}")
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "build" / "release" / "stewardry"))
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--stock-runs", type=int, default=8)
    asked = parser.parse_args()
    os.environ.setdefault("STEWARDRY_BINARY", asked.binary)  # the tests' modules want to know
    import aws_case
    import aws_servers

    stock = aws_servers.fetched("python") / "bin"
    server = aws_case.OwnServer(lambda _: (200, {"Content-Type": "text/xml"}, ANSWER))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": server.url,
    }
    words = ["sts", "get-caller-identity"]
    programs = {
        "stewardry aws": ([asked.binary, "aws", *words], asked.runs),
        "aws (stock)": ([str(stock / "aws"), *words, "--output", "json"], asked.stock_runs),
        "boto3": ([str(stock / "python"), "-c", BOTO3], asked.stock_runs),
    }
    try:
        times = {name: [] for name in programs}
        for turn in range(max(asked.runs, asked.stock_runs) + 1):
            for name, (command, runs) in programs.items():
                if turn <= runs:
                    times[name].append(once(command, environment))
        for name, each in times.items():
            each = each[1:]  # the first fetched files into the cache
            print(f"{name} sts get-caller-identity: {statistics.median(each):.1f} ms (least {min(each):.1f})")
    finally:
        server.close()


if __name__ == "__main__":
    main()

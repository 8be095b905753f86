#!/usr/bin/env python3
"""Own cost of a DynamoDB GetItem call, ours and boto3's, neither with a network.

    python3 bench/aws_client.py build/release/bench/bench_aws_client

boto3's request is answered in its event before-send, which is after signing and before the socket.
"""

import os
import pathlib
import subprocess
import sys
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
# The stock clients, fetched once and checked; this goes on with their Python.
fetched = subprocess.run([ROOT / "tools" / "servers", "python"], check=True, stdout=subprocess.PIPE, text=True)
folder = pathlib.Path(fetched.stdout.strip())
if pathlib.Path(sys.prefix) != folder:
    os.execv(folder / "bin" / "python", [str(folder / "bin" / "python"), *sys.argv])

import boto3  # noqa: E402
import botocore  # noqa: E402
import botocore.awsrequest  # noqa: E402

INPUT = {"TableName": "Accounts", "Key": {"pk": {"S": "N:organization:1b2c"}, "sk": {"S": "account#0042"}},
         "ConsistentRead": True}
OUTPUT = (b'{"Item": {"pk": {"S": "N:organization:1b2c"}, "sk": {"S": "account#0042"}, "version": {"N": "17"},\n'
          b'"type": {"S": "account"}, "name": {"S": "production, Frankfurt"}, '
          b'"tags": {"M": {"team": {"S": "storage"},\n"cost": {"S": "1234"}}}, '
          b'"regions": {"L": [{"S": "eu-central-1"}, {"S": "eu-west-1"}]}, "active": {"BOOL": true}}}')


class Raw:
    def stream(self, *_args, **_kwargs):
        yield OUTPUT


def answered(request, **_kwargs):
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amz-crc32": str(zlib.crc32(OUTPUT))}
    return botocore.awsrequest.AWSResponse(request.url, 200, headers, Raw())


def main():
    if len(sys.argv) > 1:
        subprocess.run([sys.argv[1]], check=True)
    client = boto3.client("dynamodb", region_name="eu-central-1", aws_access_key_id="AKIDEXAMPLE",
                          aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    client.meta.events.register("before-send.dynamodb.GetItem", answered)
    client.get_item(**INPUT)
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(500):
            client.get_item(**INPUT)
        best = min(best, (time.perf_counter() - begin) / 500 * 1e6)
    print(f"{'GetItem: boto3 ' + boto3.__version__ + ' on botocore ' + botocore.__version__:<52}{best:>8.2f} us")


if __name__ == "__main__":
    main()

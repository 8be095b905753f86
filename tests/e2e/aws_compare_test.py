"""What the stock clients send and what `stewardry aws` sends for the same input, byte by byte where bytes matter.

Both go through one proxy, which writes down what it is asked: several hundred operations of every protocol, with inputs
made of the models (aws_stock.py), by boto3, and a few dozen by AWS's own command line. STEWARDRY_SEED chooses others;
STEWARDRY_TIMES=5 five times as many; STEWARDRY_CALLS="s3.PutObject ..." only these.
"""

import base64
import concurrent.futures
import contextlib
import json
import math
import os
import pathlib
import re
import struct
import subprocess
import urllib.parse
import xml.etree.ElementTree

import aws_case
import aws_servers
import stewardry
from aws_case import OwnServer
from stewardry import BINARY

HERE = pathlib.Path(__file__).resolve().parent
COUNTS = {"json 1.0": 40, "json 1.1": 50, "rest-json": 110, "query": 60, "ec2": 40, "rest-xml": 70}
COUNTS["smithy-rpc-v2-cbor"] = 30
COMMAND_LINE_SHARE = 1 / 8  # of as many calls: what it sends is mostly what boto3 sends
TIMES = int(os.environ.get("STEWARDRY_TIMES", "1"))  # so many times as many calls
SENT_SHARE_MIN = 0.8  # of the operations that were chosen: an input that boto3 refuses compares nothing

# Who sends, when, how often; and what each may do as it likes.
HEADERS_OF_THE_SENDER = {
    *("user-agent", "x-amz-user-agent", "amz-sdk-invocation-id", "amz-sdk-request", "x-amz-date", "authorization"),
    *("connection", "proxy-connection", "accept-encoding", "accept", "content-length", "host", "expect"),
    *("x-amz-content-sha256", "transfer-encoding", "x-amzn-trace-id"),
}

# A customer's key goes as base64 with its MD5 in every operation of ours; boto3 leaves this one out.
OURS_IS_RIGHT = {"s3.GetObjectAttributes"}
# Signature Version 2 and nothing else: refused by us, with a message.
UNSPOKEN = {"importexport", "sdb"}


def cbor(data):
    """RFC 8949, as far as Smithy uses it."""

    def argument(low, at):
        if low < 24:
            return low, at
        if low == 31:
            return None, at
        size = 1 << (low - 24)
        return int.from_bytes(data[at : at + size], "big"), at + size

    def item(at):
        major, low = data[at] >> 5, data[at] & 31
        if major == 7 and low in (25, 26, 27):
            size = {25: 2, 26: 4, 27: 8}[low]
            return (
                struct.unpack(">" + {25: "e", 26: "f", 27: "d"}[low], data[at + 1 : at + 1 + size])[0],
                at + 1 + size,
            )
        value, at = argument(low, at + 1)
        if major == 0:
            return value, at
        if major == 1:
            return -1 - value, at
        if major in (2, 3):
            return (data[at : at + value] if major == 2 else data[at : at + value].decode()), at + value
        if major == 6:
            inner, at = item(at)
            return ("tag", value, inner), at
        if major == 7:
            return {20: False, 21: True, 22: None}[value], at
        made, count = [], 0
        while count != value if value is not None else data[at] != 0xFF:
            element, at = item(at)
            if major == 5:
                other, at = item(at)
                element = (element, other)
            made.append(element)
            count += 1
        at += value is None
        return (dict(made) if major == 5 else made), at

    value, end = item(0)
    assert end == len(data), "bytes after the end"
    return value


def plain(text):
    """A number in its shortest form: 100 and 100.0 are the same."""
    return re.sub(r"^(-?\d+)\.0$", r"\1", text)


def tree(element):
    children = sorted((tree(each) for each in element), key=lambda child: child[0])  # of one name in their order
    return (
        element.tag,
        sorted(element.attrib.items()),
        (element.text or "").strip() if children else plain(element.text or ""),
        children,
    )


def normal_body(kind, body):
    if "json" in kind and body:
        with contextlib.suppress(ValueError):  # a blob that calls itself JSON
            return json.loads(body)
    if "cbor" in kind and body:
        return cbor(body)
    if "form-urlencoded" in kind:
        pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
        return sorted((name, "a URL" if name == "PreSignedUrl" else plain(value)) for name, value in pairs)
    if body.startswith(b"<"):
        return tree(xml.etree.ElementTree.fromstring(body))
    return body


def normal_header(value):
    """Lists with and without a blank behind the comma; JSON in base64 with and without escapes."""
    with contextlib.suppress(ValueError):
        return json.loads(base64.b64decode(value, validate=True))
    return re.sub(r",\s+", ",", value.strip())


def normal(request):
    """What must be the same, from a request that came to the proxy."""
    url = urllib.parse.urlsplit(request.target)
    kind = (request.headers.get("Content-Type") or "").lower()
    headers = {
        name.lower(): normal_header(value)
        for name, value in request.headers.items()
        if name.lower() not in HEADERS_OF_THE_SENDER
    }
    headers.pop("content-type", None)
    signed = re.search(r"Credential=[^/]+/\d+/([^,]+),", request.headers.get("Authorization") or "")
    return {
        "method": request.method,
        "host": re.sub(r"(c\d+)\.(stock|ours)\.test", "HOST", url.netloc),
        "path": url.path,
        "query": sorted(urllib.parse.parse_qsl(url.query, keep_blank_values=True)),
        "content-type": kind.split(";")[0],
        "headers": headers,
        "scope": signed.group(1) if signed else None,
        "body": normal_body(kind, request.body),
        "bytes": request.body,
    }


def asked_of(requests, who):
    """The requests of each call."""
    found = {}
    for request in requests:
        index = re.search(rf"c(\d+)\.{who}\.test", request.target)
        if index:
            found.setdefault(int(index.group(1)), []).append(request)
    return found


def session_or_refusal(request):
    """A directory bucket, which gives a session and nothing else."""
    if "session" not in urllib.parse.urlsplit(request.target).query:
        return 400, {}, ""
    keys = "".join(f"<{name}>{name}-1</{name}>" for name in ("SessionToken", "SecretAccessKey", "AccessKeyId"))
    text = f"<Credentials>{keys}<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
    return 200, {"Content-Type": "application/xml"}, f"<CreateSessionResult>{text}</CreateSessionResult>"


class Comparison(aws_case.AwsCase):
    def test_boto3_asks_the_same(self):
        self.same_requests("boto3", COUNTS)

    def test_the_command_line_of_aws_asks_the_same(self):
        self.same_requests("aws-cli", {name: math.ceil(count * COMMAND_LINE_SHARE) for name, count in COUNTS.items()})

    def test_boto3_asks_directory_buckets_the_same(self):
        names = "GetObject HeadObject PutObject ListObjectsV2 DeleteObjects CopyObject CreateSession".split()
        calls = [f"s3.{name}" for name in names]
        bucket = {"STEWARDRY_BUCKET": "example--use1-az4--x-s3"}
        self.same_requests("boto3", {}, only=calls, answer=session_or_refusal, requests_max=2, **bucket)

    def same_requests(self, client, counts, only=(), answer=lambda _: (400, {}, ""), requests_max=1, **variables):
        """`requests_max`: so many of each call are looked at; what follows a refusal is everybody's own business."""
        server = OwnServer(answer)
        self.addCleanup(server.close)
        around = self.environment(HTTP_PROXY=server.url, http_proxy=server.url, NO_PROXY=None, AWS_MAX_ATTEMPTS="1")
        around.update(variables)
        seed = os.environ.get("STEWARDRY_SEED", "5")
        only = only or os.environ.get("STEWARDRY_CALLS", "").split()
        words = [client, seed, *(f"{protocol}={count * TIMES}" for protocol, count in counts.items())]
        words += ["only", *only] if only else []
        python = aws_servers.fetched("python") / "bin" / "python"
        done = subprocess.run([str(python), str(HERE / "aws_stock.py"), *words], capture_output=True, env=around)
        self.assertEqual(done.returncode, 0, done.stderr.decode()[-3000:])
        calls = json.loads(done.stdout)

        theirs = asked_of(server.requests, "stock")
        sent = [
            (index, each)
            for index, each in enumerate(calls)
            if index in theirs and f"{each['service']}.{each['operation']}" not in OURS_IS_RIGHT
        ]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            ended = dict(zip([index for index, _ in sent], pool.map(lambda pair: self.send(*pair, around), sent)))
        ours = asked_of(server.requests, "ours")
        compared = {}
        for index, each in sent:
            with self.subTest(f"{each['service']}.{each['operation']}", client=client, seed=seed):
                if each["service"] in UNSPOKEN:
                    self.assertIn(b"Signature Version 2", ended[index].stderr)
                    continue
                said = ended[index].stderr.decode()[:1500]
                self.assertTrue(index in ours, f"nothing was sent: {said} {each['input']}")
                for their_request, our_request in zip(theirs[index][:requests_max], ours[index], strict=False):
                    self.compare(normal(their_request), normal(our_request))
                self.assertGreaterEqual(len(ours[index]), len(theirs[index][:requests_max]))
            compared[each["protocol"]] = compared.get(each["protocol"], 0) + 1
        self.assertTrue(compared, "nothing was compared")
        print(f"{client}, seed {seed}:", ", ".join(f"{count} of {name}" for name, count in sorted(compared.items())))
        if not only and TIMES == 1:
            for protocol, count in counts.items():
                self.assertGreaterEqual(compared.get(protocol, 0), SENT_SHARE_MIN * count, protocol)

    @staticmethod
    def send(index, each, around):
        options = ["--endpoint-url", f"http://c{index}.ours.test"]
        return subprocess.run(
            [BINARY, "aws", *options, each["service"], each["operation"], "--input", "-"],
            input=json.dumps(each["input"]).encode(),
            capture_output=True,
            env=around,
        )

    def compare(self, theirs, ours):
        if theirs["content-type"] == "" and ours["content-type"] == "application/xml":
            ours["content-type"] = ""  # boto3 sends XML without saying so; Smithy's rest-xml says that it is XML
        if theirs.pop("bytes") != ours.pop("bytes"):  # the same XML in another order or with other escapes
            for each in (theirs, ours):
                for name in each["headers"]:
                    if re.fullmatch("x-amz-checksum-[a-z0-9]+|content-md5", name):
                        each["headers"][name] = "of these bytes"
        for part in theirs:
            self.assertEqual(ours[part], theirs[part], part)


if __name__ == "__main__":
    stewardry.main()

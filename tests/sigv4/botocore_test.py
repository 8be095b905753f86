#!/usr/bin/env python3
"""The same requests through botocore's signers and ours: the same signatures; and what botocore signs, our verifier
accepts, and refuses with one byte changed.

    SIGV4_PEER=build/debug/tests/sigv4/sigv4_peer tests/sigv4/botocore_test.py

STEWARDRY_SEED repeats a run. Outside, because both are wrong there by AWS's documents or ours: a raw '+' and escapes in
lower case on the wire (botocore signs them as they stand).
"""

import datetime
import hashlib
import os
import pathlib
import random
import subprocess
import sys
import unittest
from urllib.parse import quote, unquote, urlsplit

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import environment  # noqa: E402

environment.run_in("botocore", environment.BOTOCORE)

import botocore.auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

KEY = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
REQUESTS = 1500  # of each signer
LETTERS = "abzAZ09-._~ /+%=&;:,@!$'()*?#[]\"<>\\^`{|}éሴ\U0001f600"


class Peer:
    def __init__(self):
        self.process = subprocess.Popen([os.environ["SIGV4_PEER"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *fields):
        line = "\t".join(quote(str(field), safe="") for field in fields)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return [unquote(field) for field in self.process.stdout.readline().decode().rstrip("\n").split("\t")]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def text(rng, longest, letters=LETTERS):
    return "".join(rng.choice(letters) for _ in range(rng.randint(0, longest)))


def any_path(rng):
    def segment():
        if rng.random() < 0.3:
            return rng.choice(["", ".", "..", "...", "a%2Fb"])
        return quote(text(rng, 8), safe="~")

    return "/" + "/".join(segment() for _ in range(rng.randint(0, 5)))


def any_query(rng):
    """As it goes over the wire: valueless and repeated parameters too, in any order."""
    parts = []
    for _ in range(rng.randint(0, 6)):
        name = quote(text(rng, 4, "abAB-.é &=") or "n", safe="-_.~")
        parts.append(name if rng.random() < 0.2 else name + "=" + quote(text(rng, 6), safe="-_.~"))
        if rng.random() < 0.2:
            parts.append(parts[-1])
    return "&".join(parts)


def any_headers(rng):
    headers = []
    for _ in range(rng.randint(0, 5)):
        name = rng.choice(["X-Amz-Meta-A", "x-amz-meta-b", "X-Amz-Acl", "Range", "My-Header", "User-Agent", "Expect"])
        headers.append((name, text(rng, 10, "abc,;=\"é  \t")))
    if rng.random() < 0.5:
        headers.append(("Content-Type", rng.choice(["text/plain; charset=utf-8", "application/json"])))
    return headers


class Comparison(unittest.TestCase):
    def setUp(self):
        seed = os.environ.get("STEWARDRY_SEED") or str(random.SystemRandom().getrandbits(64))
        self.rng = random.Random(seed)
        self.peer = Peer()
        self.addCleanup(self.peer.close)
        self.told = f"STEWARDRY_SEED={seed}"

    def scope(self, s3):
        region = self.rng.choice(["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"])
        service = "s3" if s3 else self.rng.choice(["iam", "sts", "lambda", "execute-api", "dynamodb"])
        token = self.rng.choice([None, "IQoJb3JpZ2luX2VjE/+=" + text(self.rng, 20, "aZ9/+=")])
        now = self.rng.randint(1_000_000_000, 2_500_000_000)
        moment = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
        botocore.auth.get_current_datetime = lambda *_, **__: moment
        return region, service, token, now

    def request(self, s3):
        rng = self.rng
        query = any_query(rng)
        url = "https://bucket.example.amazonaws.com" + rng.choice(["", "", ":8443"]) + any_path(rng)
        method = rng.choice(["GET", "PUT", "POST", "DELETE", "HEAD"])
        request = AWSRequest(method, url + ("?" + query if query else ""), data=text(rng, 20).encode())
        for name, value in any_headers(rng):
            request.headers.add_header(name, value)
        if s3 and rng.random() < 0.5:
            if rng.random() < 0.5:
                request.context["client_config"] = Config(s3={"payload_signing_enabled": False})
            else:
                request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
        return request

    def verify(self, s3, scope, request):
        """Our verifier on the request as it was sent, and with one byte changed."""
        region, service, token, now = scope
        parts = urlsplit(request.url)
        headers = [field for header in request.headers.items() for field in header]
        if "Host" not in request.headers:
            headers += ["Host", parts.netloc]
        body = hashlib.sha256(request.body or b"").hexdigest()
        question = ["verify", int(s3), region, service, token or "", now, request.method, parts.path, parts.query, body]
        answer = self.peer.ask(*question, *headers)
        self.assertEqual(answer, ["ok"], (self.told, question, headers))
        where = self.rng.choice([6, 7, 8] if s3 else [6, 8])  # elsewhere, ".." may take the changed byte away
        if question[where]:
            at = self.rng.randrange(len(question[where]))
            question[where] = question[where][:at] + "\x01" + question[where][at + 1 :]
            answer = self.peer.ask(*question, *headers)
            self.assertEqual(answer[0], "refused", (self.told, question, headers))

    def compare_headers(self, signer, s3):
        for _ in range(REQUESTS):
            scope = region, service, token, now = self.scope(s3)
            request = self.request(s3)
            before = [field for header in request.headers.items() for field in header]
            parts = urlsplit(request.url)
            auth = signer(Credentials(*KEY, token), service, region)
            auth.add_auth(request)
            payload = request.headers.get("X-Amz-Content-SHA256") or auth.payload(request)
            host = ["Host", parts.netloc]
            answer = self.peer.ask(
                "sign", int(s3), region, service, token or "", now, request.method, parts.path, parts.query, payload,
                *before, *host,
            )  # fmt: skip
            self.assertEqual(answer[0], "ok", self.told)
            ours = dict(zip(answer[1::2], answer[2::2]))
            names = ["X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-SHA256", "Authorization"]
            theirs = {name: request.headers[name] for name in names if name in request.headers}
            self.assertEqual(ours, theirs, (self.told, request.url, before))
            self.verify(s3, scope, request)

    def compare_urls(self, signer, s3):
        for _ in range(REQUESTS):
            scope = region, service, token, now = self.scope(s3)
            request = self.request(s3)
            before = [field for header in request.headers.items() for field in header]
            for name in ("client_config", "checksum"):
                request.context.pop(name, None)
            expires = self.rng.choice([1, 900, 3600, 604800])
            auth = signer(Credentials(*KEY, token), service, region, expires=expires)
            body, request.data = request.data, b""  # botocore would move a body into the query
            auth.add_auth(request)
            request.data = body if s3 else b""
            parts = urlsplit(request.url)
            own = parts.query[: parts.query.index("X-Amz-Algorithm")].rstrip("&")
            answer = self.peer.ask(
                "presign", int(s3), region, service, token or "", now, request.method, parts.path, own,
                "UNSIGNED-PAYLOAD" if s3 else hashlib.sha256(b"").hexdigest(), expires, *before, "Host", parts.netloc,
            )  # fmt: skip
            self.assertEqual(answer[0], "ok", self.told)
            self.assertEqual(sorted(answer[1].split("&")), sorted(parts.query.split("&")), (self.told, request.url))
            self.verify(s3, scope, request)

    def test_headers(self):
        self.compare_headers(botocore.auth.SigV4Auth, s3=False)

    def test_headers_of_s3(self):
        self.compare_headers(botocore.auth.S3SigV4Auth, s3=True)

    def test_urls(self):
        self.compare_urls(botocore.auth.SigV4QueryAuth, s3=False)

    def test_urls_of_s3(self):
        self.compare_urls(botocore.auth.S3SigV4QueryAuth, s3=True)


if __name__ == "__main__":
    unittest.main()

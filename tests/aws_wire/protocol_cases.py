#!/usr/bin/env python3
"""Runs Smithy's published protocol tests, as botocore's source distribution carries them, through our codecs.

    python3 protocol_cases.py PATH/TO/aws_wire_codec PATH/TO/botocore-VERSION/tests/unit/protocols

The source distribution is the package index's file botocore-VERSION.tar.gz of the pinned version. Beside the cases lies
the list of those that botocore itself does not run, or not pass: there we may differ, mostly as it does (what the
client does before or after: tokens, compression, the endpoint's own path; and what no service's model has). Cases that
differ beyond that stand in DIFFERENT, each with its reason. Prints one line a failure; exits 1 if there is any, or if a
case of DIFFERENT passes.
"""

import base64
import collections
import datetime
import json
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

from compare_json import Codec, decode_cbor, difference, iso

FILES = ("json", "json_1_0", "json_1_0-query-compatible", "rest-json", "smithy-rpc-v2-cbor",
         "smithy-rpc-v2-cbor-query-compatible", "smithy-rpc-v2-cbor-non-query-compatible", "query", "ec2", "rest-xml")

DIFFERENT = {}


def passed_over(folder):
    """Which cases botocore does not hold itself to, by protocol, kind and suite or case."""
    listed = json.loads((folder / "protocol-tests-ignore-list.json").read_text())

    def over(protocol, kind, suite, case):
        for part in (listed["general"], listed["protocols"].get(protocol, {})):
            if suite.get("description") in part.get(kind, {}).get("suites", []):
                return True
            if case["id"] in part.get(kind, {}).get("cases", []):
                return True
        return False

    return over


def model_of(suite, case):
    """A service with the one operation of the case."""
    given = case.get("given", {})
    name = given.get("name", "OperationName")
    operation = {"name": name, "http": given.get("http", {"method": "POST", "requestUri": "/"}), **given}
    shapes = dict(suite["shapes"])
    metadata = {"apiVersion": "2014-01-01", **suite["metadata"]}
    metadata.setdefault("endpointPrefix", "test")
    metadata.setdefault("serviceId", "test")
    if metadata["protocol"] == "query" and "output" in operation:  # the cases leave out what every query service has
        operation["output"] = {"resultWrapper": f"{name}Result", **operation["output"]}
    return name, {"metadata": metadata, "operations": {name: operation}, "shapes": shapes}


def headers_of(pairs):
    return {name.lower(): value for name, value in pairs}


def list_of(header):
    return [each.strip() for each in header.split(",")]


def body_of(suite, text):
    protocol = suite["metadata"]["protocol"]
    if protocol == "smithy-rpc-v2-cbor":
        return decode_cbor(base64.b64decode(text)) if text else ""
    if "json" in protocol:
        try:
            return json.loads(text)
        except ValueError:
            return text
    if protocol == "rest-xml":
        try:
            return ElementTree.canonicalize(text, strip_text=True)
        except ElementTree.ParseError:
            return text
    return sorted(urllib.parse.parse_qsl(text, keep_blank_values=True))


def run_input(program, suite, case):
    name, model = model_of(suite, case)
    codec = Codec(program, model)
    try:
        answer = codec.ask(encode=name, input=blobs_in(suite, case.get("params", {}), case["given"].get("input")))
    finally:
        codec.close()
    if "problem" in answer:
        return answer["problem"]
    expected = case["serialized"]
    path, _, query = expected["uri"].partition("?")
    found = []
    if "method" in expected and answer["method"] != expected["method"]:
        found.append(f"method {answer['method']}")
    if answer["path"] != path:
        found.append(f"path {answer['path']} and not {path}")
    ours = sorted(urllib.parse.parse_qsl(answer["query"], keep_blank_values=True))
    if ours != sorted(urllib.parse.parse_qsl(query, keep_blank_values=True)):
        found.append(f"query {answer['query']} and not {query}")
    headers = headers_of(answer["headers"])
    for header, value in expected.get("headers", {}).items():
        if header.lower() == "content-type" and value in ("application/octet-stream", "text/plain"):
            continue  # as the stock clients, we leave it to the caller what a raw body is
        got = headers.get(header.lower())
        if got is None or (list_of(got) != list_of(value) and not got.startswith(value + ";")):
            found.append(f"header {header}: {got!r} and not {value!r}")
    for header in expected.get("forbidHeaders", []):
        if header.lower() in headers:
            found.append(f"header {header} is there")
    if "host" in expected and answer["host_prefix"] and not expected["host"].startswith(answer["host_prefix"]):
        found.append(f"host prefix {answer['host_prefix']} and not of {expected['host']}")
    if "body" in expected:
        body = base64.b64decode(answer["body"])
        in_cbor = suite["metadata"]["protocol"] == "smithy-rpc-v2-cbor"
        text = answer["body"] if in_cbor else body.decode("utf-8", "replace")
        different = difference(body_of(suite, expected["body"]), body_of(suite, text))
        if different:
            found.append(f"body: {different}")
    return "; ".join(found)


def blobs_in(suite, value, reference):
    """The cases have blobs as their text; in the one form of values they are base64."""
    return walk_blobs(suite, value, reference, lambda text: base64.b64encode(text.encode()).decode())


def walk_blobs(suite, value, reference, change):
    if reference is None or value is None:
        return value
    shape = suite["shapes"][reference["shape"]]
    kind = shape["type"]
    if kind == "structure" and isinstance(value, dict) and not shape.get("document"):
        return {name: walk_blobs(suite, each, shape["members"].get(name), change) for name, each in value.items()}
    if kind == "list" and isinstance(value, list):
        return [walk_blobs(suite, each, shape["member"], change) for each in value]
    if kind == "map" and isinstance(value, dict):
        return {key: walk_blobs(suite, each, shape["value"], change) for key, each in value.items()}
    if kind == "blob" and isinstance(value, str):
        return change(value)
    return value


def moments(suite, value, reference):
    """Timestamps of the cases are epoch seconds; in the one form of values they are ISO 8601."""
    if reference is None or value is None:
        return value
    shape = suite["shapes"][reference["shape"]]
    kind = shape["type"]
    if kind == "structure" and isinstance(value, dict) and not shape.get("document"):
        return {name: moments(suite, each, shape["members"].get(name)) for name, each in value.items()}
    if kind == "list":
        return [moments(suite, each, shape["member"]) for each in value]
    if kind == "map":
        return {key: moments(suite, each, shape["value"]) for key, each in value.items()}
    if kind == "timestamp" and isinstance(value, (int, float)):
        return iso(datetime.datetime.fromtimestamp(0, datetime.timezone.utc) + datetime.timedelta(seconds=value))
    if kind == "string" and reference.get("jsonvalue") and isinstance(value, str):
        return json.loads(value)
    return value


def run_output(program, suite, case):
    name, model = model_of(suite, case)
    response = case["response"]
    body = response.get("body", "")
    protocol = suite["metadata"]["protocol"]
    raw = base64.b64decode(body) if protocol == "smithy-rpc-v2-cbor" else body.encode()
    question = {"status": response.get("status_code", 200), "headers": list(response.get("headers", {}).items()),
                "body": base64.b64encode(raw).decode()}
    is_error = "errorCode" in case or "error" in case
    codec = Codec(program, model)
    try:
        answer = codec.ask(**({"error": name} if is_error else {"decode": name}), **question)
    finally:
        codec.close()
    if "problem" in answer:
        return answer["problem"]
    if is_error:
        code = case.get("errorCode")
        found = [] if answer["code"] == code else [f"code {answer['code']} and not {code}"]
        message = case.get("errorMessage")
        if message is not None and answer["message"] != message:
            found.append(f"message {answer['message']!r} and not {message!r}")
        shape = next((e for e in case["given"].get("errors", []) if "error" in case), None)
        if shape is not None:
            expected = blobs_in(suite, moments(suite, case["error"], shape), shape)
            different = difference(expected, answer["members"])
            if different:
                found.append(f"members: {different}")
        return "; ".join(found)
    reference = case["given"].get("output")
    expected = blobs_in(suite, moments(suite, case["result"], reference), reference)
    return difference(expected, answer["output"])


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    counts, failures = collections.Counter(), 0
    over = passed_over(folder)
    for kind, run in (("input", run_input), ("output", run_output)):
        for name in FILES:
            file = folder / kind / f"{name}.json"
            if not file.exists():
                continue
            for suite in json.loads(file.read_text()):
                for case in suite["cases"]:
                    found = run(program, suite, case)
                    if found and over(name, kind, suite, case):
                        counts["differ as the stock client"] += 1
                        continue
                    counts[f"{name} {kind}"] += 1
                    if bool(found) != (case["id"] in DIFFERENT):
                        failures += 1
                        print(f"{name} {kind} {case['id']}: {found or 'passes, and is said to be different'}"[:600])
    print(f"cases: {sum(counts.values())} {dict(counts)}; failed: {failures}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

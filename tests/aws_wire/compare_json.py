#!/usr/bin/env python3
"""Compares our JSON, rest-json and CBOR codecs with botocore's, operation by operation.

For every operation of every service that speaks one of them (or of those named), inputs and answers are made from the
model at random, by a seed; botocore and the program aws_wire_codec (codec_main.cc) encode and decode the same ones.
Requests must be equal: method, path, query, headers, and bodies by what they mean. Answers and errors must be equal in
the one form of values that src/aws_wire/wire.h tells of.

    python3 compare_json.py PATH/TO/aws_wire_codec [--service NAME ...] [--seed N] [--rounds N] [--of N] [--cbor]

--of: of the operations one in so many, by the seed. --cbor: services that speak CBOR beside another protocol are asked
to speak it. Prints one line a difference; exits 1 if there is any.
"""

import argparse
import base64
import collections
import datetime
import decimal
import io
import json
import math
import pathlib
import random
import string
import subprocess
import sys
import tempfile
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import environment  # noqa: E402  (after the path)

environment.run_in("botocore", environment.BOTOCORE)

import botocore.awsrequest  # noqa: E402
import botocore.loaders  # noqa: E402
import botocore.model  # noqa: E402
import botocore.parsers  # noqa: E402
import botocore.serialize  # noqa: E402
import botocore.utils  # noqa: E402
from botocore.compat import HTTPHeaders  # noqa: E402

PROTOCOLS = ("json", "rest-json", "smithy-rpc-v2-cbor")
UTC = datetime.timezone.utc
LETTERS = string.ascii_letters + string.digits
TEXTS = LETTERS + ' _-./:+%&="\\ü😹,'


class Codec:
    """Our program, one process a service."""

    def __init__(self, program, model):
        self.file = tempfile.NamedTemporaryFile("w", suffix=".json")
        json.dump(model, self.file)
        self.file.flush()
        self.process = subprocess.Popen([program, self.file.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"aws_wire_codec ended at {question}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.file.close()


class Maker:
    """Random values of a shape, in the form that botocore takes."""

    def __init__(self, rng):
        self.rng = rng

    def text(self, shape, letters=TEXTS):
        least = int(shape.metadata.get("min", 0))
        most = min(int(shape.metadata.get("max", least + 12)), least + 12)
        count = min(most, max(1, self.rng.randint(least, max(least, most))))
        return "".join(self.rng.choice(letters) for _ in range(count))

    def number(self, shape, least, most):
        low = shape.metadata.get("min", least)
        high = shape.metadata.get("max", most)
        return self.rng.choice([low, high, low + (high - low) * self.rng.random()])

    def document(self, depth=0):
        kind = self.rng.randint(0, 5 if depth < 3 else 3)
        if kind == 4:
            return [self.document(depth + 1) for _ in range(self.rng.randint(0, 3))]
        if kind == 5:
            return {f"k{i}": self.document(depth + 1) for i in range(self.rng.randint(0, 3))}
        return self.rng.choice([True, False, 5, -1.5, "text", "ü"])

    def value(self, shape, depth=0, member=None):
        location = shape.serialization.get("location")
        if shape.serialization.get("jsonvalue") and location == "header":
            return self.document()
        kind = shape.type_name
        if kind == "structure":
            return self.document() if shape.is_document_type else self.structure(shape, depth)
        if kind == "list":
            least, most = int(shape.metadata.get("min", 0)), int(shape.metadata.get("max", 3))
            count = max(least, min(most, self.rng.randint(0, 2))) if depth < 8 else least
            return [self.value(shape.member, depth + 1) for _ in range(count)]
        if kind == "map":
            least, most = int(shape.metadata.get("min", 0)), int(shape.metadata.get("max", 3))
            count = max(least, min(most, self.rng.randint(0, 2))) if depth < 8 else least
            entries, tries = {}, 0
            while len(entries) < count and tries < 100:
                tries += 1
                letters = LETTERS if location in ("headers", "querystring") else TEXTS
                key = self.rng.choice(shape.key.enum) if shape.key.enum else self.text(shape.key, letters)
                entries[key] = self.value(shape.value, depth + 1)
            return entries
        if kind in ("string", "character"):
            if shape.serialization.get("hostLabel"):
                return self.text(shape, LETTERS)
            if shape.enum:
                return self.rng.choice(shape.enum)
            return self.text(shape)
        if kind == "boolean":
            return self.rng.random() < 0.5
        if kind in ("integer", "short", "byte"):
            return int(self.number(shape, -(2**31) if "min" not in shape.metadata else 0, 2**31 - 1))
        if kind == "long":
            return int(self.number(shape, -(2**53), 2**53))
        if kind == "float":
            number = self.number(shape, -1000, 1000)
            return number if number in (shape.metadata.get("min"), shape.metadata.get("max")) else round(number * 8) / 8
        if kind == "double":
            return float(self.number(shape, -1e6, 1e6))
        if kind == "blob":
            least = int(shape.metadata.get("min", 0))
            return bytes(self.rng.randrange(128) for _ in range(least + self.rng.randint(0, 5)))
        if kind == "timestamp":
            moment = datetime.datetime.fromtimestamp(self.rng.randint(-(10**9), 4 * 10**9), UTC)
            return moment if self.rng.random() < 0.7 else moment.replace(microsecond=self.rng.randint(0, 999) * 1000)
        raise AssertionError(kind)

    def structure(self, shape, depth, event_streams=False):
        members = {}
        names = list(shape.members)
        if getattr(shape, "is_tagged_union", False) and names:
            names = [self.rng.choice(names)] if depth < 8 else names[:1]
            required = names
        else:
            required = shape.required_members
        for name in names:
            member = shape.members[name]
            if member.serialization.get("eventstream"):
                continue
            wanted = name in required or member.serialization.get("hostLabel") or member.serialization.get(
                "location") == "uri"
            if wanted or self.rng.random() < (0.7 if depth == 0 else 0.4 if depth < 3 else 0.1 if depth < 6 else 0):
                if depth > 40:
                    continue
                members[name] = self.value(member, depth + 1, name)
        return members


def ours(value):
    """A value of botocore's in the one form of values."""
    if isinstance(value, dict):
        return {key: ours(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [ours(each) for each in value]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return iso(value)
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value


def iso(moment):
    moment = moment.astimezone(UTC)
    text = f"{moment.year:04}-{moment:%m-%dT%H:%M:%S}"
    if moment.microsecond:
        text += f".{moment.microsecond:06}".rstrip("0")
    return text + "Z"


def same_number(a, b):
    return isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool) and not isinstance(
        b, bool) and (a == b or abs(a - b) <= 1e-7 * max(abs(a), abs(b)))


def difference(a, b, path=""):
    """Where two values differ; empty: nowhere."""
    if same_number(a, b):
        return ""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(set(a) | set(b)):
            if key not in a or key not in b:
                return f"{path}.{key} only {'theirs' if key in a else 'ours'}"
            found = difference(a[key], b[key], f"{path}.{key}")
            if found:
                return found
        return ""
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return next(filter(None, (difference(x, y, f"{path}[{i}]") for i, (x, y) in enumerate(zip(a, b)))), "")
    if type(a) is type(b) and a == b:
        return ""
    return f"{path}: theirs {a!r:.200}, ours {b!r:.200}"


def decode_cbor(body):
    parser = botocore.parsers.RpcV2CBORParser()
    return ours(parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)))


def body_meaning(protocol, headers, body):
    if not body:
        return ""
    if protocol == "smithy-rpc-v2-cbor":
        return decode_cbor(body)
    if "json" in headers.get("content-type", ""):
        try:
            return json.loads(body)
        except ValueError:  # a raw body, said to be JSON
            pass
    return base64.b64encode(body).decode()


def header_meaning(name, value, json_headers):
    if name in json_headers:
        return json.loads(base64.b64decode(value))
    return [each.strip() for each in str(value).split(",")]


def without_fraction_zeros(text):
    """botocore writes microseconds in full; the same moment is the same."""
    if "." in text and text.endswith("Z") and "T" in text:
        return text[:-1].rstrip("0").rstrip(".") + "Z"
    return text


def theirs_as_parts(request):
    path, _, fixed = request["url_path"].partition("?")
    query = urllib.parse.parse_qsl(fixed, keep_blank_values=True)
    if request["query_string"]:
        query += urllib.parse.parse_qsl(botocore.utils.percent_encode_sequence(request["query_string"]),
                                        keep_blank_values=True)
    return path, query


def normal_query(pairs):
    return sorted([name, number_text(without_fraction_zeros(value))] for name, value in pairs)


def number_text(text):
    """Numbers by their value: 5.0 is 5."""
    try:
        return repr(float(text)) if set(text) & set(string.digits) and not text.strip(string.digits + "-.e+") else text
    except ValueError:
        return text


def json_header_names(shape):
    if shape is None:
        return set()
    return {member.serialization["name"].lower()
            for member in shape.members.values()
            if member.serialization.get("jsonvalue") and member.serialization.get("location") == "header"}


def compare_request(codec, protocol, operation, parameters):
    serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
    theirs = serializer.serialize_to_request(parameters, operation)
    checked = codec.ask(check=operation.name, input=ours(parameters))
    if checked.get("problems"):
        return f"check: {checked['problems'][:3]}"
    answer = codec.ask(encode=operation.name, input=ours(parameters))
    if "problem" in answer:
        return f"encode: {answer['problem']}"
    path, query = theirs_as_parts(theirs)
    json_headers = json_header_names(operation.input_shape)
    their_headers = {name.lower(): value for name, value in theirs["headers"].items()}
    our_headers = {name.lower(): value for name, value in answer["headers"]}
    body = theirs["body"]
    body = body.encode() if isinstance(body, str) else bytes(body)
    expected = {
        "method": theirs["method"],
        "path": without_fraction_zeros(path),
        "query": normal_query(query),
        "headers": {name: header_meaning(name, value, json_headers) for name, value in their_headers.items()},
        "host_prefix": theirs.get("host_prefix") or "",
        "body": body_meaning(protocol, their_headers, body),
    }
    found = {
        "method": answer["method"],
        "path": answer["path"],
        "query": normal_query(urllib.parse.parse_qsl(answer["query"], keep_blank_values=True)),
        "headers": {name: header_meaning(name, value, json_headers) for name, value in our_headers.items()},
        "host_prefix": answer["host_prefix"],
        "body": body_meaning(protocol, our_headers, base64.b64decode(answer["body"])),
    }
    return difference(normal_times(expected), normal_times(found))


def normal_times(value):
    if isinstance(value, dict):
        return {key: normal_times(each) for key, each in value.items()}
    if isinstance(value, list):
        return [normal_times(each) for each in value]
    return without_fraction_zeros(value) if isinstance(value, str) else value


class Server:
    """Answers as a service would write them."""

    def __init__(self, rng, protocol):
        self.rng, self.protocol = rng, protocol
        self.maps = 0  # around what is being written: of CBOR, botocore takes their values as they come

    def name(self, member, name):
        return name if self.protocol == "smithy-rpc-v2-cbor" else member.serialization.get("name", name)

    def timestamp(self, shape, moment, fallback):
        form = shape.serialization.get("timestampFormat", fallback).lower()
        if form == "iso8601":
            return iso(moment)
        if form == "rfc822":
            return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
        seconds = moment.timestamp()
        return int(seconds) if seconds == int(seconds) else seconds

    def body(self, shape, value):
        kind = shape.type_name
        if kind == "structure" and not shape.is_document_type:
            return self.structure(shape, value)
        if kind == "list":
            return [self.body(shape.member, each) for each in value]
        if kind == "map":
            self.maps += 1
            made = {key: self.body(shape.value, each) for key, each in value.items()}
            self.maps -= 1
            return made
        if kind == "timestamp" and self.protocol != "smithy-rpc-v2-cbor":
            return self.timestamp(shape, value, "unixtimestamp")
        if kind == "blob" and self.protocol != "smithy-rpc-v2-cbor":
            return base64.b64encode(value).decode()
        return value

    def structure(self, shape, value, only_body=False):
        made = {}
        for name, each in value.items():
            member = shape.members[name]
            if not (only_body and member.serialization.get("location")):
                made[self.name(member, name)] = self.body(member, each)
        if not getattr(shape, "is_tagged_union", False) and not (self.maps and self.protocol == PROTOCOLS[2]):
            if self.rng.random() < 0.2:
                made["aMemberThatNobodyKnows"] = self.rng.choice([None, 5, "x", [{"y": []}], {"z": 1.5}])
            if self.rng.random() < 0.1:
                absent = [n for n in shape.members if n not in value]
                if absent:
                    made[self.name(shape.members[absent[0]], absent[0])] = None
        return made

    def header(self, shape, value):
        if shape.serialization.get("jsonvalue"):
            return base64.b64encode(json.dumps(value).encode()).decode()
        if shape.type_name == "timestamp":
            return str(self.timestamp(shape, value.replace(microsecond=0), "rfc822"))
        if shape.type_name == "boolean":
            return "true" if value else "false"
        return str(value)

    def answer(self, shape, value):
        """(headers, body); members that a header could not carry without loss are taken out of `value`."""
        headers, payload = {}, shape.serialization.get("payload")
        if self.protocol != "rest-json":
            encoded = self.structure(shape, value)
            return headers, encode_cbor(encoded) if self.protocol != "json" else json.dumps(encoded).encode()
        for name in list(value):
            member = shape.members[name]
            location = member.serialization.get("location")
            if location == "statusCode":
                value[name] = 200
            elif location == "header":
                if member.type_name == "timestamp":
                    value[name] = value[name].replace(microsecond=0)
                if member.type_name == "string" and not member.serialization.get("jsonvalue"):
                    value[name] = "".join(c for c in value[name] if c in LETTERS + "-/.") or "x"
                if member.type_name == "list":
                    del value[name]
                    continue
                headers[member.serialization["name"]] = self.header(member, value[name])
            elif location == "headers":
                value[name] = {key: "".join(c for c in each if c in LETTERS) for key, each in value[name].items()}
                for key, each in value[name].items():
                    headers[member.serialization["name"] + key] = each
        if payload and shape.members[payload].type_name in ("blob", "string"):
            raw = value.setdefault(payload, b"" if shape.members[payload].type_name == "blob" else "")
            return headers, raw if isinstance(raw, bytes) else raw.encode()
        if payload:
            value.setdefault(payload, {})
            return headers, json.dumps(self.body(shape.members[payload], value[payload])).encode()
        return headers, json.dumps(self.structure(shape, value, only_body=True)).encode()


def encode_cbor(value):
    """CBOR without a model: definite and indefinite lengths, floats as doubles, moments as tag 1."""
    out = io.BytesIO()

    def head(major, argument):
        for info, size in ((None, 0), (24, 1), (25, 2), (26, 4), (27, 8)):
            if size == 0 and argument < 24:
                out.write(bytes([major << 5 | argument]))
                return
            if size and argument < 1 << (8 * size):
                out.write(bytes([major << 5 | info]) + argument.to_bytes(size, "big"))
                return

    def item(each):
        if each is None or isinstance(each, bool):
            out.write({None: b"\xf6", False: b"\xf4", True: b"\xf5"}[each])
        elif isinstance(each, int):
            head(0, each) if each >= 0 else head(1, -1 - each)
        elif isinstance(each, float):
            import struct
            out.write(b"\xfb" + struct.pack(">d", each))
        elif isinstance(each, bytes):
            head(2, len(each))
            out.write(each)
        elif isinstance(each, str):
            head(3, len(each.encode()))
            out.write(each.encode())
        elif isinstance(each, datetime.datetime):
            head(6, 1)
            seconds = each.timestamp()
            item(int(seconds) if seconds == int(seconds) else seconds)
        elif isinstance(each, dict):
            if len(each) % 2:
                head(5, len(each))
            else:
                out.write(b"\xbf")
            for key, part in each.items():
                item(key)
                item(part)
            if not len(each) % 2:
                out.write(b"\xff")
        else:
            head(4, len(each))
            for part in each:
                item(part)

    item(value)
    return out.getvalue()


def as_sent(shape, value, protocol):
    """What botocore gives where it takes the type from the bytes: a payload's text as bytes of a blob."""
    payload = shape.serialization.get("payload") if protocol == "rest-json" else None
    if payload and payload in value and shape.members[payload].type_name == "blob" and isinstance(value[payload], str):
        value = dict(value)
        value[payload] = value[payload].encode()
    return value


def compare_answer(codec, protocol, operation, rng, status=200):
    shape = operation.output_shape
    server = Server(rng, protocol)
    if shape is None:
        headers, body = {}, b""
    else:
        value = Maker(rng).structure(shape, 0)
        headers, body = server.answer(shape, value)
    parser = botocore.parsers.create_parser(protocol)
    their_headers = HTTPHeaders()
    for name, each in headers.items():
        their_headers[name] = each
    theirs = parser.parse({"status_code": status, "headers": their_headers, "body": body}, shape)
    theirs.pop("ResponseMetadata", None)
    if shape is not None:
        theirs = as_sent(shape, theirs, protocol)
    answer = codec.ask(decode=operation.name, status=status, headers=list(headers.items()),
                       body=base64.b64encode(body).decode())
    if "problem" in answer:
        return f"decode: {answer['problem']} {body[:200]}"
    found = difference(ours(theirs), answer["output"])
    return f"{found} in {body[:300]}" if found else ""


def sensitive_within(shape, seen=()):
    if shape.name in seen:
        return False
    seen = (*seen, shape.name)
    parts = list(shape.members.values()) if shape.type_name == "structure" else []
    parts += [shape.member] if shape.type_name == "list" else []
    parts += [shape.key, shape.value] if shape.type_name == "map" else []
    return bool(shape.metadata.get("sensitive")) or any(sensitive_within(part, seen) for part in parts)


def compare_error(codec, protocol, operation, rng):
    for shape in operation.error_shapes[:3] + [None]:
        code = "SomethingUnmodelled" if shape is None else shape.metadata.get("error", {}).get("code", shape.name)
        written = rng.choice([code, f"com.amazon.namespace#{code}", f"{code}:http://internal.amazon.com/coral/"])
        message = "It broke: ü"
        headers = {"x-amzn-RequestId": "id-1"}
        value = {} if shape is None else Maker(rng).structure(shape, 0)
        value = {name: each for name, each in value.items() if name.lower() != "message"}
        server = Server(rng, protocol)
        body = {} if shape is None else server.structure(shape, value, only_body=protocol == "rest-json")
        body = {name: each for name, each in body.items() if name.lower() not in ("code", "message", "__type")}
        body["message"] = message
        if protocol == "rest-json" and rng.random() < 0.5:
            headers["x-amzn-errortype"] = written
        else:
            body["__type" if protocol != "rest-json" else "code"] = written
        encoded = encode_cbor(body) if protocol == "smithy-rpc-v2-cbor" else json.dumps(body).encode()
        parser = botocore.parsers.create_parser(protocol)
        their_headers = HTTPHeaders()
        for name, each in headers.items():
            their_headers[name] = each
        reply = {"status_code": 400, "headers": their_headers, "body": encoded}
        theirs = parser.parse(reply, operation.output_shape)
        answer = codec.ask(error=operation.name, status=400, headers=list(headers.items()),
                           body=base64.b64encode(encoded).decode())
        expected = {"code": theirs["Error"]["Code"], "message": theirs["Error"]["Message"],
                    "request_id": theirs["ResponseMetadata"]["RequestId"], "shape": shape.name if shape else ""}
        found = {key: answer[key] for key in expected}
        if found != expected:
            return f"error: theirs {expected}, ours {found} in {encoded[:200]}"
        if shape is not None and not sensitive_within(shape):
            members = parser.parse(reply, shape)
            members.pop("ResponseMetadata", None)
            found = difference(ours(members), answer["members"])
            if found:
                return f"error: {found} in {encoded[:200]}"
    return ""


def spoken(model, cbor):
    metadata = model["metadata"]
    offered = metadata.get("protocols") or [metadata["protocol"]]
    if cbor:
        return "smithy-rpc-v2-cbor" if "smithy-rpc-v2-cbor" in offered else None
    for protocol in ("json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"):
        if protocol in offered:
            return protocol if protocol in PROTOCOLS else None
    return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("codec")
    arguments.add_argument("--service", action="append")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--of", type=int, default=1)
    arguments.add_argument("--cbor", action="store_true")
    options = arguments.parse_args()
    loader = botocore.loaders.Loader()
    counts, differences = collections.Counter(), collections.Counter()
    for name in options.service or loader.list_available_services("service-2"):
        model = loader.load_service_model(name, "service-2")
        protocol = spoken(model, options.cbor)
        if protocol is None:
            continue
        if options.cbor:
            model = dict(model, metadata=dict(model["metadata"], protocols=[protocol], protocol=protocol))
        service = botocore.model.ServiceModel(model, name)
        codec = Codec(options.codec, model)
        for operation_name in service.operation_names:
            if random.Random(f"{options.seed} {name} {operation_name}").randrange(options.of) > 0:
                continue
            operation = service.operation_model(operation_name)
            if operation.has_event_stream_input or operation.has_event_stream_output:
                answer = codec.ask(encode=operation_name, input={})
                counts["event streams refused"] += 1
                if "event stream" not in answer.get("problem", ""):
                    print(f"{name} {operation_name}: an event stream is not refused: {answer}")
                    differences["event stream"] += 1
                continue
            for turn in range(options.rounds):
                rng = random.Random(f"{options.seed} {turn} {name} {operation_name}")
                parameters = {} if operation.input_shape is None else Maker(rng).structure(operation.input_shape, 0)
                for what, compare in (
                    ("requests", lambda: compare_request(codec, protocol, operation, parameters)),
                    ("answers", lambda: compare_answer(codec, protocol, operation, rng)),
                    ("errors", lambda: compare_error(codec, protocol, operation, rng)),
                ):
                    counts[f"{protocol} {what}"] += 1
                    try:
                        found = compare()
                    except Exception as error:  # botocore's own, for a value that it does not take
                        found = f"{type(error).__name__}: {error}"
                    if found:
                        differences[what] += 1
                        print(f"{name} {operation_name} {what}: {found}"[:700], flush=True)
        codec.close()
    print(f"compared: {dict(counts)}; different: {dict(differences)}")
    return 1 if differences or not counts else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Compares our query, ec2 and rest-xml codecs with botocore's over every operation of every such service: README.md."""

import argparse
import base64
import datetime
import email.utils
import gzip
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import urllib.parse
from xml.etree import ElementTree
from xml.sax.saxutils import escape

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import environment  # noqa: E402  (after the path)

environment.run_in("botocore", environment.BOTOCORE)

import botocore  # noqa: E402
import botocore.model  # noqa: E402
import botocore.parsers  # noqa: E402
import botocore.serialize  # noqa: E402
import botocore.utils  # noqa: E402
from botocore.awsrequest import HeadersDict  # noqa: E402

PROTOCOLS = ("query", "ec2", "rest-xml")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
DEPTH_MAX = 6
PIECES = ["a", "Z", "7", " ", "x y", "&", "<", ">", '"', "'", "/", "+", "%", "=", "~", ".", "-", "_", "é", "日", "😀",
          "\t", "\n", "]]>", "&amp;", "{}", "\\", "#", "?", ":", ",", ";", "@", "$", "!", "*", "(", ")"]
SAFE_PIECES = ["a", "Z", "7", "-", "b", "c1"]


def models():
    """Name, protocol and model of each service that speaks one of PROTOCOLS; with it as the only one."""
    data = pathlib.Path(botocore.__file__).parent / "data"
    for folder in sorted(data.iterdir()):
        files = sorted(folder.glob("*/service-2.json*"))
        if not files:
            continue
        raw = files[-1].read_bytes()
        model = json.loads(gzip.decompress(raw) if files[-1].suffix == ".gz" else raw)
        metadata = model["metadata"]
        spoken = [p for p in metadata.get("protocols", [metadata["protocol"]]) if p in PROTOCOLS]
        if spoken:
            metadata["protocol"] = spoken[0]
            metadata["protocols"] = [spoken[0]]
            yield folder.name, spoken[0], model


class Codec:
    """Our codec of one service, as a process that answers a line with a line."""

    def __init__(self, program, model):
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            json.dump(model, file)
        self.file = file.name
        self.process = subprocess.Popen([program, self.file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question, ensure_ascii=False) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        os.unlink(self.file)


class Values:
    """Random values of a shape, in the one form that our codec has: blobs base64, timestamps ISO 8601."""

    def __init__(self, seed, answer):
        self.random = random.Random(seed)
        self.answer = answer

    def text(self, pieces=None, least=0):
        return "".join(self.random.choice(pieces or PIECES) for _ in range(self.random.randint(least, 6)))

    def of(self, shape, depth=0, safe=False):
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, depth)
        count = 0 if depth > DEPTH_MAX else self.random.randint(0, 3)
        if kind == "list":
            return [self.of(shape.member, depth + 1, safe) for _ in range(count)]
        if kind == "map":
            return {self.text(SAFE_PIECES, 1) + str(i): self.of(shape.value, depth + 1, safe) for i in range(count)}
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind == "integer":
            return self.random.choice([0, 1, -1, 2**31 - 1, -(2**31), self.random.randint(-1000, 1000)])
        if kind == "long":
            return self.random.choice([0, 2**63 - 1, -(2**63), self.random.randint(-(10**15), 10**15)])
        if kind in ("float", "double"):
            some = [0.5, -1.25, 1e20, 3.0, 1e-7, self.random.random(), self.random.uniform(-1e6, 1e6)]
            return self.random.choice(some)
        if kind == "blob":
            return base64.b64encode(self.random.randbytes(self.random.randint(0, 9))).decode()
        if kind == "timestamp":
            seconds = self.random.randint(0, 4_000_000_000)
            return (EPOCH + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
        if shape.enum and self.random.random() < 0.7:
            return self.random.choice(shape.enum)
        return self.text(SAFE_PIECES if safe else None, 1 if safe else 0)

    def structure(self, shape, depth):
        members = list(shape.members.items())
        if getattr(shape, "is_tagged_union", False):
            members = [self.random.choice(members)]
        value = {}
        for name, member in members:
            location = member.serialization.get("location")
            hosted = member.serialization.get("hostLabel")
            required = name in shape.required_members or location == "uri" or hosted
            if getattr(shape, "is_tagged_union", False):
                required = True
            likely = 0.5 if depth < 3 else 0.2
            if required or (depth <= DEPTH_MAX and self.random.random() < likely):
                value[name] = self.of(member, depth + 1, safe=bool(location) or bool(hosted))
        return value


def for_botocore(shape, value):
    kind = shape.type_name
    if kind == "structure":
        return {name: for_botocore(shape.members[name], item) for name, item in value.items()}
    if kind == "list":
        return [for_botocore(shape.member, item) for item in value]
    if kind == "map":
        return {key: for_botocore(shape.value, item) for key, item in value.items()}
    return base64.b64decode(value) if kind == "blob" else value


# Requests


def same_text(left, right):
    """Numbers have several spellings."""
    if left == right:
        return True
    try:
        return float(left) == float(right)
    except ValueError:
        return False


def text_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def differing_pairs(ours, theirs):
    if len(ours) != len(theirs):
        return f"{ours} instead of {theirs}"
    for (our_name, our_value), (name, value) in zip(sorted(ours), sorted(theirs)):
        if our_name != name or not same_text(our_value, value):
            return f"{our_name}={our_value} instead of {name}={value}"
    return None


def differing_trees(ours, theirs):
    if ours.tag != theirs.tag or ours.attrib != theirs.attrib:
        return f"<{ours.tag} {ours.attrib}> instead of <{theirs.tag} {theirs.attrib}>"
    if not same_text(ours.text or "", theirs.text or ""):
        return f"{ours.tag}: {ours.text!r} instead of {theirs.text!r}"
    if len(ours) != len(theirs):
        return f"{ours.tag}: {[child.tag for child in ours]} instead of {[child.tag for child in theirs]}"
    for our_child, child in zip(ours, theirs):
        if difference := differing_trees(our_child, child):
            return difference
    return None


def differing_targets(ours, theirs):
    path, _, fixed = theirs["url_path"].partition("?")
    if ours["path"] != path:
        return f"path {ours['path']} instead of {path}"
    pairs = urllib.parse.parse_qsl(fixed, keep_blank_values=True)
    for name, value in (theirs["query_string"] or {}).items():
        values = value if isinstance(value, list) else [value]
        pairs += [(name, text_of(item)) for item in values]
    return differing_pairs(urllib.parse.parse_qsl(ours["query"], keep_blank_values=True), pairs)


def differing_headers(ours, theirs):
    # Lists are joined by ", " here and by "," there: the same to who reads HTTP (RFC 9110, section 5.6.1).
    our_headers = {name.lower(): value.replace(", ", ",") for name, value in ours["headers"]}
    headers = {name.lower(): text_of(value).replace(", ", ",") for name, value in theirs["headers"].items()}
    headers.setdefault("content-type", our_headers.get("content-type"))  # botocore leaves it to others
    if headers["content-type"] is None:
        del headers["content-type"]
    return differing_pairs(list(our_headers.items()), list(headers.items()))


def differing_bodies(protocol, ours, theirs):
    body, other = base64.b64decode(ours["body"]), theirs["body"]
    if protocol != "rest-xml":
        pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        return differing_pairs(pairs, [(name, text_of(value)) for name, value in other.items()])
    if body == other or not (body and other and body.startswith(b"<") and other.startswith(b"<")):
        return None if body == other else f"body {body} instead of {other}"
    return differing_trees(ElementTree.fromstring(body), ElementTree.fromstring(other))


def compare_request(codec, protocol, operation, seed):
    shape = operation.input_shape
    value = Values(seed, answer=False).of(shape) if shape else {}
    ours = codec.ask(encode=operation.name, input=value)
    if "problem" in ours:
        return None if operation.has_event_stream_output else ours["problem"]
    serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
    theirs = serializer.serialize_to_request(for_botocore(shape, value) if shape else {}, operation)
    if ours["method"] != theirs["method"]:
        return f"method {ours['method']} instead of {theirs['method']}"
    if ours["host_prefix"] != theirs.get("host_prefix", ""):
        return f"host prefix {ours['host_prefix']}"
    return (differing_targets(ours, theirs) or differing_headers(ours, theirs) or
            differing_bodies(protocol, ours, theirs))


# Answers


class Answer:
    """An answer as a service might write it: any order, white space, comments, CDATA, prefixes, new members."""

    def __init__(self, rng):
        self.random = rng
        self.prefix = rng.choice(["", "", "ns:"])
        self.noisy = rng.random() < 0.5

    def document(self, name, inner):
        space = ' xmlns:ns="urn:n"' if self.prefix else self.random.choice(["", ' xmlns="urn:d"'])
        head = self.random.choice(["", '<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.0"?>\n'])
        return f"{head}<{self.prefix}{name}{space}>{inner}</{self.prefix}{name}>"

    def noise(self):
        return self.random.choice(["", "", "\n  ", "<!-- - -->", "\n", "<?p i?>"]) if self.noisy else ""

    def element(self, name, inner, attributes=""):
        if inner == "" and self.random.random() < 0.5:
            return f"{self.noise()}<{self.prefix}{name}{attributes}/>{self.noise()}"
        return f"{self.noise()}<{self.prefix}{name}{attributes}>{inner}</{self.prefix}{name}>{self.noise()}"

    def text(self, text):
        if self.noisy and "]]>" not in text and "\r" not in text and self.random.random() < 0.2:
            return f"<![CDATA[{text}]]>"
        return escape(text).replace("\r", "&#13;")

    def timestamp(self, text):
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
        seconds = int(moment.timestamp())
        rfc822 = email.utils.formatdate(seconds, usegmt=True)
        return self.random.choice([text, text, text[:-1] + ".000Z", str(seconds), rfc822])

    def scalar(self, shape, value):
        if shape.type_name == "timestamp":
            return self.timestamp(value)
        return self.text(text_of(value))

    def member(self, shape, name, value):
        kind = shape.type_name
        flattened = shape.serialization.get("flattened")
        if kind == "structure":
            return self.structure(shape, name, value)
        if kind == "list":
            item = shape.member
            if flattened:
                name = item.serialization.get("name") or name
                return "".join(self.member(item, name, each) for each in value)
            inner = item.serialization.get("name", self.random.choice(["member", "item"]))
            return self.element(name, "".join(self.member(item, inner, each) for each in value))
        if kind == "map":
            key, mapped = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
            entry = name if flattened else "entry"
            pairs = "".join(self.element(entry, self.element(key, self.text(k)) + self.member(shape.value, mapped, v))
                            for k, v in value.items())
            return pairs if flattened else self.element(name, pairs)
        return self.element(name, self.scalar(shape, value))

    def members(self, shape, value):
        parts = []
        for name, item in value.items():
            member = shape.members[name]
            place = member.serialization.get("location")
            if place in ("header", "headers", "statusCode") or member.serialization.get("xmlAttribute"):
                continue
            parts.append(self.member(member, member.serialization.get("name", name), item))
        if not getattr(shape, "is_tagged_union", False):
            self.random.shuffle(parts)
            if self.noisy and self.random.random() < 0.3:
                parts.insert(self.random.randint(0, len(parts)), self.element("NewWithTheNextModel", "<x>1</x>"))
        return "".join(parts)

    def structure(self, shape, name, value):
        attributes = ""
        for member_name, member in shape.members.items():
            if member.serialization.get("xmlAttribute") and member_name in value:
                prefix, _, local = member.serialization["name"].partition(":")
                text = escape(value[member_name], {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
                attributes += f' xmlns:{prefix}="urn:{prefix}" {prefix}:{local}="{text}"'
        return self.element(name, self.members(shape, value), attributes)


def headers_of(answer, shape, value):
    headers = []
    for name, item in value.items():
        member = shape.members[name]
        place = member.serialization.get("location")
        wire_name = member.serialization.get("name", name)
        if place == "headers":
            headers += [(wire_name + key, each) for key, each in item.items()]
        elif place == "header" and member.type_name == "list":
            headers.append((wire_name, ",".join(item)))
        elif place == "header":
            if member.type_name == "timestamp":
                item = email.utils.format_datetime(datetime.datetime.fromisoformat(item[:-1] + "+00:00"), usegmt=True)
            headers.append((wire_name, text_of(item)))
    return headers


def normal(value):
    """botocore's value in our form."""
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    return value


def difference(ours, theirs, path=""):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            if key not in ours or key not in theirs:
                return f"{path}.{key}: {ours.get(key, 'absent')!r} instead of {theirs.get(key, 'absent')!r}"
            if found := difference(ours[key], theirs[key], f"{path}.{key}"):
                return found
        return None
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for i, (our_item, item) in enumerate(zip(ours, theirs)):
            if found := difference(our_item, item, f"{path}[{i}]"):
                return found
        return None
    if any(isinstance(item, ElementTree.Element) for item in (theirs if isinstance(theirs, list) else [])):
        return None  # two members of one element's name (S3's Event and Events): botocore leaves the elements
    same = ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)
    return None if same else f"{path}: {ours!r} instead of {theirs!r}"


def body_of(answer, protocol, operation, shape, value):
    payload = shape.serialization.get("payload")
    if payload:
        member = shape.members[payload]
        if member.type_name in ("blob", "string"):
            value[payload] = "some bytes"
            return "some bytes"
        value.setdefault(payload, {})
        return answer.document(member.serialization.get("name", payload), answer.members(member, value[payload]))
    inner = answer.members(shape, value)
    if protocol == "query":
        inner = answer.element(shape.serialization["resultWrapper"], inner)
        inner += answer.element("ResponseMetadata", answer.element("RequestId", "r"))
    return answer.document(operation.name + "Response", inner)


def compare_answer(codec, protocol, operation, seed):
    shape = operation.output_shape
    if shape is None or operation.has_event_stream_output:
        return None
    values = Values(seed, answer=True)
    value = values.of(shape)
    answer = Answer(values.random)
    body = body_of(answer, protocol, operation, shape, value).encode()
    headers = headers_of(answer, shape, value)
    question = {"status": 200, "headers": headers, "body": base64.b64encode(body).decode()}
    ours = codec.ask(decode=operation.name, **question)
    reply = {"status_code": 200, "headers": HeadersDict(headers), "body": body, "context": {}}
    theirs = botocore.parsers.create_parser(protocol).parse(reply, shape)
    del theirs["ResponseMetadata"]
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name == "blob":
        theirs[payload] = theirs[payload].encode()
    if "problem" in ours:
        return f"{ours['problem']} {body!r}"
    found = difference(normal(ours["output"]), normal(theirs))
    return f"{found}: {body!r}" if found else None


def error_body(answer, protocol, service, code, shape, value):
    if service == "s3":
        answer.prefix = ""  # botocore compares the root's name with its namespace
    inner = answer.element("Code", code) + answer.members(shape, value)
    if not any(name.lower() == "message" for name in value):
        inner += answer.element("Message", "what is wrong")
    if protocol == "ec2" or service == "sdb":
        return answer.document("Response", answer.element("Errors", answer.element("Error", inner)) +
                               answer.element("RequestID", "r-1"))
    if service == "s3":
        return f"<Error>{inner}<RequestId>r-1</RequestId></Error>"
    return answer.document("ErrorResponse", answer.element("Error", answer.element("Type", "Sender") + inner) +
                           answer.element("RequestId", "r-1"))


def compare_error(codec, protocol, service, operation, shape, seed):
    values = Values(seed, answer=True)
    value = {name: item for name, item in values.of(shape).items() if name.lower() not in ("code", "type")}
    answer = Answer(values.random)
    answer.noisy = False  # botocore's error is text as the first node has it
    code = shape.error_code
    body = error_body(answer, protocol, service, code, shape, value).encode()
    headers = [("x-amz-request-id", "r-1")] + headers_of(answer, shape, value)
    ours = codec.ask(error=operation.name, status=400, headers=headers, body=base64.b64encode(body).decode())
    if "problem" in ours:
        return ours["problem"]
    # SimpleDB writes its errors as ec2 does, and botocore's parser of query does not know that.
    parser = botocore.parsers.create_parser("ec2" if service == "sdb" else protocol)
    reply = {"status_code": 400, "headers": HeadersDict(headers), "body": body, "context": {}}
    theirs = parser.parse(reply, operation.output_shape)
    members = parser.parse(reply, shape)
    if ours["code"] != theirs["Error"]["Code"] or ours["code"] != code:
        return f"code {ours['code']!r} instead of {theirs['Error']['Code']!r}: {body!r}"
    message = theirs["Error"].get("Message") or theirs["Error"].get("message")
    if ours["message"] != (message or ""):
        return f"message {ours['message']!r} instead of {message!r}: {body!r}"
    if ours["request_id"] != theirs["ResponseMetadata"].get("RequestId"):
        return f"request id {ours['request_id']!r}: {body!r}"
    mine = {k: v for k, v in ours["members"].items() if k in members or k.lower() != "message"}
    shown = {k: v for k, v in members.items() if not shape.members[k].metadata.get("sensitive")}
    found = difference(normal(mine), normal(shown))
    return f"members{found}: {body!r}" if found else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="aws_wire_codec")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="random values an operation")
    parser.add_argument("--service", action="append", help="only this one (may be repeated)")
    parser.add_argument("--shown", type=int, default=20, help="differences that are printed")
    arguments = parser.parse_args()
    compared, differences = {"request": 0, "answer": 0, "error": 0}, []

    def note(what, service, operation, seed, found):
        compared[what] += 1
        if found:
            differences.append(f"{what} {service} {operation.name} (seed {seed}): {found}")

    for service, protocol, model in models():
        if arguments.service and service not in arguments.service:
            continue
        codec = Codec(arguments.program, model)
        service_model = botocore.model.ServiceModel(model, service)
        for name in service_model.operation_names:
            operation = service_model.operation_model(name)
            for number in range(arguments.rounds):
                seed = f"{arguments.seed}/{service}/{name}/{number}"
                note("request", service, operation, seed, compare_request(codec, protocol, operation, seed))
                note("answer", service, operation, seed, compare_answer(codec, protocol, operation, seed))
                for shape in operation.error_shapes:
                    note("error", service, operation, f"{seed}/{shape.name}",
                         compare_error(codec, protocol, service, operation, shape, f"{seed}/{shape.name}"))
        codec.close()
    for text in differences[:arguments.shown]:
        print(text[:1500])
    print(f"botocore {botocore.__version__}: {compared['request']} requests, {compared['answer']} answers and "
          f"{compared['error']} errors compared, {len(differences)} differ")
    return 1 if differences or not compared["request"] else 0


if __name__ == "__main__":
    sys.exit(main())

"""Calls made with boto3, for aws_compare_test.py, which runs this with the Python of `tools/servers python`.

    python aws_boto.py SEED PROTOCOL=COUNT... [only SERVICE.OPERATION...]

Makes up an input for operations of every protocol out of their models, calls each through the proxy of the environment
at an endpoint of its own (http://c17.boto.test), and prints what was called, as JSON: [{"service", "operation",
"protocol", "input"}]. Inputs are as `stewardry aws` takes them: blobs base64, timestamps ISO 8601.
"""

import base64
import contextlib
import datetime
import json
import random
import sys

import botocore.config
import botocore.session

DEPTH_MAX = 5
WHEN = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
TEXT = "a b/ü+%&=<\"'>~*🦊"
# What names decide: parts of host names and ARNs, which the rules of endpoints take apart.
BY_NAME = {
    "bucket": "example-bucket",
    "accountid": "123456789012",
    "awsaccountid": "123456789012",
    "hostedzoneid": "Z123",
    "streamarn": "arn:aws:kinesis:us-east-1:123456789012:stream/s",
    "consumerarn": "arn:aws:kinesis:us-east-1:123456789012:stream/s/consumer/c:1",
    "resourcearn": "arn:aws:kinesis:us-east-1:123456789012:stream/s",
    "copysource": "example-bucket/a key",
}


class CannotMake(Exception):
    pass


class Maker:
    """The value of a shape twice: as boto3 takes it, and as JSON."""

    def __init__(self, random_source):
        self.random = random_source

    def make(self, shape, name, where, depth=0):
        return getattr(self, "make_" + shape.type_name, self.make_number)(shape, name, where, depth)

    def make_structure(self, shape, name, where, depth):
        if getattr(shape, "is_document_type", False):
            value = {"a": [1, 2.5, "x", None, True], "b": {}}
            return value, value
        if getattr(shape, "is_eventstream", False) or shape.serialization.get("eventstream"):
            raise CannotMake("event stream")
        members = list(shape.members.items())
        if getattr(shape, "is_tagged_union", False):
            members = [self.random.choice(members)]
        theirs, ours = {}, {}
        for key, member in members:
            if key == "ContentLength":  # it must be the body's, whatever is said
                continue
            required = key in shape.required_members or getattr(shape, "is_tagged_union", False)
            if not required and (depth >= DEPTH_MAX or self.random.random() < 0.35):
                if not (member.metadata.get("idempotencyToken") or member.serialization.get("idempotencyToken")):
                    continue
            if depth > 12:
                raise CannotMake("too deep")
            theirs[key], ours[key] = self.make(member, key, member.serialization.get("location", where), depth + 1)
        return theirs, ours

    def make_list(self, shape, name, where, depth):
        least = shape.metadata.get("min", 0)
        count = max(least, min(2, shape.metadata.get("max", 2)))
        if depth >= DEPTH_MAX and least == 0:
            return [], []
        pairs = [self.make(shape.member, name, where, depth + 1) for _ in range(count)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def make_map(self, shape, name, where, depth):
        if depth >= DEPTH_MAX and not shape.metadata.get("min", 0):
            return {}, {}
        key, _ = self.make(shape.key, "key", where, depth + 1)
        if where == "headers":
            key = "name-1"
        theirs, ours = self.make(shape.value, "value", where, depth + 1)
        return {key: theirs}, {key: ours}

    def make_string(self, shape, name, where, depth):
        if getattr(shape, "enum", None):
            value = self.random.choice(shape.enum)
            return value, value
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1_000_000)
        value = BY_NAME.get(name.lower())
        if value is None:
            plain = where in ("header", "headers") or "arn" in name.lower() or shape.serialization.get("hostLabel")
            value = f"v{self.random.randrange(1000)}" if plain else self.random.choice([TEXT, "x", "name-1"])
            if shape.serialization.get("jsonvalue"):
                value = {"a": "ü"}
                return value, value
        if not least <= len(value) <= most:
            value = ("abcdefghij" * (least // 10 + 1))[: max(min(most, 8), least)]
        return value, value

    make_character = make_string

    def make_blob(self, shape, name, where, depth):
        least = shape.metadata.get("min", 0)
        value = b"\x00\xff blob" + b"." * max(0, least - 7)
        value = value[: shape.metadata.get("max", 1_000_000)]
        return value, base64.b64encode(value).decode()

    def make_boolean(self, shape, name, where, depth):
        value = self.random.random() < 0.5
        return value, value

    def make_timestamp(self, shape, name, where, depth):
        return WHEN, "2026-01-02T03:04:05Z"

    def make_number(self, shape, name, where, depth):
        whole = shape.type_name in ("integer", "long", "short", "byte", "biginteger")
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 2_000_000_000)
        value = min(max(self.random.choice([0, 1, 7, 1234567]), least), most)
        value = int(value) if whole else float(value) + (0.25 if value + 1 <= most else 0)
        return value, value


def has_event_stream(shape):
    if shape is None:
        return False
    return any(
        getattr(m, "is_eventstream", False) or m.serialization.get("eventstream") for m in shape.members.values()
    )


def choose(session, source, counts, only):
    """Operations, as many of each protocol as are wanted, of as many services as there are."""
    loader = session.get_component("data_loader")
    by_protocol = {}
    for service in loader.list_available_services("service-2"):
        if only and service not in {each.split(".")[0] for each in only}:
            continue
        model = session.get_service_model(service)
        names = list(model.operation_names)
        source.shuffle(names)
        for rank, name in enumerate(names):
            if not only or f"{service}.{name}" in only:
                by_protocol.setdefault(model.resolved_protocol, []).append((rank, service, name))
    chosen = []
    for protocol, calls in sorted(by_protocol.items()):
        groups = {}
        for rank, service, name in calls:
            groups.setdefault(rank, []).append((service, name))
        order = []
        for rank in sorted(groups):
            source.shuffle(groups[rank])
            order += groups[rank]
        chosen += [(protocol, *each) for each in (order if only else order[: counts.get(protocol, 0)])]
    return chosen


def call(session, source, index, service, operation):
    """The input as JSON; None: there is none that could be made. What boto3 makes of the answer is not looked at."""
    model = session.get_service_model(service).operation_model(operation)
    if has_event_stream(model.input_shape) or has_event_stream(model.output_shape):
        return None
    try:
        theirs, ours = Maker(source).make(model.input_shape, "", "", 0) if model.input_shape else ({}, {})
    except CannotMake:
        return None
    client = session.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=f"http://c{index}.boto.test",
        aws_access_key_id="AKIDEXAMPLEEXAMPLE00",
        aws_secret_access_key="secret",
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
    )
    with contextlib.suppress(Exception):  # an input that it refuses, an answer that it cannot read
        client._make_api_call(operation, theirs)
    return ours


def main():
    seed, *rest = sys.argv[1:]
    only = set(rest[rest.index("only") + 1 :]) if "only" in rest else set()
    counts = {pair.split("=")[0]: int(pair.split("=")[1]) for pair in rest if "=" in pair}
    source = random.Random(int(seed))
    session = botocore.session.Session()
    made = []
    for index, (protocol, service, operation) in enumerate(choose(session, source, counts, only)):
        given = call(session, source, index, service, operation)
        made.append({"service": service, "operation": operation, "protocol": protocol, "input": given})
    json.dump(made, sys.stdout)


if __name__ == "__main__":
    main()

"""Calls by the stock clients, for aws_compare_test.py, which runs this with the Python of `tools/servers python`.

    python aws_stock.py boto3|aws-cli SEED PROTOCOL=COUNT... [only SERVICE.OPERATION...]

Makes up an input for operations of every protocol out of their models, calls each through the proxy of the environment
at an endpoint of its own (http://c17.stock.test), and prints what was called, as JSON: [{"service", "operation",
"protocol", "input"}]. Inputs are as `stewardry aws` takes them: blobs base64, timestamps ISO 8601. Buckets are called
as STEWARDRY_BUCKET says.

`aws-cli` is the command line itself (awscli.clidriver.main, as its program calls it), in one process, since each start
takes half a second: `aws SERVICE OPERATION --cli-input-json`.
"""

import base64
import contextlib
import datetime
import io
import json
import os
import random
import sys

import botocore.config
import botocore.session

DEPTH_MAX = 5
WHEN = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
TEXT = "a b/ü+%&=<\"'>~*🦊"
# What names decide: parts of host names and ARNs, which the rules of endpoints take apart.
BY_NAME = {
    "bucket": os.environ.get("STEWARDRY_BUCKET", "example-bucket"),
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
    """The value of a shape twice: as the stock client takes it, and as JSON of ours."""

    def __init__(self, random_source, *, of_text=False):
        self.random = random_source
        self.of_text = of_text  # the stock one is JSON too, where blobs are texts

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
        value = (b"a <blob>" if self.of_text else b"\x00\xff blob") + b"." * max(0, least - 7)
        value = value[: shape.metadata.get("max", 1_000_000)]
        return value.decode() if self.of_text else value, base64.b64encode(value).decode()

    def make_boolean(self, shape, name, where, depth):
        value = self.random.random() < 0.5
        return value, value

    def make_timestamp(self, shape, name, where, depth):
        text = "2026-01-02T03:04:05Z"
        return text if self.of_text else WHEN, text

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


def protocol_of(model):
    """As aws_compare_test.py counts them."""
    if model.resolved_protocol == "json":
        return "json " + model.metadata["jsonVersion"]
    return model.resolved_protocol


def candidates(session, source, only):
    """All operations by protocol; those of as many services as there are come first."""
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
                by_protocol.setdefault(protocol_of(model), {}).setdefault(rank, []).append((service, name))
    for protocol, groups in sorted(by_protocol.items()):
        order = []
        for rank in sorted(groups):
            source.shuffle(groups[rank])
            order += groups[rank]
        yield protocol, order


class Boto3:
    of_text = False

    def __init__(self, session):
        self.session = session

    def takes(self, model):
        return True

    def call(self, url, service, operation, given):
        client = self.session.create_client(
            service,
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="AKIDEXAMPLEEXAMPLE00",
            aws_secret_access_key="secret",
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )
        client._make_api_call(operation, given)


class CommandLine:
    of_text = True

    def __init__(self, session):
        import awscli.clidriver

        self.driver = awscli.clidriver
        table = self.driver.create_clidriver()._get_command_table()
        self.commands = {}
        for name, command in table.items():
            if hasattr(command, "service_model"):
                self.commands.setdefault(getattr(command, "_service_name", name), name)

    def takes(self, model):
        # A body that streams is a file's there, and an answer that streams goes to one.
        return model.service_model.service_name in self.commands and not (
            model.has_streaming_input or model.has_streaming_output)

    def call(self, url, service, operation, given):
        words = [self.commands[service], botocore.xform_name(operation, "-"), "--cli-input-json", json.dumps(given)]
        words += ["--endpoint-url", url, "--region", "us-east-1", "--no-paginate", "--output", "json"]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            self.driver.create_clidriver().main(words)
        if os.environ.get("STEWARDRY_SHOW"):
            print(service, operation, said.getvalue()[-300:], file=sys.stderr)


def call(session, client, source, index, service, operation):
    """The input as JSON; None: there is none that could be made. What the client makes of the answer matters not."""
    model = session.get_service_model(service).operation_model(operation)
    if has_event_stream(model.input_shape) or has_event_stream(model.output_shape) or not client.takes(model):
        return None
    maker = Maker(source, of_text=client.of_text)
    try:
        theirs, ours = maker.make(model.input_shape, "", "", 0) if model.input_shape else ({}, {})
    except CannotMake:
        return None
    with contextlib.suppress(Exception, SystemExit):  # an input that it refuses, an answer that it cannot read
        client.call(f"http://c{index}.stock.test", service, operation, theirs)
    return ours


def main():
    which, seed, *rest = sys.argv[1:]
    only = set(rest[rest.index("only") + 1 :]) if "only" in rest else set()
    counts = {pair.split("=")[0]: int(pair.split("=")[1]) for pair in rest if "=" in pair}
    source = random.Random(int(seed))
    session = botocore.session.Session()
    client = {"boto3": Boto3, "aws-cli": CommandLine}[which](session)
    made = []
    for protocol, order in candidates(session, source, only):
        left = len(order) if only else counts.get(protocol, 0)
        for service, operation in order:
            if left == 0:
                break
            given = call(session, client, source, len(made), service, operation)
            if given is not None:
                made.append({"service": service, "operation": operation, "protocol": protocol, "input": given})
                left -= 1
    json.dump(made, sys.stdout)


if __name__ == "__main__":
    main()

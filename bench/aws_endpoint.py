"""The baseline of bench_aws_endpoint: botocore, asked the same, printed beside our figures.

    python3 bench/aws_endpoint.py build/release/bench/bench_aws_endpoint

botocore keeps the last 100 answers of a service; here each question has another bucket or table, as the calls of a
service that looks after many do.
"""

import itertools
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "aws_endpoint"))
import stock  # noqa: E402

stock.install()

import botocore.config  # noqa: E402
import botocore.session  # noqa: E402
import jmespath  # noqa: E402
from botocore.endpoint_provider import EndpointProvider  # noqa: E402


def best_us(rounds, turns, work):
    best = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        for _ in range(turns):
            work()
        best = min(best, (time.perf_counter() - begin) / turns * 1e6)
    return best


def show(what, microseconds):
    print(f"{'botocore ' + what:<60}{microseconds:>10.2f} us")


def measure(session, service, operation, make_input):
    loader = session.get_component("data_loader")
    rules = loader.load_service_model(service, "endpoint-rule-set-1")
    partitions = loader.load_data("partitions")
    show(f"{service}: rule set read", best_us(5, 1, lambda: EndpointProvider(rules, partitions)))
    client = session.create_client(service, region_name="eu-west-1", aws_access_key_id="AKIDEXAMPLE",
                                   aws_secret_access_key="secret", aws_account_id="123456789012")
    model = client.meta.service_model.operation_model(operation)
    count = itertools.count()
    context = {"client_config": client.meta.config}
    show(f"{service} {operation}: both, from input to URL",
         best_us(20, 200, lambda: client._ruleset_resolver.construct_endpoint(model, make_input(next(count)), context)))


def main():
    print(subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout, end="")
    session = botocore.session.Session()
    measure(session, "dynamodb", "GetItem", lambda n: {"TableName": f"t{n}", "Key": {"id": {"S": "1"}}})
    measure(session, "s3", "GetObject", lambda n: {"Bucket": f"bucket{n}", "Key": "a/b"})
    expression = jmespath.compile("Reservations[].Instances[?State.Name == 'running'].InstanceId[]")
    document = {"Reservations": [{"Instances": [
        {"InstanceId": f"i-{i * 10 + k:017}", "State": {"Name": "running" if k % 2 == 0 else "stopped"}}
        for k in range(10)]} for i in range(100)]}
    show("JMESPath: it, over 1,000 instances", best_us(20, 10, lambda: expression.search(document)))


if __name__ == "__main__":
    main()

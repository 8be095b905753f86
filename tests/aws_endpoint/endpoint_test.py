"""Where requests go, compared with the stock client: the same URL, headers and authentication schemes for the same
parameters, or both refuse with the same words.

A part is compared, drawn by STEWARDRY_SEED; everything with STEWARDRY_ENDPOINTS=all (minutes, by hand).
"""

import itertools
import json
import os
import random
import re
import unittest

import stock

stock.install()

import botocore.config  # noqa: E402
import botocore.exceptions  # noqa: E402
import botocore.session  # noqa: E402
from botocore.args import LEGACY_GLOBAL_STS_REGIONS  # noqa: E402
from botocore.endpoint_provider import EndpointProvider  # noqa: E402

ALL = os.environ.get("STEWARDRY_ENDPOINTS") == "all"
SEED = int(os.environ.get("STEWARDRY_SEED") or random.SystemRandom().randrange(1 << 32))
UNKNOWN_REGIONS = ["us-new-9", "cn-new-3", "us-gov-new-1", "eusc-de-new-1", "xx-nowhere-1", "mars", "eu_west",
                   "EU-WEST-1", "-bad-", "a.b"]
ACCOUNT = "123456789012"
SHOWN_MAX = 10  # differences


def regions(partitions):
    return [region for partition in partitions["partitions"] for region in partition["regions"]]


def as_ours(endpoint):
    """What the stock client resolved, in the words of our program."""
    schemes = endpoint.properties.get("authSchemes", [])
    return {
        "url": endpoint.url,
        # The rule sets' lists have one value each; the resolver of a client takes it out.
        "headers": {name: value if isinstance(value, list) else [value] for name, value in endpoint.headers.items()},
        "properties": {name: value for name, value in endpoint.properties.items() if name != "authSchemes"},
        "authSchemes": [
            {
                "name": scheme["name"],
                "signingName": scheme.get("signingName", ""),
                "signingRegion": scheme.get("signingRegion", ""),
                "signingRegionSet": scheme.get("signingRegionSet", []),
                "disableDoubleEncoding": scheme.get("disableDoubleEncoding", False),
            }
            for scheme in schemes
        ],
    }


def stock_answer(resolve):
    try:
        return as_ours(resolve())
    except (botocore.exceptions.BotoCoreError, KeyError) as refusal:  # KeyError: a template without its value
        return refusal


def same(stock_says, we_say):
    if not isinstance(stock_says, Exception):
        return stock_says == we_say
    if "error" not in we_say:
        return False
    if we_say["fields"]:  # a parameter is missing, which we say in words of our own
        parameter = we_say["fields"][0].removeprefix("parameter:")
        return parameter in str(stock_says) or "NoneType" in str(stock_says)
    # The stock client puts some refusals into words of its own, with the rules' behind them; of S3 Control's ARNs it
    # makes some before it asks the rules.
    if type(stock_says).__name__ == "UnsupportedS3ControlArnError":
        return True
    return we_say["error"] in str(stock_says.__cause__ or stock_says)


class Compared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pipe = stock.Pipe(os.environ["STEWARDRY_PIPE"])
        cls.session = botocore.session.Session()
        cls.loader = cls.session.get_component("data_loader")
        cls.partitions = cls.loader.load_data("partitions")

    @classmethod
    def tearDownClass(cls):
        cls.pipe.close()

    def setUp(self):
        self.random = random.Random(SEED)
        self.compared = 0
        self.differences = []

    def tearDown(self):
        print(f"{self.id().split('.')[-1]}: {self.compared} compared, {len(self.differences)} differ, seed {SEED}")

    def compare(self, what, questions, answers):
        for question, stock_says, we_say in zip(questions, answers, self.pipe.ask(questions), strict=True):
            self.compared += 1
            if not same(stock_says, we_say):
                self.differences.append(f"{what} {json.dumps(question)}\n  stock {stock_says!r}\n  ours  {we_say}")

    # How many are drawn depends on the seed: the stock client refuses to be made in some places.
    def finish(self, at_least):
        self.assertGreater(self.compared, at_least)
        if self.differences:
            self.fail(f"seed {SEED}: {len(self.differences)} differ:\n" + "\n".join(self.differences[:SHOWN_MAX]))

    def drawn(self, things, count):
        things = list(things)
        return things if ALL or len(things) <= count else self.random.sample(things, count)

    def load(self, service):
        self.assertEqual(self.pipe.ask_one({"service": service}), {"service": service})


class Rules(Compared):
    """The rule sets of all services, asked with parameters."""

    def required(self, rules):
        """Parameters that have to be given, each with the values that the rules ask for, and another."""
        text = json.dumps(rules["rules"])
        found = {}
        for name, declared in rules["parameters"].items():
            if declared.get("required") and "builtIn" not in declared:
                found[name] = [*sorted(set(re.findall(r'"ref": "%s"\}, "([^"]*)"' % name, text))), "other"]
        return found

    def test_every_service_and_region(self):
        for service in self.loader.list_available_services("service-2"):
            rules = self.loader.load_service_model(service, "endpoint-rule-set-1")
            self.load(service)
            provider = EndpointProvider(rules, self.partitions)
            places = [*self.drawn(regions(self.partitions), 5), *self.drawn(UNKNOWN_REGIONS, 2), None]
            flags = [False, True]
            given = self.required(rules)
            questions = []
            for region, fips, dual, *values in itertools.product(places, flags, flags, *given.values()):
                parameters = {"UseFIPS": fips, "UseDualStack": dual, **dict(zip(given, values))}
                if region is not None:
                    parameters["Region"] = region
                known = {name: value for name, value in parameters.items() if name in rules["parameters"]}
                questions.append({"parameters": known})
            self.compare(service, questions,
                         [stock_answer(lambda: provider.resolve_endpoint(**question["parameters"]))
                          for question in questions])
        self.finish(479 * 4)

    def test_random_parameters_of_the_large_ones(self):
        """Every parameter at once, among values that the rules ask for."""
        arns = ["arn:aws:s3:us-west-2:123456789012:accesspoint:mine", "arn:aws:dynamodb:eu-west-1:123456789012:table/t",
                "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/s", "arn:aws:s3", "arn:aws:dynamodb:::table/t"]
        urls = ["https://example.com", "http://127.0.0.1:8000", "http://[::1]:9000/base/", "https://example.com//a/./b"]
        for service in ["s3", "s3control", "dynamodb", "dynamodbstreams", "kinesis", "sts", "events", "neptune-graph",
                        "acm", "signin", "sesv2", "eventbridgev2", "cloudfront-keyvaluestore", "opensearchmemory",
                        "arc-region-switch", "wellarchitected"]:
            rules = self.loader.load_service_model(service, "endpoint-rule-set-1")
            self.load(service)
            provider = EndpointProvider(rules, self.partitions)
            literals = sorted(set(re.findall(r'"ref": "\w+"\}, "([^"{}]*)"', json.dumps(rules["rules"]))))
            texts = [*literals, *arns, "bucket", "my.bucket", "Upper", "a--x", "b--use1-az4--x-s3", "0" * 64, "é", ""]
            special = {"Region": regions(self.partitions) + UNKNOWN_REGIONS, "Endpoint": urls,
                       "AccountId": [ACCOUNT, "1", "bad account"],
                       "AccountIdEndpointMode": ["preferred", "required", "disabled", "other"],
                       "Bucket": texts + BUCKETS}
            questions = []
            for _ in range(4000 if ALL else 300):
                parameters = {}
                for name, declared in rules["parameters"].items():
                    if self.random.random() < 0.5 and name != "Region":
                        continue
                    kind = declared["type"].lower()
                    if kind == "boolean":
                        parameters[name] = self.random.random() < 0.3
                    elif kind == "string":
                        parameters[name] = self.random.choice(special.get(name, texts))
                    else:
                        parameters[name] = self.random.choices(texts, k=self.random.randrange(3))
                questions.append({"parameters": parameters})

            def resolve(parameters):
                return provider.resolve_endpoint(
                    **{name: tuple(value) if isinstance(value, list) else value for name, value in parameters.items()})

            self.compare(service, questions, [stock_answer(lambda: resolve(question["parameters"]))
                                              for question in questions])
        self.finish(16 * 300 - 1)


BUCKETS = [
    "bucket", "my.dotted.bucket", "Upper-Case", "under_score", "192.168.5.4", "ab", "a" * 63, "a" * 64, "space here",
    "-dash-", "bucket--use1-az4--x-s3", "bucket--usw2-lax1-az1--x-s3", "bucket--x-s3", "point--use1-az4--xa-s3",
    "arn:aws:s3:us-west-2:123456789012:accesspoint:mine", "arn:aws:s3:us-west-2:123456789012:accesspoint/mine",
    "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint:mine", "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap",
    "arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-01234567890123456:accesspoint:mine",
    "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/bucket/mine",
    "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/mine",
    "arn:aws:s3:us-we$t-2:123456789012:accesspoint:m",
    "arn:aws:s3:us-west-2:123456789012:bucket_name:mine", "arn:aws:s3:us-west-2::accesspoint:mine", "arn:aws:s3",
    "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3",
    "test-accessp-e0b1d075431d83bebde8xz5w8ijx1qzlbp3i3ebeta0--op-s3",
]


class Clients(Compared):
    """Whole clients with their configuration, and calls with their input."""

    def compare_client(self, service, region, calls, config, ours, *, url=None, account=None, sts="regional"):
        """`config` is the stock client's, `ours` the same for us."""
        self.session.set_config_variable("sts_regional_endpoints", sts)
        try:
            client = self.session.create_client(
                service, region_name=region, endpoint_url=url, aws_access_key_id="AKIDEXAMPLE",
                aws_secret_access_key="secret", aws_account_id=account, config=botocore.config.Config(**config))
        except botocore.exceptions.EndpointVariantError:
            # Its list from before the rules knows no dual-stack there, and the rules are never asked; Rules asks them.
            return
        resolver = client._ruleset_resolver
        common = {**ours} if region is None else {"region": region, **ours}
        if url is not None:
            common["endpoint_url"] = url
        if account is not None:
            common["account_id"] = account
        questions = [{"operation": operation, "input": given, **common} for operation, given in calls]
        answers = [
            stock_answer(lambda: resolver.construct_endpoint(
                operation_model=client.meta.service_model.operation_model(operation), call_args=given,
                request_context={"client_config": client.meta.config}))
            for operation, given in calls
        ]
        self.compare(service, questions, answers)

    def places(self, count):
        """Without the pseudo-regions, which the stock client puts right before it asks the rules."""
        listed = [region for region in regions(self.partitions) if not region.endswith("-global")]
        return [*self.drawn(listed, count), "us-east-1", *self.drawn(UNKNOWN_REGIONS[:5], 1)]

    def test_s3(self):
        self.load("s3")
        calls = [(operation, {"Bucket": bucket, "Key": "a/b"}) for bucket in BUCKETS
                 for operation in ["GetObject", "GetBucketLocation", "CreateBucket", "DeleteObjects", "CreateSession"]]
        calls += [("ListBuckets", {}), ("ListDirectoryBuckets", {}), ("WriteGetObjectResponse", {"RequestRoute": "r"}),
                  ("CopyObject", {"Bucket": "bucket", "Key": "k", "CopySource": "bucket--use1-az4--x-s3/k"}),
                  ("ListObjectsV2", {"Bucket": "bucket--use1-az4--x-s3", "Prefix": "p"})]
        settings = [
            ({}, {}),
            ({"addressing_style": "path"}, {"s3_path_style": True}),
            ({"addressing_style": "virtual"}, {"s3_virtual_style": True}),
            ({"use_accelerate_endpoint": True}, {"s3_accelerate": True}),
            ({"use_arn_region": False}, {"s3_arn_region": False}),
            ({"us_east_1_regional_endpoint": "regional"}, {"s3_global_endpoint": False}),
            ({"s3_disable_multiregion_access_points": True}, {"s3_disable_multi_region": True}),
        ]
        urls = ["https://example.com", "http://127.0.0.1:9000/base", "http://[::1]:9000",
                "https://s3-accelerate.amazonaws.com"]
        flags = [False, True]
        places = self.places(2)
        # With a URL the region only signs: some say what all would.
        clients = [*self.drawn(itertools.product(places, settings, flags, flags, [None]), 20),
                   *self.drawn(itertools.product(self.random.sample(places, 3), settings, flags, flags, urls), 20)]
        for region, (stock_s3, ours), fips, dual, url in clients:
            config = {"use_fips_endpoint": fips, "use_dualstack_endpoint": dual, "s3": dict(stock_s3)}
            self.compare_client("s3", region, calls if url is None else self.drawn(calls, 20), config,
                                {"fips": fips, "dual_stack": dual, **ours}, url=url)
        self.finish(100)

    def test_s3_control(self):
        self.load("s3control")
        buckets = [bucket for bucket in BUCKETS if bucket.startswith("arn:")] + ["bucket"]
        outpost = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/mine"
        calls = [("GetBucket", {"AccountId": account, "Bucket": bucket}) for bucket in [*buckets, outpost]
                 for account in [ACCOUNT, "bad account"]]
        calls += [("GetAccessPoint", {"AccountId": ACCOUNT, "Name": name})
                  for name in ["mine", outpost, "point--use1-az4--xa-s3"]]
        calls += [("CreateBucket", {"Bucket": "bucket", "OutpostId": "op-1"}), ("CreateBucket", {"Bucket": "bucket"}),
                  ("ListRegionalBuckets", {"AccountId": ACCOUNT, "OutpostId": "op-1"}),
                  ("ListRegionalBuckets", {"AccountId": ACCOUNT}), ("ListJobs", {"AccountId": ACCOUNT}),
                  ("ListTagsForResource", {"AccountId": ACCOUNT, "ResourceArn": outpost})]
        for region, fips, dual, arn in self.drawn(itertools.product(self.places(2), *[[False, True]] * 3), 15):
            config = {"use_fips_endpoint": fips, "use_dualstack_endpoint": dual, "s3": {"use_arn_region": arn}}
            self.compare_client("s3control", region, calls, config,
                                {"fips": fips, "dual_stack": dual, "s3control_arn_region": arn})
        for url in ["https://example.com", "https://example.com/base"]:
            self.compare_client("s3control", "us-west-2", calls, {}, {}, url=url)
        self.finish(100)

    def test_dynamodb_by_account(self):
        self.load("dynamodb")
        tables = ["t", "arn:aws:dynamodb:us-west-2:555555555555:table/t",
                  "arn:aws-cn:dynamodb:cn-north-1:555555555555:table/t",
                  "arn:aws:dynamodb:us-west-2:notanaccount:table/t", "arn:aws:sqs:us-west-2:555555555555:t"]
        calls = [("ListTables", {}), ("DescribeEndpoints", {})]
        for table in tables:
            calls += [
                ("GetItem", {"TableName": table}), ("Query", {"TableName": table}),
                ("BatchGetItem", {"RequestItems": {table: {}}}),
                ("BatchWriteItem", {"RequestItems": {table: [], "other": []}}),
                ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": table}}]}),
                ("TransactWriteItems",
                 {"TransactItems": [{"Put": {"TableName": table}}, {"Delete": {"TableName": "x"}}]}),
                ("ImportTable", {"TableCreationParameters": {"TableName": table}}),
                ("DescribeBackup", {"BackupArn": table}), ("CreateGlobalTable", {"GlobalTableName": table}),
            ]
        clients = itertools.product(self.places(2), ["preferred", "required", "disabled"], [None, ACCOUNT],
                                    [False, True], [False, True])
        for region, mode, account, fips, dual in self.drawn(clients, 25):
            config = {"use_fips_endpoint": fips, "use_dualstack_endpoint": dual, "account_id_endpoint_mode": mode}
            self.compare_client("dynamodb", region, calls, config,
                                {"fips": fips, "dual_stack": dual, "account_id_endpoint_mode": mode}, account=account)
        self.compare_client("dynamodb", "us-west-2", calls, {}, {}, url="http://127.0.0.1:8000", account=ACCOUNT)
        self.finish(100)

    def test_sts_regional_and_legacy(self):
        self.load("sts")
        calls = [("GetCallerIdentity", {}),
                 ("AssumeRole", {"RoleArn": "arn:aws:iam::1:role/r", "RoleSessionName": "s"})]
        listed = [region for region in regions(self.partitions) if not region.endswith("-global")]
        clients = itertools.product(listed, ["legacy", "regional"], [False, True])
        for region, mode, fips in self.drawn(clients, 40):
            # Elsewhere the rules say the same, and name the signature that the service has anyway.
            legacy = mode == "legacy" and region in LEGACY_GLOBAL_STS_REGIONS
            self.compare_client("sts", region, calls, {"use_fips_endpoint": fips},
                                {"fips": fips, "sts_global_endpoint": legacy}, sts=mode)
        self.finish(20)

    def test_without_a_region(self):
        """Services of a whole partition have their endpoint; of others the stock client makes none, and we say why."""
        found = set()
        for service in self.loader.list_available_services("service-2"):
            operation = sorted(self.loader.load_service_model(service, "service-2")["operations"])[0]
            self.load(service)
            try:
                self.compare_client(service, None, [(operation, {})], {}, {})
                found.add(service)
            except botocore.exceptions.NoRegionError:
                answer = self.pipe.ask_one({"operation": operation, "input": {}})
                # Some have one endpoint for all, and some miss something else before.
                said = answer.get("fields") or "url" in answer or "region" not in answer["error"].lower()
                self.assertTrue(said, f"{service}: {answer}")
        self.assertLessEqual({"iam", "sts", "s3", "organizations", "route53"}, found)
        self.finish(15)

    def test_what_the_input_says(self):
        """Services whose endpoint depends on what is asked for: every operation, with and without those members."""
        values = {"EndpointId": ["abc123.456def", "bad id", "x"]}
        arns = ["arn:aws:kinesis:us-west-2:123456789012:stream/s", "arn:aws:cloudfront::123456789012:key-value-store/k",
                "arn:aws:events:us-west-2:123456789012:event-bus/b", "name",
                "arn:aws:dynamodb:us-west-2:1:table/t/stream/l"]
        for service in ["kinesis", "events", "eventbridgev2", "sesv2", "cloudfront-keyvaluestore", "dynamodbstreams",
                        "opensearchmemory", "acm", "neptune-graph", "wellarchitected", "arc-region-switch", "signin"]:
            self.load(service)
            model = self.loader.load_service_model(service, "service-2")
            calls = []
            for name, operation in model["operations"].items():
                members = model["shapes"][operation["input"]["shape"]]["members"] if "input" in operation else {}
                named = {member: trait["contextParam"]["name"] for member, trait in members.items()
                         if "contextParam" in trait}
                calls.append((name, {}))
                calls += [(name, {member: value}) for member, parameter in named.items()
                          for value in values.get(parameter, arns)]
            for region, fips, dual in self.drawn(itertools.product(self.places(1), [False, True], [False, True]), 4):
                self.compare_client(service, region, calls,
                                    {"use_fips_endpoint": fips, "use_dualstack_endpoint": dual},
                                    {"fips": fips, "dual_stack": dual})
            self.compare_client(service, "eu-west-1", calls, {}, {}, url="https://example.com/base/")
        self.finish(100)


if __name__ == "__main__":
    unittest.main(verbosity=1)

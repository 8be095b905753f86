"""`stewardry aws` as those meet it who type: options, forms of the input, output, exit codes, error objects. What
answers is a server of our own."""

import base64
import json
import os
import pathlib
import subprocess
import threading

import aws_case
import aws_servers
import stewardry
from aws_case import BAD_CONFIGURATION, BAD_LINE, DONE, FAILED, SERVICE_ERROR, Answering
from stewardry import BINARY

JSON = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "r-1"}
IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    "<Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>U</UserId><Account>123456789012</Account>"
    "</GetCallerIdentityResult><ResponseMetadata><RequestId>r-9</RequestId></ResponseMetadata>"
    "</GetCallerIdentityResponse>"
)
ITEM = {"TableName": "t", "Key": {"id": {"S": "1"}}}


class Input(Answering):
    def test_it_is_json_a_file_or_stdin(self):
        server = self.answering((200, JSON, "{}"))
        text = json.dumps(ITEM)
        file = self.folder / "input.json"
        file.write_text(text)
        for words, stdin in ((text, ""), (" \n" + text, ""), ("-", text), (str(file), "")):
            done = self.run_aws("dynamodb", "get-item", "--input", words, stdin=stdin, url=server.url)
            self.assertEqual((done.returncode, done.stdout), (DONE, b"{}\n"), done.stderr)
        self.assertEqual([each.json for each in server.requests], [ITEM] * 4)

    def test_absent_or_null_is_nothing(self):
        server = self.answering((200, JSON, '{"TableNames":[]}'))
        for words, stdin in (((), ""), (("--input", "-"), "null"), (("--input", '{"Limit":null}'), "")):
            done = self.run_aws("dynamodb", "list-tables", *words, stdin=stdin, url=server.url)
            self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual([each.json for each in server.requests], [{}] * 3)

    def test_names_are_botocores_or_the_command_lines(self):
        server = self.answering((200, JSON, "{}"))
        for name in ("GetItem", "get-item"):
            self.aws("dynamodb", name, ITEM, url=server.url)
        self.assertEqual({each.headers["X-Amz-Target"] for each in server.requests}, {"DynamoDB_20120810.GetItem"})

    def test_members_that_stand_twice_are_refused(self):
        text = '{"TableName":"t","Key":{"id":{"S":"1"},"id":{"S":"2"}}}'
        done = self.run_aws("dynamodb", "get-item", "--input", text)
        error = self.error_of(done, BAD_LINE)
        self.assertEqual(error["path"], "Key.id")

    def test_every_problem_is_told_at_once_and_nothing_is_sent(self):
        server = self.answering((200, JSON, "{}"))
        wrong = {
            "TableName": 5,
            "Kee": {},
            "ConsistentRead": "yes",
            "ReturnConsumedCapacity": "ALL",
            "AttributesToGet": [],
        }
        error = self.refused("dynamodb", "get-item", wrong, url=server.url)
        paths = {each["path"] for each in error["problems"]}
        self.assertLessEqual(
            {"TableName", "Kee", "Key", "ConsistentRead", "ReturnConsumedCapacity", "AttributesToGet"}, paths
        )
        self.assertIn("Key", [each["message"] for each in error["problems"] if each["path"] == "Kee"][0])
        self.assertEqual(server.requests, [])

    def test_paths_reach_into_lists_and_maps(self):
        wrong = {"TransactItems": [{"Put": {"TableName": "ttt", "Item": {"a": {"N": 1}}}}]}
        error = self.refused("dynamodb", "transact-write-items", wrong, url="http://127.0.0.1:1")
        self.assertEqual(error["path"], "TransactItems[0].Put.Item.a.N")

    def test_a_union_has_one_member(self):
        for value in ({}, {"text": "x", "cachePoint": {"type": "default"}}):
            wrong = {"modelId": "m", "messages": [{"role": "user", "content": [{"text": "y"}, value]}]}
            error = self.refused("bedrock-runtime", "converse", wrong, url="http://127.0.0.1:1")
            self.assertEqual(error["path"], "messages[0].content[1]")

    def test_new_values_of_an_enumeration_pass_where_that_is_meant(self):
        server = self.answering((200, JSON, "{}"))
        new = {**ITEM, "ReturnConsumedCapacity": "SOME"}
        self.assertEqual(self.refused("dynamodb", "get-item", new, url=server.url)["path"], "ReturnConsumedCapacity")
        self.aws("dynamodb", "get-item", new, "--allow-unknown-enum", url=server.url)
        self.assertEqual(server.requests[0].json, new)

    def test_sensitive_values_are_not_echoed(self):
        server = self.answering((200, JSON, "{}"))
        wrong = {"Name": "n", "SecretString": {"not": "hunter2"}, "SecretBinary": "hunter2 is no base64"}
        done = self.run_aws("secretsmanager", "create-secret", "--input", json.dumps(wrong), url=server.url)
        self.assertEqual(done.returncode, BAD_LINE, done.stderr)
        self.assertNotIn(b"hunter2", done.stderr)


class Output(Answering):
    def test_one_json_value(self):
        server = self.answering((200, {"Content-Type": "text/xml"}, IDENTITY))
        done = self.run_aws("sts", "get-caller-identity", url=server.url)
        self.assertEqual(done.stderr, b"")
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertEqual(
            json.loads(done.stdout),
            {"Arn": "arn:aws:iam::123456789012:user/ada", "UserId": "U", "Account": "123456789012"},
        )

    def test_forms_of_values(self):
        body = {
            "Item": {"b": {"B": "AP8="}, "n": {"N": "1.50"}, "deep": {"M": {"l": {"L": [{"NULL": True}]}}}},
            "Unknown": {"dropped": 1},
        }
        server = self.answering((200, JSON, json.dumps(body)))
        self.assertEqual(self.aws("dynamodb", "get-item", ITEM, url=server.url), {"Item": body["Item"]})
        table = {"Table": {"TableName": "ttt", "CreationDateTime": 1700000000.25}}
        server = self.answering((200, JSON, json.dumps(table)))
        shown = self.aws("dynamodb", "describe-table", {"TableName": "ttt"}, url=server.url)
        self.assertEqual(shown["Table"]["CreationDateTime"], "2023-11-14T22:13:20.25Z")

    def test_query(self):
        server = self.answering((200, {"Content-Type": "text/xml"}, IDENTITY))
        self.assertEqual(
            self.aws("sts", "get-caller-identity", None, "--query", "Account", url=server.url), "123456789012"
        )
        self.assertEqual(
            self.aws("sts", "get-caller-identity", None, "--query", "[Nope, length(UserId)]", url=server.url),
            [None, 1],
        )
        error = self.refused("sts", "get-caller-identity", None, "--query", "a[", url=server.url)
        self.assertIn("--query", error["message"])
        self.assertEqual(len(server.requests), 2, "a bad expression is told before anything is sent")

    def test_all_pages_are_one(self):
        def answer(request):
            start = request.json.get("ExclusiveStartTableName", "")
            pages = {"": (["a-1", "a-2"], "a-2"), "a-2": (["b-1"], "b-1"), "b-1": (["c-1"], None)}
            names, last = pages[start]
            more = {"LastEvaluatedTableName": last} if last else {}
            return 200, JSON, json.dumps({"TableNames": names, **more})

        server = self.answering(answer)
        got = self.aws("dynamodb", "list-tables", None, "--all-pages", "--query", "TableNames", url=server.url)
        self.assertEqual(got, ["a-1", "a-2", "b-1", "c-1"])
        self.assertEqual(len(server.requests), 3)
        error = self.refused("dynamodb", "get-item", ITEM, "--all-pages", url=server.url)
        self.assertIn("pages", error["message"])

    def test_a_token_that_comes_twice_is_an_error(self):
        page = json.dumps({"TableNames": ["aaa"], "LastEvaluatedTableName": "aaa"})
        server = self.answering((200, JSON, page))
        self.refused("dynamodb", "list-tables", None, "--all-pages", url=server.url, code=FAILED)
        self.assertLessEqual(len(server.requests), 3)

    def test_waiting_prints_the_last_answer(self):
        answers = iter(["DELETING"])

        def answer(_):
            if next(answers, None):
                return 200, JSON, json.dumps({"Table": {"TableStatus": "ACTIVE"}})
            return 200, JSON, "{}"

        server = self.answering(answer)
        got = self.aws("dynamodb", "describe-table", {"TableName": "ttt"}, "--wait", "TableExists", url=server.url)
        self.assertEqual(got, {"Table": {"TableStatus": "ACTIVE"}})
        for name in ("Nope", "TableNotThere"):
            error = self.refused("dynamodb", "describe-table", {"TableName": "ttt"}, "--wait", name, url=server.url)
            self.assertIn("TableExists", error["message"])
        error = self.refused("dynamodb", "get-item", ITEM, "--wait", "TableExists", url=server.url)
        self.assertIn("wait", error["message"])

    def test_waiting_for_what_will_not_come(self):
        server = self.answering((200, {"Content-Type": "application/json"}, '{"cluster":{"status":"FAILED"}}'))
        words = ("eks", "describe-cluster", {"name": "c"}, "--wait", "cluster-active")
        self.assertIn("ClusterActive", self.refused(*words, url=server.url, code=FAILED)["message"])
        self.assertEqual(len(server.requests), 1)
        server = self.answering((400, JSON, json.dumps({"__type": "AccessDeniedException", "message": "no"})))
        words = ("dynamodb", "describe-table", {"TableName": "ttt"}, "--wait", "table-exists")
        self.assertEqual(self.refused(*words, url=server.url, code=SERVICE_ERROR)["code"], "AccessDeniedException")

    def test_waiting_ends_with_the_deadline(self):
        server = self.answering((200, JSON, json.dumps({"Table": {"TableStatus": "CREATING"}})))
        self.refused(
            *("dynamodb", "describe-table", {"TableName": "ttt"}),
            *("--wait", "TableExists", "--timeout", "2"),
            url=server.url,
            code=FAILED,
        )
        self.assertEqual(len(server.requests), 1)


class Bodies(Answering):
    GET = {"Bucket": "bbb", "Key": "kkk"}

    def test_a_streamed_body_is_base64_or_a_file(self):
        content = bytes(range(256)) * 4000
        server = self.answering((200, {"Content-Type": "x/y", "ETag": '"e"'}, content))
        got = self.aws("s3", "get-object", self.GET, url=server.url)
        self.assertEqual(base64.b64decode(got["Body"]), content)
        self.assertEqual((got["ContentType"], got["ETag"]), ("x/y", '"e"'))
        file = self.folder / "out.bin"
        file.write_text("before")
        got = self.aws("s3", "get-object", self.GET, "--output-body", str(file), url=server.url)
        self.assertNotIn("Body", got)
        self.assertEqual(got["ContentLength"], len(content))
        self.assertEqual(file.read_bytes(), content)

    def files(self):
        return sorted(each.name for each in self.folder.iterdir())

    def test_a_body_that_is_cut_never_has_the_name(self):
        head = b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: "e"\r\n\r\n'
        chunks = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: "e"\r\n\r\n5\r\nhello\r\n'
        for cut in (head + b"half of it", chunks):
            server = self.answering(cut)
            file = self.folder / "out.bin"
            before = self.files()
            options = ("--output-body", str(file))
            variables = {"url": server.url, "AWS_MAX_ATTEMPTS": "1"}
            self.refused("s3", "get-object", self.GET, *options, code=FAILED, **variables)
            self.assertEqual(self.files(), before, "no file, also none half written")
            file.write_text("before")
            self.refused("s3", "get-object", self.GET, *options, code=FAILED, **variables)
            self.assertEqual(file.read_text(), "before")
            file.unlink()
            self.refused("s3", "get-object", self.GET, code=FAILED, **variables)

    def test_a_cut_body_that_is_fetched_again_is_not_there_twice(self):
        content = b"0123456789" * 1000
        answers = iter([b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + content[:5000]])
        server = self.answering(lambda _: next(answers, None) or (200, {}, content))
        file = self.folder / "out.bin"
        words = self.words("s3", "get-object", self.GET, ("--output-body", str(file)))
        done = self.run_aws(*words, url=server.url)
        if done.returncode == DONE:
            self.assertEqual(file.read_bytes(), content)
        else:  # what was written cannot be taken back
            self.error_of(done, FAILED)
            self.assertFalse(file.exists())
        answers = iter([b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + content[:5000]])
        server = self.answering(lambda _: next(answers, None) or (200, {}, content))
        got = self.aws("s3", "get-object", self.GET, url=server.url)
        self.assertEqual(base64.b64decode(got["Body"]), content)

    def test_an_error_leaves_no_file(self):
        text = "<Error><Code>NoSuchKey</Code><Message>gone</Message><Key>kkk</Key><RequestId>r-3</RequestId></Error>"
        server = self.answering((404, {"Content-Type": "application/xml"}, text))
        before = self.files()
        options = ("--output-body", str(self.folder / "out.bin"))
        error = self.refused("s3", "get-object", self.GET, *options, url=server.url, code=SERVICE_ERROR)
        self.assertEqual((error["code"], error["httpStatus"], error["requestId"]), ("NoSuchKey", 404, "r-3"))
        self.assertEqual(self.files(), before)

    def test_killed_in_the_middle_nothing_is_left(self):
        sent, done = threading.Event(), threading.Event()
        self.addCleanup(done.set)

        def answer(_):
            sent.set()
            done.wait(60)
            return b""

        server = self.answering(answer)
        before = self.files()
        process = subprocess.Popen(
            [BINARY, "aws", "--endpoint-url", server.url, "s3", "get-object", "--input", json.dumps(self.GET)]
            + ["--output-body", str(self.folder / "out.bin")],
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.assertTrue(sent.wait(60))
        process.kill()
        process.wait()
        done.set()
        self.assertEqual(self.files(), before)

    def test_a_body_is_sent_from_a_file(self):
        server = self.answering((200, {"ETag": '"e"'}, ""))
        file = self.folder / "in.bin"
        for content in (b"", b"x" * 100_000):
            file.write_bytes(content)
            self.aws("s3", "put-object", self.GET, "--body", str(file), url=server.url)
            self.assertEqual(server.requests[-1].body, content)
            self.assertEqual(server.requests[-1].headers["Content-Length"], str(len(content)))
        both = {**self.GET, "Body": "eA=="}
        self.assertIn("--body", self.refused("s3", "put-object", both, "--body", str(file), url=server.url)["message"])
        self.refused("s3", "put-object", self.GET, "--body", str(self.folder / "none"), url=server.url)
        self.refused("dynamodb", "get-item", ITEM, "--body", str(file), url=server.url)
        self.refused("dynamodb", "get-item", ITEM, "--output-body", str(file), url=server.url)
        self.refused("s3", "get-object", self.GET, "--output-body", str(self.folder / "no" / "f"), url=server.url)
        self.assertEqual(len(server.requests), 2)


class Errors(Answering):
    def test_of_the_service(self):
        body = {
            "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
            "message": "The conditional request failed",
            "Item": {"id": {"S": "1"}},
        }
        server = self.answering((400, JSON, json.dumps(body)))
        error = self.refused(
            "dynamodb", "put-item", {"TableName": "ttt", "Item": {}}, url=server.url, code=SERVICE_ERROR
        )
        self.assertEqual(error["code"], "ConditionalCheckFailedException")
        self.assertEqual(error["message"], "The conditional request failed")
        self.assertEqual((error["requestId"], error["httpStatus"], error["retryable"]), ("r-1", 400, False))
        self.assertEqual(error["members"].get("Item"), {"id": {"S": "1"}})
        self.assertEqual(len(server.requests), 1)

    def test_what_a_retry_helps_against_is_tried_three_times(self):
        body = json.dumps({"__type": "ThrottlingException", "message": "slow down"})
        for status, kind in ((400, body), (500, "{}"), (503, ""), (429, "")):
            server = self.answering((status, JSON, kind))
            error = self.refused("dynamodb", "list-tables", None, url=server.url, code=SERVICE_ERROR)
            self.assertTrue(error["retryable"], (status, error))
            self.assertEqual(len(server.requests), 3, status)
        server = self.answering((501, JSON, "{}"))
        self.refused("dynamodb", "list-tables", None, url=server.url, code=SERVICE_ERROR)
        self.assertEqual(len(server.requests), 1)
        server = self.answering((503, JSON, "{}"))
        self.refused("dynamodb", "list-tables", None, url=server.url, code=SERVICE_ERROR, AWS_MAX_ATTEMPTS="2")
        self.assertEqual(len(server.requests), 2)

    def test_nobody_answers(self):
        for url in ("http://127.0.0.1:1", f"https://127.0.0.1:{self.answering((200, JSON, '{}')).port}"):
            error = self.refused("dynamodb", "list-tables", None, url=url, code=FAILED, AWS_MAX_ATTEMPTS="1")
            self.assertIsNone(error["httpStatus"])
        server = self.answering(lambda _: None)
        error = self.refused("dynamodb", "list-tables", None, url=server.url, code=FAILED)
        self.assertEqual(len(server.requests), 3)
        self.assertTrue(error["retryable"])

    def test_the_deadline_holds_for_the_whole_call(self):
        release = threading.Event()
        self.addCleanup(release.set)
        server = self.answering(lambda _: release.wait(60) and None)
        self.refused("dynamodb", "list-tables", None, "--timeout", "0.3", url=server.url, code=FAILED)
        release.set()
        self.assertEqual(len(server.requests), 1)

    def test_of_the_configuration(self):
        config = self.folder / "config"
        config.write_text("[profile half]\naws_access_key_id = AKID\n[profile none]\nregion = us-east-1\n")
        nothing = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
        cases = {
            "no region": ((), {"AWS_REGION": None}),
            "no credentials": ((), nothing),
            "half a pair": (("--profile", "half"), nothing),
            "half a pair in the environment": ((), {"AWS_SECRET_ACCESS_KEY": None}),
            "unknown profile": (("--profile", "nobody"), {}),
            "unknown profile of the environment": ((), {"AWS_PROFILE": "nobody"}),
        }
        for name, (options, variables) in cases.items():
            with self.subTest(name):
                done = self.run_aws("dynamodb", "list-tables", *options, **variables)
                error = self.error_of(done, BAD_CONFIGURATION)
                self.assertFalse(error["retryable"])
        config.write_text("[default\nregion=x\n")
        self.refused("dynamodb", "list-tables", code=BAD_CONFIGURATION)
        config.write_text("[default]\nregion = eu-west-1\ncredential_process = false\n")
        self.refused("dynamodb", "list-tables", code=BAD_CONFIGURATION, **nothing)

    def test_of_the_command_line(self):
        cases = [
            ("nosuchservice", "do"),
            ("dynamodb", "no-such-operation"),
            ("dynamodb", "get-itm"),
            ("dynamodb", "get-item", "too", "many"),
            ("dynamodb", "get-item", "--nope"),
            ("dynamodb", "get-item", "--input"),
            ("dynamodb", "get-item", "--input", "{"),
            ("dynamodb", "get-item", "--input", "[]"),
            ("dynamodb", "get-item", "--input", "no-such-file"),
            ("dynamodb", "list-tables", "--timeout", "soon"),
            ("dynamodb", "list-tables", "--expires-in", "5"),
            ("dynamodb", "list-tables", "--presign", "--all-pages"),
            ("dynamodb", "list-tables", "--region", "a", "--region", "b"),
            ("--json", "dynamodb", "list-tables"),
            ("--models", "/nowhere/at/all", "dynamodb", "list-tables"),
        ]
        for words in cases:
            with self.subTest(words):
                self.error_of(self.run_aws(*words), BAD_LINE)
        self.assertIn("get-item", self.refused("dynamodb", "get-itm")["message"])
        self.assertIn("dynamodb", self.refused("dynamdb", "get-item")["message"])

    def test_event_streams_are_refused(self):
        given = {"Bucket": "bbb", "Key": "kkk", "Expression": "e", "ExpressionType": "SQL"}
        given.update(InputSerialization={"JSON": {}}, OutputSerialization={"JSON": {}})
        error = self.refused("s3", "select-object-content", given, url="http://127.0.0.1:1")
        self.assertIn("event stream", error["message"].lower())

    def test_a_full_disk_is_told(self):
        server = self.answering((200, {"Content-Type": "text/xml"}, IDENTITY))
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [BINARY, "aws", "--endpoint-url", server.url, "sts", "get-caller-identity"],
                stdout=full,
                stderr=subprocess.PIPE,
                env=self.environment(),
            )
        done.stdout = b""
        self.error_of(done, FAILED)


class Requests(Answering):
    def test_dry_run_shows_the_request_without_its_secrets(self):
        shown = self.aws("dynamodb", "get-item", ITEM, "--dry-run", AWS_SESSION_TOKEN="a-session-token-to-hide")
        self.assertEqual(shown["method"], "POST")
        self.assertEqual(shown["url"], "https://dynamodb.us-east-1.amazonaws.com/")
        self.assertEqual(json.loads(shown["body"]), ITEM)
        headers = {name.lower(): value for name, value in shown["headers"].items()}
        self.assertEqual(headers["x-amz-target"], "DynamoDB_20120810.GetItem")
        self.assertIn("authorization", headers)
        for secret in ("a-session-token-to-hide", aws_servers.SECRET_KEY):
            self.assertNotIn(secret, json.dumps(shown))
        hidden = self.aws("secretsmanager", "create-secret", {"Name": "n", "SecretString": "hunter2"}, "--dry-run")
        self.assertNotIn("hunter2", json.dumps(hidden))

    def test_the_log_tells_what_is_done_and_no_secret(self):
        server = self.answering((200, JSON, '{"SecretString": "hunter2", "Name": "n"}'))
        options = {"url": server.url, "AWS_SESSION_TOKEN": "a-session-token-to-hide"}
        words = ("secretsmanager", "get-secret-value", "--input", '{"SecretId":"n"}')
        done = self.run_aws(*words, STEWARDRY_LOG="debug", **options)
        self.assertEqual(done.returncode, DONE, done.stderr)
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertTrue(lines)
        signature = server.requests[0].headers["Authorization"].rpartition("=")[2]
        for secret in ("hunter2", "a-session-token-to-hide", aws_servers.SECRET_KEY, signature):
            self.assertNotIn(secret.encode(), done.stderr)
        self.error_of(self.run_aws(*words, STEWARDRY_LOG="loud", **options), BAD_CONFIGURATION)

    def test_no_sign_request_needs_nobody(self):
        server = self.answering((200, {"Content-Type": "application/xml"}, "<ListBucketResult/>"))
        nobody = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
        self.aws("s3", "list-objects-v2", {"Bucket": "bbb"}, "--no-sign-request", url=server.url, **nobody)
        self.assertIsNone(server.requests[0].headers["Authorization"])

    def test_presign_prints_a_url_and_sends_nothing(self):
        words = ("s3", "get-object", {"Bucket": "bbb", "Key": "a/ü b"}, "--presign")
        url = self.aws(*words, "--expires-in", "60")
        self.assertTrue(url.startswith("https://bbb.s3."), url)
        self.assertIn("/a/%C3%BC%20b?", url)
        for part in ("X-Amz-Expires=60", "X-Amz-Signature=", "X-Amz-Credential=" + aws_servers.ACCESS_KEY):
            self.assertIn(part, url)
        self.assertIn("X-Amz-Expires=3600", self.aws(*words))
        for span in ("0", "604801", "x"):
            self.refused(*words, "--expires-in", span)

    def test_where_it_goes(self):
        cases = {
            ("--region", "eu-central-1"): "https://dynamodb.eu-central-1.amazonaws.com/",
            ("--endpoint-url", "http://127.0.0.1:9/"): "http://127.0.0.1:9/",
        }
        for options, url in cases.items():
            self.assertEqual(self.aws("dynamodb", "list-tables", None, "--dry-run", *options)["url"], url)
        variables = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8"}
        self.assertTrue(
            self.aws("dynamodb", "list-tables", None, "--dry-run", **variables)["url"].startswith("http://127.0.0.1:8")
        )

    def test_a_model_of_ones_own_comes_first(self):
        server = self.answering((200, JSON, '{"Grown": true}'))
        model = {
            "metadata": {
                "apiVersion": "2020-01-01",
                "endpointPrefix": "tree",
                "protocol": "json",
                "protocols": ["json"],
                "jsonVersion": "1.0",
                "serviceFullName": "Trees",
                "serviceId": "Tree",
                "signatureVersion": "v4",
                "signingName": "tree",
                "targetPrefix": "Trees",
            },
            "operations": {
                "Plant": {
                    "name": "Plant",
                    "http": {"method": "POST", "requestUri": "/"},
                    "input": {"shape": "In"},
                    "output": {"shape": "Out"},
                }
            },
            "shapes": {
                "In": {"type": "structure", "required": ["Kind"], "members": {"Kind": {"shape": "Text"}}},
                "Out": {"type": "structure", "members": {"Grown": {"shape": "Flag"}}},
                "Text": {"type": "string"},
                "Flag": {"type": "boolean"},
            },
        }
        folder = self.folder / "models" / "tree" / "2020-01-01"
        folder.mkdir(parents=True)
        (folder / "service-2.json").write_text(json.dumps(model))
        options = ("--models", str(self.folder / "models"))
        self.assertEqual(self.aws("tree", "plant", {"Kind": "oak"}, *options, url=server.url), {"Grown": True})
        self.assertEqual(server.requests[0].headers["X-Amz-Target"], "Trees.Plant")
        self.refused("tree", "plant", {}, *options, url=server.url)
        self.refused("tree", "plant", {"Kind": "oak"}, url=server.url)
        nowhere = self.refused("tree", "plant", {"Kind": "oak"}, *options)
        self.assertIn("endpoint", nowhere["message"])
        self.assertEqual(self.aws("dynamodb", "list-tables", None, *options, url=server.url), {})
        (folder / "service-2.json").write_text("{")
        self.refused("tree", "plant", {"Kind": "oak"}, *options, url=server.url)


class Documents(Answering):
    PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference" / "aws.md"

    def test_the_examples_of_the_reference_run(self):
        """Each line `$ stewardry aws ... --dry-run` of the page is run, and prints what stands below it."""
        lines = self.PAGE.read_text().splitlines()
        examples = [at for at, line in enumerate(lines) if line.strip().startswith("$ stewardry aws ")]
        self.assertGreater(len(examples), 4)
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "stewardry").symlink_to(BINARY)
        around = {**self.environment(), "PATH": f"{bin_folder}:{os.environ['PATH']}"}
        for at in examples:
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            done = subprocess.run(
                ["bash", "-c", lines[at].strip()[2:]], capture_output=True, text=True, env=around, cwd=self.folder
            )
            expected = []
            for line in lines[at + 1 :]:
                if not line.startswith(indent) or line.strip() in ("", "```") or line.strip().startswith("$ "):
                    break
                expected.append(line[len(indent) :])
            printed = (done.stdout + done.stderr).splitlines()
            self.assertEqual(printed, expected, lines[at])


if __name__ == "__main__":
    stewardry.main()

"""The points that clients of AWS differ on, each as the wire or the exit code shows it. What other files hold already
(exit codes, pages, waiters: aws_command_test.py; whose credentials: aws_credentials_test.py) is not here again.
"""

import base64
import email.utils
import gzip
import hashlib
import json
import ssl
import subprocess
import sys
import threading
import time

import aws_case
import stewardry
from aws_case import BAD_CONFIGURATION, BAD_LINE, DONE, FAILED, SERVICE_ERROR
from stewardry import BINARY

JSON = {"Content-Type": "application/x-amz-json-1.0"}
XML = {"Content-Type": "text/xml"}
GET = {"Bucket": "bbb", "Key": "kkk"}
NOBODY = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
# A process of its own: the figure begins with that of the process that starts another.
MEMORY_OF = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""
SECRET_BYTES = b"0123456789abcdef0123456789abcdef"
# What no server of ours can send in one piece: a page, and where it ends too early.
CUT = {
    "a length": b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: 1000\r\n\r\n%s",
    "chunks": b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n%s",
    "no end": b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\n\r\n%s",
}


def at(seconds_from_now):
    return email.utils.formatdate(time.time() + seconds_from_now, usegmt=True)


def model(protocol, **operation):
    """A service with one operation, which gives back what it is given."""
    member = {"Double": {"shape": "Double"}, "Float": {"shape": "Float"}, "List": {"shape": "List"}}
    metadata = {"apiVersion": "2020-01-01", "endpointPrefix": "echo", "protocol": protocol, "protocols": [protocol]}
    metadata.update(jsonVersion="1.1", serviceFullName="Echo", serviceId="Echo", signatureVersion="v4")
    metadata.update(signingName="echo", targetPrefix="Echo")
    call = {"name": "Echo", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "All"}}
    call["output"] = {"shape": "All", **operation}
    shapes = {
        "All": {"type": "structure", "members": member},
        "Double": {"type": "double"},
        "Float": {"type": "float"},
        "List": {"type": "list", "member": {"shape": "Double"}},
    }
    return {"metadata": metadata, "operations": {"Echo": call}, "shapes": shapes}


class Values(aws_case.Answering):
    def models(self, protocol, **operation):
        folder = self.folder / protocol / "echo" / "2020-01-01"
        folder.mkdir(parents=True)
        (folder / "service-2.json.gz").write_bytes(gzip.compress(json.dumps(model(protocol, **operation)).encode()))
        return "--models", str(folder.parents[1])

    def test_nan_and_infinity_are_strings_both_ways(self):
        given = {"Double": "NaN", "Float": "-Infinity", "List": ["Infinity", 1.5, "NaN"]}
        members = "<Double>NaN</Double><Float>-Infinity</Float><List><member>Infinity</member><member>1.5</member>"
        members += "<member>NaN</member></List>"
        half_nan, half_up, half_down = b"\xf9\x7e\x00", b"\xf9\x7c\x00", b"\xf9\xfc\x00"
        packed = b"\xa3\x66Double" + half_nan + b"\x65Float" + half_down + b"\x64List\x83" + half_up
        packed += b"\xf9\x3e\x00" + half_nan
        echoed = f"<EchoResponse><EchoResult>{members}</EchoResult></EchoResponse>"
        answers = {
            "json": (JSON, json.dumps(given)),
            "rest-json": ({"Content-Type": "application/json"}, json.dumps(given)),
            "rest-xml": (XML, f"<All>{members}</All>"),
            "query": (XML, echoed),
            "smithy-rpc-v2-cbor": ({"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, packed),
        }
        for protocol, (headers, body) in answers.items():
            with self.subTest(protocol):
                server = self.answering((200, headers, body))
                models = self.models(protocol, **({"resultWrapper": "EchoResult"} if protocol == "query" else {}))
                self.assertEqual(self.aws("echo", "echo", given, *models, url=server.url), given)
                sent = server.requests[0].body
                if "json" in protocol:
                    self.assertEqual(json.loads(sent), given)
                elif protocol == "query":
                    self.assertIn(b"Double=NaN&Float=-Infinity&List.member.1=Infinity&", sent)
                elif protocol == "rest-xml":
                    self.assertIn(b"<Double>NaN</Double><Float>-Infinity</Float>", sent)
                else:
                    self.assertEqual(sent.count(half_nan), 2)
                for wrong in ("nan", "Inf", "infinity", "1.5"):
                    error = self.refused("echo", "echo", {"Double": wrong}, *models, url=server.url)
                    self.assertEqual(error["path"], "Double")
                self.assertEqual(len(server.requests), 1)

    def test_policies_stay_the_strings_that_they_are(self):
        text = "%7B%22Version%22%3A%20%222012-10-17%22%7D"
        body = f"<R><GetRolePolicyResult><PolicyDocument>{text}</PolicyDocument></GetRolePolicyResult></R>"
        got = self.aws(
            *("iam", "get-role-policy", {"RoleName": "r", "PolicyName": "p"}),
            url=self.answering((200, XML, body)).url,
        )
        self.assertEqual(got, {"PolicyDocument": text})

    def test_an_error_never_echoes_what_is_sensitive(self):
        body = {"__type": "InvalidRequestException", "Message": "no", "SecretString": "hunter2"}
        server = self.answering((400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body)))
        given = {"SecretId": "s", "SecretString": "hunter2"}
        done = self.run_aws("secretsmanager", "put-secret-value", "--input", json.dumps(given), url=server.url,
                            STEWARDRY_LOG="debug")
        self.assertEqual(done.returncode, SERVICE_ERROR)
        self.assertNotIn(b"hunter2", done.stdout + done.stderr)
        for wrong in ({"SecretId": "s", "SecretString": "x" * 70000 + "hunter2"},
                      {"SecretId": "s", "SecretBinary": "!hunter2!"}):
            done = self.run_aws("secretsmanager", "put-secret-value", "--input", json.dumps(wrong), url=server.url)
            self.assertEqual(done.returncode, BAD_LINE, done.stderr)
            self.assertNotIn(b"hunter2", done.stdout + done.stderr)


class OutsideTheModels(aws_case.Answering):
    """The table of src/aws/customs.cc, as requests show it."""

    def shown(self, service, operation, given, *options, **variables):
        request = self.aws(service, operation, given, "--dry-run", *options, **variables)
        request["headers"] = {name.lower(): value for name, value in request["headers"].items()}
        return request

    def test_buckets_move_into_the_host_name(self):
        west = ("--region", "us-west-2")
        where = {
            "bbb": "https://bbb.s3.us-west-2.amazonaws.com/kkk",
            "b.b": "https://s3.us-west-2.amazonaws.com/b.b/kkk",
            "arn:aws:s3:us-west-2:123456789012:accesspoint/point":
                "https://point-123456789012.s3-accesspoint.us-west-2.amazonaws.com/kkk",
        }
        for bucket, url in where.items():
            self.assertEqual(self.shown("s3", "get-object", {"Bucket": bucket, "Key": "kkk"}, *west)["url"], url)
        (self.folder / "config").write_text("[default]\ns3 =\n  addressing_style = virtual\n")
        own = self.shown("s3", "get-object", GET, url="http://own.example.test:1234/base")
        self.assertEqual(own["url"], "http://bbb.own.example.test:1234/base/kkk")
        for bucket in ("b/b", "arn:aws:s3", ""):
            self.refused("s3", "get-object", {"Bucket": bucket, "Key": "kkk"})

    def test_copy_sources_are_encoded(self):
        for source, sent in {
            "b/a b+ü": "b/a%20b%2B%C3%BC",
            "b/k?versionId=v.1": "b/k?versionId=v.1",
            "b/k?other": "b/k%3Fother",
        }.items():
            request = self.shown("s3", "copy-object", {**GET, "CopySource": source})
            self.assertEqual(request["headers"]["x-amz-copy-source"], sent)

    def test_keys_of_customers_go_as_base64_with_their_digest(self):
        given = {**GET, "SSECustomerAlgorithm": "AES256", "SSECustomerKey": SECRET_BYTES.decode()}
        server = self.answering((200, {}, ""))
        self.aws("s3", "put-object", given, url=server.url)
        headers = server.requests[0].headers
        prefix = "x-amz-server-side-encryption-customer-key"
        self.assertEqual(base64.b64decode(headers[prefix]), SECRET_BYTES)
        self.assertEqual(base64.b64decode(headers[prefix + "-MD5"]), hashlib.md5(SECRET_BYTES).digest())
        shown = json.dumps(self.shown("s3", "put-object", given))
        for secret in (SECRET_BYTES.decode(), base64.b64encode(SECRET_BYTES).decode()):
            self.assertNotIn(secret, shown)

    def test_prefixes_of_route_53_are_taken_off_before_checking(self):
        zone = "/hostedzone/Z" + "1" * 31  # too long with its prefix
        request = self.shown("route53", "get-hosted-zone", {"Id": zone})
        self.assertTrue(request["url"].endswith("/2013-04-01/hostedzone/Z" + "1" * 31), request["url"])
        request = self.shown("route53", "get-change", {"Id": "/change/C1"})
        self.assertTrue(request["url"].endswith("/2013-04-01/change/C1"), request["url"])

    def test_api_gateway_is_asked_for_json(self):
        self.assertEqual(self.shown("apigateway", "get-rest-apis", {})["headers"]["accept"], "application/json")

    def test_user_data_goes_as_base64(self):
        given = {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "UserData": "#!/bin/sh\necho ü\n"}
        server = self.answering((200, XML, "<RunInstancesResponse/>"))
        self.aws("ec2", "run-instances", given, url=server.url)
        encoded = base64.b64encode(given["UserData"].encode()).decode()
        self.assertIn(b"UserData=" + encoded.replace("=", "%3D").encode(), server.requests[0].body)

    def test_sts_is_asked_unsigned_where_the_token_says_who_it_is(self):
        role = {"RoleArn": "arn:aws:iam::123456789012:role/r"}
        web = {**role, "RoleSessionName": "s-1", "WebIdentityToken": "toke"}
        saml = {**role, "PrincipalArn": "arn:aws:iam::123456789012:saml-provider/p", "SAMLAssertion": "PHg+"}
        for operation, given in (("assume-role-with-web-identity", web), ("assume-role-with-saml", saml)):
            for variables in ({}, NOBODY):
                self.assertNotIn("authorization", self.shown("sts", operation, given, **variables)["headers"])
        assume = {**role, "RoleSessionName": "s-1"}
        self.assertIn("authorization", self.shown("sts", "assume-role", assume)["headers"])

    def test_dynamodbs_checksum_is_looked_at(self):
        answers = iter(["1", "2745614147"])  # the second is that of {}
        server = self.answering(lambda _: (200, {**JSON, "x-amz-crc32": next(answers)}, "{}"))
        self.assertEqual(self.aws("dynamodb", "list-tables", url=server.url), {})
        self.assertEqual(len(server.requests), 2, "what is damaged is fetched again")
        server = self.answering((200, {**JSON, "x-amz-crc32": "1"}, "{}"))
        self.refused("dynamodb", "list-tables", url=server.url, code=FAILED, AWS_MAX_ATTEMPTS="1")

    def test_an_error_within_a_success_of_s3_is_one(self):
        copy = {**GET, "CopySource": "b/k"}
        text = "<Error><Code>{}</Code><Message>m</Message><RequestId>r</RequestId></Error>"
        server = self.answering((200, XML, text.format("AccessDenied")))
        error = self.refused("s3", "copy-object", copy, url=server.url, code=SERVICE_ERROR)
        self.assertEqual((error["code"], error["message"], error["requestId"]), ("AccessDenied", "m", "r"))
        server = self.answering((200, XML, text.format("InternalError")))
        error = self.refused("s3", "copy-object", copy, url=server.url, code=SERVICE_ERROR)
        self.assertEqual((error["code"], error["retryable"], len(server.requests)), ("InternalError", True, 3))

    def test_keys_of_listings_are_decoded_unless_they_were_asked_for_encoded(self):
        body = "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a+b%2F%C3%BC%01</Key></Contents>"
        server = self.answering((200, XML, body + "</ListBucketResult>"))
        query = ("--query", "Contents[0].Key")
        self.assertEqual(self.aws("s3", "list-objects-v2", {"Bucket": "bbb"}, *query, url=server.url), "a b/ü\x01")
        self.assertIn("encoding-type=url", server.requests[0].target)
        asked = {"Bucket": "bbb", "EncodingType": "url"}
        self.assertEqual(self.aws("s3", "list-objects-v2", asked, *query, url=server.url), "a+b%2F%C3%BC%01")

    def test_tokens_are_filled_in_before_the_input_is_checked(self):
        server = self.answering((200, {"Content-Type": "application/json"}, "{}"))
        self.aws("efs", "create-file-system", {}, url=server.url)  # its CreationToken is required
        self.aws("efs", "create-file-system", {}, url=server.url)
        tokens = {each.json["CreationToken"] for each in server.requests}
        self.assertEqual(len(tokens), 2)
        self.aws("efs", "create-file-system", {"CreationToken": "mine"}, url=server.url)
        self.assertEqual(server.requests[-1].json["CreationToken"], "mine")


class Trouble(aws_case.Answering):
    def test_an_answer_that_is_cut_is_never_a_success(self):
        half = {
            ("dynamodb", "list-tables"): (b"application/x-amz-json-1.0", b'{"TableNames":["a"]', None),
            ("sts", "get-caller-identity"): (b"text/xml", b"<GetCallerIdentityResponse><A>1</A>", None),
            ("s3", "list-objects-v2"): (b"application/xml", b"<ListBucketResult><Name>b</Name>", {"Bucket": "bbb"}),
        }
        for (service, operation), (kind, body, given) in half.items():
            for how, text in CUT.items():
                with self.subTest(service, how=how):
                    server = self.answering(text % (kind, body))
                    self.refused(service, operation, given, url=server.url, code=FAILED, AWS_MAX_ATTEMPTS="1")

    def test_a_slow_answer_is_waited_for_up_to_the_deadline(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 17\r\n\r\n"
        release = threading.Event()
        self.addCleanup(release.set)

        def slow(_):
            for byte in head + b'{"TableNames":[]}':
                yield bytes([byte])

        def stuck(_):
            yield head + b'{"Table'
            release.wait(60)

        self.assertEqual(self.aws("dynamodb", "list-tables", url=self.answering(slow).url), {"TableNames": []})
        error = self.refused("dynamodb", "list-tables", None, "--timeout", "0.5", url=self.answering(stuck).url,
                             code=FAILED)
        self.assertEqual(error["code"], "Deadline")

    def test_a_clock_that_is_wrong_is_corrected_once(self):
        def refuse_until(date, kind):
            def answer(request):
                if request.headers["X-Amz-Date"] >= date:
                    return 200, JSON, "{}"
                body = json.dumps({"__type": kind, "message": "Signature expired"}).encode()
                head = "HTTP/1.1 403 Forbidden\r\nContent-Type: application/x-amz-json-1.0\r\nDate: {}\r\n"
                return (head.format(at(3600)) + f"Content-Length: {len(body)}\r\n\r\n").encode() + body

            return answer

        in_half_an_hour = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + 1800))
        for kind in ("RequestTimeTooSkewed", "InvalidSignatureException"):
            server = self.answering(refuse_until(in_half_an_hour, kind))
            self.assertEqual(self.aws("dynamodb", "list-tables", url=server.url), {})
            self.assertEqual(len(server.requests), 2, kind)
        server = self.answering(refuse_until("9", "RequestTimeTooSkewed"))
        self.refused("dynamodb", "list-tables", url=server.url, code=SERVICE_ERROR)
        self.assertLessEqual(len(server.requests), 3)

    def test_expired_tokens_and_bad_inputs_are_not_tried_again(self):
        for kind in ("ExpiredTokenException", "ExpiredToken", "ValidationException", "AccessDeniedException"):
            server = self.answering((400, JSON, json.dumps({"__type": kind, "message": "m"})))
            error = self.refused("dynamodb", "list-tables", url=server.url, code=SERVICE_ERROR)
            self.assertEqual((error["code"], error["retryable"], len(server.requests)), (kind, False, 1))

    def test_gateways_errors_are_tried_again(self):
        for status in (502, 504):
            answers = iter([(status, {"Content-Type": "text/html"}, "<html>bad gateway")])
            server = self.answering(lambda _: next(answers, (200, JSON, "{}")))
            self.assertEqual(self.aws("dynamodb", "list-tables", url=server.url), {})
            self.assertEqual(len(server.requests), 2, status)


    def test_a_waiter_that_is_used_up(self):
        folder = self.folder / "models" / "dynamodb" / "2012-08-10"
        folder.mkdir(parents=True)
        acceptor = {"state": "success", "matcher": "path", "argument": "Table.TableStatus", "expected": "ACTIVE"}
        soon = {"operation": "DescribeTable", "delay": 1, "maxAttempts": 2, "acceptors": [acceptor]}
        (folder / "waiters-2.json").write_text(json.dumps({"version": 2, "waiters": {"Soon": soon}}))
        server = self.answering((200, JSON, '{"Table":{"TableStatus":"CREATING"}}'))
        options = ("--models", str(self.folder / "models"), "--wait", "soon")
        error = self.refused("dynamodb", "describe-table", {"TableName": "t"}, *options, url=server.url, code=FAILED)
        self.assertEqual((error["code"], len(server.requests)), ("WaiterTimeout", 2))

    def test_bodies_are_not_held(self):
        """Neither way: what a process needs at most does not grow with them."""
        size = 96 * 1024 * 1024
        file = self.folder / "body"

        def answer(request):
            if request.method == "PUT":
                return 200, {}, ""
            return 200, {}, b"x" * (size if "large" in request.target else 1)

        server = self.answering(answer)

        def needs(operation, key, *options):
            given = json.dumps({"Bucket": "bbb", "Key": key})
            words = [BINARY, "aws", "--endpoint-url", server.url, "s3", operation, "--input", given, *options]
            words = [sys.executable, "-c", MEMORY_OF, *words]
            done = subprocess.run(words, capture_output=True, env=self.environment())
            self.assertEqual(done.returncode, DONE, done.stderr)
            return int(done.stdout)

        least = needs("get-object", "small", "--output-body", str(file))
        self.assertLess(needs("get-object", "large", "--output-body", str(file)) - least, size / 2)
        self.assertEqual(file.stat().st_size, size)
        self.assertLess(needs("put-object", "large", "--body", str(file)) - least, size / 2)
        self.assertEqual(len(server.requests[-1].body), size)


class Configuration(aws_case.Answering):
    def refused_configuration(self, *options, **variables):
        return self.refused("dynamodb", "list-tables", None, *options, code=BAD_CONFIGURATION, **variables)

    def test_what_exits_with_253(self):
        """One by one, with the code that names it. Nothing of it reaches the service."""
        server = self.answering((200, JSON, "{}"))
        role = "role_arn = arn:aws:iam::123456789012:role/r\n"
        sso = "[profile sso]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = R\n"
        sso += "[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start\n"
        tokens = self.folder / ".aws" / "sso" / "cache"
        tokens.mkdir(parents=True)
        token = {"accessToken": "bearer", "expiresAt": "2020-01-01T00:00:00Z"}
        (tokens / (hashlib.sha1(b"s").hexdigest() + ".json")).write_text(json.dumps(token))
        container = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
        cases = {
            "NoRegion": ("", (), {"AWS_REGION": None}),
            "NoCredentials": ("", (), NOBODY),
            "InvalidConfiguration": ("", ("--profile", "nobody"), {}),
            "PartialCredentials": ("", (), {"AWS_SECRET_ACCESS_KEY": None}),
            "CredentialProcess": ("[profile p]\ncredential_process = false\n", ("--profile", "p"), {}),
            "CircularRoles": (
                f"[profile p]\n{role}source_profile = q\n[profile q]\n{role}source_profile = p\n",
                ("--profile", "p"), {}),
            "SsoTokenExpired": (sso, ("--profile", "sso"), {}),
            "SsoTokenMissing": (sso.replace("session s", "session t").replace("= s\n", "= t\n"),
                                ("--profile", "sso"), {}),
            "ContainerUriNotAllowed": ("", (), {**NOBODY, container: "http://example.com/x"}),
            "MfaNotSupported": (f"[profile p]\n{role}mfa_serial = m\ncredential_source = Environment\n",
                                ("--profile", "p"), {}),
            "FileNotReadable": ("", (), {**NOBODY, "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token",
                                         "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/r"}),
        }
        for code, (config, options, variables) in cases.items():
            with self.subTest(code):
                (self.folder / "config").write_text(config)
                error = self.refused_configuration(*options, url=server.url, **variables)
                self.assertEqual((error["code"], error["retryable"], error["httpStatus"]), (code, False, None))
        for broken in ("[default", "[default]\nmax_attempts = many\n", "[default]\nretry_mode = hard\n"):
            (self.folder / "config").write_text(broken)
            self.assertEqual(self.refused_configuration(url=server.url)["code"], "InvalidConfiguration", broken)
        self.assertEqual(server.requests, [])

    def test_the_region_of_the_environment(self):
        both = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}
        for variables, region in (
            (both, "eu-west-1"), ({**both, "AWS_REGION": None}, "eu-west-2"), ({**both, "AWS_REGION": ""}, "eu-west-2")
        ):
            shown = self.aws("dynamodb", "list-tables", None, "--dry-run", **variables)
            self.assertEqual(shown["url"], f"https://dynamodb.{region}.amazonaws.com/")

    def test_fips_and_dual_stack_of_the_environment(self):
        fips, dual = {"AWS_USE_FIPS_ENDPOINT": "true"}, {"AWS_USE_DUALSTACK_ENDPOINT": "true"}
        for variables, host in (
            (fips, "s3-fips.us-east-1.amazonaws.com"),
            (dual, "s3.dualstack.us-east-1.amazonaws.com"),
            ({**fips, **dual}, "s3-fips.dualstack.us-east-1.amazonaws.com"),
        ):
            shown = self.aws("s3", "get-object", GET, "--dry-run", **variables)
            self.assertEqual(shown["url"], f"https://bbb.{host}/kkk")

    def test_endpoints_of_the_environment_are_the_chains_too(self):
        keys = "".join(f"<{name}>x</{name}>" for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        text = f"<R><AssumeRoleResult><Credentials>{keys}<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>"
        sts = self.answering((200, XML, text + "</AssumeRoleResult></R>"))
        tables = self.answering((200, JSON, "{}"))
        (self.folder / "config").write_text(
            "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = Environment\n"
            "services = here\n[services here]\ndynamodb =\n  endpoint_url = " + tables.url + "\n"
        )
        self.aws("dynamodb", "list-tables", None, "--profile", "p", AWS_ENDPOINT_URL_STS=sts.url)
        self.assertEqual((len(sts.requests), len(tables.requests)), (1, 1))
        self.assertIn("Credential=x/", tables.requests[0].headers["Authorization"])

    def test_proxies_of_the_environment(self):
        proxy = self.answering((200, JSON, "{}"))
        through = {"HTTP_PROXY": proxy.url, "HTTPS_PROXY": proxy.url, "AWS_MAX_ATTEMPTS": "1"}
        self.aws("dynamodb", "list-tables", url="http://tables.example.test", NO_PROXY=None, **through)
        self.assertEqual(proxy.requests[0].target, "http://tables.example.test/")
        # It takes the tunnel for a request, and what it answers is no TLS.
        secure = "https://tables.example.test"
        self.refused("dynamodb", "list-tables", url=secure, NO_PROXY=None, code=FAILED, **through)
        self.assertEqual((proxy.requests[1].method, proxy.requests[1].target), ("CONNECT", "tables.example.test:443"))
        self.assertIsNone(proxy.requests[1].headers["Authorization"])
        server = self.answering((200, JSON, "{}"))
        self.aws("dynamodb", "list-tables", url=server.url, NO_PROXY="127.0.0.1", **through)
        self.assertEqual((len(proxy.requests), len(server.requests)), (2, 1))

    def test_trust_anchors_of_the_environment(self):
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
            + ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
            check=True,
            capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = self.answering((200, JSON, "{}"), tls=context)
        once = {"url": server.url, "AWS_MAX_ATTEMPTS": "1"}
        self.aws("dynamodb", "list-tables", AWS_CA_BUNDLE=str(certificate), **once)
        error = self.refused("dynamodb", "list-tables", code=FAILED, **once)
        self.assertIn("certificate", error["message"].lower())
        self.refused("dynamodb", "list-tables", code=BAD_CONFIGURATION, AWS_CA_BUNDLE=str(self.folder / "none"), **once)
        self.assertEqual(len(server.requests), 1)


if __name__ == "__main__":
    stewardry.main()

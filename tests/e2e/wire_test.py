"""What comes over the wire, good and bad: framing, limits, smuggling, and bodies that no handler should see."""

import json
import socket
import ssl
import subprocess

import stewardry
from stewardry import WORKSPACE


class Wire(stewardry.TestCase):
    def raw(self, server, data, shut=False):
        """Sends bytes, and reads until the other end closes or nothing more comes."""
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as s:
            s.sendall(data)
            if shut:
                s.shutdown(socket.SHUT_WR)
            received = b""
            try:
                while chunk := s.recv(65536):
                    received += chunk
            except (ConnectionResetError, TimeoutError) as error:
                return received, repr(error)
            return received, "closed"

    def test_what_is_not_http_or_smuggles_gets_a_4xx_and_a_closed_connection(self):
        server = self.server()
        host = b"Host: x\r\n"
        for name, data in {
            "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not http\r\n\r\n",
            "two lengths": b"POST /accounts HTTP/1.1\r\n"
            + host
            + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
            "length and chunked": b"POST /accounts HTTP/1.1\r\n"
            + host
            + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "negative length": b"POST /accounts HTTP/1.1\r\n" + host + b"Content-Length: -3\r\n\r\n",
            "plus length": b"POST /accounts HTTP/1.1\r\n" + host + b"Content-Length: +3\r\n\r\nabc",
            "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
            "two hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "space before colon": b"GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n",
            "folded header": b"GET /healthz HTTP/1.1\r\n" + host + b"X-A: b\r\n c\r\n\r\n",
            "NUL in header": b"GET /healthz HTTP/1.1\r\n" + host + b"X-A: b\0c\r\n\r\n",
            "bad chunk": b"POST /accounts HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
            "huge header": b"GET /healthz HTTP/1.1\r\n" + host + b"X-A: " + b"a" * 40000 + b"\r\n\r\n",
            "huge target": b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n" + host + b"\r\n",
            "huge body": b"POST /accounts HTTP/1.1\r\n" + host + b"Content-Length: 99999999\r\n\r\n",
        }.items():
            with self.subTest(name):
                received, ending = self.raw(server, data)
                self.assertRegex(received.decode("latin-1"), r"\AHTTP/1\.1 4\d\d ", name)
                self.assertEqual(ending, "closed", name)
                self.assertEqual(received.count(b"HTTP/1.1 "), 1, name)
                body = received.split(b"\r\n\r\n", 1)[1]
                problem = json.loads(body)
                self.assertTrue(problem["detail"] and problem["requestId"], name)
        self.assertEqual(server.call(None, "GET", "/healthz").status, 200)

    def test_statuses_of_limits(self):
        server = self.server()
        for data, status in [
            (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 40000 + b"\r\n\r\n", 431),
            (b"GET /" + b"a" * 12000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
            (b"POST /accounts HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", 413),
        ]:
            received, _ = self.raw(server, data)
            self.assertTrue(received.startswith(b"HTTP/1.1 %d " % status), received[:60])

    def test_pipelined_requests_are_answered_in_order(self):
        server = self.server()
        one = "GET /nothing/{} HTTP/1.1\r\nHost: x\r\nX-Request-Id: id-{}\r\n\r\n"
        data = (
            "".join(one.format(i, i) for i in range(20))
            + "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        received, ending = self.raw(server, data.encode())
        ids = [
            line.split(": ")[1]
            for line in received.decode().split("\r\n")
            if line.lower().startswith("x-request-id: id-")
        ]
        self.assertEqual(ids, [f"id-{i}" for i in range(20)])
        self.assertEqual(ending, "closed")

    def test_expect_100_continue(self):
        server = self.server()
        body = json.dumps({"accountId": "123456789012", "accountType": "aws", "roleName": "R"}).encode()
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as s:
            s.sendall(
                f"POST /accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token('ada')}\r\n"
                "Content-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n".encode()
            )
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 100 "))
            s.sendall(body)
            self.assertTrue(s.recv(65536).startswith(b"HTTP/1.1 201 "))

    def test_no_body_makes_a_500(self):
        server = self.server()
        account = self.account(server)
        good = {"accountId": account, "name": "n", "organizationId": WORKSPACE}
        bodies = [
            b"",
            b" ",
            b"null",
            b"[]",
            b"1",
            b'"x"',
            b"{",
            b"{}{}",
            b"\xff\xfe",
            b'{"a":"\xff"}',
            b'{"name":"\\u0000"}',
            b'{"name":"\\ud800"}',
            b'{"name":1e999}',
            b'{"name":' + b"9" * 400 + b"}",
            b"[" * 5000,
            b'{"a":' * 3000 + b"1" + b"}" * 3000,
            b'{"name":"a","name":"b","accountId":"' + account.encode() + b'"}',
            json.dumps({**good, "name": ["n"]}).encode(),
            json.dumps({**good, "name": None}).encode(),
            json.dumps({**good, "name": ""}).encode(),
            json.dumps({**good, "name": "x" * 5000}).encode(),
            json.dumps({**good, "extra": 1}).encode(),
            json.dumps({**good, "accountId": "nonsense"}).encode(),
            json.dumps({**good, "organizationId": "INDEPENDENT"}).encode(),
            json.dumps({**good, "organizationId": 7}).encode(),
            json.dumps({**good, "name": "a\u0007b"}).encode(),
        ]
        for body in bodies:
            with self.subTest(body[:60]):
                answer = server.call("ada", "POST", "/compute-nodes", body)
                self.assertEqual(answer.status, 400, answer.text)
                self.assertTrue(answer.json["detail"])
        self.expect(
            server.call(
                "ada", "POST", "/compute-nodes", b"x=1", {"Content-Type": "application/x-www-form-urlencoded"}
            ),
            415,
        )
        unicode_name = "Ünïcode \U0001f680 名前"
        made = self.expect(server.call("ada", "POST", "/compute-nodes", {**good, "name": unicode_name}), 202)
        self.assertEqual(made.json["name"], unicode_name)

    def test_no_target_makes_a_500(self):
        server = self.server()
        for target in [
            "/compute-nodes/%00",
            "/compute-nodes/%ff",
            "/compute-nodes/%zz",
            "/compute-nodes/%2e%2e",
            "/compute-nodes/%F0%9F%9A%80/permissions",
            "/compute-nodes?limit=0",
            "/compute-nodes?limit=1001",
            "/compute-nodes?limit=99999999999999999999",
            "/compute-nodes?limit=a",
            "/compute-nodes?cursor=AAAA",
            "/compute-nodes?cursor=%ff",
            "/compute-nodes?organization_id=x",
            "/compute-nodes?nonsense=1",
            "/compute-nodes?limit=1&limit=2",
            "/compute-nodes?count=maybe",
            "/accounts/not-a-uuid",
            "/operations?status=Nonsense",
        ]:
            with self.subTest(target):
                answer = server.call("ada", "GET", target)
                self.assertEqual(answer.status, 400, answer.text)
                self.assertTrue(answer.json["errors"], answer.text)

    def test_events_of_an_operation(self):
        server = self.server()
        node = self.node(server, self.account(server), complete=False)
        operation = server.call("ada", "GET", "/operations").json[0]["id"]
        connection = server.connection()
        connection.request(
            "GET", f"/operations/{operation}/events", headers={"Authorization": "Bearer " + server.token("ada")}
        )
        response = connection.getresponse()
        self.assertEqual((response.status, response.headers.get_content_type()), (200, "text/event-stream"))

        def next_event():
            lines = []
            while True:
                line = response.readline().decode().rstrip("\n")
                if not line and lines:
                    return lines
                if line and not line.startswith(":"):
                    lines.append(line)

        self.assertIn('"Pending"', "".join(next_event()))
        self.expect(server.call("ops", "POST", f"/operations/{operation}/complete"), 200)
        self.assertIn('"Success"', "".join(next_event()))
        self.assertEqual(response.read(), b"")
        self.assertEqual(server.call("ada", "GET", f"/compute-nodes/{node}").json["status"], "Enabled")

    def test_tls_by_configuration(self):
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run(
            [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-keyout",
                str(key),
                "-out",
                str(certificate),
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
            ],
            check=True,
            capture_output=True,
        )
        config = self.folder / "config.toml"
        config.write_text(f'[server]\ntls_certificate = "{certificate}"\ntls_key = "{key}"\n')
        server = self.server("--config", str(config), start=False)
        server.connection = lambda: stewardry.http.client.HTTPSConnection(
            "localhost", server.port, timeout=30, context=ssl.create_default_context(cafile=str(certificate))
        )
        server.start()
        self.assertTrue(server.url.startswith("https://"))
        self.expect(server.call("ada", "GET", "/accounts"), 200)
        config.write_text(f'[server]\ntls_certificate = "{key}"\ntls_key = "{certificate}"\n')
        refused = stewardry.run(
            "serve",
            "--data",
            str(self.folder / "other"),
            "--listen",
            "127.0.0.1:0",
            "--development",
            "--config",
            str(config),
        )
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(str(key), refused.stderr)

    def test_the_reference_page_stands_alone(self):
        server = self.server()
        page = self.expect(server.call(None, "GET", "/docs"), 200)
        self.assertEqual(page.headers.get_content_type(), "text/html")
        for outside in ("http://cdn", "https://cdn", 'src="http', 'href="http'):
            self.assertNotIn(outside, page.text)
        document = self.expect(server.call(None, "GET", "/openapi.json"), 200).json
        self.assertEqual(document["openapi"][:3], "3.1")
        self.assertGreaterEqual(sum(len(methods) for methods in document["paths"].values()), 17)


if __name__ == "__main__":
    stewardry.main()

"""What the tests of `stewardry aws` share: the command in a clean environment, and servers of our own making."""

import contextlib
import http.server
import json
import os
import socket
import subprocess
import threading

import aws_servers
import stewardry
from stewardry import BINARY, READY_WITHIN_S

# Exit codes (docs/reference/aws.md)
DONE, BAD_LINE, BAD_CONFIGURATION, SERVICE_ERROR, FAILED = 0, 252, 253, 254, 255

MEMBERS_OF_AN_ERROR = {
    "code": str,
    "message": str,
    "requestId": (str, type(None)),
    "httpStatus": (int, type(None)),
    "retryable": bool,
    "path": (str, type(None)),
    "problems": list,
    "members": dict,
}


class AwsCase(stewardry.TestCase):
    server = None  # started once for all tests of a class
    Server = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.Server:
            cls.server = cls.Server()
            cls.addClassCleanup(cls.server.close)

    def environment(self, **more):
        """Nothing of the machine's own AWS settings; None takes a variable away."""
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("AWS_", "HTTP"))}
        kept.update(
            HOME=str(self.folder),
            AWS_ACCESS_KEY_ID=aws_servers.ACCESS_KEY,
            AWS_SECRET_ACCESS_KEY=aws_servers.SECRET_KEY,
            AWS_REGION=aws_servers.REGION,
            AWS_CONFIG_FILE=str(self.folder / "config"),
            AWS_SHARED_CREDENTIALS_FILE=str(self.folder / "credentials"),
            AWS_EC2_METADATA_DISABLED="true",
            NO_PROXY="*",
        )
        kept.update(more)
        return {name: value for name, value in kept.items() if value is not None}

    def run_aws(self, *words, stdin="", url=None, **environment):
        where = url or (self.server and self.server.url)
        to = ["--endpoint-url", where] if where else []
        return subprocess.run(
            [BINARY, "aws", *to, *words],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            timeout=READY_WITHIN_S * 2,
            env=self.environment(**environment),
        )

    @staticmethod
    def words(service, operation, given, options):
        call = [service, operation] + ([] if given is None else ["--input", json.dumps(given)])
        return call + list(options)

    def aws(self, service, operation, given=None, *options, **more):
        """The output of a call that must succeed."""
        done = self.run_aws(*self.words(service, operation, given, options), **more)
        self.assertEqual(done.returncode, DONE, f"{service} {operation} {given}: {done.stderr.decode()[-3000:]}")
        return json.loads(done.stdout)

    def refused(self, service, operation, given=None, *options, code=BAD_LINE, **more):
        """The error of a call that must fail with that exit code."""
        return self.error_of(self.run_aws(*self.words(service, operation, given, options), **more), code)

    def error_of(self, done, code):
        self.assertEqual(done.returncode, code, (done.stdout, done.stderr))
        self.assertEqual(done.stdout, b"", "nothing but the error is said")
        lines = done.stderr.decode().splitlines()
        self.assertEqual(len(lines), 1, lines)
        document = json.loads(lines[0])
        self.assertEqual(list(document), ["error"])
        error = document["error"]
        self.assertEqual(list(error), list(MEMBERS_OF_AN_ERROR))
        for name, kind in MEMBERS_OF_AN_ERROR.items():
            self.assertIsInstance(error[name], kind, name)
        self.assertTrue(error["code"] and error["message"], error)
        if error["problems"]:
            self.assertEqual(error["path"], error["problems"][0]["path"])
        self.assertNotIn(aws_servers.SECRET_KEY, lines[0])
        return error


class Request:
    def __init__(self, handler, body):
        self.method, self.target = handler.command, handler.path
        self.headers, self.body = handler.headers, body

    @property
    def json(self):
        return json.loads(self.body)


class OwnServer:
    """Answers as `answer(request)` says: (status, headers, body), or bytes that are sent as they are before the
    connection is cut (an iterator of them: each when it comes), or None for no answer at all. Keeps what was asked."""

    def __init__(self, answer, tls=None):
        self.requests = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def handle_one(self):
                request = Request(self, owner.body_of(self))
                owner.requests.append(request)
                with contextlib.suppress(OSError):  # who asked is gone
                    self.reply_with(answer(request))

            def reply_with(self, reply):
                if not isinstance(reply, tuple):
                    for part in [reply or b""] if reply is None or isinstance(reply, bytes) else reply:
                        self.wfile.write(part)
                        self.wfile.flush()
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, headers, text = reply
                text = text.encode() if isinstance(text, str) else text
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            def __getattr__(self, name):
                if name.startswith("do_"):
                    return self.handle_one
                raise AttributeError(name)

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):  # a connection that was cut is what is tested
                pass

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        if tls:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @staticmethod
    def body_of(handler):
        if handler.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while True:
                size = int(handler.rfile.readline().split(b";")[0], 16)
                body += handler.rfile.read(size)
                handler.rfile.readline()
                if size == 0:
                    return body
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))

    def close(self):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


class Answering(AwsCase):
    """Tests whose servers are of their own."""

    def answering(self, answer, tls=None):
        server = OwnServer(answer if callable(answer) else lambda _: answer, tls)
        self.addCleanup(server.close)
        return server

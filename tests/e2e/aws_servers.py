"""Real servers that speak AWS's protocols, for the tests of `stewardry aws`; tools/servers fetches them, once.

Each listens on a free port of 127.0.0.1, keeps what it has in a folder of its own or in memory, and ends with close().
"""

import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_WITHIN_S = 120  # a virtual machine for Java on a busy computer takes its time
ACCESS_KEY, SECRET_KEY = "AKIDEXAMPLEEXAMPLE00", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"


def fetched(name):
    """The folder of what tools/servers fetched under that name."""
    done = subprocess.run([str(ROOT / "tools" / "servers"), name], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"tools/servers {name}: {done.stderr[-2000:]}")
    return pathlib.Path(done.stdout.strip())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A program that is started, waited for until it answers HTTP, and stopped."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="stewardry-aws-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = open(self.folder / "log", "wb")
        try:
            self.process = subprocess.Popen(
                self.command(),
                stdout=self.log,
                stderr=self.log,
                cwd=self.folder,
                start_new_session=True,
                env={**os.environ, **self.variables()},
            )
            self.wait_until_ready()
        except BaseException:
            self.close()
            raise

    def command(self):
        raise NotImplementedError

    def variables(self):
        return {}

    def wait_until_ready(self):
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"{type(self).__name__} ended: {self.log_text()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                connection.request("GET", "/")
                connection.getresponse().read()
                connection.close()
                return
            time.sleep(0.05)
        raise AssertionError(f"{type(self).__name__} was not ready: {self.log_text()}")

    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def close(self):
        process = getattr(self, "process", None)
        if process and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        if process:
            process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Moto(Server):
    def command(self):
        return [str(fetched("python") / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(self.port)]

    def variables(self):
        return {"MOTO_IAM_LOAD_MANAGED_POLICIES": "false", "PYTHONDONTWRITEBYTECODE": "1"}


def java(folder, *arguments):
    options = ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Xmx512m"]
    return ["java", *options, f"-Djava.library.path={folder}/lib", "-cp", f"{folder}/lib/*", *arguments]


class DynamoDbLocal(Server):
    def command(self):
        main = "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"
        return java(fetched("dynamodb-local"), main, "-inMemory", "-port", str(self.port), "-disableTelemetry")


class ElasticMq(Server):
    def command(self):
        (self.folder / "settings.conf").write_text(
            'include classpath("application.conf")\n'
            f'node-address {{ protocol = http, host = "127.0.0.1", port = {self.port} }}\n'
            f'rest-sqs {{ bind-hostname = "127.0.0.1", bind-port = {self.port} }}\n'
            "rest-stats.enabled = false\n"
        )
        command = java(fetched("elasticmq"), "org.elasticmq.server.Main")
        return [command[0], f"-Dconfig.file={self.folder}/settings.conf", *command[1:]]


class VersityGw(Server):
    """S3 that verifies every signature, with versions."""

    def command(self):
        for name in ("objects", "versions"):
            (self.folder / name).mkdir()
        return [
            str(fetched("versitygw") / "bin" / "versitygw"),
            *("--port", f"127.0.0.1:{self.port}", "--access", ACCESS_KEY, "--secret", SECRET_KEY),
            *("posix", "--versioning-dir", str(self.folder / "versions"), str(self.folder / "objects")),
        ]

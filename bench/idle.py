#!/usr/bin/env python3
"""What idle connections cost: opens 10,000 keep-alive connections to a server, asks once on each, and prints the
server's resident memory in MB before and with them.

    bench/idle.py [PATH/bench_http_server] [COUNT]

Raise the limit of open files first (ulimit -n 25000). Python's standard library is enough.
"""
import os
import resource
import socket
import subprocess
import sys

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "build/release/bench/bench_http_server"
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
REQUEST = b"GET / HTTP/1.1\r\nHost: idle\r\n\r\n"


def resident_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with subprocess.Popen([PROGRAM, "0"], stdout=subprocess.PIPE) as server:
        port = int(server.stdout.readline())
        before = resident_mb(server.pid)
        connections = []
        for _ in range(COUNT):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(REQUEST)
            connections.append(connection)
            if len(connection.recv(4096)) < 600:
                raise RuntimeError("no answer")
        print(f"resident MB before {before:.1f}")
        print(f"resident MB with {COUNT} idle connections {resident_mb(server.pid):.1f}")
        server.terminate()
        server.wait()
        print(f"exit code {server.returncode}")
    return 0


if __name__ == "__main__":
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    sys.exit(main())

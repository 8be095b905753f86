"""What the tests of the command line share: people who are logged in, each with a profile of their own."""

import json
import os
import pathlib
import stat
import unicodedata

import stewardry
from stewardry import run, user

# Exit codes (docs/reference/exit-codes.md)
DONE, NO, USAGE, AMBIGUOUS, NOT_LOGGED_IN, FORBIDDEN, NOT_FOUND, CONFLICT, IMPOSSIBLE, UNAVAILABLE = range(10)

NAMES = {"ada": "Ada Lovelace", "ben": "Ben", "cy": "Cy Young", "dee": "Dee", "gus": "Gus", "zoe": "Zoë 山田"}


def directory(**options):
    """As stewardry.directory(), with names such as people have."""
    document = stewardry.directory(**options)
    for one in document["users"]:
        one["name"] = NAMES.get(one["name"], one["name"])
    return document


def columns_of(line):
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    return len(line) - sum(unicodedata.combining(c) > 0 for c in line) + wide


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class CliCase(stewardry.TestCase):
    def setUp(self):
        super().setUp()
        self.config = self.folder / "config"

    def environment(self, **more):
        clean = {"XDG_CONFIG_HOME": str(self.config), "LC_ALL": "C.UTF-8", "COLUMNS": "", "NO_COLOR": ""}
        clean.update({"STEWARDRY_PROFILE": "", "STEWARDRY_URL": "", "STEWARDRY_TOKEN": ""})
        return {**{name: value for name, value in clean.items() if value}, **more}

    def run_cli(self, *arguments, stdin="", **environment):
        return run(*arguments, stdin=stdin, environment=self.environment(**environment))

    def login(self, server, *people):
        for who in people:
            done = self.run_cli("login", "--url", server.url, "--profile", who, stdin=server.token(who) + "\n")
            self.assertEqual(done.returncode, 0, done.stderr)

    def cli(self, who, *arguments, code=DONE, **environment):
        """Runs a command with somebody's profile; gives what it printed."""
        done = self.run_cli(*arguments, "--profile", who, **environment)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def text(self, who, *arguments, **options):
        return self.cli(who, *arguments, **options).stdout

    def json(self, who, *arguments, **options):
        return json.loads(self.cli(who, *arguments, "--json", **options).stdout)

    def refused(self, who, *arguments, code, **options):
        done = self.cli(who, *arguments, code=code, **options)
        self.assertTrue(done.stderr.startswith("stewardry: "), done.stderr)
        return done.stderr

    # The usual world, and who is in it.
    def world(self, *arguments, people=("ada", "ben", "cy", "dee", "gus", "ops"), **options):
        server = self.server(*arguments, document=directory(**options))
        self.login(server, *people)
        return server

    def lab(self, server, node="gpu-1"):
        """Ada's account lab, public in acme, with a node on it; gives the node's uuid."""
        account = self.account(server)
        return self.node(server, account, name=node) if node else account



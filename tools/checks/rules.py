"""The rules that a line, or the shape of a file, can break. A finding is (file, line, rule, what and what instead)."""

import pathlib
import re

from checks.source import CXX, blank, is_test

LINE_COLUMNS_MAX = 120
UNWRAPPABLE = re.compile(r'://|R"')  # an address; data in a raw string
LONG_LINES = {".md", ".html", ".case", ".toml"}  # tables, which do not wrap
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
TEST_LINES_MAX = 100


def outside(*modules):
    """In src, save in these modules and in tests."""
    prefixes = tuple(f"src/{module}/" for module in modules)
    return lambda name: name.startswith("src/") and not name.startswith(prefixes) and not is_test(name)


def everywhere(name):
    del name
    return True


def src_with_tests(*modules):
    prefixes = tuple(f"src/{module}/" for module in modules)
    return lambda name: name.startswith("src/") and not name.startswith(prefixes)


# rule, what is looked for in code without comments and literals, where, what to do instead
BANNED = [
    ("regex", r"\bstd::(basic_)?regex\b|#\s*include\s*<regex>", everywhere,
     "std::regex takes exponential time on hostile input: write a parser"),
    ("system", r"(?<![\w.:>])(std::)?system\s*\(", everywhere,
     "system() runs a shell: use posix_spawn with an argument list"),
    ("strtok", r"\bstrtok(_r)?\s*\(", everywhere, "strtok keeps hidden state: split a string_view"),
    ("rand", r"(?<![\w.:>])(std::)?s?rand\s*\(", everywhere,
     "rand() is no source of randomness: take a base::Entropy"),
    ("endl", r"\bstd::endl\b", everywhere, r"std::endl flushes: write '\n'"),
    ("c-strings", r"\b(strcpy|strcat|sprintf|vsprintf)\s*\(", everywhere, "no limit: use fmt or std::string"),
    ("c-numbers", r"\b(atoi|atol|atoll|atof)\s*\(", outside(), "hides errors: use std::from_chars"),
    ("sleep", r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(|(?<![\w.:>])sleep\s*\(", src_with_tests("net"),
     "waits for time instead of for what is awaited: use a condition variable, a deadline or a manual clock"),
    ("throw", r"\bthrow\b(?!\s*\(\s*\))", outside(), "nothing throws here: return base::fail(...)"),
    ("cout", r"\bstd::(cout|cerr|clog)\b|(?<![\w:])printf\s*\(", outside("app"),
     "only app talks to a terminal: log, or return the text"),
    ("getenv", r"\b(secure_)?getenv\s*\(", outside("app"),
     "the environment is read once, by app: take the value as an option"),
    ("detach", r"\.detach\s*\(\s*\)", outside(), "a detached thread outlives what it uses: join it"),
    ("skip", r"\bGTEST_SKIP\b|\bDISABLED_\w", everywhere, "a test that does not run proves nothing"),
    ("using-namespace", r"\busing\s+namespace\s+std\s*;", everywhere, "name what is used"),
]
BANNED = [(rule, re.compile(pattern), where, instead) for rule, pattern, where, instead in BANNED]

# Spelt in two halves, so that this file does not break its own rules.
LEFTOVER = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|X" + "XX|HA" + "CK)\\b")
MACHINE_PATH = re.compile(r"(?<![\w.}\-/])/(" + "work|ho" + r"me|root|Users)/[\w.]")

# A comment that reads as a statement. Examples of use in a header are indented by more than one space: left alone.
COMMENTED_CODE = re.compile(
    r"^\s*// ?(?:"
    r"[\w:<>,&*\[\]]+(?:\s+[\w:<>,&*]+)*\s+[\w.\->\[\]]+\s*[-+|&]?=\s*.*;"
    r"|[\w:.\->]+(?:<[^>]*>)?\(.*\);"
    r"|(?:if|for|while|switch)\s*\(.*\)\s*(?:\{|.*;)"
    r"|return\b[^.]*;"
    r"|#\s*(?:include|if|ifdef|define|endif)\b.*"
    r"|\}\s*(?:else\s*\{)?"
    r")\s*$")


def check_lines(tree):
    for name in tree.files:
        suffix = pathlib.PurePosixPath(name).suffix
        text = tree.text(name)
        if suffix == ".json":
            continue
        # What stands in a raw string is data, which does not wrap.
        wrapped = blank(text, keep_comments=True).split("\n") if suffix in CXX else text.split("\n")
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                yield name, number, "trailing-space", "space at the end of the line"
            if "\t" in line:
                yield name, number, "tab", "a tab: indent with spaces"
            if MACHINE_PATH.search(line):
                yield name, number, "machine-path", "a path of one machine: make it relative, or an option"
            columns = len(wrapped[number - 1].rstrip())
            wraps = suffix not in LONG_LINES and name != "tools/waivers.txt" and not UNWRAPPABLE.search(line)
            if wraps and columns > LINE_COLUMNS_MAX:
                yield name, number, "line-length", f"{columns} columns, at most {LINE_COLUMNS_MAX}"
            if suffix != ".md" and LEFTOVER.search(line):
                yield name, number, "leftover", "do it, or file an issue: no notes to self in the code"
        if text and not text.endswith("\n"):
            yield name, text.count("\n") + 1, "last-newline", "the file does not end with a newline"


def check_banned(tree):
    for name in tree.cxx("src", "tests", "bench"):
        lines = blank(tree.text(name)).split("\n")
        for rule, pattern, where, instead in BANNED:
            if not where(name):
                continue
            for number, line in enumerate(lines, 1):
                if pattern.search(line):
                    yield name, number, rule, instead


def check_comments(tree):
    for name in tree.cxx("src", "tests", "bench"):
        for number, line in enumerate(tree.text(name).split("\n"), 1):
            if COMMENTED_CODE.match(line):
                yield name, number, "commented-code", "looks like code: delete it, or say why in words"


def check_headers(tree):
    for name in tree.cxx("src", "tests", "bench"):
        if not name.endswith(".h"):
            continue
        lines = tree.text(name).split("\n")
        if "#pragma once" not in lines:
            yield name, 1, "pragma-once", "a header needs #pragma once"
        if not lines[0].startswith("// ") or len(lines[0]) < 20:
            yield name, 1, "contract", "it opens with a paragraph: what for, who owns what, threads, errors, limits"


def check_sizes(tree):
    for name in tree.cxx("src", "tests", "bench"):
        text = tree.text(name)
        lines = text.count("\n")
        if lines > FILE_LINES_MAX:
            yield name, 1, "file-length", f"{lines} lines, at most {FILE_LINES_MAX}: split it"
        limit = TEST_LINES_MAX if is_test(name) else FUNCTION_LINES_MAX
        for title, first, length in functions(text):
            if length > limit:
                yield name, first, "function-length", f"{title} has {length} lines, at most {limit}: split it"


_CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum)\b[^()=]*$|\bextern\s*$")
_BODY = re.compile(
    r"\)\s*(?:const|noexcept(?:\([^)]*\))?|override|final|mutable|&&?|requires[^{;]*|->[^{;]*|\s)*(?::[^;]*)?$")
_INITIALIZER = re.compile(r"\)\s*(?:noexcept\s*)?:[^;]*[\w>]$")


def functions(text):
    """(name, first line, lines) of each function, by its braces. A heuristic, and good enough."""
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda match: re.sub(r"[^\n]", " ", match.group(0)), blank(text),
                  flags=re.MULTILINE)
    stack = []  # (kind, name, first line)
    head = ""
    line = 1
    for char in code:
        if char == "\n":
            line += 1
        if char == "{":
            title = head.strip()
            inside = any(kind == "function" for kind, _, _ in stack)
            if not inside and _INITIALIZER.search(title) and not title.endswith(")"):
                stack.append(("initializer", "", line))
                continue
            kind = "block"
            if not inside and not _CONTAINER.search(title) and _BODY.search(title):
                kind = "function"
            name = re.findall(r"([~\w:]+)\s*\(", title)
            stack.append((kind, name[0] if name else "function", line))
            head = ""
        elif char == "}":
            if stack:
                kind, name, first = stack.pop()
                if kind == "function":
                    yield name, first, line - first + 1
                if kind == "initializer":
                    continue
            head = ""
        elif char == ";" and not any(kind == "initializer" for kind, _, _ in stack):
            head = ""
        else:
            head += char

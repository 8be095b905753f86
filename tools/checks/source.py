"""A source tree as the checks see it: its files, and C++ text with comments and literals blanked out.

Blanking keeps every line and column, so that a finding in the blanked text is at the same place in the file.
"""

import pathlib
import re

SKIPPED_FOLDERS = {"build", "data", ".git", ".cache", "node_modules", "__pycache__"}
CXX = {".cc", ".h"}
TEST_ENDINGS = ("_test", "_fuzz", "_fixture", "testing", "_test_support")
TEXT = {".cc", ".h", ".py", ".sh", ".cmake", ".toml", ".txt", ".md", ".json", ".html", ".css", ".js", ".sql", ".case"}

_LITERAL = re.compile(
    r'(?P<raw>\b(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\((?:.|\n)*?\)(?P=delimiter)")'
    r"|(?P<line>//[^\n]*)"
    r"|(?P<block>/\*(?:.|\n)*?\*/)"
    r'|(?P<include>^[ \t]*\#[ \t]*include[^\n]*)'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<char>(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+')",
    re.MULTILINE)


def blank(text, keep_comments=False):
    """`text` with the inside of comments and literals turned into spaces."""

    def spaces(match):
        kind = match.lastgroup if match.lastgroup != "delimiter" else "raw"
        whole = match.group(0)
        if kind == "include" or (keep_comments and kind in ("line", "block")):
            return whole
        inner = re.sub(r"[^\n]", " ", whole)
        if kind in ("string", "char"):
            return whole[0] + inner[1:-1] + whole[-1]
        return inner

    return _LITERAL.sub(spaces, text)


class Tree:
    """The text files below a root, read once."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self._texts = {}
        self.files = sorted(self._walk(self.root))

    def _walk(self, folder):
        for path in folder.iterdir():
            if path.is_symlink():
                continue
            if path.is_dir():
                if path.name not in SKIPPED_FOLDERS:
                    yield from self._walk(path)
            elif path.suffix in TEXT or (not path.suffix and self._is_script(path)):
                yield path.relative_to(self.root).as_posix()

    @staticmethod
    def _is_script(path):
        with path.open("rb") as file:
            return file.read(2) == b"#!"

    def text(self, name):
        if name not in self._texts:
            self._texts[name] = (self.root / name).read_text(errors="replace")
        return self._texts[name]

    def cxx(self, *folders):
        """C++ files below one of `folders`."""
        return [name for name in self.files
                if pathlib.PurePosixPath(name).suffix in CXX and name.split("/")[0] in folders]


def is_test(name):
    """A test, or what only tests include."""
    stem = pathlib.PurePosixPath(name).stem
    return (not name.startswith("src/") or stem.endswith(TEST_ENDINGS) or "conformance" in stem)

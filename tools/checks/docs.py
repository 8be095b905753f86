"""Dead links in the documents: every relative link leads to a file that is there, and every anchor to a heading."""

import posixpath
import re

_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]\[]*(?:\[[^\]]*\][^\]\[]*)*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_REFERENCE = re.compile(r"^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)


def without_code(text):
    """Fenced blocks and code spans turned into spaces; lines stay where they are."""
    spaces = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r"`[^`\n]*`", spaces, _FENCE.sub(spaces, text))


def anchors(text):
    """The anchors of a document's headings, made as GitHub makes them."""
    made = set()
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*\s*$", _FENCE.sub("", text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = 0
        while (unique := anchor if not count else f"{anchor}-{count}") in made:
            count += 1
        made.add(unique)
    made.update(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", text))
    return made


def check_links(tree):
    for name in tree.files:
        if not name.endswith(".md"):
            continue
        text = without_code(tree.text(name))
        for pattern in (_LINK, _REFERENCE):
            for match in pattern.finditer(text):
                target = match.group(1)
                if re.match(r"[a-z][a-z0-9+.\-]*:", target):
                    continue
                line = text.count("\n", 0, match.start()) + 1
                path, _, anchor = target.partition("#")
                wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
                if path.startswith("/") or wanted.startswith("../"):
                    yield name, line, "dead-link", f"{target} leads out of the repository"
                elif not (tree.root / wanted).exists():
                    yield name, line, "dead-link", f"{target}: there is no {wanted}"
                elif anchor and wanted.endswith(".md") and anchor not in anchors(tree.text(wanted)):
                    yield name, line, "dead-link", f"{target}: {wanted} has no heading #{anchor}"

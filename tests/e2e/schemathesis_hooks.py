"""What schemathesis cannot know of the requests that it makes up as good ones.

A cursor is a text like any other for the document, but only those that the server gave are good. And for a header with
a pattern its coverage phase makes up texts that do not match the pattern.
"""

import re

import schemathesis

TAGS = re.compile(r'(\*|"[!#-~]*"(, ?"[!#-~]*")*)')


@schemathesis.hook
def before_call(context, case, kwargs):
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive:
        return
    if case.query:
        case.query.pop("cursor", None)
    if case.headers and "If-Match" in case.headers and not TAGS.fullmatch(case.headers["If-Match"]):
        del case.headers["If-Match"]

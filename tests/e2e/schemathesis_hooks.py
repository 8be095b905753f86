"""What schemathesis cannot know of the requests that it makes up as good ones.

A cursor is a text like any other for the document, and so is the token of an AuthZEN page, but only those that the
server gave are good. Several evaluations need a subject, an action and a resource, each of its own or from the request:
a schema cannot say so. And for a text with a pattern its coverage phase makes up texts that do not match the pattern.
"""

import re

import schemathesis

TIME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
DEFAULTS = {
    "subject": {"type": "user", "id": "x"},
    "action": {"name": "read"},
    "resource": {"type": "account", "id": "x"},
}
TAGS = re.compile(r'(\*|"[!#-~]*"(, ?"[!#-~]*")*)')


@schemathesis.hook
def before_call(context, case, kwargs):
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive:
        return
    if case.query:
        case.query.pop("cursor", None)
        for name in ("since", "until"):
            if name in case.query and not TIME.fullmatch(str(case.query[name])):
                del case.query[name]
    if isinstance(case.body, dict):
        if isinstance(case.body.get("page"), dict):
            case.body["page"].pop("token", None)
        if case.path.endswith("/evaluations"):
            case.body.update({name: case.body.get(name) or value for name, value in DEFAULTS.items()})
    if case.headers and "If-Match" in case.headers and not TAGS.fullmatch(case.headers["If-Match"]):
        del case.headers["If-Match"]

"""What schemathesis cannot know of the requests that it makes up as good ones, or as bad ones.

A cursor is a text like any other for the document, but only those that the server gave are good; and reachable=true
does not go with the parameters that ask for other lists. For a header with a pattern its coverage phase makes up
texts that do not match the pattern. An example that is tried again has the same Idempotency-Key, and is told of what
was made the first time, which may be deleted meanwhile: so each request has a key of its own. Of bad requests those
are left out whose body has null: for an optional member it counts as absent, which the document does not say.
"""

import re
import uuid

import schemathesis

TAGS = re.compile(r'(\*|"[!#-~]*"(, ?"[!#-~]*")*)')


def has_null(value):
    if isinstance(value, dict):
        return any(has_null(each) for each in value.values())
    if isinstance(value, list):
        return any(has_null(each) for each in value)
    return value is None


@schemathesis.hook
def filter_case(context, case):
    positive = case.meta is None or case.meta.generation.mode.is_positive
    return positive or not has_null(case.body if isinstance(case.body, (dict, list)) else {})


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if case.query:
        case.query.pop("cursor", None)
        if "organization_id" in case.query or "account_owner" in case.query:
            case.query.pop("reachable", None)
    if case.headers and "If-Match" in case.headers and not TAGS.fullmatch(case.headers["If-Match"]):
        del case.headers["If-Match"]

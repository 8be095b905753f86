"""JMESPath compared with the stock client's library: every expression that the models have, over random outputs of the
operations that they are for; and random expressions over random documents. STEWARDRY_SEED repeats a run."""

import json
import os
import random
import re
import unittest
import warnings

import stock

stock.install()

import botocore.session  # noqa: E402
import jmespath  # noqa: E402
from jmespath.exceptions import JMESPathError  # noqa: E402

SEED = int(os.environ.get("STEWARDRY_SEED") or random.SystemRandom().randrange(1 << 32))
RANDOM_EXPRESSIONS = 20_000
# "a[0][1:].b": a slice is a projection, says the specification; the library forgets it after an index.
SLICED_ELEMENT = re.compile(r"\[-?\d+\]\)*\[-?\d*:")
REFUSED = object()
FAILED = object()  # by an exception of Python's: it compared a number with a text, and such


def same(left, right):
    """Equal, where 1 is 1.0 and is not true; the order of an object's members says nothing."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left == right or abs(left - right) <= 1e-12 * max(abs(left), abs(right))
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(value, right[name]) for name, value in left.items())
    return left == right


class Values:
    """Random outputs of an operation."""

    def __init__(self, shapes, rng, enumerated):
        self.shapes, self.rng, self.enumerated = shapes, rng, enumerated

    def make(self, name, depth=0):
        shape = self.shapes[name]
        kind = shape["type"]
        if kind == "structure":
            members = shape.get("members", {})
            return {member: self.make(target["shape"], depth + 1) for member, target in members.items()
                    if depth < 6 and self.rng.random() < 0.8}
        if kind == "list":
            count = self.rng.randrange(3) if depth < 6 else 0
            return [self.make(shape["member"]["shape"], depth + 1) for _ in range(count)]
        if kind == "map":
            return {f"key{i}": self.make(shape["value"]["shape"], depth + 1)
                    for i in range(self.rng.randrange(3) if depth < 6 else 0)}
        if kind == "boolean":
            return self.rng.random() < 0.5
        if kind in ("integer", "long", "float", "double", "short", "byte"):
            return self.rng.choice([0, 1, 2, -1, 100, 0.5])
        return self.rng.choice(self.enumerated or shape.get("enum") or ["", "a", "text"])


class Jmespath(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        warnings.simplefilter("ignore")  # of strings in literals without quotes
        cls.pipe = stock.Pipe(os.environ["STEWARDRY_PIPE"])

    @classmethod
    def tearDownClass(cls):
        cls.pipe.close()

    def stock_answer(self, expression, document):
        try:
            return jmespath.search(expression, document)
        except JMESPathError:
            return REFUSED
        except (TypeError, ValueError, AttributeError):
            return FAILED

    def compare(self, pairs):
        """How many gave a value with both."""
        values = 0
        questions = [{"jmespath": expression, "document": document} for expression, document in pairs]
        for (expression, document), answer in zip(pairs, self.pipe.ask(questions), strict=True):
            wanted = self.stock_answer(expression, document)
            if wanted is FAILED:
                continue
            if wanted is REFUSED:
                agreed = "error" in answer
            else:
                agreed = "value" in answer and same(wanted, answer["value"])
                values += 1
            self.assertTrue(agreed, f"seed {SEED}: {expression!r} over {json.dumps(document)}: stock "
                                    f"{'refuses' if wanted is REFUSED else json.dumps(wanted)}, ours {answer}")
        return values

    def test_every_expression_of_the_models(self):
        rng = random.Random(SEED)
        loader = botocore.session.Session().get_component("data_loader")
        pairs = []
        expressions = set()
        for service in loader.list_available_services("service-2"):
            model = loader.load_service_model(service, "service-2")
            for side, operation, expression, expected in self.expressions_of(loader, service, model):
                expressions.add(expression)
                shape = model["operations"].get(operation, {}).get(side)
                if shape is None:
                    continue
                values = Values(model["shapes"], rng, expected and [expected, "other"])
                pairs += [(expression, values.make(shape["shape"])) for _ in range(2)]
        values = self.compare(pairs)
        print(f"{len(expressions)} expressions, {len(pairs)} evaluations, {values} with a value, seed {SEED}")
        self.assertGreater(len(expressions), 1000)
        self.assertGreater(values, len(pairs) * 9 // 10)

    @staticmethod
    def expressions_of(loader, service, model):
        for operation, described in model["operations"].items():
            for parameter in described.get("operationContextParams", {}).values():
                yield "input", operation, parameter["path"], None
        for kind in ["paginators-1", "waiters-2"]:
            try:
                document = loader.load_service_model(service, kind)
            except botocore.exceptions.UnknownServiceError:
                continue
            for operation, page in document.get("pagination", {}).items():
                for member in ["output_token", "result_key", "more_results", "non_aggregate_keys"]:
                    for expression in page.get(member) if isinstance(page.get(member), list) else [page.get(member)]:
                        if expression:
                            yield "output", operation, expression, None
            for waiter in document.get("waiters", {}).values():
                for acceptor in waiter["acceptors"]:
                    if "argument" in acceptor:
                        yield "output", waiter["operation"], acceptor["argument"], acceptor["expected"]

    def test_random_expressions(self):
        rng = random.Random(SEED)
        pairs = [(Grammar(rng).expression(3), document(rng, 3)) for _ in range(RANDOM_EXPRESSIONS)]
        pairs = [pair for pair in pairs if not SLICED_ELEMENT.search(pair[0])]
        values = self.compare(pairs)
        print(f"{len(pairs)} random expressions, {values} with a value, seed {SEED}")
        self.assertGreater(values, RANDOM_EXPRESSIONS // 2)


def document(rng, depth):
    kind = rng.randrange(8 if depth > 0 else 5)
    if kind < 5:
        return [None, rng.random() < 0.5, rng.choice([7, 5, -3, 2.5, 10**12]), rng.choice(["", "a", "bé", "10", "😀x"]),
                rng.choice(["c", "abc"])][kind]
    if kind == 5:
        return [document(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {name: document(rng, depth - 1) for name in "abc" if rng.random() < 0.8}


class Grammar:
    """Random expressions, so that most of them can be read. Without to_string, since 2.0 may be written as 2; without 0
    and 1, which the library takes for false and true where they stand in a list; and with an object as the second
    argument of merge, of which the library does not check the type."""

    FUNCTIONS = ["abs(X)", "avg(X)", "ceil(X)", "contains(X, X)", "ends_with(X, X)", "floor(X)", "join(X, X)",
                 "keys(X)",
                 "length(X)", "map(&X, X)", "max(X)", "max_by(X, &X)", "merge(X, {a: X})", "min(X)", "min_by(X, &X)",
                 "not_null(X, X)", "reverse(X)", "sort(X)", "sort_by(X, &X)", "starts_with(X, X)", "sum(X)",
                 "to_array(X)",
                 "to_number(X)", "type(X)", "values(X)"]
    FORMS = ["X.a", "X.b", "X[0]", "X[-1]", "X[*]", "X[]", "X.*", "X[?X]", "X[1:]", "X[::-1]", "X[:2]", "X | X",
             "X || X",
             "X && X", "!X", "X == X", "X != X", "X < X", "X >= X", "[X, X]", "{a: X, b: X}", "(X)", "X.[X, X]",
             "X.{c: X}",
             "X[*].a", "X[].b", "X.*.a", "X[?X].b", "[]", "[*]", "*", "[0]", "[?X]", "[1:]"]
    LEAVES = ["a", "b", "c", "@", "\"a\"", "`5`", "`-3`", "'a'", "`[4, 5, 6]`", "`\"b\"`", "`{\"a\": [5]}`",
              "`null`", "`true`"]

    def __init__(self, rng):
        self.rng = rng

    def expression(self, depth):
        if depth == 0 or self.rng.random() < 0.15:
            return self.rng.choice(self.LEAVES)
        form = self.rng.choice(self.FUNCTIONS if self.rng.random() < 0.3 else self.FORMS)
        parts = form.replace("X", "\0X\0").split("\0")
        return "".join(self.expression(depth - 1) if part == "X" else part for part in parts)


if __name__ == "__main__":
    unittest.main(verbosity=1)

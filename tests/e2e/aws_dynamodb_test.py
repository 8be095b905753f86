"""`stewardry aws` against DynamoDB Local: the engine's own answers, its errors, its transactions."""

import json

import aws_case
import aws_servers
import stewardry
from aws_case import BAD_LINE, SERVICE_ERROR


class DynamoDb(aws_case.AwsCase):
    Server = aws_servers.DynamoDbLocal

    def table(self, name):
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        types = [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"}]
        given = {"TableName": name, "KeySchema": keys, "AttributeDefinitions": types, "BillingMode": "PAY_PER_REQUEST"}
        made = self.aws("dynamodb", "create-table", given)["TableDescription"]
        self.assertRegex(made["CreationDateTime"], r"^\d{4}-\d\d-\d\dT.*Z$")
        self.aws("dynamodb", "describe-table", {"TableName": name}, "--wait", "table-exists")
        return name

    def test_every_type_of_value_comes_back(self):
        table = self.table("values")
        deep = {"S": "bottom"}
        for i in range(31):
            deep = {"M": {"k": deep}} if i % 2 else {"L": [deep]}
        item = {
            "pk": {"S": 'ключ 🦊 \u0001 \\ "'},
            "sk": {"N": "-0.000000000000000000000000000000000000000000000001"},
            "n": {"N": "99999999999999999999999999999999999999"},
            "b": {"B": "AAH/"},
            "empty": {"S": ""},
            "ss": {"SS": ["a", "b"]},
            "bs": {"BS": ["AA==", "/w=="]},
            "null": {"NULL": True},
            "bool": {"BOOL": False},
            "deep": deep,
        }
        self.aws("dynamodb", "put-item", {"TableName": table, "Item": item})
        key = {"pk": item["pk"], "sk": item["sk"]}
        got = self.aws("dynamodb", "get-item", {"TableName": table, "Key": key, "ConsistentRead": True})["Item"]
        for name in ("n", "sk"):
            self.assertEqual(float(got[name]["N"]), float(item[name]["N"]))
        self.assertEqual({**got, "n": item["n"], "sk": item["sk"]}, item)

    def test_a_hundred_conditional_puts_are_one_transaction(self):
        table = self.table("transactions")
        condition = "attribute_not_exists(pk)"

        def puts(first):
            items = [{"pk": {"S": "p"}, "sk": {"N": str(first + i)}} for i in range(100)]
            return {
                "TransactItems": [
                    {"Put": {"TableName": table, "Item": each, "ConditionExpression": condition}} for each in items
                ]
            }

        self.aws("dynamodb", "transact-write-items", puts(0))
        error = self.refused("dynamodb", "transact-write-items", puts(99), code=SERVICE_ERROR)
        self.assertEqual((error["code"], error["retryable"]), ("TransactionCanceledException", False))
        reasons = [each.get("Code") for each in error["members"]["CancellationReasons"]]
        self.assertEqual(reasons, ["ConditionalCheckFailed"] + ["None"] * 99)
        self.refused("dynamodb", "transact-write-items", {"TransactItems": []}, code=BAD_LINE)

    def test_pages_of_a_query(self):
        table = self.table("pages")
        for first in (0, 25):
            requests = [{"PutRequest": {"Item": {"pk": {"S": "p"}, "sk": {"N": str(first + i)}}}} for i in range(25)]
            self.aws("dynamodb", "batch-write-item", {"RequestItems": {table: requests}})
        asked = {
            "TableName": table,
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": "p"}},
        }
        asked["Limit"] = 7
        all_of_it = self.aws("dynamodb", "query", asked, "--all-pages")
        self.assertEqual([each["sk"]["N"] for each in all_of_it["Items"]], [str(i) for i in range(50)])
        self.assertEqual((all_of_it["Count"], all_of_it["ScannedCount"]), (50, 50))
        self.assertEqual(self.aws("dynamodb", "query", asked, "--query", "Items[-1].sk.N"), "6")

    def test_errors_are_the_engines(self):
        error = self.refused("dynamodb", "describe-table", {"TableName": "none"}, code=SERVICE_ERROR)
        self.assertEqual((error["code"], error["httpStatus"]), ("ResourceNotFoundException", 400))
        table = self.table("errors")
        error = self.refused(
            "dynamodb", "get-item", {"TableName": table, "Key": {"pk": {"S": "x"}}}, code=SERVICE_ERROR
        )
        self.assertEqual(error["code"], "ValidationException")
        nobody = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
        done = self.run_aws("dynamodb", "list-tables", "--no-sign-request", **nobody)
        error = self.error_of(done, SERVICE_ERROR)
        self.assertTrue(error["code"].startswith("MissingAuthenticationToken"), error)

    def test_an_input_from_a_file_with_ten_thousand_members(self):
        table = self.table("large")
        item = {"pk": {"S": "p"}, "sk": {"N": "1"}, "m": {"M": {f"k{i}": {"N": str(i)} for i in range(10_000)}}}
        file = self.folder / "input.json"
        file.write_text(json.dumps({"TableName": table, "Item": item}))
        done = self.run_aws("dynamodb", "put-item", "--input", str(file))
        self.assertEqual(done.returncode, 0, done.stderr)
        key = {"pk": item["pk"], "sk": item["sk"]}
        count = self.aws("dynamodb", "get-item", {"TableName": table, "Key": key}, "--query", "length(keys(Item.m.M))")
        self.assertEqual(count, 10_000)


if __name__ == "__main__":
    stewardry.main()

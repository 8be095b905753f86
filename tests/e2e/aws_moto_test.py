"""`stewardry aws` against moto: what was put is what comes back, in every protocol, with its pages and waiters."""

import base64
import json

import aws_case
import aws_servers
import stewardry
from aws_case import SERVICE_ERROR

ODD = "ünïcödé & <xml> \"q\" 'a' +%/\\ 🦊"


class Moto(aws_case.AwsCase):
    Server = aws_servers.Moto

    def test_sts(self):
        who = self.aws("sts", "get-caller-identity")
        self.assertEqual(who["Account"], "123456789012")
        role = self.aws(
            "sts",
            "assume-role",
            {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "session", "DurationSeconds": 900},
        )
        self.assertTrue(role["Credentials"]["SecretAccessKey"])
        self.assertRegex(role["Credentials"]["Expiration"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        self.assertIn(":assumed-role/r/session", role["AssumedRoleUser"]["Arn"])

    def test_assumed_roles_of_a_profile(self):
        (self.folder / "config").write_text(
            "[profile base]\naws_access_key_id = AKIDEXAMPLEEXAMPLE00\naws_secret_access_key = x\n"
            "[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = base\nexternal_id = e-1\n"
            "region = eu-west-1\n"
        )
        own = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_ENDPOINT_URL": self.server.url}
        who = self.aws("sts", "get-caller-identity", None, "--profile", "ops", **own)
        self.assertIn("assumed-role/ops/", who["Arn"])

    def test_iam_query_and_pages(self):
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
        }
        given = {"RoleName": "role-1", "AssumeRolePolicyDocument": json.dumps(trust), "Description": "a b"}
        given["Tags"] = [{"Key": "k", "Value": "v"}, {"Key": "k2", "Value": ""}]
        made = self.aws("iam", "create-role", given)["Role"]
        self.assertEqual(made["Tags"], given["Tags"])
        self.aws(
            "iam", "put-role-policy", {"RoleName": "role-1", "PolicyName": "p", "PolicyDocument": json.dumps(policy)}
        )
        got = self.aws("iam", "get-role-policy", {"RoleName": "role-1", "PolicyName": "p"})
        self.assertIsInstance(got["PolicyDocument"], str)
        self.assertEqual(
            self.aws("iam", "get-role", {"RoleName": "role-1"}, "--wait", "RoleExists")["Role"]["Arn"], made["Arn"]
        )
        for i in range(7):
            paged = {"RoleName": f"paged-{i}", "Path": "/paged/", "AssumeRolePolicyDocument": json.dumps(trust)}
            self.aws("iam", "create-role", paged)
        page = {"PathPrefix": "/paged/", "MaxItems": 3}
        self.assertEqual(len(self.aws("iam", "list-roles", page)["Roles"]), 3)
        names = self.aws("iam", "list-roles", page, "--all-pages", "--query", "Roles[].RoleName")
        self.assertEqual(sorted(names), [f"paged-{i}" for i in range(7)])
        self.aws("iam", "create-user", {"UserName": "user-0"})
        self.assertEqual(self.aws("iam", "delete-user", {"UserName": "user-0"}), {})
        error = self.refused("iam", "get-user", {"UserName": "user-0"}, code=SERVICE_ERROR)
        self.assertEqual((error["code"], error["httpStatus"]), ("NoSuchEntity", 404))
        self.assertTrue(error["requestId"])

    def test_organizations(self):
        made = self.aws("organizations", "create-organization", {"FeatureSet": "ALL"})["Organization"]
        self.assertEqual(self.aws("organizations", "describe-organization")["Organization"]["Id"], made["Id"])
        [root] = self.aws("organizations", "list-roots")["Roots"]
        unit = self.aws("organizations", "create-organizational-unit", {"ParentId": root["Id"], "Name": "tenants"})
        status = self.aws("organizations", "create-account", {"Email": "a@example.org", "AccountName": "a"})
        account = status["CreateAccountStatus"]["AccountId"]
        move = {"AccountId": account, "SourceParentId": root["Id"]}
        move["DestinationParentId"] = unit["OrganizationalUnit"]["Id"]
        self.aws("organizations", "move-account", move)
        children = self.aws("organizations", "list-accounts-for-parent", {"ParentId": move["DestinationParentId"]})
        self.assertEqual([each["Id"] for each in children["Accounts"]], [account])
        error = self.refused("organizations", "describe-account", {"AccountId": "999999999999"}, code=SERVICE_ERROR)
        self.assertEqual(error["code"], "AccountNotFoundException")

    def test_s3(self):
        self.aws("s3", "create-bucket", {"Bucket": "bucket-1"})
        content = bytes(range(256)) * 300
        key = f"a/b c/{ODD}".replace("\\", "")
        put = {"Bucket": "bucket-1", "Key": key, "Body": base64.b64encode(content).decode(), "ContentType": "x/y"}
        put.update(Metadata={"one": "1"}, Tagging="a=b")
        etag = self.aws("s3", "put-object", put)["ETag"]
        got = self.aws("s3", "get-object", {"Bucket": "bucket-1", "Key": key})
        self.assertEqual((base64.b64decode(got["Body"]), got["ETag"]), (content, etag))
        self.assertEqual((got["Metadata"], got["ContentType"]), ({"one": "1"}, "x/y"))
        self.assertEqual(
            self.aws("s3", "head-object", {"Bucket": "bucket-1", "Key": key})["ContentLength"], len(content)
        )
        part = self.aws("s3", "get-object", {"Bucket": "bucket-1", "Key": key, "Range": "bytes=1-3"})
        self.assertEqual(base64.b64decode(part["Body"]), content[1:4])
        for i in range(5):
            self.aws("s3", "put-object", {"Bucket": "bucket-1", "Key": f"list/{i}+ é"})
        listing = {"Bucket": "bucket-1", "Prefix": "list/", "MaxKeys": 2}
        keys = self.aws("s3", "list-objects-v2", listing, "--all-pages", "--query", "Contents[].Key")
        self.assertEqual(keys, [f"list/{i}+ é" for i in range(5)])
        copy = {"Bucket": "bucket-1", "Key": "copied", "CopySource": f"bucket-1/{key}"}
        self.assertEqual(self.aws("s3", "copy-object", copy)["CopyObjectResult"]["ETag"], etag)
        tags = {"TagSet": [{"Key": "k", "Value": "a value+1"}]}
        self.aws("s3", "put-object-tagging", {"Bucket": "bucket-1", "Key": "copied", "Tagging": tags})
        self.assertEqual(
            self.aws("s3", "get-object-tagging", {"Bucket": "bucket-1", "Key": "copied"})["TagSet"], tags["TagSet"]
        )
        gone = {"Objects": [{"Key": f"list/{i}+ é"} for i in range(5)], "Quiet": False}
        deleted = self.aws("s3", "delete-objects", {"Bucket": "bucket-1", "Delete": gone})["Deleted"]
        self.assertEqual(sorted(each["Key"] for each in deleted), [each["Key"] for each in gone["Objects"]])
        error = self.refused("s3", "get-object", {"Bucket": "bucket-1", "Key": "gone"}, code=SERVICE_ERROR)
        self.assertEqual((error["code"], error["httpStatus"]), ("NoSuchKey", 404))
        error = self.refused("s3", "head-object", {"Bucket": "bucket-1", "Key": "gone"}, code=SERVICE_ERROR)
        self.assertEqual(error["httpStatus"], 404)
        self.assertEqual(
            self.aws("s3", "head-bucket", {"Bucket": "bucket-1"}, "--wait", "BucketExists").get("BucketRegion"),
            "us-east-1",
        )

    def test_sqs(self):
        url = self.aws("sqs", "create-queue", {"QueueName": "q", "Attributes": {"VisibilityTimeout": "30"}})["QueueUrl"]
        attributes = {
            "t": {"DataType": "String", "StringValue": "é"},
            "b": {"DataType": "Binary", "BinaryValue": "AP8="},
        }
        sent = self.aws("sqs", "send-message", {"QueueUrl": url, "MessageBody": ODD, "MessageAttributes": attributes})
        [got] = self.aws("sqs", "receive-message", {"QueueUrl": url, "MessageAttributeNames": ["All"]})["Messages"]
        self.assertEqual((got["Body"], got["MessageId"]), (ODD, sent["MessageId"]))
        self.assertEqual(got["MessageAttributes"]["b"]["BinaryValue"], "AP8=")
        self.aws("sqs", "delete-message", {"QueueUrl": url, "ReceiptHandle": got["ReceiptHandle"]})
        error = self.refused("sqs", "get-queue-url", {"QueueName": "none"}, code=SERVICE_ERROR)
        self.assertIn(error["code"], ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"))

    def test_sns(self):
        topic = self.aws("sns", "create-topic", {"Name": "t", "Attributes": {"DisplayName": "d & e"}})["TopicArn"]
        shown = self.aws("sns", "get-topic-attributes", {"TopicArn": topic})["Attributes"]
        self.assertEqual(shown["DisplayName"], "d & e")
        attributes = {"a": {"DataType": "String", "StringValue": "ü"}}
        self.assertTrue(
            self.aws("sns", "publish", {"TopicArn": topic, "Message": ODD, "MessageAttributes": attributes})[
                "MessageId"
            ]
        )
        self.assertEqual([each["TopicArn"] for each in self.aws("sns", "list-topics")["Topics"]], [topic])

    def test_dynamodb(self):
        table = {"TableName": "table-1", "BillingMode": "PAY_PER_REQUEST"}
        table["KeySchema"] = [{"AttributeName": "id", "KeyType": "HASH"}]
        table["AttributeDefinitions"] = [{"AttributeName": "id", "AttributeType": "S"}]
        self.aws("dynamodb", "create-table", table)
        self.aws("dynamodb", "describe-table", {"TableName": "table-1"}, "--wait", "TableExists")
        item = {"id": {"S": ODD}, "n": {"N": "123456789012345678901234567890.5"}, "b": {"B": "AP8="}, "e": {"M": {}}}
        item["l"] = {"L": [{"NULL": True}, {"BOOL": False}, {"SS": ["a", "ü"]}]}
        self.aws("dynamodb", "put-item", {"TableName": "table-1", "Item": item})
        self.assertEqual(
            self.aws("dynamodb", "get-item", {"TableName": "table-1", "Key": {"id": item["id"]}})["Item"], item
        )
        clash = {"TableName": "table-1", "Item": item, "ConditionExpression": "attribute_not_exists(id)"}
        clash["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        error = self.refused("dynamodb", "put-item", clash, code=SERVICE_ERROR)
        self.assertEqual(error["code"], "ConditionalCheckFailedException")
        self.assertEqual(error["members"].get("Item"), item)

    def test_ssm(self):
        for i in range(12):
            put = {"Name": f"/a/{i:02}", "Value": ODD, "Type": "SecureString" if i % 2 else "String"}
            self.aws("ssm", "put-parameter", put)
        listing = {"Path": "/a", "WithDecryption": True, "MaxResults": 5}
        got = self.aws("ssm", "get-parameters-by-path", listing, "--all-pages")["Parameters"]
        self.assertEqual([(each["Name"], each["Value"]) for each in got], [(f"/a/{i:02}", ODD) for i in range(12)])
        document = {
            "schemaVersion": "0.3",
            "mainSteps": [{"name": "s", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}],
        }
        given = {"Name": "doc", "DocumentType": "Automation", "DocumentFormat": "JSON", "Content": json.dumps(document)}
        self.aws("ssm", "create-document", given)
        self.assertEqual(json.loads(self.aws("ssm", "get-document", {"Name": "doc"})["Content"]), document)

    def test_secrets_manager(self):
        made = self.aws("secretsmanager", "create-secret", {"Name": "s", "SecretString": ODD})
        self.assertEqual(self.aws("secretsmanager", "get-secret-value", {"SecretId": made["ARN"]})["SecretString"], ODD)
        new = {"SecretId": "s", "SecretBinary": "AP8="}
        self.assertNotEqual(self.aws("secretsmanager", "put-secret-value", new)["VersionId"], made["VersionId"])
        self.assertEqual(self.aws("secretsmanager", "get-secret-value", {"SecretId": "s"})["SecretBinary"], "AP8=")
        error = self.refused("secretsmanager", "get-secret-value", {"SecretId": "none"}, code=SERVICE_ERROR)
        self.assertEqual(error["code"], "ResourceNotFoundException")

    def test_ec2(self):
        vpc = self.aws("ec2", "create-vpc", {"CidrBlock": "10.1.0.0/16"})["Vpc"]["VpcId"]
        tags = [{"Key": "Name", "Value": ODD}, {"Key": "e", "Value": ""}]
        self.aws("ec2", "create-tags", {"Resources": [vpc], "Tags": tags})
        [shown] = self.aws("ec2", "describe-vpcs", {"VpcIds": [vpc]})["Vpcs"]
        self.assertEqual(sorted(each["Value"] for each in shown["Tags"]), sorted(["", ODD]))
        self.assertFalse(shown["IsDefault"])
        subnet = self.aws("ec2", "create-subnet", {"VpcId": vpc, "CidrBlock": "10.1.1.0/24"})["Subnet"]["SubnetId"]
        run = {
            "ImageId": "ami-12c6146b",
            "MinCount": 2,
            "MaxCount": 2,
            "SubnetId": subnet,
            "UserData": "#!/bin/sh\necho ü\n",
        }
        run["BlockDeviceMappings"] = [
            {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 9, "DeleteOnTermination": True}}
        ]
        ids = [each["InstanceId"] for each in self.aws("ec2", "run-instances", run)["Instances"]]
        self.assertEqual(len(ids), 2)
        waited = self.aws("ec2", "describe-instances", {"InstanceIds": ids}, "--wait", "InstanceRunning")
        self.assertEqual(len(waited["Reservations"][0]["Instances"]), 2)
        data = self.aws("ec2", "describe-instance-attribute", {"InstanceId": ids[0], "Attribute": "userData"})
        self.assertEqual(base64.b64decode(data["UserData"]["Value"]).decode(), run["UserData"])
        found = {"Filters": [{"Name": "vpc-id", "Values": [vpc, "vpc-2"]}]}
        self.assertEqual(len(self.aws("ec2", "describe-subnets", found)["Subnets"]), 1)
        error = self.refused("ec2", "describe-instances", {"InstanceIds": ["i-0123456789abcdef0"]}, code=SERVICE_ERROR)
        self.assertEqual(error["code"], "InvalidInstanceID.NotFound")
        self.assertTrue(error["requestId"])

    def test_ecs(self):
        cluster = self.aws("ecs", "create-cluster", {"clusterName": "c", "tags": [{"key": "k", "value": "v"}]})[
            "cluster"
        ]
        task = {"family": "f", "containerDefinitions": [{"name": "n", "image": "i", "memory": 64, "essential": True}]}
        made = self.aws("ecs", "register-task-definition", task)["taskDefinition"]
        self.assertEqual((made["revision"], made["containerDefinitions"][0]["memory"]), (1, 64))
        arns = self.aws("ecs", "list-clusters", None, "--all-pages", "--query", "clusterArns")
        self.assertEqual(arns, [cluster["clusterArn"]])

    def test_efs(self):
        made = self.aws("efs", "create-file-system", {"CreationToken": "t", "Encrypted": True})
        token_made_up = self.aws("efs", "create-file-system")
        self.assertTrue(token_made_up["CreationToken"])
        [shown] = self.aws("efs", "describe-file-systems", {"FileSystemId": made["FileSystemId"]})["FileSystems"]
        self.assertEqual((shown["Encrypted"], shown["CreationToken"]), (True, "t"))
        self.assertRegex(shown["CreationTime"], "Z$")
        error = self.refused("efs", "describe-file-systems", {"FileSystemId": "fs-0123"}, code=SERVICE_ERROR)
        self.assertEqual(error["code"], "FileSystemNotFound")

    def test_cloudfront(self):
        origin = {"Id": "o", "DomainName": "b.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
        behaviour = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "MinTTL": 0}
        behaviour["ForwardedValues"] = {"QueryString": False, "Cookies": {"Forward": "none"}}
        given = {"CallerReference": "r", "Comment": "a <b> & c", "Enabled": True, "DefaultCacheBehavior": behaviour}
        given["Origins"] = {"Quantity": 1, "Items": [origin]}
        made = self.aws("cloudfront", "create-distribution", {"DistributionConfig": given})
        self.assertTrue(made["ETag"])
        self.assertEqual(made["Distribution"]["DistributionConfig"]["Comment"], given["Comment"])
        shown = self.aws("cloudfront", "get-distribution", {"Id": made["Distribution"]["Id"]})["Distribution"]
        self.assertEqual(shown["DistributionConfig"]["Origins"]["Items"][0]["DomainName"], origin["DomainName"])
        self.assertEqual(shown["DistributionConfig"]["Origins"]["Quantity"], 1)
        error = self.refused("cloudfront", "get-distribution", {"Id": "NONE"}, code=SERVICE_ERROR)
        self.assertEqual(error["code"], "NoSuchDistribution")

    def test_cloudwatch(self):
        data = [
            {
                "MetricName": "m",
                "Value": 1.5,
                "Timestamp": "2026-01-02T03:04:05Z",
                "Dimensions": [{"Name": "d", "Value": "v"}],
            }
        ]
        self.aws("cloudwatch", "put-metric-data", {"Namespace": "n", "MetricData": data})
        span = {"StartTime": "2026-01-02T03:00:00Z", "EndTime": 1767326400, "Period": 60, "Statistics": ["Sum"]}
        asked = {"Namespace": "n", "MetricName": "m", "Dimensions": data[0]["Dimensions"], **span}
        [point] = self.aws("cloudwatch", "get-metric-statistics", asked)["Datapoints"]
        self.assertEqual(point["Sum"], 1.5)
        self.assertRegex(point["Timestamp"], r"^2026-01-02T03:04:\d\dZ$")
        [metric] = self.aws("cloudwatch", "list-metrics", {"Namespace": "n"})["Metrics"]
        self.assertEqual(metric["MetricName"], "m")

    def test_lambda_and_route53_and_logs(self):
        zone = self.aws("route53", "create-hosted-zone", {"Name": "example.org", "CallerReference": "r"})["HostedZone"]
        self.assertTrue(zone["Id"].startswith("/hostedzone/"))
        record = {"Name": "a.example.org", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        self.aws("route53", "change-resource-record-sets", {"HostedZoneId": zone["Id"], "ChangeBatch": change})
        sets = self.aws("route53", "list-resource-record-sets", {"HostedZoneId": zone["Id"]})["ResourceRecordSets"]
        self.assertIn(record["ResourceRecords"], [each["ResourceRecords"] for each in sets if each["Type"] == "A"])
        self.aws("logs", "create-log-group", {"logGroupName": "/g"})
        self.assertEqual(self.aws("logs", "describe-log-groups")["logGroups"][0]["logGroupName"], "/g")
        self.assertEqual(self.aws("lambda", "list-functions"), {"Functions": []})


if __name__ == "__main__":
    stewardry.main()

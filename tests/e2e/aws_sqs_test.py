"""`stewardry aws` against ElasticMQ: queues as another implementation than moto's has them."""

import aws_case
import aws_servers
import stewardry
from aws_case import SERVICE_ERROR

TEXT = 'a <b> & "c" ü 🦊\nline'


class Sqs(aws_case.AwsCase):
    Server = aws_servers.ElasticMq

    def queue(self, name, **attributes):
        given = {"QueueName": name, "Attributes": {key: str(value) for key, value in attributes.items()}}
        return self.aws("sqs", "create-queue", given)["QueueUrl"]

    def test_what_is_sent_is_received_once(self):
        url = self.queue("once", VisibilityTimeout=60)
        attributes = {
            "k": {"DataType": "String", "StringValue": "v ü"},
            "b": {"DataType": "Binary", "BinaryValue": "AP8="},
        }
        sent = self.aws("sqs", "send-message", {"QueueUrl": url, "MessageBody": TEXT, "MessageAttributes": attributes})
        asked = {
            "QueueUrl": url,
            "MessageAttributeNames": ["All"],
            "AttributeNames": ["All"],
            "MaxNumberOfMessages": 10,
        }
        [got] = self.aws("sqs", "receive-message", asked)["Messages"]
        self.assertEqual(
            (got["MessageId"], got["Body"], got["MD5OfBody"]), (sent["MessageId"], TEXT, sent["MD5OfMessageBody"])
        )
        self.assertEqual(got["MessageAttributes"]["b"], attributes["b"])
        self.assertEqual(self.aws("sqs", "receive-message", asked).get("Messages", []), [])
        self.aws("sqs", "delete-message", {"QueueUrl": url, "ReceiptHandle": got["ReceiptHandle"]})

    def test_batches(self):
        url = self.queue("batches")
        entries = [{"Id": str(i), "MessageBody": f"{TEXT}{i}"} for i in range(10)]
        done = self.aws("sqs", "send-message-batch", {"QueueUrl": url, "Entries": entries})
        self.assertEqual(len(done["Successful"]), 10)
        bodies = set()
        while len(bodies) < 10:
            got = self.aws("sqs", "receive-message", {"QueueUrl": url, "MaxNumberOfMessages": 10})["Messages"]
            bodies |= {each["Body"] for each in got}
        self.assertEqual(bodies, {each["MessageBody"] for each in entries})

    def test_attributes_and_lists(self):
        url = self.queue("attributes", DelaySeconds=3)
        asked = {"QueueUrl": url, "AttributeNames": ["DelaySeconds"]}
        self.assertEqual(self.aws("sqs", "get-queue-attributes", asked)["Attributes"], {"DelaySeconds": "3"})
        self.assertIn(url, self.aws("sqs", "list-queues", None, "--query", "QueueUrls"))
        self.assertEqual(self.aws("sqs", "get-queue-url", {"QueueName": "attributes"})["QueueUrl"], url)

    def test_errors(self):
        error = self.refused("sqs", "get-queue-url", {"QueueName": "none"}, code=SERVICE_ERROR)
        self.assertIn("NonExistentQueue", error["code"].replace("QueueDoesNotExist", "NonExistentQueue"))
        self.assertEqual(error["httpStatus"], 400)


if __name__ == "__main__":
    stewardry.main()

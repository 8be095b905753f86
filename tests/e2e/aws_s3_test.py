"""`stewardry aws` against versitygw, which verifies every signature: objects, odd keys, parts, signed URLs."""

import base64
import hashlib
import http.client
import urllib.parse

import aws_case
import aws_servers
import stewardry
from aws_case import DONE, SERVICE_ERROR

# What a URL, XML, a shell or a signature could take amiss.
KEYS = [
    "plain",
    "a b/c+d/e%20f",
    "ünï/日本語/🦊",
    "q?x=1&y=2#z",
    "colon:semi;comma,at@dollar$eq=amp&",
    "paren(a)'quote'!star*",
    "tilde~under_dash-dot.",
    '<xml>&amp;"q"',
    "per%cent/%41/%",
    "e\u0301 is not \u00e9",
]


class S3(aws_case.AwsCase):
    Server = aws_servers.VersityGw

    def bucket(self, name, versioned=False):
        self.aws("s3", "create-bucket", {"Bucket": name})
        if versioned:
            given = {"Bucket": name, "VersioningConfiguration": {"Status": "Enabled"}}
            self.aws("s3", "put-bucket-versioning", given)
        return name

    def fetch(self, method, url, body=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        connection.request(method, parts.path + "?" + parts.query, body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def test_odd_keys_are_put_got_listed_copied_and_deleted(self):
        bucket = self.bucket("keys")
        for key in KEYS:
            put = {"Bucket": bucket, "Key": key, "Body": base64.b64encode(key.encode()).decode()}
            self.aws("s3", "put-object", put)
            got = self.aws("s3", "get-object", {"Bucket": bucket, "Key": key})
            self.assertEqual(base64.b64decode(got["Body"]).decode(), key)
        listed = self.aws(
            "s3", "list-objects-v2", {"Bucket": bucket, "MaxKeys": 3}, "--all-pages", "--query", "Contents[].Key"
        )
        self.assertEqual(sorted(listed), sorted(KEYS))
        for key in KEYS:
            copy = {"Bucket": bucket, "Key": "copies/" + key, "CopySource": f"{bucket}/{key}"}
            self.aws("s3", "copy-object", copy)
            self.assertEqual(
                self.aws("s3", "head-object", {"Bucket": bucket, "Key": "copies/" + key})["ContentLength"],
                len(key.encode()),
            )
        gone = {"Objects": [{"Key": key} for key in KEYS]}
        deleted = self.aws("s3", "delete-objects", {"Bucket": bucket, "Delete": gone})
        self.assertEqual(deleted.get("Errors", []), [])
        left = self.aws("s3", "list-objects-v2", {"Bucket": bucket})["Contents"]
        self.assertTrue(all(each["Key"].startswith("copies/") for each in left))

    def test_signed_urls_are_taken_and_changed_ones_are_not(self):
        bucket = self.bucket("urls")
        for key in KEYS:
            where = {"Bucket": bucket, "Key": key}
            content = ("content of " + key).encode()
            put = self.aws("s3", "put-object", where, "--presign", "--expires-in", "60")
            self.assertEqual(self.fetch("PUT", put, content)[0], 200, key)
            get = self.aws("s3", "get-object", where, "--presign")
            self.assertEqual(self.fetch("GET", get), (200, content), key)
            self.assertEqual(self.fetch("GET", put)[0], 403)
            head = self.aws("s3", "head-object", where, "--presign")
            self.assertEqual(self.fetch("HEAD", head)[0], 200)
        broken = get[:-1] + ("0" if get[-1] != "0" else "1")
        self.assertEqual(self.fetch("GET", broken)[0], 403)
        kind = {**where, "ResponseContentType": "a/b c", "ResponseContentDisposition": 'attachment; filename="ü &.txt"'}
        self.assertEqual(self.fetch("GET", self.aws("s3", "get-object", kind, "--presign"))[0], 200)

    def test_a_wrong_secret_is_refused(self):
        error = self.refused("s3", "list-buckets", None, code=SERVICE_ERROR, AWS_SECRET_ACCESS_KEY="wrong")
        self.assertEqual((error["code"], error["httpStatus"]), ("SignatureDoesNotMatch", 403))
        error = self.refused("s3", "list-buckets", None, code=SERVICE_ERROR, AWS_ACCESS_KEY_ID="AKIDNOBODY")
        self.assertIn(error["httpStatus"], (403, 404))

    def test_large_bodies_go_from_file_to_file(self):
        bucket = self.bucket("bodies")
        file, back = self.folder / "in.bin", self.folder / "out.bin"
        content = hashlib.sha256(b"seed").digest() * 300_000  # 9.6 MB
        for size in (0, 1, 65_536, len(content)):
            file.write_bytes(content[:size])
            self.aws("s3", "put-object", {"Bucket": bucket, "Key": "k"}, "--body", str(file))
            got = self.aws("s3", "get-object", {"Bucket": bucket, "Key": "k"}, "--output-body", str(back))
            self.assertEqual(got["ContentLength"], size)
            self.assertEqual(back.read_bytes(), content[:size])

    def test_parts_become_one_object(self):
        bucket = self.bucket("parts")
        where = {"Bucket": bucket, "Key": "big/ü"}
        upload = {**where, "UploadId": self.aws("s3", "create-multipart-upload", where)["UploadId"]}
        file, done = self.folder / "part", []
        for number, size in ((1, 5 * 1024 * 1024), (2, 1234)):
            file.write_bytes(bytes([number]) * size)
            part = self.aws("s3", "upload-part", {**upload, "PartNumber": number}, "--body", str(file))
            done.append({"PartNumber": number, "ETag": part["ETag"]})
        listed = self.aws("s3", "list-parts", upload)["Parts"]
        self.assertEqual([each["Size"] for each in listed], [5 * 1024 * 1024, 1234])
        self.aws("s3", "complete-multipart-upload", {**upload, "MultipartUpload": {"Parts": done}})
        self.assertEqual(self.aws("s3", "head-object", where)["ContentLength"], 5 * 1024 * 1024 + 1234)

    def test_versions_and_delete_markers(self):
        bucket = self.bucket("versions", versioned=True)
        where = {"Bucket": bucket, "Key": "k"}
        first = self.aws("s3", "put-object", {**where, "Body": "MQ=="})["VersionId"]
        self.aws("s3", "put-object", {**where, "Body": "Mg=="})
        marker = self.aws("s3", "delete-object", where)
        self.assertTrue(marker["DeleteMarker"])
        self.assertEqual(self.refused("s3", "get-object", where, code=SERVICE_ERROR)["httpStatus"], 404)
        self.aws("s3", "delete-object", {**where, "VersionId": marker["VersionId"]})
        self.assertEqual(self.aws("s3", "get-object", where)["Body"], "Mg==")
        self.assertEqual(self.aws("s3", "get-object", {**where, "VersionId": first})["Body"], "MQ==")
        versions = self.aws("s3", "list-object-versions", {"Bucket": bucket}, "--all-pages")["Versions"]
        self.assertEqual([each["IsLatest"] for each in versions], [True, False])

    def test_a_bucket_is_waited_for(self):
        self.bucket("waited")
        done = self.run_aws("s3", "head-bucket", "--input", '{"Bucket":"waited"}', "--wait", "bucket-exists")
        self.assertEqual(done.returncode, DONE, done.stderr)


if __name__ == "__main__":
    stewardry.main()

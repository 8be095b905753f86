// What S3 needs of the client that no other service does: streams, checksums, redirects, errors within successes.

#include <gtest/gtest.h>

#include "aws/aws_test_support.h"
#include "aws/checksum.h"
#include "aws/chunked_body.h"

namespace aws {
namespace {

using namespace testing;

constexpr const char* kPut = R"({"Bucket": "b", "Key": "a b/ü"})";
constexpr const char* kGet = R"({"Bucket": "b", "Key": "k"})";

class HeldSink final : public net::BodySink {
 public:
  base::Result<void> write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

class OnceOnly final : public net::BodySource {
 public:
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return 3; }
  base::Result<void> rewind() override { return base::fail(base::Code::kInvalid, "standard input is read once."); }
  base::Result<std::size_t> read(char* room, std::size_t /*size*/) override {
    return std::string_view(std::exchange(ended_, true) ? "" : "abc").copy(room, 3);
  }

 private:
  bool ended_ = false;
};

std::string error(std::string_view code, std::string_view more = "") {
  return "<?xml version=\"1.0\"?>\n<Error><Code>" + std::string(code) + "</Code>" + std::string(more) + "</Error>";
}

TEST(S3, SendsAStreamSignedAndSummedAndAgain) {
  Theatre theatre(true);
  theatre.then({.status = 503});
  theatre.then({.body = "", .headers = "ETag: \"x\"\r\n"});
  World world;
  const std::string text(300'000, 'x');
  TextBody body(text);
  Call call = call_of(theatre, "s3", "PutObject", kPut);
  call.body = &body;
  const Result<Answer> answer = world.client->call(call);
  ASSERT_TRUE(answer) << words(answer);
  EXPECT_EQ(answer->attempts, 2);
  EXPECT_EQ(answer->output, parsed(R"({"ETag": "\"x\""})"));
  for (const auto& request : theatre.seen()) {
    EXPECT_EQ(request.line, "PUT /b/a%20b/%C3%BC HTTP/1.1");
    EXPECT_TRUE(request.body == text);
    EXPECT_EQ(request.field("x-amz-checksum-crc32"), checksum_of(ChecksumKind::kCrc32, text));
    EXPECT_EQ(request.field("x-amz-sdk-checksum-algorithm"), "CRC32");
    EXPECT_EQ(request.field("X-Amz-Content-SHA256"), sigv4::payload_hash(text)) << "in the clear, all is signed";
  }
}

TEST(S3, SaysThatABodyMustBeReadTwice) {
  Theatre theatre(true);
  World world;
  OnceOnly body;
  Call call = call_of(theatre, "s3", "PutObject", kPut);
  call.body = &body;
  const Result<Answer> answer = world.client->call(call);
  EXPECT_EQ(answer.error().code, "BodyUnreadable") << words(answer);
  EXPECT_TRUE(theatre.seen().empty());
}

TEST(S3, PutsTheChecksumBehindTheBodyOverTls) {
  World world;
  OnceOnly body;
  Call call;
  call.service = "s3";
  call.operation = "PutObject";
  call.input = parsed(R"({"Bucket": "bucket", "Key": "k", "ChecksumAlgorithm": "SHA256", "ContentEncoding": "br"})");
  call.body = &body;
  const Result<Prepared> prepared = world.client->prepare(call);
  ASSERT_TRUE(prepared) << words(prepared);
  EXPECT_EQ(prepared->url, "https://bucket.s3.eu-central-1.amazonaws.com/k");
  EXPECT_EQ(prepared->headers.get("X-Amz-Trailer"), "x-amz-checksum-sha256");
  EXPECT_EQ(prepared->headers.get("Content-Encoding"), "br,aws-chunked");
  EXPECT_EQ(prepared->headers.get("X-Amz-Decoded-Content-Length"), "3");
  EXPECT_EQ(prepared->headers.get("X-Amz-Content-SHA256"), "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
}

TEST(S3, SumsWhereItMustAndWhereItMay) {
  const auto checksum = [](World& world, std::string_view operation, std::string_view input) {
    Call call;
    call.service = "s3";
    call.operation = operation;
    call.input = parsed(input);
    const Result<Prepared> prepared = world.client->prepare(call);
    EXPECT_TRUE(prepared) << words(prepared);
    for (const net::Header& header : prepared->headers.all()) {
      if (header.name.starts_with("x-amz-checksum-") && header.name != "x-amz-checksum-mode") return header.name;
    }
    return std::string("none");
  };
  constexpr const char* kDelete = R"({"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}]}})";
  constexpr const char* kBody = R"({"Bucket": "b", "Key": "k", "Body": "YQ=="})";
  World eager, lazy(Env{{"AWS_REQUEST_CHECKSUM_CALCULATION", "when_required"}});
  EXPECT_EQ(checksum(eager, "DeleteObjects", kDelete), "x-amz-checksum-crc32");
  EXPECT_EQ(checksum(lazy, "DeleteObjects", kDelete), "x-amz-checksum-crc32");
  EXPECT_EQ(checksum(eager, "PutObject", kBody), "x-amz-checksum-crc32");
  EXPECT_EQ(checksum(lazy, "PutObject", kBody), "none");
  EXPECT_EQ(checksum(eager, "GetObject", kGet), "none");
  EXPECT_EQ(checksum(lazy, "PutObject", R"({"Bucket": "b", "Key": "k", "ChecksumAlgorithm": "CRC64NVME"})"),
            "x-amz-checksum-crc64nvme");
  EXPECT_EQ(checksum(eager, "PutObject", R"({"Bucket": "b", "Key": "k", "ChecksumSHA1": "abc="})"),
            "x-amz-checksum-sha1")
      << "the caller's own stays";
}

TEST(S3, StreamsAnAnswerAndChecksIt) {
  const std::string good = "x-amz-checksum-crc32: " + checksum_of(ChecksumKind::kCrc32, "content") + "\r\n";
  Theatre theatre(true);
  World world;
  Call call = call_of(theatre, "s3", "GetObject", kGet);
  HeldSink sink;
  call.sink = &sink;
  theatre.then({.body = "content", .headers = good});
  const Result<Answer> answer = world.client->call(call);
  ASSERT_TRUE(answer) << words(answer);
  EXPECT_EQ(sink.text, "content");
  EXPECT_EQ(answer->output.get_object().if_contains("Body"), nullptr);
  EXPECT_EQ(theatre.seen().at(0).field("x-amz-checksum-mode"), "ENABLED");

  theatre.then({.body = "damaged", .headers = good});
  EXPECT_EQ(world.client->call(call).error().code, "AnswerDamaged");
  theatre.then({.body = "of parts", .headers = "x-amz-checksum-crc32: AAAAAA==-3\r\n"});
  EXPECT_TRUE(world.client->call(call)) << "that is no checksum of this body";
  theatre.then({.body = "content", .cut = 3});
  const Result<Answer> cut = world.client->call(call);
  EXPECT_EQ(cut.error().code, "AnswerCut") << "some of it is passed on already: it cannot be had again";
  EXPECT_EQ(cut.error().attempts, 1);

  sink.text.clear();
  theatre.then({.status = 404, .body = error("NoSuchKey")});
  EXPECT_EQ(world.client->call(call).error().code, "NoSuchKey");
  EXPECT_EQ(sink.text, "") << "an error is no content";
}

TEST(S3, HoldsAnAnswerThatNobodyTakes) {
  Theatre theatre(true);
  World world;
  theatre.then({.body = "content", .headers = "x-amz-checksum-crc32: AAAAAA==\r\n"});
  theatre.then({.body = "content", .cut = 1});
  theatre.then({.body = "content"});
  const Result<Answer> answer = world.client->call(call_of(theatre, "s3", "GetObject", kGet));
  ASSERT_TRUE(answer) << words(answer);
  EXPECT_EQ(answer->attempts, 3) << "damaged, cut, and whole";
  EXPECT_EQ(answer->output.at("Body"), "Y29udGVudA==");
}

TEST(S3, SeesAnErrorWithinASuccess) {
  constexpr const char* kCopy = R"({"Bucket": "b", "Key": "k", "CopySource": "b/a b?versionId=v"})";
  Theatre theatre(true);
  World world;
  theatre.then({.body = error("InternalError")});
  theatre.then({.body = "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"});
  const Result<Answer> answer = world.client->call(call_of(theatre, "s3", "CopyObject", kCopy));
  ASSERT_TRUE(answer) << words(answer);
  EXPECT_EQ(answer->attempts, 2);
  EXPECT_EQ(answer->output, parsed(R"({"CopyObjectResult": {"ETag": "e"}})"));
  EXPECT_EQ(theatre.seen().at(0).field("x-amz-copy-source"), "b/a%20b?versionId=v");
  theatre.otherwise = [](const auto&) { return Scene{.body = "<CopyObjectRes"}; };
  EXPECT_FALSE(world.client->call(call_of(theatre, "s3", "CopyObject", kCopy)));
}

TEST(S3, FollowsABucketToItsRegionOnce) {
  struct Case {
    const char* operation;
    Scene refusal;
  };
  const std::string header = "x-amz-bucket-region: us-west-2\r\n";
  for (const Case& one :
       {Case{"GetObject", {.status = 301, .body = error("PermanentRedirect"), .headers = header}},
        Case{"GetObject", {.status = 307, .body = error("TemporaryRedirect"), .headers = header}},
        Case{"GetObject", {.status = 400, .body = error("AuthorizationHeaderMalformed", "<Region>us-west-2</Region>")}},
        Case{"HeadObject", {.status = 400, .headers = header}},
        Case{"HeadBucket", {.status = 301, .headers = header}}}) {
    Theatre theatre(true);
    World world;
    theatre.then(one.refusal);
    const Result<Answer> answer = world.client->call(call_of(
        theatre, "s3", one.operation, one.operation == std::string("HeadBucket") ? R"({"Bucket": "b"})" : kGet));
    ASSERT_TRUE(answer) << words(answer) << one.operation << one.refusal.body;
    ASSERT_EQ(theatre.seen().size(), 2U);
    EXPECT_NE(theatre.seen()[1].field("Authorization").find("/us-west-2/s3/"), std::string::npos);
    ASSERT_TRUE(world.client->call(call_of(theatre, "s3", "GetObject", kGet)));
    EXPECT_NE(theatre.seen()[2].field("Authorization").find("/us-west-2/s3/"), std::string::npos) << "it is remembered";
  }
}

TEST(S3, AsksForTheBucketWhereARedirectDoesNotSayWhereTo) {
  Theatre theatre(true);
  World world;
  theatre.then({.status = 301, .body = error("PermanentRedirect")});
  theatre.then({.status = 403, .body = "", .headers = "x-amz-bucket-region: us-west-2\r\n"});
  ASSERT_TRUE(world.client->call(call_of(theatre, "s3", "GetObject", kGet)));
  ASSERT_EQ(theatre.seen().size(), 3U);
  EXPECT_TRUE(theatre.seen()[1].line.starts_with("HEAD /b"));
}

TEST(S3, DoesNotGoRoundInCircles) {
  Theatre theatre(true);
  World world;
  theatre.otherwise = [](const net::testing::RawRequest& request) {
    const bool there = request.field("Authorization").find("us-west-2") != std::string::npos;
    return Scene{.status = 301,
                 .body = error("PermanentRedirect"),
                 .headers = std::string("x-amz-bucket-region: ") + (there ? "eu-central-1" : "us-west-2") + "\r\n"};
  };
  const Result<Answer> answer = world.client->call(call_of(theatre, "s3", "GetObject", kGet));
  EXPECT_EQ(answer.error().code, "PermanentRedirect");
  EXPECT_EQ(theatre.seen().size(), 2U);
}

TEST(S3, PresignsWhatAnybodyMayFetch) {
  Theatre theatre(true);
  World world;
  const Result<std::string> url = world.client->presign(call_of(theatre, "s3", "GetObject", kPut), 3600s);
  ASSERT_TRUE(url) << words(url);
  EXPECT_NE(url->find("/b/a%20b/%C3%BC?"), std::string::npos) << *url;
  EXPECT_EQ(url->find("checksum"), std::string::npos) << *url;
  net::HttpRequest request;
  request.url = *url;
  EXPECT_EQ(world.http.send(request).response.status, 200);
  Call elsewhere;
  elsewhere.service = "s3";
  elsewhere.operation = "GetObject";
  elsewhere.input = parsed(R"({"Bucket": "bucket", "Key": "k"})");
  const Result<std::string> real = world.client->presign(elsewhere, 60s);
  ASSERT_TRUE(real) << words(real);
  EXPECT_TRUE(real->starts_with("https://bucket.s3.eu-central-1.amazonaws.com/k?")) << *real;
  EXPECT_NE(real->find("X-Amz-SignedHeaders=host&"), std::string::npos) << *real;
}

constexpr const char* kDirectory = R"({"Bucket": "b--use1-az4--x-s3", "Key": "k"})";

std::string session(std::string_view key, std::string_view expires = "2026-11-24T05:52:44Z") {
  return fmt::format(
      "<CreateSessionResult><Credentials><SessionToken>session-of-the-bucket</SessionToken><SecretAccessKey>{}"
      "</SecretAccessKey><AccessKeyId>{}</AccessKeyId><Expiration>{}</Expiration></Credentials></CreateSessionResult>",
      kSecret, key, expires);
}

TEST(S3, AsksADirectoryBucketForASessionAndSignsByIt) {
  Theatre theatre(true);
  theatre.otherwise = [](const net::testing::RawRequest& request) {
    return Scene{.body = request.line.find("?session") != std::string::npos ? session("AKIDEXAMPLE") : "content"};
  };
  World world;
  for (int i = 0; i < 2; ++i) {
    const Result<Answer> answer = world.client->call(call_of(theatre, "s3", "GetObject", kDirectory));
    ASSERT_TRUE(answer) << words(answer);
    EXPECT_EQ(answer->output.at("Body"), "Y29udGVudA==");
  }
  auto seen = theatre.seen();
  ASSERT_EQ(seen.size(), 3U) << "one session for both";
  EXPECT_EQ(seen[0].line, "GET /b--use1-az4--x-s3?session HTTP/1.1");
  EXPECT_EQ(seen[0].field("X-Amz-S3session-Token"), "");
  for (const std::size_t i : {0U, 1U, 2U})
    EXPECT_NE(seen[i].field("Authorization").find("/eu-central-1/s3express/aws4_request"), std::string::npos);
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(seen[i].field("X-Amz-S3session-Token"), "session-of-the-bucket");
    EXPECT_NE(seen[i].field("Authorization").find(";x-amz-s3session-token,"), std::string::npos);
    EXPECT_EQ(seen[i].field("X-Amz-Security-Token"), "");
  }
  EXPECT_EQ(world.logged().find("session-of-the-bucket"), std::string::npos);
  world.clock.advance(250s);  // of five minutes
  theatre.time = kNow + 250s;
  ASSERT_TRUE(world.client->call(call_of(theatre, "s3", "GetObject", kDirectory)));
  EXPECT_EQ(theatre.seen().size(), 5U) << "a new one before it ends";
}

TEST(S3, AsksForAnotherSessionAfterARefusedOne) {
  Theatre theatre(true);
  theatre.then({.body = session("AKIDEXAMPLE")});
  theatre.then({.status = 400, .body = error("ExpiredToken")});
  theatre.then({.body = session("AKIDEXAMPLE")});
  World world;
  const Result<Answer> refused = world.client->call(call_of(theatre, "s3", "GetObject", kDirectory));
  EXPECT_EQ(refused.error().code, "ExpiredToken");
  EXPECT_TRUE(refused.error().retryable);
  ASSERT_TRUE(world.client->call(call_of(theatre, "s3", "GetObject", kDirectory)));
  EXPECT_EQ(theatre.seen().size(), 4U);
}

TEST(S3, SaysWhyThereIsNoSession) {
  Theatre theatre(true);
  theatre.then({.status = 403, .body = error("AccessDenied")});
  World world;
  EXPECT_EQ(world.client->call(call_of(theatre, "s3", "GetObject", kDirectory)).error().code, "AccessDenied");
  for (const std::string& useless :
       {std::string("<CreateSessionResult/>"), session("AKIDEXAMPLE", "soon"), session("", "2026-11-24T05:52:44Z")}) {
    theatre.then({.body = useless});
    EXPECT_FALSE(world.client->call(call_of(theatre, "s3", "GetObject", kDirectory))) << useless;
  }
  theatre.then({.body = session("AKIDEXAMPLE", "2026-11-24T05:47:43Z")});
  EXPECT_EQ(world.client->call(call_of(theatre, "s3", "GetObject", kDirectory)).error().code, "ExpiredCredentials");
  EXPECT_EQ(theatre.seen().size(), 5U) << "nothing but sessions was asked for";
}

TEST(S3, PresignsForADirectoryBucket) {
  Theatre theatre(true);
  theatre.then({.body = session("AKIDEXAMPLE")});
  World world;
  const Result<std::string> url = world.client->presign(call_of(theatre, "s3", "GetObject", kDirectory), 60s);
  ASSERT_TRUE(url) << words(url);
  EXPECT_NE(url->find("X-Amz-S3session-Token=session-of-the-bucket"), std::string::npos) << *url;
  EXPECT_EQ(url->find("X-Amz-Security-Token"), std::string::npos) << *url;
  net::HttpRequest request;
  request.url = *url;
  EXPECT_EQ(world.http.send(request).response.status, 200);  // the theatre verifies it
  const Result<Prepared> shown = world.client->prepare(call_of(theatre, "s3", "GetObject", kDirectory));
  ASSERT_TRUE(shown) << words(shown);
  EXPECT_EQ(shown->headers.get("X-Amz-S3session-Token"), "***");
  EXPECT_EQ(theatre.seen().size(), 2U) << "to show a request nothing is asked";
}

TEST(S3, DecodesTheKeysOfListings) {
  Theatre theatre(true);
  World world;
  theatre.otherwise = [](const auto&) {
    return Scene{.body =
                     "<ListBucketResult><EncodingType>url</EncodingType><Prefix>a%2F</Prefix><Contents><Key>a+b%2Fc"
                     "</Key></Contents></ListBucketResult>"};
  };
  const Result<Answer> answer = world.client->call(call_of(theatre, "s3", "ListObjectsV2", R"({"Bucket": "b"})"));
  ASSERT_TRUE(answer) << words(answer);
  EXPECT_EQ(answer->output.at("Contents").at(0).at("Key"), "a b/c");
  EXPECT_EQ(answer->output.at("Prefix"), "a/");
  EXPECT_TRUE(theatre.seen().at(0).line.starts_with("GET /b?list-type=2&encoding-type=url")) << theatre.seen()[0].line;
  const Result<Answer> raw =
      world.client->call(call_of(theatre, "s3", "ListObjectsV2", R"({"Bucket": "b", "EncodingType": "url"})"));
  EXPECT_EQ(raw->output.at("Contents").at(0).at("Key"), "a+b%2Fc") << "who asks for it gets it";
}

}  // namespace
}  // namespace aws

#include "aws/customs.h"

#include <set>

#include <gtest/gtest.h>

#include "aws/aws_test_support.h"
#include "aws/customs_rules.h"
#include "aws/redirect.h"
#include "crypto/hasher.h"

namespace aws {
namespace {

using namespace testing;

// One operation of a real model, and what its rules make of inputs and requests.
struct Rules {
  const aws_model::Service& service;
  const aws_model::Operation& operation;
  aws_config::Environment environment;
  CustomCall call{service, operation, environment};
  Problems problems;

  Rules(std::string_view service_name, std::string_view operation_name)
      : service(**library().service(service_name)), operation(*service.operation(operation_name)) {}

  json::Object input(std::string_view text) {
    json::Object made = parsed(text).get_object();
    for (const Rule* rule : rules_of(service, operation)) {
      if (rule->input != nullptr) rule->input(call, made, problems);
    }
    return made;
  }
  aws_wire::Request request(aws_wire::Request request, std::string_view text = "{}") {
    const json::Object made = parsed(text).get_object();
    for (const Rule* rule : rules_of(service, operation)) {
      if (rule->request != nullptr) {
        EXPECT_TRUE(rule->request(call, made, request));
      }
    }
    return request;
  }
};

TEST(Customs, NamesOnlyWhatTheModelsHave) {
  for (const Rule& rule : all_rules()) {
    EXPECT_FALSE(rule.what.empty() || rule.source.empty()) << rule.service;
    if (rule.service == "*") continue;
    const auto service = library().service(rule.service);
    ASSERT_TRUE(service) << rule.service;
    if (rule.operation != "*") {
      EXPECT_NE((*service)->operation(rule.operation), nullptr) << rule.service << " " << rule.operation;
    }
  }
}

TEST(Customs, RenamesMembers) {
  Rules ec2("ec2", "DescribeRegions");
  const bool has_filter = ec2.operation.input->find("Filter") != nullptr;
  if (has_filter) {
    EXPECT_TRUE(ec2.input(R"({"Filters": []})").contains("Filter"));
  }
  Rules logs("logs", "CreateExportTask");
  EXPECT_EQ(logs.input(R"({"fromTime": 1})"), parsed(R"({"from": 1})").get_object());
  logs.input(R"({"fromTime": 1, "from": 2})");
  ASSERT_EQ(logs.problems.size(), 1U);
  EXPECT_EQ(logs.problems[0].path, "fromTime");
}

TEST(Customs, StripsIdsOfRoute53) {
  Rules rules("route53", "GetHostedZone");
  EXPECT_EQ(rules.input(R"({"Id": "/hostedzone/Z1"})"), parsed(R"({"Id": "Z1"})").get_object());
  EXPECT_EQ(rules.input(R"({"Id": "Z1"})"), parsed(R"({"Id": "Z1"})").get_object());
  EXPECT_EQ(rules.input(R"({"Id": 5})"), parsed(R"({"Id": 5})").get_object());
}

TEST(Customs, EncodesUserData) {
  for (const auto& [service, operation] :
       {std::pair("ec2", "RunInstances"), std::pair("autoscaling", "CreateLaunchConfiguration")}) {
    Rules rules(service, operation);
    EXPECT_EQ(rules.input(R"({"UserData": "#!/bin/sh"})"), parsed(R"({"UserData": "IyEvYmluL3No"})").get_object());
  }
}

TEST(Customs, MakesCopySourcesFit) {
  Rules rules("s3", "CopyObject");
  const auto source = [&](std::string_view input) {
    return rules.input(std::string(R"({"CopySource": )") + std::string(input) + "}").at("CopySource");
  };
  EXPECT_EQ(source(R"("bucket/a b+c")"), "bucket/a%20b%2Bc");
  EXPECT_EQ(source(R"("/bucket/k?versionId=v1.x")"), "/bucket/k?versionId=v1.x");
  EXPECT_EQ(source(R"("bucket/k?versionId=")"), "bucket/k%3FversionId%3D");
  EXPECT_EQ(source(R"({"Bucket": "b", "Key": "ü"})"), "b/%C3%BC");
  EXPECT_EQ(source(R"({"Bucket": "b", "Key": "k", "VersionId": "v"})"), "b/k?versionId=v");
  EXPECT_EQ(source(R"({"Bucket": "arn:aws:s3:us-east-1:123456789012:accesspoint/p", "Key": "k"})"),
            "arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint/p/object/k");
  EXPECT_TRUE(rules.problems.empty());
  source(R"({"Bucket": "b"})");
  EXPECT_EQ(rules.problems.at(0).path, "CopySource");
}

TEST(Customs, ProtectsKeysOfCustomers) {
  Rules rules("s3", "PutObject");
  EXPECT_EQ(rules.input(R"({"SSECustomerKey": "0123456789abcdef0123456789abcdef"})"),
            parsed(R"({"SSECustomerKey": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
                       "SSECustomerKeyMD5": "hRasmdxgYDKV3nvbahU1MA=="})")
                .get_object())
      << "the order does not matter";
  const json::Object own = parsed(R"({"SSECustomerKey": "a2V5", "SSECustomerKeyMD5": "m"})").get_object();
  EXPECT_EQ(rules.input(R"({"SSECustomerKey": "a2V5", "SSECustomerKeyMD5": "m"})"), own) << "the caller has done it";
}

TEST(Customs, RefusesBucketsAndMetadataThatCannotBe) {
  Rules rules("s3", "PutObject");
  rules.input(R"({"Bucket": "a/b", "Metadata": {"ok": "a", "name": "ä"}})");
  ASSERT_EQ(rules.problems.size(), 2U);
  EXPECT_EQ(rules.problems[0].path, "Bucket");
  EXPECT_EQ(rules.problems[1].path, "Metadata.name");
  Rules fine("s3", "PutObject");
  for (const char* bucket : {"a", "My_Bucket.1", "arn:aws:s3:us-east-1:123456789012:accesspoint/p"})
    fine.input(std::string(R"({"Bucket": ")") + bucket + "\"}");
  EXPECT_TRUE(fine.problems.empty());
}

TEST(Customs, TakesTheBucketOutOfThePath) {
  Rules rules("s3", "GetObject");
  EXPECT_EQ(rules.request({.path = "/bucket/a/b"}).path, "/a/b");
  EXPECT_EQ(rules.request({.path = "/bucket"}).path, "");
  Rules list("s3", "ListBuckets");
  EXPECT_EQ(list.request({.path = "/"}).path, "/");
}

TEST(Customs, AddsHeadersThatServicesWant) {
  Rules gateway("apigateway", "GetRestApis");
  EXPECT_EQ(gateway.request({}).headers.get("Accept"), "application/json");
  Rules glacier("glacier", "ListVaults");
  EXPECT_EQ(glacier.request({}).headers.get("x-amz-glacier-version"), "2012-06-01");
  EXPECT_EQ(glacier.input("{}"), parsed(R"({"accountId": "-"})").get_object());
  Rules lambda("sqs", "ListQueues");
  lambda.environment = {{"AWS_LAMBDA_FUNCTION_NAME", "f"}, {"_X_AMZN_TRACE_ID", "Root=1-a;Sampled=1\n"}};
  EXPECT_EQ(lambda.request({}).headers.get("X-Amzn-Trace-Id"), "Root=1-a;Sampled=1%0A");
}

TEST(Customs, HashesArchivesOfGlacierAsTrees) {
  Rules rules("glacier", "UploadArchive");
  // Amazon Glacier Developer Guide, "Computing checksums": below 1 MiB, both are the same.
  const aws_wire::Request small = rules.request({.body = "abc"});
  EXPECT_EQ(small.headers.get("x-amz-content-sha256"), sigv4::payload_hash("abc"));
  EXPECT_EQ(small.headers.get("x-amz-sha256-tree-hash"), sigv4::payload_hash("abc"));
  const std::string mib(1024 * 1024, 'a');
  const auto digest = [](std::string_view text) { return crypto::Hasher::of(crypto::Hasher::Kind::kSha256, text); };
  const aws_wire::Request large = rules.request({.body = mib + mib + "b"});
  const std::string pair = digest(digest(mib) + digest(mib));
  EXPECT_EQ(large.headers.get("x-amz-sha256-tree-hash"), base::hex(digest(pair + digest("b"))));
  EXPECT_EQ(rules.request({.body = ""}).headers.get("x-amz-sha256-tree-hash"), sigv4::payload_hash(""));
}

TEST(Customs, KeepsLineEndsWithinKeys) {
  Rules rules("s3", "DeleteObjects");
  EXPECT_EQ(rules.request({.path = "/b", .body = "<Key>a\r\nb</Key>"}).body, "<Key>a&#xD;&#xA;b</Key>");
}

TEST(Customs, LeavesOutSignatures) {
  const auto is_unsigned = [](std::string_view service, std::string_view operation) {
    const Rules rules(service, operation);
    for (const Rule* rule : rules_of(rules.service, rules.operation)) {
      if (rule->without_signature) return true;
    }
    return false;
  };
  EXPECT_TRUE(is_unsigned("sts", "AssumeRoleWithSAML"));
  EXPECT_TRUE(is_unsigned("cognito-identity", "GetId"));
  EXPECT_FALSE(is_unsigned("sts", "AssumeRole"));
}

TEST(Customs, ReadsAnswersThatAreNotModelled) {
  const Rules location("s3", "GetBucketLocation");
  json::Object output;
  customs::s3_bucket_location(
      location.call, {.body = "<?xml version=\"1.0\"?><LocationConstraint xmlns=\"x\">EU</LocationConstraint>"},
      output);
  EXPECT_EQ(output, parsed(R"({"LocationConstraint": "EU"})").get_object());
  output.clear();
  customs::s3_bucket_location(location.call, {.body = "<LocationConstraint xmlns=\"x\"/>"}, output);
  EXPECT_TRUE(output.empty()) << "us-east-1 has no name";
  const Rules console("ec2", "GetConsoleOutput");
  json::Object printed = parsed(R"({"Output": "aGVs\nbG8="})").get_object();
  customs::console_output(console.call, {}, printed);
  EXPECT_EQ(printed.at("Output"), "hello");
  aws_wire::ServiceError error;
  customs::oauth_message({.status = 400, .body = R"({"error": "x", "error_description": "why"})"}, error);
  EXPECT_EQ(error.message, "why");
  EXPECT_EQ(customs::root_of("\xef\xbb\xbf <!-- c --> <a:Error>").name, "Error");
  for (const char* none : {"", "text", "<", "<?xml", "<!-- ", "<a"}) EXPECT_EQ(customs::root_of(none).name, "") << none;
}

TEST(Redirect, KnowsWhenAndWhereTo) {
  const auto of = [](std::string_view operation, std::string_view code, aws_wire::Reply reply) {
    return redirect_of(operation, code, reply, "eu-central-1");
  };
  net::Headers west, here, hostile;
  west.add("x-amz-bucket-region", "us-west-2");
  here.add("x-amz-bucket-region", "eu-central-1");
  hostile.add("x-amz-bucket-region", "evil.example/");
  EXPECT_EQ(of("GetObject", "PermanentRedirect", {301, west, {}, false}).region, "us-west-2");
  EXPECT_EQ(of("GetObject", "PermanentRedirect", {301, here, {}, false}).redirect, Redirect::kNo);
  EXPECT_EQ(of("GetObject", "PermanentRedirect", {301, hostile, {}, false}).redirect, Redirect::kElsewhere);
  EXPECT_EQ(of("GetObject", "AccessDenied", {403, west, {}, false}).redirect, Redirect::kNo);
  EXPECT_EQ(of("HeadBucket", "400", {400, {}, {}, false}).redirect, Redirect::kNo);
  EXPECT_EQ(of("HeadObject", "400", {400, {}, {}, false}).redirect, Redirect::kElsewhere);
  EXPECT_EQ(of("CreateBucket", "IllegalLocationConstraintException", {400, west, {}, false}).redirect, Redirect::kNo);
  EXPECT_EQ(of("PutObject", "IllegalLocationConstraintException", {400, west, {}, false}).region, "us-west-2");
  EXPECT_EQ(of("GetObject", "AuthorizationHeaderMalformed", {400, {}, "<Region>us-west-2</Region>", false}).region,
            "us-west-2");
}

}  // namespace
}  // namespace aws

#include "aws/client.h"

#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "aws/aws_test_support.h"

namespace aws {
namespace {

using namespace testing;

constexpr const char* kGetItem = R"({"TableName": "t", "Key": {"id": {"S": "1"}}})";
constexpr const char* kItem = R"({"Item": {"id": {"S": "1"}}})";

TEST(Client, CallsAndSigns) {
  Theatre theatre;
  theatre.then({.body = kItem, .headers = "x-amzn-RequestId: r1\r\n"});
  World world;
  const Result<Answer> answer = world.client->call(call_of(theatre, "dynamodb", "get-item", kGetItem));
  ASSERT_TRUE(answer) << words(answer);
  EXPECT_EQ(answer->output, parsed(kItem));
  EXPECT_EQ(answer->request_id, "r1");
  EXPECT_EQ(answer->http_status, 200);
  EXPECT_EQ(answer->attempts, 1);
  const auto seen = theatre.seen();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].line, "POST / HTTP/1.1");
  EXPECT_EQ(seen[0].field("X-Amz-Target"), "DynamoDB_20120810.GetItem");
  EXPECT_EQ(seen[0].field("Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(seen[0].field("amz-sdk-request"), "attempt=1; max=3");
  EXPECT_NE(seen[0].field("Authorization").find("/eu-central-1/dynamodb/aws4_request"), std::string::npos);
}

TEST(Client, SaysEverythingThatIsWrongAndSendsNothing) {
  Theatre theatre;
  World world;
  const Result<Answer> answer =
      world.client->call(call_of(theatre, "dynamodb", "GetItem", R"({"Key": 5, "Tablename": "t"})"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Failure::Kind::kInput);
  EXPECT_EQ(answer.error().code, "ParamValidation");
  EXPECT_EQ(answer.error().problems.size(), 3U) << words(answer);
  EXPECT_TRUE(theatre.seen().empty());
}

TEST(Client, NamesWhatIsUnknownOrMissing) {
  Theatre theatre;
  World world;
  EXPECT_EQ(world.client->call(call_of(theatre, "dynamo", "GetItem")).error().code, "UnknownService");
  EXPECT_EQ(world.client->call(call_of(theatre, "dynamodb", "GetItems")).error().code, "UnknownOperation");
  Call list = call_of(theatre, "dynamodb", "ListTables");
  list.input = json::Array();
  EXPECT_EQ(world.client->call(list).error().code, "ParamValidation");
  World nowhere(Env{{"AWS_REGION", ""}});
  const Result<Answer> lost = nowhere.client->call(call_of(theatre, "dynamodb", "ListTables"));
  EXPECT_EQ(lost.error().code, "NoRegion");
  EXPECT_EQ(lost.error().kind, Failure::Kind::kConfiguration);
  Client keyless({library(), world.http, world.clock, world.entropy},
                 aws_config::Config::load({{"AWS_REGION", "us-east-1"}, {"AWS_CONFIG_FILE", "/nonexistent/a"}}).value(),
                 nullptr);
  const Result<Answer> unsigned_call = keyless.call(call_of(theatre, "dynamodb", "ListTables"));
  EXPECT_EQ(unsigned_call.error().code, "NoCredentials");
  EXPECT_TRUE(theatre.seen().empty());
  Call plain = call_of(theatre, "dynamodb", "ListTables");
  plain.sign = false;
  theatre.then({.checks_signature = false});
  EXPECT_TRUE(keyless.call(plain));
  EXPECT_EQ(theatre.seen().at(0).field("Authorization"), "");
}

TEST(Client, RetriesWhatMayPass) {
  for (const Scene& trouble :
       {Scene{.status = 500}, Scene{.status = 502, .body = "<html>bad gateway"}, Scene{.status = 503},
        Scene{.status = 504}, Scene{.status = 429, .body = ""},
        Scene{.status = 400, .body = R"({"__type": "a#ProvisionedThroughputExceededException"})"},
        Scene{.status = 400, .body = R"({"__type": "RequestTimeout"})"}, Scene{.lost = true},
        Scene{.body = kItem, .cut = 1}, Scene{.body = kItem, .headers = "x-amz-crc32: 12345\r\n"}}) {
    Theatre theatre;
    theatre.then(trouble);
    theatre.then({.body = kItem});
    World world;
    const Result<Answer> answer = world.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem));
    ASSERT_TRUE(answer) << words(answer) << trouble.status << trouble.body;
    EXPECT_EQ(answer->attempts, 2);
    EXPECT_EQ(answer->output, parsed(kItem));
    EXPECT_EQ(theatre.seen().at(1).field("amz-sdk-request"), "attempt=2; max=3");
    EXPECT_EQ(theatre.seen()[0].field("amz-sdk-invocation-id"), theatre.seen()[1].field("amz-sdk-invocation-id"));
  }
}

TEST(Client, DoesNotRetryWhatWouldFailAgain) {
  for (const Scene& trouble :
       {Scene{.status = 501, .body = ""}, Scene{.status = 400, .body = R"({"__type": "ValidationException"})"},
        Scene{.status = 404, .body = R"({"__type": "ResourceNotFoundException"})"},
        Scene{.status = 200, .body = "not json"}, Scene{.status = 302, .body = ""}}) {
    Theatre theatre;
    theatre.then(trouble);
    World world;
    const Result<Answer> answer = world.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().attempts, 1) << words(answer);
    EXPECT_FALSE(answer.error().retryable);
    EXPECT_EQ(theatre.seen().size(), 1U);
    EXPECT_TRUE(world.pauses.empty());
  }
}

TEST(Client, GivesUpAfterItsAttemptsAndTellsTheLastError) {
  Theatre theatre;
  theatre.otherwise = [](const auto&) {
    return Scene{.status = 400,
                 .body = R"({"__type": "com.x#ThrottlingException", "message": "slower"})",
                 .headers = "x-amzn-RequestId: r9\r\n"};
  };
  World world;
  const Result<Answer> answer = world.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Failure::Kind::kService);
  EXPECT_EQ(answer.error().code, "ThrottlingException");
  EXPECT_EQ(answer.error().message, "slower");
  EXPECT_EQ(answer.error().request_id, "r9");
  EXPECT_EQ(answer.error().http_status, 400);
  EXPECT_EQ(answer.error().attempts, 3);
  EXPECT_TRUE(answer.error().retryable);
  EXPECT_EQ(world.pauses.size(), 2U);
  World impatient(Env{{"AWS_MAX_ATTEMPTS", "1"}});
  EXPECT_EQ(impatient.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem)).error().attempts, 1);
}

TEST(Client, WaitsAsLongAsItIsTold) {
  Theatre theatre;
  theatre.then({.status = 503, .headers = "Retry-After: 7\r\n"});
  theatre.then({.status = 503, .headers = "x-amz-retry-after: 1500\r\n"});
  World world;
  ASSERT_TRUE(world.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem)));
  EXPECT_EQ(world.pauses, (std::vector<std::chrono::milliseconds>{7s, 1500ms}));
}

TEST(Client, StopsRetryingWhenItsBucketIsEmpty) {
  Theatre theatre;
  theatre.otherwise = [](const auto&) { return Scene{.status = 500}; };
  World world;
  const Call call = call_of(theatre, "dynamodb", "GetItem", kGetItem);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(world.client->call(call).error().attempts, 3) << i;
  EXPECT_EQ(world.client->call(call).error().attempts, 1) << "500 tokens are 100 retries";
  Call other = call;
  other.service = "sqs";
  other.operation = "ListQueues";
  other.input = nullptr;
  EXPECT_EQ(world.client->call(other).error().attempts, 3) << "another service has a bucket of its own";
}

TEST(Client, CorrectsAClockThatIsWrong) {
  Theatre theatre;
  World world;
  world.clock.advance(-1h);
  theatre.then({.status = 400,
                .body = R"({"__type": "RequestTimeTooSkewed"})",
                .headers = std::string("Date: ") + kDate + "\r\n",
                .checks_signature = false});
  const Result<Answer> answer = world.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem));
  ASSERT_TRUE(answer) << words(answer);
  EXPECT_EQ(answer->attempts, 2);
  EXPECT_TRUE(world.pauses.empty());
  EXPECT_EQ(world.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem))->attempts, 1) << "it is remembered";
}

TEST(Client, DoesNotBlameTheClockForAWrongKey) {
  Theatre theatre;
  theatre.then({.status = 403,
                .body = R"({"__type": "InvalidSignatureException"})",
                .headers = std::string("Date: ") + kDate + "\r\n"});
  World world;
  EXPECT_EQ(world.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem)).error().attempts, 1);
}

TEST(Client, TellsTheProviderOfExpiredCredentials) {
  Theatre theatre;
  theatre.session = kSession;
  theatre.then({.status = 400, .body = R"({"__type": "ExpiredTokenException"})"});
  const auto provider = std::make_shared<CountingCredentials>(kSession);
  World world({}, provider);
  const Result<Answer> answer = world.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem));
  EXPECT_EQ(answer.error().code, "ExpiredTokenException");
  EXPECT_EQ(answer.error().attempts, 1);
  EXPECT_EQ(provider->invalidated, 1);
  EXPECT_FALSE(answer.error().retryable) << "these are the same the next time";
  Credentials leased;
  leased.keys = {"AKIDEXAMPLE", base::Secret(kSecret), base::Secret(kSession)};
  leased.expires = kNow + 1h;
  World renewing({}, fixed_credentials(leased));
  theatre.then({.status = 400, .body = R"({"__type": "ExpiredTokenException"})"});
  EXPECT_TRUE(renewing.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem)).error().retryable);
}

TEST(Client, KeepsItsDeadlineOverAllAttempts) {
  Theatre theatre;
  theatre.otherwise = [](const auto&) { return Scene{.status = 503, .headers = "Retry-After: 15\r\n"}; };
  World world;
  Call call = call_of(theatre, "dynamodb", "GetItem", kGetItem);
  call.deadline = base::Deadline::after(10s);
  const Result<Answer> answer = world.client->call(call);
  EXPECT_EQ(answer.error().http_status, 503) << "no time is left to wait: the last error is what there is to tell";
  EXPECT_EQ(answer.error().attempts, 1);
  call.deadline = base::Deadline::after(0ms);
  EXPECT_EQ(world.client->call(call).error().code, "Deadline");
}

TEST(Client, CanBeCancelled) {
  Theatre theatre;
  theatre.otherwise = [](const auto&) { return Scene{.status = 503}; };
  World world;
  world.gives_up = true;
  EXPECT_EQ(world.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem)).error().code, "Cancelled");
  const std::atomic<bool> cancelled = true;
  Call call = call_of(theatre, "dynamodb", "GetItem", kGetItem);
  call.cancelled = &cancelled;
  const Result<Answer> answer = world.client->call(call);
  EXPECT_EQ(answer.error().code, "Cancelled");
  EXPECT_EQ(answer.error().kind, Failure::Kind::kTransport);
}

TEST(Client, SpeaksTheQueryProtocolAndLeavesOutSignatures) {
  Theatre theatre;
  theatre.otherwise = [](const auto&) {
    return Scene{.body =
                     "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
                     "</GetCallerIdentityResult></GetCallerIdentityResponse>"};
  };
  World world;
  const Result<Answer> who = world.client->call(call_of(theatre, "sts", "get-caller-identity"));
  ASSERT_TRUE(who) << words(who);
  EXPECT_EQ(who->output, parsed(R"({"Account": "123456789012"})"));
  EXPECT_EQ(theatre.seen().at(0).body, "Action=GetCallerIdentity&Version=2011-06-15");
  theatre.otherwise = [](const auto&) {
    return Scene{.body = "<A><AssumeRoleWithWebIdentityResult/></A>", .checks_signature = false};
  };
  const Result<Answer> anonymous = world.client->call(call_of(
      theatre, "sts", "AssumeRoleWithWebIdentity",
      R"({"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "me", "WebIdentityToken": "toke"})"));
  ASSERT_TRUE(anonymous) << words(anonymous);
  EXPECT_EQ(theatre.seen().at(1).field("Authorization"), "");
}

TEST(Client, FillsTokensInBeforeItChecks) {
  Theatre theatre;
  World world;
  ASSERT_TRUE(world.client->call(call_of(theatre, "secretsmanager", "CreateSecret", R"({"Name": "n"})")));
  EXPECT_NE(theatre.seen().at(0).body.find("ClientRequestToken"), std::string::npos);
}

TEST(Client, IsSharedByThreads) {
  Theatre theatre;
  World world;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(world.client->call(call_of(theatre, "dynamodb", "GetItem", kGetItem)));
        EXPECT_TRUE(world.client->call(call_of(theatre, "sqs", "ListQueues")));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(theatre.seen().size(), 160U);
}

TEST(Client, CountsAndLogsWithoutSecrets) {
  Theatre theatre;
  theatre.session = kSession;
  theatre.then({.status = 503});
  World world({}, std::make_shared<CountingCredentials>(kSession));
  ASSERT_TRUE(world.client->call(
      call_of(theatre, "secretsmanager", "PutSecretValue", R"({"SecretId": "s", "SecretString": "hunter2"})")));
  EXPECT_FALSE(world.client->call(call_of(theatre, "secretsmanager", "PutSecretValue")));
  const std::string metrics = world.metrics.render();
  for (const char* line : {"stewardry_aws_calls_total{service=\"secretsmanager\"} 1",
                           "stewardry_aws_attempts_total{service=\"secretsmanager\"} 2",
                           "stewardry_aws_errors_total{service=\"secretsmanager\",kind=\"caller\"} 1"})
    EXPECT_NE(metrics.find(line), std::string::npos) << line << metrics;
  EXPECT_NE(world.logged().find("\"message\":\"aws call\",\"service\":\"secretsmanager\""), std::string::npos);
  for (const char* secret : {kSecret, kSession, "hunter2", "Signature"})
    EXPECT_EQ(world.logged().find(secret), std::string::npos) << world.logged();
}

std::string logged_member(const std::string& line, std::string_view name) {
  const json::Value whole = parsed(line);
  const json::Value* value = whole.get_object().if_contains(boost::json::string_view(name.data(), name.size()));
  return value != nullptr && value->is_string() ? std::string(json::view(value->get_string())) : "";
}

TEST(Client, IsASpanOfTheTraceOfWhoeverAsks) {
  Theatre theatre;
  theatre.then({.status = 503});
  World world;
  Call call = call_of(theatre, "dynamodb", "GetItem", kGetItem);
  call.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  ASSERT_TRUE(world.client->call(call));
  call.traceparent = "00-" + std::string(32, '0') + "-b7ad6b7169203331-01";  // no trace has that id
  ASSERT_TRUE(world.client->call(call));
  std::vector<std::string> lines;
  std::istringstream logged(world.logged());
  for (std::string line; std::getline(logged, line);) lines.push_back(line);
  ASSERT_GE(lines.size(), 3U);
  EXPECT_EQ(logged_member(lines[0], "message"), "aws attempt failed");
  for (const std::size_t of_the_trace : {0U, 1U})
    EXPECT_EQ(logged_member(lines[of_the_trace], "trace_id"), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(logged_member(lines[1], "parent_span_id"), "b7ad6b7169203331");
  EXPECT_EQ(logged_member(lines[0], "span_id"), logged_member(lines[1], "span_id"));
  EXPECT_EQ(logged_member(lines[1], "span_id").size(), 16U);
  EXPECT_EQ(logged_member(lines[2], "trace_id").size(), 32U);
  EXPECT_NE(logged_member(lines[2], "trace_id").find_first_not_of('0'), std::string::npos);
  EXPECT_EQ(logged_member(lines[2], "parent_span_id"), "");
  EXPECT_NE(logged_member(lines[2], "span_id"), logged_member(lines[1], "span_id"));
  EXPECT_EQ(theatre.seen().at(0).field("traceparent"), "") << "AWS is told nothing of it";
}

TEST(Client, ShowsWhatWouldBeSentWithoutSecrets) {
  World world({}, std::make_shared<CountingCredentials>(kSession));
  Call call;
  call.service = "secretsmanager";
  call.operation = "PutSecretValue";
  call.input = parsed(R"({"SecretId": "s", "SecretString": "hunter2", "SecretBinary": "aHVudGVyMg=="})");
  const Result<Prepared> prepared = world.client->prepare(call);
  ASSERT_TRUE(prepared) << words(prepared);
  EXPECT_EQ(prepared->url, "https://secretsmanager.eu-central-1.amazonaws.com/");
  EXPECT_NE(prepared->headers.get("Authorization")->find("Credential=AKIDEXAMPLE/"), std::string::npos);
  EXPECT_TRUE(prepared->headers.get("Authorization")->ends_with("Signature=***"));
  EXPECT_EQ(prepared->headers.get("X-Amz-Security-Token"), "***");
  EXPECT_EQ(prepared->body.find("hunter2"), std::string::npos) << prepared->body;
  EXPECT_EQ(prepared->body.find("aHVudGVyMg"), std::string::npos) << prepared->body;
  EXPECT_NE(prepared->body.find("\"s\""), std::string::npos) << prepared->body;
}

TEST(Client, TakesABearerTokenWhereAServiceDoes) {
  World world(Env{{"AWS_BEARER_TOKEN_BEDROCK", "t0ken"}});
  Call call;
  call.service = "bedrock";
  call.operation = "ListFoundationModels";
  const Result<Prepared> prepared = world.client->prepare(call);
  ASSERT_TRUE(prepared) << words(prepared);
  EXPECT_EQ(prepared->headers.get("Authorization"), "Bearer ***");
  World without;
  const Result<Prepared> by_keys = without.client->prepare(call);
  ASSERT_TRUE(by_keys) << words(by_keys);
  EXPECT_TRUE(by_keys->headers.get("Authorization")->starts_with("AWS4-HMAC-SHA256"));
}

TEST(Client, PresignsFormsAsQueries) {
  Theatre theatre;
  World world;
  const Result<std::string> url = world.client->presign(call_of(theatre, "sts", "GetCallerIdentity"), 60s);
  ASSERT_TRUE(url) << words(url);
  net::HttpRequest request;
  request.url = *url;
  EXPECT_EQ(world.http.send(request).response.status, 200);  // the theatre verifies it
  EXPECT_NE(url->find("Action=GetCallerIdentity&Version=2011-06-15"), std::string::npos) << *url;
  EXPECT_FALSE(world.client->presign(call_of(theatre, "sts", "GetCallerIdentity"), 8 * 24h));
}

}  // namespace
}  // namespace aws

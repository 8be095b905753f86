// The chain as the program has it: over the real client, AWS's models, and services that are played on this machine.

#include "aws_credentials/chain.h"

#include <chrono>
#include <functional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "aws_credentials/testing.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "net/testing.h"

namespace aws_credentials {
namespace {

using testing::in;
using namespace std::chrono_literals;

aws_model::Library& library() {
  static const std::unique_ptr<aws_model::Library> opened = [] {
    auto made = aws_model::Library::open();
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }();
  return *opened;
}

std::string sts_document(std::string_view operation, std::string_view key) {
  return fmt::format(
      R"(<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result>)"
      R"(<Credentials><AccessKeyId>{1}</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey>)"
      R"(<SessionToken>hidden-t</SessionToken><Expiration>{2}</Expiration></Credentials><AssumedRoleUser>)"
      R"(<AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn></AssumedRoleUser>)"
      R"(</{0}Result><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></{0}Response>)",
      operation, key, in(1h));
}

class WholeChainTest : public testing::ChainTest {
 protected:
  WholeChainTest() {
    environment["AWS_REGION"] = "eu-central-1";
    environment["AWS_ENDPOINT_URL_STS"] = fmt::format("http://127.0.0.1:{}", server.port());
    environment["AWS_ENDPOINT_URL_SSO"] = environment["AWS_ENDPOINT_URL_STS"];
    environment["AWS_EC2_METADATA_DISABLED"] = "true";
    environment["AWS_MAX_ATTEMPTS"] = "1";
  }
  aws::Surroundings surroundings() { return {library(), http, clock, entropy}; }
  aws::Result<std::shared_ptr<const aws::Credentials>> ask(std::optional<std::string> profile = {}) {
    return default_chain(surroundings(), config(std::move(profile)))->get(base::Deadline::after(20s));
  }
  std::string first_key(std::optional<std::string> profile = {}) {
    const auto got = ask(std::move(profile));
    EXPECT_TRUE(got) << got.error().code << ": " << got.error().message;
    return got ? (*got)->keys.access_key_id : "";
  }
  net::Request last() {
    const std::lock_guard lock(mutex);
    return seen.empty() ? net::Request() : seen.back();
  }

  net::HttpClient http;
  std::mutex mutex;
  std::vector<net::Request> seen;
  std::function<net::Response(const net::Request&)> answer;
  net::testing::TestServer server{{}, [this](net::testing::TestHandler& handler) {
                                    handler.answer = [this](const net::Request& request) {
                                      const std::lock_guard lock(mutex);
                                      seen.push_back(request);
                                      return answer(request);
                                    };
                                  }};
};

net::Response xml(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/xml");
  response.headers.add("x-amzn-RequestId", "id-7");
  response.body = std::move(body);
  return response;
}

TEST_F(WholeChainTest, ARole) {
  config_file(
      "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = hidden\n"
      "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nexternal_id = tenant-1\n"
      "role_session_name = name\nduration_seconds = 900");
  answer = [](const net::Request&) { return xml(200, sts_document("AssumeRole", "ASIA1")); };
  const auto got = ask("p");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ((*got)->keys.access_key_id, "ASIA1");
  EXPECT_EQ((*got)->keys.session_token.reveal(), "hidden-t");
  EXPECT_EQ((*got)->expires, testing::kNow + 1h);
  EXPECT_EQ((*got)->account_id, "123456789012");
  const net::Request request = last();
  for (const char* const part : {"Action=AssumeRole&", "ExternalId=tenant-1", "DurationSeconds=900",
                                 "RoleSessionName=name", "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr"}) {
    EXPECT_NE((request.body + "&").find(part), std::string::npos) << part << " in " << request.body;
  }
  const std::string signature(request.headers.get("Authorization").value_or(""));
  EXPECT_NE(signature.find("Credential=BASE/20261124/eu-central-1/sts/aws4_request"), std::string::npos) << signature;
}

TEST_F(WholeChainTest, ARoleThatIsDenied) {
  config_file(
      "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = Environment\n"
      "[profile odd]\nrole_arn = short\ncredential_source = Environment");
  environment["AWS_ACCESS_KEY_ID"] = "ENV";
  environment["AWS_SECRET_ACCESS_KEY"] = "hidden";
  answer = [](const net::Request&) {
    return xml(403, R"(<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>)"
                    R"(<Code>AccessDenied</Code><Message>not authorized</Message></Error>)"
                    R"(<RequestId>id-7</RequestId></ErrorResponse>)");
  };
  const auto got = ask("default");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, aws::Failure::Kind::kConfiguration);
  EXPECT_EQ(got.error().code, "AccessDenied");
  EXPECT_EQ(got.error().http_status, 403);
  EXPECT_EQ(got.error().request_id, "id-7");
  EXPECT_FALSE(got.error().retryable);
  EXPECT_NE(got.error().message.find("role_arn of profile \"default\""), std::string::npos);
  const auto odd = ask("odd");
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().kind, aws::Failure::Kind::kConfiguration);
  EXPECT_NE(odd.error().message.find("RoleArn"), std::string::npos) << odd.error().message;
  EXPECT_EQ(seen.size(), 1U) << "what STS could not take is not sent";
}

TEST_F(WholeChainTest, AWebIdentityIsNotSigned) {
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = write("token", "hidden.jwt.token");
  environment["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/pod";
  answer = [](const net::Request&) { return xml(200, sts_document("AssumeRoleWithWebIdentity", "ASIA2")); };
  EXPECT_EQ(first_key(), "ASIA2");
  EXPECT_FALSE(last().headers.get("Authorization"));
  EXPECT_NE(last().body.find("WebIdentityToken=hidden.jwt.token"), std::string::npos) << last().body;
}

TEST_F(WholeChainTest, IdentityCenter) {
  config_file(
      "[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = Admin\n"
      "[sso-session s]\nsso_region = us-west-2\nsso_start_url = https://x.awsapps.com/start");
  write(fmt::format(".aws/sso/cache/{}.json", base::hex(crypto::sha1("s"))),
        R"({"accessToken":"hidden-bearer","expiresAt":")" + in(1h) + "\"}");
  answer = [](const net::Request&) {
    net::Response response;
    response.headers.add("Content-Type", "application/json");
    response.body = fmt::format(R"({{"roleCredentials":{{"accessKeyId":"ASIA3","secretAccessKey":"hidden",)"
                                R"("sessionToken":"hidden-t","expiration":{}}}}})",
                                (testing::kNow + 1h).time_since_epoch().count());
    return response;
  };
  const auto got = ask();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ((*got)->keys.access_key_id, "ASIA3");
  EXPECT_EQ((*got)->expires, testing::kNow + 1h);
  EXPECT_EQ(last().method + " " + last().path, "GET /federation/credentials");
  EXPECT_EQ(last().headers.get("x-amz-sso_bearer_token"), "hidden-bearer");
  EXPECT_FALSE(last().headers.get("Authorization"));
  answer = [](const net::Request&) {
    net::Response response = xml(401, R"({"message":"Session token not found or invalid"})");
    response.headers.set("Content-Type", "application/json");
    response.headers.add("x-amzn-ErrorType", "UnauthorizedException");
    return response;
  };
  EXPECT_EQ(ask().error().code, "SsoTokenExpired");
}

TEST_F(WholeChainTest, ARoleOfTheProgram) {
  aws::Credentials own;
  own.keys.access_key_id = "OWN";
  own.keys.secret_access_key = base::Secret("hidden");
  answer = [](const net::Request&) { return xml(200, sts_document("AssumeRole", "ASIA4")); };
  Role role;
  role.arn = "arn:aws:iam::123456789012:role/tenant";
  role.session_name = "stewardry";
  role.policy = R"({"Version":"2012-10-17"})";
  role.policy_arns = {"arn:aws:iam::aws:policy/ReadOnlyAccess"};
  role.source_identity = "alice";
  const auto provider = assume_role(surroundings(), config(), aws::fixed_credentials(own), role);
  const auto got = provider->get(base::Deadline::after(20s));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ((*got)->keys.access_key_id, "ASIA4");
  for (const char* const part : {"PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess",
                                 "SourceIdentity=alice", "Policy=%7B", "DurationSeconds=3600"}) {
    EXPECT_NE(last().body.find(part), std::string::npos) << part << " in " << last().body;
  }
}

TEST_F(WholeChainTest, WhereNobodyAnswersItIsNotTheConfiguration) {
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = write("token", "hidden.jwt.token");
  environment["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/pod";
  server.server->stop();
  const auto got = ask();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, aws::Failure::Kind::kTransport);
  EXPECT_TRUE(got.error().retryable);
}

}  // namespace
}  // namespace aws_credentials

// Assumed roles: of profiles, in chains, by web identity, and by assume_role().

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "aws_credentials/testing.h"

namespace aws_credentials {
namespace {

using testing::ChainTest;
using testing::in;
using testing::sts_answer;
using namespace std::chrono_literals;

constexpr std::string_view kBase = "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = hidden\n";

class RoleTest : public ChainTest {
 protected:
  std::string file_with(std::string_view more) { return config_file(std::string(kBase) + std::string(more)); }
};

TEST_F(RoleTest, OfASourceProfile) {
  file_with(
      "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nexternal_id = ext\n"
      "role_session_name = me\nduration_seconds = 7200");
  const aws::Credentials got = get("p");
  EXPECT_EQ(got.keys.access_key_id, "ASIA-r");
  EXPECT_EQ(got.keys.session_token.reveal(), "hidden-token");
  EXPECT_EQ(got.expires, testing::kNow + 1h);
  EXPECT_EQ(got.account_id, "123456789012");
  EXPECT_EQ(got.source, "assume-role");
  ASSERT_EQ(calls->made().size(), 1U);
  EXPECT_EQ(calls->made()[0].service, "sts");
  EXPECT_EQ(calls->made()[0].operation, "AssumeRole");
  EXPECT_EQ(calls->signers()[0], "BASE");
  EXPECT_EQ(calls->made()[0].input, (json::Value{{"RoleArn", "arn:aws:iam::1:role/r"},
                                                 {"RoleSessionName", "me"},
                                                 {"DurationSeconds", 7200},
                                                 {"ExternalId", "ext"}}));
}

TEST_F(RoleTest, WithoutANameTheSessionIsOurs) {
  file_with("[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base");
  get("p");
  EXPECT_EQ(calls->made()[0].input,
            (json::Value{{"RoleArn", "arn:aws:iam::1:role/r"},
                         {"RoleSessionName", fmt::format("stewardry-{}", testing::kNow.time_since_epoch() / 1s)}}));
}

TEST_F(RoleTest, AChainIsCappedAtAnHour) {
  file_with(
      "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\nduration_seconds = 43200\n"
      "[profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = base\nduration_seconds = 43200\n"
      "[profile c]\nrole_arn = arn:aws:iam::1:role/c\nsource_profile = b\nduration_seconds = 900");
  EXPECT_EQ(get("a").keys.access_key_id, "ASIA-a");
  ASSERT_EQ(calls->made().size(), 2U);
  EXPECT_EQ(calls->signers(), (std::vector<std::string>{"BASE", "ASIA-b"}));
  EXPECT_EQ(calls->made()[0].input.at("DurationSeconds"), 43200);
  EXPECT_EQ(calls->made()[1].input.at("DurationSeconds"), 3600);
  get("c");
  EXPECT_EQ(calls->made()[3].input.at("DurationSeconds"), 900);
}

TEST_F(RoleTest, AProfileMayBeItsOwnSource) {
  file_with(
      "[profile self]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = self\naws_access_key_id = SELF\n"
      "aws_secret_access_key = hidden\n[profile user]\nrole_arn = arn:aws:iam::1:role/u\nsource_profile = self");
  EXPECT_EQ(get("self").keys.access_key_id, "ASIA-r");
  EXPECT_EQ(calls->signers()[0], "SELF");
  EXPECT_EQ(get("user").keys.access_key_id, "ASIA-u");
  EXPECT_EQ(calls->signers()[1], "SELF") << "a source's keys come before its role";
}

TEST_F(RoleTest, CirclesAreNamed) {
  const std::string file = file_with(
      "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = c\n"
      "[profile c]\nrole_arn = r\nsource_profile = a\n[profile d]\nrole_arn = r\nsource_profile = a\n"
      "[profile e]\nrole_arn = r\nsource_profile = e");
  EXPECT_EQ(error_of("a"),
            "CircularRoles: The roles of the profiles go round in a circle (source_profile of profile "
            "\"c\" (" +
                file + ")): a -> b -> c -> a. One of them needs credentials of its own.");
  EXPECT_NE(error_of("d").find("d -> a -> b -> c -> a."), std::string::npos);
  EXPECT_NE(error_of("e").find("e -> e."), std::string::npos);
  EXPECT_TRUE(calls->made().empty());
}

TEST_F(RoleTest, CredentialSources) {
  file_with(
      "[profile env]\nrole_arn = arn:aws:iam::1:role/e\ncredential_source = environment\n"
      "[profile ecs]\nrole_arn = arn:aws:iam::1:role/c\ncredential_source = EcsContainer\nduration_seconds = 7200\n"
      "[profile ec2]\nrole_arn = arn:aws:iam::1:role/i\ncredential_source = Ec2InstanceMetadata\n"
      "[profile odd]\nrole_arn = r\ncredential_source = Moon");
  environment["AWS_ACCESS_KEY_ID"] = "ENV";
  environment["AWS_SECRET_ACCESS_KEY"] = "hidden";
  EXPECT_EQ(get("env").keys.access_key_id, "ASIA-e");
  EXPECT_EQ(calls->signers()[0], "ENV");
  EXPECT_TRUE(error_of("ecs").starts_with("NoCredentials: credential_source of profile \"ecs\""));
  EXPECT_TRUE(error_of("ec2").ends_with("has no credentials: it did not answer when asked for a token of version 2."));
  EXPECT_TRUE(error_of("odd").ends_with("must be Environment, EcsContainer or Ec2InstanceMetadata."));
  environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/c";
  web->answer = [](const net::HttpRequest&) {
    return testing::answered(
        200, R"({"AccessKeyId":"ECS","SecretAccessKey":"s","Token":"t","Expiration":")" + in(6h) + R"("})");
  };
  EXPECT_EQ(get("ecs").keys.access_key_id, "ASIA-c");
  EXPECT_EQ(calls->signers()[1], "ECS");
  EXPECT_EQ(calls->made()[1].input.at("DurationSeconds"), 3600) << "a container's role that assumes another is a chain";
}

TEST_F(RoleTest, WhatDoesNotFit) {
  const std::string file = file_with(
      "[profile both]\nrole_arn = r\nsource_profile = base\ncredential_source = Environment\n"
      "[profile none]\nrole_arn = r\n[profile gone]\nrole_arn = r\nsource_profile = nobody\n"
      "[profile empty]\nregion = x\n[profile fromempty]\nrole_arn = r\nsource_profile = empty\n"
      "[profile mfa]\nrole_arn = r\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/x\n"
      "[profile long]\nrole_arn = r\nsource_profile = base\nduration_seconds = 43201\n"
      "[profile half]\naws_access_key_id = x\n[profile fromhalf]\nrole_arn = r\nsource_profile = half\n");
  const auto place = [&](std::string_view key, std::string_view profile) {
    return fmt::format("{} of profile \"{}\" ({})", key, profile, file);
  };
  EXPECT_EQ(error_of("both"), "InvalidConfiguration: " + place("source_profile", "both") +
                                  " stands beside credential_source: leave one of them out.");
  EXPECT_TRUE(
      error_of("none").starts_with("PartialCredentials: " + place("role_arn", "none") + " needs source_profile"));
  EXPECT_EQ(error_of("gone"), "InvalidConfiguration: " + place("source_profile", "gone") +
                                  " names profile \"nobody\", which is not there.");
  EXPECT_EQ(error_of("fromempty"), "NoCredentials: " + place("source_profile", "fromempty") +
                                       " names profile \"empty\", which has no credentials.");
  EXPECT_TRUE(error_of("mfa").starts_with("MfaNotSupported: " + place("mfa_serial", "mfa")));
  EXPECT_EQ(error_of("long"), "InvalidConfiguration: " + place("duration_seconds", "long") +
                                  " must be a whole number from 900 to 43200.");
  EXPECT_TRUE(error_of("fromhalf").starts_with("PartialCredentials: There is aws_access_key_id of profile \"half\""));
  EXPECT_TRUE(calls->made().empty());
}

TEST_F(RoleTest, ARefusalKeepsWhatTheServiceSaid) {
  const std::string file = file_with("[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base");
  aws::Failure denied;
  denied.kind = aws::Failure::Kind::kService;
  denied.code = "AccessDenied";
  denied.message = "not authorized";
  denied.request_id = "id-1";
  denied.http_status = 403;
  calls->answer = [&](const ServiceCall&) -> aws::Result<json::Value> { return tl::unexpected(denied); };
  aws::Failure got = failure("p");
  EXPECT_EQ(got.kind, aws::Failure::Kind::kConfiguration);
  EXPECT_EQ(got.code, "AccessDenied");
  EXPECT_EQ(got.request_id, "id-1");
  EXPECT_EQ(got.message, "AssumeRole of arn:aws:iam::1:role/r (role_arn of profile \"p\" (" + file +
                             ")): AccessDenied: not authorized");
  denied.kind = aws::Failure::Kind::kTransport;
  denied.code = "ConnectionLost";
  denied.retryable = true;
  got = failure("p");
  EXPECT_EQ(got.kind, aws::Failure::Kind::kTransport) << "no answer is no mistake of the configuration";
  EXPECT_TRUE(got.retryable);
}

TEST_F(RoleTest, AnAnswerThatIsNone) {
  file_with("[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base");
  const json::Value answers[] = {
      nullptr,
      json::Object(),
      {{"Credentials", 1}},
      {{"Credentials", {{"AccessKeyId", "x"}}}},
      {{"Credentials",
        {{"AccessKeyId", "x"}, {"SecretAccessKey", "hidden"}, {"SessionToken", "hidden"}, {"Expiration", "soon"}}}},
      {{"Credentials", {{"AccessKeyId", "x"}, {"SecretAccessKey", "hidden"}, {"Expiration", in(1h)}}}}};
  for (const json::Value& answer : answers) {
    calls->answer = [&](const ServiceCall&) -> aws::Result<json::Value> { return answer; };
    EXPECT_EQ(failure("p").code, "InvalidCredentialsDocument");
  }
  calls->answer = [&](const ServiceCall& call) -> aws::Result<json::Value> { return sts_answer(call, in(0s)); };
  EXPECT_EQ(failure("p").code, "ExpiredCredentials");
}

TEST_F(RoleTest, WebIdentityOfAProfile) {
  const std::string token = write("token", "hidden-jwt\n");
  const std::string file = file_with(
      "[profile w]\nrole_arn = arn:aws:iam::1:role/w\nweb_identity_token_file = " + token +
      "\nrole_session_name = pod\n[profile user]\nrole_arn = arn:aws:iam::1:role/u\nsource_profile = w\n"
      "[profile gone]\nrole_arn = r\nweb_identity_token_file = /no/such\n[profile bare]\nweb_identity_token_file = x");
  EXPECT_EQ(get("w").source, "web-identity");
  EXPECT_EQ(calls->signers()[0], "");
  EXPECT_EQ(calls->made()[0].operation, "AssumeRoleWithWebIdentity");
  EXPECT_EQ(calls->made()[0].input,
            (json::Value{
                {"RoleArn", "arn:aws:iam::1:role/w"}, {"RoleSessionName", "pod"}, {"WebIdentityToken", "hidden-jwt"}}));
  EXPECT_EQ(get("user").keys.access_key_id, "ASIA-u");
  EXPECT_EQ(calls->signers()[2], "ASIA-w");
  EXPECT_EQ(error_of("gone"),
            "FileNotReadable: web_identity_token_file of profile \"gone\" (" + file + "): /no/such cannot be read.");
  EXPECT_TRUE(error_of("bare").ends_with("needs a role: set AWS_ROLE_ARN or role_arn."));
  write("token", "\n");
  EXPECT_TRUE(error_of("w").starts_with("WebIdentityToken: "));
}

TEST_F(RoleTest, WebIdentityOfTheEnvironment) {
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = write("token", "hidden-jwt");
  environment["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/e";
  environment["AWS_ROLE_SESSION_NAME"] = "pod";
  file_with("");
  EXPECT_EQ(get().keys.access_key_id, "ASIA-e");
  EXPECT_EQ(calls->made()[0].input.at("RoleSessionName"), "pod");
  EXPECT_EQ(get("base").keys.access_key_id, "BASE") << "a named profile comes before the environment";
  environment.erase("AWS_ROLE_ARN");
  EXPECT_TRUE(error_of().starts_with("InvalidConfiguration: AWS_WEB_IDENTITY_TOKEN_FILE needs a role"));
}

class Fixed final : public aws::CredentialsProvider {
 public:
  aws::Result<std::shared_ptr<const aws::Credentials>> get(base::Deadline) override {
    ++asked;
    return std::make_shared<const aws::Credentials>(
        aws::Credentials{{"FIXED" + std::to_string(asked), base::Secret("hidden"), {}}, {}, {}, "profile"});
  }
  void invalidate(const aws::Credentials& refused) override { invalidated.push_back(refused.keys.access_key_id); }
  int asked = 0;
  std::vector<std::string> invalidated;
};

TEST_F(RoleTest, AssumedByTheProgram) {
  const auto source = std::make_shared<Fixed>();
  Role role;
  role.arn = "arn:aws:iam::9:role/tenant";
  role.session_name = "session";
  role.external_id = "ext";
  role.policy = R"({"Version":"2012-10-17"})";
  role.policy_arns = {"arn:aws:iam::aws:policy/ReadOnlyAccess"};
  role.source_identity = "alice";
  const auto provider = make_assume_role(parts(), config(), source, role);
  EXPECT_TRUE(calls->made().empty()) << "nothing is fetched before it is asked for";
  const auto got = provider->get(base::Deadline::never());
  ASSERT_TRUE(got);
  EXPECT_EQ((*got)->keys.access_key_id, "ASIA-tenant");
  EXPECT_EQ(calls->made()[0].input, (json::Value{{"RoleArn", "arn:aws:iam::9:role/tenant"},
                                                 {"RoleSessionName", "session"},
                                                 {"Policy", R"({"Version":"2012-10-17"})"},
                                                 {"PolicyArns", {{{"arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"}}}},
                                                 {"DurationSeconds", 3600},
                                                 {"ExternalId", "ext"},
                                                 {"SourceIdentity", "alice"}}));
  EXPECT_EQ(*provider->get(base::Deadline::never()), *got);
  EXPECT_EQ(calls->made().size(), 1U);
}

TEST_F(RoleTest, ASourceThatIsOverIsAskedAnew) {
  const auto source = std::make_shared<Fixed>();
  calls->answer = [](const ServiceCall& call) -> aws::Result<json::Value> {
    if (call.credentials->keys.access_key_id == "FIXED2") return sts_answer(call);
    aws::Failure expired;
    expired.kind = aws::Failure::Kind::kService;
    expired.code = "ExpiredToken";
    return tl::unexpected(expired);
  };
  Role role;
  role.arn = "arn:aws:iam::9:role/tenant";
  const auto provider = make_assume_role(parts(), config(), source, role);
  EXPECT_TRUE(provider->get(base::Deadline::never()));
  EXPECT_EQ(source->invalidated, std::vector<std::string>{"FIXED1"});
}

}  // namespace
}  // namespace aws_credentials

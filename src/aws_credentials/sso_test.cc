#include <chrono>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "aws_credentials/testing.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace aws_credentials {
namespace {

using testing::ChainTest;
using testing::in;
using namespace std::chrono_literals;

class SsoTest : public ChainTest {
 protected:
  SsoTest() {
    calls->answer = [](const ServiceCall&) -> aws::Result<json::Value> {
      return json::Value{{"roleCredentials",
                          {{"accessKeyId", "ASIA"},
                           {"secretAccessKey", "hidden"},
                           {"sessionToken", "hidden-t"},
                           {"expiration", (testing::kNow + 1h).time_since_epoch().count()}}}};
    };
    file = config_file(
        "[profile p]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin\n"
        "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n"
        "[profile old]\nsso_start_url = https://old.awsapps.com/start\nsso_region = us-east-2\n"
        "sso_account_id = 1\nsso_role_name = R\n"
        "[profile gone]\nsso_session = gone\nsso_account_id = 1\nsso_role_name = R\n"
        "[profile part]\nsso_session = corp\nsso_account_id = 1\n"
        "[profile odd]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = R\nsso_region = us-east-1\n"
        "[profile user]\nrole_arn = arn:aws:iam::1:role/u\nsource_profile = p\n");
  }
  std::string token(std::string_view key, std::string_view text) {
    return write(fmt::format(".aws/sso/cache/{}.json", base::hex(crypto::sha1(key))), text);
  }
  std::string good(std::string_view expires = "") {
    return fmt::format(R"({{"accessToken":"hidden-token","expiresAt":"{}","region":"x"}})",
                       expires.empty() ? in(1h) : expires);
  }
  std::string file;
};

TEST_F(SsoTest, OfASession) {
  token("corp", good());
  const aws::Credentials got = get("p");
  EXPECT_EQ(got.keys.access_key_id, "ASIA");
  EXPECT_EQ(got.keys.session_token.reveal(), "hidden-t");
  EXPECT_EQ(got.expires, testing::kNow + 1h);
  EXPECT_EQ(got.account_id, "123456789012");
  EXPECT_EQ(got.source, "sso");
  ASSERT_EQ(calls->made().size(), 1U);
  const ServiceCall call = calls->made()[0];
  EXPECT_EQ(call.service + "." + call.operation, "sso.GetRoleCredentials");
  EXPECT_EQ(call.region, "eu-west-1");
  EXPECT_EQ(calls->signers()[0], "") << "it is not signed";
  EXPECT_EQ(call.input,
            (json::Value{{"accountId", "123456789012"}, {"roleName", "Admin"}, {"accessToken", "hidden-token"}}));
}

TEST_F(SsoTest, OfTheOlderForm) {
  token("https://old.awsapps.com/start", good("2026-11-24T01:00:00UTC"));
  EXPECT_EQ(get("old").account_id, "1");
  EXPECT_EQ(calls->made()[0].region, "us-east-2");
}

TEST_F(SsoTest, ATokenThatIsOverOrNotThere) {
  const std::string hint = " Log in with: aws sso login --sso-session corp";
  const std::string path = token("corp", good(in(0s)));
  EXPECT_EQ(error_of("p"),
            "SsoTokenExpired: IAM Identity Center ([sso-session corp]): the token in " + path + " has expired." + hint);
  std::filesystem::remove(path);
  EXPECT_EQ(error_of("p"),
            "SsoTokenMissing: IAM Identity Center ([sso-session corp]): there is no token in " + path + "." + hint);
  for (const char* const text : {R"({"accessToken":"hidden"})", R"({"expiresAt":"2027-01-01T00:00:00Z"})",
                                 R"({"accessToken":"hidden","expiresAt":"hidden"})"}) {
    token("corp", text);
    EXPECT_EQ(error_of("p"), "SsoTokenMissing: IAM Identity Center ([sso-session corp]): " + path +
                                 " has no accessToken with an expiresAt." + hint);
  }
  token("corp", "hidden");
  EXPECT_EQ(failure("p").code, "InvalidCredentialsDocument");
  EXPECT_TRUE(error_of("old").ends_with("Log in with: aws sso login --profile old"));
  EXPECT_TRUE(calls->made().empty());
  environment.erase("HOME");
  environment["AWS_CONFIG_FILE"] = file;
  EXPECT_TRUE(error_of("p").starts_with("SsoTokenMissing: IAM Identity Center ([sso-session corp]): HOME is not set"));
}

TEST_F(SsoTest, WhatDoesNotFit) {
  EXPECT_EQ(error_of("gone"), "InvalidConfiguration: sso_session of profile \"gone\" (" + file +
                                  ") names a section [sso-session gone] that is not in " + file + ".");
  EXPECT_EQ(error_of("part"),
            "InvalidConfiguration: Profile \"part\" asks for IAM Identity Center, but sso_role_name of profile "
            "\"part\" (" +
                file + ") is missing.");
  EXPECT_EQ(error_of("odd"), "InvalidConfiguration: sso_region of profile \"odd\" (" + file +
                                 ") is not what [sso-session corp] says: leave it out.");
}

TEST_F(SsoTest, WhatTheServiceSays) {
  token("corp", good());
  aws::Failure failed;
  failed.kind = aws::Failure::Kind::kService;
  failed.code = "UnauthorizedException";
  failed.http_status = 401;
  calls->answer = [&](const ServiceCall&) -> aws::Result<json::Value> { return tl::unexpected(failed); };
  EXPECT_EQ(failure("p").code, "SsoTokenExpired");
  failed.code = "ForbiddenException";
  failed.message = "No access";
  failed.http_status = 403;
  EXPECT_EQ(error_of("p"),
            "ForbiddenException: IAM Identity Center ([sso-session corp]), GetRoleCredentials of role Admin in account "
            "123456789012: ForbiddenException: No access");
  for (const json::Value& answer :
       std::vector<json::Value>{nullptr, json::Object(), {{"roleCredentials", {{"accessKeyId", "hidden"}}}}}) {
    calls->answer = [&](const ServiceCall&) -> aws::Result<json::Value> { return answer; };
    EXPECT_EQ(failure("p").code, "InvalidCredentialsDocument");
  }
}

TEST_F(SsoTest, AsTheSourceOfARole) {
  token("corp", good());
  const auto sso = calls->answer;
  calls->answer = [&](const ServiceCall& call) {
    return call.service == "sts" ? testing::sts_answer(call) : sso(call);
  };
  EXPECT_EQ(get("user").keys.access_key_id, "ASIA-u");
  EXPECT_EQ(calls->signers(), (std::vector<std::string>{"", "ASIA"}));
}

}  // namespace
}  // namespace aws_credentials

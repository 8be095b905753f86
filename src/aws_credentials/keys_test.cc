// The environment, a profile's keys, and what is looked at before what.

#include <chrono>
#include <optional>
#include <string>

#include "aws_credentials/testing.h"

namespace aws_credentials {
namespace {

using testing::ChainTest;
using testing::in;
using namespace std::chrono_literals;

class KeysTest : public ChainTest {};

TEST_F(KeysTest, OfTheEnvironment) {
  environment["AWS_ACCESS_KEY_ID"] = "AKIA";
  environment["AWS_SECRET_ACCESS_KEY"] = "hidden";
  aws::Credentials got = get();
  EXPECT_EQ(got.keys.access_key_id, "AKIA");
  EXPECT_EQ(got.keys.secret_access_key.reveal(), "hidden");
  EXPECT_TRUE(got.keys.session_token.empty());
  EXPECT_EQ(got.expires, std::nullopt);
  EXPECT_EQ(got.source, "environment");
  environment["AWS_SECURITY_TOKEN"] = "old";
  EXPECT_EQ(get().keys.session_token.reveal(), "old");
  environment["AWS_SESSION_TOKEN"] = "new";
  environment["AWS_ACCOUNT_ID"] = "123456789012";
  environment["AWS_CREDENTIAL_EXPIRATION"] = in(1h);
  got = get();
  EXPECT_EQ(got.keys.session_token.reveal(), "new");
  EXPECT_EQ(got.account_id, "123456789012");
  EXPECT_EQ(got.expires, testing::kNow + 1h);
}

TEST_F(KeysTest, HalfAPairIsAnError) {
  environment["AWS_ACCESS_KEY_ID"] = "hidden-id";
  EXPECT_EQ(error_of(),
            "PartialCredentials: The environment has AWS_ACCESS_KEY_ID and not AWS_SECRET_ACCESS_KEY: set "
            "AWS_SECRET_ACCESS_KEY, or unset AWS_ACCESS_KEY_ID.");
  environment["AWS_ACCESS_KEY_ID"] = "";
  environment["AWS_SECRET_ACCESS_KEY"] = "hidden";
  EXPECT_EQ(error_of(),
            "PartialCredentials: The environment has AWS_SECRET_ACCESS_KEY and not AWS_ACCESS_KEY_ID: set "
            "AWS_ACCESS_KEY_ID, or unset AWS_SECRET_ACCESS_KEY.");
}

TEST_F(KeysTest, TheEnvironmentsCanExpire) {
  environment["AWS_ACCESS_KEY_ID"] = "AKIA";
  environment["AWS_SECRET_ACCESS_KEY"] = "hidden";
  environment["AWS_CREDENTIAL_EXPIRATION"] = in(-1s);
  EXPECT_TRUE(error_of().starts_with("ExpiredCredentials: The credentials of the environment have expired"));
  environment["AWS_CREDENTIAL_EXPIRATION"] = "tomorrow";
  EXPECT_TRUE(error_of().starts_with("InvalidConfiguration: AWS_CREDENTIAL_EXPIRATION"));
}

TEST_F(KeysTest, OfAProfileInEitherFile) {
  const std::string file = config_file(
      "[default]\naws_access_key_id = AKIA\naws_secret_access_key = hidden\naws_session_token = token\n"
      "aws_account_id = 123456789012\n[profile half]\naws_access_key_id = hidden-id\n"
      "[profile other]\naws_secret_access_key = hidden\n[profile old]\naws_access_key_id = a\n"
      "aws_secret_access_key = b\naws_security_token = c");
  const aws::Credentials got = get();
  EXPECT_EQ(got.keys.access_key_id, "AKIA");
  EXPECT_EQ(got.keys.session_token.reveal(), "token");
  EXPECT_EQ(got.account_id, "123456789012");
  EXPECT_EQ(got.source, "profile");
  EXPECT_EQ(get("old").keys.session_token.reveal(), "c");
  EXPECT_EQ(error_of("half"), "PartialCredentials: There is aws_access_key_id of profile \"half\" (" + file +
                                  "), but no aws_secret_access_key beside it.");
  EXPECT_EQ(error_of("other"), "PartialCredentials: There is aws_secret_access_key of profile \"other\" (" + file +
                                   "), but no aws_access_key_id beside it.");
  write(".aws/credentials", "[default]\naws_access_key_id = AKIB\naws_secret_access_key = hidden-b");
  EXPECT_EQ(get().keys.access_key_id, "AKIB") << "the credentials file wins";
}

TEST_F(KeysTest, TheEnvironmentComesBeforeAProfileButNotBeforeANamedOne) {
  environment["AWS_ACCESS_KEY_ID"] = "environment";
  environment["AWS_SECRET_ACCESS_KEY"] = "hidden";
  write(".aws/credentials", "[p]\naws_access_key_id = profile\naws_secret_access_key = hidden");
  environment["AWS_PROFILE"] = "p";
  EXPECT_EQ(get().keys.access_key_id, "environment");
  EXPECT_EQ(get("p").keys.access_key_id, "profile");
  environment.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(get("p").keys.access_key_id, "profile") << "half a pair that does not count is no error";
}

TEST_F(KeysTest, NoneAnywhere) {
  environment["AWS_EC2_METADATA_DISABLED"] = "True";
  EXPECT_EQ(error_of(),
            "NoCredentials: There are no credentials: neither in the environment (AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY) nor in profile \"default\" (" +
                (home / ".aws/config").string() +
                "); no container's; and instance metadata is switched off by AWS_EC2_METADATA_DISABLED. Set the "
                "variables, or fill the profile.");
  EXPECT_TRUE(web->made.empty());
}

TEST_F(KeysTest, AnLoginSessionIsRefused) {
  const std::string file = config_file("[default]\nlogin_session = arn:aws:iam::1:user/x\ncredential_process = x");
  EXPECT_TRUE(error_of().starts_with("LoginNotSupported: login_session of profile \"default\" (" + file + ")"));
}

}  // namespace
}  // namespace aws_credentials

#include <chrono>
#include <string>
#include <utility>

#include "aws_credentials/testing.h"

namespace aws_credentials {
namespace {

using testing::answered;
using testing::ChainTest;
using testing::in;
using testing::troubled;
using namespace std::chrono_literals;

class InstanceMetadataTest : public ChainTest {
 protected:
  InstanceMetadataTest() {
    web->answer = [this](const net::HttpRequest& request) {
      if (request.method == "PUT") return token;
      if (request.headers.get("X-aws-ec2-metadata-token") != "hidden-token") return answered(401, "");
      return request.url.ends_with("/security-credentials/") ? role : credentials;
    };
  }
  net::HttpOutcome token = answered(200, "hidden-token"), role = answered(200, "my role\nother"),
                   credentials = answered(200, R"({"Code":"Success","AccessKeyId":"ASIA","SecretAccessKey":"hidden",)"
                                               R"("Token":"hidden-t","Expiration":")" +
                                                   in(6h) + "\"}");
};

TEST_F(InstanceMetadataTest, TokenRoleCredentials) {
  environment["HTTP_PROXY"] = "http://proxy";
  const aws::Credentials got = get();
  EXPECT_EQ(got.keys.access_key_id, "ASIA");
  EXPECT_EQ(got.keys.session_token.reveal(), "hidden-t");
  EXPECT_EQ(got.expires, testing::kNow + 6h);
  EXPECT_EQ(got.source, "instance-metadata");
  ASSERT_EQ(web->made.size(), 3U);
  EXPECT_EQ(web->made[0].url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(web->made[0].headers.get("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(web->made[1].url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/");
  EXPECT_EQ(web->made[2].url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/my%20role");
  for (const net::HttpRequest& request : web->made) {
    EXPECT_EQ(request.proxy, "");
    EXPECT_EQ(request.connect_timeout, 1s);
    EXPECT_LE(request.deadline.left(), 1s);
  }
}

TEST_F(InstanceMetadataTest, WhereItIs) {
  const auto first_url = [&] {
    web->made.clear();
    get();
    return web->made.at(0).url;
  };
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = "IPv6";
  EXPECT_EQ(first_url(), "http://[fd00:ec2::254]/latest/api/token");
  config_file("[default]\nec2_metadata_service_endpoint = http://127.0.0.1:99/");
  EXPECT_EQ(first_url(), "http://127.0.0.1:99/latest/api/token") << "an endpoint comes before the mode";
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:98";
  EXPECT_EQ(first_url(), "http://127.0.0.1:98/latest/api/token");
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "127.0.0.1";
  EXPECT_TRUE(error_of().starts_with("InvalidConfiguration: AWS_EC2_METADATA_SERVICE_ENDPOINT"));
  environment.erase("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  config_file("[default]\nec2_metadata_service_endpoint_mode = IPv5");
  environment.erase("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
  EXPECT_TRUE(error_of().starts_with("InvalidConfiguration: AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"));
}

TEST_F(InstanceMetadataTest, PatienceIsASetting) {
  environment["AWS_METADATA_SERVICE_TIMEOUT"] = "3";
  config_file("[default]\nmetadata_service_num_attempts = 2");
  token = troubled(net::Trouble::kDeadline);
  EXPECT_TRUE(error_of().starts_with("NoCredentials: "));
  ASSERT_EQ(web->made.size(), 2U);
  EXPECT_EQ(web->made[0].connect_timeout, 3s);
  environment["AWS_METADATA_SERVICE_TIMEOUT"] = "0";
  EXPECT_EQ(error_of(),
            "InvalidConfiguration: AWS_METADATA_SERVICE_TIMEOUT (metadata_service_timeout) must be a whole number from "
            "1 to 60.");
}

TEST_F(InstanceMetadataTest, WhereThereIsNoneThereAreNoCredentials) {
  for (const auto& [outcome, said] : std::vector<std::pair<net::HttpOutcome, std::string>>{
           {troubled(net::Trouble::kConnect), "did not answer when asked for a token of version 2."},
           {answered(403, ""), "answered with status 403 when asked for a token of version 2."},
           {answered(404, "<html>"), "answered with status 404 when asked for a token of version 2."},
           {answered(200, ""), "answered with status 200 when asked for a token of version 2."},
           {answered(200, "a\r\nb"), "answered with status 200 when asked for a token of version 2."}}) {
    token = outcome;
    web->made.clear();
    EXPECT_NE(error_of().find("instance metadata " + said), std::string::npos) << error_of();
    for (const net::HttpRequest& request : web->made) EXPECT_EQ(request.method, "PUT") << "version 1 is not spoken";
  }
  token = answered(200, "hidden-token");
  role = answered(404, "");
  EXPECT_NE(error_of().find("instance metadata has no role for this instance."), std::string::npos);
}

TEST_F(InstanceMetadataTest, WhatGoesWrongAfterTheToken) {
  role = answered(500, "hidden");
  aws::Failure failed = failure();
  EXPECT_EQ(failed.code, "InstanceMetadata");
  EXPECT_TRUE(failed.retryable);
  role = answered(200, "\n");
  EXPECT_EQ(error_of(), "InstanceMetadata: Instance metadata answered without the name of a role.");
  role = answered(200, "r");
  credentials = answered(200, "hidden");
  EXPECT_EQ(error_of(), "InvalidCredentialsDocument: Instance metadata: what came is not a JSON object.");
  credentials = answered(200, R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"..."})");
  EXPECT_TRUE(error_of().starts_with("InstanceMetadata: Instance metadata has no credentials for the role"));
  credentials = troubled(net::Trouble::kCut);
  EXPECT_EQ(error_of(), "InstanceMetadata: Instance metadata did not answer.");
}

TEST_F(InstanceMetadataTest, OldCredentialsAreGoodWhileTheServiceHandsThemOut) {
  credentials = answered(200, R"({"Code":"Success","AccessKeyId":"ASIA","SecretAccessKey":"hidden","Token":"t",)"
                              R"("Expiration":")" +
                                  in(-1h) + "\"}");
  EXPECT_EQ(get().expires, testing::kNow + 15min);
}

}  // namespace
}  // namespace aws_credentials

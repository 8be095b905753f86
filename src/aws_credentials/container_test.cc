#include <chrono>
#include <string>

#include "aws_credentials/testing.h"

namespace aws_credentials {
namespace {

using testing::answered;
using testing::ChainTest;
using testing::in;
using testing::troubled;
using namespace std::chrono_literals;

std::string document() {
  return R"({"AccessKeyId":"ASIA","SecretAccessKey":"hidden","Token":"hidden-t","Expiration":")" + in(6h) +
         R"(","AccountId":"123456789012","RoleArn":"arn"})";
}

class ContainerTest : public ChainTest {
 protected:
  ContainerTest() {
    web->answer = [](const net::HttpRequest&) { return answered(200, document()); };
  }
  bool allowed(const std::string& url) {
    environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    web->made.clear();
    const auto got = chain()->get(base::Deadline::never());
    EXPECT_EQ(got ? "" : got.error().code, got ? "" : "ContainerUriNotAllowed") << url;
    EXPECT_EQ(web->made.size(), got ? 1U : 0U) << url;
    return got.has_value();
  }
};

TEST_F(ContainerTest, OfEcs) {
  environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials?id=1";
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://evil.example";
  environment["HTTP_PROXY"] = "http://proxy";
  const aws::Credentials got = get();
  EXPECT_EQ(got.keys.access_key_id, "ASIA");
  EXPECT_EQ(got.keys.session_token.reveal(), "hidden-t");
  EXPECT_EQ(got.expires, testing::kNow + 6h);
  EXPECT_EQ(got.account_id, "123456789012");
  EXPECT_EQ(got.source, "container");
  ASSERT_EQ(web->made.size(), 1U);
  EXPECT_EQ(web->made[0].url, "http://169.254.170.2/v2/credentials?id=1");
  EXPECT_EQ(web->made[0].method, "GET");
  EXPECT_EQ(web->made[0].proxy, "") << "a proxy would be asked about itself";
  EXPECT_FALSE(web->made[0].headers.get("Authorization"));
  environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "@evil.example/";
  EXPECT_EQ(error_of(), "ContainerUriNotAllowed: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with '/'.");
}

TEST_F(ContainerTest, WhichHostsAreAllowed) {
  for (const char* const url :
       {"http://localhost:1/x", "http://LOCALHOST/x", "http://127.0.0.1/x", "http://127.9.8.7:80/x", "http://[::1]/x",
        "http://169.254.170.2/x", "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials",
        "http://[fd00:ec2:0:0::23]/x", "https://example.com/x", "HTTPS://example.com:8443"}) {
    EXPECT_TRUE(allowed(url)) << url;
  }
  for (const char* const url :
       {"http://example.com/x", "http://169.254.169.254/latest", "http://169.254.170.22/", "http://128.0.0.1/",
        "http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "http://localhost@evil.example/",
        "http://evil.example\\@localhost/", "http://[fd00:ec2::24]/", "http://[::ffff:10.0.0.1]/", "http://0x7f.1/",
        "http://2130706433/", "ftp://localhost/", "localhost/x", "http:///x", "http://[::1/x", "//localhost/x"}) {
    EXPECT_FALSE(allowed(url)) << url;
  }
}

TEST_F(ContainerTest, ARefusedHostIsNamed) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.com/hidden";
  EXPECT_TRUE(error_of().starts_with(
      "ContainerUriNotAllowed: AWS_CONTAINER_CREDENTIALS_FULL_URI names the host example.com: with http only"));
}

TEST_F(ContainerTest, HttpsGoesByTheProxyAndTheTrustFile) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "https://example.com/x";
  environment["HTTPS_PROXY"] = "http://proxy:3128";
  environment["AWS_CA_BUNDLE"] = "/ca.pem";
  get();
  EXPECT_EQ(web->made[0].proxy, "http://proxy:3128");
  EXPECT_EQ(web->made[0].trust_file, "/ca.pem");
  environment["NO_PROXY"] = "example.com";
  get();
  EXPECT_EQ(web->made[1].proxy, "");
}

TEST_F(ContainerTest, Authorization) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Basic hidden";
  get();
  EXPECT_EQ(web->made[0].headers.get("authorization"), "Basic hidden");
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = write("token", "hidden-1\n");
  const auto by_file = chain();
  ASSERT_TRUE(by_file->get(base::Deadline::never()));
  EXPECT_EQ(web->made[1].headers.get("Authorization"), "hidden-1") << "the file comes first";
  write("token", "hidden-2");
  clock.advance(5h + 59min);
  ASSERT_TRUE(by_file->get(base::Deadline::never()));
  EXPECT_EQ(web->made[2].headers.get("Authorization"), "hidden-2") << "it is read anew: EKS renews it";
  write("token", "hidden\r\nX-Evil: 1");
  EXPECT_TRUE(error_of().starts_with("InvalidConfiguration: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: the token has"));
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/no/such";
  EXPECT_EQ(error_of(), "FileNotReadable: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: /no/such cannot be read.");
}

TEST_F(ContainerTest, WhatMayPassIsTriedThreeTimes) {
  environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/x";
  web->answer = [&](const net::HttpRequest&) {
    if (web->made.size() == 1) return troubled(net::Trouble::kNoAnswer);
    return web->made.size() == 2 ? answered(500, "hidden") : answered(200, document());
  };
  EXPECT_EQ(get().keys.access_key_id, "ASIA");
  EXPECT_EQ(paused, 2s);
  web->made.clear();
  web->answer = [](const net::HttpRequest&) { return answered(429, "hidden"); };
  const aws::Failure failed = failure();
  EXPECT_EQ(failed.code, "ContainerCredentials");
  EXPECT_EQ(failed.http_status, 429);
  EXPECT_TRUE(failed.retryable);
  EXPECT_EQ(web->made.size(), 3U);
  web->made.clear();
  web->answer = [](const net::HttpRequest&) { return answered(403, "hidden"); };
  EXPECT_EQ(error_of(),
            "ContainerCredentials: The source of the container's credentials "
            "(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI) answered with status 403.");
  EXPECT_EQ(web->made.size(), 1U);
}

TEST_F(ContainerTest, AnAnswerThatIsNone) {
  environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/x";
  for (const char* const body : {"", "hidden", "{}", R"({"AccessKeyId":"x","SecretAccessKey":"hidden"})",
                                 R"({"AccessKeyId":"x","SecretAccessKey":"hidden","Token":"hidden"})"}) {
    web->answer = [&](const net::HttpRequest&) { return answered(200, body); };
    EXPECT_EQ(failure().code, "InvalidCredentialsDocument") << body;
  }
}

}  // namespace
}  // namespace aws_credentials

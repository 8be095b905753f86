// The places that hand credentials out, as real servers on this machine, spoken to by the real client.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "aws_credentials/testing.h"
#include "aws_credentials/web_by_client.h"
#include "net/testing.h"

namespace aws_credentials {
namespace {

using testing::in;
using namespace std::chrono_literals;

std::string document(std::string_view key) {
  return fmt::format(R"({{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"hidden","Token":"hidden-t",)"
                     R"("Expiration":"{}"}})",
                     key, in(6h));
}

class WireTest : public testing::ChainTest {
 protected:
  Parts real_parts() {
    Parts made = parts();
    made.web = web_by_client(http);
    return made;
  }
  aws::Result<std::shared_ptr<const aws::Credentials>> ask() {
    return make_chain(real_parts(), config())->get(base::Deadline::after(20s));
  }
  static net::Response respond(int status, std::string body) {
    net::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }
  [[nodiscard]] std::string url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
  }

  net::HttpClient http;
  std::atomic<int> requests{0};
  std::function<net::Response(const net::Request&)> answer;
  net::testing::TestServer server{{}, [this](net::testing::TestHandler& handler) {
                                    handler.answer = [this](const net::Request& request) {
                                      ++requests;
                                      return answer(request);
                                    };
                                  }};
};

TEST_F(WireTest, AContainer) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url("/v1/credentials?x=%2F");
  environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "hidden-token";
  answer = [](const net::Request& request) {
    const bool right = request.method == "GET" && request.path == "/v1/credentials" && request.query == "x=%2F" &&
                       request.headers.get("Authorization") == "hidden-token" && request.body.empty();
    return right ? respond(200, document("ECS")) : respond(400, "");
  };
  const auto got = ask();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ((*got)->keys.access_key_id, "ECS");
  answer = [](const net::Request&) { return respond(503, "hidden"); };
  EXPECT_EQ(ask().error().http_status, 503);
  EXPECT_EQ(requests, 4);
}

TEST_F(WireTest, AnInstance) {
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = url("");
  answer = [](const net::Request& request) {
    if (request.path == "/latest/api/token") {
      const bool right = request.method == "PUT" && request.headers.get("X-aws-ec2-metadata-token-ttl-seconds");
      return right ? respond(200, "hidden-token==") : respond(405, "");
    }
    if (request.headers.get("X-aws-ec2-metadata-token") != "hidden-token==") return respond(401, "");
    const std::string path = "/latest/meta-data/iam/security-credentials/";
    if (request.path == path) return respond(200, "role");
    return request.path == path + "role" ? respond(200, document("EC2")) : respond(404, "");
  };
  const auto got = ask();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ((*got)->keys.access_key_id, "EC2");
  EXPECT_EQ(requests, 3);
}

TEST_F(WireTest, NobodyListens) {
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = url("");
  server.server->stop();
  EXPECT_NE(ask().error().message.find("instance metadata did not answer"), std::string::npos);
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url("/");
  const auto got = ask();
  EXPECT_EQ(got.error().code, "ContainerCredentials");
  EXPECT_TRUE(got.error().retryable);
}

TEST_F(WireTest, AnAnswerWithoutAnEndIsNotHeld) {
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url("/");
  answer = [](const net::Request&) { return respond(200, std::string(64 * 1024 + 1, ' ')); };
  EXPECT_EQ(ask().error().code, "ContainerCredentials");
}

}  // namespace
}  // namespace aws_credentials

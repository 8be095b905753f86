#include "aws_credentials/web_by_client.h"

#include <memory>

namespace aws_credentials {

namespace {

class WebByClient final : public Web {
 public:
  explicit WebByClient(net::HttpClient& http) : http_(http) {}
  net::HttpOutcome send(const net::HttpRequest& request) override { return http_.send(request); }

 private:
  net::HttpClient& http_;
};

}  // namespace

std::shared_ptr<Web> web_by_client(net::HttpClient& http) { return std::make_shared<WebByClient>(http); }

}  // namespace aws_credentials

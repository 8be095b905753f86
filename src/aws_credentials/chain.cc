// The one file that ties the sources to the client of services.

#include "aws_credentials/chain.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "aws_credentials/providers.h"
#include "aws_credentials/web_by_client.h"

namespace aws_credentials {

namespace {

// A client for each call: there is one an hour, and each has other credentials. Connections are the HttpClient's.
class CallsByClient final : public Calls {
 public:
  CallsByClient(aws::Surroundings surroundings, aws_config::Config config)
      : surroundings_(surroundings), config_(std::move(config)) {}

  aws::Result<json::Value> call(const ServiceCall& call) override {
    std::shared_ptr<aws::CredentialsProvider> credentials;
    if (call.credentials != nullptr) credentials = aws::fixed_credentials(*call.credentials);
    aws::Client client(surroundings_, config_, std::move(credentials));
    aws::Call made;
    made.service = call.service;
    made.operation = call.operation;
    made.input = call.input;
    made.region = call.region;
    made.sign = call.credentials != nullptr;
    made.deadline = call.deadline;
    aws::Answer answer = AWS_TRY(client.call(made));
    return std::move(answer.output);
  }

 private:
  aws::Surroundings surroundings_;
  aws_config::Config config_;
};

void wait_for(std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, time, [] { return false; });
}

Parts parts_of(aws::Surroundings surroundings, const aws_config::Config& config) {
  Parts parts;
  parts.calls = std::make_shared<CallsByClient>(surroundings, config);
  parts.web = web_by_client(surroundings.http);
  parts.clock = &surroundings.clock;
  parts.entropy = &surroundings.entropy;
  parts.pause = wait_for;
  return parts;
}

}  // namespace

std::shared_ptr<aws::CredentialsProvider> default_chain(aws::Surroundings surroundings, aws_config::Config config) {
  Parts parts = parts_of(surroundings, config);
  return make_chain(std::move(parts), std::move(config));
}

std::shared_ptr<aws::CredentialsProvider> assume_role(aws::Surroundings surroundings, aws_config::Config config,
                                                      std::shared_ptr<aws::CredentialsProvider> source, Role role) {
  Parts parts = parts_of(surroundings, config);
  return make_assume_role(std::move(parts), std::move(config), std::move(source), std::move(role));
}

}  // namespace aws_credentials

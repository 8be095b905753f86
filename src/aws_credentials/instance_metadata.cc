#include "aws_credentials/instance_metadata.h"

#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "aws_credentials/document.h"
#include "aws_credentials/fetch_document.h"
#include "base/text.h"

namespace aws_credentials {

namespace {

constexpr std::string_view kWhat = "Instance metadata";
constexpr std::string_view kCredentialsPath = "/latest/meta-data/iam/security-credentials/";
constexpr std::string_view kTokenSeconds = "21600";  // six hours, the most there is

std::optional<std::string> setting(const aws_config::Config& config, std::string_view variable, std::string_view key) {
  std::optional<std::string> value = config.variable(variable);
  return value ? value : config.setting(key);
}

aws::Result<int> number(const aws_config::Config& config, std::string_view variable, std::string_view key, int most) {
  const std::optional<std::string> text = setting(config, variable, key);
  if (!text) return 1;
  int value = 0;
  const char* const end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || at != end || value < 1 || value > most) {
    return refuse("InvalidConfiguration",
                  fmt::format("{} ({}) must be a whole number from 1 to {}.", variable, key, most));
  }
  return value;
}

aws::Result<std::string> endpoint_of(const aws_config::Config& config) {
  std::optional<std::string> endpoint =
      setting(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
  if (endpoint) {
    if (!endpoint->starts_with("http://") && !endpoint->starts_with("https://")) {
      return refuse("InvalidConfiguration",
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT (ec2_metadata_service_endpoint) must be a URL with http or "
                    "https.");
    }
    while (endpoint->ends_with('/')) endpoint->pop_back();
    return *endpoint;
  }
  const std::string mode = base::to_lower_ascii(
      setting(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode").value_or("ipv4"));
  if (mode == "ipv4") return std::string("http://169.254.169.254");
  if (mode == "ipv6") return std::string("http://[fd00:ec2::254]");
  return refuse("InvalidConfiguration",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (ec2_metadata_service_endpoint_mode) must be IPv4 or IPv6.");
}

class Service {
 public:
  Service(const Asked& asked, std::string endpoint, Attempts attempts)
      : asked_(asked), endpoint_(std::move(endpoint)), attempts_(attempts) {}

  net::HttpOutcome ask_token() {
    net::HttpRequest request;
    request.method = "PUT";
    request.url = endpoint_ + "/latest/api/token";
    request.headers.add("X-aws-ec2-metadata-token-ttl-seconds", std::string(kTokenSeconds));
    return send_patiently(asked_, std::move(request), attempts_);
  }
  net::HttpOutcome get(std::string_view path, const std::string& token) {
    net::HttpRequest request;
    request.url = endpoint_ + std::string(path);
    request.headers.add("X-aws-ec2-metadata-token", token);
    return send_patiently(asked_, std::move(request), attempts_);
  }

 private:
  const Asked& asked_;
  std::string endpoint_;
  Attempts attempts_;
};

bool answered(const net::HttpOutcome& outcome, int status) {
  return outcome.trouble == net::Trouble::kNone && outcome.response.status == status;
}

std::string outcome_text(const net::HttpOutcome& outcome) {
  return outcome.trouble == net::Trouble::kNone ? fmt::format("answered with status {}", outcome.response.status)
                                                : "did not answer";
}

// One line, of which the first role counts; and it becomes part of a path.
std::string first_line(std::string_view text) {
  return std::string(base::trim(text.substr(0, text.find_first_of("\r\n"))));
}

aws::Result<aws::Credentials> read_answer(const Asked& asked, const std::string& body) {
  const json::Object document = AWS_TRY(parse_document(body, kWhat));
  const std::optional<std::string> code = text_of(document, "Code");
  if (code && *code != "Success") {
    return refuse("InstanceMetadata",
                  "Instance metadata has no credentials for the role of this instance: does the "
                  "role's trust policy name ec2.amazonaws.com?",
                  *code);
  }
  aws::Credentials credentials =
      AWS_TRY(read_document(document, {.token_name = "Token", .lasting_allowed = false}, kWhat, "instance-metadata"));
  // When the service cannot renew them it goes on handing out the old ones, and AWS goes on taking them.
  const base::Time now = asked.parts.clock->now();
  if (*credentials.expires <= now) credentials.expires = now + std::chrono::minutes(15);
  return credentials;
}

}  // namespace

Found from_instance_metadata(const Asked& asked, std::string& why_not) {
  const aws_config::Config& config = asked.config;
  if (base::equal_ignoring_case(config.variable("AWS_EC2_METADATA_DISABLED").value_or(""), "true")) {
    why_not = "is switched off by AWS_EC2_METADATA_DISABLED";
    return std::nullopt;
  }
  Attempts attempts;
  attempts.timeout =
      std::chrono::seconds(AWS_TRY(number(config, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 60)));
  attempts.count = AWS_TRY(number(config, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 10));
  Service service(asked, AWS_TRY(endpoint_of(config)), attempts);

  const net::HttpOutcome token = service.ask_token();
  if (!answered(token, 200) || token.response.body.empty() || base::has_control_character(token.response.body)) {
    why_not = outcome_text(token) + " when asked for a token of version 2";
    return std::nullopt;
  }
  const net::HttpOutcome role = service.get(kCredentialsPath, token.response.body);
  if (answered(role, 404)) {
    why_not = "has no role for this instance";
    return std::nullopt;
  }
  if (!answered(role, 200)) return refuse_outcome("InstanceMetadata", kWhat, role);
  const std::string name = first_line(role.response.body);
  if (name.empty()) return refuse("InstanceMetadata", "Instance metadata answered without the name of a role.");
  const net::HttpOutcome answer =
      service.get(std::string(kCredentialsPath) + base::percent_encode(name), token.response.body);
  if (!answered(answer, 200)) return refuse_outcome("InstanceMetadata", kWhat, answer);
  return AWS_TRY(read_answer(asked, answer.response.body));
}

}  // namespace aws_credentials

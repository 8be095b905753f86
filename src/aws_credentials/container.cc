#include "aws_credentials/container.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "aws_credentials/document.h"
#include "aws_credentials/fetch_document.h"
#include "base/text.h"
#include "net/url.h"

namespace aws_credentials {

namespace {

constexpr std::string_view kRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr std::string_view kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr std::string_view kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr std::string_view kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

bool is_near(const std::string& host) {
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) {
    return (ntohl(four.s_addr) >> 24) == 127 || host == "169.254.170.2" || host == "169.254.170.23";
  }
  in6_addr six{}, eks{};
  ::inet_pton(AF_INET6, "fd00:ec2::23", &eks);
  if (::inet_pton(AF_INET6, host.c_str(), &six) == 1) {
    return IN6_IS_ADDR_LOOPBACK(&six) || IN6_ARE_ADDR_EQUAL(&six, &eks);
  }
  return base::equal_ignoring_case(host, "localhost");
}

// Which host it is may be said: it is where, not what.
aws::Result<net::Url> allowed_url(const std::string& text) {
  const std::optional<net::Url> url = net::parse_url(text);
  if (!url) {
    return refuse("ContainerUriNotAllowed", fmt::format("{} is no URL with http or https and a host.", kFull));
  }
  if (!url->tls && !is_near(url->host)) {
    return refuse("ContainerUriNotAllowed",
                  fmt::format("{} names the host {}: with http only this machine (localhost, 127.0.0.0/8, ::1) and the "
                              "addresses of ECS and EKS (169.254.170.2, 169.254.170.23, fd00:ec2::23) are allowed; use "
                              "https.",
                              kFull, url->host));
  }
  return *url;
}

aws::Result<std::string> authorization(const aws_config::Config& config) {
  std::string token = config.variable(kToken).value_or("");
  std::string_view from = kToken;
  if (const std::optional<std::string> path = config.variable(kTokenFile)) {
    from = kTokenFile;
    token = AWS_TRY(read_small_file(*path, kTokenFile));
    while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  }
  if (base::has_control_character(token)) {
    return refuse("InvalidConfiguration", fmt::format("{}: the token has a character that no header may have.", from));
  }
  return token;
}

}  // namespace

Found from_container(const Asked& asked) {
  const std::optional<std::string> relative = asked.config.variable(kRelative);
  const std::optional<std::string> full = asked.config.variable(kFull);
  if (!relative && !full) return std::nullopt;
  net::HttpRequest request;
  if (relative) {
    if (!relative->starts_with('/')) {
      return refuse("ContainerUriNotAllowed", fmt::format("{} must begin with '/'.", kRelative));
    }
    request.url = "http://169.254.170.2" + *relative;
  } else {
    const net::Url url = AWS_TRY(allowed_url(*full));
    request.url = *full;
    if (url.tls) request.proxy = aws_config::proxy_for(asked.config.environment(), "https", url.host, url.port);
  }
  request.headers.add("Accept", "application/json");
  const std::string token = AWS_TRY(authorization(asked.config));
  if (!token.empty()) request.headers.add("Authorization", token);
  std::optional<std::string> trust = asked.config.variable("AWS_CA_BUNDLE");
  if (!trust) trust = asked.config.setting("ca_bundle");
  request.trust_file = trust.value_or("");

  const std::string what = fmt::format("The source of the container's credentials ({})", relative ? kRelative : kFull);
  const net::HttpOutcome outcome = send_patiently(asked, std::move(request), {});
  if (outcome.trouble != net::Trouble::kNone || outcome.response.status != 200) {
    return refuse_outcome("ContainerCredentials", what, outcome);
  }
  const json::Object document = AWS_TRY(parse_document(outcome.response.body, what));
  return AWS_TRY(read_document(document, {.token_name = "Token", .lasting_allowed = false}, what, "container"));
}

}  // namespace aws_credentials

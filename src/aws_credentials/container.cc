#include "aws_credentials/container.h"

#include <arpa/inet.h>

#include "aws_credentials/document.h"
#include "aws_credentials/fetch_document.h"
#include "base/text.h"

namespace aws_credentials {

namespace {

constexpr std::string_view kRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr std::string_view kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr std::string_view kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr std::string_view kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

struct Place {
  std::string scheme, host;  // without brackets
  int port = 0;
};

// Nothing: no URL that could be sent to. User information is refused, as it is a way to show one host and mean another.
std::optional<Place> place_of(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  Place place;
  place.scheme = base::to_lower_ascii(url.substr(0, scheme_end));
  std::string_view authority = url.substr(scheme_end + 3);
  authority = authority.substr(0, authority.find_first_of("/?#\\"));
  if (authority.find('@') != std::string_view::npos) return std::nullopt;
  place.port = place.scheme == "https" ? 443 : 80;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    place.host = authority.substr(1, end - 1);
  } else {
    place.host = authority.substr(0, authority.find(':'));
  }
  return place.host.empty() ? std::nullopt : std::optional(place);
}

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
aws::Result<Place> allowed_place(const std::string& url) {
  const std::optional<Place> place = place_of(url);
  if (!place || (place->scheme != "http" && place->scheme != "https")) {
    return refuse("ContainerUriNotAllowed", fmt::format("{} is no URL with http or https and a host.", kFull));
  }
  if (place->scheme == "http" && !is_near(place->host)) {
    return refuse("ContainerUriNotAllowed",
                  fmt::format("{} names the host {}: with http only this machine (localhost, 127.0.0.0/8, ::1) and the "
                              "addresses of ECS and EKS (169.254.170.2, 169.254.170.23, fd00:ec2::23) are allowed; use "
                              "https.",
                              kFull, place->host));
  }
  return *place;
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
    const Place place = AWS_TRY(allowed_place(*full));
    request.url = *full;
    if (place.scheme == "https") {
      request.proxy = aws_config::proxy_for(asked.config.environment(), "https", place.host, place.port);
    }
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

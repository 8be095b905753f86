#include "net/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

#include "base/text.h"
#include "net/target.h"

namespace net {

using base::Code;

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  url.tls = base::equal_ignoring_case(text.substr(0, colon), "https");
  if (!url.tls && !base::equal_ignoring_case(text.substr(0, colon), "http")) return std::nullopt;
  text.remove_prefix(colon + 3);
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  if (!is_authority(authority)) return std::nullopt;
  text.remove_prefix(authority.size());
  text = text.substr(0, text.find('#'));

  url.authority = authority;
  const std::size_t host_end = authority.front() == '[' ? authority.find(']') + 1 : authority.find(':');
  std::string_view host = authority.substr(0, host_end);
  url.port = url.tls ? 443 : 80;
  if (host_end < authority.size()) {
    const std::string_view port = authority.substr(host_end + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc() || end != port.data() + port.size() || url.port == 0) return std::nullopt;
  }
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  url.host = host;
  url.target = text.empty() || text.front() != '/' ? "/" + std::string(text) : std::string(text);
  if (!parse_target("GET", url.target)) return std::nullopt;
  return url;
}

base::Result<Proxy> parse_proxy(std::string_view text) {
  Proxy proxy;
  std::string plain(text);
  if (plain.find("://") == std::string::npos) plain.insert(0, "http://");
  const std::size_t start = plain.find("://") + 3;
  const std::size_t end = std::min(plain.find_first_of("/?#", start), plain.size());
  const std::size_t at = plain.rfind('@', end);
  if (at != std::string::npos && at >= start) {
    const std::string user_information = plain.substr(start, at - start);
    const std::size_t colon = user_information.find(':');
    const std::optional<std::string> user = base::percent_decode(user_information.substr(0, colon));
    const std::optional<std::string> password = base::percent_decode(
        colon == std::string::npos ? std::string_view() : std::string_view(user_information).substr(colon + 1));
    if (!user || !password || user->find(':') != std::string::npos)
      return base::fail(Code::kInvalid,
                        "The user name or the password in the proxy's URL is not well percent-encoded.");
    proxy.authorization = "Basic " + base::base64(*user + ":" + *password);
    plain.erase(start, at + 1 - start);
  }
  std::optional<Url> url = parse_url(plain);
  if (!url) return base::fail(Code::kInvalid, "This is not a proxy's URL; http://host:port is understood: " + plain);
  if (url->tls)
    return base::fail(Code::kInvalid, "A proxy that is itself spoken to over TLS is not supported; use http://" +
                                          url->authority + " if it listens in the clear too.");
  proxy.url = std::move(*url);
  return proxy;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

base::Result<void> check_fields(const Headers& headers) {
  for (const Header& header : headers.all()) {
    if (!is_token(header.name) || !is_field_value(header.value))
      return base::fail(Code::kInvalid, "This is not a header field that can be sent: " + header.name);
  }
  return {};
}

}  // namespace net

#include "aws_endpoint/standard.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

#include "base/text.h"

namespace aws_endpoint {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alphanumeric(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

// The begin of the text up to the sign, which is taken away with it; all of it where there is none.
std::string_view take_until(std::string_view& text, std::string_view signs) {
  const std::size_t end = std::min(text.find_first_of(signs), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool is_ipv6(std::string_view host) {
  std::array<char, 64> text{};
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  host = host.substr(1, host.size() - 2);
  host = host.substr(0, host.find('%'));  // a zone
  if (host.size() >= text.size()) return false;
  std::copy(host.begin(), host.end(), text.begin());
  in6_addr address{};
  return inet_pton(AF_INET6, text.data(), &address) == 1;
}

// Without user and port; none where the port is no port.
std::optional<std::string_view> host_of(std::string_view authority) {
  const std::size_t at = authority.rfind('@');
  std::string_view host = at == std::string_view::npos ? authority : authority.substr(at + 1);
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::size_t colon = host.find(':', bracket);
  if (colon != std::string_view::npos) {
    const std::string_view digits = host.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (!digits.empty() && (error != std::errc() || end != digits.data() + digits.size())) return std::nullopt;
    host = host.substr(0, colon);
  }
  if (host.empty()) return std::nullopt;
  return host;
}

// A path's characters that are not in a URL as they are; escapes that are there stay.
void append_encoded(std::string& out, std::string_view segment) {
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const bool is_escape =
        segment[i] == '%' && i + 2 < segment.size() && is_hex(segment[i + 1]) && is_hex(segment[i + 2]);
    if (is_escape)
      out.push_back('%');
    else
      out.append(base::percent_encode(segment.substr(i, 1)));
  }
}

std::string normalized(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const std::string_view segment = take_until(path, "/");
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  std::string out = "/";
  for (const std::string_view segment : segments) {
    append_encoded(out, segment);
    out.push_back('/');
  }
  return out;
}

}  // namespace

std::optional<Arn> parse_arn(std::string_view text) {
  if (std::count(text.begin(), text.end(), ':') < 5 || take_until(text, ":") != "arn") return std::nullopt;
  Arn arn;
  arn.partition = take_until(text, ":");
  arn.service = take_until(text, ":");
  arn.region = take_until(text, ":");
  arn.account_id = take_until(text, ":");
  if (arn.partition.empty() || arn.service.empty() || text.empty()) return std::nullopt;
  while (true) {
    const std::size_t end = text.find_first_of(":/");
    arn.resource_id.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return arn;
    text.remove_prefix(end + 1);
  }
}

std::optional<Url> parse_url(std::string_view text) {
  if (text.find_first_of("?#") != std::string_view::npos || base::has_control_character(text)) return std::nullopt;
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos) return std::nullopt;
  Url url;
  url.scheme = text.substr(0, end);
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  text.remove_prefix(end + 3);
  const std::size_t slash = std::min(text.find('/'), text.size());
  url.authority = text.substr(0, slash);
  url.path = text.substr(slash);
  const std::optional<std::string_view> host = host_of(url.authority);
  if (!host) return std::nullopt;
  url.is_ip = is_ipv4(*host) || is_ipv6(*host);
  url.normalized_path = normalized(url.path);
  return url;
}

bool is_host_label(std::string_view text, bool subdomains) {
  if (!subdomains) return is_label(text);
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_virtual_hostable_bucket(std::string_view text, bool subdomains) {
  return text.size() >= 3 && std::none_of(text.begin(), text.end(), is_upper) && !is_ipv4(text) &&
         is_host_label(text, subdomains);
}

std::optional<std::string_view> substring(std::string_view text, std::int64_t start, std::int64_t stop, bool reverse) {
  const auto size = static_cast<std::int64_t>(text.size());
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (start < 0 || start >= stop || size < stop || !ascii) return std::nullopt;
  const std::int64_t from = reverse ? size - stop : start;
  return text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(stop - start));
}

bool is_ipv4(std::string_view host) {
  for (int group = 0; group < 4; ++group) {
    const auto digits = std::find_if_not(host.begin(), host.end(), is_digit) - host.begin();
    if (digits < 1 || digits > 3) return false;
    host.remove_prefix(static_cast<std::size_t>(digits));
    if (group == 3) return host.empty();
    if (!host.starts_with('.')) return false;
    host.remove_prefix(1);
  }
  return false;
}

}  // namespace aws_endpoint

#include "net/target.h"

#include <algorithm>

#include "base/text.h"

namespace net {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// unreserved / sub-delims of RFC 3986.
bool is_name_character(char c) {
  return is_letter(c) || is_digit(c) || std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
}

bool is_registered_name(std::string_view text) {
  if (text.empty()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_name_character(text[i])) {
      return false;
    }
  }
  return true;
}

std::string_view host_of(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    return end == std::string_view::npos ? authority : authority.substr(0, end + 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool starts_with_scheme(std::string_view target, std::string_view scheme) {
  return target.size() >= scheme.size() && base::equal_ignoring_case(target.substr(0, scheme.size()), scheme);
}

}  // namespace

bool is_authority(std::string_view text) {
  const std::string_view host = host_of(text);
  if (!host.empty() && host.front() == '[') {
    if (host.back() != ']' || host.size() < 4) return false;
    const std::string_view address = host.substr(1, host.size() - 2);
    if (!std::ranges::all_of(address, [](char c) { return is_hex(c) || c == ':' || c == '.'; })) return false;
    if (address.find(':') == std::string_view::npos) return false;
  } else if (!is_registered_name(host)) {
    return false;
  }
  const std::string_view rest = text.substr(host.size());
  if (rest.empty()) return true;
  const std::string_view port = rest.substr(1);
  return rest.front() == ':' && port.size() <= 5 && std::ranges::all_of(port, is_digit);
}

bool is_allowed_host(std::string_view authority, std::span<const std::string> hosts) {
  if (hosts.empty()) return true;
  const std::string_view host = host_of(authority);
  return std::ranges::any_of(hosts, [&](const std::string& one) { return base::equal_ignoring_case(one, host); });
}

tl::expected<Target, Refusal> parse_target(std::string_view method, std::string_view target) {
  const auto refuse = [](int status, std::string_view reason) {
    return tl::unexpected<Refusal>(Refusal{status, reason});
  };
  if (method == "CONNECT") return refuse(501, "CONNECT is not supported: this server is not a proxy.");
  const auto is_bad = [](char c) { return c <= ' ' || c >= 0x7F || c == '#'; };  // char is signed: >= 0x80 is below ' '
  if (target.empty() || std::ranges::any_of(target, is_bad)) {
    return refuse(400, "The request target has a character that must be percent-encoded.");
  }
  Target result;
  if (target == "*") {
    if (method != "OPTIONS") return refuse(400, "The request target * is for OPTIONS only.");
    result.path = target;
    return result;
  }
  if (target.front() != '/') {
    std::size_t scheme = 0;
    if (starts_with_scheme(target, "http://")) scheme = 7;
    if (starts_with_scheme(target, "https://")) scheme = 8;
    if (scheme == 0) return refuse(400, "The request target must begin with /, or be an http or https URL.");
    target.remove_prefix(scheme);
    result.authority = target.substr(0, target.find_first_of("/?"));
    if (!is_authority(result.authority)) return refuse(400, "The host in the request target is not valid.");
    target.remove_prefix(result.authority.size());
  }
  const std::size_t question = target.find('?');
  result.path = target.substr(0, question);
  if (question != std::string_view::npos) result.query = target.substr(question + 1);
  if (result.path.empty()) result.path = method == "OPTIONS" && question == std::string_view::npos ? "*" : "/";
  return result;
}

}  // namespace net

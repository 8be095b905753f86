#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <arpa/inet.h>

#include "aws_config/config.h"
#include "base/text.h"

namespace aws_config {

namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  int bits = 0;  // 32 or 128
};

std::optional<Address> address_of(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  const std::string copy(text);
  Address address;
  if (::inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  if (::inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
    return address;
  }
  return std::nullopt;
}

std::optional<int> number_of(std::string_view text) {
  int value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || at != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

bool in_block(const Address& address, std::string_view block) {
  const std::size_t slash = block.find('/');
  const std::optional<Address> network = address_of(block.substr(0, slash));
  const std::optional<int> length = number_of(block.substr(slash + 1));
  if (!network || network->bits != address.bits || !length || *length > address.bits) return false;
  for (int bit = 0; bit < *length; ++bit) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if (((address.bytes[at] ^ network->bytes[at]) & mask) != 0) return false;
  }
  return true;
}

// "host:port", "[v6]:port", or without a port; an IPv6 address without brackets has no port.
std::pair<std::string_view, std::optional<int>> host_and_port(std::string_view entry) {
  const std::size_t colon = entry.rfind(':');
  if (colon == std::string_view::npos || address_of(entry)) return {entry, std::nullopt};
  const std::optional<int> port = number_of(entry.substr(colon + 1));
  if (!port) return {entry, std::nullopt};
  return {entry.substr(0, colon), port};
}

bool covers(std::string_view entry, std::string_view host, const std::optional<Address>& address, int port) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string_view::npos) return address && in_block(*address, entry);
  const auto [name, its_port] = host_and_port(entry);
  if (its_port && *its_port != port) return false;
  if (address) {
    const std::optional<Address> other = address_of(name);
    return other && other->bits == address->bits && other->bytes == address->bytes;
  }
  std::string_view domain = name;
  if (domain.starts_with("*.")) domain.remove_prefix(1);
  if (domain.starts_with('.')) domain.remove_prefix(1);
  if (domain.empty() || host.size() < domain.size()) return false;
  const std::string_view tail = host.substr(host.size() - domain.size());
  return base::equal_ignoring_case(tail, domain) &&
         (host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.');
}

// Nothing: neither is set. In lower case even an empty one counts.
std::optional<std::string> lower_then_upper(const Environment& environment, const std::string& lower,
                                            const std::string& upper) {
  if (const auto found = environment.find(lower); found != environment.end()) return found->second;
  if (const auto found = environment.find(upper); found != environment.end()) return found->second;
  return std::nullopt;
}

bool bypassed(const Environment& environment, std::string_view host, int port) {
  const std::string list = lower_then_upper(environment, "no_proxy", "NO_PROXY").value_or("");
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::optional<Address> address = address_of(host);
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(", \t"), rest.size());
    if (end > 0 && covers(rest.substr(0, end), host, address, port)) return true;
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  return false;
}

}  // namespace

std::string proxy_for(const Environment& environment, std::string_view scheme, std::string_view host, int port) {
  std::optional<std::string> proxy;
  if (scheme == "https") {
    proxy = lower_then_upper(environment, "https_proxy", "HTTPS_PROXY");
  } else if (environment.contains("REQUEST_METHOD")) {
    const auto found = environment.find("http_proxy");
    if (found != environment.end()) proxy = found->second;
  } else {
    proxy = lower_then_upper(environment, "http_proxy", "HTTP_PROXY");
  }
  if (!proxy || proxy->empty() || bypassed(environment, host, port)) return "";
  if (proxy->starts_with("//")) return "http:" + *proxy;
  return proxy->find("://") == std::string::npos ? "http://" + *proxy : *proxy;
}

}  // namespace aws_config

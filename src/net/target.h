// The request target and the Host field (RFC 9112 section 3.2, RFC 9110 section 7.2, RFC 3986 section 3.2.2), checked
// as strictly as the grammar allows, because what two servers read differently is how requests are smuggled.
// Percent-encoding is left as it is. Pure, any thread; the views point into what was given.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace net {

// Why a request is not taken in: a status for Handler::refuse() and a public reason.
struct Refusal {
  int status = 400;
  std::string_view reason;  // a constant
};

struct Target {
  std::string_view path;       // "/" and on, or "*"
  std::string_view query;      // without '?'
  std::string_view authority;  // of the absolute form; else empty
};

// Origin form, absolute form with http or https, and "*" for OPTIONS. CONNECT is refused with 501, the rest with 400.
tl::expected<Target, Refusal> parse_target(std::string_view method, std::string_view target);

// host [":" port]; host is a registered name, an IPv4 address, or an IPv6 address in brackets. No user information.
bool is_authority(std::string_view text);

// Whether the host of `authority`, without its port, is in `hosts`; ASCII case aside. An empty list allows every host.
bool is_allowed_host(std::string_view authority, std::span<const std::string> hosts);

}  // namespace net

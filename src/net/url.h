// What a client makes of the texts that it is given: URLs, proxies, methods, header fields, each checked before
// anything is sent. Pure; any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/message.h"

namespace net {

struct Url {
  bool tls = false;
  std::string authority;  // as in the URL, for Host
  std::string host;       // without brackets
  std::uint16_t port = 0;
  std::string target;  // path and query as they stand; begins with '/'

  [[nodiscard]] std::string_view scheme() const { return tls ? "https" : "http"; }
};

// http and https; no user information; the fragment is dropped.
std::optional<Url> parse_url(std::string_view text);

struct Proxy {
  Url url;
  std::string authorization;  // "Basic ..."; empty: none. A secret.
};

// "http://user:password@host:port", user and password percent-encoded. The proxy itself is spoken to in the clear.
// Errors: kInvalid; the password is not part of a message.
base::Result<Proxy> parse_proxy(std::string_view text);

bool is_token(std::string_view text);  // RFC 9110 section 5.6.2: a method, a field's name
bool is_field_value(std::string_view text);

// Errors: kInvalid, of the first field that cannot be sent; its value may be a secret, and is not shown.
base::Result<void> check_fields(const Headers& headers);

}  // namespace net

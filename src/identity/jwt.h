// A JSON Web Token from its text, before anything in it is believed: the compact form of RFC 7515 (three parts in
// base64url without padding, parted by dots), and of RFC 7519 what can be said without a key.
//
// Strict, so that one token has one spelling and nobody reads it differently than we do: no stray bits in base64url, no
// duplicate members at any depth, `alg` one of ours (never "none" nor an HMAC), `kid` always there, `crit` never.
// Members that would bring a key along (`jwk`, `jku`, `x5c`, `x5u`) are not looked at. Pure, any thread.
//
// Errors: kUnauthenticated, as refusal.h says; the message tells the caller what is wrong.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/keys.h"
#include "json/value.h"

namespace identity {

inline constexpr std::size_t kTokenBytesMax = 16 * 1024;
inline constexpr std::size_t kKeyIdBytesMax = 256;

struct Token {
  crypto::Algorithm algorithm;
  std::string key_id;
  json::Object claims;
  std::string_view signed_part;  // of the text that was given
  std::string signature;
};

base::Result<Token> parse_token(std::string_view text);

}  // namespace identity

// A JWK Set (RFC 7517, keys as RFC 7518 section 6 and RFC 8037 have them): the keys of one issuer, by exact `kid`.
//
// What is of no use for checking tokens is left out, as RFC 7517 section 5 asks: unknown `kty`, `crv` or `alg`, another
// `use` than "sig", `key_ops` without "verify", no `kid`, numbers out of range, and keys whose private part is
// published with them, which anybody can sign with. A set may be empty: its issuer has withdrawn every key.
//
// Does not change once it is made; any thread. Errors: kInvalid: not a key set, too large, or a `kid` that stands
// twice.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/keys.h"

namespace identity {

class KeySet {
 public:
  static constexpr std::size_t kBytesMax = 256 * 1024;
  static constexpr std::size_t kKeysMax = 100;

  static base::Result<KeySet> parse(std::string_view text);

  [[nodiscard]] const crypto::PublicKey* find(std::string_view key_id) const;  // null where there is none
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] std::size_t skipped() const { return skipped_; }

 private:
  std::map<std::string, crypto::PublicKey, std::less<>> keys_;
  std::size_t skipped_ = 0;
};

}  // namespace identity

// Keys that sign and that check signatures, on OpenSSL 3: RSA, ECDSA on P-256, and Ed25519.
//
// A key has one algorithm and checks nothing made with another, so that no algorithm can be put in the place of
// another:
//   RSA      RS256   PKCS#1 v1.5 with SHA-256 (RFC 8017); 2048 to 8192 bits, an odd exponent from 3 to 2^32
//   P-256    ES256   ECDSA with SHA-256; the signature is r and s, 32 bytes each (RFC 7518, section 3.4)
//   Ed25519  EdDSA   RFC 8032
//
// Values that are moved; a key does not change once it is made, and any number of threads may use it at once. What is
// not a key of these gives kInvalid with a message that says why. Private keys are wiped by OpenSSL when they go.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/entropy.h"
#include "base/result.h"
#include "base/secret.h"

struct evp_pkey_st;

namespace crypto {

enum class Algorithm : std::uint8_t { kRs256, kEs256, kEdDsa };

std::optional<Algorithm> parse_algorithm(std::string_view name);  // RS256, ES256, EdDSA; letter by letter
std::string_view name(Algorithm algorithm);

namespace internal {
struct FreeKey {
  void operator()(evp_pkey_st* key) const;
};
using Key = std::unique_ptr<evp_pkey_st, FreeKey>;
}  // namespace internal

class PublicKey {
 public:
  // Numbers are unsigned, most significant byte first.
  static base::Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  static base::Result<PublicKey> p256(std::string_view x, std::string_view y);  // 32 bytes each, a point of the curve
  static base::Result<PublicKey> ed25519(std::string_view bytes);               // 32 bytes

  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }
  // False too where `algorithm` is not the key's own.
  [[nodiscard]] bool verify(Algorithm algorithm, std::string_view message, std::string_view signature) const;

 private:
  PublicKey(Algorithm algorithm, internal::Key key) : algorithm_(algorithm), key_(std::move(key)) {}

  Algorithm algorithm_;
  internal::Key key_;
};

// Ed25519.
class PrivateKey {
 public:
  static PrivateKey generate(base::Entropy& entropy);
  static base::Result<PrivateKey> from_seed(const base::Secret& seed);  // 32 bytes
  static base::Result<PrivateKey> from_pem(const base::Secret& pem);    // PKCS#8, not encrypted

  [[nodiscard]] base::Secret to_pem() const;
  [[nodiscard]] std::string public_bytes() const;  // 32 bytes
  [[nodiscard]] std::string sign(std::string_view message) const;

 private:
  explicit PrivateKey(internal::Key key) : key_(std::move(key)) {}

  internal::Key key_;
};

}  // namespace crypto

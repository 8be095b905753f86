// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104) as plain values: fed in pieces, copied by assignment, allocating
// nothing. For work that begins alike many thousand times a second: a copied state costs what its bytes cost, where
// OpenSSL's own contexts allocate each time that they are copied.
//
// One thread at a time for each value; an HmacKey does not change, and any number of threads may use it.

#pragma once

#include <cstdint>
#include <string_view>

#include "crypto/digest.h"

namespace crypto {

class Sha256State {
 public:
  Sha256State();
  void update(std::string_view bytes);
  Sha256 finish();  // nothing may follow

 private:
  friend class HmacKey;
  alignas(8) std::array<std::uint8_t, 112> context_;
};

// A key whose two paddings are hashed already. Wiped when it goes.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  HmacKey(const HmacKey&) = default;
  HmacKey& operator=(const HmacKey&) = default;
  ~HmacKey();

  [[nodiscard]] Sha256 sign(std::string_view message) const;

 private:
  Sha256State inner_, outer_;
};

inline std::string_view view(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace crypto

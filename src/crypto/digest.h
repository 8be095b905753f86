// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), from OpenSSL; and SHA-1, which protects nothing any more, for the
// names that others have given to files. Pure, any thread.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace crypto {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256_array(std::string_view bytes);                                 // allocates nothing
std::string sha256(std::string_view bytes);                                  // 32 bytes
std::string hmac_sha256(const base::Secret& key, std::string_view message);  // 32 bytes

std::string sha1(std::string_view bytes);  // 20 bytes

}  // namespace crypto

// OpenSSL deprecates these functions in favour of EVP, and keeps them: they are the same code, with a state that is a
// plain struct. This asks for the interface of 1.1, in which they are not marked.
#define OPENSSL_API_COMPAT 0x10100000L  // NOLINT(cppcoreguidelines-macro-usage): OpenSSL's own switch

#include "crypto/sha256_state.h"

#include <algorithm>
#include <cstring>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace crypto {
namespace {

constexpr std::size_t kBlockBytes = 64;

SHA256_CTX* context_of(std::array<std::uint8_t, 112>& bytes) { return reinterpret_cast<SHA256_CTX*>(bytes.data()); }

}  // namespace

Sha256State::Sha256State() {  // NOLINT(cppcoreguidelines-pro-type-member-init): SHA256_Init sets it
  static_assert(sizeof(SHA256_CTX) == sizeof(context_) && alignof(SHA256_CTX) <= 8);
  CHECK(SHA256_Init(context_of(context_)) == 1, "SHA-256 works");
}

void Sha256State::update(std::string_view bytes) {
  CHECK(SHA256_Update(context_of(context_), bytes.data(), bytes.size()) == 1, "SHA-256 works");
}

Sha256 Sha256State::finish() {
  Sha256 digest;  // NOLINT(cppcoreguidelines-pro-type-member-init): SHA256_Final sets it
  CHECK(SHA256_Final(digest.data(), context_of(context_)) == 1, "SHA-256 works");
  return digest;
}

HmacKey::HmacKey(std::string_view key) {
  std::array<char, kBlockBytes> block{};
  if (key.size() > block.size()) {
    Sha256State state;
    state.update(key);
    const Sha256 digest = state.finish();
    std::memcpy(block.data(), digest.data(), digest.size());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  const auto pad = [&](unsigned with) {
    for (char& c : block) c = static_cast<char>(static_cast<unsigned char>(c) ^ with);
  };
  pad(0x36);
  inner_.update({block.data(), block.size()});
  pad(0x36 ^ 0x5c);
  outer_.update({block.data(), block.size()});
  OPENSSL_cleanse(block.data(), block.size());
}

HmacKey::~HmacKey() {
  OPENSSL_cleanse(inner_.context_.data(), inner_.context_.size());
  OPENSSL_cleanse(outer_.context_.data(), outer_.context_.size());
}

Sha256 HmacKey::sign(std::string_view message) const {
  Sha256State inner = inner_, outer = outer_;
  inner.update(message);
  outer.update(view(inner.finish()));
  return outer.finish();
}

}  // namespace crypto

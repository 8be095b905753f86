#include "crypto/hasher.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace crypto {

namespace {

const EVP_MD* digest_of(Hasher::Kind kind) {
  switch (kind) {
    case Hasher::Kind::kMd5:
      return EVP_md5();
    case Hasher::Kind::kSha1:
      return EVP_sha1();
    case Hasher::Kind::kSha256:
      return EVP_sha256();
    case Hasher::Kind::kSha512:
      break;
  }
  return EVP_sha512();
}

}  // namespace

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Hasher::Hasher(Kind kind) : state_(std::make_unique<State>()) {
  const EVP_MD* digest = digest_of(kind);
  CHECK(state_->context != nullptr && EVP_DigestInit_ex(state_->context, digest, nullptr) == 1,
        "OpenSSL has memory, and this digest");
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(std::string_view bytes) { EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()); }

std::string Hasher::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, digest, &size);
  return {reinterpret_cast<const char*>(digest), size};
}

std::string Hasher::of(Kind kind, std::string_view bytes) {
  Hasher hasher(kind);
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace crypto

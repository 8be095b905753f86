#include "crypto/digest.h"

#include <memory>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"

namespace crypto {
namespace {

struct Free {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// EVP_sha256() makes OpenSSL 3 look the algorithm up on every use, which costs more than hashing a token does.
const EVP_MD* fetched_sha256() {
  static const std::unique_ptr<EVP_MD, Free> digest(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return digest.get();
}

}  // namespace

Sha256 sha256_array(std::string_view bytes) {
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  Sha256 out{};
  unsigned int size = 0;
  CHECK(EVP_DigestInit_ex2(context.get(), fetched_sha256(), nullptr) == 1 &&
            EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
            EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1 && size == out.size(),
        "SHA-256 works");
  return out;
}

std::string sha256(std::string_view bytes) {
  const Sha256 digest = sha256_array(bytes);
  return {digest.begin(), digest.end()};
}

std::string hmac_sha256(const base::Secret& key, std::string_view message) {
  std::string out(32, '\0');
  unsigned int size = 0;
  CHECK(HMAC(fetched_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()), bytes_of(message),
             message.size(), bytes_of(out), &size) != nullptr &&
            size == 32,
        "HMAC works");
  return out;
}

std::string sha1(std::string_view bytes) {
  std::string out(20, '\0');
  unsigned int size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), bytes_of(out), &size, EVP_sha1(), nullptr) == 1 && size == out.size(),
        "SHA-1 works");
  return out;
}

}  // namespace crypto

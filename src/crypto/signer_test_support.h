// Keys of every algorithm that sign, for tests and benchmarks alone: the service itself signs with Ed25519 only, and
// checking what only our own code has signed would prove little. The numbers of a key and its signatures come straight
// from OpenSSL. One thread at a time.

#pragma once

#include <string>
#include <string_view>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/keys.h"

namespace crypto {

class TestSigner {
 public:
  explicit TestSigner(Algorithm algorithm, std::size_t rsa_bits = 2048) : algorithm_(algorithm) {
    switch (algorithm) {
      case Algorithm::kRs256:
        key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", rsa_bits));
        break;
      case Algorithm::kEs256:
        key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
        break;
      case Algorithm::kEdDsa:
        key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
        break;
    }
    CHECK(key_ != nullptr, "OpenSSL makes keys");
  }

  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }
  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }

  // As JOSE has it: r and s for ES256.
  [[nodiscard]] std::string sign(std::string_view message) const {
    std::string signature = sign_as_openssl(message);
    if (algorithm_ != Algorithm::kEs256) return signature;
    const auto* at = reinterpret_cast<const unsigned char*>(signature.data());
    ECDSA_SIG* parts = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(signature.size()));
    CHECK(parts != nullptr, "OpenSSL reads its own signatures");
    std::string raw(64, '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(parts), out, 32) == 32 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(parts), out + 32, 32) == 32,
          "r and s are below 2^256");
    ECDSA_SIG_free(parts);
    return raw;
  }

  // As OpenSSL gives it: DER for ES256.
  [[nodiscard]] std::string sign_as_openssl(std::string_view message) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const char* digest = algorithm_ == Algorithm::kEdDsa ? nullptr : "SHA256";
    std::string signature(1024, '\0');
    std::size_t size = signature.size();
    CHECK(EVP_DigestSignInit_ex(context, nullptr, digest, nullptr, nullptr, key_.get(), nullptr) == 1 &&
              EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                             reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1,
          "OpenSSL signs");
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return signature;
  }

  // A number of the public key: "n" and "e" of RSA, "x" and "y" of P-256 and "x" of Ed25519; in bytes.
  [[nodiscard]] std::string part(std::string_view name) const {
    if (algorithm_ == Algorithm::kEdDsa) {
      std::string bytes(32, '\0');
      std::size_t size = bytes.size();
      EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size);
      return bytes;
    }
    const char* which = name == "n"   ? OSSL_PKEY_PARAM_RSA_N
                        : name == "e" ? OSSL_PKEY_PARAM_RSA_E
                        : name == "x" ? OSSL_PKEY_PARAM_EC_PUB_X
                                      : OSSL_PKEY_PARAM_EC_PUB_Y;
    BIGNUM* number = nullptr;
    CHECK(EVP_PKEY_get_bn_param(key_.get(), which, &number) == 1, "the key has this number");
    const int size = algorithm_ == Algorithm::kEs256 ? 32 : BN_num_bytes(number);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), size);
    BN_free(number);
    return bytes;
  }

  [[nodiscard]] PublicKey public_key() const {
    base::Result<PublicKey> key = algorithm_ == Algorithm::kRs256   ? PublicKey::rsa(part("n"), part("e"))
                                  : algorithm_ == Algorithm::kEs256 ? PublicKey::p256(part("x"), part("y"))
                                                                    : PublicKey::ed25519(part("x"));
    CHECK(key.has_value(), "OpenSSL makes keys that we take");
    return std::move(*key);
  }

  // The public key as a JWK (RFC 7517), with `more` members before its end: R"(,"use":"sig")".
  [[nodiscard]] std::string jwk(std::string_view kid, std::string_view more = "") const {
    const auto member = [&](std::string_view name) {
      return ",\"" + std::string(name) + "\":\"" + base::base64url(part(name)) + '"';
    };
    std::string text = "{\"kid\":\"" + std::string(kid) + '"';
    switch (algorithm_) {
      case Algorithm::kRs256:
        text += R"(,"kty":"RSA")" + member("n") + member("e");
        break;
      case Algorithm::kEs256:
        text += R"(,"kty":"EC","crv":"P-256")" + member("x") + member("y");
        break;
      case Algorithm::kEdDsa:
        text += R"(,"kty":"OKP","crv":"Ed25519")" + member("x");
        break;
    }
    return text + std::string(more) + '}';
  }

 private:
  Algorithm algorithm_;
  internal::Key key_;
};

}  // namespace crypto

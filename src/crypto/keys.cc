#include "crypto/keys.h"

#include <array>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "base/check.h"

namespace crypto {

void internal::FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr std::size_t kRsaBytesMax = kRsaBitsMax / 8 + 1;  // some writers put a zero byte before the number
constexpr int kExponentBitsMax = 32;
constexpr std::size_t kP256Bytes = 32;
constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kEd25519SignatureBytes = 64;

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  void operator()(BIO* stream) const { BIO_free_all(stream); }
};
template <class T>
using Held = std::unique_ptr<T, Free>;

// OpenSSL leaves its errors in a queue of the thread, where TLS would take them for its own.
struct DropErrors {
  DropErrors() { ERR_set_mark(); }
  ~DropErrors() { ERR_pop_to_mark(); }
  DropErrors(const DropErrors&) = delete;
  DropErrors& operator=(const DropErrors&) = delete;
};

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Held<BIGNUM> number_of(std::string_view bytes) {
  return Held<BIGNUM>(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

// Null where OpenSSL does not take the parameters for a public key.
internal::Key build(const char* type, OSSL_PARAM_BLD* builder) {
  const Held<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Held<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return internal::Key(key);
}

// Appends a DER INTEGER (X.690, 8.3) of 32 unsigned bytes: no zero bytes before it but the one that keeps it positive.
void append_integer(std::string& out, std::string_view bytes) {
  bytes.remove_prefix(std::min(bytes.find_first_not_of('\0'), bytes.size() - 1));
  const bool pad = (static_cast<unsigned char>(bytes.front()) & 0x80) != 0;
  out.push_back('\x02');
  out.push_back(static_cast<char>(bytes.size() + (pad ? 1 : 0)));
  if (pad) out.push_back('\0');
  out.append(bytes);
}

// JOSE writes an ECDSA signature as two numbers of fixed width; OpenSSL wants the SEQUENCE of RFC 3279.
std::string der_of_raw(std::string_view signature) {
  std::string integers;
  append_integer(integers, signature.substr(0, kP256Bytes));
  append_integer(integers, signature.substr(kP256Bytes));
  std::string der = {'\x30', static_cast<char>(integers.size())};
  return der += integers;
}

bool digest_verify(EVP_PKEY* key, const char* digest, std::string_view message, std::string_view signature) {
  const Held<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) == 1;
}

}  // namespace

std::optional<Algorithm> parse_algorithm(std::string_view name) {
  if (name == "RS256") return Algorithm::kRs256;
  if (name == "ES256") return Algorithm::kEs256;
  if (name == "EdDSA") return Algorithm::kEdDsa;
  return std::nullopt;
}

std::string_view name(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
      return "RS256";
    case Algorithm::kEs256:
      return "ES256";
    case Algorithm::kEdDsa:
      return "EdDSA";
  }
  return "";
}

base::Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  const DropErrors drop;
  const auto bad = [](const char* why) { return base::fail(base::Code::kInvalid, why); };
  if (modulus.size() > kRsaBytesMax) return bad("An RSA key may have 8192 bits at most.");
  if (exponent.size() > kRsaBytesMax) return bad("The exponent of an RSA key must be odd, and from 3 to 2^32.");
  const Held<BIGNUM> n = number_of(modulus), e = number_of(exponent);
  CHECK(n && e, "there is memory for two numbers");
  if (BN_num_bits(n.get()) < kRsaBitsMin) return bad("An RSA key must have 2048 bits at least.");
  if (BN_num_bits(n.get()) > kRsaBitsMax) return bad("An RSA key may have 8192 bits at most.");
  if (BN_is_odd(n.get()) == 0) return bad("The modulus of an RSA key must be odd.");
  if (BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) == 1 || BN_num_bits(e.get()) > kExponentBitsMax) {
    return bad("The exponent of an RSA key must be odd, and from 3 to 2^32.");
  }
  const Held<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  CHECK(builder && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
            OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1,
        "there is memory for two parameters");
  internal::Key key = build("RSA", builder.get());
  if (!key) return bad("This is not an RSA key.");
  return PublicKey(Algorithm::kRs256, std::move(key));
}

base::Result<PublicKey> PublicKey::p256(std::string_view x, std::string_view y) {
  const DropErrors drop;
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) {
    return base::fail(base::Code::kInvalid, "The coordinates of a P-256 key have 32 bytes each.");
  }
  std::string point = "\x04";  // uncompressed (SEC 1, section 2.3.3)
  point.append(x).append(y);
  const Held<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  CHECK(builder && OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
            OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1,
        "there is memory for two parameters");
  internal::Key key = build("EC", builder.get());
  const Held<EVP_PKEY_CTX> context(key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
  if (!context || EVP_PKEY_public_check(context.get()) != 1) {
    return base::fail(base::Code::kInvalid, "The coordinates of a P-256 key are not a point of the curve.");
  }
  return PublicKey(Algorithm::kEs256, std::move(key));
}

base::Result<PublicKey> PublicKey::ed25519(std::string_view bytes) {
  const DropErrors drop;
  if (bytes.size() != kEd25519Bytes) return base::fail(base::Code::kInvalid, "An Ed25519 key has 32 bytes.");
  internal::Key key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, bytes_of(bytes), bytes.size()));
  if (!key) return base::fail(base::Code::kInvalid, "This is not an Ed25519 key.");
  return PublicKey(Algorithm::kEdDsa, std::move(key));
}

bool PublicKey::verify(Algorithm algorithm, std::string_view message, std::string_view signature) const {
  if (algorithm != algorithm_) return false;
  const DropErrors drop;
  switch (algorithm_) {
    case Algorithm::kRs256:
      return signature.size() == static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())) &&
             digest_verify(key_.get(), "SHA256", message, signature);
    case Algorithm::kEs256:
      return signature.size() == 2 * kP256Bytes && digest_verify(key_.get(), "SHA256", message, der_of_raw(signature));
    case Algorithm::kEdDsa:
      return signature.size() == kEd25519SignatureBytes && digest_verify(key_.get(), nullptr, message, signature);
  }
  return false;
}

PrivateKey PrivateKey::generate(base::Entropy& entropy) {
  std::array<std::uint8_t, kEd25519Bytes> seed{};
  entropy.fill(seed);
  base::Result<PrivateKey> key = from_seed(base::Secret(std::string(seed.begin(), seed.end())));
  OPENSSL_cleanse(seed.data(), seed.size());
  CHECK(key.has_value(), "any 32 bytes are an Ed25519 key");
  return std::move(*key);
}

base::Result<PrivateKey> PrivateKey::from_seed(const base::Secret& seed) {
  const DropErrors drop;
  const std::string_view bytes = seed.reveal();
  if (bytes.size() != kEd25519Bytes) return base::fail(base::Code::kInvalid, "An Ed25519 key has 32 bytes.");
  internal::Key key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, bytes_of(bytes), bytes.size()));
  if (!key) return base::fail(base::Code::kInvalid, "This is not an Ed25519 key.");
  return PrivateKey(std::move(key));
}

base::Result<PrivateKey> PrivateKey::from_pem(const base::Secret& pem) {
  const DropErrors drop;
  const std::string& text = pem.reveal();
  const Held<BIO> stream(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  CHECK(stream != nullptr, "there is memory for a stream");
  // Without a function of ours OpenSSL would ask the terminal for the password of an encrypted key.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  internal::Key key(PEM_read_bio_PrivateKey_ex(stream.get(), nullptr, no_password, nullptr, nullptr, nullptr));
  if (!key) return base::fail(base::Code::kInvalid, "This is not a private key in PEM, or it is encrypted.");
  if (EVP_PKEY_is_a(key.get(), "ED25519") != 1) {
    return base::fail(base::Code::kInvalid, "This private key is not an Ed25519 key.");
  }
  return PrivateKey(std::move(key));
}

base::Secret PrivateKey::to_pem() const {
  const DropErrors drop;
  const Held<BIO> stream(BIO_new(BIO_s_secmem()));
  CHECK(stream && PEM_write_bio_PKCS8PrivateKey(stream.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "a key can be written to memory");
  char* data = nullptr;
  const long size = BIO_get_mem_data(stream.get(), &data);
  return base::Secret(std::string(data, static_cast<std::size_t>(size)));
}

std::string PrivateKey::public_bytes() const {
  std::string bytes(kEd25519Bytes, '\0');
  std::size_t size = bytes.size();
  CHECK(EVP_PKEY_get_raw_public_key(key_.get(), bytes_of(bytes), &size) == 1 && size == bytes.size(),
        "a private key has a public one");
  return bytes;
}

std::string PrivateKey::sign(std::string_view message) const {
  const DropErrors drop;
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  const Held<EVP_MD_CTX> context(EVP_MD_CTX_new());
  CHECK(context && EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key_.get(), nullptr) == 1 &&
            EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message), message.size()) == 1 &&
            size == signature.size(),
        "a private key signs");
  return signature;
}

}  // namespace crypto

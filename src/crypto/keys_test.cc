// What must not happen: a signature that the standard's examples call good is refused; a forged or bent one is taken;
// a key that is weak, or no key at all, is taken; a private key leaks its shape into another.

#include "crypto/keys.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "crypto/signer_test_support.h"

namespace crypto {
namespace {

std::string bytes(std::string_view text) { return base::parse_base64url(text).value(); }

const TestSigner& signer(Algorithm algorithm) {
  static const TestSigner rsa(Algorithm::kRs256), p256(Algorithm::kEs256), ed25519(Algorithm::kEdDsa);
  return algorithm == Algorithm::kRs256 ? rsa : algorithm == Algorithm::kEs256 ? p256 : ed25519;
}

constexpr Algorithm kAll[] = {Algorithm::kRs256, Algorithm::kEs256, Algorithm::kEdDsa};

// The key and the payload of RFC 7515, appendix A.2.
constexpr std::string_view kRfcModulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-"
    "pCgNMs"
    "D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-"
    "UTo7WTBEMa2R2CapHg665xsmtdV"
    "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
constexpr std::string_view kRfcPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

TEST(PublicKey, Rfc7515Rs256) {
  const base::Result<PublicKey> key = PublicKey::rsa(bytes(kRfcModulus), bytes("AQAB"));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->algorithm(), Algorithm::kRs256);
  const std::string input = "eyJhbGciOiJSUzI1NiJ9." + std::string(kRfcPayload);
  EXPECT_TRUE(key->verify(
      Algorithm::kRs256, input,
      bytes(
          "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU"
          "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"
          "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"
          "cN_IoypGlUPQGe77Rw")));
}

TEST(PublicKey, Rfc7515Es256) {
  const base::Result<PublicKey> key = PublicKey::p256(bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                                      bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"));
  ASSERT_TRUE(key);
  const std::string input = "eyJhbGciOiJFUzI1NiJ9." + std::string(kRfcPayload);
  EXPECT_TRUE(
      key->verify(Algorithm::kEs256, input,
                  bytes("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")));
}

TEST(PublicKey, Rfc8037EdDsa) {
  const base::Result<PrivateKey> secret =
      PrivateKey::from_seed(base::Secret(bytes("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")));
  ASSERT_TRUE(secret);
  EXPECT_EQ(base::base64url(secret->public_bytes()), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  const std::string input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  EXPECT_EQ(base::base64url(secret->sign(input)),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  const base::Result<PublicKey> key = PublicKey::ed25519(secret->public_bytes());
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->verify(Algorithm::kEdDsa, input, secret->sign(input)));
}

TEST(PublicKey, AgreesWithWhatOpenSslSigns) {
  for (const Algorithm algorithm : kAll) {
    const PublicKey key = signer(algorithm).public_key();
    // Enough signatures that some r and s begin with a zero byte, and some with a bit that DER must pad.
    for (int i = 0; i < (algorithm == Algorithm::kEs256 ? 600 : 3); ++i) {
      const std::string message = "message " + std::to_string(i);
      ASSERT_TRUE(key.verify(algorithm, message, signer(algorithm).sign(message))) << name(algorithm) << ' ' << i;
    }
    EXPECT_TRUE(key.verify(algorithm, "", signer(algorithm).sign("")));
  }
}

TEST(PublicKey, AnyChangeOfTheSignatureIsRefused) {
  for (const Algorithm algorithm : kAll) {
    const PublicKey key = signer(algorithm).public_key();
    const std::string good = signer(algorithm).sign("message");
    for (std::size_t i = 0; i < good.size(); i += algorithm == Algorithm::kRs256 ? 5 : 1) {
      std::string bent = good;
      bent[i] = static_cast<char>(bent[i] ^ (1 << (i % 8)));
      EXPECT_FALSE(key.verify(algorithm, "message", bent)) << name(algorithm) << " byte " << i;
    }
    EXPECT_FALSE(key.verify(algorithm, "messagE", good));
    EXPECT_FALSE(key.verify(algorithm, "message", ""));
    EXPECT_FALSE(key.verify(algorithm, "message", good.substr(1)));
    EXPECT_FALSE(key.verify(algorithm, "message", good.substr(0, good.size() - 1)));
    EXPECT_FALSE(key.verify(algorithm, "message", good + '\0'));
    EXPECT_FALSE(key.verify(algorithm, "message", '\0' + good));
    EXPECT_FALSE(key.verify(algorithm, "message", std::string(good.size(), '\0')));
    EXPECT_FALSE(key.verify(algorithm, "message", std::string(good.size(), '\xff')));
  }
}

TEST(PublicKey, AKeyChecksItsOwnAlgorithmOnly) {
  for (const Algorithm algorithm : kAll) {
    const PublicKey key = signer(algorithm).public_key();
    for (const Algorithm other : kAll) {
      EXPECT_EQ(key.verify(other, "message", signer(algorithm).sign("message")), other == algorithm);
    }
  }
}

TEST(PublicKey, Es256RefusesDerAndZeroAndTheOrder) {
  const PublicKey key = signer(Algorithm::kEs256).public_key();
  const std::string good = signer(Algorithm::kEs256).sign("message");
  EXPECT_FALSE(key.verify(Algorithm::kEs256, "message", signer(Algorithm::kEs256).sign_as_openssl("message")));
  const std::string zero(32, '\0');
  const std::string order = {
      "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
      "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51",
      32};
  for (const std::string& r : {zero, order, good.substr(0, 32)}) {
    for (const std::string& s : {zero, order}) {
      EXPECT_FALSE(key.verify(Algorithm::kEs256, "message", r + s));
      EXPECT_FALSE(key.verify(Algorithm::kEs256, "message", s + r));
    }
  }
}

TEST(PublicKey, LeavesNoErrorBehindForTls) {
  ERR_clear_error();
  const PublicKey key = signer(Algorithm::kRs256).public_key();
  EXPECT_FALSE(key.verify(Algorithm::kRs256, "message", std::string(256, '\x01')));
  EXPECT_FALSE(PublicKey::p256(std::string(32, '\x01'), std::string(32, '\x02')));
  EXPECT_FALSE(PrivateKey::from_pem(base::Secret("nonsense")));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(PublicKey, RsaOfWrongSizeOrShapeIsRefused) {
  const std::string exponent = bytes("AQAB");
  const auto modulus = [](std::size_t size) { return '\x80' + std::string(size - 2, '\x55') + '\x01'; };
  EXPECT_TRUE(PublicKey::rsa(modulus(256), exponent));
  EXPECT_TRUE(PublicKey::rsa('\0' + modulus(256), exponent)) << "some writers put a zero byte before it";
  EXPECT_TRUE(PublicKey::rsa(modulus(1024), exponent));
  EXPECT_FALSE(PublicKey::rsa("", exponent));
  EXPECT_FALSE(PublicKey::rsa(modulus(128), exponent)) << "1024 bits";
  EXPECT_FALSE(PublicKey::rsa('\x40' + modulus(256).substr(1), exponent)) << "2047 bits";
  EXPECT_FALSE(PublicKey::rsa(std::string(200, '\0') + modulus(128), exponent)) << "1024 bits behind zeros";
  EXPECT_FALSE(PublicKey::rsa('\x01' + modulus(1024), exponent)) << "8193 bits";
  EXPECT_FALSE(PublicKey::rsa(std::string(1'000'000, '\x81'), exponent));
  EXPECT_FALSE(PublicKey::rsa(modulus(256).substr(0, 255) + '\x02', exponent)) << "even";
  for (const std::string& bad :
       {std::string(), std::string(1, '\0'), std::string("\x01"), std::string("\x02"), std::string("\x01\0\0", 3),
        std::string("\x01\0\0\0\x01", 5), std::string(4096, '\x03')}) {
    EXPECT_FALSE(PublicKey::rsa(modulus(256), bad)) << base::hex(bad).substr(0, 20);
  }
  EXPECT_TRUE(PublicKey::rsa(modulus(256), "\x03"));
}

TEST(PublicKey, PointsOffTheCurveAreRefused) {
  const std::string x = signer(Algorithm::kEs256).part("x"), y = signer(Algorithm::kEs256).part("y");
  EXPECT_TRUE(PublicKey::p256(x, y));
  EXPECT_FALSE(PublicKey::p256(y, x));
  EXPECT_FALSE(PublicKey::p256(x, std::string(32, '\0')));
  EXPECT_FALSE(PublicKey::p256(std::string(32, '\0'), std::string(32, '\0'))) << "the point at infinity";
  EXPECT_FALSE(PublicKey::p256(std::string(32, '\xff'), y)) << "not below the field's prime";
  EXPECT_FALSE(PublicKey::p256('\0' + x, y));
  EXPECT_FALSE(PublicKey::p256(x.substr(1), y));
  EXPECT_FALSE(PublicKey::p256("", ""));
}

TEST(PublicKey, Ed25519OfWrongSizeIsRefused) {
  for (const std::size_t size : {0, 1, 31, 33, 64}) EXPECT_FALSE(PublicKey::ed25519(std::string(size, '\x01'))) << size;
}

TEST(PublicKey, ManyThreadsShareOneKey) {
  for (const Algorithm algorithm : kAll) {
    const PublicKey key = signer(algorithm).public_key();
    const std::string good = signer(algorithm).sign("message");
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          wrong += key.verify(algorithm, "message", good) ? 0 : 1;
          wrong += key.verify(algorithm, "other", good) ? 1 : 0;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0) << name(algorithm);
  }
}

TEST(Algorithm, NamesAreExact) {
  for (const Algorithm algorithm : kAll) EXPECT_EQ(parse_algorithm(name(algorithm)), algorithm);
  for (const char* other :
       {"", "none", "None", "HS256", "rs256", "RS256 ", "RS384", "RS512", "PS256", "ES384", "eddsa"}) {
    EXPECT_FALSE(parse_algorithm(other)) << other;
  }
}

TEST(PrivateKey, SurvivesPem) {
  base::SeededEntropy entropy(1);
  const PrivateKey key = PrivateKey::generate(entropy);
  const base::Secret pem = key.to_pem();
  EXPECT_TRUE(pem.reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
  const base::Result<PrivateKey> again = PrivateKey::from_pem(pem);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_bytes(), key.public_bytes());
  EXPECT_EQ(again->sign("message"), key.sign("message"));
  const PrivateKey other = PrivateKey::generate(entropy);
  EXPECT_NE(other.public_bytes(), key.public_bytes());
}

TEST(PrivateKey, WhatIsNoEd25519KeyIsRefused) {
  EXPECT_FALSE(PrivateKey::from_seed(base::Secret("short")));
  EXPECT_FALSE(PrivateKey::from_pem(base::Secret("")));
  EXPECT_FALSE(PrivateKey::from_pem(base::Secret("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")));

  const auto pem_of = [](const TestSigner& from, const char* password) {
    BIO* stream = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(stream, from.key(), password != nullptr ? EVP_aes_256_cbc() : nullptr, password,
                                  password != nullptr ? 6 : 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(stream, &data);
    base::Secret pem{std::string(data, static_cast<std::size_t>(size))};
    BIO_free(stream);
    return pem;
  };
  EXPECT_TRUE(PrivateKey::from_pem(pem_of(signer(Algorithm::kEdDsa), nullptr)));
  EXPECT_FALSE(PrivateKey::from_pem(pem_of(signer(Algorithm::kEdDsa), "secret"))) << "and it does not ask the terminal";
  const base::Result<PrivateKey> p256 = PrivateKey::from_pem(pem_of(signer(Algorithm::kEs256), nullptr));
  ASSERT_FALSE(p256);
  EXPECT_EQ(p256.error().message, "This private key is not an Ed25519 key.");
}

TEST(PublicKey, RandomBytesAreNeverASignature) {
  EXPECT_TRUE(rc::check("random signatures are refused", [](std::uint64_t seed) {
    base::SeededEntropy entropy(seed);
    for (const Algorithm algorithm : kAll) {
      std::string noise(algorithm == Algorithm::kRs256 ? 256 : 64, '\0');
      entropy.fill({reinterpret_cast<std::uint8_t*>(noise.data()), noise.size()});
      RC_ASSERT(!signer(algorithm).public_key().verify(algorithm, "message", noise));
    }
  }));
}

}  // namespace
}  // namespace crypto

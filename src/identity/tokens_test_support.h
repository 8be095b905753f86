// Tokens for tests: made by hand from texts, so that a test can say exactly what is wrong with one.

#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypto/signer_test_support.h"
#include "identity/verifier.h"

namespace identity {

inline constexpr std::string_view kTestIssuer = "https://issuer.example";
inline constexpr std::string_view kTestUser = "N:user:6f1c1a2e-6f9b-4a52-9a1e-0c4f2b9d7e11";
inline constexpr std::string_view kTestWorkspace = "N:organization:0b5e7c1d-3f64-4c4b-8d3f-3a0a5f1c2d22";
inline constexpr std::int64_t kTestNow_s = 1'800'000'000;

inline base::Time test_now() { return base::Time(std::chrono::seconds(kTestNow_s)); }

inline const crypto::TestSigner& test_signer(crypto::Algorithm algorithm) {
  using enum crypto::Algorithm;
  static const crypto::TestSigner rsa(kRs256), p256(kEs256), ed25519(kEdDsa);
  return algorithm == kRs256 ? rsa : algorithm == kEs256 ? p256 : ed25519;
}

// The members of a good token, without braces; `more` comes after them.
inline std::string good_claims(std::string_view more = "") {
  return fmt::format(R"("iss":"{}","aud":"stewardry","sub":"{}","iat":{},"exp":{}{})", kTestIssuer, kTestUser,
                     kTestNow_s - 60, kTestNow_s + 3600, more);
}

inline std::string good_header(crypto::Algorithm algorithm, std::string_view kid = "k1") {
  return fmt::format(R"({{"alg":"{}","typ":"JWT","kid":"{}"}})", crypto::name(algorithm), kid);
}

inline std::string signed_token(const crypto::TestSigner& signer, std::string_view header, std::string_view payload) {
  const std::string input = base::base64url(header) + '.' + base::base64url(payload);
  return input + '.' + base::base64url(signer.sign(input));
}

// Signed with the test key of that algorithm, under the name `kid`.
inline std::string token_of(std::string_view claims, crypto::Algorithm algorithm = crypto::Algorithm::kEdDsa,
                            std::string_view kid = "k1") {
  return signed_token(test_signer(algorithm), good_header(algorithm, kid), fmt::format("{{{}}}", claims));
}

inline Issuer test_issuer() {
  Issuer issuer;
  issuer.name = kTestIssuer;
  issuer.audiences = {"stewardry", "other-door"};
  issuer.algorithms = {"RS256", "ES256", "EdDSA"};
  issuer.jwks_url = "https://issuer.example/keys";
  return issuer;
}

inline std::string key_set_of(std::initializer_list<std::string> jwks) {
  std::string text = R"({"keys":[)";
  for (const std::string& jwk : jwks) text += (text.back() == '[' ? "" : ",") + jwk;
  return text + "]}";
}

}  // namespace identity

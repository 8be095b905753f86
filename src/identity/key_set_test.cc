// What must not happen: a key that is not for checking tokens checks one; one odd key makes the whole set unreadable.

#include "identity/key_set.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "identity/tokens_test_support.h"

namespace identity {
namespace {

using enum crypto::Algorithm;

const std::string& ed25519_x() {
  static const std::string text = base::base64url(test_signer(kEdDsa).part("x"));
  return text;
}

// How many keys of the set of this one key are kept: 1 or 0.
std::size_t kept(const std::string& jwk) {
  const base::Result<KeySet> set = KeySet::parse(key_set_of({jwk}));
  EXPECT_TRUE(set) << jwk;
  EXPECT_EQ(set->size() + set->skipped(), 1U);
  return set->size();
}

std::string edited(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

// RFC 7517, appendix A.1: an EC key for encryption, and an RSA key.
TEST(KeySet, Rfc7517Example) {
  const base::Result<KeySet> set = KeySet::parse(R"({"keys": [
    {"kty":"EC", "crv":"P-256", "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
     "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "use":"enc", "kid":"1"},
    {"kty":"RSA", "n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
     "e":"AQAB", "alg":"RS256", "kid":"2011-04-29"}]})");
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 1U);
  EXPECT_EQ(set->skipped(), 1U);
  EXPECT_EQ(set->find("1"), nullptr) << "it is for encryption";
  ASSERT_NE(set->find("2011-04-29"), nullptr);
  EXPECT_EQ(set->find("2011-04-29")->algorithm(), kRs256);
}

TEST(KeySet, FindsByExactName) {
  const base::Result<KeySet> set = KeySet::parse(
      key_set_of({test_signer(kRs256).jwk("a"), test_signer(kEs256).jwk("b", R"(,"use":"sig","alg":"ES256")"),
                  test_signer(kEdDsa).jwk("c", R"(,"key_ops":["verify"],"x5t":"unknown")")}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->find("a")->algorithm(), kRs256);
  EXPECT_EQ(set->find("b")->algorithm(), kEs256);
  EXPECT_EQ(set->find("c")->algorithm(), kEdDsa);
  for (const char* other : {"", "A", "a ", " a", "aa", "d"}) EXPECT_EQ(set->find(other), nullptr) << other;
}

TEST(KeySet, LeavesOutWhatItCannotUse) {
  const crypto::TestSigner &rsa = test_signer(kRs256), &p256 = test_signer(kEs256), &ed25519 = test_signer(kEdDsa);
  EXPECT_EQ(kept(ed25519.jwk("k")), 1U);
  for (const char* more :
       {R"(,"use":"enc")", R"(,"use":7)", R"(,"use":"")", R"(,"alg":"ES256")", R"(,"alg":"HS256")", R"(,"alg":"none")",
        R"(,"alg":null)", R"(,"key_ops":["sign"])", R"(,"key_ops":[])", R"(,"key_ops":"verify")", R"(,"d":"AAAA")"}) {
    EXPECT_EQ(kept(ed25519.jwk("k", more)), 0U) << more;
  }
  EXPECT_EQ(kept(rsa.jwk("k", R"(,"alg":"RS512")")), 0U);
  EXPECT_EQ(kept(rsa.jwk("k", R"(,"alg":"PS256")")), 0U);
  EXPECT_EQ(kept(R"({"kty":"oct","kid":"k","alg":"HS256","k":"c2VjcmV0"})"), 0U);
  EXPECT_EQ(kept(R"({"kty":"new","kid":"k"})"), 0U);
  EXPECT_EQ(kept(R"({"kty":7,"kid":"k"})"), 0U);
  EXPECT_EQ(kept("{}"), 0U);
  EXPECT_EQ(kept(edited(ed25519.jwk("k"), "\"kid\":\"k\",", "")), 0U) << "it has no name";
  EXPECT_EQ(kept(ed25519.jwk("")), 0U);
  EXPECT_EQ(kept(ed25519.jwk(std::string(300, 'k'))), 0U);
  EXPECT_EQ(kept(edited(ed25519.jwk("k"), "Ed25519", "Ed448")), 0U);
  EXPECT_EQ(kept(edited(ed25519.jwk("k"), ed25519_x(), ed25519_x() + "=")), 0U) << "padding";
  EXPECT_EQ(kept(edited(ed25519.jwk("k"), ed25519_x(), "AAAA")), 0U);
  EXPECT_EQ(kept(edited(p256.jwk("k"), "P-256", "P-384")), 0U);
  EXPECT_EQ(kept(edited(p256.jwk("k"), base::base64url(p256.part("y")), base::base64url(p256.part("x")))), 0U)
      << "not on the curve";
  EXPECT_EQ(kept(edited(rsa.jwk("k"), "\"e\":\"AQAB\"", "\"e\":\"AA\"")), 0U);
  EXPECT_EQ(kept(edited(rsa.jwk("k"), "\"e\":\"AQAB\"", "\"e\":65537")), 0U);
  EXPECT_EQ(kept(edited(rsa.jwk("k"), base::base64url(rsa.part("n")), base::base64url(rsa.part("n").substr(0, 128)))),
            0U)
      << "1024 bits";
  EXPECT_EQ(kept(edited(rsa.jwk("k"), "\"RSA\"", "\"EC\"")), 0U);
}

TEST(KeySet, RefusesANameThatStandsTwice) {
  const base::Result<KeySet> set =
      KeySet::parse(key_set_of({test_signer(kEs256).jwk("k"), test_signer(kEdDsa).jwk("k")}));
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, base::Code::kInvalid);
  EXPECT_EQ(set.error().message, "Two keys of the key set have the `kid` \"k\".");
  EXPECT_TRUE(
      KeySet::parse(key_set_of({test_signer(kEs256).jwk("k", R"(,"use":"enc")"), test_signer(kEdDsa).jwk("k")})))
      << "a key for encryption may share the name";
}

TEST(KeySet, MayBeEmpty) {
  const base::Result<KeySet> set = KeySet::parse(R"({"keys":[]})");
  ASSERT_TRUE(set);
  EXPECT_EQ(set->size(), 0U);
}

TEST(KeySet, RefusesWhatIsNoKeySet) {
  for (const char* bad : {"", "{}", "[]", "null", "nonsense", "<html></html>", R"({"keys":{}})", R"({"keys":null})",
                          R"({"keys":[7]})", R"({"keys":[[]]})", R"({"keys":[],"keys":[]})", R"({"Keys":[]})",
                          R"({"keys":[{"kty":"OKP","kty":"RSA"}]})", R"({"keys":[]} x)"}) {
    const base::Result<KeySet> set = KeySet::parse(bad);
    ASSERT_FALSE(set) << bad;
    EXPECT_EQ(set.error().code, base::Code::kInvalid) << bad;
  }
}

TEST(KeySet, IsLimited) {
  const auto set_of = [](std::size_t count) {
    std::string text = R"({"keys":[)";
    for (std::size_t i = 0; i < count; ++i) {
      text += (i == 0 ? "" : ",") + test_signer(kEdDsa).jwk("k" + std::to_string(i));
    }
    return text + "]}";
  };
  EXPECT_EQ(KeySet::parse(set_of(KeySet::kKeysMax))->size(), KeySet::kKeysMax);
  EXPECT_FALSE(KeySet::parse(set_of(KeySet::kKeysMax + 1)));
  EXPECT_TRUE(KeySet::parse(R"({"keys":[]})" + std::string(KeySet::kBytesMax - 11, ' ')));
  EXPECT_FALSE(KeySet::parse(R"({"keys":[]})" + std::string(KeySet::kBytesMax - 10, ' ')));
}

}  // namespace
}  // namespace identity

// What must not happen: a token that reads in two ways, that brings its own rules, or that is not signed at all gets as
// far as a key.

#include "identity/jwt.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "identity/refusal.h"
#include "identity/tokens_test_support.h"

namespace identity {
namespace {

constexpr std::string_view kHeader = R"({"alg":"EdDSA","typ":"JWT","kid":"k1"})";

std::string compact(std::string_view header, std::string_view payload, std::string_view signature = "sign") {
  return base::base64url(header) + '.' + base::base64url(payload) + '.' + base::base64url(signature);
}

// The label of the reason, or "taken".
std::string outcome(std::string_view text) {
  const base::Result<Token> token = parse_token(text);
  if (token) return "taken";
  EXPECT_EQ(token.error().code, base::Code::kUnauthenticated);
  EXPECT_FALSE(token.error().message.empty());
  return token.error().detail;
}

TEST(ParseToken, GivesThePartsOfASoundOne) {
  const std::string text = compact(kHeader, R"({"iss":"i","n":1})");
  const base::Result<Token> token = parse_token(text);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->algorithm, crypto::Algorithm::kEdDsa);
  EXPECT_EQ(token->key_id, "k1");
  EXPECT_EQ(token->signature, "sign");
  EXPECT_EQ(token->signed_part, text.substr(0, text.rfind('.')));
  EXPECT_EQ(token->claims.at("iss"), "i");
}

TEST(ParseToken, RefusesWhatDoesNotHaveThreeParts) {
  const std::string good = compact(kHeader, "{}");
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("..."), good + '.', '.' + good, good + ".e30",
        good.substr(0, good.rfind('.')), base::base64url(kHeader), std::string("a.b.c.d.e")}) {
    EXPECT_EQ(outcome(bad), "malformed") << bad;
  }
}

TEST(ParseToken, RefusesOtherSpellingsOfBase64) {
  const std::string header = base::base64url(kHeader), payload = base::base64url("{}"), signature = "c2lnbg";
  ASSERT_EQ(outcome(header + '.' + payload + '.' + signature), "taken");
  for (const std::string& bad : {
           header + '.' + payload + '.' + signature + "==",  // padding
           header + '.' + payload + "=." + signature,        // padding
           header + '.' + payload + ".c2lnbh",               // the same bytes, with stray bits
           header + '.' + payload + ".c2ln+g",               // the other alphabet
           header + '.' + payload + ".c2ln bg",              // a blank
           header + '.' + payload + '.' + signature + '\n',  // a line end
           ' ' + header + '.' + payload + '.' + signature,   // a blank before
           header + '.' + payload + ".c2lnb",                // a length that cannot be
           header + '.' + payload + '.',                     // no signature
           header + ".." + signature,                        // no payload
           '.' + payload + '.' + signature,                  // no header
           header + '.' + payload + '.' + std::string("c2\0nbg", 6),
       }) {
    EXPECT_EQ(outcome(bad), "malformed") << bad;
  }
}

TEST(ParseToken, RefusesJsonThatReadsInTwoWays) {
  EXPECT_EQ(outcome(compact(R"({"alg":"EdDSA","kid":"k1","alg":"none"})", "{}")), "malformed");
  EXPECT_EQ(outcome(compact(R"({"alg":"EdDSA","kid":"k1","\u0061lg":"none"})", "{}")), "malformed");
  EXPECT_EQ(outcome(compact(kHeader, R"({"sub":"a","sub":"b"})")), "malformed");
  EXPECT_EQ(outcome(compact(kHeader, R"({"deep":[{"x":1,"x":2}]})")), "malformed");
  for (const char* bad : {"", "[]", "null", "1", "\"text\"", "{", "{}{}", "{} x", "{\"a\":01}", "{'a':1}",
                          "{\"a\":NaN}", "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}"}) {
    EXPECT_EQ(outcome(compact(kHeader, bad)), "malformed") << bad;
    EXPECT_EQ(outcome(compact(bad, "{}")), "malformed") << bad;
  }
  EXPECT_EQ(outcome(compact(kHeader, R"({"a":)" + std::string(5000, '[') + std::string(5000, ']') + "}")), "malformed");
}

TEST(ParseToken, RefusesOtherAlgorithms) {
  for (const char* bad :
       {R"("none")", R"("None")", R"("nOnE")", R"("")", R"("HS256")", R"("HS512")", R"("RS384")", R"("PS256")",
        R"("ES256K")", R"("eddsa")", R"("EdDSA ")", R"("RSA1_5")", "null", "1", "[]", R"(["EdDSA"])"}) {
    EXPECT_EQ(outcome(compact(fmt::format(R"({{"alg":{},"kid":"k1"}})", bad), "{}")), "algorithm") << bad;
  }
  EXPECT_EQ(outcome(compact(R"({"kid":"k1"})", "{}")), "algorithm");
}

TEST(ParseToken, WantsTheNameOfTheKey) {
  for (const std::string& bad :
       {std::string(R"({"alg":"EdDSA"})"), std::string(R"({"alg":"EdDSA","kid":""})"),
        std::string(R"({"alg":"EdDSA","kid":7})"), std::string(R"({"alg":"EdDSA","kid":null})"),
        R"({"alg":"EdDSA","kid":")" + std::string(kKeyIdBytesMax + 1, 'k') + "\"}"}) {
    EXPECT_EQ(outcome(compact(bad, "{}")), "key") << bad;
  }
}

TEST(ParseToken, RefusesCriticalExtensionsAndOtherTypes) {
  for (const char* crit : {R"(["exp"])", "[]", "null", R"("b64")"}) {
    EXPECT_EQ(outcome(compact(fmt::format(R"({{"alg":"EdDSA","kid":"k1","crit":{}}})", crit), "{}")), "malformed")
        << crit;
  }
  for (const char* type : {R"("JWT")", R"("jwt")", R"("at+jwt")", R"("application/at+jwt")", R"("AT+JWT")"}) {
    EXPECT_EQ(outcome(compact(fmt::format(R"({{"alg":"EdDSA","kid":"k1","typ":{}}})", type), "{}")), "taken") << type;
  }
  for (const char* type : {R"("JWE")", R"("dpop+jwt")", R"("logout+jwt")", R"("")", "null", "7"}) {
    EXPECT_EQ(outcome(compact(fmt::format(R"({{"alg":"EdDSA","kid":"k1","typ":{}}})", type), "{}")), "malformed")
        << type;
  }
}

TEST(ParseToken, RefusesHugeOnes) {
  const auto token = [](std::size_t size) { return compact(kHeader, R"({"a":")" + std::string(size, 'x') + "\"}"); };
  EXPECT_EQ(outcome(token(12'000)), "taken");
  EXPECT_EQ(outcome(token(12'300)), "malformed");
  EXPECT_EQ(outcome(token(1'000'000)), "malformed");
  EXPECT_EQ(outcome(std::string(5'000'000, '.')), "malformed");
}

TEST(ParseToken, TakesWhatItWasMadeFrom) {
  EXPECT_TRUE(rc::check("parts come back as they went in", [](const std::string& signature) {
    const std::string text = compact(kHeader, "{}", signature.empty() ? "x" : signature);
    const base::Result<Token> token = parse_token(text);
    RC_ASSERT(token.has_value());
    RC_ASSERT(token->signature == (signature.empty() ? "x" : signature));
  }));
  EXPECT_TRUE(rc::check("noise is refused, not crashed on",
                        [](const std::string& noise) { RC_ASSERT(!parse_token(noise).has_value()); }));
}

}  // namespace
}  // namespace identity

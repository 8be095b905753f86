#include "crypto/scram.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/saslprep.h"

namespace crypto {
namespace {

base::Secret secret(std::string text) { return base::Secret(std::move(text)); }

// RFC 7677, section 3: user, password "pencil", and the whole exchange; the keys must make the proofs that it prints.
TEST(Scram, KeysAreThoseOfRfc7677) {
  const std::string salt = base::parse_base64("W22ZaJ0SNY7soEsUEjb6gQ==").value();
  const std::string verifier = scram_verifier(secret("pencil"), salt, 4096).value();
  const std::string prefix = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$";
  ASSERT_TRUE(verifier.starts_with(prefix)) << verifier;
  const std::size_t colon = verifier.find(':', prefix.size());
  const std::string stored = base::parse_base64(verifier.substr(prefix.size(), colon - prefix.size())).value();
  const std::string server = base::parse_base64(verifier.substr(colon + 1)).value();
  const std::string message =
      "n=user,r=rOprNGfwEbeRWgbNEkqO,"
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  EXPECT_EQ(base::base64(hmac_sha256(secret(server), message)), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  std::string proof = base::parse_base64("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").value();
  const std::string signature = hmac_sha256(secret(stored), message);
  for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ signature[i]);
  EXPECT_EQ(sha256(proof), stored);
}

TEST(Scram, AVerifierMatchesItsPasswordOnly) {
  const std::string verifier = scram_verifier(secret("correct"), "0123456789abcdef", 1).value();
  EXPECT_TRUE(scram_matches(verifier, secret("correct")));
  EXPECT_FALSE(scram_matches(verifier, secret("correct ")));
  EXPECT_FALSE(scram_matches(verifier, secret("")));
  EXPECT_NE(verifier, scram_verifier(secret("correct"), "0123456789abcdeg", 1).value());
  EXPECT_NE(verifier, scram_verifier(secret("correct"), "0123456789abcdef", 2).value());
}

// CloudNativePG: a trailing newline makes the server hash the verifier as if it were the password. None is ever made.
TEST(Scram, AVerifierIsOneLineAndReadsBack) {
  const std::string verifier = scram_verifier(secret("p\n"), std::string(16, '\xff'), 4096).value();
  EXPECT_EQ(verifier.find_first_of(" \n\r\t"), std::string::npos);
  EXPECT_FALSE(scram_matches(verifier + "\n", secret("p\n")));
}

TEST(Scram, WhatIsNoVerifierMatchesNothing) {
  const std::string verifier = scram_verifier(secret("p"), "salt", 1).value();
  ASSERT_TRUE(scram_matches(verifier, secret("p")));
  for (std::size_t length = 0; length < verifier.size(); ++length) {
    EXPECT_FALSE(scram_matches(verifier.substr(0, length), secret("p"))) << length;
  }
  const std::string keys = verifier.substr(verifier.rfind('$'));
  for (const char* start :
       {"SCRAM-SHA-256$0:c2FsdA==", "SCRAM-SHA-256$-1:c2FsdA==", "SCRAM-SHA-256$1:", "SCRAM-SHA-256$1x:c2FsdA==",
        "SCRAM-SHA-256$10000001:c2FsdA==", "SCRAM-SHA-256$99999999999:c2FsdA==", "SCRAM-SHA-1$1:c2FsdA==", "md5"}) {
    EXPECT_FALSE(scram_matches(start + keys, secret("p"))) << start;
  }
}

TEST(Scram, PasswordsThatNobodyCouldLogInWithAreRefused) {
  EXPECT_EQ(scram_verifier(secret(""), "salt", 1).error().code, base::Code::kInvalid);
  EXPECT_EQ(scram_verifier(secret(std::string("a\0b", 3)), "salt", 1).error().code, base::Code::kInvalid);
  EXPECT_EQ(scram_verifier(secret(std::string(1025, 'a')), "salt", 1).error().code, base::Code::kInvalid);
  EXPECT_TRUE(scram_verifier(secret(std::string(1024, 'a')), "salt", 1));
  EXPECT_EQ(scram_verifier(secret("p"), "", 1).error().code, base::Code::kInvalid);
  EXPECT_EQ(scram_verifier(secret("p"), "salt", 0).error().code, base::Code::kInvalid);
}

std::string prepared(std::string_view password) { return saslprep(password).reveal(); }

// RFC 4013, section 3, of what has more than ASCII; and what PostgreSQL does otherwise.
TEST(Saslprep, PreparesAsPostgresqlDoes) {
  EXPECT_EQ(prepared("I\u00ADX"), "IX");                            // mapped to nothing
  EXPECT_EQ(prepared("\u00AA"), "a");                               // NFKC
  EXPECT_EQ(prepared("\u2168"), "IX");                              // NFKC
  EXPECT_EQ(prepared("a\u00A0b\u3000c"), "a b c");                  // spaces
  EXPECT_EQ(prepared("a\u200Bb"), "a b");                           // in two tables of RFC 3454; a space here
  EXPECT_EQ(prepared("e\u0301"), "\u00E9");                         // composed
  EXPECT_EQ(prepared("a\x07"), "a\x07");                            // ASCII alone is not looked at
  EXPECT_EQ(prepared("\u00E9\x07"), "\u00E9\x07");                  // prohibited: as it is
  EXPECT_EQ(prepared("\u06271"), "\u06271");                        // ends in no right-to-left character: as it is
  EXPECT_EQ(prepared("\u0627\u00AA\u0628"), "\u0627\u00AA\u0628");  // both directions: as it is
  EXPECT_EQ(prepared("\u06271\u0628"), "\u06271\u0628");
  EXPECT_EQ(prepared("\u0221\u2168"), "\u0221\u2168");  // not yet assigned in Unicode 3.2: as it is
  EXPECT_EQ(prepared("\u0340\u2168"), "\u0340\u2168");  // prohibited before it is normalised
  EXPECT_EQ(prepared("\u00AD"), "\u00AD");              // nothing would be left
  EXPECT_EQ(prepared("\xff\u2168"), "\xff\u2168");      // no UTF-8
  EXPECT_EQ(prepared("\U0001D400"), "A");
  EXPECT_EQ(prepared(""), "");
}

TEST(Saslprep, TheLongestGrowthOfAllHasRoom) {
  std::string password;
  for (int i = 0; i < 340; ++i) password += "\uFDFA";  // one character that becomes eighteen
  EXPECT_GT(prepared(password).size(), password.size() * 10);
}

TEST(Saslprep, WhatIsPreparedStaysAsItIs) {
  EXPECT_TRUE(rc::check("twice is once", [](const std::vector<std::uint16_t>& units) {
    std::string password;
    for (const std::uint16_t unit : units) {
      if (unit >= 0xD800 && unit <= 0xDFFF) continue;
      if (unit < 0x80) {
        password += static_cast<char>(unit);
      } else if (unit < 0x800) {
        password += static_cast<char>(0xC0 | (unit >> 6));
        password += static_cast<char>(0x80 | (unit & 0x3F));
      } else {
        password += static_cast<char>(0xE0 | (unit >> 12));
        password += static_cast<char>(0x80 | ((unit >> 6) & 0x3F));
        password += static_cast<char>(0x80 | (unit & 0x3F));
      }
    }
    const std::string once = prepared(password);
    RC_ASSERT(base::is_utf8(once));
    RC_ASSERT(prepared(once) == once || once == password);
  }));
}

}  // namespace
}  // namespace crypto

#include "crypto/sha256_state.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"

namespace crypto {
namespace {

TEST(Sha256State, TakesPiecesAsOneText) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& pieces) {
    Sha256State state;
    std::string whole;
    for (const std::string& piece : pieces) {
      state.update(piece);
      whole += piece;
    }
    RC_ASSERT(state.finish() == sha256_array(whole));
  }));
}

TEST(Sha256State, ACopyGoesItsOwnWay) {
  Sha256State first;
  first.update("a");
  Sha256State second = first;
  first.update("b");
  second.update("c");
  EXPECT_EQ(first.finish(), sha256_array("ab"));
  EXPECT_EQ(second.finish(), sha256_array("ac"));
}

// RFC 4231, cases 1, 2 and 6 (a key longer than a block).
TEST(HmacKey, PublishedExamples) {
  const auto hex_of = [](std::string_view key, std::string_view message) {
    return base::hex(view(HmacKey(key).sign(message)));
  };
  EXPECT_EQ(hex_of(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex_of("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex_of(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacKey, IsOpenSslsOwnHmacAndCanBeUsedAgain) {
  EXPECT_TRUE(rc::check([](const std::string& key, const std::string& first, const std::string& second) {
    const HmacKey hmac(key);
    RC_ASSERT(view(hmac.sign(first)) == hmac_sha256(base::Secret(key), first));
    RC_ASSERT(view(hmac.sign(second)) == hmac_sha256(base::Secret(key), second));
  }));
}

}  // namespace
}  // namespace crypto

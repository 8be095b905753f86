// Known answers: FIPS 180-4 examples and RFC 4231, and that a thread that reuses its context hashes each text afresh.

#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace crypto {
namespace {

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(base::hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(base::hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base::hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, ManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&wrong, t] {
      const std::string text(static_cast<std::size_t>(t * 100), 'x');
      const Sha256 first = sha256_array(text);
      for (int i = 0; i < 500; ++i) wrong += sha256_array(text) != first || sha256_array("abc") == first ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Sha1, KnownAnswers) {
  EXPECT_EQ(base::hex(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(base::hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(HmacSha256, KnownAnswers) {
  EXPECT_EQ(base::hex(hmac_sha256(base::Secret("Jefe"), "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(base::hex(hmac_sha256(base::Secret(std::string(131, '\xaa')),
                                  "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace crypto

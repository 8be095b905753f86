// What must not happen: it grows without end; it knows somebody past their time; one token's answer is another's.

#include "identity/token_cache.h"

#include <gtest/gtest.h>

#include "identity/tokens_test_support.h"

namespace identity {
namespace {

crypto::Sha256 digest(int i) { return crypto::sha256_array(std::to_string(i)); }

TokenCache::Entry entry(int i, base::Time expires = test_now() + std::chrono::hours(1)) {
  return {Principal{"user " + std::to_string(i), std::nullopt, "issuer", expires}, 0, 1};
}

TEST(TokenCache, GivesWhatWasPut) {
  TokenCache cache(10);
  EXPECT_FALSE(cache.find(digest(1), test_now()));
  cache.put(digest(1), entry(1));
  cache.put(digest(2), entry(2));
  EXPECT_EQ(cache.find(digest(1), test_now())->principal.user_id, "user 1");
  EXPECT_EQ(cache.find(digest(2), test_now())->principal.user_id, "user 2");
  cache.put(digest(1), entry(3));
  EXPECT_EQ(cache.find(digest(1), test_now())->principal.user_id, "user 3");
  EXPECT_EQ(cache.size(), 2U);
  cache.erase(digest(1));
  cache.erase(digest(7));
  EXPECT_FALSE(cache.find(digest(1), test_now()));
  EXPECT_EQ(cache.size(), 1U);
}

TEST(TokenCache, ForgetsAtTheMomentOfExpiry) {
  TokenCache cache(10);
  const base::Time expires = test_now() + std::chrono::seconds(5);
  cache.put(digest(1), entry(1, expires));
  EXPECT_TRUE(cache.find(digest(1), expires - std::chrono::milliseconds(1)));
  EXPECT_FALSE(cache.find(digest(1), expires));
  EXPECT_EQ(cache.size(), 0U);
}

TEST(TokenCache, TheLeastRecentlyUsedGoesFirst) {
  TokenCache cache(3);
  for (const int i : {1, 2, 3}) cache.put(digest(i), entry(i));
  EXPECT_TRUE(cache.find(digest(1), test_now()));
  cache.put(digest(4), entry(4));
  EXPECT_FALSE(cache.find(digest(2), test_now()));
  for (const int i : {1, 3, 4}) EXPECT_TRUE(cache.find(digest(i), test_now())) << i;
}

TEST(TokenCache, StaysWithinItsBound) {
  for (const std::size_t bound : {0U, 1U, 50U, 2'000U}) {
    TokenCache cache(bound);
    for (int i = 0; i < 6'000; ++i) cache.put(digest(i), entry(i));
    EXPECT_LE(cache.size(), bound);
    EXPECT_GE(cache.size(), bound * 9 / 10);
  }
}

TEST(TokenCache, ManyThreadsAtOnce) {
  TokenCache cache(2'000);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5'000; ++i) {
        const int key = (i * 7 + t) % 500;
        if (i % 3 == 0) cache.put(digest(key), entry(key));
        if (i % 31 == 0) cache.erase(digest(key));
        const auto found = cache.find(digest(key), test_now());
        if (found && found->principal.user_id != "user " + std::to_string(key)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace identity

// When credentials are fetched, by whom, and what the others do meanwhile. Waits are for conditions; the clock is ours.

#include "aws/refreshing.h"

#include <atomic>
#include <barrier>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include <tl/expected.hpp>

#include "aws/aws_test_support.h"
#include "aws/failures.h"
#include "net/testing.h"

namespace aws {
namespace {

using net::testing::Gate;
using net::testing::kPatience;
using testing::kNow;
using namespace std::chrono_literals;

class RefreshingTest : public ::testing::Test {
 protected:
  Credentials made(std::optional<std::chrono::milliseconds> life) {
    Credentials credentials;
    credentials.keys.access_key_id = "KEY" + std::to_string(++fetches);
    if (life) credentials.expires = clock.now() + *life;
    return credentials;
  }
  static tl::unexpected<Failure> failed() { return refuse(Failure::Kind::kConfiguration, "Broken", "it is broken"); }
  std::string key(Refreshing& refreshing, base::Deadline deadline = base::Deadline::after(kPatience)) {
    const auto got = refreshing.get(deadline);
    return got ? (*got)->keys.access_key_id : got.error().code;
  }

  base::ManualClock clock{kNow};
  base::SeededEntropy entropy{7};
  std::atomic<int> fetches{0};
};

TEST_F(RefreshingTest, WhatDoesNotExpireIsFetchedOnce) {
  Refreshing refreshing(clock, entropy, [&](base::Deadline) { return made(std::nullopt); });
  EXPECT_EQ(fetches, 0);
  EXPECT_EQ(key(refreshing), "KEY1");
  clock.advance(24h * 365);
  EXPECT_EQ(key(refreshing), "KEY1");
  EXPECT_EQ(key(refreshing, base::Deadline::after(0ms)), "KEY1") << "what is there needs no time";
}

TEST_F(RefreshingTest, AnHourIsRenewedAQuarterBeforeItsEnd) {
  Refreshing refreshing(clock, entropy, [&](base::Deadline) { return made(1h); });
  EXPECT_EQ(key(refreshing), "KEY1");
  clock.advance(43min + 29s);  // the jitter is a tenth of the quarter at most
  EXPECT_EQ(key(refreshing), "KEY1");
  clock.advance(91s);
  EXPECT_EQ(key(refreshing), "KEY2");
  EXPECT_EQ(key(refreshing), "KEY2");
}

TEST_F(RefreshingTest, AShortLifeIsNotOneOfFetchingOnly) {
  Refreshing refreshing(clock, entropy, [&](base::Deadline) { return made(4min); });
  EXPECT_EQ(key(refreshing), "KEY1");
  clock.advance(2min + 53s);
  EXPECT_EQ(key(refreshing), "KEY1");
  clock.advance(8s);
  EXPECT_EQ(key(refreshing), "KEY2");
}

TEST_F(RefreshingTest, AFailureWhileTheOldOnesHoldChangesNothing) {
  bool broken = false;
  int tries = 0;
  Refreshing refreshing(clock, entropy, [&](base::Deadline) -> Result<Credentials> {
    ++tries;
    if (broken) return failed();
    return made(1h);
  });
  EXPECT_EQ(key(refreshing), "KEY1");
  broken = true;
  clock.advance(46min);
  EXPECT_EQ(key(refreshing), "KEY1");
  EXPECT_EQ(tries, 2);
  clock.advance(29s);
  EXPECT_EQ(key(refreshing), "KEY1");
  EXPECT_EQ(tries, 2) << "not with every call";
  clock.advance(32s);
  EXPECT_EQ(key(refreshing), "KEY1");
  EXPECT_EQ(tries, 3);
  clock.advance(12min);
  EXPECT_EQ(key(refreshing), "KEY1") << "ten minutes before the end they still hold";
  EXPECT_EQ(tries, 4);
  clock.advance(1min);
  EXPECT_EQ(key(refreshing), "Broken") << "now they are over";
  EXPECT_EQ(key(refreshing), "Broken");
  EXPECT_EQ(tries, 6);
  broken = false;
  EXPECT_EQ(key(refreshing), "KEY2");
}

TEST_F(RefreshingTest, CredentialsThatCameExpiredAreRefused) {
  Refreshing refreshing(clock, entropy, [&](base::Deadline) { return made(0s); });
  EXPECT_EQ(key(refreshing), "ExpiredCredentials");
}

TEST_F(RefreshingTest, RefusedOnesAreFetchedAnewIfTheyAreThePresentOnes) {
  Refreshing refreshing(clock, entropy, [&](base::Deadline) { return made(1h); });
  const auto first = *refreshing.get(base::Deadline::never());
  refreshing.invalidate(*first);
  EXPECT_EQ(key(refreshing), "KEY2");
  refreshing.invalidate(*first);
  EXPECT_EQ(key(refreshing), "KEY2") << "the first were replaced already";
  EXPECT_EQ(first->keys.access_key_id, "KEY1") << "who has them keeps them";
}

TEST_F(RefreshingTest, SixtyFourAskAndOneFetches) {
  constexpr int kThreads = 64;
  std::barrier all_here(kThreads + 1);
  Gate gate;
  Refreshing refreshing(clock, entropy, [&](base::Deadline) {
    gate.wait();
    return made(1h);
  });
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      all_here.arrive_and_wait();
      right += key(refreshing) == "KEY1" ? 1 : 0;
    });
  }
  all_here.arrive_and_wait();
  gate.open();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, kThreads);
  EXPECT_EQ(fetches, 1);
}

TEST_F(RefreshingTest, AFailureIsThatOfAllWhoWaited) {
  constexpr int kThreads = 8;
  Gate gate;
  std::atomic<int> tries{0}, broken{0}, asking{0};
  Refreshing refreshing(clock, entropy, [&](base::Deadline) -> Result<Credentials> {
    if (++tries == 1) gate.wait();
    return failed();
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      ++asking;
      broken += key(refreshing) == "Broken" ? 1 : 0;
    });
  }
  while (asking < kThreads) std::this_thread::yield();
  gate.open();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(broken, kThreads);
  EXPECT_LE(tries, kThreads);
}

TEST_F(RefreshingTest, AWaiterHasItsOwnDeadline) {
  Gate gate, fetching;
  Refreshing refreshing(clock, entropy, [&](base::Deadline) {
    fetching.open();
    gate.wait();
    return made(1h);
  });
  std::thread leader([&] { EXPECT_EQ(key(refreshing), "KEY1"); });
  ASSERT_TRUE(fetching.wait());
  const auto got = refreshing.get(base::Deadline::after(1ms));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, "Deadline");
  EXPECT_EQ(got.error().kind, Failure::Kind::kTransport);
  EXPECT_TRUE(got.error().retryable);
  gate.open();
  leader.join();
}

TEST_F(RefreshingTest, WhenTheOneWhoFetchesGivesUpTheNextTakesOver) {
  Gate fetching;
  std::atomic<int> tries{0};
  Refreshing refreshing(clock, entropy, [&](base::Deadline deadline) -> Result<Credentials> {
    if (++tries > 1) return made(1h);
    fetching.open();
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, deadline.when(), [] { return false; });
    return failed();
  });
  std::thread impatient([&] { EXPECT_EQ(key(refreshing, base::Deadline::after(100ms)), "Deadline"); });
  ASSERT_TRUE(fetching.wait());
  EXPECT_EQ(key(refreshing), "KEY1");
  impatient.join();
  EXPECT_EQ(tries, 2);
}

TEST_F(RefreshingTest, SoonTheOthersGoOnWithTheOldOnesAndNowTheyWait) {
  Gate gates[2], fetching[2];
  std::atomic<int> tries{0};
  Refreshing refreshing(clock, entropy, [&](base::Deadline) {
    const int one = tries++;
    if (one > 0) {
      fetching[one - 1].open();
      gates[one - 1].wait();
    }
    return made(1h);
  });
  EXPECT_EQ(key(refreshing), "KEY1");
  clock.advance(46min);
  std::thread renewing([&] { EXPECT_EQ(key(refreshing), "KEY2"); });
  ASSERT_TRUE(fetching[0].wait());
  EXPECT_EQ(key(refreshing), "KEY1") << "does not wait";
  gates[0].open();
  renewing.join();

  clock.advance(51min);
  std::thread now([&] { EXPECT_EQ(key(refreshing), "KEY3"); });
  ASSERT_TRUE(fetching[1].wait());
  std::thread waiting([&] { EXPECT_EQ(key(refreshing), "KEY3"); });
  EXPECT_EQ(key(refreshing, base::Deadline::after(1ms)), "KEY2") << "no time to wait, and the old ones hold";
  gates[1].open();
  now.join();
  waiting.join();
}

TEST_F(RefreshingTest, ARenewalLeavesTimeToUseTheOldOnes) {
  std::vector<std::chrono::milliseconds> given;
  Refreshing refreshing(clock, entropy, [&](base::Deadline deadline) {
    given.push_back(deadline.left());
    return made(1h);
  });
  key(refreshing, base::Deadline::after(1h));
  clock.advance(46min);
  key(refreshing, base::Deadline::after(1h));
  clock.advance(46min);
  key(refreshing, base::Deadline::after(4s));
  clock.advance(51min);
  key(refreshing, base::Deadline::after(1h));
  EXPECT_GT(given[0], 59min);
  EXPECT_LE(given[1], 5s);
  EXPECT_LE(given[2], 2s);
  EXPECT_LE(given[3], 30min);
}

}  // namespace
}  // namespace aws

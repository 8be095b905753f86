// What must not happen: many callers, or one with made-up key names, make us flood the issuer; a withdrawn key keeps
// working; an issuer that is down for a moment locks everybody out; "cannot ask" is taken for "no".

#include "identity/key_source.h"

#include <latch>

#include <gtest/gtest.h>

#include "identity/refusal.h"
#include "identity/tokens_test_support.h"

namespace identity {
namespace {

using enum crypto::Algorithm;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct World {
  base::ManualClock clock{test_now()};
  std::string lines;
  base::Logger log{clock, base::LogLevel::kDebug, [this](std::string_view line) { lines += line; }};
  base::Registry metrics;
  Issuer issuer = test_issuer();

  std::mutex mutex;
  base::Result<std::string> answer = key_set_of({test_signer(kEdDsa).jwk("k1")});
  std::atomic<int> fetches{0};
  milliseconds time_given{0};  // for the last fetch
  std::function<void()> during = [] {};
  Fetch fetch = [this](const Issuer&, base::Deadline deadline) {
    ++fetches;
    during();
    const std::lock_guard lock(mutex);
    time_given = deadline.left();
    return answer;
  };

  KeySource source{issuer, fetch, clock, log, metrics};

  void set(base::Result<std::string> next) {
    const std::lock_guard lock(mutex);
    answer = std::move(next);
  }
  // "found", or the code's name.
  std::string find(std::string_view kid, milliseconds patience = seconds(10)) {
    const base::Result<KeySource::Found> found = source.find(kid, base::Deadline::after(patience));
    if (found) return "found";
    if (found.error().code == base::Code::kUnavailable) return "unavailable";
    return found.error().detail;
  }
  std::uint64_t count(const char* outcome) {
    return metrics.counter("stewardry_key_set_fetches_total", "", {{"issuer", issuer.name}, {"outcome", outcome}})
        .value();
  }
};

base::Result<std::string> down() { return base::fail(base::Code::kUnavailable, "no connection"); }

TEST(KeySource, FetchesWhenFirstNeededAndOnce) {
  World world;
  EXPECT_EQ(world.fetches, 0);
  EXPECT_EQ(world.find("k1"), "found");
  EXPECT_EQ(world.find("k1"), "found");
  EXPECT_EQ(world.fetches, 1);
  EXPECT_EQ(world.count("fetched"), 1U);
}

TEST(KeySource, AsksAgainForAnUnknownKeyButNotMoreOftenThanAllowed) {
  World world;
  EXPECT_EQ(world.find("k1"), "found");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(world.find("made-up-" + std::to_string(i)), "key");
  EXPECT_EQ(world.fetches, 1);
  world.clock.advance(Verifier::kRefreshEvery - milliseconds(1));
  EXPECT_EQ(world.find("made-up"), "key");
  EXPECT_EQ(world.fetches, 1);
  world.clock.advance(milliseconds(1));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(world.find("made-up-" + std::to_string(i)), "key");
  EXPECT_EQ(world.fetches, 2);
}

TEST(KeySource, FollowsARotation) {
  World world;
  const std::uint64_t before = world.source.find("k1", base::Deadline::never())->generation;
  world.set(key_set_of({test_signer(kEs256).jwk("k2")}));
  EXPECT_EQ(world.find("k2"), "key") << "it was asked just now";
  world.clock.advance(Verifier::kRefreshEvery);
  const base::Result<KeySource::Found> found = world.source.find("k2", base::Deadline::never());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key->algorithm(), kEs256);
  EXPECT_GT(found->generation, before);
  EXPECT_EQ(world.find("k1"), "key") << "it was withdrawn";
}

TEST(KeySource, AKeyInUseOutlivesTheSet) {
  World world;
  const base::Result<KeySource::Found> found = world.source.find("k1", base::Deadline::never());
  world.set(key_set_of({}));
  world.clock.advance(KeySource::kOldAfter);
  EXPECT_EQ(world.find("k1"), "key");
  EXPECT_TRUE(found->key->verify(kEdDsa, "message", test_signer(kEdDsa).sign("message")));
}

TEST(KeySource, RenewsWhatIsOld) {
  World world;
  EXPECT_EQ(world.find("k1"), "found");
  const std::uint64_t before = world.source.generation(base::Deadline::never());
  world.clock.advance(KeySource::kOldAfter - milliseconds(1));
  EXPECT_EQ(world.source.generation(base::Deadline::never()), before);
  EXPECT_EQ(world.fetches, 1);
  world.clock.advance(milliseconds(1));
  EXPECT_EQ(world.source.generation(base::Deadline::never()), before) << "the same keys are the same generation";
  EXPECT_EQ(world.fetches, 2);
  world.set(key_set_of({}));
  world.clock.advance(KeySource::kOldAfter);
  EXPECT_GT(world.source.generation(base::Deadline::never()), before);
  EXPECT_EQ(world.fetches, 3);
}

TEST(KeySource, RenewingTakesHalfOfTheCallersTimeAtMost) {
  World world;
  EXPECT_EQ(world.find("k1", seconds(2)), "found");
  EXPECT_GT(world.time_given, seconds(1)) << "who has no key waits for it";
  world.clock.advance(KeySource::kOldAfter);
  EXPECT_EQ(world.find("k1", seconds(2)), "found");
  EXPECT_LE(world.time_given, seconds(1));
  world.clock.advance(KeySource::kOldAfter);
  EXPECT_EQ(world.find("k1", std::chrono::hours(1)), "found");
  EXPECT_LE(world.time_given, KeySource::kRenewPatience);
}

TEST(KeySource, KeepsItsKeysWhenAFetchFails) {
  World world;
  EXPECT_EQ(world.find("k1"), "found");
  for (const base::Result<std::string>& bad :
       {down(), base::Result<std::string>("<html>"), base::Result<std::string>("")}) {
    world.set(bad);
    world.clock.advance(KeySource::kOldAfter);
    const int before = world.fetches;
    EXPECT_EQ(world.find("k1"), "found");
    EXPECT_EQ(world.fetches, before + 1);
    EXPECT_EQ(world.find("k1"), "found");
    EXPECT_EQ(world.find("k2"), "unavailable") << "the issuer could not be asked about it";
    EXPECT_EQ(world.fetches, before + 1);
    world.clock.advance(Verifier::kRefreshEvery);
    EXPECT_EQ(world.find("k1"), "found");
    EXPECT_EQ(world.fetches, before + 2) << "it tries again, long before the set would be old anew";
  }
  EXPECT_EQ(world.count("failed"), 2U);
  EXPECT_EQ(world.count("invalid"), 4U);
  world.set(key_set_of({test_signer(kEdDsa).jwk("k2")}));
  world.clock.advance(Verifier::kRefreshEvery);
  EXPECT_EQ(world.find("k2"), "found");
}

TEST(KeySource, WithoutAnyKeysItIsUnavailableAndTriesMoreAndMoreRarely) {
  World world;
  world.set(down());
  EXPECT_EQ(world.find("k1"), "unavailable");
  EXPECT_EQ(world.find("k1"), "unavailable");
  EXPECT_EQ(world.fetches, 1);
  int expected = 1;
  for (const int wait_s : {1, 2, 4, 8, 16, 30, 30}) {
    world.clock.advance(seconds(wait_s) - milliseconds(1));
    EXPECT_EQ(world.find("k1"), "unavailable");
    EXPECT_EQ(world.fetches, expected) << wait_s;
    world.clock.advance(milliseconds(1));
    EXPECT_EQ(world.find("k1"), "unavailable");
    EXPECT_EQ(world.fetches, ++expected) << wait_s;
  }
  const base::Result<KeySource::Found> found = world.source.find("k1", base::Deadline::never());
  EXPECT_EQ(found.error().retry_after_s, 30U);
  EXPECT_EQ(found.error().message.find("no connection"), std::string::npos) << "that is for the log";
  EXPECT_NE(world.lines.find("no connection"), std::string::npos);
  world.set(key_set_of({test_signer(kEdDsa).jwk("k1")}));
  world.clock.advance(Verifier::kRefreshEvery);
  EXPECT_EQ(world.find("k1"), "found");
}

TEST(KeySource, OneThreadFetchesForAll) {
  World world;
  constexpr int kThreads = 12;
  std::latch all_here(kThreads);
  world.during = [&] { all_here.wait(); };  // the fetch ends only after every thread has begun
  std::atomic<int> found{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      all_here.count_down();
      found += world.find("k1") == "found" ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, kThreads);
  EXPECT_EQ(world.fetches, 1);
}

TEST(KeySource, WhoHasTheirKeyDoesNotWaitForAFetch) {
  World world;
  EXPECT_EQ(world.find("k1"), "found");
  world.clock.advance(Verifier::kRefreshEvery);
  std::latch fetching(1), done(1);
  world.during = [&] {
    fetching.count_down();
    done.wait();
  };
  std::thread asks_for_more([&] { EXPECT_EQ(world.find("k2"), "key"); });
  fetching.wait();
  EXPECT_EQ(world.find("k1"), "found");
  EXPECT_EQ(world.source.generation(base::Deadline::never()), 1U);
  EXPECT_EQ(world.find("k3", milliseconds(1)), "unavailable") << "who waits, waits no longer than they may";
  done.count_down();
  asks_for_more.join();
  EXPECT_EQ(world.fetches, 2);
}

TEST(KeySource, ACallThatIsOutOfTimeDoesNotSpendTheFetch) {
  World world;
  EXPECT_EQ(world.find("k1", milliseconds(0)), "unavailable");
  EXPECT_EQ(world.fetches, 0);
  EXPECT_EQ(world.find("k1"), "found");
}

TEST(KeySource, ReadsAFileByTheSameRules) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "key_source_test.json";
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  std::filesystem::remove(file);
  World world;
  world.issuer.jwks_url.clear();
  world.issuer.jwks_file = file;
  EXPECT_EQ(world.find("k1"), "unavailable") << "there is no file yet";
  write(key_set_of({test_signer(kEdDsa).jwk("k1")}));
  EXPECT_EQ(world.find("k1"), "unavailable");
  world.clock.advance(seconds(1));
  EXPECT_EQ(world.find("k1"), "found");
  write(key_set_of({test_signer(kEdDsa).jwk("k2")}));
  EXPECT_EQ(world.find("k2"), "key");
  world.clock.advance(Verifier::kRefreshEvery);
  EXPECT_EQ(world.find("k2"), "found");
  write(R"({"keys":[]})" + std::string(KeySet::kBytesMax, ' '));
  world.clock.advance(Verifier::kRefreshEvery);
  EXPECT_EQ(world.find("k3"), "unavailable") << "it is too large";
  EXPECT_EQ(world.find("k2"), "found");
  EXPECT_EQ(world.fetches, 0);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace identity

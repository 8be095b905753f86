// Runs that are cut off, checks by the timer, and several workers at once.

#include "databases/workers.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "databases/databases_test_support.h"

namespace databases {
namespace {

using operations::Status;
using std::chrono::hours;
using std::chrono::minutes;

struct WorkersTest : testing::Test {
  store::MemoryTable table;
  Deployment home{table};

  // A worker that dies after it has claimed a run, and before it has done anything.
  void die_in_a_run() {
    ASSERT_TRUE(home.databases.claim("a worker that dies", false, minutes(12), home.never).value());
  }
  // The same after it has done it.
  void die_after_a_run() {
    const std::optional<Job> job = home.databases.claim("a worker that dies", false, minutes(12), home.never).value();
    ASSERT_TRUE(job);
    ASSERT_TRUE(home.databases.perform(*job, home.never));
  }
  std::string approved(const std::string& uuid) {
    const std::string id = home.plan(uuid).value().run.id;
    CHECK(home.workers.step(), "a plan is made");
    CHECK(home.approve(uuid, id, home.run(uuid, id).digest).has_value(), "a plan is approved");
    return id;
  }
};

TEST_F(WorkersTest, AnApplicationThatWasCutOffIsBegunAgain) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a\nstatement b"));
  const std::string id = home.apply(uuid, approved(uuid)).value().run.id;
  die_after_a_run();
  EXPECT_EQ(home.run(uuid, id).status, Status::kInProgress);
  EXPECT_EQ(home.operations.get(id, home.never).value()->status, Status::kInProgress);

  Deployment restarted(table);
  restarted.runner.set_state(uuid, {"a"});  // half of it was done
  ASSERT_TRUE(restarted.workers.step());
  const databases::Run run = restarted.run(uuid, id);
  EXPECT_EQ(run.status, Status::kSuccess);
  EXPECT_EQ(run.attempts, 2);
  EXPECT_EQ(restarted.runner.calls(), std::vector<std::string>{"apply shop again"});
  EXPECT_EQ(restarted.seen(uuid).database.in_force, 1);
}

TEST_F(WorkersTest, AnotherServersRunIsLeftAloneUntilItsLeaseHasRunOut) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  const std::string id = home.plan(uuid).value().run.id;
  const std::optional<Job> job = home.databases.claim("another server", false, minutes(12), home.never).value();
  ASSERT_TRUE(job);
  Workers other(home.databases, home.clock, home.entropy, home.log, home.metrics, {.threads = 0, .alone = false}, {});
  EXPECT_FALSE(other.step());
  home.clock.advance(minutes(13));
  EXPECT_TRUE(other.step());
  EXPECT_EQ(home.run(uuid, id).status, Status::kSuccess);
  // The first one was not dead after all: it changes nothing.
  EXPECT_EQ(code_of(home.databases.finish(*job, base::fail(base::Code::kUnavailable, "late"), home.never)),
            base::Code::kConflict);
  EXPECT_EQ(home.run(uuid, id).status, Status::kSuccess);
}

TEST_F(WorkersTest, ARunThatKillsTheServerIsGivenUp) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  const std::string id = home.plan(uuid).value().run.id;
  for (int i = 0; i < base::limits::kRunAttemptsMax; ++i) {
    die_in_a_run();
    home.clock.advance(minutes(13));
  }
  ASSERT_TRUE(home.workers.step());
  const databases::Run run = home.run(uuid, id);
  EXPECT_EQ(run.status, Status::kFailed);
  EXPECT_EQ(run.reason, "It was begun 3 times, and the server was cut off each time.");
  EXPECT_TRUE(home.runner.calls().empty());
}

TEST_F(WorkersTest, ADatabaseThatDoesNotAnswer) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  home.runner.set_down(true);
  const std::string id = home.plan(uuid).value().run.id;
  ASSERT_TRUE(home.workers.step());
  EXPECT_EQ(home.run(uuid, id).reason, "The database does not answer.");
  EXPECT_EQ(home.operations.get(id, home.never).value()->reason, "The database does not answer.");
  home.runner.set_down(false);
  EXPECT_TRUE(home.plan(uuid));
}

TEST_F(WorkersTest, ChecksByTheTimerFindDriftOnce) {
  const std::string uuid = home.registered("shop", 0, 3600);
  ASSERT_TRUE(home.put_spec(uuid, "statement a\nstatement b"));
  home.clock.advance(hours(3));
  EXPECT_FALSE(home.workers.step()) << "nothing is in force";
  home.brought_about(uuid);
  EXPECT_FALSE(home.workers.step()) << "not yet";
  const std::size_t before = home.history(uuid).size();

  home.clock.advance(hours(2));
  ASSERT_TRUE(home.workers.step());
  EXPECT_FALSE(home.workers.step());
  EXPECT_EQ(home.seen(uuid).checks.found, Found::kInSync);
  EXPECT_EQ(home.history(uuid).size(), before + 1);
  home.clock.advance(hours(2));
  ASSERT_TRUE(home.workers.step());
  EXPECT_EQ(home.seen(uuid).checks.times, 2);
  EXPECT_EQ(home.history(uuid).size(), before + 1) << "the same again is no new entry";

  home.runner.set_state(uuid, {"a"});  // somebody took b back by hand
  home.clock.advance(hours(2));
  ASSERT_TRUE(home.workers.step());
  const Checks drift = home.seen(uuid).checks;
  EXPECT_EQ(drift.found, Found::kDrift);
  EXPECT_EQ(drift.times, 1);
  EXPECT_EQ(home.history(uuid).size(), before + 2);
  EXPECT_EQ(home.history(uuid).front().id, drift.run_id);
  EXPECT_EQ(home.run(uuid, drift.run_id).statements, 1);
  EXPECT_EQ(home.run(uuid, drift.run_id).started_by, "system");

  home.runner.set_down(true);
  home.clock.advance(hours(2));
  ASSERT_TRUE(home.workers.step());
  EXPECT_EQ(home.seen(uuid).checks.found, Found::kFailed);
  EXPECT_EQ(home.seen(uuid).checks.reason, "The database does not answer.");
  const std::string metrics = home.metrics.render();
  EXPECT_NE(metrics.find(R"(stewardry_database_checks_total{found="in-sync"} 2)"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find(R"(stewardry_database_checks_total{found="drift"} 1)"), std::string::npos);
  EXPECT_NE(metrics.find(R"(stewardry_database_checks_total{found="failed"} 1)"), std::string::npos);
  EXPECT_NE(metrics.find(R"(stewardry_database_runs_total{kind="apply",outcome="success"} 1)"), std::string::npos);
}

TEST_F(WorkersTest, AnIntervalOfNothingStopsTheChecks) {
  const std::string uuid = home.registered("shop", 0, 60);
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  home.brought_about(uuid);
  const std::string id = user(0);
  const auto set = [&](std::int64_t seconds) {
    return home.transact([&](store::Transaction& tx) {
      return home.databases.change(tx, home.actor(id), uuid, {.name = {}, .description = {}, .check_every_s = seconds},
                                   [](store::Version) { return base::Result<void>(); });
    });
  };
  EXPECT_EQ(code_of(set(59)), base::Code::kImpossible);
  EXPECT_EQ(code_of(set(-1)), base::Code::kImpossible);
  ASSERT_TRUE(set(0));
  home.clock.advance(hours(1));
  EXPECT_FALSE(home.workers.step());
  ASSERT_TRUE(set(60));
  home.clock.advance(minutes(2));
  EXPECT_TRUE(home.workers.step());
}

TEST_F(WorkersTest, DueTimesAreSpread) {
  std::set<base::Time> times;
  for (int i = 0; i < 20; ++i) {
    const std::string uuid = home.registered(fmt::format("shop{}", i), 0, 36'000);
    ASSERT_TRUE(home.put_spec(uuid, "statement a"));
    home.brought_about(uuid);
    const base::Time next = home.seen(uuid).checks.next_at.value();
    EXPECT_GE(next, home.clock.now() + hours(9));
    EXPECT_LE(next, home.clock.now() + hours(11));
    times.insert(next);
  }
  EXPECT_GT(times.size(), 10U);
}

TEST_F(WorkersTest, ADamagedRunDoesNotHoldUpTheOthers) {
  store::Item damaged{.key = {"database#x", "run#0"},
                      .index = store::Key{std::string(kOpenRuns), "0"},
                      .type = "damaged",
                      .attributes = "[]"};
  ASSERT_TRUE(table.write(std::vector<store::Write>{store::Put{damaged, store::Absent{}}}, home.never));
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  const std::string id = home.plan(uuid).value().run.id;
  EXPECT_TRUE(home.workers.step());
  EXPECT_EQ(home.run(uuid, id).status, Status::kSuccess);
}

TEST_F(WorkersTest, ManyThreadsDoEachRunOnce) {
  constexpr int kDatabases = 12;
  std::vector<std::pair<std::string, std::string>> runs;
  for (int i = 0; i < kDatabases; ++i) {
    const std::string uuid = home.registered(fmt::format("shop{}", i));
    ASSERT_TRUE(home.put_spec(uuid, "statement a"));
    runs.emplace_back(uuid, home.plan(uuid).value().run.id);
  }
  std::atomic<int> now = 0, most = 0;
  home.runner.while_running = [&] {
    const int running = ++now;
    for (int seen = most; running > seen && !most.compare_exchange_weak(seen, running);) {
    }
    std::this_thread::yield();
    --now;
  };
  std::mutex mutex;
  std::condition_variable all;
  int ended = 0;
  {
    Workers pool(home.databases, home.clock, home.entropy, home.log, home.metrics,
                 {.threads = 3, .poll = std::chrono::milliseconds(20)}, [&](const operations::Operation&) {
                   const std::lock_guard lock(mutex);
                   ++ended;
                   all.notify_all();
                 });
    pool.kick();
    std::unique_lock lock(mutex);
    ASSERT_TRUE(all.wait_for(lock, std::chrono::seconds(60), [&] { return ended == kDatabases; }));
  }
  for (const auto& [uuid, id] : runs) EXPECT_EQ(home.run(uuid, id).status, Status::kSuccess);
  EXPECT_EQ(home.runner.calls().size(), static_cast<std::size_t>(kDatabases));
  EXPECT_LE(most, 3);
}

TEST_F(WorkersTest, RequestsAtOnceStartOneRun) {
  const std::string uuid = home.registered("shop");
  ASSERT_TRUE(home.put_spec(uuid, "statement a"));
  std::atomic<int> started = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const base::Result<Started> tried = home.plan(uuid);
      if (tried)
        ++started;
      else if (tried.error().code == base::Code::kConflict)
        ++refused;
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(started, 1);
  EXPECT_EQ(refused, 7);
}

}  // namespace
}  // namespace databases

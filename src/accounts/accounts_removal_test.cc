// Removing under fire. The invariant: no link stands on an account that is gone, or in a workspace for which the
// account is not enabled; whatever else happens at the same time, and wherever the process dies.

#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "accounts/accounts_test_support.h"

namespace accounts {
namespace {

using base::Code;

class Removal : public testing::Test {
 protected:
  // An account with one public and one private workspace.
  std::string enabled_account() {
    const std::string uuid = server.registered(0);
    EXPECT_TRUE(server.enable(uuid, 0, true));
    EXPECT_TRUE(server.enable(uuid, 1, false));
    return uuid;
  }
  bool is_there(const std::string& uuid) { return bench.table.get(account_key(uuid), bench.never)->has_value(); }

  Bench bench;
  Server server{bench};  // the one that does not die
};

TEST_F(Removal, WhatIsRefusedChangesNothing) {
  const std::string uuid = enabled_account();
  ASSERT_TRUE(server.place_node(uuid, 0, "n1"));
  const std::vector<store::Item> before = bench.state_of(uuid);
  const base::Result<void> disabled = server.disable(uuid, 0);
  EXPECT_EQ(disabled.error().code, Code::kConflict);
  EXPECT_NE(disabled.error().message.find("1 compute node stands"), std::string::npos) << disabled.error().message;
  EXPECT_EQ(server.close(uuid, false).error().code, Code::kConflict);
  const auto stale = [](store::Version) -> base::Result<void> {
    return base::fail(Code::kPreconditionFailed, "It has changed.");
  };
  EXPECT_EQ(server.accounts.close({user(0), "request"}, uuid, true, stale, bench.never).error().code,
            Code::kPreconditionFailed);
  EXPECT_EQ(server.accounts.disable({user(0), "request"}, uuid, workspace(1), stale, bench.never).error().code,
            Code::kPreconditionFailed);
  EXPECT_EQ(server.accounts.close({user(1), "request"}, uuid, true, any_version, bench.never).error().code,
            Code::kForbidden);
  EXPECT_EQ(server.accounts.close({user(3), "request"}, uuid, true, any_version, bench.never).error().code,
            Code::kNotFound);
  EXPECT_EQ(server.accounts.disable({user(1), "request"}, uuid, workspace(1), any_version, bench.never).error().code,
            Code::kForbidden);
  EXPECT_EQ(bench.state_of(uuid), before);
}

TEST_F(Removal, TheMessageCountsTheNodes) {
  const std::string uuid = enabled_account();
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(server.place_node(uuid, 0, fmt::format("n{}", n)));
  ASSERT_TRUE(server.place_node(uuid, -1, "alone"));
  EXPECT_NE(server.disable(uuid, 0).error().message.find("3 compute nodes stand"), std::string::npos);
  EXPECT_NE(server.close(uuid, false).error().message.find("4 compute nodes stand"), std::string::npos);
  EXPECT_TRUE(server.disable(uuid, 1)) << "nothing stands there";
}

TEST_F(Removal, AForcedDeletionWaitsForTheLastNode) {
  const std::string uuid = enabled_account();
  ASSERT_TRUE(server.place_node(uuid, 0, "n1"));
  const Accounts::Closed closed = server.close(uuid, true).value();
  EXPECT_FALSE(closed.done);
  EXPECT_EQ(closed.account.status, AccountStatus::kDeleting);
  EXPECT_EQ(server.accounts.closed_accounts(bench.never).value(), std::vector<std::string>{uuid});
  EXPECT_EQ(server.place_node(uuid, 0, "n2").error().code, Code::kConflict);
  EXPECT_EQ(server.enable(uuid, 1, true).error().code, Code::kConflict);
  EXPECT_FALSE(server.accounts.remove_if_empty({audit::kSystem, "request"}, uuid, bench.never).value());
  EXPECT_FALSE(server.close(uuid, true)->done) << "again";
  ASSERT_TRUE(server.take_node(uuid, 0, "n1"));
  EXPECT_TRUE(server.accounts.remove_if_empty({audit::kSystem, "request"}, uuid, bench.never).value());
  EXPECT_TRUE(bench.state_of(uuid).empty());
}

// Before the n-th write of a removal another request comes through, for every n and every kind of request.
TEST_F(Removal, NothingIsLeftBehindWhateverComesBetween) {
  const std::vector<std::string> removals = {"disable", "close", "force"};
  const std::vector<std::string> others = {
      "place", "place alone", "place as administrator", "disable", "close", "force", "publish", "pause", "enable"};
  int rounds = 0;
  for (const std::string& removal : removals) {
    for (const std::string& other : others) {
      for (int at = 1; at <= 6; ++at) {
        Bench own;
        Server first(own), second(own);
        const std::string uuid = first.registered(0);
        ASSERT_TRUE(first.enable(uuid, 0, true));
        ASSERT_TRUE(first.enable(uuid, 1, false));
        const int before = first.table.writes();
        first.table.before_each_write([&](int number) {
          if (number != before + at) return;
          ++rounds;
          if (other == "place") (void)second.place_node(uuid, 0, "n");
          if (other == "place alone") (void)second.place_node(uuid, -1, "n");
          if (other == "place as administrator") (void)second.place_node(uuid, 0, "n", 1);
          if (other == "disable") (void)second.disable(uuid, 0);
          if (other == "close") (void)second.close(uuid, false);
          if (other == "force") (void)second.close(uuid, true);
          if (other == "publish" || other == "enable") {
            (void)second.transact([&](store::Transaction& tx) {
              return second.accounts.change_enablement(tx, {user(0), "request"}, uuid, workspace(0), other == "publish",
                                                       any_version);
            });
          }
          if (other == "pause") {
            (void)second.transact([&](store::Transaction& tx) {
              return second.accounts.change(tx, {user(0), "request"}, uuid, {.status = AccountStatus::kPaused},
                                            any_version);
            });
          }
        });
        if (removal == "disable") (void)first.disable(uuid, 0);
        if (removal == "close") (void)first.close(uuid, false);
        if (removal == "force") (void)first.close(uuid, true);
        ASSERT_EQ(own.orphans_of(uuid), "") << removal << ", and before its write " << at << ": " << other;
      }
    }
  }
  EXPECT_GT(rounds, 80) << "the other request did come between";
}

// Two deletions without force, and a node between them. The first opens the door again while the second takes the
// enablements away; the second must stop, or what is made through the open door stands where nothing is enabled.
TEST_F(Removal, ADoorThatWasOpenedAgainStopsTheOtherRemoval) {
  const std::string uuid = enabled_account();
  Server other(bench), bystander(bench);
  const int before = other.table.writes();
  other.table.before_each_write([&](int number) {
    if (number != before + 2) return;  // it has closed and counted, and is about to take the first enablement
    store::Transaction tx(bench.table, bench.never);
    Account account = read_account(*tx.get(account_key(uuid)).value()).value();
    ASSERT_EQ(account.status, AccountStatus::kDeleting);
    account.status = AccountStatus::kEnabled;  // as reopen() does for a deletion that found a node
    tx.put(item_of(account));
    ASSERT_TRUE(tx.commit());
    ASSERT_TRUE(bystander.place_node(uuid, 0, "late"));
  });
  const base::Result<Accounts::Closed> closed = other.close(uuid, false);
  EXPECT_EQ(closed.error().code, Code::kConflict) << "not: done, and not: to be gone on with by force";
  EXPECT_EQ(bench.orphans_of(uuid), "");
  EXPECT_TRUE(is_there(uuid));
  EXPECT_EQ(server.accounts.enablements(user(0), uuid, bench.never)->size(), 2U);
}

// While a deletion without force has the door closed, the node in its way goes. The deletion is about to be refused;
// the end of the node must not remove the account behind its back.
TEST_F(Removal, OnlyAForcedDeletionIsFinishedByOthers) {
  const std::string uuid = enabled_account();
  Server other(bench);
  const int before = other.table.writes();
  other.table.before_each_write([&](int number) {
    if (number == before + 1) {
      ASSERT_TRUE(server.place_node(uuid, 0, "n"));
    }
    if (number == before + 2) {  // closed, and counted one node; now it opens the door
      ASSERT_TRUE(server.take_node(uuid, 0, "n"));
      EXPECT_FALSE(server.accounts.remove_if_empty({audit::kSystem, "request"}, uuid, bench.never).value());
    }
  });
  EXPECT_EQ(other.close(uuid, false).error().code, Code::kConflict);
  ASSERT_TRUE(is_there(uuid));
  EXPECT_EQ(server.accounts.get(user(0), uuid, bench.never)->account.status, AccountStatus::kEnabled);
}

struct Crash {
  int write;
  TableProbe::Death death;
};

// Every place at which a removal that makes `writes` writes can die.
std::vector<Crash> crashes(int writes) {
  std::vector<Crash> all;
  for (int n = 1; n <= writes; ++n)
    for (const TableProbe::Death death : {TableProbe::Death::kBefore, TableProbe::Death::kAfter})
      all.push_back({n, death});
  return all;
}

TEST_F(Removal, ADisableThatDiesIsFinishedByTheSameRequest) {
  int died = 0;
  for (const Crash& crash : crashes(4)) {
    Bench own;
    Server steady(own), dying(own);
    const std::string uuid = steady.registered(0);
    ASSERT_TRUE(steady.enable(uuid, 0, true));
    dying.table.die_at(crash.write, crash.death);
    const base::Result<void> first = dying.disable(uuid, 0);
    if (!first) {
      ++died;
      EXPECT_EQ(first.error().code, Code::kUnavailable);
    }
    EXPECT_EQ(own.orphans_of(uuid), "");
    const base::Result<void> again = steady.disable(uuid, 0);
    EXPECT_TRUE(again || again.error().code == Code::kNotFound);
    EXPECT_TRUE(steady.accounts.enablements(user(0), uuid, own.never)->empty());
    EXPECT_TRUE(steady.enable(uuid, 0, true)) << "and it can be enabled anew";
  }
  EXPECT_EQ(died, 4);
}

TEST_F(Removal, ACloseThatDiesIsFinishedByTheSameRequest) {
  int died = 0;
  for (const bool force : {false, true}) {
    for (const Crash& crash : crashes(6)) {
      Bench own;
      Server steady(own), dying(own);
      const std::string uuid = steady.registered(0);
      ASSERT_TRUE(steady.enable(uuid, 0, true));
      ASSERT_TRUE(steady.enable(uuid, 1, true));
      dying.table.die_at(crash.write, crash.death);
      const base::Result<Accounts::Closed> first = dying.close(uuid, force);
      if (!first) ++died;
      EXPECT_EQ(own.orphans_of(uuid), "");
      const base::Result<Accounts::Closed> again = steady.close(uuid, force);
      if (again)
        EXPECT_TRUE(again->done);
      else
        EXPECT_EQ(again.error().code, Code::kNotFound);
      EXPECT_TRUE(own.state_of(uuid).empty()) << force << " " << crash.write;
    }
  }
  EXPECT_EQ(died, 2 * 2 * 4) << "closing, two enablements, the account: each dies in two ways";
}

TEST_F(Removal, AForcedDeletionThatDiesIsOnRecordForTheJanitor) {
  int taken_up = 0;
  for (const Crash& crash : crashes(6)) {
    Bench own;
    Server steady(own), dying(own);
    const std::string uuid = steady.registered(0);
    ASSERT_TRUE(steady.enable(uuid, 0, true));
    ASSERT_TRUE(steady.place_node(uuid, 0, "n"));
    ASSERT_FALSE(steady.close(uuid, true)->done);
    ASSERT_TRUE(steady.take_node(uuid, 0, "n"));
    dying.table.die_at(crash.write, crash.death);
    (void)dying.accounts.remove_if_empty({audit::kSystem, "request"}, uuid, own.never);
    const std::vector<std::string> closed = steady.accounts.closed_accounts(own.never).value();
    for (const std::string& each : closed) {
      ++taken_up;
      EXPECT_TRUE(steady.accounts.remove_if_empty({audit::kSystem, "request"}, each, own.never).value());
    }
    EXPECT_TRUE(own.state_of(uuid).empty());
  }
  EXPECT_EQ(taken_up, 3);
}

// A deletion without force closed the door, found a node, and died before it opened it again. The account must not stay
// closed for ever: its owner would have to delete every node in order to get it back.
TEST_F(Removal, ADoorThatADeadProcessLeftClosedIsOpenedByTheNextRefusal) {
  const std::string uuid = enabled_account();
  Server dying(bench);
  dying.table.die_at(2, TableProbe::Death::kBefore);
  dying.table.before_each_write([&](int number) {
    if (number == 1) {
      ASSERT_TRUE(server.place_node(uuid, 0, "n"));
    }
  });
  ASSERT_EQ(dying.close(uuid, false).error().code, Code::kUnavailable);
  ASSERT_EQ(server.accounts.get(user(0), uuid, bench.never)->account.status, AccountStatus::kDeleting);
  EXPECT_EQ(server.close(uuid, false).error().code, Code::kConflict);
  EXPECT_EQ(server.accounts.get(user(0), uuid, bench.never)->account.status, AccountStatus::kEnabled);
  EXPECT_TRUE(server.place_node(uuid, 0, "n2"));
}

TEST_F(Removal, ADisableThatAnotherEnablesAgainSaysSo) {
  const std::string uuid = enabled_account();
  Server other(bench);
  other.table.before_each_write([&](int number) {
    if (number != 2) return;
    ASSERT_TRUE(server.transact([&](store::Transaction& tx) {
      return server.accounts.change_enablement(tx, {user(0), "request"}, uuid, workspace(0), false, any_version);
    }));
    ASSERT_TRUE(server.place_node(uuid, 0, "n"));
  });
  EXPECT_EQ(other.disable(uuid, 0).error().code, Code::kConflict);
  EXPECT_EQ(bench.orphans_of(uuid), "");
}

// Everything at once, for a while. An account that is gone is followed by a new one.
TEST_F(Removal, NothingIsLeftBehindUnderLoad) {
  constexpr std::size_t kAccounts = 3;
  std::mutex mutex;
  std::vector<std::string> open, every;
  const auto add = [&] {  // under the mutex
    const std::string uuid =
        server.registered(0, std::to_string(100'000'000'000 + static_cast<long long>(every.size())));
    every.push_back(uuid);
    return uuid;
  };
  for (std::size_t a = 0; a < kAccounts; ++a) open.push_back(add());
  const auto pick = [&](std::mt19937& random) {
    const std::lock_guard lock(mutex);
    return open[random() % kAccounts];
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
  std::atomic<int> placed{0}, disabled{0}, closed{0};
  const auto place = [&](std::mt19937& random) {
    const std::string uuid = pick(random), node = fmt::format("node-{}", random());
    const int w = static_cast<int>(random() % 3) - 1;
    if (!server.place_node(uuid, w, node)) return;
    ++placed;
    if (random() % 8 != 0) (void)server.take_node(uuid, w, node);
  };
  const auto disable = [&](std::mt19937& random) {
    const std::string uuid = pick(random);
    const int w = static_cast<int>(random() % 2);
    (void)server.enable(uuid, w, random() % 2 == 0);
    if (server.disable(uuid, w)) ++disabled;
  };
  const auto close = [&](std::mt19937& random) {
    const std::string uuid = pick(random);
    const base::Result<Accounts::Closed> done = server.close(uuid, random() % 32 == 0);
    if (!done) return;
    if (done->done) ++closed;
    const std::lock_guard lock(mutex);
    std::replace(open.begin(), open.end(), uuid, add());
  };
  const auto run = [&](auto work, unsigned seed) {
    return std::thread([&end, work, seed] {
      std::mt19937 random(seed);
      while (std::chrono::steady_clock::now() < end) work(random);
    });
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 2; ++t) {
    threads.push_back(run(place, t));
    threads.push_back(run(disable, 10 + t));
    threads.push_back(run(close, 20 + t));
  }
  for (std::thread& each : threads) each.join();
  for (const std::string& uuid : every) EXPECT_EQ(bench.orphans_of(uuid), "");
  EXPECT_GT(placed, 0);
  EXPECT_GT(disabled, 0);
  EXPECT_GT(closed, 0);
}

}  // namespace
}  // namespace accounts

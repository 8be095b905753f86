// Lists of nodes by pages: any limit gives the same sequence, sorted by the bytes of the name or by time; what
// others do in between does not disturb what they leave alone; the work is bounded.

#include <set>

#include <gtest/gtest.h>

#include "authz/reach.h"
#include "nodes/listed.h"
#include "nodes/nodes_test_support.h"

namespace nodes {
namespace {

using authz::Scope;

class Listing : public testing::Test {
 protected:
  Listing() : account(server.registered(0)) {
    EXPECT_TRUE(server.enable(account, 0, true));
    EXPECT_TRUE(server.enable(account, 1, false));
  }

  struct Walk {
    std::vector<std::string> uuids;
    std::vector<std::size_t> totals;
  };
  // All pages one after the other; `between` is called after each.
  Walk walk(int who, ListQuery query, const std::function<void()>& between = [] {}) {
    Walk found;
    for (int pages = 0; pages < 1000; ++pages) {
      const NodeList page = server.nodes.list(user(who), query, bench.never).value();
      for (const SeenNode& each : page.nodes) found.uuids.push_back(each.node.uuid);
      found.totals.push_back(page.total);
      if (!page.next) return found;
      EXPECT_EQ(page.nodes.size(), query.limit) << "a page that is not the last one is full";
      query.after = *page.next;
      between();
    }
    ADD_FAILURE() << "the pages have no end";
    return found;
  }
  static ListQuery in_workspace(std::size_t limit, bool count = false) {
    return {.kind = ListKind::kWorkspace, .workspace_id = workspace(0), .after = "", .limit = limit, .count = count};
  }

  accounts::Bench bench;
  Server server{bench};
  std::string account;
};

TEST_F(Listing, EveryLimitGivesTheSameSequenceAndTheCountIsExact) {
  // Many of one name, names that are prefixes of others, and names that only bytes tell apart.
  const std::vector<std::string> names = {
      "a", "a", "a", "a", "a b", "ab", "A", "Z", "\xc3\xa9", "e\xcc\x81", "\xf0\x9f\x92\xa9", "#", "~"};
  std::vector<std::pair<std::string, std::string>> expected;
  for (std::size_t i = 0; i < names.size() * 2; ++i) {
    const std::string name = names[i % names.size()];
    const std::string uuid = server.running(0, account, 0, name);
    if (i % 2 == 0) {  // every other one is open to the workspace; user 2 sees those alone
      ASSERT_TRUE(server.set_scope(0, uuid, Scope::kWorkspace));
      expected.emplace_back(name, uuid);
    }
  }
  std::stable_sort(expected.begin(), expected.end(), [](auto& a, auto& b) { return a.first < b.first; });
  std::vector<std::string> sorted;
  for (const auto& [name, uuid] : expected) sorted.push_back(uuid);
  for (std::size_t limit = 1; limit <= 30; ++limit) {
    for (const bool count : {false, true}) {
      const Walk found = walk(2, in_workspace(limit, count));
      ASSERT_EQ(found.uuids, sorted) << limit;
      if (!count) continue;
      for (const std::size_t total : found.totals) EXPECT_EQ(total, sorted.size());
    }
  }
  EXPECT_EQ(walk(0, in_workspace(7)).uuids.size(), names.size() * 2) << "their owner sees them all";
}

TEST_F(Listing, OtherListsPageAlike) {
  std::vector<std::string> independent, all;
  for (int n = 0; n < 9; ++n) {
    independent.push_back(server.running(0, account, -1, fmt::format("n{}", n)));
    all.push_back(independent.back());
    all.push_back(server.running(0, account, n % 2, fmt::format("n{}~", n)));
  }
  for (std::size_t limit = 1; limit <= 20; ++limit) {
    EXPECT_EQ(walk(0, {.kind = ListKind::kIndependent, .workspace_id = "", .after = "", .limit = limit}).uuids,
              independent);
    EXPECT_EQ(walk(0, {.kind = ListKind::kAccountOwner, .workspace_id = "", .after = "", .limit = limit}).uuids, all);
  }
  EXPECT_TRUE(walk(1, {.kind = ListKind::kAccountOwner, .workspace_id = ""}).uuids.empty());
}

TEST_F(Listing, WhatOthersDoDoesNotDisturbWhatTheyLeaveAlone) {
  std::vector<std::string> still;
  std::vector<std::string> moving;
  for (int n = 0; n < 12; ++n) {
    still.push_back(server.running(0, account, 0, fmt::format("m{:02}", n)));
    moving.push_back(server.running(0, account, 0, fmt::format("m{:02}+", n)));
  }
  int step = 0;
  const Walk found = walk(0, in_workspace(2), [&] {
    const std::string& victim = moving[static_cast<std::size_t>(step) % moving.size()];
    if (step % 3 == 0) {
      ASSERT_TRUE(server.rename(0, victim, step % 2 == 0 ? "a" : "z"));
    }
    if (step % 3 == 1) {
      server.running(0, account, 0, step % 2 == 0 ? "a" : "m05");
    }
    if (step % 3 == 2) {
      ASSERT_TRUE(server.detach(0, victim));
    }
    ++step;
  });
  EXPECT_GT(step, 8);
  std::vector<std::string> left_alone;
  const std::set<std::string> set(still.begin(), still.end());
  for (const std::string& uuid : found.uuids)
    if (set.contains(uuid)) left_alone.push_back(uuid);
  EXPECT_EQ(left_alone, still) << "each once, in order";
}

// The index is asked, and then the nodes are read by key. The last node of the page is renamed in between: the page
// must end where the index said, or all the nodes up to the new name are left out.
TEST_F(Listing, ANodeThatIsRenamedBetweenTheTwoReadsHidesNoOther) {
  std::vector<std::string> all;
  for (const char* name : {"a", "b", "c", "d"}) all.push_back(server.running(0, account, 0, name));
  Server other(bench);
  bool done = false;
  server.table.before_each_get_many([&](int) {
    if (done) return;
    done = true;
    ASSERT_TRUE(other.rename(0, all[1], "z"));
  });
  const Walk found = walk(0, in_workspace(2));
  ASSERT_TRUE(done);
  const std::set<std::string> seen(found.uuids.begin(), found.uuids.end());
  EXPECT_EQ(seen, std::set<std::string>(all.begin(), all.end()));
}

// A walk over everything that user 2 reads, in each order, while the owner renames, makes, shares, detaches and
// deletes.
TEST_F(Listing, EveryOrderIsStableWhileOthersWrite) {
  for (const NodeSort sort : {NodeSort::kName, NodeSort::kCreated}) {
    for (const bool descending : {false, true}) {
      accounts::Bench other_bench;
      Server other(other_bench);
      const std::string on = other.registered(0);
      ASSERT_TRUE(other.enable(on, 0, true));
      std::vector<std::string> still, moving;
      for (int n = 0; n < 10; ++n) {
        for (std::vector<std::string>* list : {&still, &moving}) {
          list->push_back(other.running(0, on, 0, fmt::format("m{:02}{}", n, list == &moving ? "+" : "")));
          ASSERT_TRUE(other.set_scope(0, list->back(), Scope::kWorkspace));
        }
        other_bench.clock.advance(std::chrono::milliseconds(n % 2));
      }
      const auto sorted = [&](const std::string& left, const std::string& right) {
        const Node a = other.nodes.get(user(2), left, other_bench.never)->node;
        const Node b = other.nodes.get(user(2), right, other_bench.never)->node;
        return sort == NodeSort::kName ? a.name < b.name : a.created_at < b.created_at;
      };
      std::stable_sort(still.begin(), still.end(), sorted);  // those of one time: in the order in which they were made
      if (descending) std::reverse(still.begin(), still.end());

      ListQuery query{.kind = ListKind::kReachable, .workspace_id = "", .limit = 3, .sort = sort};
      query.descending = descending;
      std::vector<std::string> left_alone;
      std::set<std::string> seen;
      for (std::size_t step = 0; step < 100; ++step) {
        const NodeList page = other.nodes.list(user(2), query, other_bench.never).value();
        for (const SeenNode& each : page.nodes)
          if (std::find(still.begin(), still.end(), each.node.uuid) != still.end())
            left_alone.push_back(each.node.uuid);
        if (!page.next) break;
        query.after = *page.next;
        const std::string& victim = moving[step % moving.size()];
        if (step % 4 == 0) {
          ASSERT_TRUE(other.rename(0, victim, step % 8 == 0 ? "a" : "z"));
        }
        if (step % 4 == 1) {
          ASSERT_TRUE(other.set_scope(0, victim, Scope::kPrivate));
        }
        if (step % 4 == 2) {
          ASSERT_TRUE(other.end(other.remove(0, victim)->operation.id, operations::Status::kSuccess));
        }
        if (step % 4 == 3) {
          ASSERT_TRUE(other.set_scope(0, other.running(0, on, 0, "m05"), Scope::kWorkspace));
        }
      }
      EXPECT_EQ(left_alone, still) << "each once, in order; by " << json::name_of(sort) << ", " << descending;
    }
  }
}

// The node that ends a page is deleted between the two reads: the page is filled with those that follow.
TEST_F(Listing, ANodeThatGoesBetweenTheTwoReadsLeavesNoGap) {
  std::vector<std::string> all;
  for (const char* name : {"a", "b", "c", "d", "e"}) all.push_back(server.running(0, account, 0, name));
  Server other(bench);
  bool done = false;
  server.table.before_each_get_many([&](int) {
    if (done) return;
    done = true;
    ASSERT_TRUE(other.end(other.remove(0, all[1])->operation.id, operations::Status::kSuccess));
  });
  const Walk found = walk(0, in_workspace(2));
  ASSERT_TRUE(done);
  EXPECT_EQ(found.uuids, (std::vector<std::string>{all[0], all[2], all[3], all[4]}));
}

// What the filter was told of and what is read after it are two moments: what is shown is what was asked for.
TEST_F(Listing, ANodeThatChangesBetweenTheTwoReadsIsNotShownAsWhatItWas) {
  std::vector<std::string> all;
  for (const char* name : {"a", "b", "c"}) all.push_back(server.running(0, account, 0, name));
  Server other(bench);
  bool done = false;
  server.table.before_each_get_many([&](int) {
    if (done) return;
    done = true;
    ASSERT_TRUE(other.rename(0, all[0], "z"));
  });
  ListQuery query = in_workspace(10);
  query.name_prefix = "a";
  EXPECT_TRUE(walk(0, query).uuids.empty());
  ASSERT_TRUE(done);
}

// More entries than a page of the table, of which few are asked for: counted and walked through the facets alone.
TEST_F(Listing, FiltersAndCountsAgreeOverManyPages) {
  const std::string second = server.registered(0, "210987654321");
  ASSERT_TRUE(server.enable(second, 0, true));
  std::vector<std::string> expected;
  for (int n = 0; n < 2300; ++n) {
    const bool here = n % 500 == 499;
    const std::string name = fmt::format("{}{:04}", n % 2 == 0 ? "x" : "y", n);
    const Started made = server.create(0, here ? second : account, 0, name).value();
    if (here) expected.push_back(made.node.node.uuid);
  }
  for (const std::size_t limit : {1U, 2U, 3U, 4U, 5U}) {
    for (const NodeSort sort : {NodeSort::kName, NodeSort::kCreated}) {
      for (const bool descending : {false, true}) {
        ListQuery query{.kind = ListKind::kReachable, .workspace_id = "", .limit = limit, .count = true, .sort = sort};
        query.descending = descending;
        query.account_uuid = second;
        query.status = NodeStatus::kPending;
        query.name_prefix = "y";
        const Walk found = walk(0, query);
        EXPECT_EQ(std::set<std::string>(found.uuids.begin(), found.uuids.end()),
                  std::set<std::string>(expected.begin(), expected.end()));
        EXPECT_EQ(found.uuids.size(), expected.size());
        for (const std::size_t total : found.totals) EXPECT_EQ(total, expected.size());
      }
    }
  }
  ListQuery rare = in_workspace(2);
  rare.account_uuid = second;
  const int before = server.table.reads();
  EXPECT_EQ(server.nodes.list(user(0), rare, bench.never)->nodes.size(), 2U);
  EXPECT_LE(server.table.reads() - before, 6) << "by pages of entries, not node by node";
}

// A node is shown Paused while its account is, and so it is found as Paused, and not as Enabled.
TEST_F(Listing, TheStatusThatIsAskedForIsTheOneThatIsShown) {
  const std::string second = server.registered(0, "210987654321");
  const std::string by_account = server.running(0, second, -1, "by its account");
  const std::string by_owner = server.running(0, account, -1, "by its owner");
  const std::string enabled = server.running(0, account, -1, "enabled");
  const auto pause = [&](store::Transaction& tx) {
    return server.nodes.change(tx, {user(0), "r"}, by_owner, {{}, {}, NodeStatus::kPaused}, any_version);
  };
  ASSERT_TRUE(server.transact(pause));
  const auto pause_account = [&](store::Transaction& tx) {
    return server.accounts.change(tx, {user(0), "r"}, second, {{}, {}, accounts::AccountStatus::kPaused}, any_version);
  };
  ASSERT_TRUE(server.transact(pause_account));
  ListQuery query{.kind = ListKind::kReachable, .workspace_id = "", .count = true};
  query.status = NodeStatus::kPaused;
  EXPECT_EQ(walk(0, query).uuids, (std::vector<std::string>{by_account, by_owner}));
  EXPECT_EQ(walk(0, query).totals, std::vector<std::size_t>{2});
  query.status = NodeStatus::kEnabled;
  EXPECT_EQ(walk(0, query).uuids, std::vector<std::string>{enabled});
  query.status = NodeStatus::kFailed;
  EXPECT_EQ(walk(0, query).totals, std::vector<std::size_t>{0});
}

// The sets are changed behind our back, so that a stranger's walk meets the node: it is not shown.
TEST_F(Listing, AMistakeInTheSetsShowsNobodyANode) {
  const std::string uuid = server.running(0, account, 0, "private");
  const SeenPermissions stored = server.nodes.permissions(user(0), uuid, bench.never).value();
  store::Listing wrong = listing_of(stored.node, stored.permissions);
  const auto all = authz::sets_for(user(2), authz::Reach::kEverything, "", std::vector<catalog::WorkspaceMembership>{});
  wrong.sets = {all.begin(), all.end()};
  std::sort(wrong.sets.begin(), wrong.sets.end());
  ASSERT_TRUE(bench.table.write(std::vector<store::Write>{store::List{node_key(uuid), wrong}}, bench.never));
  const ListQuery query{.kind = ListKind::kReachable, .workspace_id = "", .count = true};
  EXPECT_EQ(walk(2, query).totals, std::vector<std::size_t>{1}) << "it does stand there";
  EXPECT_TRUE(walk(2, query).uuids.empty());

  wrong.facets = "nonsense";
  ASSERT_TRUE(bench.table.write(std::vector<store::Write>{store::List{node_key(uuid), wrong}}, bench.never));
  const base::Result<NodeList> damaged = server.nodes.list(user(2), query, bench.never);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, base::Code::kCorrupt);
}

// A grant and a renaming at the same moment: whoever comes second lists both.
TEST_F(Listing, TwoWritersOfOneNodeLoseNeitherSet) {
  const std::string uuid = server.running(0, account, 0, "before");
  Server other(bench);
  server.table.before_each_write([&](int write) {
    if (write == server.table.writes() && bench.table.get(node_key(uuid), bench.never)->value().version < 3) {
      ASSERT_TRUE(other.rename(0, uuid, "after"));
    }
  });
  ASSERT_TRUE(server.grant(0, uuid, Nodes::Grantee::kUser, user(2)));
  const NodeList list =
      server.nodes.list(user(2), {.kind = ListKind::kReachable, .workspace_id = ""}, bench.never).value();
  ASSERT_EQ(list.nodes.size(), 1U);
  const SeenPermissions stored = server.nodes.permissions(user(0), uuid, bench.never).value();
  const store::Listing listing = listing_of(stored.node, stored.permissions);
  EXPECT_EQ(listing.name, "after");
  const store::ListedPage page = bench.table.select({.sets = listing.sets}, bench.never).value();
  ASSERT_EQ(page.entries.size(), 1U);
  EXPECT_EQ(page.entries[0].name, "after");
}

TEST_F(Listing, ASmallPageAmongManyNodesOfOthersIsFewReads) {
  for (int n = 0; n < 300; ++n) ASSERT_TRUE(server.create(0, account, 0, fmt::format("private {:03}", n)));
  const std::string open = server.running(0, account, 0, "z");
  ASSERT_TRUE(server.set_scope(0, open, Scope::kWorkspace));
  const int before = server.table.reads();
  const NodeList page = server.nodes.list(user(2), in_workspace(1), bench.never).value();
  ASSERT_EQ(page.nodes.size(), 1U);
  EXPECT_EQ(page.nodes[0].node.uuid, open);
  EXPECT_LE(server.table.reads() - before, 3) << "the sets, the node, its account";
}

TEST_F(Listing, OneNodeIsTwoReadsAndThenOne) {
  const std::string uuid = server.running(0, account, 0, "n");
  ASSERT_TRUE(server.set_scope(0, uuid, Scope::kWorkspace));
  const int before = server.table.reads();
  ASSERT_TRUE(server.nodes.get(user(2), uuid, bench.never));
  EXPECT_EQ(server.table.reads() - before, 2) << "the node, and then the account that it names";
  ASSERT_TRUE(server.nodes.get(user(2), uuid, bench.never));
  EXPECT_EQ(server.table.reads() - before, 3) << "which is known from then on";
}

TEST_F(Listing, ADirectoryThatIsDownGivesNoEmptyList) {
  server.running(0, account, 0, "n");
  bench.directory.set_down(true);
  EXPECT_EQ(server.nodes.list(user(2), in_workspace(10), bench.never).error().code, base::Code::kUnavailable);
}

}  // namespace
}  // namespace nodes

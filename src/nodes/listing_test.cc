// Lists of nodes by pages: any limit gives the same sequence, sorted by the bytes of the name and then by id; what
// others do in between does not disturb what they leave alone; the work is bounded.

#include <set>

#include <gtest/gtest.h>

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
  std::sort(expected.begin(), expected.end());
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

TEST_F(Listing, ASmallPageAmongManyNodesOfOthersIsFewReads) {
  for (int n = 0; n < 300; ++n) ASSERT_TRUE(server.create(0, account, 0, fmt::format("private {:03}", n)));
  const std::string open = server.running(0, account, 0, "z");
  ASSERT_TRUE(server.set_scope(0, open, Scope::kWorkspace));
  const int before = server.table.reads();
  const NodeList page = server.nodes.list(user(2), in_workspace(1), bench.never).value();
  ASSERT_EQ(page.nodes.size(), 1U);
  EXPECT_EQ(page.nodes[0].node.uuid, open);
  EXPECT_LE(server.table.reads() - before, 8) << "not two for every two candidates";
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

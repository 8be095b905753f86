// One node: what is stored of it in an older form, and what is not there.

#include <gtest/gtest.h>

#include "json/encode.h"
#include "json/parse.h"
#include "nodes/nodes_test_support.h"

namespace nodes {
namespace {

class Reading : public testing::Test {
 protected:
  Reading() : account(server.registered(0)) {
    EXPECT_TRUE(server.enable(account, 0, true));
    uuid = server.running(1, account, 0, "n");
    EXPECT_TRUE(server.grant(1, uuid, Nodes::Grantee::kUser, user(2)));
  }
  authz::Verdict read_by(int who) {
    return server.nodes.decide(user(who), authz::NodeAction::kRead, uuid, bench.never)->value().verdict;
  }

  accounts::Bench bench;
  Server server{bench};
  std::string account, uuid;
};

TEST_F(Reading, ADecisionIsOneReadOfTheTable) {
  const int before = server.table.reads();
  EXPECT_EQ(read_by(2), authz::Verdict::kAllow);
  EXPECT_EQ(read_by(3), authz::Verdict::kHide);
  EXPECT_EQ(server.table.reads() - before, 2);
  EXPECT_FALSE(server.nodes.decide(user(0), authz::NodeAction::kRead, account, bench.never)->has_value())
      << "an id that is no node's";
}

// Permissions as they were stored before the facts of the node stood in them.
TEST_F(Reading, WhatWasStoredWithoutTheFactsIsDecidedAlike) {
  store::Transaction tx(bench.table, bench.never);
  store::Item item = tx.get(permissions_key(uuid)).value().value();
  json::Object old = json::parse(item.attributes)->as_object();
  for (const char* member : {"ownerId", "accountOwnerId", "workspaceId"}) EXPECT_EQ(old.erase(member), 1U);
  item.attributes = json::encode(json::Value(old));
  tx.put(item);
  ASSERT_TRUE(tx.commit());

  for (int who = 0; who < 3; ++who) EXPECT_EQ(read_by(who), authz::Verdict::kAllow) << who;
  EXPECT_EQ(read_by(3), authz::Verdict::kHide);
  ASSERT_TRUE(server.rename(1, uuid, "m"));
  const SeenPermissions now = server.nodes.permissions(user(1), uuid, bench.never).value();
  EXPECT_TRUE(now.permissions.has_facts_of(now.node)) << "the next write brings them";
  EXPECT_EQ(now.permissions.users.size(), 1U);
}

TEST_F(Reading, ANewOwnerDecidesFromTheChangeOn) {
  ASSERT_TRUE(server.hand_over(1, uuid, 2));
  EXPECT_EQ(read_by(1), authz::Verdict::kHide);
  EXPECT_TRUE(server.nodes.decide(user(2), authz::NodeAction::kDelete, uuid, bench.never)->value().allowed());
}

}  // namespace
}  // namespace nodes

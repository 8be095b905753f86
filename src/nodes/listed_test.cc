// What lists filter by without reading a node, as text and back.

#include "nodes/listed.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "json/describe.h"
#include "nodes/nodes_test_support.h"

namespace nodes {
namespace {

const std::string kAccount = "0194d8a0-0000-7000-8000-000000000001";

TEST(Facets, EveryStatusComesBack) {
  for (const auto& [status, name] : json::kEnumNames<NodeStatus>) {
    for (const std::string& in : {std::string(), workspace(0)}) {
      const std::string text = encode({status, kAccount, in});
      const std::optional<Facets> parsed = parse_facets(text);
      ASSERT_TRUE(parsed) << name;
      EXPECT_EQ(*parsed, (Facets{status, kAccount, in})) << name;
      EXPECT_LE(text.size(), 100U) << "it is held for every node";
    }
  }
}

TEST(Facets, OtherTextsAreRefused) {
  for (const std::string& text : {std::string(), std::string("E"), "E" + kAccount.substr(1), "X" + kAccount})
    EXPECT_FALSE(parse_facets(text)) << text;
}

TEST(ListingOf, ANodeWithEveryGrantItMayHaveFits) {
  Node node;
  node.uuid = node.account_uuid = kAccount;
  for (std::size_t i = 0; i < base::limits::kNameCharsMax; ++i) node.name += "\U0001F680";
  node.owner_id = user(0);
  node.account_owner_id = user(1);
  node.workspace_id = workspace(0);
  Permissions permissions{.node_uuid = node.uuid, .scope = authz::Scope::kShared};
  for (std::size_t i = 0; i < base::limits::kGrantsPerNodeMax; ++i)
    (i % 2 == 0 ? permissions.users : permissions.teams)
        .push_back({i % 2 == 0 ? user(2000 + static_cast<int>(i)) : team(static_cast<int>(i)), {}});
  const store::Listing listing = listing_of(node, permissions);
  EXPECT_GE(listing.sets.size(), base::limits::kGrantsPerNodeMax);
  store::MemoryTable table;
  const std::vector<store::Write> writes{store::Put{item_of(node), store::Absent{}},
                                         store::Put{item_of(permissions), store::Absent{}},
                                         store::List{node_key(node.uuid), listing}};
  EXPECT_TRUE(table.write(writes, base::Deadline::never()));
}

}  // namespace
}  // namespace nodes

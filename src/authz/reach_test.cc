// The names of sets. That they say the same as the engine, for every world, is reference_test.cc's to show.

#include "authz/reach.h"

#include <set>

#include <gtest/gtest.h>

namespace authz {
namespace {

using Sets = std::vector<std::string>;

constexpr std::string_view kAda = "N:user:ada", kBob = "N:user:bob", kLab = "N:organization:lab";

TEST(Reach, ANodeStandsInTheSetsOfWhoeverReadsIt) {
  const std::string_view users[] = {"N:user:cyd"}, teams[] = {"N:team:t"};
  NodeFacts node{kAda, kBob, kLab, Scope::kPrivate, users, teams};
  EXPECT_EQ(sets_of(node), (Sets{"a#bob", "o#ada", "r#lab#ada", "r#lab#bob"})) << "grants count while it is shared";
  node.scope = Scope::kWorkspace;
  EXPECT_EQ(sets_of(node), (Sets{"a#bob", "o#ada", "r#lab#ada", "r#lab#bob", "w#lab"}));
  node.scope = Scope::kShared;
  EXPECT_EQ(sets_of(node), (Sets{"a#bob", "o#ada", "r#lab#ada", "r#lab#bob", "t#lab#t", "u#lab#cyd"}));
  node.account_owner_id = kAda;
  EXPECT_EQ(sets_of(node), (Sets{"a#ada", "o#ada", "r#lab#ada", "t#lab#t", "u#lab#cyd"})) << "each once";
  node.workspace_id = "";
  EXPECT_EQ(sets_of(node), (Sets{"a#ada", "i#ada", "o#ada"})) << "no workspace, no grants";
}

TEST(Reach, APrincipalReachesTheirOwnSetsAndThoseOfTheirWorkspaces) {
  const std::vector<catalog::WorkspaceMembership> workspaces{{std::string(kLab), "Lab", 8, {"N:team:t"}},
                                                             {"N:organization:low", "Low", 4, {"N:team:u"}}};
  EXPECT_EQ(sets_for(kAda, Reach::kEverything, "", workspaces),
            (Sets{"a#ada", "o#ada", "t#lab#t", "u#lab#ada", "w#lab"}));
  EXPECT_EQ(sets_for(kAda, Reach::kWorkspace, kLab, workspaces), (Sets{"r#lab#ada", "t#lab#t", "u#lab#ada", "w#lab"}));
  EXPECT_EQ(sets_for(kAda, Reach::kWorkspace, "N:organization:low", workspaces), (Sets{"r#low#ada"}));
  EXPECT_EQ(sets_for(kAda, Reach::kIndependent, "", {}), (Sets{"i#ada"}));
  EXPECT_EQ(sets_for(kAda, Reach::kOwnedAccounts, "", {}), (Sets{"a#ada"}));
}

// Two ids that differ in form alone, or that run into each other where they meet, are not the same set.
TEST(Reach, DifferentSetsHaveDifferentNames) {
  std::set<std::string> names;
  for (const std::string_view workspace : {"N:organization:1", "N:organization:11", "1", "N:user:1"}) {
    for (const std::string_view user : {"N:user:1", "N:user:11", "1", "11", "N:team:1"}) {
      const std::string_view users[] = {user}, teams[] = {user};
      for (const std::string& name : sets_of({user, user, workspace, Scope::kShared, users, teams})) {
        const bool of_workspace = name.front() != 'a' && name.front() != 'o';
        EXPECT_TRUE(!of_workspace || names.insert(name).second) << name;
      }
    }
  }
  EXPECT_EQ(names.size(), 4U * 5U * 3U);
}

}  // namespace
}  // namespace authz

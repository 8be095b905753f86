#include "catalog/preview.h"

#include <map>
#include <ostream>
#include <utility>

#include <gtest/gtest.h>

#include "catalog/random_directory_test_support.h"
#include "catalog/sqlite_test_support.h"

namespace catalog {
namespace {

using Key = std::pair<std::string, std::string>;  // user, workspace
struct Standing {
  std::string workspace_name;
  int bit = 0;
  std::vector<std::string> teams;
  bool operator==(const Standing&) const = default;
  // For differences: a new name alone is none.
  [[nodiscard]] bool means(const Standing& other) const { return bit == other.bit && teams == other.teams; }
};
using World = std::map<Key, Standing>;

Standing standing_of(const WorkspaceMembership& membership) {
  return {membership.workspace_name, membership.permission_bit, membership.team_ids};
}

class Preview : public testing::Test {
 protected:
  World look(int users) {
    World world;
    for (int u = 0; u < users; ++u) {
      const auto found = fixture_.directory().workspaces_of(user_id(u), soon());
      EXPECT_TRUE(found);
      for (const WorkspaceMembership& one : *found) world[{user_id(u), one.workspace_id}] = standing_of(one);
    }
    return world;
  }
  // What differs between two worlds, each with its before and after.
  static std::map<Key, std::pair<std::optional<Standing>, std::optional<Standing>>> differences(const World& before,
                                                                                                const World& after) {
    std::map<Key, std::pair<std::optional<Standing>, std::optional<Standing>>> found;
    for (const auto& [key, standing] : before) {
      const auto now = after.find(key);
      if (now == after.end()) {
        found[key] = {standing, std::nullopt};
      } else if (!standing.means(now->second)) {
        found[key] = {standing, now->second};
      }
    }
    for (const auto& [key, standing] : after) {
      if (!before.contains(key)) found[key] = {std::nullopt, standing};
    }
    return found;
  }
  std::vector<MembershipChange> preview(const Snapshot& change) {
    auto changes = preview_memberships(fixture_.directory(), change, soon());
    EXPECT_TRUE(changes) << changes.error().detail;
    return changes ? *changes : std::vector<MembershipChange>();
  }

  SqliteFixture fixture_;
};

TEST_F(Preview, ApplyingTheChangeGivesExactlyWhatWasForetold) {
  constexpr WorldSize kSize;
  fixture_.load(people(kSize.users));
  EXPECT_TRUE(rc::check([&] {
    fixture_.load(any_change(kSize));
    const Snapshot change = any_change(kSize);
    const World before = look(kSize.users);
    const std::vector<MembershipChange> changes = preview(change);
    RC_ASSERT(look(kSize.users) == before);
    fixture_.load(change);
    const auto expected = differences(before, look(kSize.users));
    RC_ASSERT(changes.size() == expected.size());
    auto next = expected.begin();  // the same order
    for (const MembershipChange& one : changes) {
      RC_ASSERT((next->first == Key{one.user_id, one.workspace_id}));
      RC_ASSERT(next->second.first.has_value() == one.before.has_value());
      RC_ASSERT(next->second.second.has_value() == one.after.has_value());
      if (one.before) RC_ASSERT(standing_of(*one.before) == *next->second.first);
      if (one.after) RC_ASSERT(standing_of(*one.after) == *next->second.second);
      ++next;
    }
    RC_ASSERT(preview(change).empty());
  }));
}

TEST_F(Preview, WhoIsNotNamedLosesAndOtherWorkspacesStay) {
  Snapshot world = people(4);
  world.workspaces = {{workspace_id(0),
                       "Heart",
                       {{user_id(0), kOwner}, {user_id(1), kCollaborator}, {user_id(2), kCollaborator}},
                       {{team_id(0), "A", {user_id(1), user_id(2)}}}},
                      {workspace_id(1), "Lung", {{user_id(1), kRead}}, {}}};
  fixture_.load(world);
  Snapshot change;
  change.workspaces = {{workspace_id(0),
                        "Heart and more",
                        {{user_id(0), kOwner}, {user_id(2), kCollaborator}, {user_id(3), kGuest}},
                        {{team_id(0), "A", {user_id(1)}}}}};
  const std::vector<MembershipChange> changes = preview(change);
  ASSERT_EQ(changes.size(), 3U);  // not user 0, whose workspace has another name and who is who they were
  EXPECT_EQ(changes[0].user_id, user_id(1));
  EXPECT_EQ(changes[0].before->workspace_name, "Heart");
  EXPECT_EQ(changes[0].before->team_ids, std::vector<std::string>{team_id(0)});
  EXPECT_FALSE(changes[0].after) << "a team without a membership is nothing";
  EXPECT_EQ(changes[1].user_id, user_id(2));
  EXPECT_EQ(changes[1].after->workspace_name, "Heart and more");
  EXPECT_TRUE(changes[1].after->team_ids.empty());
  EXPECT_EQ(changes[2].user_id, user_id(3));
  EXPECT_FALSE(changes[2].before);
  EXPECT_EQ(changes[2].after->permission_bit, kGuest);
}

TEST_F(Preview, AWorkspaceOfThousandsIsReadInPages) {
  Snapshot world = people(2500);
  world.workspaces = {{workspace_id(0), "Everyone", {}, {}}};
  for (int u = 0; u < 2500; ++u) world.workspaces[0].members.push_back({user_id(u), kRead});
  fixture_.load(world);
  Snapshot change;
  change.workspaces = {{workspace_id(0), "Everyone", {}, {}}};
  EXPECT_EQ(preview(change).size(), 2500U);
  EXPECT_TRUE(preview(world).empty());
}

TEST_F(Preview, ADocumentIsCheckedAsAnImportWouldCheckIt) {
  Snapshot world = people(2);
  world.workspaces = {{workspace_id(0), "Heart", {}, {{team_id(0), "A", {}}}}};
  fixture_.load(world);
  Snapshot change;
  change.workspaces = {{workspace_id(1), "Lung", {{user_id(7), kRead}}, {{team_id(0), "A", {user_id(0)}}}}};
  const auto refused = read_snapshot(fixture_.directory(), json::encode(change), soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kInvalid);
  ASSERT_EQ(refused.error().fields.size(), 2U);
  EXPECT_EQ(refused.error().fields[0].pointer, "/workspaces/0/members/0/user");
  EXPECT_EQ(refused.error().fields[1].pointer, "/workspaces/0/teams/0/id");
  change.users.push_back({user_id(7), "Seven", ""});
  change.workspaces[0].teams.clear();
  EXPECT_TRUE(read_snapshot(fixture_.directory(), json::encode(change), soon()));
}

TEST_F(Preview, ADirectoryThatDoesNotAnswerIsAnError) {
  Snapshot change;
  change.workspaces = {{workspace_id(0), "Heart", {}, {}}};
  const auto changes =
      preview_memberships(fixture_.directory(), change, base::Deadline::after(std::chrono::milliseconds(-1)));
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().code, base::Code::kDeadline);
}

}  // namespace
}  // namespace catalog

// Who, and previews, on worlds drawn by hand. That they are complete and exact for every world is reference_test.cc's
// to show.

#include "authz/who.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "authz/fake_directory.h"

namespace authz {
namespace {

const base::Deadline kNever = base::Deadline::never();
const std::string kLab = "N:organization:lab";

std::string user(int n) { return fmt::format("N:user:{:02}", n); }

std::string shown(const std::vector<Reacher>& list) {
  std::string text;
  for (const Reacher& reacher : list) {
    text += reacher.user_id.substr(7) + ":";
    for (const Way& way : reacher.ways)
      text += fmt::format(" {}{}", json::name_of(way.through), way.team_id.empty() ? "" : "=" + way.team_id.substr(7));
    text += "\n";
  }
  return text;
}

// Ten members, of whom every second is in team a and every third in team b; the last has bit 4.
class Who : public testing::Test {
 protected:
  Who() {
    std::set<std::string> a, b;
    for (int n = 0; n < 10; ++n) {
      directory.add_user(user(n));
      directory.set_member(user(n), kLab, n == 9 ? 4 : 8);
      if (n % 2 == 0) a.insert(user(n));
      if (n % 3 == 0) b.insert(user(n));
    }
    directory.set_team("N:team:a", kLab, a);
    directory.set_team("N:team:b", kLab, b);
  }

  FakeDirectory directory;
  const std::string user_one = user(1), owner = user(4), account_owner = "N:user:zz", granted = user(6);
  const std::vector<std::string_view> users{granted}, teams{"N:team:a", "N:team:b"}, only_b{"N:team:b"};
  NodeFacts node{owner, account_owner, kLab, Scope::kShared, users, teams};
};

TEST_F(Who, EveryWayIsNamed) {
  const ReacherPage page = who_reads(directory, node, {}, kNever).value();
  EXPECT_EQ(shown(page.principals),
            "00: team-grant=a team-grant=b\n02: team-grant=a\n03: team-grant=b\n04: owner team-grant=a\n"
            "06: user-grant team-grant=a team-grant=b\n08: team-grant=a\nzz: account-owner\n");
  EXPECT_FALSE(page.next);
}

TEST_F(Who, PagesOfAnySizeMakeTheSameList) {
  const std::vector<Reacher> all = who_reads(directory, node, {}, kNever)->principals;
  for (std::size_t limit = 1; limit <= all.size() + 1; ++limit) {
    std::vector<Reacher> walked;
    std::string after;
    for (;;) {
      ReacherPage page = who_reads(directory, node, {after, limit}, kNever).value();
      EXPECT_LE(page.principals.size(), limit);
      for (Reacher& reacher : page.principals) walked.push_back(std::move(reacher));
      if (!page.next) break;
      after = *page.next;
    }
    EXPECT_EQ(walked, all) << limit;
  }
}

TEST_F(Who, APrivateOrIndependentNodeAsksNothing) {
  node.scope = Scope::kPrivate;
  EXPECT_EQ(shown(who_reads(directory, node, {}, kNever)->principals), "04: owner\nzz: account-owner\n");
  node.workspace_id = "";
  node.account_owner_id = owner;
  EXPECT_EQ(shown(who_reads(directory, node, {}, kNever)->principals), "04: owner account-owner\n");
  EXPECT_EQ(directory.questions(), 0);
}

TEST_F(Who, RevokingATeamTakesAwayThoseWhoHaveNoOtherWay) {
  NodeFacts after = node;
  after.teams = only_b;
  const Preview preview = preview_node(directory, node, after, {}, kNever).value();
  EXPECT_EQ(shown(preview.losses), "02: team-grant=a\n08: team-grant=a\n") << "04 owns it, 00 and 06 are in b too";
  EXPECT_TRUE(preview.gains.empty());
  EXPECT_FALSE(preview.next);
}

// What the change does not touch is not walked: a team of any size that stays costs nothing.
TEST_F(Who, AGrantLooksAtWhomItIsFor) {
  const std::vector<std::string_view> both{user_one, granted};
  NodeFacts after = node;
  after.users = both;
  const Preview preview = preview_node(directory, node, after, {"", 1}, kNever).value();
  EXPECT_EQ(shown(preview.gains), "01: user-grant\n");
  EXPECT_FALSE(preview.next);
}

TEST_F(Who, HandingOverAndDetachingAndOpening) {
  NodeFacts handed = node;
  handed.owner_id = user_one;
  Preview preview = preview_node(directory, node, handed, {}, kNever).value();
  EXPECT_EQ(shown(preview.gains), "01: owner\n");
  EXPECT_EQ(shown(preview.losses), "") << "the old owner is in team a";
  NodeFacts detached = node;
  detached.workspace_id = "";
  detached.scope = Scope::kPrivate;
  preview = preview_node(directory, node, detached, {}, kNever).value();
  EXPECT_EQ(preview.losses.size(), 5U);
  NodeFacts open = node;
  open.scope = Scope::kWorkspace;
  preview = preview_node(directory, node, open, {}, kNever).value();
  EXPECT_EQ(shown(preview.gains), "01: workspace\n05: workspace\n07: workspace\n");
  EXPECT_TRUE(preview.losses.empty());
}

TEST_F(Who, MakesNodesOnAnAccount) {
  directory.set_member(user(2), kLab, 16);
  directory.set_member(user(5), kLab, 32);
  const auto creates = [&](const std::string& who, std::optional<bool> is_public) {
    return shown(who_creates(directory, who, kLab, is_public, {}, kNever)->principals);
  };
  EXPECT_EQ(creates(user(3), std::nullopt), "");
  EXPECT_EQ(creates(user(3), false), "03: owner\n");
  EXPECT_EQ(creates(user(3), true), "02: workspace-administrator\n03: owner\n05: workspace-administrator\n");
  EXPECT_EQ(creates(user(5), true), "02: workspace-administrator\n05: owner workspace-administrator\n");
  EXPECT_EQ(creates(user(9), false), "") << "an owner with bit 4";
  const Preview preview = preview_enablement(directory, user(5), kLab, false, true, {}, kNever).value();
  EXPECT_EQ(shown(preview.gains), "02: workspace-administrator\n");
  EXPECT_EQ(shown(preview_enablement(directory, user(5), kLab, true, std::nullopt, {}, kNever)->losses),
            "02: workspace-administrator\n05: owner workspace-administrator\n");
}

TEST_F(Who, ADirectoryThatIsDownIsNoEmptyList) {
  directory.set_down(true);
  EXPECT_EQ(who_reads(directory, node, {}, kNever).error().code, base::Code::kUnavailable);
  NodeFacts after = node;
  after.teams = only_b;
  EXPECT_EQ(preview_node(directory, node, after, {}, kNever).error().code, base::Code::kUnavailable);
  EXPECT_EQ(who_creates(directory, owner, kLab, false, {}, kNever).error().code, base::Code::kUnavailable);
}

}  // namespace
}  // namespace authz

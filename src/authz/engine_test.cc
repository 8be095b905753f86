// What the engine asks of the directory, and what it does with its errors. What it decides is compared with the rules
// in comparison_test.cc and reference_test.cc.

#include "authz/engine.h"

#include <random>
#include <utility>

#include <gtest/gtest.h>

#include "authz/comparison_test_support.h"

namespace authz::reference {
namespace {

const base::Deadline kNever = base::Deadline::never();

// Who asked got no answer, and says so; who did not ask decided on what is stored, as the rules do.
template <class T>
void expect_no_invention(const base::Result<T>& decision, bool asked, Verdict rules) {
  ASSERT_EQ(decision.has_value(), !asked);
  if (decision)
    EXPECT_EQ(decision->verdict, rules);
  else
    EXPECT_EQ(decision.error().code, base::Code::kUnavailable);
}

TEST(Engine, ADirectoryThatIsDownIsNeitherYesNorNo) {
  Choice choice(std::random_device{}());
  for (int n = 0; n < 100; ++n) {
    const World world = random_world(choice);
    SCOPED_TRACE(shown(world));
    Setting setting(world);
    setting.directory.set_down(true);
    int before = 0;
    const auto asked = [&] {
      return setting.directory.questions() > std::exchange(before, setting.directory.questions());
    };
    for (int u = 0; u < kUsers; ++u) {
      for (const NodeAction action : kNodeActions) {
        const auto decision = setting.engine.decide(user(u), action, setting.node(), kNever);
        expect_no_invention(decision, asked(), Rules{world}.on_node(u, action));
      }
      const auto read = setting.engine.decide(user(u), AccountAction::kRead, setting.account(), kNever);
      expect_no_invention(read, asked(), Rules{world}.on_account(u, AccountAction::kRead));
      for (int w = kNone; w < kWorkspaces; ++w) {
        const auto made = setting.engine.decide_create_node(user(u), workspace(w), setting.account(), kNever);
        expect_no_invention(made, asked(), Rules{world}.on_create(u, w));
      }
    }
  }
}

TEST(Engine, EveryQuestionPassesTheDirectorysErrorOn) {
  Setting setting(World{});
  setting.directory.set_down(true);
  const Engine& engine = setting.engine;
  const std::string u = user(3), w = workspace(0);
  EXPECT_EQ(engine.decide_workspace(u, w, 8, kNever).error().code, base::Code::kUnavailable);
  EXPECT_EQ(engine.decide_workspace_action(u, w, WorkspaceAction::kRead, kNever).error().code,
            base::Code::kUnavailable);
  EXPECT_EQ(engine.reader(u, w, kNever).error().code, base::Code::kUnavailable);
  EXPECT_EQ(engine.decide_operator(u, "do it", kNever).error().code, base::Code::kUnavailable);
  EXPECT_EQ(engine.administers(u, w, kNever).error().code, base::Code::kUnavailable);
  EXPECT_EQ(engine.why_user_cannot_share(u, w, kNever).error().code, base::Code::kUnavailable);
  EXPECT_EQ(engine.why_team_cannot_share(team(0), w, kNever).error().code, base::Code::kUnavailable);
  EXPECT_EQ(engine.why_user_cannot_own(u, w, kNever).error().code, base::Code::kUnavailable);
  EXPECT_EQ(engine.why_user_cannot_own(u, "", kNever).error().code, base::Code::kUnavailable);
}

TEST(Engine, AnOwnersOwnReadAsksNothing) {
  World world;
  world.node_workspace = 0;
  world.account_owner = 1;
  Setting setting(world);
  EXPECT_TRUE(setting.engine.decide(user(0), NodeAction::kRead, setting.node(), kNever)->allowed());
  EXPECT_TRUE(setting.engine.decide(user(1), NodeAction::kRead, setting.node(), kNever)->allowed());
  EXPECT_TRUE(setting.engine.decide(user(1), AccountAction::kRead, setting.account(), kNever)->allowed());
  EXPECT_EQ(setting.directory.questions(), 0);
  EXPECT_FALSE(setting.engine.decide(user(2), NodeAction::kRead, setting.node(), kNever)->allowed());
  EXPECT_EQ(setting.directory.questions(), 1) << "and anybody else's read asks once";
}

// An account that is public in very many workspaces must not make a stranger's look at it as many questions.
TEST(Engine, ALookAtAnAccountAsksOnceHoweverManyWorkspacesItIsPublicIn) {
  FakeDirectory directory;
  const Engine engine(directory);
  std::vector<std::string> ids;
  for (int w = 0; w < 500; ++w) ids.push_back(fmt::format("N:organization:{}", w));
  std::vector<EnablementFacts> enablements;
  for (const std::string& id : ids) {
    directory.set_member("N:user:member", id, 8);
    enablements.push_back({id, true});
  }
  directory.set_member("N:user:administrator", ids.back(), 16);
  const AccountFacts account{"N:user:owner", enablements};
  EXPECT_EQ(engine.decide("N:user:stranger", AccountAction::kRead, account, kNever)->verdict, Verdict::kHide);
  EXPECT_EQ(engine.decide("N:user:member", AccountAction::kRead, account, kNever)->verdict, Verdict::kHide);
  EXPECT_EQ(engine.decide("N:user:administrator", AccountAction::kRead, account, kNever)->verdict, Verdict::kAllow);
  EXPECT_EQ(directory.questions(), 3);
}

TEST(Engine, AWorkspaceThatDoesNotExistIsRefusedInTheSameWords) {
  World world;
  world.people[3].bit[0] = kNone;
  const Setting setting(world);
  const auto words = [&](const std::string& id) {
    return setting.engine.decide_workspace(user(3), id, 0, kNever)->reason();
  };
  EXPECT_EQ(words(workspace(0)), words("N:organization:unknown"));
  EXPECT_EQ(setting.engine.reader(user(3), workspace(0), kNever).error().message,
            setting.engine.reader(user(3), "N:organization:unknown", kNever).error().message);
}

TEST(Engine, WhyAGrantCannotBe) {
  World world;
  world.people[0].bit[0] = 8;
  world.people[1].bit[0] = 4;
  world.teams[2].workspace = 1;
  const Setting setting(world);
  const auto user_in_0 = [&](int u) {
    return setting.engine.why_user_cannot_share(user(u), workspace(0), kNever).value();
  };
  EXPECT_EQ(user_in_0(0), "");
  EXPECT_NE(user_in_0(1).find("permission bit 4"), std::string::npos);
  EXPECT_NE(user_in_0(2).find("not a member"), std::string::npos);
  const auto team_in_0 = [&](const std::string& id) {
    return setting.engine.why_team_cannot_share(id, workspace(0), kNever).value();
  };
  EXPECT_EQ(team_in_0(team(0)), "");
  EXPECT_NE(team_in_0(team(2)), "") << "a team of another workspace";
  EXPECT_NE(team_in_0("N:team:unknown"), "");
  EXPECT_EQ(setting.engine.why_user_cannot_own(user(2), "", kNever).value(), "");
  EXPECT_NE(setting.engine.why_user_cannot_own("N:user:unknown", "", kNever).value(), "");
}

TEST(Decision, IsEnforcedAsTheContractSays) {
  EXPECT_TRUE(Decision({.verdict = Verdict::kAllow, .reason = Reason::kOwnsNode}).enforce("node"));
  const base::Error forbidden =
      Decision({.verdict = Verdict::kForbid, .reason = Reason::kNotNodeOwner, .subject = "N:user:1"},
               NodeAction::kDelete)
          .enforce("node")
          .error();
  EXPECT_EQ(forbidden.code, base::Code::kForbidden);
  EXPECT_EQ(forbidden.message, "Only the node's owner, N:user:1, may delete it.");
  const base::Error hidden =
      Decision({.verdict = Verdict::kHide, .reason = Reason::kPrivateNode}).enforce("node").error();
  EXPECT_EQ(hidden.code, base::Code::kNotFound);
  EXPECT_EQ(hidden.message, "There is no such node.") << "the reason is for the log alone";
  EXPECT_EQ(hidden.detail, "The node is private to its owner.");
}

}  // namespace
}  // namespace authz::reference

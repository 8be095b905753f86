// The engine against the rules of docs/concepts/access.md, written down a second time as plainly as can be: on every
// world of a small kind, and on random worlds. STEWARDRY_AUTHZ_WORLDS sets how many (10,000 without it).

#include "authz/engine.h"

#include <cstdlib>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "authz/fake_directory.h"

namespace authz {
namespace {

constexpr int kNobody = -1;  // no workspace; no member
const std::vector<int> kBits = {kNobody, 0, 1, 2, 4, 8, 16, 32};
const std::vector<NodeAction> kActions = {NodeAction::kRead,    NodeAction::kUpdate,     NodeAction::kShare,
                                          NodeAction::kUnshare, NodeAction::kDetach,     NodeAction::kDelete,
                                          NodeAction::kAttach,  NodeAction::kChangeOwner};
constexpr int kUsers = 4;
constexpr int kWorkspaces = 2;
constexpr int kTeams = 3;  // the first and the second are of workspace 0, the third of workspace 1

std::string user(int n) { return fmt::format("N:user:{}", n); }
std::string workspace(int n) { return n < 0 ? "" : fmt::format("N:organization:{}", n); }
std::string team(int n) { return fmt::format("N:team:{}", n); }
int workspace_of_team(int n) { return n / 2; }

struct World {
  // People.
  int bit[kUsers][kWorkspaces] = {};
  std::set<int> team_members[kTeams];
  std::set<int> operators;
  // A node.
  int owner = 0, account_owner = 0, node_workspace = kNobody;
  Scope scope = Scope::kPrivate;
  std::set<int> granted_users, granted_teams;
  // Its account: what it is in each workspace.
  enum Enabled { kNot, kPrivately, kPublicly };
  Enabled enabled[kWorkspaces] = {kNot, kNot};
};

std::ostream& operator<<(std::ostream& out, const World& world) {
  for (int u = 0; u < kUsers; ++u)
    out << fmt::format("user {}: bits {} and {}{}\n", u, world.bit[u][0], world.bit[u][1],
                       world.operators.contains(u) ? ", operator" : "");
  for (int t = 0; t < kTeams; ++t)
    out << fmt::format("team {} of workspace {}: {}\n", t, workspace_of_team(t), fmt::join(world.team_members[t], " "));
  out << fmt::format("node: owner {}, account owner {}, workspace {}, scope {}, users {}, teams {}\n", world.owner,
                     world.account_owner, world.node_workspace, static_cast<int>(world.scope),
                     fmt::join(world.granted_users, " "), fmt::join(world.granted_teams, " "));
  return out << fmt::format("account: {} in workspace 0, {} in workspace 1\n", static_cast<int>(world.enabled[0]),
                            static_cast<int>(world.enabled[1]));
}

// The rules. Nothing is shared with the engine but the names of its answers.
struct Rules {
  const World& world;

  bool works_in(int u, int w) const { return world.bit[u][w] >= 8; }
  bool administers(int u, int w) const { return world.bit[u][w] >= 16; }

  bool reads_node(int u) const {
    if (u == world.owner || u == world.account_owner) return true;
    const int w = world.node_workspace;
    if (w == kNobody || !works_in(u, w)) return false;
    if (world.scope == Scope::kWorkspace) return true;
    if (world.scope == Scope::kPrivate) return false;
    for (const int t : world.granted_teams)
      if (workspace_of_team(t) == w && world.team_members[t].contains(u)) return true;
    return world.granted_users.contains(u);
  }
  Verdict on_node(int u, NodeAction action) const {
    const bool hands_over = action == NodeAction::kChangeOwner;
    bool may = u == world.owner;
    const bool widens = hands_over || action == NodeAction::kShare;
    if (widens && world.node_workspace != kNobody && !works_in(u, world.node_workspace)) may = false;
    if (hands_over && world.operators.contains(u)) may = true;
    if (action == NodeAction::kRead) may = reads_node(u);
    if (may) return Verdict::kAllow;
    return reads_node(u) ? Verdict::kForbid : Verdict::kHide;
  }

  bool sees_account(int u) const {
    for (int w = 0; w < kWorkspaces; ++w)
      if (world.enabled[w] == World::kPublicly && administers(u, w)) return true;
    return u == world.account_owner;
  }
  Verdict on_account(int u, AccountAction action) const {
    if (u == world.account_owner) return Verdict::kAllow;
    if (!sees_account(u)) return Verdict::kHide;
    return action == AccountAction::kRead ? Verdict::kAllow : Verdict::kForbid;
  }
  Verdict on_create(int u, int w) const {
    const bool owns = u == world.account_owner;
    if (w == kNobody) return owns ? Verdict::kAllow : sees_account(u) ? Verdict::kForbid : Verdict::kHide;
    if (!works_in(u, w)) return Verdict::kForbid;
    if (world.enabled[w] == World::kNot) return owns ? Verdict::kForbid : Verdict::kHide;
    const bool may = owns || (world.enabled[w] == World::kPublicly && administers(u, w));
    return may ? Verdict::kAllow : Verdict::kForbid;
  }
};

// The world in the form that the engine is asked in. The ids outlive the views.
class Setting {
 public:
  explicit Setting(const World& world) : owner_(user(world.owner)), account_owner_(user(world.account_owner)) {
    workspace_ = workspace(world.node_workspace);
    scope_ = world.scope;
    for (int u = 0; u < kUsers; ++u) {
      directory.add_user(user(u));
      for (int w = 0; w < kWorkspaces; ++w) directory.set_member(user(u), workspace(w), world.bit[u][w]);
    }
    for (int t = 0; t < kTeams; ++t) {
      std::set<std::string> members;
      for (const int u : world.team_members[t]) members.insert(user(u));
      directory.set_team(team(t), workspace(workspace_of_team(t)), std::move(members));
    }
    for (const int u : world.operators) directory.add_operator(user(u));
    for (const int u : world.granted_users) users_.push_back(user(u));
    for (const int t : world.granted_teams) teams_.push_back(team(t));
    user_views_.assign(users_.begin(), users_.end());
    team_views_.assign(teams_.begin(), teams_.end());
    for (int w = 0; w < kWorkspaces; ++w) workspaces_.push_back(workspace(w));
    for (int w = 0; w < kWorkspaces; ++w) {
      if (world.enabled[w] != World::kNot)
        enablements_.push_back({workspaces_[static_cast<std::size_t>(w)], world.enabled[w] == World::kPublicly});
    }
  }
  [[nodiscard]] NodeFacts node() const {
    return {owner_, account_owner_, workspace_, scope_, user_views_, team_views_};
  }
  [[nodiscard]] AccountFacts account() const { return {account_owner_, enablements_}; }

  FakeDirectory directory;
  Engine engine{directory};

 private:
  std::string owner_, account_owner_, workspace_;
  Scope scope_ = Scope::kPrivate;
  std::vector<std::string> users_, teams_, workspaces_;
  std::vector<std::string_view> user_views_, team_views_;
  std::vector<EnablementFacts> enablements_;
};

const base::Deadline kNever = base::Deadline::never();

// The first difference between the engine and the rules; empty: none.
std::string difference(const World& world) {
  const Setting setting(world);
  const Rules rules{world};
  const auto verdict = [](Verdict value) { return static_cast<int>(value); };
  for (int u = 0; u < kUsers; ++u) {
    for (const NodeAction action : kActions) {
      const Decision decision = setting.engine.decide(user(u), action, setting.node(), kNever).value();
      if (decision.verdict != rules.on_node(u, action))
        return fmt::format("user {}, node action {}: {} for {}", u, static_cast<int>(action), verdict(decision.verdict),
                           verdict(rules.on_node(u, action)));
      if (decision.reason().empty()) return "a decision without a reason";
    }
    if (world.node_workspace != kNobody && world.bit[u][world.node_workspace] >= 0) {
      const WorkspaceReader reader = setting.engine.reader(user(u), workspace(world.node_workspace), kNever).value();
      if (reader.read(setting.node()).verdict != rules.on_node(u, NodeAction::kRead))
        return fmt::format("user {}: a list and a read differ", u);
    }
    for (const AccountAction action :
         {AccountAction::kRead, AccountAction::kUpdate, AccountAction::kDelete, AccountAction::kEnable}) {
      const Decision decision = setting.engine.decide(user(u), action, setting.account(), kNever).value();
      if (decision.verdict != rules.on_account(u, action))
        return fmt::format("user {}, account action {}: {}", u, static_cast<int>(action), verdict(decision.verdict));
    }
    for (int w = kNobody; w < kWorkspaces; ++w) {
      const Decision decision =
          setting.engine.decide_create_node(user(u), workspace(w), setting.account(), kNever).value();
      if (decision.verdict != rules.on_create(u, w))
        return fmt::format("user {}, node in workspace {}: {} for {}", u, w, verdict(decision.verdict),
                           verdict(rules.on_create(u, w)));
    }
  }
  return {};
}

rc::Gen<std::set<int>> some_of(int count) {
  return rc::gen::map(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, count)),
                      [](const std::vector<int>& list) { return std::set<int>(list.begin(), list.end()); });
}

World random_world() {
  World world;
  for (auto& bits : world.bit)
    for (int& bit : bits) bit = *rc::gen::elementOf(kBits);
  for (auto& members : world.team_members) members = *some_of(kUsers);
  world.operators = *some_of(kUsers);
  world.owner = *rc::gen::inRange(0, kUsers);
  world.account_owner = *rc::gen::inRange(0, kUsers);
  world.node_workspace = *rc::gen::inRange(kNobody, kWorkspaces);
  world.scope = *rc::gen::element(Scope::kPrivate, Scope::kWorkspace, Scope::kShared);
  world.granted_users = *some_of(kUsers);
  world.granted_teams = *some_of(kTeams);
  for (auto& enabled : world.enabled) enabled = *rc::gen::element(World::kNot, World::kPrivately, World::kPublicly);
  return world;
}

TEST(Engine, DecidesAsTheRulesDoOnRandomWorlds) {
  const char* wanted = std::getenv("STEWARDRY_AUTHZ_WORLDS");
  rc::detail::TestParams parameters = rc::detail::configuration().testParams;
  parameters.maxSuccess = wanted != nullptr ? std::atoi(wanted) : 10'000;
  parameters.maxSize = 20;
  rc::detail::TestMetadata metadata;
  metadata.id = "Engine.RandomWorlds";
  metadata.description = "engine and rules agree";
  const rc::detail::TestResult result = rc::detail::checkTestable(
      [] {
        const World world = random_world();
        std::ostringstream shown;
        shown << world;
        RC_LOG() << shown.str();
        RC_ASSERT(difference(world) == "");
      },
      metadata, parameters);
  std::ostringstream story;
  rc::detail::printResultMessage(result, story);
  EXPECT_TRUE(result.is<rc::detail::SuccessResult>()) << story.str();
}

// Every bit, relation, scope and grant of one asker, for a node in a workspace and for one in none.
TEST(Engine, DecidesAsTheRulesDoOnEverySmallWorld) {
  int worlds = 0;
  for (const int bit : kBits) {
    for (const int other_bit : {kNobody, 8, 32}) {
      for (int relation = 0; relation < 8; ++relation) {
        for (const Scope scope : {Scope::kPrivate, Scope::kWorkspace, Scope::kShared}) {
          for (int grants = 0; grants < 8; ++grants) {
            for (const int node_workspace : {kNobody, 0}) {
              World world;
              for (auto& bits : world.bit) bits[0] = bits[1] = kNobody;
              world.bit[0][0] = bit;
              world.bit[0][1] = other_bit;
              world.owner = (relation & 1) != 0 ? 0 : 1;
              world.account_owner = (relation & 2) != 0 ? 0 : 2;
              if ((relation & 4) != 0) world.operators.insert(0);
              world.node_workspace = node_workspace;
              world.scope = scope;
              if ((grants & 1) != 0) world.granted_users.insert(0);
              if ((grants & 2) != 0) world.granted_teams.insert(0), world.team_members[0].insert(0);
              if ((grants & 4) != 0) world.granted_teams.insert(2), world.team_members[2].insert(0);
              world.enabled[0] = static_cast<World::Enabled>(grants % 3);
              world.enabled[1] = static_cast<World::Enabled>(relation % 3);
              ASSERT_EQ(difference(world), "") << world;
              ++worlds;
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(worlds, 8 * 3 * 8 * 3 * 8 * 2);
}

TEST(Engine, ADirectoryThatIsDownIsNeitherYesNorNo) {
  EXPECT_TRUE(rc::check("no verdict is invented", [] {
    const World world = random_world();
    Setting setting(world);
    setting.directory.set_down(true);
    for (int u = 0; u < kUsers; ++u) {
      for (const NodeAction action : kActions) {
        const int before = setting.directory.questions();
        const base::Result<Decision> decision = setting.engine.decide(user(u), action, setting.node(), kNever);
        const bool asked = setting.directory.questions() > before;
        // Who asked got no answer, and says so; who did not ask decided on what is stored, as the rules do.
        RC_ASSERT(decision.has_value() == !asked);
        if (!decision) RC_ASSERT(decision.error().code == base::Code::kUnavailable);
        if (decision) RC_ASSERT(decision->verdict == Rules{world}.on_node(u, action));
      }
      const base::Result<Decision> read =
          setting.engine.decide(user(u), AccountAction::kRead, setting.account(), kNever);
      if (read) RC_ASSERT(read->verdict == Rules{world}.on_account(u, AccountAction::kRead));
      for (int w = kNobody; w < kWorkspaces; ++w) {
        const base::Result<Decision> made =
            setting.engine.decide_create_node(user(u), workspace(w), setting.account(), kNever);
        if (made) RC_ASSERT(made->verdict == Rules{world}.on_create(u, w));
        if (w != kNobody) RC_ASSERT(!made.has_value());
      }
    }
  }));
}

TEST(Engine, EveryQuestionPassesTheDirectorysErrorOn) {
  Setting setting(World{});
  setting.directory.set_down(true);
  const Engine& engine = setting.engine;
  const std::string u = user(3), w = workspace(0);
  EXPECT_EQ(engine.decide_workspace(u, w, 8, kNever).error().code, base::Code::kUnavailable);
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
  world.bit[3][0] = kNobody;
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
  world.bit[0][0] = 8;
  world.bit[1][0] = 4;
  world.bit[2][0] = kNobody;
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
}  // namespace authz

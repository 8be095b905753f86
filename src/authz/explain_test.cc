// Explanations of one world, compared with the reference: every fact is true, a remedy's steps may be made one after
// the other by whom it names, they lead to a yes, and fewer moves of anybody do not. And some sentences, as people read
// them.

#include "authz/explain.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "authz/comparison_test_support.h"

namespace authz::reference {
namespace {

const base::Deadline kNever = base::Deadline::never();

// Whether a fact says what is so; nothing: no such kind, or no such subject.
std::optional<bool> truth(const World& world, int u, const Fact& fact) {
  const Rules rules{world};
  const int subject = number_of(fact.subject);
  const bool here = subject >= 0 && subject < kWorkspaces;
  if (fact.kind == "node-owner") return rules.owns(u);
  if (fact.kind == "account-owner") return rules.owns_account(u);
  if (fact.kind == "operator") return world.people[u].is_operator;
  if (fact.kind == "workspace") return world.node_workspace != kNone;
  if (fact.kind == "access-scope") return world.scope != Scope::kPrivate;
  if (fact.kind == "user-grant") return world.granted_users[u];
  if (fact.kind == "team-grant") return world.granted_teams.at(subject);
  if (fact.kind == "membership" && here) return rules.is_member(u, subject);
  if (fact.kind == "permission-bit" && here) {
    const bool needs_16 = fact.text.find("takes 16") != std::string::npos;
    const bool needs_1 = fact.text.find("takes 1 ") != std::string::npos;
    return world.people[u].bit[subject] >= (needs_16 ? 16 : needs_1 ? 1 : 8);
  }
  if (fact.kind == "enablement") {
    if (fact.subject.empty())
      return std::any_of(world.enabled.begin(), world.enabled.end(), [](Enabled each) { return each == kPublicly; });
    return world.enabled.at(subject) != kNot;
  }
  if (fact.kind == "team-membership") {
    if (fact.subject.starts_with("N:team:")) return world.teams.at(subject).members[u];
    return std::any_of(world.teams.begin(), world.teams.end(), [&](const World::TeamOf& each) {
      return each.workspace == world.node_workspace && each.members[u];
    });
  }
  return std::nullopt;
}

std::string facts_differ(const World& world, int u, const Explanation& explanation) {
  for (const Fact& fact : explanation.facts) {
    if (truth(world, u, fact) != fact.holds) return fmt::format("user {}: not so: {} ({})", u, fact.text, fact.kind);
  }
  if (explanation.facts.empty() || explanation.sentence.empty()) return "an explanation without facts";
  const bool all_hold =
      std::all_of(explanation.facts.begin(), explanation.facts.end(), [](const Fact& fact) { return fact.holds; });
  if (!explanation.decision.allowed() && all_hold)
    return fmt::format("user {}: a no, and nothing speaks against it", u);
  if (explanation.decision.allowed() && !explanation.facts.back().holds)
    return "a yes, and the last fact is against it";
  return {};
}

Move move_of(const World& world, const RemedyStep& step) {
  // Any workspace will do where none is named; the first, as none is enabled then.
  const int w = step.workspace_id.empty() ? 0 : number_of(step.workspace_id);
  switch (step.change) {
    case Change::kUser:
      return {Move::kKnow, number_of(step.user_id)};
    case Change::kMembership:
      return {Move::kBit, number_of(step.user_id), w, step.permission_bit};
    case Change::kTeam:
      return {Move::kJoin, number_of(step.user_id), number_of(step.team_id)};
    case Change::kGrant:
      return {Move::kGrant, number_of(step.user_id)};
    case Change::kOwner:
      return {Move::kOwner, number_of(step.user_id)};
    case Change::kEnable:
      return {Move::kEnable, 0, w, step.is_public ? kPublicly : kPrivately};
    case Change::kMakePublic:
      return {Move::kEnable, 0, world.enabled.at(w) == kNot ? kWorkspaces : w, kPublicly};
  }
  return {};
}

// Whom a step names: whoever may make it, as far as they can be listed.
std::vector<std::string> makers(const World& world, const RemedyStep& step) {
  const Rules rules{world};
  switch (step.change) {
    case Change::kUser:
      return {};
    case Change::kMembership:
    case Change::kTeam: {
      std::vector<std::string> administrators;
      for (int u = 0; u < kUsers && !step.workspace_id.empty(); ++u)
        if (rules.administers(u, number_of(step.workspace_id))) administrators.push_back(user(u));
      return administrators;
    }
    case Change::kGrant:
      return {user(world.owner)};
    case Change::kOwner:
      if (world.node_workspace != kNone && !rules.works_at_node(world.owner)) return {};
      return {user(world.owner)};
    case Change::kEnable:
    case Change::kMakePublic:
      return {user(world.account_owner)};
  }
  return {};
}

// `allowed` is the reference's answer in a world. `unnamed`: the administrators are not to be named.
template <class Allowed>
std::string remedy_differs(const World& world, const Explanation& explanation, bool unnamed, const Allowed& allowed) {
  if (explanation.decision.allowed()) return explanation.remedy ? "a remedy of a yes" : "";
  if (!explanation.remedy) return is_reachable(world, 1, allowed) ? "no remedy, and one move would do" : "";
  const Remedy& remedy = *explanation.remedy;
  World then = world;
  for (const RemedyStep& step : remedy.steps) {
    const Move move = move_of(then, step);
    if (move.what >= kWorkspaces && move.kind != Move::kJoin) return "makes public what is not enabled";
    if (!is_legal(then, move)) return "nobody may: " + step.text;
    const bool by_directory = step.change == Change::kMembership || step.change == Change::kTeam;
    if (step.by != (unnamed && by_directory ? std::vector<std::string>() : makers(world, step)))
      return "named the wrong people: " + step.text;
    for (const std::string& id : step.by)
      if (step.text.find(id) == std::string::npos) return "does not say who: " + step.text;
    then = after(then, move);
  }
  if (remedy.steps.empty() || remedy.text.empty()) return "an empty remedy";
  if (!allowed(then)) return "leads to no yes: " + remedy.text;
  if (is_reachable(world, static_cast<int>(remedy.steps.size()) - 1, allowed)) return "fewer moves do: " + remedy.text;
  return {};
}

template <class Allowed>
std::string differs(const World& world, int u, std::string_view what, const Explanation& explanation,
                    const Decision& decision, bool unnamed, const Allowed& allowed) {
  std::string difference;
  if (!(explanation.decision == decision)) difference = "explains another decision";
  if (difference.empty()) difference = facts_differ(world, u, explanation);
  if (difference.empty()) difference = remedy_differs(world, explanation, unnamed, allowed);
  return difference.empty() ? difference : fmt::format("user {}, {}: {}", u, what, difference);
}

}  // namespace

std::string explanations_differ(const World& world, const Setting& setting, int turn) {
  const NodeAction action = kNodeActions.at(turn % kNodeActions.size());
  const AccountAction on_account = kAccountActions.at(turn % kAccountActions.size());
  const WorkspaceAction on_workspace = kWorkspaceActions.at(turn % kWorkspaceActions.size());
  const int w = turn % (kWorkspaces + 1) - 1;
  const Engine& engine = setting.engine;
  for (int u = 0; u < kUsers; ++u) {
    std::string difference =
        differs(world, u, fmt::format("node action {}", static_cast<int>(action)),
                setting.explainer.explain(user(u), action, setting.node(), kNever).value(),
                engine.decide(user(u), action, setting.node(), kNever).value(), false,
                [&](const World& then) { return Rules{then}.on_node(u, action) == Verdict::kAllow; });
    if (difference.empty() && u == turn % kUsers)
      difference = differs(world, u, fmt::format("account action {}", static_cast<int>(on_account)),
                           setting.explainer.explain(user(u), on_account, setting.account(), kNever).value(),
                           engine.decide(user(u), on_account, setting.account(), kNever).value(), false,
                           [&](const World& then) { return Rules{then}.on_account(u, on_account) == Verdict::kAllow; });
    const bool stranger = w != kNone && !Rules{world}.is_member(u, w);
    if (difference.empty() && u == turn % kUsers)
      difference =
          differs(world, u, fmt::format("a node in workspace {}", w),
                  setting.explainer.explain_create_node(user(u), workspace(w), setting.account(), kNever).value(),
                  engine.decide_create_node(user(u), workspace(w), setting.account(), kNever).value(), stranger,
                  [&](const World& then) { return Rules{then}.on_create(u, w) == Verdict::kAllow; });
    if (difference.empty() && w != kNone)
      difference =
          differs(world, u, fmt::format("workspace {}", w),
                  setting.explainer.explain_workspace(user(u), workspace(w), on_workspace, kNever).value(),
                  engine.decide_workspace_action(user(u), workspace(w), on_workspace, kNever).value(), stranger,
                  [&](const World& then) { return Rules{then}.on_workspace(u, w, on_workspace) == Verdict::kAllow; });
    if (!difference.empty()) return difference;
  }
  return {};
}

// A lab of one administrator; user 1 owns a private node in it, and user 2 the account.
World lab() {
  World world;
  world.people[1].bit[0] = 8;
  world.people[3].bit[0] = 16;
  world.owner = 1;
  world.account_owner = 2;
  world.node_workspace = 0;
  return world;
}

std::string facts_of(const Explanation& explanation) {
  std::string text;
  for (const Fact& fact : explanation.facts) text += fmt::format("{} {}\n", fact.holds ? "+" : "-", fact.text);
  return text;
}

TEST(Explainer, SaysWhyNotAndWhatWouldChangeIt) {
  const Setting setting(lab());
  const Explanation why = setting.explainer.explain(user(0), NodeAction::kRead, setting.node(), kNever).value();
  EXPECT_EQ(why.sentence, "N:user:0 is not a member of the node's workspace.");
  EXPECT_EQ(facts_of(why),
            "- The node's owner is N:user:1, not N:user:0.\n"
            "- N:user:0 does not own the account that the node stands on.\n"
            "+ The node belongs to N:organization:0.\n"
            "- N:user:0 is not a member of N:organization:0.\n");
  EXPECT_EQ(why.remedy->text,
            "Make N:user:0 a member of N:organization:0 with permission bit 8 or more (administrators of the workspace "
            "can: N:user:3); then share the node with N:user:0, or with a team of theirs (its owner, N:user:1, can).");
  ASSERT_EQ(why.remedy->steps.size(), 2U);
  EXPECT_EQ(why.remedy->steps[0].by, std::vector<std::string>{user(3)});
  EXPECT_EQ(why.remedy->steps[1].by, std::vector<std::string>{user(1)});
}

TEST(Explainer, SaysWhy) {
  World world = lab();
  world.scope = Scope::kShared;
  world.people[0].bit[0] = 8;
  world.teams[1].members[0] = world.granted_teams[1] = true;
  const Setting setting(world);
  const Explanation why = setting.explainer.explain(user(0), NodeAction::kRead, setting.node(), kNever).value();
  EXPECT_EQ(why.sentence, "The node is shared with N:team:1, of which N:user:0 is a member.");
  EXPECT_EQ(why.decision.reason(), "The node is shared with N:team:1, of which you are a member.");
  EXPECT_EQ(facts_of(why),
            "- The node's owner is N:user:1, not N:user:0.\n"
            "- N:user:0 does not own the account that the node stands on.\n"
            "+ The node belongs to N:organization:0.\n"
            "+ N:user:0 is a member of N:organization:0.\n"
            "+ N:user:0 has permission bit 8 in N:organization:0; it takes 8 or more.\n"
            "+ The node is shared with 0 users and 1 team.\n"
            "- The node is not shared with N:user:0.\n"
            "+ The node is shared with N:team:1.\n"
            "+ N:user:0 is a member of N:team:1.\n");
  EXPECT_FALSE(why.remedy);
}

// An owner who left can no longer share: nobody is sent to them.
TEST(Explainer, SendsNobodyToAnOwnerWhoLeft) {
  World world = lab();
  world.people[0].bit[0] = 8;
  world.people[1].bit[0] = kNone;
  const Setting alone(world);
  Explanation why = alone.explainer.explain(user(0), NodeAction::kRead, alone.node(), kNever).value();
  EXPECT_EQ(why.remedy->text, "Hand the node over to N:user:0 (an operator of the platform can).");
  EXPECT_TRUE(why.remedy->steps.at(0).by.empty());
  world.scope = Scope::kShared;
  world.granted_teams[2] = true;
  const Setting shared(world);
  why = shared.explainer.explain(user(0), NodeAction::kRead, shared.node(), kNever).value();
  EXPECT_EQ(why.remedy->text,
            "Add N:user:0 to N:team:2, with which the node is shared (administrators of the workspace can: N:user:3).");
  why = shared.explainer.explain(user(1), NodeAction::kShare, shared.node(), kNever).value();
  EXPECT_EQ(why.remedy->steps.at(0).change, Change::kMembership);
}

TEST(Explainer, SaysTheSameOfAWorkspaceThatIsNotThere) {
  const Setting setting(lab());
  const auto about = [&](const std::string& id) {
    const Explanation why = setting.explainer.explain_workspace(user(0), id, WorkspaceAction::kRead, kNever).value();
    std::string text = why.sentence + facts_of(why) + why.remedy->text;
    for (std::size_t at; (at = text.find(id)) != std::string::npos;) text.replace(at, id.size(), "W");
    return text;
  };
  EXPECT_EQ(about(workspace(0)), about("N:organization:unknown"));
  const Explanation create =
      setting.explainer.explain_create_node(user(0), workspace(0), setting.account(), kNever).value();
  EXPECT_TRUE(create.remedy->steps.at(0).by.empty());
}

TEST(Explainer, NamesTenOfManyAndListsTenOfMany) {
  Setting setting(lab());
  for (int n = 0; n < 20; ++n) {
    setting.directory.set_member(fmt::format("N:user:boss{:02}", n), workspace(0), 16);
    setting.directory.set_team(fmt::format("N:team:more{:02}", n), workspace(0), {user(0), user(1)});
  }
  Explanation why = setting.explainer.explain(user(0), NodeAction::kRead, setting.node(), kNever).value();
  EXPECT_EQ(why.remedy->steps.at(0).by.size(), Explainer::kNamedMax);
  EXPECT_NE(why.remedy->text.find("among others"), std::string::npos);
  setting.directory.set_member(user(0), workspace(0), 8);
  NodeFacts node = setting.node();
  node.scope = Scope::kShared;
  why = setting.explainer.explain(user(0), NodeAction::kRead, node, kNever).value();
  const auto about_teams = [](const Fact& fact) { return fact.kind == "team-grant"; };
  EXPECT_EQ(std::count_if(why.facts.begin(), why.facts.end(), about_teams),
            static_cast<std::ptrdiff_t>(Explainer::kNamedMax));
}

// A node that has all the grants that it can have cannot be shared with one more.
TEST(Explainer, AFullNodeIsNotSharedOnceMore) {
  World world = lab();
  world.people[0].bit[0] = 8;
  const Setting setting(world);
  std::vector<std::string> ids;
  for (int n = 0; n < 1000; ++n) ids.push_back(fmt::format("N:user:more{:04}", n));
  const std::vector<std::string_view> users(ids.begin(), ids.end());
  NodeFacts node = setting.node();
  node.scope = Scope::kShared;
  node.users = users;
  const Explanation why = setting.explainer.explain(user(0), NodeAction::kRead, node, kNever).value();
  EXPECT_EQ(why.remedy->steps.at(0).change, Change::kOwner);
}

TEST(Explainer, PassesTheDirectorysErrorOn) {
  Setting setting(lab());
  setting.directory.set_down(true);
  const auto unavailable = [](const auto& result) { return result.error().code == base::Code::kUnavailable; };
  const Explainer& explainer = setting.explainer;
  EXPECT_TRUE(unavailable(explainer.explain(user(0), NodeAction::kRead, setting.node(), kNever)));
  EXPECT_TRUE(unavailable(explainer.explain(user(0), AccountAction::kRead, setting.account(), kNever)));
  EXPECT_TRUE(unavailable(explainer.explain_create_node(user(0), workspace(0), setting.account(), kNever)));
  EXPECT_TRUE(unavailable(explainer.explain_workspace(user(0), workspace(0), WorkspaceAction::kRead, kNever)));
}

}  // namespace authz::reference

// Decisions, sets, who and previews of one world, compared with the reference; and every world of a small kind.

#include <algorithm>

#include <gtest/gtest.h>

#include "authz/comparison_test_support.h"
#include "authz/reach.h"

namespace authz::reference {
namespace {

const base::Deadline kNever = base::Deadline::never();

std::string verdicts(Verdict engine, Verdict rules) {
  constexpr std::array kNames = {"allow", "forbid", "hide"};
  return fmt::format("{} where the reference says {}", kNames.at(static_cast<std::size_t>(engine)),
                     kNames.at(static_cast<std::size_t>(rules)));
}

std::string account_decisions_differ(const World& world, const Setting& setting, int u) {
  const Rules rules{world};
  for (const AccountAction action : kAccountActions) {
    const Decision decision = setting.engine.decide(user(u), action, setting.account(), kNever).value();
    if (decision.verdict != rules.on_account(u, action))
      return fmt::format("user {}, account action {}: {}", u, static_cast<int>(action),
                         verdicts(decision.verdict, rules.on_account(u, action)));
  }
  for (int w = kNone; w < kWorkspaces; ++w) {
    const Decision decision =
        setting.engine.decide_create_node(user(u), workspace(w), setting.account(), kNever).value();
    if (decision.verdict != rules.on_create(u, w))
      return fmt::format("user {}, a node in workspace {}: {}", u, w,
                         verdicts(decision.verdict, rules.on_create(u, w)));
    for (const WorkspaceAction action : kWorkspaceActions) {
      if (w == kNone) break;
      const Decision here = setting.engine.decide_workspace_action(user(u), workspace(w), action, kNever).value();
      if (here.verdict != rules.on_workspace(u, w, action))
        return fmt::format("user {}, workspace {}: {}", u, w, verdicts(here.verdict, rules.on_workspace(u, w, action)));
    }
  }
  return {};
}

bool have_one_in_common(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  std::vector<std::string> both;
  std::set_intersection(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(both));
  return !both.empty();
}

std::vector<Way> ways_of(const World& world, int u) {
  const Rules rules{world};
  std::vector<Way> ways;
  if (rules.owns(u)) ways.push_back({Through::kOwner, {}});
  if (rules.owns_account(u)) ways.push_back({Through::kAccountOwner, {}});
  if (rules.by_workspace(u)) ways.push_back({Through::kWorkspace, {}});
  if (rules.by_user_grant(u)) ways.push_back({Through::kUserGrant, {}});
  for (int t = 0; t < kTeams; ++t)
    if (rules.by_team(u, t)) ways.push_back({Through::kTeamGrant, team(t)});
  return ways;
}

std::vector<Way> ways_to_create(const World& world, int u, int w) {
  const Rules rules{world};
  std::vector<Way> ways;
  if (rules.on_create(u, w) != Verdict::kAllow) return ways;
  if (rules.owns_account(u)) ways.push_back({Through::kOwner, {}});
  if (world.enabled[w] == kPublicly && rules.administers(u, w)) ways.push_back({Through::kWorkspaceAdministrator, {}});
  return ways;
}

std::optional<bool> is_public(const World& world, int w) {
  if (world.enabled[w] == kNot) return std::nullopt;
  return world.enabled[w] == kPublicly;
}

std::string shown(const std::vector<Reacher>& list) {
  std::string text;
  for (const Reacher& reacher : list) {
    text += " " + reacher.user_id + "(";
    for (const Way& way : reacher.ways) text += fmt::format(" {} {}", json::name_of(way.through), way.team_id);
    text += ")";
  }
  return text.empty() ? " nobody" : text;
}

std::string lists_differ(std::string_view what, const std::vector<Reacher>& found,
                         const std::vector<Reacher>& expected) {
  if (found == expected) return {};
  return fmt::format("{}:{} where the reference has{}", what, shown(found), shown(expected));
}

// All pages; each is asked with the same limit.
template <class Ask>
std::vector<Reacher> walk(Ask&& ask, std::size_t limit) {
  std::vector<Reacher> all;
  std::string after;
  for (;;) {
    ReacherPage page = ask(PageOfUsers{after, limit}).value();
    if (page.principals.size() > limit) return {};
    for (Reacher& reacher : page.principals) all.push_back(std::move(reacher));
    if (!page.next) return all;
    after = *page.next;
  }
}

struct Effect {
  std::vector<Reacher> gains, losses;
};

template <class Ask>
Effect walk_preview(Ask&& ask, std::size_t limit) {
  Effect effect;
  std::string after;
  for (;;) {
    Preview page = ask(PageOfUsers{after, limit}).value();
    for (Reacher& reacher : page.gains) effect.gains.push_back(std::move(reacher));
    for (Reacher& reacher : page.losses) effect.losses.push_back(std::move(reacher));
    if (!page.next) return effect;
    after = *page.next;
  }
}

template <class Ways>
Effect expected_effect(const World& before, const World& now, Ways&& ways) {
  Effect effect;
  for (int u = 0; u < kUsers; ++u) {
    std::vector<Way> old = ways(before, u), then = ways(now, u);
    if (old.empty() && !then.empty()) effect.gains.push_back({user(u), std::move(then)});
    if (!old.empty() && then.empty()) effect.losses.push_back({user(u), std::move(old)});
  }
  return effect;
}

}  // namespace

std::string decisions_differ(const World& world, const Setting& setting) {
  const Rules rules{world};
  const NodeFacts node = setting.node();
  for (int u = 0; u < kUsers; ++u) {
    Asked asked;
    for (const NodeAction action : kNodeActions) {
      const Decision decision = setting.engine.decide(user(u), action, node, kNever).value();
      if (decision.verdict != rules.on_node(u, action))
        return fmt::format("user {}, node action {}: {}", u, static_cast<int>(action),
                           verdicts(decision.verdict, rules.on_node(u, action)));
      if (!(setting.engine.decide(user(u), action, node, asked, kNever).value() == decision))
        return fmt::format("user {}, node action {}: another answer with what was asked before", u,
                           static_cast<int>(action));
    }
    if (world.node_workspace != kNone && rules.is_member(u, world.node_workspace)) {
      const WorkspaceReader reader = setting.engine.reader(user(u), workspace(world.node_workspace), kNever).value();
      if (reader.read(node).verdict != rules.on_node(u, NodeAction::kRead))
        return fmt::format("user {}: a list and a read differ", u);
    }
    const std::string difference = account_decisions_differ(world, setting, u);
    if (!difference.empty()) return difference;
  }
  return {};
}

std::string sets_differ(const World& world, Setting& setting) {
  const Rules rules{world};
  const std::vector<std::string> sets = sets_of(setting.node());
  for (int u = 0; u < kUsers; ++u) {
    const auto workspaces = setting.directory.workspaces_of(user(u), kNever).value();
    const auto reaches = [&](Reach reach, int w) {
      return have_one_in_common(sets, sets_for(user(u), reach, workspace(w), workspaces));
    };
    if (reaches(Reach::kEverything, kNone) != rules.reads_node(u)) return fmt::format("user {}: sets, everything", u);
    for (int w = 0; w < kWorkspaces; ++w)
      if (reaches(Reach::kWorkspace, w) != (rules.reads_node(u) && world.node_workspace == w))
        return fmt::format("user {}: sets, workspace {}", u, w);
    if (reaches(Reach::kIndependent, kNone) != (rules.owns(u) && world.node_workspace == kNone))
      return fmt::format("user {}: sets, independent nodes", u);
    if (reaches(Reach::kOwnedAccounts, kNone) != rules.owns_account(u))
      return fmt::format("user {}: sets, nodes on own accounts", u);
  }
  return {};
}

std::string who_differs(const World& world, Setting& setting, std::size_t limit) {
  std::vector<Reacher> expected;
  for (int u = 0; u < kUsers; ++u) {
    std::vector<Way> ways = ways_of(world, u);
    if (!ways.empty()) expected.push_back({user(u), std::move(ways)});
  }
  std::string difference = lists_differ(
      "who",
      walk([&](const PageOfUsers& page) { return who_reads(setting.directory, setting.node(), page, kNever); }, limit),
      expected);
  for (int w = 0; w < kWorkspaces && difference.empty(); ++w) {
    expected.clear();
    for (int u = 0; u < kUsers; ++u) {
      std::vector<Way> ways = ways_to_create(world, u, w);
      if (!ways.empty()) expected.push_back({user(u), std::move(ways)});
    }
    const auto ask = [&](const PageOfUsers& page) {
      return who_creates(setting.directory, setting.account().owner_id, workspace(w), is_public(world, w), page,
                         kNever);
    };
    difference = lists_differ("who creates", walk(ask, limit), expected);
  }
  return difference;
}

std::string preview_differs(const World& before, const World& after, Setting& setting, std::size_t limit) {
  // The directory stays as it is before; the node and the enablements change.
  World then = before;
  then.owner = after.owner;
  then.node_workspace = after.node_workspace;
  then.scope = after.scope;
  then.granted_users = after.granted_users;
  then.granted_teams = after.granted_teams;
  then.enabled = after.enabled;
  const NodeIn node(then);
  const Effect effect = walk_preview(
      [&](const PageOfUsers& page) {
        return preview_node(setting.directory, setting.node(), node.facts(), page, kNever);
      },
      limit);
  // The ways that are named are those that come or go; for somebody who gains, that is all there are.
  const Effect expected = expected_effect(before, then, ways_of);
  std::string difference = lists_differ("gains", effect.gains, expected.gains);
  if (difference.empty()) difference = lists_differ("losses", effect.losses, expected.losses);
  for (int w = 0; w < kWorkspaces && difference.empty(); ++w) {
    const Effect made = walk_preview(
        [&](const PageOfUsers& page) {
          return preview_enablement(setting.directory, setting.account().owner_id, workspace(w), is_public(before, w),
                                    is_public(then, w), page, kNever);
        },
        limit);
    const Effect should =
        expected_effect(before, then, [&](const World& world, int u) { return ways_to_create(world, u, w); });
    difference = lists_differ("enablement, gains", made.gains, should.gains);
    if (difference.empty()) difference = lists_differ("enablement, losses", made.losses, should.losses);
  }
  return difference;
}

// Every bit, relation, scope and grant of one asker, for a node in a workspace and for one in none.
TEST(Comparison, EverySmallWorld) {
  int worlds = 0;
  for (const int bit : kBits) {
    for (const int other_bit : {kNone, 8, 32}) {
      for (int relation = 0; relation < 8; ++relation) {
        for (const Scope scope : {Scope::kPrivate, Scope::kWorkspace, Scope::kShared}) {
          for (int grants = 0; grants < 8; ++grants) {
            for (const int node_workspace : {kNone, 0}) {
              World world;
              world.people[0].bit = {bit, other_bit};
              world.owner = (relation & 1) != 0 ? 0 : 1;
              world.account_owner = (relation & 2) != 0 ? 0 : 2;
              world.people[0].is_operator = (relation & 4) != 0;
              world.node_workspace = node_workspace;
              world.scope = scope;
              world.teams[2].workspace = 1;
              world.granted_users[0] = (grants & 1) != 0;
              world.granted_teams[0] = world.teams[0].members[0] = (grants & 2) != 0;
              world.granted_teams[2] = world.teams[2].members[0] = (grants & 4) != 0;
              world.enabled = {static_cast<Enabled>(grants % 3), static_cast<Enabled>(relation % 3)};
              world.settle();
              const Setting setting(world);
              ASSERT_EQ(decisions_differ(world, setting), "") << shown(world);
              ++worlds;
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(worlds, 8 * 3 * 8 * 3 * 8 * 2);
}

}  // namespace authz::reference

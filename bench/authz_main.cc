// What a decision on facts in hand costs: the rules alone, without the store and the directory. The node is shared with
// 1,000 users and 100 teams; whoever asks is another user each time, of three teams (of one hundred in the last lines).
// The floor, in the same run: looking an id up in a hash set of 1,000 ids.
//
//   build/release/bench/bench_authz

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "authz/rules.h"
#include "base/check.h"
#include "base/ids.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kUsers = 1000, kTeams = 100, kAskers = 1024, kRounds = 7, kTurns = 400;

// Ids that share no prefix beyond their kind, as random ones do not.
std::string id(base::IdKind kind, int n) {
  return base::make_id(kind, fmt::format("{:08x}-0000-4000-8000-{:012x}", static_cast<unsigned>(n) * 2654435761U, n));
}

std::vector<std::string> ids(base::IdKind kind, int first, int count) {
  std::vector<std::string> list;
  for (int n = first; n < first + count; ++n) list.push_back(id(kind, n));
  std::sort(list.begin(), list.end());
  return list;
}

// In another order than that of the list that is searched.
std::vector<std::string> shuffled(std::vector<std::string> list) {
  for (std::size_t i = 0; i < list.size(); ++i) std::swap(list[i], list[(i * 7919) % list.size()]);
  return list;
}

// The best of some rounds, in ns a question: noise of the machine only ever adds.
template <class Ask>
double best_ns(const std::vector<std::string>& askers, Ask ask) {
  double best = 1e9;
  std::size_t sum = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Clock::time_point begin = Clock::now();
    for (int turn = 0; turn < kTurns; ++turn)
      for (const std::string& asker : askers) sum += static_cast<std::size_t>(ask(asker));
    const std::chrono::duration<double, std::nano> spent = Clock::now() - begin;
    best = std::min(best, spent.count() / (kTurns * static_cast<double>(askers.size())));
  }
  CHECK(sum != 1, "the answers are used");
  return best;
}

void print(std::string_view what, double ns) { fmt::print("{:<74}{:>8.1f} ns\n", what, ns); }

struct World {
  std::vector<std::string> users = ids(base::IdKind::kUser, 0, kUsers);
  std::vector<std::string> teams = ids(base::IdKind::kTeam, 0, kTeams);
  std::vector<std::string_view> user_views{users.begin(), users.end()};
  std::vector<std::string_view> team_views{teams.begin(), teams.end()};
  std::vector<std::string> strangers = shuffled(ids(base::IdKind::kUser, 100'000, kAskers));
  std::vector<std::string> granted = shuffled(users);
  std::string owner = id(base::IdKind::kUser, 200'000), account_owner = id(base::IdKind::kUser, 200'001);
  std::string workspace = id(base::IdKind::kWorkspace, 0);
  authz::NodeFacts shared{owner, account_owner, workspace, authz::Scope::kShared, user_views, team_views};

  [[nodiscard]] authz::NodeFacts of(authz::Scope scope) const {
    authz::NodeFacts node = shared;
    node.scope = scope;
    return node;
  }
};

catalog::Membership member(int bit, std::vector<std::string> teams) {
  std::sort(teams.begin(), teams.end());
  return {.workspace_exists = true, .is_member = true, .permission_bit = bit, .team_ids = std::move(teams)};
}

struct Case {
  std::string_view what;
  authz::NodeAction action;
  authz::NodeFacts node;
  catalog::Membership membership;
  const std::vector<std::string>& askers;
  authz::Reason expected;
};

}  // namespace

int main() {
  const World world;
  using authz::NodeAction, authz::Reason, authz::Scope;
  const std::vector<std::string> owner(kAskers, world.owner), account_owner(kAskers, world.account_owner);
  const std::vector<std::string> others = ids(base::IdKind::kTeam, 1000, kTeams);
  std::vector<std::string> last_is_granted{others.begin(), others.end() - 1};
  last_is_granted.push_back(world.teams.back());
  authz::NodeFacts independent = world.shared;
  independent.workspace_id = {};
  const catalog::Membership plain = member(8, {others[10], others[50], others[90]});

  const Case cases[] = {
      {"allow: owner", NodeAction::kRead, world.shared, plain, owner, Reason::kOwnsNode},
      {"allow: owner of the account", NodeAction::kRead, world.shared, plain, account_owner, Reason::kOwnsNodesAccount},
      {"allow: member, node open to the workspace", NodeAction::kRead, world.of(Scope::kWorkspace), plain,
       world.strangers, Reason::kOpenToWorkspace},
      {"allow: granted user among 1,000", NodeAction::kRead, world.shared, plain, world.granted,
       Reason::kGrantedToUser},
      {"allow: granted team among 100 (and 1,000 users), the last of 3 of theirs", NodeAction::kRead, world.shared,
       member(8, {others[10], others[50], world.teams[99]}), world.strangers, Reason::kGrantedToTeam},
      {"deny: shared with 1,000 users and 100 teams, none of 3 of theirs", NodeAction::kRead, world.shared, plain,
       world.strangers, Reason::kNotGranted},
      {"deny: node is private", NodeAction::kRead, world.of(Scope::kPrivate), plain, world.strangers,
       Reason::kPrivateNode},
      {"deny: no member", NodeAction::kRead, world.shared, {}, world.strangers, Reason::kNotMember},
      {"deny: bit below 8", NodeAction::kRead, world.shared, member(4, {}), world.strangers, Reason::kLowBit},
      {"deny: node of no workspace", NodeAction::kRead, independent, plain, world.strangers, Reason::kIndependentNode},
      {"deny: granted user changes it", NodeAction::kUpdate, world.shared, plain, world.granted, Reason::kNotNodeOwner},
      {"allow: granted team among 100, the last of 100 of theirs", NodeAction::kRead, world.shared,
       member(8, last_is_granted), world.strangers, Reason::kGrantedToTeam},
      {"deny: shared with 1,000 users and 100 teams, none of 100 of theirs", NodeAction::kRead, world.shared,
       member(8, others), world.strangers, Reason::kNotGranted},
  };

  const std::unordered_set<std::string_view> hashed(world.user_views.begin(), world.user_views.end());
  print("baseline: one id in a hash set of 1,000",
        best_ns(world.granted, [&](const std::string& asker) { return hashed.contains(asker); }));
  for (const Case& each : cases) {
    const authz::Known known{.membership = &each.membership};
    CHECK(rule(each.askers.front(), each.action, each.node, known).reason == each.expected, "the case is what it says");
    print(each.what, best_ns(each.askers, [&](const std::string& asker) {
            return rule(asker, each.action, each.node, known).reason;
          }));
  }
  return 0;
}

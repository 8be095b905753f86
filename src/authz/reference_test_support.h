// For tests: the access rules of docs/concepts/access.md, written down a second time, as plainly as can be, over small
// worlds of numbers. Slow, and separate from rules.cc: nothing is shared with the engine but the names of its answers.
//
// A world has a few users, workspaces, teams, one account and one node on it. Everything is a value; the generator is
// seeded, so that a world can be had again, and a world that shows a difference can be made smaller (smaller_than).
// Moves are what somebody can do to a world, with the effects that the domains give them; `is_legal` says whether
// anybody may.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "authz/engine.h"

namespace authz::reference {

inline constexpr int kUsers = 4;
inline constexpr int kWorkspaces = 2;
inline constexpr int kTeams = 3;
inline constexpr int kNone = -1;  // no workspace; no member; a team that is not there
inline constexpr std::array kBits = {kNone, 0, 1, 2, 4, 8, 16, 32};

inline std::string user(int n) { return fmt::format("N:user:{}", n); }
inline std::string workspace(int n) { return n < 0 ? "" : fmt::format("N:organization:{}", n); }
inline std::string team(int n) { return fmt::format("N:team:{}", n); }
inline int number_of(const std::string& id) { return id.empty() ? kNone : id.back() - '0'; }

enum Enabled { kNot, kPrivately, kPublicly };

template <std::size_t N>
using Flags = std::array<bool, N>;

struct World {
  struct Person {
    bool known = true;
    bool is_operator = false;
    std::array<int, kWorkspaces> bit{kNone, kNone};
    bool operator==(const Person&) const = default;
  };
  struct TeamOf {
    int workspace = 0;
    Flags<kUsers> members{};
    bool operator==(const TeamOf&) const = default;
  };
  std::array<Person, kUsers> people;
  std::array<TeamOf, kTeams> teams;
  int account_owner = 0;
  std::array<Enabled, kWorkspaces> enabled{kNot, kNot};
  // The node, which stands on the account.
  int owner = 0;
  int node_workspace = kNone;
  Scope scope = Scope::kPrivate;
  Flags<kUsers> granted_users{};
  Flags<kTeams> granted_teams{};

  // Members are in the directory, and teams have members of their workspace alone.
  void settle() {
    for (Person& person : people)
      for (const int bit : person.bit) person.known = person.known || bit != kNone;
    for (TeamOf& each : teams)
      for (int u = 0; u < kUsers; ++u)
        if (each.workspace == kNone || people.at(u).bit.at(each.workspace) == kNone) each.members.at(u) = false;
  }
  bool operator==(const World&) const = default;
};

// The rules.
struct Rules {
  const World& world;

  [[nodiscard]] bool is_member(int u, int w) const { return world.people[u].bit[w] != kNone; }
  [[nodiscard]] bool works_in(int u, int w) const { return world.people[u].bit[w] >= 8; }
  [[nodiscard]] bool administers(int u, int w) const { return world.people[u].bit[w] >= 16; }

  // Every way in which a user reads the node.
  [[nodiscard]] bool owns(int u) const { return u == world.owner; }
  [[nodiscard]] bool owns_account(int u) const { return u == world.account_owner; }
  [[nodiscard]] bool works_at_node(int u) const {
    return world.node_workspace != kNone && works_in(u, world.node_workspace);
  }
  [[nodiscard]] bool by_workspace(int u) const { return works_at_node(u) && world.scope == Scope::kWorkspace; }
  [[nodiscard]] bool by_user_grant(int u) const {
    return works_at_node(u) && world.scope == Scope::kShared && world.granted_users[u];
  }
  [[nodiscard]] bool by_team(int u, int t) const {
    return works_at_node(u) && world.scope == Scope::kShared && world.granted_teams[t] &&
           world.teams[t].workspace == world.node_workspace && world.teams[t].members[u];
  }
  [[nodiscard]] bool reads_node(int u) const {
    if (owns(u) || owns_account(u) || by_workspace(u) || by_user_grant(u)) return true;
    for (int t = 0; t < kTeams; ++t)
      if (by_team(u, t)) return true;
    return false;
  }

  [[nodiscard]] Verdict on_node(int u, NodeAction action) const {
    if (action == NodeAction::kRead) return reads_node(u) ? Verdict::kAllow : Verdict::kHide;
    const bool hands_over = action == NodeAction::kChangeOwner;
    bool may = owns(u);
    if ((hands_over || action == NodeAction::kShare) && world.node_workspace != kNone && !works_at_node(u)) may = false;
    if (hands_over && world.people[u].is_operator) may = true;
    if (may) return Verdict::kAllow;
    return reads_node(u) ? Verdict::kForbid : Verdict::kHide;
  }

  [[nodiscard]] bool sees_account(int u) const {
    for (int w = 0; w < kWorkspaces; ++w)
      if (world.enabled[w] == kPublicly && administers(u, w)) return true;
    return owns_account(u);
  }
  [[nodiscard]] Verdict on_account(int u, AccountAction action) const {
    if (owns_account(u)) return Verdict::kAllow;
    if (!sees_account(u)) return Verdict::kHide;
    return action == AccountAction::kRead ? Verdict::kAllow : Verdict::kForbid;
  }
  [[nodiscard]] Verdict on_create(int u, int w) const {
    if (w == kNone) {
      if (owns_account(u)) return Verdict::kAllow;
      return sees_account(u) ? Verdict::kForbid : Verdict::kHide;
    }
    if (!works_in(u, w)) return Verdict::kForbid;
    if (world.enabled[w] == kNot) return owns_account(u) ? Verdict::kForbid : Verdict::kHide;
    const bool may = owns_account(u) || (world.enabled[w] == kPublicly && administers(u, w));
    return may ? Verdict::kAllow : Verdict::kForbid;
  }
  [[nodiscard]] Verdict on_workspace(int u, int w, WorkspaceAction action) const {
    const bool may = action == WorkspaceAction::kRead ? world.people[u].bit[w] > 0 : administers(u, w);
    return may ? Verdict::kAllow : Verdict::kForbid;
  }
};

struct Move {
  enum Kind {
    kKnow,       // who
    kBit,        // who, what: workspace, bit
    kJoin,       // who, what: team
    kPart,       // the same
    kScope,      // what: the scope
    kGrant,      // who
    kRevoke,     // who
    kGrantTeam,  // what: team
    kRevokeTeam,
    kOwner,   // who
    kAttach,  // what: workspace
    kDetach,
    kEnable,    // what: workspace; bit: Enabled, kNot to disable
    kOperator,  // who: becomes one, or is one no more
  } kind = kDetach;
  int who = 0;
  int what = 0;
  int bit = 0;
};

inline void make_private(World& world) {
  world.scope = Scope::kPrivate;
  world.granted_users = {};
  world.granted_teams = {};
}

inline World after(World world, const Move& move) {
  switch (move.kind) {
    case Move::kKnow:
      world.people[move.who].known = true;
      break;
    case Move::kBit:
      world.people[move.who].bit[move.what] = move.bit;
      break;
    case Move::kJoin:
    case Move::kPart:
      world.teams[move.what].members[move.who] = move.kind == Move::kJoin;
      break;
    case Move::kScope:
      if (world.scope != static_cast<Scope>(move.what)) make_private(world);
      world.scope = static_cast<Scope>(move.what);
      break;
    case Move::kGrant:
      world.granted_users[move.who] = true;
      world.scope = Scope::kShared;
      break;
    case Move::kGrantTeam:
      world.granted_teams[move.what] = true;
      world.scope = Scope::kShared;
      break;
    case Move::kRevoke:
      world.granted_users[move.who] = false;
      break;
    case Move::kRevokeTeam:
      world.granted_teams[move.what] = false;
      break;
    case Move::kOwner:
      world.owner = move.who;
      world.granted_users[move.who] = false;
      break;
    case Move::kAttach:
    case Move::kDetach:
      make_private(world);
      world.node_workspace = move.kind == Move::kAttach ? move.what : kNone;
      break;
    case Move::kEnable:
      world.enabled[move.what] = static_cast<Enabled>(move.bit);
      break;
    case Move::kOperator:
      world.people[move.who].is_operator = !world.people[move.who].is_operator;
      break;
  }
  world.settle();
  return world;
}

// Whether somebody may make this move: the owner, the account's owner, an operator, or who keeps the directory. Making
// operators is left out, as explain.h says.
inline bool is_legal(const World& world, const Move& move) {
  const Rules rules{world};
  const bool attached = world.node_workspace != kNone;
  const bool shares = attached && rules.on_node(world.owner, NodeAction::kShare) == Verdict::kAllow;
  switch (move.kind) {
    case Move::kKnow:
    case Move::kBit:
      return true;
    case Move::kJoin:
    case Move::kPart:
      return world.teams[move.what].workspace != kNone && rules.is_member(move.who, world.teams[move.what].workspace);
    case Move::kScope:
      return shares || static_cast<Scope>(move.what) == Scope::kPrivate;
    case Move::kGrant:
      return shares && world.scope != Scope::kWorkspace && rules.works_at_node(move.who);
    case Move::kGrantTeam:
      return shares && world.scope != Scope::kWorkspace && world.teams[move.what].workspace == world.node_workspace;
    case Move::kRevoke:
    case Move::kRevokeTeam:
      return true;
    case Move::kOwner:
      return attached ? rules.works_at_node(move.who) : world.people[move.who].known;
    case Move::kAttach:
      return !attached && rules.on_create(world.owner, move.what) == Verdict::kAllow;
    case Move::kDetach:
      return attached;
    case Move::kEnable:
      return world.enabled[move.what] != kNot || rules.works_in(world.account_owner, move.what);
    case Move::kOperator:
      return false;
  }
  return false;
}

// Every move that there is in a world of this size; bits: those at which something begins.
inline const std::vector<Move>& all_moves() {
  static const std::vector<Move> moves = [] {
    std::vector<Move> list{{Move::kDetach}};
    for (int u = 0; u < kUsers; ++u) {
      for (const Move::Kind kind : {Move::kKnow, Move::kGrant, Move::kRevoke, Move::kOwner, Move::kOperator})
        list.push_back({kind, u});
      for (int w = 0; w < kWorkspaces; ++w)
        for (const int bit : {kNone, 1, 8, 16}) list.push_back({Move::kBit, u, w, bit});
      for (int t = 0; t < kTeams; ++t) {
        list.push_back({Move::kJoin, u, t});
        list.push_back({Move::kPart, u, t});
      }
    }
    for (int t = 0; t < kTeams; ++t) {
      list.push_back({Move::kGrantTeam, 0, t});
      list.push_back({Move::kRevokeTeam, 0, t});
    }
    for (int scope = 0; scope < 3; ++scope) list.push_back({Move::kScope, 0, scope});
    for (int w = 0; w < kWorkspaces; ++w) {
      list.push_back({Move::kAttach, 0, w});
      for (const Enabled enabled : {kNot, kPrivately, kPublicly}) list.push_back({Move::kEnable, 0, w, enabled});
    }
    return list;
  }();
  return moves;
}

// Whether at most `moves` legal moves lead to a world of which `holds` is true.
template <class Holds>
bool is_reachable(const World& world, int moves, const Holds& holds) {
  if (holds(world)) return true;
  if (moves == 0) return false;
  for (const Move& move : all_moves()) {
    if (is_legal(world, move) && is_reachable(after(world, move), moves - 1, holds)) return true;
  }
  return false;
}

// SplitMix64: small, and good enough to choose worlds.
class Choice {
 public:
  explicit Choice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  int below(int count) { return static_cast<int>(next() % static_cast<std::uint64_t>(count)); }
  bool one_in(int count) { return below(count) == 0; }

 private:
  std::uint64_t state_;
};

inline World random_world(Choice& choice) {
  World world;
  for (World::Person& person : world.people) {
    person.known = !choice.one_in(4);
    person.is_operator = choice.one_in(4);
    for (int& bit : person.bit) bit = kBits.at(choice.below(kBits.size()));
  }
  for (World::TeamOf& each : world.teams) {
    each.workspace = choice.one_in(6) ? kNone : choice.below(kWorkspaces);
    for (bool& member : each.members) member = choice.one_in(2);
  }
  world.account_owner = choice.below(kUsers);
  for (Enabled& enabled : world.enabled) enabled = static_cast<Enabled>(choice.below(3));
  world.owner = choice.below(kUsers);
  world.node_workspace = choice.one_in(5) ? kNone : choice.below(kWorkspaces);
  world.scope = static_cast<Scope>(choice.below(4) % 3);
  if (choice.one_in(2)) world.scope = Scope::kShared;
  for (bool& granted : world.granted_users) granted = choice.one_in(3);
  for (bool& granted : world.granted_teams) granted = choice.one_in(2);
  world.settle();
  return world;
}

inline Move random_move(Choice& choice) { return all_moves().at(choice.below(static_cast<int>(all_moves().size()))); }

// The worlds that are one thing simpler.
inline std::vector<World> smaller_than(const World& world) {
  std::vector<World> list;
  const auto add = [&](auto&& change) {
    World smaller = world;
    change(smaller);
    smaller.settle();
    if (!(smaller == world)) list.push_back(smaller);
  };
  for (int u = 0; u < kUsers; ++u) {
    add([&](World& w) { w.people[u] = {}; });
    for (int where = 0; where < kWorkspaces; ++where) {
      for (const int bit : kBits) {
        if (bit < world.people[u].bit[where]) add([&](World& w) { w.people[u].bit[where] = bit; });
      }
    }
    add([&](World& w) { w.people[u].is_operator = false; });
    add([&](World& w) { w.people[u].known = true; });
    add([&](World& w) { w.granted_users[u] = false; });
    for (int t = 0; t < kTeams; ++t) add([&](World& w) { w.teams[t].members[u] = false; });
    if (u < world.owner) add([&](World& w) { w.owner = u; });
    if (u < world.account_owner) add([&](World& w) { w.account_owner = u; });
  }
  for (int t = 0; t < kTeams; ++t) {
    add([&](World& w) { w.granted_teams[t] = false; });
    add([&](World& w) { w.teams[t].workspace = 0; });
  }
  for (int where = 0; where < kWorkspaces; ++where) {
    for (int enabled = 0; enabled < world.enabled[where]; ++enabled)
      add([&](World& w) { w.enabled[where] = static_cast<Enabled>(enabled); });
  }
  for (int where = kNone; where < world.node_workspace; ++where) add([&](World& w) { w.node_workspace = where; });
  for (int scope = 0; scope < static_cast<int>(world.scope); ++scope)
    add([&](World& w) { w.scope = static_cast<Scope>(scope); });
  return list;
}

// What differs from an empty world, a line each.
inline std::string shown(const World& world) {
  std::string text;
  for (int u = 0; u < kUsers; ++u) {
    const World::Person& person = world.people[u];
    if (!person.known) text += fmt::format("  user {} is not in the directory\n", u);
    if (person.is_operator) text += fmt::format("  user {} is an operator\n", u);
    for (int w = 0; w < kWorkspaces; ++w)
      if (person.bit[w] != kNone) text += fmt::format("  user {} has bit {} in workspace {}\n", u, person.bit[w], w);
  }
  for (int t = 0; t < kTeams; ++t) {
    if (world.teams[t].workspace == kNone) text += fmt::format("  team {} is not there\n", t);
    for (int u = 0; u < kUsers; ++u)
      if (world.teams[t].members[u])
        text += fmt::format("  user {} is in team {} of workspace {}\n", u, t, world.teams[t].workspace);
  }
  text += fmt::format("  user {} owns the account\n", world.account_owner);
  for (int w = 0; w < kWorkspaces; ++w)
    if (world.enabled[w] != kNot)
      text += fmt::format("  it is enabled {} in workspace {}\n",
                          world.enabled[w] == kPublicly ? "publicly" : "privately", w);
  constexpr std::array kScopes = {"private", "open to its workspace", "shared"};
  text += fmt::format(
      "  user {} owns the node, which is {}, in {}\n", world.owner, kScopes.at(static_cast<std::size_t>(world.scope)),
      world.node_workspace == kNone ? "no workspace" : fmt::format("workspace {}", world.node_workspace));
  for (int u = 0; u < kUsers; ++u)
    if (world.granted_users[u]) text += fmt::format("  it is granted to user {}\n", u);
  for (int t = 0; t < kTeams; ++t)
    if (world.granted_teams[t])
      text += fmt::format("  it is granted to team {} of workspace {}\n", t, world.teams[t].workspace);
  return text;
}

}  // namespace authz::reference

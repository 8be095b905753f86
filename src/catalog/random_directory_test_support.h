// For tests: random changes of a small directory, for rapidcheck.

#pragma once

#include <set>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "catalog/directory_test_support.h"

namespace catalog {

// How large the world is; team t is of workspace t % workspaces, for good.
struct WorldSize {
  int users = 6;
  int workspaces = 3;
  int teams = 6;
};

// Some of 0 to n - 1.
inline std::set<int> some_of(int n) {
  std::set<int> chosen;
  for (int i = 0; i < n; ++i) {
    if (*rc::gen::arbitrary<bool>()) chosen.insert(i);
  }
  return chosen;
}

// A document that names some users again, and states some workspaces; the users are there already.
inline Snapshot any_change(const WorldSize& size) {
  const auto any_name = [] {
    return *rc::gen::element<std::string>("Heart", "Ünïcode \xE2\x9C\x93", "a", "O'Brien; --");
  };
  Snapshot change;
  for (const int u : some_of(size.users)) change.users.push_back({user_id(u), any_name(), any_name()});
  for (const int w : some_of(size.workspaces)) {
    SnapshotWorkspace workspace{workspace_id(w), any_name(), {}, {}};
    for (const int u : some_of(size.users)) {
      workspace.members.push_back({user_id(u), *rc::gen::element(0, 1, 2, 4, 8, 16, 32)});
    }
    for (const int t : some_of(size.teams)) {
      if (t % size.workspaces != w) continue;
      // Who is no member may be in a team all the same, and is nobody by that.
      SnapshotTeam team{team_id(t), any_name(), {}};
      for (const int u : some_of(size.users)) team.members.push_back(user_id(u));
      workspace.teams.push_back(team);
    }
    change.workspaces.push_back(workspace);
  }
  return change;
}

}  // namespace catalog

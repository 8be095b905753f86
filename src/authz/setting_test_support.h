// For tests: a world of the reference (reference_test_support.h) in the form in which the engine is asked, and
// questions about it in numbers. `become` changes the world under the same engine, as a change in the directory would.
//
//   Lifetime   the facts are views into the setting, until it becomes another world.
//   Threads    one.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "authz/engine.h"
#include "authz/explain.h"
#include "authz/fake_directory.h"
#include "authz/reference_test_support.h"

namespace authz::reference {

// A node's facts, with what they are views of.
class NodeIn {
 public:
  explicit NodeIn(const World& world)
      : owner_(user(world.owner)),
        account_owner_(user(world.account_owner)),
        workspace_(workspace(world.node_workspace)),
        scope_(world.scope) {
    for (int u = 0; u < kUsers; ++u)
      if (world.granted_users[u]) users_.push_back(user(u));
    for (int t = 0; t < kTeams; ++t)
      if (world.granted_teams[t]) teams_.push_back(team(t));
    user_views_.assign(users_.begin(), users_.end());
    team_views_.assign(teams_.begin(), teams_.end());
  }
  NodeIn(const NodeIn&) = delete;
  NodeIn& operator=(const NodeIn&) = delete;

  [[nodiscard]] NodeFacts facts() const {
    return {owner_, account_owner_, workspace_, scope_, user_views_, team_views_};
  }

 private:
  std::string owner_, account_owner_, workspace_;
  Scope scope_;
  std::vector<std::string> users_, teams_;
  std::vector<std::string_view> user_views_, team_views_;
};

class Setting {
 public:
  explicit Setting(const World& world) { become(world); }

  void become(const World& world) {
    node_.emplace(world);
    account_owner_ = user(world.account_owner);
    enablements_.clear();
    for (int w = 0; w < kWorkspaces; ++w) {
      if (world.enabled[w] != kNot) enablements_.push_back({workspaces_.at(w), world.enabled[w] == kPublicly});
    }
    directory.edit([&](catalog::DirectoryModel& model) {
      model = {};
      for (int w = 0; w < kWorkspaces; ++w) model.workspaces[workspace(w)];
      for (int u = 0; u < kUsers; ++u) {
        const World::Person& person = world.people[u];
        if (person.known) model.users[user(u)] = {user(u), "", ""};
        if (person.is_operator) model.operators.insert(user(u));
        for (int w = 0; w < kWorkspaces; ++w)
          if (person.bit[w] != kNone) model.workspaces[workspace(w)].members[user(u)] = person.bit[w];
      }
      for (int t = 0; t < kTeams; ++t) {
        if (world.teams[t].workspace == kNone) continue;
        std::set<std::string>& members = model.workspaces[workspace(world.teams[t].workspace)].teams[team(t)].members;
        for (int u = 0; u < kUsers; ++u)
          if (world.teams[t].members[u]) members.insert(user(u));
      }
    });
  }

  [[nodiscard]] NodeFacts node() const { return node_->facts(); }
  [[nodiscard]] AccountFacts account() const { return {account_owner_, enablements_}; }

  FakeDirectory directory;
  Engine engine{directory};
  Explainer explainer{engine, directory};

 private:
  const std::array<std::string, kWorkspaces> workspaces_{workspace(0), workspace(1)};
  std::optional<NodeIn> node_;
  std::string account_owner_;
  std::vector<EnablementFacts> enablements_;
};

}  // namespace authz::reference

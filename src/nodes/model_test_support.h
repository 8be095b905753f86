// For model_test: the rules of nodes in their plainest form, on a handful of people, workspaces and accounts.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "nodes/nodes_test_support.h"

namespace nodes::model {

using authz::Scope;
using operations::Status;

// User 4 operates the platform; 0 and 1 own an account each.
constexpr int kUsers = 5, kOperator = 4, kWorkspaces = 2, kAccounts = 2, kTeams = 2, kNone = -1;
constexpr std::size_t kNodesMax = 6;

enum class Outcome { kDone, kRefused, kHidden };

struct NodeModel {
  std::string uuid, name;
  base::Time created{};
  int account = 0, workspace = kNone, owner = 0;
  NodeStatus status = NodeStatus::kPending;
  NodeStatus before = NodeStatus::kPending;  // it was Destroying
  Scope scope = Scope::kPrivate;
  std::set<int> users, teams;
  std::string operation;
  bool open = true, deletes = false;  // of the operation
};

struct Model {
  int bit[kUsers][kWorkspaces];
  std::set<int> members[kTeams];  // team t is of workspace t
  bool paused[kAccounts] = {false, false};
  // Account 0 is public in workspace 0 and private in 1; account 1 is enabled, publicly, in 0 alone.
  static constexpr int kEnabled[kAccounts][kWorkspaces] = {{2, 1}, {2, 0}};
  std::vector<NodeModel> nodes;

  bool full(int u, int w) const { return bit[u][w] >= 8; }
  bool reads(int u, const NodeModel& node) const {
    if (u == node.owner || u == node.account) return true;  // user a owns account a
    if (node.workspace == kNone || !full(u, node.workspace) || node.scope == Scope::kPrivate) return false;
    if (node.scope == Scope::kWorkspace || node.users.contains(u)) return true;
    return node.teams.contains(node.workspace) && members[node.workspace].contains(u);
  }
  Outcome not_owner(int u, const NodeModel& node) const {
    return reads(u, node) ? Outcome::kRefused : Outcome::kHidden;
  }
  bool may_widen(const NodeModel& node) const { return node.workspace == kNone || full(node.owner, node.workspace); }

  Outcome creates(int u, int account, int w) const {
    const bool owns = u == account;
    if (w == kNone) {
      bool sees = false;
      for (int each = 0; each < kWorkspaces; ++each) sees |= kEnabled[account][each] == 2 && bit[u][each] >= 16;
      if (!owns) return sees ? Outcome::kRefused : Outcome::kHidden;
    } else {
      if (!full(u, w)) return Outcome::kRefused;
      if (kEnabled[account][w] == 0) return owns ? Outcome::kRefused : Outcome::kHidden;
      if (!owns && (kEnabled[account][w] != 2 || bit[u][w] < 16)) return Outcome::kRefused;
    }
    return paused[account] ? Outcome::kRefused : Outcome::kDone;
  }

  void end(NodeModel& node, Status outcome) {
    const bool was_deletion = node.deletes;
    node.open = false;
    if (was_deletion && outcome == Status::kCancelled)
      node.status = node.before == NodeStatus::kPending ? NodeStatus::kFailed : node.before;
    else
      node.status = !was_deletion && outcome == Status::kSuccess ? NodeStatus::kEnabled : NodeStatus::kFailed;
    if (was_deletion && outcome == Status::kSuccess)
      std::erase_if(nodes, [&](const NodeModel& each) { return each.uuid == node.uuid; });
  }
  Outcome share(int u, NodeModel& node) const {  // what grants and wider scopes need
    if (u != node.owner) return not_owner(u, node);
    const bool can = may_widen(node) && node.workspace != kNone && node.status != NodeStatus::kDestroying;
    return can ? Outcome::kDone : Outcome::kRefused;
  }
  static void make_private(NodeModel& node) {
    node.scope = Scope::kPrivate;
    node.users.clear();
    node.teams.clear();
  }
};

}  // namespace nodes::model

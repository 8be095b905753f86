#include "tests/hardening/model.h"

namespace hardening {

Model::Model() {
  for (auto& user : bit) user.fill(kNone);
  bit[0] = {32, 8};   // ada, who brings the first account
  bit[1] = {16, 32};  // ben
  bit[2] = {8, 16};   // cy
  bit[3] = {8, kNone};
  bit[4] = {1, 8};  // gus, a guest
  bit[kOperator] = {16, kNone};
  team[0] = {2, 4};
  team[1] = {3};
  team[2] = {0, 4};
}

int Model::bit_of(int u, int w) const {
  if (u >= kUsers || w < 0 || w >= kWorkspaces) return kNone;
  return bit[static_cast<std::size_t>(u)][static_cast<std::size_t>(w)];
}

bool Model::sees_enablement(int u, const Account& account, int w) const {
  const auto found = account.enabled.find(w);
  if (found == account.enabled.end()) return false;
  return u == account.owner || (found->second && administers(u, w));
}

bool Model::sees(int u, const Account& account) const {
  if (u == account.owner) return true;
  for (int w = 0; w < kWorkspaces; ++w)
    if (sees_enablement(u, account, w)) return true;
  return false;
}

bool Model::reads(int u, const Node& node) const {
  if (u == node.owner || u == accounts[static_cast<std::size_t>(node.account)].owner) return true;
  if (!full(u, node.workspace) || node.scope == "private") return false;
  if (node.scope == "workspace" || node.users.contains(u)) return true;
  for (const int each : node.teams)
    if (team[static_cast<std::size_t>(each)].contains(u)) return true;
  return false;
}

bool Model::sees(int u, const Operation& operation) const {
  return u == kOperator || u == operation.started_by || operation.seen_by.contains(u);
}

std::string Model::shown_status(const Node& node) const {
  const bool paused = accounts[static_cast<std::size_t>(node.account)].status == "Paused";
  return node.status == "Enabled" && paused ? "Paused" : node.status;
}

int Model::nodes_on(int account, int w) const {
  int count = 0;
  for (const Node& node : nodes)
    if (!node.gone && node.account == account && (w == -2 || node.workspace == w)) ++count;
  return count;
}

// ---- accounts

int Model::registers(int u, const std::string& number) const {
  for (const Account& account : accounts)
    if (!account.gone && account.owner == u && account.number == number) return 409;
  return 0;
}

int Model::changes(int u, const Account* account, bool version_ok) const {
  if (account == nullptr) return 404;
  if (u != account->owner) return not_owner(u, *account);
  if (!version_ok) return 412;
  return account->status == "Deleting" ? 409 : 0;
}

int Model::deletes(int u, const Account* account, bool force, bool version_ok) const {
  if (account == nullptr) return 404;
  if (u != account->owner) return not_owner(u, *account);
  if (!version_ok) return 412;
  return nodes_on(place_of(*account)) > 0 && !force ? 409 : 0;
}

int Model::enables(int u, const Account* account, int w) const {
  if (account == nullptr) return 404;
  if (u != account->owner) return not_owner(u, *account);
  if (!full(u, w)) return 403;
  return account->status == "Deleting" || account->enabled.contains(w) ? 409 : 0;
}

int Model::changes_enablement(int u, const Account* account, int w, bool version_ok) const {
  if (account == nullptr) return 404;
  if (u != account->owner) return not_owner(u, *account);
  if (!account->enabled.contains(w)) return 404;
  if (!version_ok) return 412;
  return account->status == "Deleting" ? 409 : 0;
}

int Model::disables(int u, const Account* account, int w, bool version_ok) const {
  if (account == nullptr) return 404;
  if (u != account->owner) return not_owner(u, *account);
  if (!account->enabled.contains(w)) return 404;
  if (!version_ok) return 412;
  return nodes_on(place_of(*account), w) > 0 ? 409 : 0;
}

// ---- nodes

int Model::creates(int u, const Account* account, int w) const {
  if (w != kNone && !full(u, w)) return 403;
  if (account == nullptr) return 404;
  const bool owns = u == account->owner;
  if (w == kNone) {
    if (!owns) return not_owner(u, *account);
  } else {
    if (!account->enabled.contains(w)) return owns ? 403 : 404;
    if (!owns && (!account->enabled.at(w) || !administers(u, w))) return 403;
  }
  return account->status == "Enabled" ? 0 : 409;
}

int Model::as_owner(int u, const Node* node) const {
  if (node == nullptr) return 404;
  if (u == node->owner) return 0;
  return reads(u, *node) ? 403 : 404;
}

int Model::changes(int u, const Node* node, const std::string& status, bool version_ok) const {
  if (const int no = as_owner(u, node)) return no;
  if (!version_ok) return 412;
  if (node->status == "Destroying") return 409;
  if (status.empty()) return 0;
  if (node->status != "Enabled" && node->status != "Paused") return 409;
  const bool account_works = accounts[static_cast<std::size_t>(node->account)].status == "Enabled";
  return status == "Enabled" && !account_works ? 409 : 0;
}

int Model::retries(int u, const Node* node, bool version_ok) const {
  if (const int no = as_owner(u, node)) return no;
  if (!version_ok) return 412;
  if (node->status != "Failed" || operations[static_cast<std::size_t>(node->operation)].deletes) return 409;
  return creates(u, &accounts[static_cast<std::size_t>(node->account)], node->workspace);
}

int Model::deletes(int u, const Node* node, bool version_ok) const {
  if (const int no = as_owner(u, node)) return no;
  return version_ok || node->status == "Destroying" ? 0 : 412;
}

int Model::hands_over(int u, const Node* node, int to, bool version_ok) const {
  if (node == nullptr) return 404;
  if (u != kOperator) {
    if (const int no = as_owner(u, node)) return no;
    if (node->workspace != kNone && !full(u, node->workspace)) return 403;
  }
  if (!version_ok) return 412;
  if (to == node->owner) return 0;
  const bool can_own = node->workspace == kNone ? to < kUnlisted : full(to, node->workspace);
  return can_own ? 0 : 422;
}

int Model::attaches(int u, const Node* node, int w, bool version_ok) const {
  if (const int no = as_owner(u, node)) return no;
  if (!version_ok) return 412;
  if (node->workspace != kNone || node->status == "Destroying") return 409;
  return creates(u, &accounts[static_cast<std::size_t>(node->account)], w);
}

int Model::detaches(int u, const Node* node, bool version_ok) const {
  if (const int no = as_owner(u, node)) return no;
  if (!version_ok) return 412;
  return node->workspace == kNone ? 409 : 0;
}

int Model::widens(int u, const Node* node, bool version_ok) const {
  if (const int no = as_owner(u, node)) return no;
  if (node->workspace != kNone && !full(u, node->workspace)) return 403;
  if (!version_ok) return 412;
  return node->workspace == kNone || node->status == "Destroying" ? 409 : 0;
}

int Model::sets_scope(int u, const Node* node, const std::string& scope, bool version_ok) const {
  if (scope != "private") return widens(u, node, version_ok);
  if (const int no = as_owner(u, node)) return no;
  return version_ok ? 0 : 412;
}

int Model::grants_user(int u, const Node* node, int to, bool version_ok) const {
  if (const int no = widens(u, node, version_ok)) return no;
  if (to == node->owner) return 0;
  if (node->scope == "workspace") return 409;
  return full(to, node->workspace) ? 0 : 422;
}

int Model::grants_team(int u, const Node* node, int to, bool version_ok) const {
  if (const int no = widens(u, node, version_ok)) return no;
  if (node->scope == "workspace") return 409;
  return to < kTeams && kHomes[static_cast<std::size_t>(to)] == node->workspace ? 0 : 422;
}

int Model::revokes_user(int u, const Node* node, int from, bool version_ok) const {
  if (const int no = as_owner(u, node)) return no;
  if (!version_ok) return 412;
  return from == node->owner ? 422 : 0;
}

int Model::revokes_team(int u, const Node* node, bool version_ok) const {
  if (const int no = as_owner(u, node)) return no;
  return version_ok ? 0 : 412;
}

int Model::ends(int u, const Operation* operation, const std::string& outcome, bool version_ok) const {
  if (operation == nullptr || !sees(u, *operation)) return 404;
  if (outcome == "Cancelled" ? u != operation->started_by : u != kOperator) return 403;
  if (!version_ok) return 412;
  return operation->open() ? 0 : 409;
}

// ---- changes

void Model::make_private(Node& node) {
  node.scope = "private";
  node.users.clear();
  node.teams.clear();
}

int Model::start(int u, int node, bool deletes) {
  Node& on = nodes[static_cast<std::size_t>(node)];
  Operation operation;
  operation.node = node;
  operation.started_by = u;
  operation.deletes = deletes;
  operation.seen_by = {on.owner, accounts[static_cast<std::size_t>(on.account)].owner};
  operations.push_back(std::move(operation));
  on.operation = static_cast<int>(operations.size()) - 1;
  return on.operation;
}

void Model::delete_node(int u, int node) {
  Node& gone = nodes[static_cast<std::size_t>(node)];
  if (gone.status == "Destroying") return;
  if (Operation& last = operations[static_cast<std::size_t>(gone.operation)]; last.open()) last.status = "Cancelled";
  start(u, node, true);
  gone.before = gone.status;
  gone.status = "Destroying";
}

void Model::delete_account(int account, bool force) {
  Account& gone = accounts[static_cast<std::size_t>(account)];
  if (nodes_on(account) == 0) {
    gone.gone = true;
    return;
  }
  gone.status = "Deleting";
  gone.forced = force;
  for (std::size_t n = 0; n < nodes.size(); ++n)
    if (!nodes[n].gone && nodes[n].account == account) delete_node(gone.owner, static_cast<int>(n));
}

void Model::remove_if_empty(int account) {
  Account& gone = accounts[static_cast<std::size_t>(account)];
  if (gone.forced && nodes_on(account) == 0) gone.gone = true;
}

void Model::end(int operation, const std::string& outcome, const std::string& reason) {
  Operation& ended = operations[static_cast<std::size_t>(operation)];
  ended.status = outcome;
  ended.reason = reason;
  Node& node = nodes[static_cast<std::size_t>(ended.node)];
  if (node.gone || node.operation != operation) return;
  if (ended.deletes && outcome == "Success") {
    node.gone = true;
    remove_if_empty(node.account);
  } else if (ended.deletes && outcome == "Cancelled") {
    node.status = node.before == "Pending" ? "Failed" : node.before;
  } else {
    node.status = !ended.deletes && outcome == "Success" ? "Enabled" : "Failed";
  }
}

void Model::janitor() {
  for (std::size_t a = 0; a < accounts.size(); ++a) {
    if (accounts[a].gone || !accounts[a].forced) continue;
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      const Node& node = nodes[n];
      if (node.gone || node.account != static_cast<int>(a)) continue;
      const bool failed_deletion =
          node.status == "Failed" && operations[static_cast<std::size_t>(node.operation)].deletes;
      if (!failed_deletion) delete_node(accounts[a].owner, static_cast<int>(n));
    }
    remove_if_empty(static_cast<int>(a));
  }
}

}  // namespace hardening

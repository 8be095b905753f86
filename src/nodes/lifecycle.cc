// The life of a node: made, changed, deleted, and what the end of an operation means for it. States: head of node.h.

#include <fmt/format.h>

#include "base/check.h"
#include "base/ids.h"
#include "nodes/listed.h"
#include "nodes/nodes.h"

namespace nodes {

base::Error no_such_node() { return {base::Code::kNotFound, "There is no such compute node."}; }

namespace {

base::Error being_deleted() { return {base::Code::kConflict, "The compute node is being deleted."}; }

std::vector<std::string> seen_by(const Node& node) {
  std::vector<std::string> ids{node.owner_id};
  if (node.account_owner_id != node.owner_id) ids.push_back(node.account_owner_id);
  return ids;
}

}  // namespace

base::Result<std::optional<SeenPermissions>> Nodes::read(std::span<const std::optional<store::Item>> items) {
  if (!items[0]) return std::optional<Found>();
  if (!items[1]) {
    return base::fail(base::Code::kCorrupt, "The stored state of a compute node is damaged.",
                      fmt::format("{} has no permissions", items[0]->key.pk));
  }
  return std::optional<Found>(Found{TRY(read_node(*items[0])), TRY(read_permissions(*items[1]))});
}

base::Result<Nodes::Found> Nodes::find(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                       authz::NodeAction action) const {
  const std::array keys{node_key(uuid), permissions_key(uuid)};
  std::optional<Found> found = TRY(read(TRY(tx.get_many(keys))));
  if (!found) return base::fail(no_such_node());
  const Facts facts(found->node, found->permissions);
  const authz::Decision decision = TRY(engine_.decide(asker.principal_id, action, facts.view(), tx.deadline()));
  TRY(decision.enforce("compute node"));
  return std::move(*found);
}

void Nodes::put(store::Transaction& tx, Found& found, Part part) const {
  auto& [node, permissions] = found;
  if (part == Part::kNode && !permissions.has_facts_of(node)) part = Part::kBoth;
  permissions.take_facts_of(node);
  if (part != Part::kPermissions) {
    node.updated_at = clock_.now();
    tx.put(item_of(node));
    node.version = tx.version_of(node_key(node.uuid));
  }
  if (part != Part::kNode) {
    tx.put(item_of(permissions));
    permissions.version = tx.version_of(permissions_key(permissions.node_uuid));
  }
  // From both, and both are of this transaction: what is not written was read, and is a condition of the commit.
  tx.list(node_key(node.uuid), listing_of(node, permissions));
}

base::Result<SeenNode> Nodes::seen(store::Transaction& tx, Node node, authz::Scope scope) const {
  if (node.status == NodeStatus::kEnabled) {
    const std::optional<store::Item> account = TRY(tx.get(accounts::account_key(node.account_uuid)));
    if (account && TRY(accounts::read_account(*account)).status == accounts::AccountStatus::kPaused)
      node.status = NodeStatus::kPaused;
  }
  return SeenNode{std::move(node), scope};
}

void Nodes::record(store::Transaction& tx, const Asker& asker, std::string_view action, const Node& node) const {
  trail_.record(tx, asker, {action, kTargetType, node.uuid, node.owner_id});
}

operations::Operation Nodes::start(store::Transaction& tx, const Asker& asker, std::string_view started_by,
                                   std::string_view type, const Node& node) const {
  json::Object inputs;
  inputs["computeNodeId"] = node.uuid;
  inputs["accountUuid"] = node.account_uuid;
  inputs["accountId"] = node.account_id;
  inputs["accountType"] = node.account_type;
  inputs["name"] = node.name;
  return operations_.start(tx, {.type = std::string(type),
                                .target_type = std::string(kTargetType),
                                .target_id = node.uuid,
                                .started_by = std::string(started_by),
                                .seen_by = seen_by(node),
                                .request_id = std::string(asker.request_id),
                                .inputs = std::move(inputs)});
}

base::Result<Started> Nodes::create(store::Transaction& tx, const Asker& asker, NodeSpec spec) const {
  const accounts::Account account =
      TRY(accounts_.open_for_node(tx, asker.principal_id, spec.account_uuid, spec.workspace_id));
  Node node;
  node.uuid = base::new_uuid(entropy_);
  node.name = std::move(spec.name);
  node.description = std::move(spec.description);
  node.account_uuid = account.uuid;
  node.account_id = account.account_id;
  node.account_type = account.account_type;
  node.account_owner_id = account.owner_id;
  node.workspace_id = std::move(spec.workspace_id);
  node.owner_id = asker.principal_id;
  node.workflow_manager_tag = std::move(spec.workflow_manager_tag);
  node.created_at = clock_.now();
  operations::Operation operation = start(tx, asker, asker.principal_id, kCreate, node);
  node.operation_id = operation.id;
  record(tx, asker, kCreate, node);
  accounts::Accounts::link_node(tx, node.account_uuid, node.workspace_id, node.uuid);
  Permissions permissions{.node_uuid = node.uuid};
  Found made{std::move(node), std::move(permissions)};
  put(tx, made, Part::kBoth);
  return Started{{std::move(made.node), made.permissions.scope}, std::move(operation), {}};
}

base::Result<Started> Nodes::retry(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                   const VersionGuard& guard) const {
  Found found = TRY(find(tx, asker, uuid, authz::NodeAction::kUpdate));
  TRY(guard(found.node.version));
  const std::optional<operations::Operation> last = TRY(operations_.get(tx, found.node.operation_id));
  if (found.node.status != NodeStatus::kFailed || !last || last->type != kCreate) {
    return base::fail(
        base::Code::kConflict,
        fmt::format("Only a failed creation can be tried again, and the compute node is {}{}.",
                    json::name_of(found.node.status),
                    found.node.status == NodeStatus::kFailed ? " after its deletion was begun; delete it again" : ""));
  }
  TRY(accounts_.open_for_node(tx, asker.principal_id, found.node.account_uuid, found.node.workspace_id));
  operations::Operation operation = start(tx, asker, asker.principal_id, kCreate, found.node);
  found.node.status = NodeStatus::kPending;
  found.node.status_reason.clear();
  found.node.operation_id = operation.id;
  record(tx, asker, "compute-node.retry", found.node);
  put(tx, found, Part::kNode);
  return Started{{std::move(found.node), found.permissions.scope}, std::move(operation), {}};
}

base::Result<SeenNode> Nodes::change(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                     const NodeChange& what, const VersionGuard& guard) const {
  Found found = TRY(find(tx, asker, uuid, authz::NodeAction::kUpdate));
  Node& node = found.node;
  TRY(guard(node.version));
  if (node.status == NodeStatus::kDestroying) return base::fail(being_deleted());
  if (what.status && *what.status != node.status) {
    if (node.status != NodeStatus::kEnabled && node.status != NodeStatus::kPaused) {
      return base::fail_field(
          base::Code::kConflict, "/status",
          fmt::format("The status of a compute node that is {} cannot be set.", json::name_of(node.status)));
    }
    node.status = *what.status;
  }
  if (what.status == NodeStatus::kEnabled) {
    const std::optional<store::Item> account = TRY(tx.get(accounts::account_key(node.account_uuid)));
    if (account && TRY(accounts::read_account(*account)).status != accounts::AccountStatus::kEnabled) {
      return base::fail_field(base::Code::kConflict, "/status",
                              "The compute node's account is not enabled; its owner can enable it.");
    }
  }
  if (what.name) node.name = *what.name;
  if (what.description) node.description = *what.description;
  record(tx, asker, "compute-node.update", node);
  put(tx, found, Part::kNode);
  return seen(tx, std::move(node), found.permissions.scope);
}

base::Result<Started> Nodes::start_deletion(store::Transaction& tx, const Asker& asker, std::string_view started_by,
                                            Found found) const {
  Node& node = found.node;
  Started started;
  if (const std::optional<operations::Operation> last = TRY(operations_.get(tx, node.operation_id));
      last && !last->finished()) {
    started.superseded = operations_.supersede(tx, *last, "Its compute node is being deleted.");
  }
  started.operation = start(tx, asker, started_by, kDelete, node);
  record(tx, asker, kDelete, node);
  node.status_before = node.status;
  node.status = NodeStatus::kDestroying;
  node.operation_id = started.operation.id;
  put(tx, found, Part::kNode);
  started.node = {std::move(node), found.permissions.scope};
  return started;
}

base::Result<Started> Nodes::remove(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                    const VersionGuard& guard) const {
  Found found = TRY(find(tx, asker, uuid, authz::NodeAction::kDelete));
  if (found.node.status ==
      NodeStatus::kDestroying) {  // before If-Match: who repeats the request has the version of before
    const std::optional<operations::Operation> running = TRY(operations_.get(tx, found.node.operation_id));
    if (!running)
      return base::fail(base::Code::kCorrupt, "The stored state of a compute node is damaged.",
                        "its operation is gone");
    return Started{{std::move(found.node), found.permissions.scope}, *running, {}};
  }
  TRY(guard(found.node.version));
  return start_deletion(tx, asker, asker.principal_id, std::move(found));
}

base::Result<std::optional<Started>> Nodes::remove_with_account(store::Transaction& tx, const Asker& asker,
                                                                std::string_view uuid, bool again) const {
  const std::array keys{node_key(uuid), permissions_key(uuid)};
  std::optional<Found> found = TRY(read(TRY(tx.get_many(keys))));
  if (!found) return std::optional<Started>();
  // Part of the condition: on an account that is open (again) nothing is deleted.
  const std::optional<store::Item> account = TRY(tx.get(accounts::account_key(found->node.account_uuid)));
  if (!account || TRY(accounts::read_account(*account)).status != accounts::AccountStatus::kDeleting)
    return std::optional<Started>();
  if (found->node.status == NodeStatus::kDestroying) {
    const std::optional<operations::Operation> running = TRY(operations_.get(tx, found->node.operation_id));
    if (!running || !again) return std::optional<Started>();
    return std::optional<Started>(Started{{std::move(found->node), found->permissions.scope}, *running, {}});
  }
  if (found->node.status == NodeStatus::kFailed && !again) {
    const std::optional<operations::Operation> last = TRY(operations_.get(tx, found->node.operation_id));
    if (last && last->type == kDelete) return std::optional<Started>();
  }
  // On the account owner's word, whoever carries it out.
  const std::string owner_id = found->node.account_owner_id;
  return std::optional<Started>(TRY(start_deletion(tx, asker, owner_id, std::move(*found))));
}

base::Result<void> Nodes::finished(store::Transaction& tx, const operations::Operation& operation) {
  const std::array keys{node_key(operation.target_id), permissions_key(operation.target_id)};
  std::optional<Found> found = TRY(read(TRY(tx.get_many(keys))));
  if (!found || found->node.operation_id != operation.id) return {};  // the node took another way since
  Node& node = found->node;
  const bool success = operation.status == operations::Status::kSuccess;
  if (operation.type == kDelete && success) {
    TRY(accounts::Accounts::unlink_node(tx, node.account_uuid, node.workspace_id, node.uuid));
    tx.erase(keys[0]);
    tx.erase(keys[1]);
    return {};
  }
  if (operation.type == kDelete && operation.status == operations::Status::kCancelled) {
    node.status = node.status_before.value_or(NodeStatus::kFailed);
    // A creation that the deletion ended does not go on by itself.
    if (node.status == NodeStatus::kPending) {
      node.status = NodeStatus::kFailed;
      node.status_reason = "Its creation was ended by a deletion, which was cancelled. Delete it again.";
    }
  } else if (operation.type == kCreate && success) {
    node.status = NodeStatus::kEnabled;
    node.status_reason.clear();
  } else {
    node.status = NodeStatus::kFailed;
    node.status_reason = fmt::format("{} {}: {}", operation.type == kCreate ? "Its creation" : "Its deletion",
                                     operation.status == operations::Status::kCancelled ? "was cancelled" : "failed",
                                     operation.reason.empty() ? "no reason was given" : operation.reason);
  }
  node.status_before.reset();
  put(tx, *found, Part::kNode);
  return {};
}

}  // namespace nodes

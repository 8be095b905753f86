// Who else reaches a node: grants, scope, workspace, owner. The three scopes exclude each other, and grants are there
// only in the shared one; so a change of scope that leaves it takes every grant with it, in the same write.

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "nodes/nodes.h"

namespace nodes {
namespace {

base::Error independent() {
  return {base::Code::kConflict,
          "The compute node belongs to no workspace, so it is private. Attach it to a workspace to share it."};
}
base::Error being_deleted() {
  return {base::Code::kConflict, "The compute node is being deleted; who reaches it cannot be widened."};
}

std::vector<Grant>& list_of(Permissions& permissions, Nodes::Grantee kind) {
  return kind == Nodes::Grantee::kUser ? permissions.users : permissions.teams;
}

std::vector<Grant>::iterator place_of(std::vector<Grant>& list, std::string_view id) {
  return std::lower_bound(list.begin(), list.end(), id,
                          [](const Grant& grant, std::string_view wanted) { return grant.id < wanted; });
}

bool erase(std::vector<Grant>& list, std::string_view id) {
  return std::erase_if(list, [&](const Grant& grant) { return grant.id == id; }) > 0;
}

void make_private(Permissions& permissions) {
  permissions.scope = authz::Scope::kPrivate;
  permissions.users.clear();
  permissions.teams.clear();
}

}  // namespace

base::Result<Nodes::Granted> Nodes::grant(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                          Grantee kind, std::string_view id, const VersionGuard& guard) const {
  Found found = TRY(find(tx, asker, uuid, authz::NodeAction::kShare));
  auto& [node, permissions] = found;
  TRY(guard(permissions.version));
  if (node.workspace_id.empty()) return base::fail(independent());
  if (node.status == NodeStatus::kDestroying) return base::fail(being_deleted());
  if (kind == Grantee::kUser && id == node.owner_id) return Granted{{node, permissions}, false};
  if (permissions.scope == authz::Scope::kWorkspace) {
    return base::fail(base::Code::kConflict,
                      "The compute node is open to its whole workspace, so a grant would mean nothing. Set its access "
                      "scope to shared first.");
  }
  const std::string why = kind == Grantee::kUser
                              ? TRY(engine_.why_user_cannot_share(id, node.workspace_id, tx.deadline()))
                              : TRY(engine_.why_team_cannot_share(id, node.workspace_id, tx.deadline()));
  if (!why.empty())
    return base::fail_field(base::Code::kImpossible, kind == Grantee::kUser ? "/userId" : "/teamId", why);
  std::vector<Grant>& list = list_of(permissions, kind);
  const auto place = place_of(list, id);
  if (place != list.end() && place->id == id) return Granted{{node, permissions}, false};
  if (permissions.users.size() + permissions.teams.size() >= base::limits::kGrantsPerNodeMax) {
    return base::fail(base::Code::kImpossible,
                      fmt::format("A compute node has at most {} grants. Grant a team in place of its members.",
                                  base::limits::kGrantsPerNodeMax));
  }
  record(tx, asker, "compute-node.share", node);
  list.insert(place,
              {.id = std::string(id), .granted_by = std::string(asker.principal_id), .granted_at = clock_.now()});
  permissions.scope = authz::Scope::kShared;
  put(tx, found, Part::kPermissions);
  return Granted{{std::move(node), std::move(permissions)}, true};
}

base::Result<Nodes::Granted> Nodes::revoke(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                           Grantee kind, std::string_view id, const VersionGuard& guard) const {
  Found found = TRY(find(tx, asker, uuid, authz::NodeAction::kUnshare));
  auto& [node, permissions] = found;
  TRY(guard(permissions.version));
  if (kind == Grantee::kUser && id == node.owner_id) {
    return base::fail_field(
        base::Code::kImpossible, "path:userId",
        "The owner's own access cannot be revoked. Hand the compute node to another owner instead.");
  }
  const bool changed = erase(list_of(permissions, kind), id);
  if (changed) record(tx, asker, "compute-node.unshare", node);
  if (changed) put(tx, found, Part::kPermissions);
  return Granted{{std::move(node), std::move(permissions)}, changed};
}

base::Result<SeenPermissions> Nodes::set_scope(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                               authz::Scope scope, const VersionGuard& guard) const {
  const bool narrow = scope == authz::Scope::kPrivate;
  Found found = TRY(find(tx, asker, uuid, narrow ? authz::NodeAction::kUnshare : authz::NodeAction::kShare));
  auto& [node, permissions] = found;
  TRY(guard(permissions.version));
  if (!narrow && node.workspace_id.empty()) return base::fail(independent());
  if (!narrow && node.status == NodeStatus::kDestroying) return base::fail(being_deleted());
  if (scope == permissions.scope) return SeenPermissions{std::move(node), std::move(permissions)};
  make_private(permissions);
  permissions.scope = scope;
  record(tx, asker, "compute-node.set-scope", node);
  put(tx, found, Part::kPermissions);
  return SeenPermissions{std::move(node), std::move(permissions)};
}

base::Result<SeenNode> Nodes::attach(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                     std::string_view workspace_id, const VersionGuard& guard) const {
  Found found = TRY(find(tx, asker, uuid, authz::NodeAction::kAttach));
  Node& node = found.node;
  TRY(guard(node.version));
  if (!node.workspace_id.empty()) {
    return base::fail(base::Code::kConflict,
                      fmt::format("The compute node belongs to {} already. Detach it first.", node.workspace_id));
  }
  if (node.status == NodeStatus::kDestroying)
    return base::fail(base::Code::kConflict, "The compute node is being deleted.");
  TRY(accounts_.open_for_node(tx, asker.principal_id, node.account_uuid, workspace_id));
  TRY(accounts::Accounts::unlink_node(tx, node.account_uuid, "", node.uuid));
  accounts::Accounts::link_node(tx, node.account_uuid, workspace_id, node.uuid);
  record(tx, asker, "compute-node.attach", node);
  node.workspace_id = workspace_id;
  make_private(found.permissions);
  put(tx, found, Part::kBoth);
  return seen(tx, std::move(node), found.permissions.scope);
}

base::Result<SeenNode> Nodes::detach(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                     const VersionGuard& guard) const {
  Found found = TRY(find(tx, asker, uuid, authz::NodeAction::kDetach));
  Node& node = found.node;
  TRY(guard(node.version));
  if (node.workspace_id.empty()) return base::fail(base::Code::kConflict, "The compute node belongs to no workspace.");
  TRY(accounts::Accounts::unlink_node(tx, node.account_uuid, node.workspace_id, node.uuid));
  accounts::Accounts::link_node(tx, node.account_uuid, "", node.uuid);
  record(tx, asker, "compute-node.detach", node);
  node.workspace_id.clear();
  make_private(found.permissions);
  put(tx, found, Part::kBoth);
  return seen(tx, std::move(node), found.permissions.scope);
}

base::Result<SeenNode> Nodes::change_owner(store::Transaction& tx, const Asker& asker, std::string_view uuid,
                                           std::string_view new_owner_id, const VersionGuard& guard) const {
  Found found = TRY(find(tx, asker, uuid, authz::NodeAction::kChangeOwner));
  auto& [node, permissions] = found;
  TRY(guard(node.version));
  if (node.owner_id == new_owner_id) return seen(tx, std::move(node), permissions.scope);
  const std::string why = TRY(engine_.why_user_cannot_own(new_owner_id, node.workspace_id, tx.deadline()));
  if (!why.empty()) return base::fail_field(base::Code::kImpossible, "/userId", why);
  record(tx, asker, "compute-node.change-owner", node);
  node.owner_id = new_owner_id;
  // What is under way on the node is the new owner's to watch.
  if (std::optional<operations::Operation> last = TRY(operations_.get(tx, node.operation_id)))
    operations_.show_to(tx, std::move(*last), new_owner_id);
  const bool was_granted = erase(permissions.users, new_owner_id);
  put(tx, found, was_granted ? Part::kBoth : Part::kNode);
  return seen(tx, std::move(node), permissions.scope);
}

}  // namespace nodes

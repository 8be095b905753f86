// What the API shows: the mission documents' field names are always there, and the running services' newer ones beside
// them (docs/reference/http-api.md). A view is made from what the domain gives; nothing is decided here.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/accounts.h"
#include "api/context.h"
#include "http/call.h"
#include "json/describe.h"
#include "json/formats.h"
#include "nodes/nodes.h"
#include "operations/operation.h"

namespace api {

struct EnablementView {
  static constexpr std::string_view kTypeName = "Enablement";
  static constexpr std::string_view kDoc = "An account's enablement for a workspace.";
  std::string uuid, account_uuid, workspace_id, organization_id;
  bool is_public = false;
  std::string enabled_by;
  base::Time created_at{};
  std::int64_t enabled_at = 0;

  template <class V>
  static void describe(V& field) {
    field("uuid", &EnablementView::uuid, {.doc = "The account's uuid."});
    field("accountUuid", &EnablementView::account_uuid, {.doc = "The same."});
    field("workspaceId", &EnablementView::workspace_id);
    field("organizationId", &EnablementView::organization_id, {.doc = "The workspace, under its other name."});
    field("isPublic", &EnablementView::is_public,
          {.doc = "Whether the workspace's administrators may make compute nodes on the account; otherwise only its "
                  "owner may."});
    field("enabledBy", &EnablementView::enabled_by);
    field("createdAt", &EnablementView::created_at);
    field("enabledAt", &EnablementView::enabled_at, {.doc = "The same, in seconds since 1970."});
  }
};

struct OperationRef {
  static constexpr std::string_view kTypeName = "OperationRef";
  std::string id;
  operations::Status status = operations::Status::kPending;
  std::string href;

  template <class V>
  static void describe(V& field) {
    field("id", &OperationRef::id);
    field("status", &OperationRef::status);
    field("href", &OperationRef::href, {.doc = "Where the operation can be watched."});
  }
};

struct AccountView {
  static constexpr std::string_view kTypeName = "Account";
  static constexpr std::string_view kDoc =
      "A registered cloud account. Administrators of a workspace in which it is public see it without roleName and "
      "externalId.";
  std::string uuid, account_id, account_type;
  std::optional<std::string> role_name, external_id;
  std::string organization_id, user_id, owner_id, name, description;
  accounts::AccountStatus status = accounts::AccountStatus::kEnabled;
  base::Time created_at{}, updated_at{};
  std::optional<std::vector<EnablementView>> enabled_workspaces;
  std::optional<json::Object> trust_policy;
  std::optional<std::vector<OperationRef>> operations;

  template <class V>
  static void describe(V& field) {
    field("uuid", &AccountView::uuid);
    field("accountId", &AccountView::account_id, {.doc = "The cloud's own id."});
    field("accountType", &AccountView::account_type);
    field("roleName", &AccountView::role_name,
          {.doc = "The IAM role that the platform assumes; shown to the owner only."});
    field("externalId", &AccountView::external_id,
          {.doc = "Issued by this service; the role's trust policy must demand it. Shown to the owner only."});
    field("organizationId", &AccountView::organization_id,
          {.doc = "Always empty: an account belongs to a user; see its workspaces."});
    field("userId", &AccountView::user_id, {.doc = "The owner."});
    field("ownerId", &AccountView::owner_id, {.doc = "The same."});
    field("name", &AccountView::name);
    field("description", &AccountView::description, {.lines = true});
    field("status", &AccountView::status);
    field("createdAt", &AccountView::created_at);
    field("updatedAt", &AccountView::updated_at);
    field("enabledWorkspaces", &AccountView::enabled_workspaces, {.doc = "Where includeWorkspaces=true asked for it."});
    field("trustPolicy", &AccountView::trust_policy,
          {.doc = "The trust policy to install on the role; shown to the owner only."});
    field("operations", &AccountView::operations,
          {.doc = "The deletions of its compute nodes, where the account is being deleted."});
  }
};

struct NodeAccountView {
  static constexpr std::string_view kTypeName = "NodeAccount";
  std::string uuid, account_id, account_type, owner_id;

  template <class V>
  static void describe(V& field) {
    field("uuid", &NodeAccountView::uuid);
    field("accountId", &NodeAccountView::account_id);
    field("accountType", &NodeAccountView::account_type);
    field("ownerId", &NodeAccountView::owner_id);
  }
};

struct NodeView {
  static constexpr std::string_view kTypeName = "ComputeNode";
  std::string uuid, name, description;
  NodeAccountView account;
  std::string organization_id, user_id, owner_id;
  nodes::NodeStatus status = nodes::NodeStatus::kPending;
  std::optional<std::string> status_reason;
  authz::Scope access_scope = authz::Scope::kPrivate;
  std::string workflow_manager_tag;
  base::Time created_at{}, updated_at{};

  template <class V>
  static void describe(V& field) {
    field("uuid", &NodeView::uuid);
    field("name", &NodeView::name);
    field("description", &NodeView::description, {.lines = true});
    field("account", &NodeView::account);
    field("organizationId", &NodeView::organization_id,
          {.doc = "The workspace; empty for a node that belongs to none."});
    field("userId", &NodeView::user_id, {.doc = "The owner."});
    field("ownerId", &NodeView::owner_id, {.doc = "The same."});
    field("status", &NodeView::status, {.doc = "Paused also while the account is paused."});
    field("statusReason", &NodeView::status_reason, {.doc = "Why the node is Failed.", .lines = true});
    field("accessScope", &NodeView::access_scope);
    field("workflowManagerTag", &NodeView::workflow_manager_tag);
    field("createdAt", &NodeView::created_at);
    field("updatedAt", &NodeView::updated_at);
  }
};

struct NodeStartedView : NodeView {
  static constexpr std::string_view kTypeName = "ComputeNodeStarted";
  OperationRef operation;

  template <class V>
  static void describe(V& field) {
    NodeView::describe(field);
    field("operation", &NodeStartedView::operation, {.doc = "What brings the node about."});
  }
};

struct OperationView {
  static constexpr std::string_view kTypeName = "Operation";
  static constexpr std::string_view kDoc = "One asked-for change of the outside world.";
  std::string id, type, target_type, target_id;
  operations::Status status = operations::Status::kPending;
  std::optional<std::string> reason;
  std::string href, started_by;
  base::Time created_at{}, updated_at{};
  std::optional<base::Time> finished_at;
  std::string request_id;
  json::Object inputs;

  template <class V>
  static void describe(V& field) {
    field("id", &OperationView::id);
    field("type", &OperationView::type, {.example = "compute-node.create"});
    field("targetType", &OperationView::target_type);
    field("targetId", &OperationView::target_id);
    field("status", &OperationView::status);
    field("reason", &OperationView::reason, {.doc = "Of a failure or a cancellation.", .lines = true});
    field("href", &OperationView::href);
    field("startedBy", &OperationView::started_by);
    field("createdAt", &OperationView::created_at);
    field("updatedAt", &OperationView::updated_at);
    field("finishedAt", &OperationView::finished_at);
    field("requestId", &OperationView::request_id, {.doc = "The id of the request that started it."});
    field("inputs", &OperationView::inputs);
  }
};

struct DeletionView : OperationView {
  static constexpr std::string_view kTypeName = "ComputeNodeDeletion";
  OperationRef operation;
  std::string message;

  template <class V>
  static void describe(V& field) {
    OperationView::describe(field);
    field("operation", &DeletionView::operation);
    field("message", &DeletionView::message);
  }
};

struct UserAccess {
  static constexpr std::string_view kTypeName = "UserAccess";
  std::string user_id, access_type;
  template <class V>
  static void describe(V& field) {
    field("userId", &UserAccess::user_id);
    field("accessType", &UserAccess::access_type, {.doc = "owner or shared"});
  }
};

struct TeamAccess {
  static constexpr std::string_view kTypeName = "TeamAccess";
  std::string team_id, access_type;
  template <class V>
  static void describe(V& field) {
    field("teamId", &TeamAccess::team_id);
    field("accessType", &TeamAccess::access_type, {.doc = "shared"});
  }
};

struct PermissionsView {
  static constexpr std::string_view kTypeName = "NodePermissions";
  std::string node_uuid;
  authz::Scope access_scope = authz::Scope::kPrivate;
  bool organization_independent = false;
  std::string organization_id, owner;
  std::vector<UserAccess> users;
  std::vector<TeamAccess> teams;
  std::vector<std::string> shared_with_users, shared_with_teams;

  template <class V>
  static void describe(V& field) {
    field("nodeUuid", &PermissionsView::node_uuid);
    field("accessScope", &PermissionsView::access_scope);
    field("organizationIndependent", &PermissionsView::organization_independent);
    field("organizationId", &PermissionsView::organization_id,
          {.doc = "The workspace; empty for a node that belongs to none."});
    field("owner", &PermissionsView::owner);
    field("users", &PermissionsView::users);
    field("teams", &PermissionsView::teams);
    field("sharedWithUsers", &PermissionsView::shared_with_users);
    field("sharedWithTeams", &PermissionsView::shared_with_teams);
  }
};

struct ActionView {
  static constexpr std::string_view kTypeName = "NodeAction";
  std::string message, node_uuid, action, entity_type, entity_id;

  template <class V>
  static void describe(V& field) {
    field("message", &ActionView::message);
    field("nodeUuid", &ActionView::node_uuid);
    field("action", &ActionView::action,
          {.doc = "granted, revoked, attached_to_organization or detached_from_organization"});
    field("entityType", &ActionView::entity_type);
    field("entityId", &ActionView::entity_id);
  }
};

AccountView view_of(const accounts::Account& account, bool as_owner);
EnablementView view_of(const accounts::Enablement& enablement);
NodeView view_of(const nodes::SeenNode& seen);
PermissionsView view_of(const nodes::SeenPermissions& seen);
OperationView view_of(const operations::Operation& operation, const std::string& base_path);
OperationRef ref_to(const operations::Operation& operation, const std::string& base_path);
NodeStartedView view_of(const nodes::Started& started, const std::string& base_path);
json::Object trust_policy(const accounts::Account& account, const Platform& platform);

// Tells those who watch an operation that it has ended, and closes their streams. Nothing where it is none.
void publish_end(const Context& context, const std::optional<operations::Operation>& ended);

}  // namespace api

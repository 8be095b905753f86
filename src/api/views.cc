#include "api/views.h"

#include <fmt/format.h>

namespace api {

AccountView view_of(const accounts::Account& account, bool as_owner) {
  AccountView view;
  view.uuid = account.uuid;
  view.account_id = account.account_id;
  view.account_type = account.account_type;
  if (as_owner) {
    view.role_name = account.role_name;
    view.external_id = account.external_id;
  }
  view.user_id = view.owner_id = account.owner_id;
  view.name = account.name;
  view.description = account.description;
  view.status = account.status;
  view.created_at = account.created_at;
  view.updated_at = account.updated_at;
  return view;
}

EnablementView view_of(const accounts::Enablement& enablement) {
  EnablementView view;
  view.uuid = view.account_uuid = enablement.account_uuid;
  view.workspace_id = view.organization_id = enablement.workspace_id;
  view.is_public = enablement.is_public;
  view.enabled_by = enablement.enabled_by;
  view.created_at = enablement.created_at;
  view.enabled_at = std::chrono::floor<std::chrono::seconds>(enablement.created_at).time_since_epoch().count();
  return view;
}

NodeView view_of(const nodes::SeenNode& seen) {
  const nodes::Node& node = seen.node;
  NodeView view;
  view.uuid = node.uuid;
  view.name = node.name;
  view.description = node.description;
  view.account = {node.account_uuid, node.account_id, node.account_type, node.account_owner_id};
  view.organization_id = node.workspace_id;
  view.user_id = view.owner_id = node.owner_id;
  view.status = node.status;
  // Also kept while the node is Destroying, should that be cancelled; but then it is not why the node is as it is.
  if (node.status == nodes::NodeStatus::kFailed && !node.status_reason.empty()) view.status_reason = node.status_reason;
  view.access_scope = seen.scope;
  view.workflow_manager_tag = node.workflow_manager_tag;
  view.created_at = node.created_at;
  view.updated_at = node.updated_at;
  return view;
}

PermissionsView view_of(const nodes::SeenPermissions& seen) {
  PermissionsView view;
  view.node_uuid = seen.node.uuid;
  view.access_scope = seen.permissions.scope;
  view.organization_independent = seen.node.workspace_id.empty();
  view.organization_id = seen.node.workspace_id;
  view.owner = seen.node.owner_id;
  view.users.push_back({seen.node.owner_id, "owner"});
  for (const nodes::Grant& grant : seen.permissions.users) {
    view.users.push_back({grant.id, "shared"});
    view.shared_with_users.push_back(grant.id);
  }
  for (const nodes::Grant& grant : seen.permissions.teams) {
    view.teams.push_back({grant.id, "shared"});
    view.shared_with_teams.push_back(grant.id);
  }
  return view;
}

OperationRef ref_to(const operations::Operation& operation, const std::string& base_path) {
  return {operation.id, operation.status, fmt::format("{}/operations/{}", base_path, operation.id)};
}

OperationView view_of(const operations::Operation& operation, const std::string& base_path) {
  OperationView view;
  view.id = operation.id;
  view.type = operation.type;
  view.target_type = operation.target_type;
  view.target_id = operation.target_id;
  view.status = operation.status;
  if (!operation.reason.empty()) view.reason = operation.reason;
  view.href = ref_to(operation, base_path).href;
  view.started_by = operation.started_by;
  view.created_at = operation.created_at;
  view.updated_at = operation.updated_at;
  view.finished_at = operation.finished_at;
  view.request_id = operation.request_id;
  view.inputs = operation.inputs;
  return view;
}

NodeStartedView view_of(const nodes::Started& started, const std::string& base_path) {
  NodeStartedView view;
  static_cast<NodeView&>(view) = view_of(started.node);
  view.operation = ref_to(started.operation, base_path);
  return view;
}

void publish_end(const Context& context, const std::optional<operations::Operation>& ended) {
  if (ended) context.feed.publish(ended->id, json::encode(view_of(*ended, "")), true);
}

json::Object trust_policy(const accounts::Account& account, const Platform& platform) {
  const std::string principal = platform.principal_arn.empty()
                                    ? fmt::format("arn:aws:iam::{}:root", platform.aws_account_id)
                                    : platform.principal_arn;
  return {{"Version", "2012-10-17"},
          {"Statement",
           json::Array{json::Object{
               {"Effect", "Allow"},
               {"Principal", json::Object{{"AWS", principal}}},
               {"Action", "sts:AssumeRole"},
               {"Condition", json::Object{{"StringEquals", json::Object{{"sts:ExternalId", account.external_id}}}}}}}}};
}

}  // namespace api

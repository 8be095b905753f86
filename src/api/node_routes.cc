// Compute nodes: create, list, get, change, retry, delete, hand over, attach, detach.

#include <fmt/format.h>

#include "api/mutation.h"
#include "api/node_list.h"
#include "api/requests.h"
#include "api/views.h"
#include "http/endpoint.h"

namespace api {
namespace {

enum class SettableNodeStatus { kEnabled, kPaused };

bool is_workspace_or_empty(std::string_view text) {
  return text.empty() || base::parse_id(base::IdKind::kWorkspace, text).has_value();
}
const json::Format kWorkspaceOrEmptyFormat{
    "workspace-id-or-empty", "^(N:organization:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$",
    is_workspace_or_empty, "a workspace id, N:organization:<uuid>, or empty for a node that belongs to none"};

struct CreateBody {
  static constexpr std::string_view kTypeName = "ComputeNodeRequest";
  static constexpr bool kClosed = true;
  std::string account_id, name;
  std::optional<std::string> description, organization_id, workflow_manager_tag;

  template <class V>
  static void describe(V& field) {
    field("accountId", &CreateBody::account_id,
          {.doc = "The account's uuid (not the cloud's id).", .format = &json::kUuidFormat});
    field("name", &CreateBody::name, {.chars_min = 1, .chars_max = base::limits::kNameCharsMax, .example = "gpu-1"});
    field("description", &CreateBody::description, {.chars_max = base::limits::kDescriptionCharsMax, .lines = true});
    field("organizationId", &CreateBody::organization_id,
          {.doc = "The workspace; absent or empty: the node belongs to none, and is private.",
           .format = &kWorkspaceOrEmptyFormat});
    field("workflowManagerTag", &CreateBody::workflow_manager_tag, {.chars_max = base::limits::kNameCharsMax});
  }
};

struct ChangeBody {
  static constexpr std::string_view kTypeName = "ComputeNodeChange";
  static constexpr bool kClosed = true;
  static constexpr int kMembersMin = 1;
  std::optional<std::string> name, description;
  std::optional<SettableNodeStatus> status;

  template <class V>
  static void describe(V& field) {
    field("name", &ChangeBody::name, {.chars_min = 1, .chars_max = base::limits::kNameCharsMax});
    field("description", &ChangeBody::description, {.chars_max = base::limits::kDescriptionCharsMax, .lines = true});
    field("status", &ChangeBody::status, {.doc = "Of a node that is Enabled or Paused."});
  }
};

struct OwnerBody {
  static constexpr std::string_view kTypeName = "ComputeNodeOwner";
  static constexpr bool kClosed = true;
  std::string user_id;
  template <class V>
  static void describe(V& field) {
    field("userId", &OwnerBody::user_id, {.doc = "The new owner.", .format = &json::kUserIdFormat});
  }
};

struct NodesQuery : NodeListQuery {
  std::optional<std::string> organization_id;
  bool account_owner = false;
  bool reachable = false;

  template <class V>
  static void describe(V& field) {
    NodeListQuery::describe(field);
    field("organization_id", &NodesQuery::organization_id,
          {.doc = "Compute nodes of this workspace that you may read.", .format = &json::kWorkspaceIdFormat});
    field("account_owner", &NodesQuery::account_owner,
          {.doc = "Every compute node on your accounts; wins over organization_id.", .may_miss = true});
    field("reachable", &NodesQuery::reachable,
          {.doc = "Everything that you may read, in every workspace and without one; excludes organization_id and "
                  "account_owner.",
           .may_miss = true});
  }
};

struct CreateQuery {
  std::optional<std::string> organization_id;
  template <class V>
  static void describe(V& field) {
    field("organization_id", &CreateQuery::organization_id,
          {.doc = "The workspace, where the body does not name it.", .format = &json::kWorkspaceIdFormat});
  }
};

std::string location(const http::Call& call, const std::string& uuid) {
  return fmt::format("{}/compute-nodes/{}", call.base_path(), uuid);
}

base::Result<http::Reply> create_node(const Context& context, const http::Call& call, const CreateQuery& query,
                                      const CreateBody& body) {
  const std::string from_query = canonical_workspace(query.organization_id),
                    from_body = canonical_workspace(body.organization_id);
  if (!from_query.empty() && body.organization_id && from_body != from_query) {
    return base::fail_field(base::Code::kImpossible, "/organizationId",
                            "The body and the query name different workspaces.");
  }
  return change_once(context, call, [&](store::Transaction& tx) -> base::Result<http::Reply> {
    const nodes::Started started =
        TRY(context.nodes.create(tx, asker_of(call),
                                 {.account_uuid = *base::parse_uuid(body.account_id),
                                  .workspace_id = from_query.empty() ? from_body : from_query,
                                  .name = body.name,
                                  .description = body.description.value_or(""),
                                  .workflow_manager_tag = body.workflow_manager_tag.value_or("")}));
    return http::reply(202, view_of(started, call.base_path()))
        .with("Location", location(call, started.node.node.uuid))
        .etag(started.node.node.version);
  });
}

base::Result<nodes::ListQuery> wanted_of(const NodesQuery& query) {
  nodes::ListQuery wanted;
  wanted.workspace_id = canonical_workspace(query.organization_id);
  if (query.reachable && (query.account_owner || !wanted.workspace_id.empty())) {
    return base::fail_field(
        base::Code::kImpossible, "query:reachable",
        fmt::format("reachable=true asks for every compute node that you may read, so it does not go with {}. Leave "
                    "one of the two out.",
                    query.account_owner ? "account_owner=true" : "organization_id"));
  }
  if (query.reachable)
    wanted.kind = nodes::ListKind::kReachable;
  else if (query.account_owner)
    wanted.kind = nodes::ListKind::kAccountOwner;
  else if (!wanted.workspace_id.empty())
    wanted.kind = nodes::ListKind::kWorkspace;
  query.narrow(wanted);
  return wanted;
}

base::Result<http::Reply> list_nodes(const Context& context, const http::Call& call, const NodesQuery& query) {
  return list_nodes_of(context, call, query, call.principal().user_id, TRY(wanted_of(query)));
}

base::Result<http::Reply> get_node(const Context& context, const http::Call& call) {
  const nodes::SeenNode seen = TRY(context.nodes.get(call.principal().user_id, call.path("id"), call.deadline()));
  return http::reply(200, view_of(seen)).etag(seen.node.version);
}

base::Result<http::Reply> change_node(const Context& context, const http::Call& call, const ChangeBody& body) {
  if (!body.name && !body.description && !body.status) {
    return base::fail(base::Code::kInvalid,
                      "Nothing is to be changed: give at least one of name, description and status.");
  }
  nodes::NodeChange change{body.name, body.description, std::nullopt};
  if (body.status)
    change.status =
        *body.status == SettableNodeStatus::kPaused ? nodes::NodeStatus::kPaused : nodes::NodeStatus::kEnabled;
  const nodes::SeenNode seen = TRY(store::transact(context.table, call.deadline(), [&](store::Transaction& tx) {
    return context.nodes.change(tx, asker_of(call), call.path("id"), change, guard_of(call, "The compute node"));
  }));
  return http::reply(200, view_of(seen)).etag(seen.node.version);
}

base::Result<http::Reply> retry_node(const Context& context, const http::Call& call) {
  return change_once(context, call, [&](store::Transaction& tx) -> base::Result<http::Reply> {
    const nodes::Started started =
        TRY(context.nodes.retry(tx, asker_of(call), call.path("id"), guard_of(call, "The compute node")));
    return http::reply(202, view_of(started, call.base_path())).etag(started.node.node.version);
  });
}

base::Result<http::Reply> delete_node(const Context& context, const http::Call& call) {
  const nodes::Started started = TRY(store::transact(context.table, call.deadline(), [&](store::Transaction& tx) {
    return context.nodes.remove(tx, asker_of(call), call.path("id"), guard_of(call, "The compute node"));
  }));
  publish_end(context, started.superseded);
  DeletionView view;
  static_cast<OperationView&>(view) = view_of(started.operation, call.base_path());
  view.operation = ref_to(started.operation, call.base_path());
  view.message = "Compute node deletion initiated";
  return http::reply(202, view).with("Location", view.href);
}

base::Result<http::Reply> change_owner(const Context& context, const http::Call& call, const OwnerBody& body) {
  const std::string new_owner = *base::parse_id(base::IdKind::kUser, body.user_id);
  const nodes::SeenNode seen = TRY(store::transact(context.table, call.deadline(), [&](store::Transaction& tx) {
    return context.nodes.change_owner(tx, asker_of(call), call.path("id"), new_owner,
                                      guard_of(call, "The compute node"));
  }));
  return http::reply(200, view_of(seen)).etag(seen.node.version);
}

base::Result<http::Reply> attach(const Context& context, const http::Call& call, const WorkspaceQuery& query) {
  const std::string workspace_id = TRY(workspace_of(call, query.organization_id));
  return change_once(
      context, call,
      [&](store::Transaction& tx) -> base::Result<http::Reply> {
        const nodes::SeenNode seen = TRY(context.nodes.attach(tx, asker_of(call), call.path("id"), workspace_id,
                                                              guard_of(call, "The compute node")));
        return http::reply(200, ActionView{"Successfully attached the compute node to the organization", seen.node.uuid,
                                           "attached_to_organization", "organization", workspace_id})
            .etag(seen.node.version);
      },
      workspace_id);
}

base::Result<http::Reply> detach(const Context& context, const http::Call& call) {
  const nodes::SeenNode seen = TRY(store::transact(context.table, call.deadline(), [&](store::Transaction& tx) {
    return context.nodes.detach(tx, asker_of(call), call.path("id"), guard_of(call, "The compute node"));
  }));
  return http::reply(200, ActionView{"Successfully detached the compute node from its organization", seen.node.uuid,
                                     "detached_from_organization", "organization", ""})
      .etag(seen.node.version);
}

}  // namespace
}  // namespace api

template <>
inline constexpr auto json::kEnumNames<api::SettableNodeStatus> = json::names<api::SettableNodeStatus>(
    {{api::SettableNodeStatus::kEnabled, "Enabled"}, {api::SettableNodeStatus::kPaused, "Paused"}});
namespace api {

void add_node_routes(http::Router& router, const Context& context) {
  using http::None;
  static constexpr http::Parameter kId{"id", &json::kUuidFormat, "The compute node's uuid."};
  router.add(http::endpoint<CreateQuery, CreateBody>(
      {.method = "POST",
       .path = "/compute-nodes",
       .name = "createComputeNode",
       .tag = "Compute nodes",
       .summary = "Create a compute node.",
       .doc = "On an account of yours, or, in a workspace that you administer, on one that is public there. The node "
              "is Pending until its "
              "operation has ended.",
       .answers = {http::answer<NodeStartedView>(202, "The node, and the operation that brings it about.")},
       .problems = {400, 403, 404, 409, 415, 422},
       .takes_idempotency_key = true},
      [&context](http::Call& call, CreateQuery query, CreateBody body) {
        return create_node(context, call, query, body);
      }));
  router.add(http::endpoint<NodesQuery, None>(
      {.method = "GET",
       .path = "/compute-nodes",
       .name = "listComputeNodes",
       .tag = "Compute nodes",
       .summary = "List compute nodes.",
       .doc = "With `organization_id`: those of the workspace that you may read. With `account_owner=true`: every one "
              "on your accounts. With `reachable=true`: every one that you may read. Else your own that belong to no "
              "workspace.",
       .answers = {http::answer<std::vector<NodeView>>(200, "The compute nodes.")},
       .problems = {400, 403, 422}},
      [&context](http::Call& call, NodesQuery query, None) { return list_nodes(context, call, query); }));
  router.add(http::endpoint<None, None>({.method = "GET",
                                         .path = "/compute-nodes/{id}",
                                         .name = "getComputeNode",
                                         .tag = "Compute nodes",
                                         .summary = "One compute node.",
                                         .doc = "",
                                         .parameters = {kId},
                                         .answers = {http::answer<NodeView>(200, "The compute node.")},
                                         .problems = {400, 404},
                                         .cost = http::Cost::kPoint},
                                        [&context](http::Call& call, None, None) { return get_node(context, call); }));
  router.add(http::endpoint<None, ChangeBody>(
      {.method = "PATCH",
       .path = "/compute-nodes/{id}",
       .name = "changeComputeNode",
       .tag = "Compute nodes",
       .summary = "Change its name, description or status.",
       .doc = "By its owner. What is absent or null stays as it is.",
       .parameters = {kId},
       .answers = {http::answer<NodeView>(200, "The compute node as it is now.")},
       .problems = {400, 403, 404, 409, 412, 415},
       .takes_if_match = true},
      [&context](http::Call& call, None, ChangeBody body) { return change_node(context, call, body); }));
  router.add(http::endpoint<None, http::MaybeBody<EmptyBody>>(
      {.method = "POST",
       .path = "/compute-nodes/{id}/retry",
       .name = "retryComputeNode",
       .tag = "Compute nodes",
       .summary = "Try a failed creation again.",
       .doc = "By its owner, who must still be one who may create on the account.",
       .parameters = {kId},
       .answers = {http::answer<NodeStartedView>(202, "The node, Pending, and the new operation.")},
       .problems = {400, 403, 404, 409, 412, 422},
       .takes_if_match = true,
       .takes_idempotency_key = true},
      [&context](http::Call& call, None, http::MaybeBody<EmptyBody>) { return retry_node(context, call); }));
  router.add(
      http::endpoint<None, None>({.method = "DELETE",
                                  .path = "/compute-nodes/{id}",
                                  .name = "deleteComputeNode",
                                  .tag = "Compute nodes",
                                  .summary = "Delete a compute node.",
                                  .doc = "By its owner. A second deletion gives the operation of the first.",
                                  .parameters = {kId},
                                  .answers = {http::answer<DeletionView>(202, "The operation that deletes it.")},
                                  .problems = {400, 403, 404, 412},
                                  .takes_if_match = true},
                                 [&context](http::Call& call, None, None) { return delete_node(context, call); }));
  router.add(http::endpoint<None, OwnerBody>(
      {.method = "PUT",
       .path = "/compute-nodes/{id}/owner",
       .name = "changeComputeNodeOwner",
       .tag = "Compute nodes",
       .summary = "Hand a compute node to another owner.",
       .doc =
           "By its owner or an operator. In a workspace the new owner must be a member with permission bit 8 or more.",
       .parameters = {kId},
       .answers = {http::answer<NodeView>(200, "The compute node as it is now.")},
       .problems = {400, 403, 404, 412, 415, 422},
       .takes_if_match = true},
      [&context](http::Call& call, None, OwnerBody body) { return change_owner(context, call, body); }));
  router.add(http::endpoint<WorkspaceQuery, http::MaybeBody<EmptyBody>>(
      {.method = "POST",
       .path = "/compute-nodes/{id}/organization",
       .name = "attachComputeNode",
       .tag = "Compute nodes",
       .summary = "Attach a compute node to a workspace.",
       .doc = "By its owner, who must be one who may create compute nodes on its account in that workspace. The node "
              "stays private.",
       .parameters = {kId},
       .answers = {http::answer<ActionView>(200, "It is attached.")},
       .problems = {400, 403, 404, 409, 412, 422},
       .takes_if_match = true,
       .takes_idempotency_key = true},
      [&context](http::Call& call, WorkspaceQuery query, http::MaybeBody<EmptyBody>) {
        return attach(context, call, query);
      }));
  router.add(http::endpoint<None, None>({.method = "DELETE",
                                         .path = "/compute-nodes/{id}/organization",
                                         .name = "detachComputeNode",
                                         .tag = "Compute nodes",
                                         .summary = "Detach a compute node from its workspace.",
                                         .doc = "By its owner. Every grant is removed, and the node is private.",
                                         .parameters = {kId},
                                         .answers = {http::answer<ActionView>(200, "It is detached.")},
                                         .problems = {400, 403, 404, 409, 412},
                                         .takes_if_match = true},
                                        [&context](http::Call& call, None, None) { return detach(context, call); }));
}

}  // namespace api

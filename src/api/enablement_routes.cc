// The workspaces that an account is enabled for.

#include <fmt/format.h>

#include "api/mutation.h"
#include "api/paging.h"
#include "api/requests.h"
#include "api/views.h"
#include "http/endpoint.h"

namespace api {
namespace {

struct EnablementBody {
  static constexpr std::string_view kTypeName = "EnablementRequest";
  static constexpr bool kClosed = true;
  bool is_public = false;
  template <class V>
  static void describe(V& field) {
    field("isPublic", &EnablementBody::is_public,
          {.doc = "true: the workspace's administrators may make compute nodes on the account; false: only its owner.",
           .may_miss = true});
  }
};

struct EnablementChange {
  static constexpr std::string_view kTypeName = "EnablementChange";
  static constexpr bool kClosed = true;
  bool is_public = false;
  template <class V>
  static void describe(V& field) {
    field("isPublic", &EnablementChange::is_public, {.doc = "As when it was enabled."});
  }
};

base::Result<http::Reply> enable(const Context& context, const http::Call& call, const WorkspaceQuery& query,
                                 bool is_public) {
  const std::string workspace_id = TRY(workspace_of(call, query.organization_id));
  return change_once(
      context, call,
      [&](store::Transaction& tx) -> base::Result<http::Reply> {
        const accounts::Enablement made =
            TRY(context.accounts.enable(tx, asker_of(call), call.path("uuid"), workspace_id, is_public));
        return http::reply(201, view_of(made))
            .with("Location",
                  fmt::format("{}/accounts/{}/workspaces/{}", call.base_path(), made.account_uuid, made.workspace_id))
            .etag(made.version);
      },
      workspace_id);
}

base::Result<http::Reply> list(const Context& context, const http::Call& call, const PageQuery& query) {
  const Listing listing(context, call, query, "enablements/" + call.path("uuid"));
  const std::string after = TRY(listing.after());
  const std::vector<accounts::Enablement> all =
      TRY(context.accounts.enablements(call.principal().user_id, call.path("uuid"), call.deadline()));
  std::vector<EnablementView> views;
  std::optional<std::string> next;
  for (const accounts::Enablement& each : all) {
    if (each.workspace_id <= after) continue;
    if (views.size() == listing.limit()) {
      next = views.back().workspace_id;
      break;
    }
    views.push_back(view_of(each));
  }
  return listing.finish(http::reply(200, views), next, all.size());
}

base::Result<http::Reply> get_one(const Context& context, const http::Call& call) {
  for (const accounts::Enablement& each :
       TRY(context.accounts.enablements(call.principal().user_id, call.path("uuid"), call.deadline()))) {
    if (each.workspace_id == call.path("workspaceId")) return http::reply(200, view_of(each)).etag(each.version);
  }
  return base::fail(base::Code::kNotFound, "The account is not enabled for this workspace.");
}

base::Result<http::Reply> change(const Context& context, const http::Call& call, const EnablementChange& body) {
  const accounts::Enablement changed = TRY(store::transact(context.table, call.deadline(), [&](store::Transaction& tx) {
    return context.accounts.change_enablement(tx, asker_of(call), call.path("uuid"), call.path("workspaceId"),
                                              body.is_public, guard_of(call, "The enablement"));
  }));
  return http::reply(200, view_of(changed)).etag(changed.version);
}

base::Result<http::Reply> disable(const Context& context, const http::Call& call) {
  TRY(context.accounts.disable(asker_of(call), call.path("uuid"), call.path("workspaceId"),
                               guard_of(call, "The enablement"), call.deadline()));
  return http::no_content();
}

}  // namespace

void add_enablement_routes(http::Router& router, const Context& context) {
  using http::None;
  static constexpr http::Parameter kUuid{"uuid", &json::kUuidFormat, "The account's uuid."};
  static constexpr http::Parameter kWorkspace{"workspaceId", &json::kWorkspaceIdFormat, "The workspace."};
  router.add(http::endpoint<WorkspaceQuery, http::MaybeBody<EnablementBody>>(
      {.method = "POST",
       .path = "/accounts/{uuid}/workspaces",
       .name = "enableWorkspace",
       .tag = "Workspaces",
       .summary = "Enable an account of yours for a workspace.",
       .doc = "By the account's owner, who must be a member of the workspace with permission bit 8 or more.",
       .parameters = {kUuid},
       .answers = {http::answer<EnablementView>(201, "The enablement.")},
       .problems = {400, 403, 404, 409, 415, 422},
       .takes_idempotency_key = true},
      [&context](http::Call& call, WorkspaceQuery query, http::MaybeBody<EnablementBody> body) {
        return enable(context, call, query, body.value && body.value->is_public);
      }));
  router.add(http::endpoint<PageQuery, None>(
      {.method = "GET",
       .path = "/accounts/{uuid}/workspaces",
       .name = "listAccountWorkspaces",
       .tag = "Workspaces",
       .summary = "The workspaces that an account is enabled for.",
       .doc = "All of them for the owner; an administrator sees the enablement for their own workspace, where it is "
              "public.",
       .parameters = {kUuid},
       .answers = {http::answer<std::vector<EnablementView>>(200, "The enablements, by workspace id.")},
       .problems = {400, 404}},
      [&context](http::Call& call, PageQuery query, None) { return list(context, call, query); }));
  router.add(http::endpoint<None, None>({.method = "GET",
                                         .path = "/accounts/{uuid}/workspaces/{workspaceId}",
                                         .name = "getAccountWorkspace",
                                         .tag = "Workspaces",
                                         .summary = "One enablement.",
                                         .doc = "",
                                         .parameters = {kUuid, kWorkspace},
                                         .answers = {http::answer<EnablementView>(200, "The enablement.")},
                                         .problems = {400, 404}},
                                        [&context](http::Call& call, None, None) { return get_one(context, call); }));
  router.add(http::endpoint<None, EnablementChange>(
      {.method = "PUT",
       .path = "/accounts/{uuid}/workspaces/{workspaceId}",
       .name = "changeAccountWorkspace",
       .tag = "Workspaces",
       .summary = "Make the account public or private in a workspace for which it is enabled.",
       .doc = "By the account's owner.",
       .parameters = {kUuid, kWorkspace},
       .answers = {http::answer<EnablementView>(200, "The enablement as it is now.")},
       .problems = {400, 403, 404, 409, 412, 415},
       .takes_if_match = true},
      [&context](http::Call& call, None, EnablementChange body) { return change(context, call, body); }));
  router.add(http::endpoint<None, None>(
      {.method = "DELETE",
       .path = "/accounts/{uuid}/workspaces/{workspaceId}",
       .name = "disableWorkspace",
       .tag = "Workspaces",
       .summary = "Disable an account for a workspace.",
       .doc =
           "By the account's owner. While compute nodes stand on the account in this workspace: 409 with their number.",
       .parameters = {kUuid, kWorkspace},
       .answers = {http::answer(204, "It is disabled.")},
       .problems = {400, 403, 404, 409, 412},
       .takes_if_match = true},
      [&context](http::Call& call, None, None) { return disable(context, call); }));
}

}  // namespace api

// Before a change is made: who would gain, and who would lose.
//
// The domain runs the change itself without committing it (nodes::Nodes::preview, accounts::Accounts::preview), so a
// preview is refused exactly where the change would be, and cannot differ from it.

#include <fmt/format.h>

#include "api/access_views.h"
#include "api/inquiry.h"
#include "api/paging.h"
#include "api/requests.h"
#include "authz/who.h"
#include "catalog/preview.h"
#include "http/endpoint.h"
#include "json/schema.h"
#include "nodes/shift.h"

namespace api {
namespace {

struct GranteeBody {
  static constexpr std::string_view kTypeName = "PreviewedGrantee";
  static constexpr std::string_view kDoc = "Either a user or a team.";
  static constexpr bool kClosed = true;
  std::optional<std::string> user_id, team_id;
  template <class V>
  static void describe(V& field) {
    field("userId", &GranteeBody::user_id, {.format = &json::kUserIdFormat});
    field("teamId", &GranteeBody::team_id, {.format = &json::kTeamIdFormat});
  }
};

struct NodePreviewBody {
  static constexpr std::string_view kTypeName = "NodeChangePreviewRequest";
  static constexpr std::string_view kDoc = "Exactly one change.";
  static constexpr bool kClosed = true;
  std::optional<authz::Scope> access_scope;
  std::optional<GranteeBody> grant, revoke;
  std::optional<std::string> attach, owner_id;
  std::optional<bool> detach;
  template <class V>
  static void describe(V& field) {
    field("accessScope", &NodePreviewBody::access_scope, {.doc = "As PUT permissions."});
    field("grant", &NodePreviewBody::grant);
    field("revoke", &NodePreviewBody::revoke);
    field("attach", &NodePreviewBody::attach, {.doc = "To this workspace.", .format = &json::kWorkspaceIdFormat});
    field("detach", &NodePreviewBody::detach, {.doc = "true"});
    field("ownerId", &NodePreviewBody::owner_id, {.doc = "The new owner.", .format = &json::kUserIdFormat});
  }
};

struct EnablementPreviewBody {
  static constexpr std::string_view kTypeName = "EnablementPreviewRequest";
  static constexpr bool kClosed = true;
  bool enabled = true;
  std::optional<bool> is_public;
  template <class V>
  static void describe(V& field) {
    field("enabled", &EnablementPreviewBody::enabled, {.doc = "false: it is disabled.", .may_miss = true});
    field("isPublic", &EnablementPreviewBody::is_public,
          {.doc = "Absent: as it is; private where it is not enabled yet."});
  }
};

struct ShiftView {
  static constexpr std::string_view kTypeName = "AccessShift";
  std::string user_id;
  std::vector<WayView> through;
  template <class V>
  static void describe(V& field) {
    field("userId", &ShiftView::user_id);
    field("through", &ShiftView::through, {.doc = "The ways that come, or go."});
  }
};

struct PreviewView {
  static constexpr std::string_view kTypeName = "AccessPreview";
  std::vector<ShiftView> gains, loses;
  template <class V>
  static void describe(V& field) {
    field("gains", &PreviewView::gains, {.doc = "Who could, and could not before; by user id."});
    field("loses", &PreviewView::loses, {.doc = "Who could, and could not any more; by user id."});
  }
};

struct StandingView {
  static constexpr std::string_view kTypeName = "DirectoryStanding";
  std::int64_t permission_bit = 0;
  std::vector<std::string> team_ids;
  template <class V>
  static void describe(V& field) {
    field("permissionBit", &StandingView::permission_bit);
    field("teamIds", &StandingView::team_ids);
  }
};

struct ShiftedNodesView {
  static constexpr std::string_view kTypeName = "ShiftedComputeNodes";
  std::int64_t compute_nodes = 0;
  std::vector<std::string> first;
  template <class V>
  static void describe(V& field) {
    field("computeNodes", &ShiftedNodesView::compute_nodes, {.doc = "How many."});
    field("first", &ShiftedNodesView::first, {.doc = "Their uuids; the first of them, by name."});
  }
};

struct UserShiftView {
  static constexpr std::string_view kTypeName = "DirectoryShift";
  std::string user_id, workspace_id;
  std::optional<StandingView> before, after;
  ShiftedNodesView gains, loses;
  template <class V>
  static void describe(V& field) {
    field("userId", &UserShiftView::user_id);
    field("workspaceId", &UserShiftView::workspace_id);
    field("before", &UserShiftView::before, {.doc = "Absent: no member."});
    field("after", &UserShiftView::after, {.doc = "Absent: no member any more."});
    field("gains", &UserShiftView::gains);
    field("loses", &UserShiftView::loses);
  }
};

struct DirectoryPreviewView {
  static constexpr std::string_view kTypeName = "DirectoryPreview";
  std::vector<UserShiftView> users;
  template <class V>
  static void describe(V& field) {
    field("users", &DirectoryPreviewView::users,
          {.doc = "Each membership that the document would change, by user id and workspace id."});
  }
};

std::optional<StandingView> view_of(const std::optional<catalog::WorkspaceMembership>& standing) {
  if (!standing) return std::nullopt;
  return StandingView{standing->permission_bit, standing->team_ids};
}

PreviewView view_of(const authz::Preview& preview) {
  PreviewView view;
  for (const authz::Reacher& each : preview.gains) view.gains.push_back({each.user_id, ways_of(each)});
  for (const authz::Reacher& each : preview.losses) view.loses.push_back({each.user_id, ways_of(each)});
  return view;
}

// Pages of two lists, of which no total is known.
struct PreviewQuery : PageQuery {
  template <class V>
  static void describe(V& field) {
    field("limit", &PreviewQuery::limit,
          {.doc = "How many users a page looks at.", .min = 1, .max = base::limits::kPageMax, .may_miss = true});
    field("cursor", &PreviewQuery::cursor,
          {.doc = "Where the page starts: the cursor of the page before.", .chars_max = base::limits::kCursorBytesMax});
  }
};

using AccessChange = nodes::Nodes::AccessChange;
using Grantee = nodes::Nodes::Grantee;

base::Result<std::optional<AccessChange::To>> grantee_of(const std::optional<GranteeBody>& body,
                                                         std::string_view where) {
  if (!body) return std::optional<AccessChange::To>();
  if (body->user_id.has_value() == body->team_id.has_value())
    return base::fail_field(base::Code::kImpossible, std::string(where), "Name either userId or teamId.");
  if (body->user_id)
    return std::optional(AccessChange::To{Grantee::kUser, *base::parse_id(base::IdKind::kUser, *body->user_id)});
  return std::optional(AccessChange::To{Grantee::kTeam, *base::parse_id(base::IdKind::kTeam, *body->team_id)});
}

base::Result<AccessChange> change_of(const NodePreviewBody& body) {
  const int changes = body.access_scope.has_value() + body.grant.has_value() + body.revoke.has_value() +
                      body.attach.has_value() + body.detach.value_or(false) + body.owner_id.has_value();
  if (changes != 1) {
    return base::fail(base::Code::kImpossible,
                      "The body must name exactly one change: accessScope, grant, revoke, attach, detach (true) or "
                      "ownerId.");
  }
  AccessChange change;
  change.scope = body.access_scope;
  change.grant = TRY(grantee_of(body.grant, "/grant"));
  change.revoke = TRY(grantee_of(body.revoke, "/revoke"));
  if (body.attach) change.attach_to = canonical_workspace(body.attach);
  change.detach = body.detach.value_or(false);
  if (body.owner_id) change.owner_id = *base::parse_id(base::IdKind::kUser, *body.owner_id);
  return change;
}

// The change says where in its own request something was wrong; here that is elsewhere.
base::Error moved(base::Error error, const NodePreviewBody& body) {
  for (base::FieldError& field : error.fields) {
    if (body.grant) field.pointer.insert(0, "/grant");
    if (body.revoke) field.pointer = "/revoke/userId";
    if (body.owner_id) field.pointer = "/ownerId";
  }
  return error;
}

base::Result<http::Reply> preview_node_change(const Context& context, const http::Call& call, const PreviewQuery& query,
                                              const NodePreviewBody& body) {
  const std::string& uuid = call.path("id");
  TRY(node_to_ask_about(context, call.principal().user_id, uuid, Inquiry::kChange, call.deadline()));
  const AccessChange change = TRY(change_of(body));
  const base::Result<nodes::Nodes::BeforeAndAfter> seen =
      context.nodes.preview(asker_of(call), uuid, change, call.deadline());
  if (!seen) return base::fail(moved(seen.error(), body));
  const nodes::Facts before(seen->before.node, seen->before.permissions);
  const nodes::Facts after(seen->after.node, seen->after.permissions);
  const Listing listing(context, call, query, fmt::format("preview of {}: {}", uuid, call.request().body));
  const std::string from = TRY(listing.after());
  const authz::Preview preview = TRY(
      authz::preview_node(context.directory, before.view(), after.view(), {from, listing.limit()}, call.deadline()));
  return listing.finish(http::reply(200, view_of(preview)), preview.next, 0);
}

base::Result<http::Reply> preview_enablement_change(const Context& context, const http::Call& call,
                                                    const PreviewQuery& query, const EnablementPreviewBody& body) {
  const std::string& uuid = call.path("uuid");
  const std::string& workspace_id = call.path("workspaceId");
  const accounts::Accounts::Whole whole =
      TRY(account_to_ask_about(context, call.principal().user_id, uuid, Inquiry::kChange, call.deadline()));
  const std::string& owner_id = whole.account.owner_id;
  const accounts::Accounts::BeforeAndAfter seen = TRY(context.accounts.preview(
      {owner_id, call.request_id()}, uuid, workspace_id, body.enabled, body.is_public, call.deadline()));
  const Listing listing(context, call, query,
                        fmt::format("preview of {} in {}: {}", uuid, workspace_id, call.request().body));
  const std::string from = TRY(listing.after());
  const authz::Preview preview = TRY(authz::preview_enablement(context.directory, owner_id, workspace_id, seen.before,
                                                               seen.after, {from, listing.limit()}, call.deadline()));
  return listing.finish(http::reply(200, view_of(preview)), preview.next, 0);
}

// Where in the pages a change stands.
std::string place_of(const catalog::MembershipChange& change) { return change.user_id + ' ' + change.workspace_id; }

base::Result<http::Reply> preview_directory(const Context& context, const http::Call& call, const PreviewQuery& query) {
  TRY(TRY(context.engine.decide_operator(call.principal().user_id, "change the directory", call.deadline()))
          .enforce("directory"));
  const std::string& document = call.request().body;
  const Listing listing(context, call, query, "preview of the directory: " + document);
  const std::string from = TRY(listing.after());
  const catalog::Snapshot snapshot = TRY(catalog::read_snapshot(context.directory, document, call.deadline()));
  const std::vector<catalog::MembershipChange> changes =
      TRY(catalog::preview_memberships(context.directory, snapshot, call.deadline()));
  DirectoryPreviewView view;
  std::optional<std::string> next;
  for (const catalog::MembershipChange& change : changes) {
    if (place_of(change) <= from) continue;
    if (view.users.size() == listing.limit()) {
      next = view.users.back().user_id + ' ' + view.users.back().workspace_id;
      break;
    }
    nodes::Shift shift = TRY(nodes::shift_of(context.table, change, call.deadline()));
    view.users.push_back({change.user_id,
                          change.workspace_id,
                          view_of(change.before),
                          view_of(change.after),
                          {static_cast<std::int64_t>(shift.gained), std::move(shift.gained_uuids)},
                          {static_cast<std::int64_t>(shift.lost), std::move(shift.lost_uuids)}});
  }
  return listing.finish(http::reply(200, view), next, 0);
}

}  // namespace

void add_preview_routes(http::Router& router, const Context& context) {
  static constexpr http::Parameter kId{"id", &json::kUuidFormat, "The compute node's uuid."};
  static constexpr http::Parameter kUuid{"uuid", &json::kUuidFormat, "The account's uuid."};
  static constexpr http::Parameter kWorkspace{"workspaceId", &json::kWorkspaceIdFormat, "The workspace."};
  router.add(http::endpoint<PreviewQuery, NodePreviewBody>(
      {.method = "POST",
       .path = "/compute-nodes/{id}/permissions/preview",
       .name = "previewNodeChange",
       .tag = "Access",
       .summary = "Who would gain and who would lose a compute node by a change; nothing is changed.",
       .doc = "For the node's owner and operators. Refused where the change would be, and as its owner would be. A "
              "page looks at `limit` users; its lists may be shorter, or empty, though more follow.",
       .parameters = {kId},
       .answers = {http::answer<PreviewView>(200, "Gains and losses.", {"Link"})},
       .problems = {400, 403, 404, 409, 415, 422}},
      [&context](http::Call& call, PreviewQuery query, NodePreviewBody body) {
        return preview_node_change(context, call, query, body);
      }));
  router.add(http::endpoint<PreviewQuery, EnablementPreviewBody>(
      {.method = "POST",
       .path = "/accounts/{uuid}/workspaces/{workspaceId}/preview",
       .name = "previewEnablementChange",
       .tag = "Access",
       .summary = "Who would gain and who would lose the making of compute nodes on an account in a workspace.",
       .doc = "For the account's owner and operators. Refused where the change would be, and as its owner would be; "
              "nothing is changed.",
       .parameters = {kUuid, kWorkspace},
       .answers = {http::answer<PreviewView>(200, "Gains and losses.", {"Link"})},
       .problems = {400, 403, 404, 409, 415, 422}},
      [&context](http::Call& call, PreviewQuery query, EnablementPreviewBody body) {
        return preview_enablement_change(context, call, query, body);
      }));
  http::Endpoint directory = http::endpoint<PreviewQuery, json::Object>(
      {.method = "POST",
       .path = "/directory/preview",
       .name = "previewDirectory",
       .tag = "Access",
       .summary = "What an import of this directory document would change, and who would gain and lose compute nodes.",
       .doc = "For operators. The body is that of `PUT /directory`, and is refused where that would be; nothing is "
              "changed. Only memberships that differ are told of.",
       .answers = {http::answer<DirectoryPreviewView>(200, "Changed memberships, and what they open and close.",
                                                      {"Link"})},
       .problems = {400, 403, 415, 422}},
      [&context](http::Call& call, PreviewQuery query, json::Object) {
        return preview_directory(context, call, query);
      });
  // The body goes to the directory as it came, and is decoded there.
  directory.body = [](json::Components& components) { return json::schema<catalog::Snapshot>(components); };
  router.add(std::move(directory));
}

}  // namespace api

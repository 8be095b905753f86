// Before a change is made: who would gain, and who would lose.
//
// The change itself is run, by the function that makes it, in a transaction that is never committed; what would stand
// in the table afterwards is compared with what stands there now. So a preview is refused exactly where the change
// would be, and cannot differ from it.

#include <array>

#include <fmt/format.h>

#include "api/access_views.h"
#include "api/inquiry.h"
#include "api/paging.h"
#include "api/requests.h"
#include "authz/who.h"
#include "http/endpoint.h"
#include "store/transaction.h"

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
  bool enabled = true, is_public = false;
  template <class V>
  static void describe(V& field) {
    field("enabled", &EnablementPreviewBody::enabled, {.doc = "false: it is disabled.", .may_miss = true});
    field("isPublic", &EnablementPreviewBody::is_public, {.may_miss = true});
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

PreviewView view_of(const authz::Preview& preview) {
  PreviewView view;
  for (const authz::Reacher& each : preview.gains) view.gains.push_back({each.user_id, ways_of(each)});
  for (const authz::Reacher& each : preview.losses) view.loses.push_back({each.user_id, ways_of(each)});
  return view;
}

const accounts::VersionGuard kAnyVersion = [](store::Version) -> base::Result<void> { return {}; };

base::Error no_single_change() {
  return {base::Code::kImpossible,
          "The body must name exactly one change: accessScope, grant, revoke, attach, detach (true) or ownerId."};
}

using Grantee = nodes::Nodes::Grantee;

base::Result<std::pair<Grantee, std::string>> grantee_of(const GranteeBody& body, std::string_view where) {
  if (body.user_id.has_value() == body.team_id.has_value()) {
    return base::fail_field(base::Code::kImpossible, std::string(where), "Name either userId or teamId.");
  }
  if (body.user_id) return std::pair(Grantee::kUser, *base::parse_id(base::IdKind::kUser, *body.user_id));
  return std::pair(Grantee::kTeam, *base::parse_id(base::IdKind::kTeam, *body.team_id));
}

// Runs the one change that the body names in the transaction, as whoever may make it.
base::Result<void> try_change(const Context& context, store::Transaction& tx, const audit::Actor& owner,
                              const audit::Actor& asker, const std::string& uuid, const NodePreviewBody& body) {
  const nodes::Nodes& all = context.nodes;
  const int changes = body.access_scope.has_value() + body.grant.has_value() + body.revoke.has_value() +
                      body.attach.has_value() + body.detach.value_or(false) + body.owner_id.has_value();
  if (changes != 1) return base::fail(no_single_change());
  if (body.access_scope) {
    TRY(all.set_scope(tx, owner, uuid, *body.access_scope, kAnyVersion));
  } else if (body.grant) {
    const auto [kind, id] = TRY(grantee_of(*body.grant, "/grant"));
    TRY(all.grant(tx, owner, uuid, kind, id, kAnyVersion));
  } else if (body.revoke) {
    const auto [kind, id] = TRY(grantee_of(*body.revoke, "/revoke"));
    TRY(all.revoke(tx, owner, uuid, kind, id, kAnyVersion));
  } else if (body.attach) {
    TRY(all.attach(tx, owner, uuid, canonical_workspace(body.attach), kAnyVersion));
  } else if (body.owner_id) {
    TRY(all.change_owner(tx, asker, uuid, *base::parse_id(base::IdKind::kUser, *body.owner_id), kAnyVersion));
  } else {
    TRY(all.detach(tx, owner, uuid, kAnyVersion));
  }
  return {};
}

base::Result<http::Reply> preview_node_change(const Context& context, const http::Call& call, const PageQuery& query,
                                              const NodePreviewBody& body) {
  const std::string& uuid = call.path("id");
  const nodes::SeenPermissions found = TRY(node_to_ask_about(context, call.principal().user_id, uuid, call.deadline()));
  store::Transaction tx(context.table, call.deadline());
  const std::array keys{nodes::node_key(uuid), nodes::permissions_key(uuid)};
  const auto read = [&]() -> base::Result<nodes::SeenPermissions> {
    std::optional<nodes::SeenPermissions> now = TRY(nodes::Nodes::read(TRY(tx.get_many(keys))));
    if (!now) return base::fail(nodes::no_such_node());
    return std::move(*now);
  };
  const nodes::SeenPermissions before = TRY(read());
  const audit::Actor owner{before.node.owner_id, call.request_id()};
  TRY(try_change(context, tx, owner, asker_of(call), uuid, body));
  const nodes::SeenPermissions after = TRY(read());
  const nodes::Facts facts_before(before.node, before.permissions), facts_after(after.node, after.permissions);
  const Listing listing(context, call, query, fmt::format("preview of {}: {}", uuid, call.request().body));
  const std::string from = TRY(listing.after());
  const authz::Preview preview = TRY(authz::preview_node(context.directory, facts_before.view(), facts_after.view(),
                                                         {from, listing.limit()}, call.deadline()));
  return listing.finish(http::reply(200, view_of(preview)), preview.next, 0);
}

base::Result<http::Reply> preview_enablement_change(const Context& context, const http::Call& call,
                                                    const PageQuery& query, const EnablementPreviewBody& body) {
  const std::string& uuid = call.path("uuid");
  const std::string& workspace_id = call.path("workspaceId");
  const std::string& asker = call.principal().user_id;
  const std::optional<accounts::Accounts::Whole> whole = TRY(context.accounts.whole(uuid, call.deadline()));
  if (!whole || (whole->account.owner_id != asker && !TRY(context.engine.is_operator(asker, call.deadline())))) {
    // Whoever sees the account without owning it hears so; for everybody else there is none.
    TRY(context.accounts.get(asker, uuid, call.deadline()));
    return base::fail(base::Code::kForbidden, "Only the account's owner and operators of the platform may ask that.");
  }
  const std::string& owner = whole->account.owner_id;
  std::optional<bool> before, after;
  for (const accounts::Enablement& each : whole->enablements)
    if (each.workspace_id == workspace_id) before = each.is_public;
  store::Transaction tx(context.table, call.deadline());
  const audit::Actor actor{owner, call.request_id()};
  if (!body.enabled && !before)
    return base::fail(base::Code::kNotFound, "The account is not enabled for this workspace.");
  if (body.enabled && before)
    TRY(context.accounts.change_enablement(tx, actor, uuid, workspace_id, body.is_public, kAnyVersion));
  if (body.enabled && !before) TRY(context.accounts.enable(tx, actor, uuid, workspace_id, body.is_public));
  if (body.enabled) after = body.is_public;
  const Listing listing(context, call, query,
                        fmt::format("preview of {} in {}: {}", uuid, workspace_id, call.request().body));
  const std::string from = TRY(listing.after());
  const authz::Preview preview = TRY(authz::preview_enablement(context.directory, owner, workspace_id, before, after,
                                                               {from, listing.limit()}, call.deadline()));
  return listing.finish(http::reply(200, view_of(preview)), preview.next, 0);
}

}  // namespace

void add_preview_routes(http::Router& router, const Context& context) {
  static constexpr http::Parameter kId{"id", &json::kUuidFormat, "The compute node's uuid."};
  static constexpr http::Parameter kUuid{"uuid", &json::kUuidFormat, "The account's uuid."};
  static constexpr http::Parameter kWorkspace{"workspaceId", &json::kWorkspaceIdFormat, "The workspace."};
  router.add(http::endpoint<PageQuery, NodePreviewBody>(
      {.method = "POST",
       .path = "/compute-nodes/{id}/permissions/preview",
       .name = "previewNodeChange",
       .tag = "Access",
       .summary = "Who would gain and who would lose a compute node by a change; nothing is changed.",
       .doc = "For the node's owner, operators and the configured callers. Refused where the change would be. A page "
              "looks "
              "at `limit` users; its lists may be shorter, or empty, though more follow.",
       .parameters = {kId},
       .answers = {http::answer<PreviewView>(200, "Gains and losses.", {"Link"})},
       .problems = {400, 403, 404, 409, 415, 422}},
      [&context](http::Call& call, PageQuery query, NodePreviewBody body) {
        return preview_node_change(context, call, query, body);
      }));
  router.add(http::endpoint<PageQuery, EnablementPreviewBody>(
      {.method = "POST",
       .path = "/accounts/{uuid}/workspaces/{workspaceId}/preview",
       .name = "previewEnablementChange",
       .tag = "Access",
       .summary = "Who would gain and who would lose the making of compute nodes on an account in a workspace.",
       .doc = "For the account's owner and operators. Nothing is changed.",
       .parameters = {kUuid, kWorkspace},
       .answers = {http::answer<PreviewView>(200, "Gains and losses.", {"Link"})},
       .problems = {400, 403, 404, 409, 415, 422}},
      [&context](http::Call& call, PageQuery query, EnablementPreviewBody body) {
        return preview_enablement_change(context, call, query, body);
      }));
}

}  // namespace api

// Who reaches a compute node: its scope, and the users and teams that it is shared with. Permissions have an ETag of
// their own.

#include <fmt/format.h>

#include "api/mutation.h"
#include "api/requests.h"
#include "api/views.h"
#include "http/endpoint.h"

namespace api {
namespace {

using Grantee = nodes::Nodes::Grantee;

struct ScopeBody {
  static constexpr std::string_view kTypeName = "AccessScopeRequest";
  static constexpr bool kClosed = true;
  authz::Scope access_scope = authz::Scope::kPrivate;
  template <class V>
  static void describe(V& field) {
    field("accessScope", &ScopeBody::access_scope,
          {.doc = "private: the owner alone; workspace: its members with permission bit 8 or more; shared: who is "
                  "granted."});
  }
};

struct UserBody {
  static constexpr std::string_view kTypeName = "UserGrantRequest";
  static constexpr bool kClosed = true;
  std::string user_id;
  template <class V>
  static void describe(V& field) {
    field("userId", &UserBody::user_id, {.doc = "A member of the node's workspace.", .format = &json::kUserIdFormat});
  }
};

struct TeamBody {
  static constexpr std::string_view kTypeName = "TeamGrantRequest";
  static constexpr bool kClosed = true;
  std::string team_id;
  template <class V>
  static void describe(V& field) {
    field("teamId", &TeamBody::team_id, {.doc = "A team of the node's workspace.", .format = &json::kTeamIdFormat});
  }
};

constexpr std::string_view kWhat = "The compute node's permissions";

ActionView action(const nodes::Nodes::Granted& done, std::string_view verb, Grantee kind, const std::string& id) {
  const std::string type = kind == Grantee::kUser ? "user" : "team";
  return {fmt::format("Successfully {} access {} {} {}", verb, verb == "granted" ? "to" : "from", type, id),
          done.seen.node.uuid, std::string(verb), type, id};
}

base::Result<http::Reply> get_permissions(const Context& context, const http::Call& call) {
  const nodes::SeenPermissions seen =
      TRY(context.nodes.permissions(call.principal().user_id, call.path("id"), call.deadline()));
  return http::reply(200, view_of(seen)).etag(seen.permissions.version);
}

base::Result<http::Reply> set_scope(const Context& context, const http::Call& call, authz::Scope scope) {
  const nodes::SeenPermissions seen = TRY(store::transact(context.table, call.deadline(), [&](store::Transaction& tx) {
    return context.nodes.set_scope(tx, asker_of(call), call.path("id"), scope, guard_of(call, kWhat));
  }));
  return http::reply(200, view_of(seen)).etag(seen.permissions.version);
}

base::Result<http::Reply> grant(const Context& context, const http::Call& call, Grantee kind, const std::string& id) {
  return change_once(context, call, [&](store::Transaction& tx) -> base::Result<http::Reply> {
    const nodes::Nodes::Granted done =
        TRY(context.nodes.grant(tx, asker_of(call), call.path("id"), kind, id, guard_of(call, kWhat)));
    return http::reply(done.changed ? 201 : 200, action(done, "granted", kind, id))
        .with("Location", fmt::format("{}/compute-nodes/{}/permissions", call.base_path(), done.seen.node.uuid))
        .etag(done.seen.permissions.version);
  });
}

base::Result<http::Reply> revoke(const Context& context, const http::Call& call, Grantee kind, const std::string& id) {
  const nodes::Nodes::Granted done = TRY(store::transact(context.table, call.deadline(), [&](store::Transaction& tx) {
    return context.nodes.revoke(tx, asker_of(call), call.path("id"), kind, id, guard_of(call, kWhat));
  }));
  return http::reply(200, action(done, "revoked", kind, id)).etag(done.seen.permissions.version);
}

}  // namespace

void add_permission_routes(http::Router& router, const Context& context) {
  using http::None;
  static constexpr http::Parameter kId{"id", &json::kUuidFormat, "The compute node's uuid."};
  static constexpr http::Parameter kUser{"userId", &json::kUserIdFormat, "The user."};
  static constexpr http::Parameter kTeam{"teamId", &json::kTeamIdFormat, "The team."};
  const std::vector<http::Answer> granted = {http::answer<ActionView>(201, "Access is granted."),
                                             http::answer<ActionView>(200, "It was granted already.")};
  const std::vector<http::Answer> revoked = {http::answer<ActionView>(200, "There is no such grant any more.")};
  router.add(
      http::endpoint<None, None>({.method = "GET",
                                  .path = "/compute-nodes/{id}/permissions",
                                  .name = "getNodePermissions",
                                  .tag = "Permissions",
                                  .summary = "Who reaches a compute node.",
                                  .doc = "For everyone who may read it.",
                                  .parameters = {kId},
                                  .answers = {http::answer<PermissionsView>(200, "The permissions.")},
                                  .problems = {400, 404},
                                  .cost = http::Cost::kPoint},
                                 [&context](http::Call& call, None, None) { return get_permissions(context, call); }));
  router.add(http::endpoint<None, ScopeBody>(
      {.method = "PUT",
       .path = "/compute-nodes/{id}/permissions",
       .name = "setNodeAccessScope",
       .tag = "Permissions",
       .summary = "Set the access scope.",
       .doc = "By the owner. The scopes exclude each other: leaving `shared` removes every grant; setting `shared` "
              "again keeps them.",
       .parameters = {kId},
       .answers = {http::answer<PermissionsView>(200, "The permissions as they are now.")},
       .problems = {400, 403, 404, 409, 412, 415},
       .takes_if_match = true},
      [&context](http::Call& call, None, ScopeBody body) { return set_scope(context, call, body.access_scope); }));
  router.add(http::endpoint<None, UserBody>(
      {.method = "POST",
       .path = "/compute-nodes/{id}/permissions/users",
       .name = "grantUserAccess",
       .tag = "Permissions",
       .summary = "Share a compute node with a user.",
       .doc = "By the owner. A private node becomes shared; on a node that is open to its workspace: 409.",
       .parameters = {kId},
       .answers = granted,
       .problems = {400, 403, 404, 409, 412, 415, 422},
       .takes_if_match = true,
       .takes_idempotency_key = true},
      [&context](http::Call& call, None, UserBody body) {
        return grant(context, call, Grantee::kUser, *base::parse_id(base::IdKind::kUser, body.user_id));
      }));
  router.add(http::endpoint<None, None>(
      {.method = "DELETE",
       .path = "/compute-nodes/{id}/permissions/users/{userId}",
       .name = "revokeUserAccess",
       .tag = "Permissions",
       .summary = "Take a user's grant back.",
       .doc = "By the owner.",
       .parameters = {kId, kUser},
       .answers = revoked,
       .problems = {400, 403, 404, 412, 422},
       .takes_if_match = true},
      [&context](http::Call& call, None, None) { return revoke(context, call, Grantee::kUser, call.path("userId")); }));
  router.add(http::endpoint<None, TeamBody>({.method = "POST",
                                             .path = "/compute-nodes/{id}/permissions/teams",
                                             .name = "grantTeamAccess",
                                             .tag = "Permissions",
                                             .summary = "Share a compute node with a team.",
                                             .doc = "By the owner. The team's members reach the node while they are "
                                                    "members of the workspace with permission bit 8 or more.",
                                             .parameters = {kId},
                                             .answers = granted,
                                             .problems = {400, 403, 404, 409, 412, 415, 422},
                                             .takes_if_match = true,
                                             .takes_idempotency_key = true},
                                            [&context](http::Call& call, None, TeamBody body) {
                                              return grant(context, call, Grantee::kTeam,
                                                           *base::parse_id(base::IdKind::kTeam, body.team_id));
                                            }));
  router.add(http::endpoint<None, None>(
      {.method = "DELETE",
       .path = "/compute-nodes/{id}/permissions/teams/{teamId}",
       .name = "revokeTeamAccess",
       .tag = "Permissions",
       .summary = "Take a team's grant back.",
       .doc = "By the owner.",
       .parameters = {kId, kTeam},
       .answers = revoked,
       .problems = {400, 403, 404, 412},
       .takes_if_match = true},
      [&context](http::Call& call, None, None) { return revoke(context, call, Grantee::kTeam, call.path("teamId")); }));
}

}  // namespace api

// What the endpoints take in beside their bodies, in the few forms that many of them share.

#pragma once

#include <optional>
#include <string>

#include "audit/trail.h"
#include "base/ids.h"
#include "http/call.h"
#include "json/describe.h"
#include "json/formats.h"
#include "nodes/nodes.h"

namespace api {

// The caller's workspace: organization_id of the query, else the token's.
struct WorkspaceQuery {
  std::optional<std::string> organization_id;

  template <class V>
  static void describe(V& field) {
    field("organization_id", &WorkspaceQuery::organization_id,
          {.doc = "The workspace; where it is absent, that of the token.", .format = &json::kWorkspaceIdFormat});
  }
};

// The body of a POST that says everything by its path: none, or an object without members.
struct EmptyBody {
  static constexpr std::string_view kTypeName = "Empty";
  static constexpr bool kClosed = true;
  template <class V>
  static void describe(V&) {}
};

inline std::string canonical_workspace(const std::optional<std::string>& text) {
  return text ? base::parse_id(base::IdKind::kWorkspace, *text).value_or("") : std::string();
}

inline base::Result<std::string> workspace_of(const http::Call& call,
                                              const std::optional<std::string>& organization_id) {
  if (organization_id) return canonical_workspace(organization_id);
  if (call.principal().workspace_id) return *call.principal().workspace_id;
  return base::fail_field(
      base::Code::kInvalid, "query:organization_id",
      "No workspace is named: add organization_id=N:organization:<uuid> to the query, or use a token of a workspace.");
}

inline audit::Actor asker_of(const http::Call& call) { return {call.principal().user_id, call.request_id()}; }

// Compares If-Match with the version that a change finds.
inline accounts::VersionGuard guard_of(const http::Call& call, std::string_view what) {
  return [&call, what](store::Version version) { return call.check_if_match(what, version); };
}

}  // namespace api

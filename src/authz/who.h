// Who reaches a thing, each with every way in which they do; and, before a change is made, who would gain and who would
// lose.
//
// Pages are sorted by user id, and begin after a user id: a page costs what it has, times the teams that the node is
// shared with; never what the workspace has.
//
//   Threads   any. Nothing is kept.
//   Errors    kUnavailable, kDeadline of the directory.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authz/engine.h"
#include "base/deadline.h"
#include "base/result.h"
#include "catalog/directory.h"
#include "json/describe.h"

namespace authz {

enum class Through { kOwner, kAccountOwner, kWorkspace, kUserGrant, kTeamGrant, kWorkspaceAdministrator };

struct Way {
  Through through = Through::kOwner;
  std::string team_id;  // of kTeamGrant
  auto operator<=>(const Way&) const = default;
};

struct Reacher {
  std::string user_id;
  std::vector<Way> ways;  // sorted
  bool operator==(const Reacher&) const = default;
};

struct PageOfUsers {
  std::string_view after;   // a user id; empty: from the first
  std::size_t limit = 100;  // at least 1
};

struct ReacherPage {
  std::vector<Reacher> principals;
  std::optional<std::string> next;  // the `after` of the next page; absent: this was the last
};

struct Preview {
  std::vector<Reacher> gains, losses;  // `ways`: the ways that come, or go, by the change
  std::optional<std::string> next;
};

// Who may read the node.
[[nodiscard]] base::Result<ReacherPage> who_reads(catalog::Directory& directory, const NodeFacts& node,
                                                  const PageOfUsers& page, base::Deadline deadline);

// Who could read the node only after the change, and who only before it. A user who reads it either way is in neither
// list, though the ways may change. A page looks at `limit` users at most, of those who have a way that comes or goes;
// so its lists may be shorter than that, or empty, though more follow. Ways that the change leaves alone cost one
// question to the directory for each of these users, and only where the node stays shared with some team or user.
[[nodiscard]] base::Result<Preview> preview_node(catalog::Directory& directory, const NodeFacts& before,
                                                 const NodeFacts& after, const PageOfUsers& page,
                                                 base::Deadline deadline);

// The same for an account in a workspace: who may make nodes on it there, as its owner (kOwner) or as an administrator
// of the workspace (kWorkspaceAdministrator). `is_public` nullopt: the account is not enabled for it.
[[nodiscard]] base::Result<ReacherPage> who_creates(catalog::Directory& directory, std::string_view account_owner_id,
                                                    std::string_view workspace_id, std::optional<bool> is_public,
                                                    const PageOfUsers& page, base::Deadline deadline);
[[nodiscard]] base::Result<Preview> preview_enablement(catalog::Directory& directory, std::string_view account_owner_id,
                                                       std::string_view workspace_id, std::optional<bool> public_before,
                                                       std::optional<bool> public_after, const PageOfUsers& page,
                                                       base::Deadline deadline);

}  // namespace authz

template <>
inline constexpr auto json::kEnumNames<authz::Through> =
    json::names<authz::Through>({{authz::Through::kOwner, "owner"},
                                 {authz::Through::kAccountOwner, "account-owner"},
                                 {authz::Through::kWorkspace, "workspace"},
                                 {authz::Through::kUserGrant, "user-grant"},
                                 {authz::Through::kTeamGrant, "team-grant"},
                                 {authz::Through::kWorkspaceAdministrator, "workspace-administrator"}});

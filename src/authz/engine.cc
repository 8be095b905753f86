#include "authz/engine.h"

#include <algorithm>

#include <fmt/format.h>

namespace authz {
namespace {

Decision allow(std::string reason) { return {Verdict::kAllow, std::move(reason)}; }
Decision forbid(std::string reason) { return {Verdict::kForbid, std::move(reason)}; }
Decision hide(std::string reason) { return {Verdict::kHide, std::move(reason)}; }

bool contains(std::span<const std::string_view> list, std::string_view id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

// Whether somebody who is neither the owner nor the account's owner reads a node of a workspace.
Decision read_as_member(std::string_view user_id, const NodeFacts& node, const catalog::Membership& member) {
  if (!member.is_member) return hide("You are not a member of the node's workspace.");
  if (!member.at_least(catalog::kCollaborator)) {
    return hide(
        fmt::format("Your permission bit in the node's workspace is {}; compute nodes need 8.", member.permission_bit));
  }
  switch (node.scope) {
    case Scope::kPrivate:
      return hide("The node is private to its owner.");
    case Scope::kWorkspace:
      return allow("The node is open to its workspace, of which you are a member.");
    case Scope::kShared:
      break;
  }
  if (contains(node.users, user_id)) return allow("The node is shared with you.");
  for (const std::string& team : member.team_ids) {
    if (contains(node.teams, team))
      return allow(fmt::format("The node is shared with {}, of which you are a member.", team));
  }
  return hide("The node is shared with others, and neither with you nor with a team of yours.");
}

std::string_view verb(NodeAction action) {
  switch (action) {
    case NodeAction::kRead:
      return "read it";
    case NodeAction::kUpdate:
      return "change it";
    case NodeAction::kShare:
      return "share it";
    case NodeAction::kUnshare:
      return "take access to it back";
    case NodeAction::kDetach:
      return "detach it from its workspace";
    case NodeAction::kDelete:
      return "delete it";
    case NodeAction::kAttach:
      return "attach it to a workspace";
    case NodeAction::kChangeOwner:
      return "hand it to another owner";
  }
  return "do that";
}

// An owner who is no longer a full member of the workspace may narrow access, and not widen it.
bool widens(NodeAction action) { return action == NodeAction::kShare || action == NodeAction::kChangeOwner; }

// Somebody who is not the node's owner.
Decision read_as_other(std::string_view user_id, const NodeFacts& node, const catalog::Membership& member) {
  if (user_id == node.account_owner_id) return allow("You own the account that the node stands on.");
  return read_as_member(user_id, node, member);
}

constexpr std::string_view kNoSuchWorkspace = "You are not a member of that workspace, or there is no such workspace.";

}  // namespace

Decision WorkspaceReader::read(const NodeFacts& node) const {
  if (user_id_ == node.owner_id) return allow("You own the node.");
  return read_as_other(user_id_, node, membership_);
}

base::Result<WorkspaceReader> Engine::reader(std::string_view user_id, std::string_view workspace_id,
                                             base::Deadline deadline) const {
  catalog::Membership member = TRY(directory_.membership(user_id, workspace_id, deadline));
  if (!member.is_member) return base::fail(base::Code::kForbidden, std::string(kNoSuchWorkspace));
  return WorkspaceReader(std::string(user_id), std::move(member));
}

base::Result<void> Decision::enforce(std::string_view what) const {
  if (verdict == Verdict::kAllow) return {};
  if (verdict == Verdict::kForbid) return base::fail(base::Code::kForbidden, reason);
  return base::fail(base::Code::kNotFound, fmt::format("There is no such {}.", what), reason);
}

base::Result<Decision> Engine::decide(std::string_view user_id, NodeAction action, const NodeFacts& node,
                                      base::Deadline deadline) const {
  const bool attached = !node.workspace_id.empty();
  if (user_id == node.owner_id) {
    if (!attached || !widens(action)) return allow("You own the node.");
    const catalog::Membership member = TRY(directory_.membership(user_id, node.workspace_id, deadline));
    if (member.at_least(catalog::kCollaborator)) return allow("You own the node.");
    if (action == NodeAction::kChangeOwner && TRY(directory_.is_operator(user_id, deadline)))
      return allow("You operate the platform.");
    return forbid(fmt::format(
        "You own the node, but are no longer a member of its workspace with permission bit 8 or more; so you "
        "may take access back, detach or delete it, and not {}. An operator can hand it to another owner.",
        verb(action)));
  }
  if (action == NodeAction::kChangeOwner && TRY(directory_.is_operator(user_id, deadline))) {
    return allow("You operate the platform.");
  }
  Decision read = hide("The node has no workspace; it is its owner's alone.");
  if (user_id == node.account_owner_id)
    read = allow("You own the account that the node stands on.");
  else if (attached)
    read = read_as_member(user_id, node, TRY(directory_.membership(user_id, node.workspace_id, deadline)));
  if (action == NodeAction::kRead || !read.allowed()) return read;
  return forbid(fmt::format("Only the node's owner, {}, may {}.", node.owner_id, verb(action)));
}

base::Result<Decision> Engine::decide(std::string_view user_id, AccountAction action, const AccountFacts& account,
                                      base::Deadline deadline) const {
  if (user_id == account.owner_id) return allow("You own the account.");
  const std::vector<std::string> administered = TRY(administers_of(user_id, account.enablements, deadline));
  for (const EnablementFacts& enablement : account.enablements) {
    const bool here = std::binary_search(administered.begin(), administered.end(), enablement.workspace_id);
    if (!enablement.is_public || !here) continue;
    if (action == AccountAction::kRead) {
      return allow(fmt::format("The account is public in {}, which you administer.", enablement.workspace_id));
    }
    return forbid(
        "Only the account's owner may do that; administrators of a workspace in which it is public may see it.");
  }
  return hide("You neither own the account nor administer a workspace in which it is public.");
}

base::Result<Decision> Engine::decide_create_node(std::string_view user_id, std::string_view workspace_id,
                                                  const AccountFacts& account, base::Deadline deadline) const {
  const bool owns = user_id == account.owner_id;
  if (workspace_id.empty()) {
    if (owns) return allow("You own the account.");
    Decision seen = TRY(decide(user_id, AccountAction::kRead, account, deadline));
    if (!seen.allowed()) return seen;
    return forbid("Only the account's owner may make a node on it that belongs to no workspace.");
  }
  Decision here = TRY(decide_workspace(user_id, workspace_id, catalog::kCollaborator, deadline));
  if (!here.allowed()) return here;
  const auto found = std::find_if(account.enablements.begin(), account.enablements.end(),
                                  [&](const EnablementFacts& each) { return each.workspace_id == workspace_id; });
  if (found == account.enablements.end()) {
    if (!owns) return hide("The account is not enabled for this workspace.");
    return forbid(fmt::format("The account is not enabled for {}. Enable it first: POST /accounts/<uuid>/workspaces.",
                              workspace_id));
  }
  if (owns) return allow("You own the account, and it is enabled for the workspace.");
  if (!found->is_public) {
    return forbid(
        "The account is private in this workspace: only its owner makes nodes on it. The owner can make it public "
        "there.");
  }
  if (TRY(administers(user_id, workspace_id, deadline)))
    return allow("The account is public in the workspace, which you administer.");
  return forbid(
      "The account is public in this workspace: its owner and the workspace's administrators (permission bit 16 or "
      "more) "
      "make nodes on it.");
}

base::Result<Decision> Engine::decide_workspace(std::string_view user_id, std::string_view workspace_id, int least_bit,
                                                base::Deadline deadline) const {
  const catalog::Membership member = TRY(directory_.membership(user_id, workspace_id, deadline));
  if (!member.is_member) return forbid(std::string(kNoSuchWorkspace));
  if (member.at_least(least_bit)) return allow("You are a member of the workspace.");
  return forbid(fmt::format("Your permission bit in this workspace is {}; this needs {} or more.",
                            member.permission_bit, least_bit));
}

base::Result<Decision> Engine::decide_operator(std::string_view user_id, std::string_view what,
                                               base::Deadline deadline) const {
  if (TRY(directory_.is_operator(user_id, deadline))) return allow("You operate the platform.");
  return forbid(fmt::format("Only an operator of the platform may {}.", what));
}

base::Result<bool> Engine::administers(std::string_view user_id, std::string_view workspace_id,
                                       base::Deadline deadline) const {
  return TRY(directory_.membership(user_id, workspace_id, deadline)).at_least(catalog::kAdministrator);
}

base::Result<std::vector<std::string>> Engine::administers_of(std::string_view user_id,
                                                              std::span<const EnablementFacts> enablements,
                                                              base::Deadline deadline) const {
  std::vector<std::string> found;
  const auto is_public = [](const EnablementFacts& each) { return each.is_public; };
  if (std::none_of(enablements.begin(), enablements.end(), is_public)) return found;
  for (catalog::WorkspaceMembership& each : TRY(directory_.workspaces_of(user_id, deadline))) {
    if (each.permission_bit >= catalog::kAdministrator) found.push_back(std::move(each.workspace_id));
  }
  return found;
}

base::Result<std::string> Engine::why_user_cannot_share(std::string_view user_id, std::string_view workspace_id,
                                                        base::Deadline deadline) const {
  const catalog::Membership member = TRY(directory_.membership(user_id, workspace_id, deadline));
  if (!member.is_member) return fmt::format("{} is not a member of the node's workspace, {}.", user_id, workspace_id);
  if (member.at_least(catalog::kCollaborator)) return std::string();
  return fmt::format("{} has permission bit {} in the node's workspace; a grant needs 8 or more.", user_id,
                     member.permission_bit);
}

base::Result<std::string> Engine::why_team_cannot_share(std::string_view team_id, std::string_view workspace_id,
                                                        base::Deadline deadline) const {
  const std::optional<catalog::Team> team = TRY(directory_.team(team_id, deadline));
  if (team && team->workspace_id == workspace_id) return std::string();
  return fmt::format("{} is not a team of the node's workspace, {}.", team_id, workspace_id);
}

base::Result<std::string> Engine::why_user_cannot_own(std::string_view user_id, std::string_view workspace_id,
                                                      base::Deadline deadline) const {
  if (!workspace_id.empty()) return why_user_cannot_share(user_id, workspace_id, deadline);
  if (TRY(directory_.user(user_id, deadline))) return std::string();
  return fmt::format("{} is not in the directory.", user_id);
}

}  // namespace authz

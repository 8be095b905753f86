#include "authz/rules.h"

#include <algorithm>

namespace authz {
namespace {

Ruling ask(Question question) { return {.question = question}; }
Ruling allow(Reason reason, std::string_view subject = {}) {
  return {.verdict = Verdict::kAllow, .reason = reason, .subject = subject};
}
Ruling forbid(Reason reason, std::string_view subject = {}) {
  return {.verdict = Verdict::kForbid, .reason = reason, .subject = subject};
}
Ruling hide(Reason reason, std::string_view subject = {}) {
  return {.verdict = Verdict::kHide, .reason = reason, .subject = subject};
}

// The first id that stands in both sorted lists; empty: none. Walks the shorter, and searches in what is left of the
// longer.
template <class Shorter, class Longer>
std::string_view first_common_of(const Shorter& shorter, const Longer& longer) {
  auto from = std::begin(longer);
  for (const std::string_view id : shorter) {
    from = std::lower_bound(from, std::end(longer), id);
    if (from == std::end(longer)) return {};
    if (*from == id) return id;
  }
  return {};
}

std::string_view first_common(std::span<const std::string_view> granted, const std::vector<std::string>& teams) {
  return teams.size() <= granted.size() ? first_common_of(teams, granted) : first_common_of(granted, teams);
}

// Whether somebody who is neither the owner nor the account's owner reads a node of a workspace.
Ruling read_as_member(std::string_view user_id, const NodeFacts& node, const catalog::Membership& member) {
  if (!member.is_member) return hide(Reason::kNotMember);
  if (!member.at_least(catalog::kCollaborator)) {
    Ruling low = hide(Reason::kLowBit);
    low.bit = member.permission_bit;
    low.least_bit = catalog::kCollaborator;
    return low;
  }
  switch (node.scope) {
    case Scope::kPrivate:
      return hide(Reason::kPrivateNode);
    case Scope::kWorkspace:
      return allow(Reason::kOpenToWorkspace);
    case Scope::kShared:
      break;
  }
  if (std::binary_search(node.users.begin(), node.users.end(), user_id)) return allow(Reason::kGrantedToUser);
  const std::string_view team = first_common(node.teams, member.team_ids);
  return team.empty() ? hide(Reason::kNotGranted) : allow(Reason::kGrantedToTeam, team);
}

// Somebody who is not the node's owner.
Ruling read_as_other(std::string_view user_id, const NodeFacts& node, const Known& known) {
  if (user_id == node.account_owner_id) return allow(Reason::kOwnsNodesAccount);
  if (node.workspace_id.empty()) return hide(Reason::kIndependentNode);
  if (known.membership == nullptr) return ask(Question::kMembership);
  return read_as_member(user_id, node, *known.membership);
}

// An owner who is no longer a full member of the workspace may narrow access, and not widen it.
bool widens(NodeAction action) { return action == NodeAction::kShare || action == NodeAction::kChangeOwner; }

Ruling rule_owner(NodeAction action, const NodeFacts& node, const Known& known) {
  if (node.workspace_id.empty() || !widens(action)) return allow(Reason::kOwnsNode);
  if (known.membership == nullptr) return ask(Question::kMembership);
  if (known.membership->at_least(catalog::kCollaborator)) return allow(Reason::kOwnsNode);
  if (action == NodeAction::kChangeOwner) {
    if (!known.is_operator) return ask(Question::kOperator);
    if (*known.is_operator) return allow(Reason::kOperator);
  }
  return forbid(Reason::kOwnerLeft);
}

// A workspace in which the account is public and which the person administers; nullptr: none.
const EnablementFacts* administered(const AccountFacts& account,
                                    std::span<const catalog::WorkspaceMembership> workspaces) {
  for (const EnablementFacts& enablement : account.enablements) {
    if (!enablement.is_public) continue;
    const auto found = std::lower_bound(
        workspaces.begin(), workspaces.end(), enablement.workspace_id,
        [](const catalog::WorkspaceMembership& each, std::string_view id) { return each.workspace_id < id; });
    if (found == workspaces.end() || found->workspace_id != enablement.workspace_id) continue;
    if (found->at_least(catalog::kAdministrator)) return &enablement;
  }
  return nullptr;
}

}  // namespace

Ruling rule(std::string_view user_id, NodeAction action, const NodeFacts& node, const Known& known) {
  if (user_id == node.owner_id) return rule_owner(action, node, known);
  if (action == NodeAction::kChangeOwner) {
    if (!known.is_operator) return ask(Question::kOperator);
    if (*known.is_operator) return allow(Reason::kOperator);
  }
  const Ruling read = read_as_other(user_id, node, known);
  if (action == NodeAction::kRead || !read.allowed()) return read;
  return forbid(Reason::kNotNodeOwner, node.owner_id);
}

Ruling rule(std::string_view user_id, AccountAction action, const AccountFacts& account, const Known& known) {
  if (user_id == account.owner_id) return allow(Reason::kOwnsAccount);
  const auto is_public = [](const EnablementFacts& each) { return each.is_public; };
  if (std::none_of(account.enablements.begin(), account.enablements.end(), is_public))
    return hide(Reason::kNoPartInAccount);
  if (!known.workspaces) return ask(Question::kWorkspaces);
  const EnablementFacts* found = administered(account, *known.workspaces);
  if (found == nullptr) return hide(Reason::kNoPartInAccount);
  if (action == AccountAction::kRead) return allow(Reason::kAdministersPublicly, found->workspace_id);
  return forbid(Reason::kNotAccountOwner);
}

Ruling rule_create_node(std::string_view user_id, std::string_view workspace_id, const AccountFacts& account,
                        const Known& known) {
  const bool owns = user_id == account.owner_id;
  if (workspace_id.empty()) {
    if (owns) return allow(Reason::kOwnsAccount);
    const Ruling seen = rule(user_id, AccountAction::kRead, account, known);
    return seen.allowed() ? forbid(Reason::kNotAccountOwnerIndependently) : seen;
  }
  const Ruling here = rule_workspace(catalog::kCollaborator, known);
  if (!here.allowed()) return here;
  const auto found = std::find_if(account.enablements.begin(), account.enablements.end(),
                                  [&](const EnablementFacts& each) { return each.workspace_id == workspace_id; });
  if (found == account.enablements.end()) {
    return owns ? forbid(Reason::kNotEnabled, workspace_id) : hide(Reason::kNotEnabled, workspace_id);
  }
  if (owns) return allow(Reason::kOwnsEnabledAccount);
  if (!found->is_public) return forbid(Reason::kEnabledPrivately);
  if (known.membership->at_least(catalog::kAdministrator)) return allow(Reason::kAdministersPublicly, workspace_id);
  return forbid(Reason::kNotAdministrator);
}

Ruling rule_workspace(int least_bit, const Known& known) {
  if (known.membership == nullptr) return ask(Question::kMembership);
  if (!known.membership->is_member) return forbid(Reason::kNoSuchWorkspace);
  if (known.membership->at_least(least_bit)) return allow(Reason::kMember);
  Ruling low = forbid(Reason::kLowWorkspaceBit);
  low.bit = known.membership->permission_bit;
  low.least_bit = least_bit;
  return low;
}

}  // namespace authz

#include "authz/reach.h"

#include <algorithm>

namespace authz {
namespace {

constexpr std::string_view kUserPrefix = "N:user:";
constexpr std::string_view kWorkspacePrefix = "N:organization:";
constexpr std::string_view kTeamPrefix = "N:team:";

void append_id(std::string& name, std::string_view prefix, std::string_view id) {
  const bool usual = id.starts_with(prefix);
  name += usual ? '#' : '=';
  name += usual ? id.substr(prefix.size()) : id;
}

std::string set_of(char kind, std::string_view prefix, std::string_view id) {
  std::string name(1, kind);
  append_id(name, prefix, id);
  return name;
}

std::string owned_by(std::string_view user_id) { return set_of('o', kUserPrefix, user_id); }
std::string on_account_of(std::string_view user_id) { return set_of('a', kUserPrefix, user_id); }
std::string independent_of(std::string_view user_id) { return set_of('i', kUserPrefix, user_id); }
std::string open_to(std::string_view workspace_id) { return set_of('w', kWorkspacePrefix, workspace_id); }

std::string in_workspace(char kind, std::string_view workspace_id, std::string_view prefix, std::string_view id) {
  std::string name = set_of(kind, kWorkspacePrefix, workspace_id);
  append_id(name, prefix, id);
  return name;
}

// Whoever reads a node of the workspace whatever they are there: its owner, its account's owner.
std::string anyway(std::string_view workspace_id, std::string_view user_id) {
  return in_workspace('r', workspace_id, kUserPrefix, user_id);
}
std::string user_granted(std::string_view workspace_id, std::string_view user_id) {
  return in_workspace('u', workspace_id, kUserPrefix, user_id);
}
std::string team_granted(std::string_view workspace_id, std::string_view team_id) {
  return in_workspace('t', workspace_id, kTeamPrefix, team_id);
}

// What being a member opens.
void add_membership(std::vector<std::string>& sets, std::string_view user_id,
                    const catalog::WorkspaceMembership& member) {
  if (!member.at_least(catalog::kCollaborator)) return;
  sets.push_back(open_to(member.workspace_id));
  sets.push_back(user_granted(member.workspace_id, user_id));
  for (const std::string& team : member.team_ids) sets.push_back(team_granted(member.workspace_id, team));
}

std::vector<std::string> sorted(std::vector<std::string> sets) {
  std::sort(sets.begin(), sets.end());
  sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
  return sets;
}

}  // namespace

std::vector<std::string> sets_of(const NodeFacts& node) {
  std::vector<std::string> sets{owned_by(node.owner_id), on_account_of(node.account_owner_id)};
  if (node.workspace_id.empty()) {
    sets.push_back(independent_of(node.owner_id));
    return sorted(std::move(sets));
  }
  sets.push_back(anyway(node.workspace_id, node.owner_id));
  sets.push_back(anyway(node.workspace_id, node.account_owner_id));
  if (node.scope == Scope::kWorkspace) sets.push_back(open_to(node.workspace_id));
  if (node.scope == Scope::kShared) {
    for (const std::string_view user : node.users) sets.push_back(user_granted(node.workspace_id, user));
    for (const std::string_view team : node.teams) sets.push_back(team_granted(node.workspace_id, team));
  }
  return sorted(std::move(sets));
}

std::vector<std::string> sets_for(std::string_view user_id, Reach reach, std::string_view workspace_id,
                                  std::span<const catalog::WorkspaceMembership> workspaces) {
  std::vector<std::string> sets;
  switch (reach) {
    case Reach::kEverything:
      sets = {owned_by(user_id), on_account_of(user_id)};
      for (const catalog::WorkspaceMembership& each : workspaces) add_membership(sets, user_id, each);
      break;
    case Reach::kWorkspace:
      sets = {anyway(workspace_id, user_id)};
      for (const catalog::WorkspaceMembership& each : workspaces) {
        if (each.workspace_id == workspace_id) add_membership(sets, user_id, each);
      }
      break;
    case Reach::kIndependent:
      sets = {independent_of(user_id)};
      break;
    case Reach::kOwned:
      sets = {owned_by(user_id)};
      break;
    case Reach::kOwnedAccounts:
      sets = {on_account_of(user_id)};
      break;
  }
  return sorted(std::move(sets));
}

}  // namespace authz

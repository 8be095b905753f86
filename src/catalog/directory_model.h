// The plainest directory there can be, for tests: maps in memory, changed by a snapshot with the semantics of an import
// (catalog/snapshot.h), questions answered by looking through everything. What the implementations say is compared with
// it, and fixtures that cannot import write out its whole world. One thread.

#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/directory.h"
#include "catalog/snapshot.h"

namespace catalog {

struct DirectoryModel {
  struct TeamState {
    std::string name;
    std::set<std::string> members;
  };
  struct WorkspaceState {
    std::string name;
    std::map<std::string, int> members;
    std::map<std::string, TeamState> teams;
  };
  std::map<std::string, User> users;
  std::map<std::string, WorkspaceState> workspaces;
  std::set<std::string> operators;

  void apply(const Snapshot& snapshot) {
    for (const SnapshotUser& user : snapshot.users) users[user.id] = {user.id, user.name, user.email};
    for (const SnapshotWorkspace& named : snapshot.workspaces) {
      WorkspaceState state{named.name, {}, {}};
      for (const SnapshotMember& member : named.members) state.members[member.user] = member.permission_bit;
      for (const SnapshotTeam& team : named.teams) {
        state.teams[team.id] = {team.name, {team.members.begin(), team.members.end()}};
      }
      workspaces[named.id] = std::move(state);
    }
    if (snapshot.operators) operators = {snapshot.operators->begin(), snapshot.operators->end()};
  }

  [[nodiscard]] std::optional<User> user(const std::string& id) const {
    const auto found = users.find(id);
    return found == users.end() ? std::nullopt : std::optional<User>(found->second);
  }

  [[nodiscard]] std::optional<Team> team(const std::string& id) const {
    for (const auto& [workspace_id, workspace] : workspaces) {
      for (const auto& [team_id, state] : workspace.teams) {
        if (team_id == id) return Team{id, state.name, workspace_id};
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] Membership membership(const std::string& user_id, const std::string& workspace_id) const {
    Membership membership;
    const auto workspace = workspaces.find(workspace_id);
    if (workspace == workspaces.end()) return membership;
    membership.workspace_exists = true;
    const auto member = workspace->second.members.find(user_id);
    if (member == workspace->second.members.end()) return membership;
    membership.is_member = true;
    membership.permission_bit = member->second;
    for (const auto& [team_id, state] : workspace->second.teams) {
      if (state.members.contains(user_id)) membership.team_ids.push_back(team_id);
    }
    return membership;
  }

  [[nodiscard]] std::vector<WorkspaceMembership> workspaces_of(const std::string& user_id) const {
    std::vector<WorkspaceMembership> found;
    for (const auto& [id, workspace] : workspaces) {
      const auto member = workspace.members.find(user_id);
      if (member != workspace.members.end())
        found.push_back({id, workspace.name, member->second, membership(user_id, id).team_ids});
    }
    return found;
  }

  [[nodiscard]] std::vector<AudienceMember> audience(const AudienceQuery& query) const {
    std::vector<AudienceMember> found;
    const auto workspace = workspaces.find(std::string(query.workspace_id));
    if (workspace == workspaces.end()) return found;
    for (const auto& [user_id, bit] : workspace->second.members) {
      if (bit < query.least_bit || user_id <= query.after) continue;
      AudienceMember member{user_id, bit, std::count(query.users.begin(), query.users.end(), user_id) > 0, {}};
      for (const auto& [team_id, state] : workspace->second.teams) {
        const bool asked = std::count(query.teams.begin(), query.teams.end(), team_id) > 0;
        if (asked && state.members.contains(user_id)) member.team_ids.push_back(team_id);
      }
      if (!query.everyone && !member.named && member.team_ids.empty()) continue;
      if (found.size() == query.members_max) break;
      found.push_back(std::move(member));
    }
    return found;
  }

  [[nodiscard]] std::vector<Member> members(const std::string& workspace_id, const std::string& team_id,
                                            std::string_view after, std::size_t members_max) const {
    std::vector<Member> found;
    const auto workspace = workspaces.find(workspace_id);
    if (workspace == workspaces.end()) return found;
    const auto team = workspace->second.teams.find(team_id);
    if (!team_id.empty() && team == workspace->second.teams.end()) return found;
    for (const auto& [user_id, bit] : workspace->second.members) {
      if (user_id <= after || found.size() == members_max) continue;
      if (team_id.empty() || team->second.members.contains(user_id)) found.push_back({users.at(user_id), bit});
    }
    return found;
  }

  [[nodiscard]] std::vector<Team> teams(const std::string& workspace_id) const {
    std::vector<Team> found;
    const auto workspace = workspaces.find(workspace_id);
    if (workspace == workspaces.end()) return found;
    for (const auto& [team_id, state] : workspace->second.teams) found.push_back({team_id, state.name, workspace_id});
    return found;
  }
};

}  // namespace catalog

#include "catalog/preview.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace catalog {
namespace {

constexpr std::size_t kPage = 1000;

class KnownInDirectory final : public KnownBefore {
 public:
  KnownInDirectory(Directory& directory, base::Deadline deadline) : directory_(directory), deadline_(deadline) {}
  base::Result<bool> has_user(std::string_view user_id) override {
    return TRY(directory_.user(user_id, deadline_)).has_value();
  }
  base::Result<std::optional<std::string>> workspace_of_team(std::string_view team_id) override {
    std::optional<Team> team = TRY(directory_.team(team_id, deadline_));
    return team ? std::optional<std::string>(std::move(team->workspace_id)) : std::nullopt;
  }

 private:
  Directory& directory_;
  base::Deadline deadline_;
};

// The memberships of one workspace, by user.
using Memberships = std::map<std::string, WorkspaceMembership>;

base::Result<std::string> name_of_workspace(Directory& directory, const std::string& workspace_id,
                                            const std::string& member_id, base::Deadline deadline) {
  for (WorkspaceMembership& membership : TRY(directory.workspaces_of(member_id, deadline))) {
    if (membership.workspace_id == workspace_id) return std::move(membership.workspace_name);
  }
  return std::string();  // the member has just left
}

base::Result<Memberships> memberships_now(Directory& directory, const std::string& workspace_id,
                                          base::Deadline deadline) {
  std::vector<std::string> teams;
  for (Team& team : TRY(directory.teams(workspace_id, deadline))) teams.push_back(std::move(team.id));
  Memberships found;
  std::string name;
  std::string after;
  while (true) {
    std::vector<AudienceMember> page = TRY(directory.audience({.workspace_id = workspace_id,
                                                               .least_bit = kNone,
                                                               .everyone = true,
                                                               .users = {},
                                                               .teams = teams,
                                                               .after = after,
                                                               .members_max = kPage},
                                                              deadline));
    if (page.empty()) return found;
    if (found.empty()) name = TRY(name_of_workspace(directory, workspace_id, page.front().user_id, deadline));
    after = page.back().user_id;
    for (AudienceMember& member : page) {
      found.emplace_hint(found.end(), std::move(member.user_id),
                         WorkspaceMembership{workspace_id, name, member.permission_bit, std::move(member.team_ids)});
    }
  }
}

Memberships memberships_after(const SnapshotWorkspace& workspace) {
  Memberships stated;
  for (const SnapshotMember& member : workspace.members) {
    stated[member.user] = {workspace.id, workspace.name, member.permission_bit, {}};
  }
  for (const SnapshotTeam& team : workspace.teams) {
    for (const std::string& user_id : team.members) {
      const auto member = stated.find(user_id);
      if (member != stated.end()) member->second.team_ids.push_back(team.id);
    }
  }
  for (auto& [user_id, membership] : stated) std::sort(membership.team_ids.begin(), membership.team_ids.end());
  return stated;
}

void add_differences(Memberships before, Memberships after, std::vector<MembershipChange>& changes) {
  for (auto& [user_id, old] : before) {
    const auto found = after.find(user_id);
    if (found == after.end()) {
      changes.push_back({user_id, old.workspace_id, std::move(old), std::nullopt});
      continue;
    }
    WorkspaceMembership& fresh = found->second;
    if (old.permission_bit != fresh.permission_bit || old.team_ids != fresh.team_ids) {
      changes.push_back({user_id, old.workspace_id, std::move(old), std::move(fresh)});
    }
    after.erase(found);
  }
  for (auto& [user_id, fresh] : after) {
    changes.push_back({user_id, fresh.workspace_id, std::nullopt, std::move(fresh)});
  }
}

}  // namespace

base::Result<Snapshot> read_snapshot(Directory& directory, std::string_view document_text, base::Deadline deadline) {
  DecodedSnapshot decoded = TRY(decode_snapshot(document_text));
  KnownInDirectory before(directory, deadline);
  return check_snapshot(std::move(decoded), before);
}

base::Result<std::vector<MembershipChange>> preview_memberships(Directory& directory, const Snapshot& snapshot,
                                                                base::Deadline deadline) {
  std::vector<MembershipChange> changes;
  for (const SnapshotWorkspace& workspace : snapshot.workspaces) {
    add_differences(TRY(memberships_now(directory, workspace.id, deadline)), memberships_after(workspace), changes);
  }
  std::sort(changes.begin(), changes.end(), [](const auto& left, const auto& right) {
    return std::tie(left.user_id, left.workspace_id) < std::tie(right.user_id, right.workspace_id);
  });
  return changes;
}

}  // namespace catalog

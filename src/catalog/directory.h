// The directory: who the users are, which workspaces there are, who is a member of which and with what permission bit,
// which teams a workspace has and who is in them, and who operates the platform.
//
// The directory is somebody else's truth: it is read on each question and never cached, so that a change in it counts
// at once. Ids are node ids in canonical form (base/ids.h); an unknown id is an empty answer, not an error.
//
//   Threads    every method may be called from any thread at any time.
//   Errors     kUnavailable (with retry_after_s): the directory does not answer now. It is never taken for "no".
//              kDeadline: the time ran out.
//
// Permission bits (the platform's): 0 none, 1 guest, 2 read, 4 write, 8 delete (collaborator), 16 administer, 32 owner.
//
// Implementations: SqliteDirectory (catalog/sqlite_directory.h, filled by import), PostgresDirectory (catalog_postgres,
// the platform's own tables). Both pass catalog/directory_conformance.h.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace catalog {

enum Bit : int { kNone = 0, kGuest = 1, kRead = 2, kWrite = 4, kCollaborator = 8, kAdministrator = 16, kOwner = 32 };

struct User {
  std::string id;
  std::string name;
  std::string email;
};

struct Team {
  std::string id;
  std::string name;
  std::string workspace_id;
};

// What a user is in one workspace. No membership row and a bit of 0 are told apart by is_member alone.
struct Membership {
  bool workspace_exists = false;
  bool is_member = false;
  int permission_bit = 0;
  std::vector<std::string> team_ids;  // the user's teams of this workspace, sorted; empty where not a member

  [[nodiscard]] bool at_least(int bit) const { return is_member && permission_bit >= bit; }
};

struct WorkspaceMembership {
  std::string workspace_id;
  std::string workspace_name;
  int permission_bit = 0;
  std::vector<std::string> team_ids;  // the user's teams of this workspace, sorted

  [[nodiscard]] bool at_least(int bit) const { return permission_bit >= bit; }
};

// Those members of a workspace whose permission bit is at least `least_bit`, and of whom one of these holds: everyone
// is asked for; they are one of `users`; they are in one of `teams`, which is a team of this workspace. A page of them,
// sorted by user id, those after `after`.
struct AudienceQuery {
  std::string_view workspace_id;
  int least_bit = 0;
  bool everyone = false;
  std::span<const std::string> users;  // sorted, each once
  std::span<const std::string> teams;  // the same
  std::string_view after;              // empty: from the first
  std::size_t members_max = 100;       // at least 1
};

struct AudienceMember {
  std::string user_id;
  int permission_bit = 0;
  bool named = false;                 // one of `users`
  std::vector<std::string> team_ids;  // those of `teams` that the member is in, sorted
};

struct Member {
  User user;
  int permission_bit = 0;
};

class Directory {
 public:
  virtual ~Directory() = default;

  virtual base::Result<std::optional<User>> user(std::string_view user_id, base::Deadline deadline) = 0;
  virtual base::Result<std::optional<Team>> team(std::string_view team_id, base::Deadline deadline) = 0;
  virtual base::Result<Membership> membership(std::string_view user_id, std::string_view workspace_id,
                                              base::Deadline deadline) = 0;
  // The workspaces that a user is a member of, sorted by id; a snapshot of one moment.
  virtual base::Result<std::vector<WorkspaceMembership>> workspaces_of(std::string_view user_id,
                                                                       base::Deadline deadline) = 0;
  // Costs as much as the page has members, times the teams asked for; not as much as the workspace has members.
  virtual base::Result<std::vector<AudienceMember>> audience(const AudienceQuery& query, base::Deadline deadline) = 0;
  // For people to look at: the members of a workspace with their names, sorted by user id, those after `after`, at most
  // `members_max`; where `team_id` is not empty, those who are in that team, which is a team of this workspace. And the
  // workspace's teams, sorted by id.
  virtual base::Result<std::vector<Member>> members(std::string_view workspace_id, std::string_view team_id,
                                                    std::string_view after, std::size_t members_max,
                                                    base::Deadline deadline) = 0;
  virtual base::Result<std::vector<Team>> teams(std::string_view workspace_id, base::Deadline deadline) = 0;
  virtual base::Result<bool> is_operator(std::string_view user_id, base::Deadline deadline) = 0;
  // Answers when the directory can be asked: for /readyz.
  virtual base::Result<void> ping(base::Deadline deadline) = 0;
};

}  // namespace catalog

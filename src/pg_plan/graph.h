// Who is a member of whom, and what that lets them do: a graph over the membership rows of a cluster.
//
// Three ways to walk it. kInherit: what a role may do without asking for more (has_privs_of_role). kSet: what it may
// become by SET ROLE. kAny: every row, whatever its options, as pg_hba.conf's "+role" counts. A role reaches itself.
// Before 16 a row has no options: `inherit` is the member's own attribute, `set` is true.
//
//   Threads   one at a time: answers are remembered inside.
//   Source    roles_is_member_of() as documented in "Role Membership", PostgreSQL 13 to 18.

#pragma once

#include <unordered_map>
#include <vector>

#include "pg_model/state.h"

namespace pg_plan {

enum class Way : std::uint8_t { kInherit, kSet, kAny };

class Graph {
 public:
  explicit Graph(const std::vector<pg_model::Membership>& rows);
  void add(const pg_model::Membership& row);
  // Before 16: whether all that the member is a member of is inherited.
  void set_inherit(pg_model::Oid member, bool inherit);

  // `role` first, then what it reaches, in the order of the walk.
  [[nodiscard]] const std::vector<pg_model::Oid>& reachable(pg_model::Oid role, Way way) const;
  [[nodiscard]] bool reaches(pg_model::Oid role, pg_model::Oid target, Way way) const;
  // The shortest way, both ends included; empty where there is none. Rows that give ADMIN only are walked where
  // `admin_only` says so.
  [[nodiscard]] std::vector<pg_model::Oid> path(pg_model::Oid role, pg_model::Oid target, bool admin_only) const;
  // Roles that hold ADMIN on `role` by a row of their own.
  [[nodiscard]] const std::vector<pg_model::Oid>& admins(pg_model::Oid role) const;
  // Some circle of memberships, or nothing.
  [[nodiscard]] std::vector<pg_model::Oid> circle() const;

 private:
  struct Edge {
    pg_model::Oid role;
    bool inherit, set;
  };
  std::unordered_map<pg_model::Oid, std::vector<Edge>> edges_;  // by member
  std::unordered_map<pg_model::Oid, std::vector<pg_model::Oid>> admins_;
  mutable std::unordered_map<pg_model::Oid, std::vector<pg_model::Oid>> reachable_[3];
};

}  // namespace pg_plan

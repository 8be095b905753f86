#include "pg_plan/executor.h"

#include <algorithm>

namespace pg_plan {

using pg_model::Oid;
using pg_model::Role;

Executor::Executor(const pg_model::Cluster& cluster) : major_(cluster.server.major()), graph_(cluster.memberships) {
  if (const Role* role = cluster.role(cluster.server.current_user)) role_ = *role;
  for (const pg_model::Membership& row : cluster.memberships) rows_.insert({row.role, row.member, row.grantor});
}

void Executor::learn(const pg_model::Membership& row) {
  graph_.add(row);
  rows_.insert({row.role, row.member, row.grantor});
}

bool Executor::gave(Oid role, Oid member) const { return rows_.contains({role, member, grantor_for(role)}); }

bool Executor::may_create(const Role& wanted) const {
  if (superuser()) return true;
  return role_.createrole && !wanted.superuser && (!wanted.createdb || may_set_createdb()) &&
         (!wanted.replication || may_set_replication()) && (!wanted.bypass_rls || may_set_bypass_rls());
}

bool Executor::may_alter(const Role& role) const {
  if (superuser()) return true;
  if (!role_.createrole || role.superuser) return false;
  if (major_ >= 16) return may_grant(role);
  return !role.replication;
}

bool Executor::may_grant(const Role& role) const {
  if (superuser()) return true;
  if (role.superuser) return false;
  if (major_ < 16 && role_.createrole) return true;
  return grantor_for(role.oid) != 0;
}

bool Executor::can_set(Oid role) const { return superuser() || graph_.reaches(self(), role, Way::kSet); }

bool Executor::inherits(Oid role) const { return superuser() || graph_.reaches(self(), role, Way::kInherit); }

Oid Executor::grantor_for(Oid role) const {
  if (superuser()) return major_ >= 16 ? kBootstrap : self();
  // From 16 on a grant is recorded of a role whose ADMIN the current user has the use of, itself before others.
  const std::vector<Oid>& admins = graph_.admins(role);
  for (Oid each : graph_.reachable(self(), major_ >= 16 ? Way::kInherit : Way::kAny)) {
    if (std::ranges::find(admins, each) != admins.end()) return each;
  }
  return 0;
}

}  // namespace pg_plan

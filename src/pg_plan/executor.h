// What the role that runs the plan may do, asked of the memberships and attributes that were inspected, and of what the
// plan has made so far; never of a name ("postgres", "rds_superuser").
//
//   Threads   one at a time.
//   Source    measured on 13 to 18: docs/internals/postgresql-rules.md, "Who may do what to roles".

#pragma once

#include <set>
#include <tuple>

#include "pg_model/state.h"
#include "pg_plan/graph.h"

namespace pg_plan {

inline constexpr pg_model::Oid kBootstrap = 10;  // the superuser that initdb made: grantor of implicit ADMIN

class Executor {
 public:
  explicit Executor(const pg_model::Cluster& cluster);

  [[nodiscard]] pg_model::Oid self() const { return role_.oid; }
  [[nodiscard]] const pg_model::Role& role() const { return role_; }
  [[nodiscard]] bool superuser() const { return role_.superuser; }
  [[nodiscard]] int major() const { return major_; }
  [[nodiscard]] const Graph& graph() const { return graph_; }
  void learn(const pg_model::Membership& row);
  void learn_inherit(pg_model::Oid member, bool inherit) { graph_.set_inherit(member, inherit); }

  [[nodiscard]] bool may_create(const pg_model::Role& wanted) const;
  // Attributes that need no attribute of one's own; and those that do.
  [[nodiscard]] bool may_alter(const pg_model::Role& role) const;
  [[nodiscard]] bool may_set_superuser() const { return superuser(); }
  [[nodiscard]] bool may_set_createdb() const { return superuser() || major_ < 16 || role_.createdb; }
  [[nodiscard]] bool may_set_replication() const { return superuser() || (major_ >= 16 && role_.replication); }
  [[nodiscard]] bool may_set_bypass_rls() const { return superuser() || (major_ >= 16 && role_.bypass_rls); }
  // GRANT role TO somebody, and REVOKE.
  [[nodiscard]] bool may_grant(const pg_model::Role& role) const;
  [[nodiscard]] bool can_set(pg_model::Oid role) const;   // SET ROLE, as things are
  [[nodiscard]] bool inherits(pg_model::Oid role) const;  // has its rights, as things are
  // Whether there is a row that a GRANT of the executor's would change, and its REVOKE take away.
  [[nodiscard]] bool gave(pg_model::Oid role, pg_model::Oid member) const;
  [[nodiscard]] pg_model::Oid grantor_for(pg_model::Oid role) const;  // who a membership that it gives is recorded of

 private:
  pg_model::Role role_;
  int major_;
  Graph graph_;
  std::set<std::tuple<pg_model::Oid, pg_model::Oid, pg_model::Oid>> rows_;  // role, member, grantor
};

}  // namespace pg_plan

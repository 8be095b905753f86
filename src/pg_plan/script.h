// The statements of a plan and their order. Passes add steps in whatever order they find them; the script sorts them by
// stage and phase, has the executor become whom each step needs, and takes away what it gave itself for that.
//
//   Stages   the creation of databases; additions of the cluster; each database; removals of the cluster; roles
//   dropped.
//            A run of statements with the same `database` is meant for one transaction (but those with in_transaction
//            false), so that nobody else ever sees a membership which is there for a moment.
//   Acting   a step names the role that must be the current one. Where that is not the executor: SET ROLE before,
//            RESET ROLE after; from 16 on, and where it is no member yet, the executor first grants itself the role
//            with INHERIT FALSE, and revokes that at the end of the stage. A superuser acts for owners as itself,
//            because the server takes a superuser's GRANT and REVOKE for the owner's.
//   Missing  a step that the executor cannot take becomes the administrator's, as a superuser would run it.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pg_model/state.h"
#include "pg_plan/executor.h"
#include "pg_plan/names.h"
#include "pg_plan/plan.h"

namespace pg_plan {

enum Stage : int { kMakeDatabases = 0, kAdditions = 1, kDatabases = 2, kRemovals = 1 << 20, kDrops = kRemovals + 1 };

enum Phase : int {
  kRoles,
  kAttributes,
  kMembershipsOffEarly,  // where a circle would be made otherwise
  kMemberships,
  kComments,
  kSettings,
  kDatabaseOwners,
  kSharedGrants,
  kReassign,
  kSchemas,
  kSchemaOwners,
  kSchemaGrants,
  kExtensions,
  kOwners,
  kObjectGrants,
  kDefaults,
  kRowSecurity,
  kRevokesBegin,  // those of the farthest grantors first
  kRevokesEnd = kRevokesBegin + 100,
  kColumnGrants,  // after the tables' revokes, which take the columns' with them
  kColumnRevokesBegin,
  kColumnRevokesEnd = kColumnRevokesBegin + 100,
  kSchemaRevokesBegin,
  kSchemaRevokesEnd = kSchemaRevokesBegin + 100,
  kMembershipsOffBegin,
  kMembershipsOffEnd = kMembershipsOffBegin + 100,
  kLast,
};

// What must hold while a step runs, and not a moment longer.
struct Temporary {
  std::string grant, undo, reason;
  pg_model::Oid actor = 0;  // 0: the executor itself
  bool brief = false;       // ends with the steps that ask for it: two such might make a circle
};

struct Step {
  int stage = kAdditions;
  int phase = kLast;
  pg_model::Oid actor = 0;  // 0: the executor itself
  bool exactly = false;     // a superuser too has to be this role: it is a grantor, and not the owner
  std::string sql, reason;
  Risk risk = Risk::kNone;
  bool in_transaction = true;
  std::vector<pg_model::Oid> become = {};  // whom the executor must be able to become beside
  std::vector<pg_model::Oid> borrow = {};  // whose rights the executor must have itself, by inheritance
  std::vector<Temporary> temporaries = {};
  std::string missing = {};  // not empty: the executor cannot, and why
};

class Script {
 public:
  Script(const pg_model::Cluster& after, const Names& names, Executor& executor);

  void add(Step step) { steps_.push_back(std::move(step)); }
  [[nodiscard]] bool empty() const { return steps_.empty(); }
  // Whether the executor is this role, or can become it for a while.
  [[nodiscard]] bool can_become(pg_model::Oid role) const;
  void write(Plan& plan);

 private:
  class Writer;
  [[nodiscard]] std::string why_not(const Step& step) const;
  [[nodiscard]] pg_model::Oid stand_in(pg_model::Oid role, int stage) const;

  const pg_model::Cluster& after_;
  const Names& names_;
  Executor& executor_;
  std::vector<Step> steps_;
};

}  // namespace pg_plan

// Of this module alone: statements of a plan, run. A transaction is one round trip up to its end, and a second one for
// the COMMIT, which comes only after the server has warned of nothing.

#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "pg_model/state.h"
#include "pg_run/run.h"
#include "pg_run/session.h"

namespace pg_run {

using Statements = std::vector<const pg_plan::Statement*>;

// What belongs into one transaction, of one database.
struct Part {
  std::string database;
  Statements statements;
  bool in_transaction = true;
};
// In the order in which they are committed.
std::vector<Part> parts_of(const pg_plan::Plan& plan, const std::string& maintenance_database);

struct Failed {
  std::size_t statement = 0;  // its place in what was run
  std::string sqlstate, message;
};
struct Ran {
  std::vector<Outcome> outcomes;  // of the statements that were run, the failing one last
  std::optional<Failed> failed;
};
enum class End { kCommit, kRollBack };
// `before_end` is called where all went well, in the transaction; an error rolls back.
using BeforeEnd = std::function<base::Result<void>(pg::Connection&)>;
base::Result<Ran> run_transaction(Session& session, pg::Connection& connection,
                                  std::span<const pg_plan::Statement* const> list, End end,
                                  const BeforeEnd& before_end = {});
base::Result<Ran> run_alone(Session& session, pg::Connection& connection, const pg_plan::Statement& statement);

// Whether somebody else changed the same things at the same time: another look, and another try, may do.
bool is_conflict(std::string_view sqlstate);      // surely
bool may_be_conflict(std::string_view sqlstate);  // where the plan is another one now

struct Proof {
  std::optional<Failed> failed;
  std::string sql;                      // of the statement that failed
  std::optional<std::string> database;  // and where
  std::vector<std::string> not_proved;  // databases that must be created first
  std::vector<std::string> warnings;    // statements that could not be tried, and why
};
// Runs everything and rolls back, database by database; additions of the cluster are tried in each, because there the
// statements of a database can see them.
base::Result<Proof> prove(Session& session, const pg_model::Cluster& cluster, const pg_plan::Plan& plan,
                          const std::string& maintenance_database);

}  // namespace pg_run

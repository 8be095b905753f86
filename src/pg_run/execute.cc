#include "pg_run/execute.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "pg_run/draft.h"
#include "pg_run/report.h"

namespace pg_run {
namespace {

constexpr std::string_view kNoDatabase = "3D000", kDependents = "2BP01";
constexpr std::size_t kSkipsMax = 100;  // statements of one proof that cannot be tried

std::vector<std::string> opening(const Target& target) {
  return {"BEGIN", fmt::format("SET LOCAL lock_timeout = {}", target.lock_timeout.count()),
          fmt::format("SET LOCAL statement_timeout = {}", target.statement_timeout.count()),
          "SET LOCAL client_min_messages = warning"};
}

std::string sentence(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

std::optional<Failed> failure_of(const pg::Connection::Ran& ran, std::size_t place) {
  if (!ran.rows)
    return Failed{place, std::string(pg::sqlstate_of(ran.rows.error())), sentence(ran.rows.error().message)};
  for (const pg::Notice& each : ran.notices) {
    if (each.severity == "WARNING")
      return Failed{place, each.sqlstate, fmt::format("the server warns ({}): {}", each.sqlstate, each.message)};
  }
  return std::nullopt;
}

// In one pipeline up to the end; the outcomes of `list` alone.
base::Result<Ran> run_open(Session& session, pg::Connection& connection,
                           std::span<const pg_plan::Statement* const> list) {
  std::vector<std::string> statements = opening(session.target());
  const std::size_t before = statements.size();
  for (const pg_plan::Statement* each : list) statements.push_back(each->sql);
  const std::vector<pg::Connection::Ran> all = TRY(connection.run(statements, session.deadline()));
  Ran ran;
  for (std::size_t i = 0; i < all.size() && !ran.failed; ++i) {
    std::optional<Failed> failed = failure_of(all[i], i < before ? 0 : i - before);
    if (i < before) {
      if (failed)
        return base::fail(all[i].rows ? base::Error(base::Code::kInternal, failed->message) : all[i].rows.error());
      continue;
    }
    ran.outcomes.push_back({*list[i - before], !failed, all[i].milliseconds, failed ? failed->message : ""});
    ran.failed = std::move(failed);
  }
  return ran;
}

void undone(Ran& ran, const std::string& why) {
  for (Outcome& each : ran.outcomes) {
    if (each.ok) each.error = why;
    each.ok = false;
  }
}

base::Result<void> roll_back(Session& session, pg::Connection& connection) {
  if (connection.in_transaction()) TRY(connection.query("ROLLBACK", session.deadline()));
  return {};
}

}  // namespace

bool is_conflict(std::string_view sqlstate) {
  constexpr std::array<std::string_view, 5> kCodes{"XX000", "23505", "40P01", "40001", "55P03"};
  return std::find(kCodes.begin(), kCodes.end(), sqlstate) != kCodes.end();
}

bool may_be_conflict(std::string_view sqlstate) {
  // There already, not there any more, in use, or a warning that nothing was granted or revoked.
  constexpr std::array<std::string_view, 15> kCodes{"42710", "42P06", "42P07", "42P04", "42704",
                                                    "42P01", "42883", "3F000", "3D000", "2BP01",
                                                    "0LP01", "01006", "01007", "55006", "42501"};
  return std::find(kCodes.begin(), kCodes.end(), sqlstate) != kCodes.end();
}

std::vector<Part> parts_of(const pg_plan::Plan& plan, const std::string& maintenance_database) {
  std::set<std::string> databases;
  for (const pg_plan::Statement& each : plan.statements) {
    if (each.database && each.in_transaction) databases.insert(*each.database);
  }
  const bool is_one = databases.size() <= 1;
  const std::string home = is_one && !databases.empty() ? *databases.begin() : maintenance_database;
  std::vector<Part> parts;
  for (const pg_plan::Statement& each : plan.statements) {
    const std::string where =
        !each.in_transaction ? each.database.value_or(maintenance_database) : each.database.value_or(home);
    const bool goes_on = !parts.empty() && parts.back().in_transaction && each.in_transaction &&
                         parts.back().database == where &&
                         (is_one || parts.back().statements.back()->database == each.database);
    if (!goes_on) parts.push_back({where, {}, each.in_transaction});
    parts.back().statements.push_back(&each);
  }
  return parts;
}

base::Result<Ran> run_transaction(Session& session, pg::Connection& connection,
                                  std::span<const pg_plan::Statement* const> list, End end,
                                  const BeforeEnd& before_end) {
  Ran ran = TRY(run_open(session, connection, list));
  if (!ran.failed && before_end) {
    if (base::Result<void> fine = before_end(connection); !fine) {
      ran.failed = Failed{list.size(), std::string(pg::sqlstate_of(fine.error())), fine.error().message};
    }
  }
  if (ran.failed || end == End::kRollBack) {
    TRY(roll_back(session, connection));
    if (ran.failed) undone(ran, "rolled back with a statement that failed");
    return ran;
  }
  TRY(session.step("commit"));
  const base::Result<pg::Rows> committed = connection.query("COMMIT", session.deadline());
  if (!committed) {
    if (committed.error().code != base::Code::kImpossible) return base::fail(committed.error());
    ran.failed = Failed{list.size(), std::string(pg::sqlstate_of(committed.error())), committed.error().message};
    undone(ran, "rolled back: " + committed.error().message);
  }
  return ran;
}

base::Result<Ran> run_alone(Session& session, pg::Connection& connection, const pg_plan::Statement& statement) {
  TRY(session.step("alone"));
  const std::vector<std::string> statements{statement.sql};
  const std::vector<pg::Connection::Ran> all = TRY(connection.run(statements, session.deadline()));
  Ran ran;
  for (const pg::Connection::Ran& each : all) {
    ran.failed = failure_of(each, 0);
    ran.outcomes.push_back({statement, !ran.failed, each.milliseconds, ran.failed ? ran.failed->message : ""});
  }
  return ran;
}

namespace {

// One transaction of a proof. Statements that cannot be tried by rolling back are left out, and told.
base::Result<void> prove_part(Session& session, pg::Connection& connection, Statements list, bool has_new_databases,
                              bool has_several, Proof& proof) {
  for (std::size_t skips = 0; skips <= kSkipsMax; ++skips) {
    const Ran ran = TRY(run_transaction(session, connection, list, End::kRollBack));
    if (!ran.failed) return {};
    if (ran.failed->statement >= list.size()) break;
    const pg_plan::Statement& statement = *list[ran.failed->statement];
    const bool lacks_database = has_new_databases && !statement.database && ran.failed->sqlstate == kNoDatabase;
    const bool depends = has_several && !statement.database && ran.failed->sqlstate == kDependents;
    if (!lacks_database && !depends) {
      proof.failed = ran.failed;
      proof.sql = shown_sql(statement);
      proof.database = statement.database;
      return {};
    }
    if (depends)
      proof.warnings.push_back(
          fmt::format("Not proved, because it waits for what is done in other databases: {};", shown_sql(statement)));
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(ran.failed->statement));
  }
  return {};
}

}  // namespace

base::Result<Proof> prove(Session& session, const pg_model::Cluster& cluster, const pg_plan::Plan& plan,
                          const std::string& maintenance_database) {
  Proof proof;
  std::set<std::string> made = databases_made(cluster, plan);
  const bool makes = std::any_of(plan.statements.begin(), plan.statements.end(),
                                 [](const pg_plan::Statement& each) { return !each.in_transaction; });
  proof.not_proved.assign(made.begin(), made.end());
  // Additions of the cluster, the databases in their order, and removals of the cluster.
  Statements additions, removals;
  std::vector<Part> databases;
  for (const pg_plan::Statement& each : plan.statements) {
    if (!each.in_transaction || (each.database && made.contains(*each.database))) continue;
    if (!each.database) {
      (databases.empty() ? additions : removals).push_back(&each);
    } else {
      if (databases.empty() || databases.back().database != *each.database) databases.push_back({*each.database, {}});
      databases.back().statements.push_back(&each);
    }
  }
  if (databases.empty()) databases.push_back({maintenance_database, {}});
  const bool has_several = databases.size() > 1;
  for (Part& part : databases) {
    Statements list = additions;
    list.insert(list.end(), part.statements.begin(), part.statements.end());
    if (&part == &databases.back()) list.insert(list.end(), removals.begin(), removals.end());
    if (list.empty()) continue;
    TRY(prove_part(session, *TRY(session.to(part.database)), std::move(list), makes, has_several || makes, proof));
    if (proof.failed) break;
  }
  return proof;
}

}  // namespace pg_run

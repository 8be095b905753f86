#include "pg_run/guard.h"

#include <algorithm>

#include <fmt/format.h>

#include "pg_inspect/inspect.h"

namespace pg_run {
namespace {

constexpr std::string_view kTokenRole = "rds_iam";
constexpr int kGrantorsSince = 16;

bool has_token_login(const pg_model::Cluster& cluster) {
  const pg_model::Role* marker = cluster.role(kTokenRole);
  if (marker == nullptr) return false;
  std::vector<pg_model::Oid> reached{cluster.server.current_user};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const pg_model::Membership& each : cluster.memberships) {
      if (each.member == reached[i] && std::find(reached.begin(), reached.end(), each.role) == reached.end())
        reached.push_back(each.role);
    }
  }
  return std::find(reached.begin(), reached.end(), marker->oid) != reached.end();
}

std::string name_of(const pg_model::Cluster& cluster, pg_model::Oid oid) {
  const pg_model::Role* role = cluster.role(oid);
  return role == nullptr ? "" : role->name;
}

pg_plan::Statement undo(std::string sql) {
  pg_plan::Statement statement;
  statement.sql = std::move(sql);
  statement.reason = "the executor could not log in any more";
  statement.risk = pg_plan::Risk::kHigh;
  return statement;
}

// Memberships that are new, and the executor's own attributes as they were.
std::vector<pg_plan::Statement> undo_of(const pg_model::Cluster& before, const pg_model::Cluster& after) {
  std::vector<pg_plan::Statement> statements;
  for (const pg_model::Membership& each : after.memberships) {
    const bool was_there = std::any_of(before.memberships.begin(), before.memberships.end(), [&](const auto& old) {
      return old.role == each.role && old.member == each.member && old.grantor == each.grantor;
    });
    const bool concerns_old_roles = before.role(each.role) != nullptr || before.role(each.member) != nullptr;
    const bool is_implicit = before.role(each.role) == nullptr && each.member == after.server.current_user;
    if (was_there || !concerns_old_roles || is_implicit) continue;
    const std::string grantor = name_of(after, each.grantor);
    const std::string by = after.server.major() >= kGrantorsSince && !grantor.empty()
                               ? " GRANTED BY " + pg::identifier(grantor)
                               : std::string();
    statements.push_back(undo(fmt::format("REVOKE {} FROM {}{}", pg::identifier(name_of(after, each.role)),
                                          pg::identifier(name_of(after, each.member)), by)));
  }
  const pg_model::Role* was = before.role(before.server.current_user);
  const pg_model::Role* is = after.role(before.server.current_user);
  if (was == nullptr || is == nullptr) return statements;
  std::string words;
  if (was->login && !is->login) words += " LOGIN";
  if (was->connection_limit != is->connection_limit)
    words += fmt::format(" CONNECTION LIMIT {}", was->connection_limit);
  if (was->valid_until != is->valid_until)
    words += " VALID UNTIL " + pg::literal(was->valid_until.empty() ? "infinity" : was->valid_until);
  if (!words.empty()) statements.push_back(undo("ALTER ROLE " + pg::identifier(is->name) + words));
  return statements;
}

}  // namespace

BeforeEnd guard_before_end(const pg_model::Cluster& before) {
  const pg_model::Role* self = before.role(before.server.current_user);
  if (self == nullptr || self->superuser || has_token_login(before)) return {};
  return [](pg::Connection& connection) -> base::Result<void> {
    const pg::Rows rows = TRY(connection.query(
        "SELECT pg_catalog.pg_has_role(session_user, oid, 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = 'rds_iam'",
        base::Deadline::never()));
    if (rows.size() == 0 || !rows.truth(0, 0)) return {};
    return base::fail(base::Code::kConflict,
                      "This would make the executor a member of rds_iam, by some path, and its password would not be "
                      "taken any more: grant what is missing to logins, not to roles that the executor is in.");
  };
}

base::Result<std::optional<std::string>> try_second_login(Session& session, const pg_model::Cluster& before,
                                                          const std::string& database, std::vector<Outcome>& outcomes) {
  const base::Result<pg::Connection> second = session.open(database);
  if (second) return std::optional<std::string>();
  if (second.error().code != base::Code::kUnauthenticated && second.error().code != base::Code::kImpossible &&
      pg::sqlstate_of(second.error()).empty())
    return base::fail(second.error());
  const std::string why = second.error().message;
  pg::Connection& held = *TRY(session.to(database));
  const pg_model::Cluster after = TRY(pg_inspect::inspect(held, session.deadline()));
  const std::vector<pg_plan::Statement> statements = undo_of(before, after);
  Statements list;
  for (const pg_plan::Statement& each : statements) list.push_back(&each);
  const Ran ran = TRY(run_transaction(session, held, list, End::kCommit));
  outcomes.insert(outcomes.end(), ran.outcomes.begin(), ran.outcomes.end());
  const bool is_undone = !ran.failed && session.open(database).has_value();
  return std::optional<std::string>(fmt::format(
      "After the change this login was refused a second connection: {} {}", why,
      is_undone
          ? "What it gave to roles that were there was taken back, and the login works again; look at who belongs "
            "to the groups of pg_hba.conf."
          : "What it gave was taken back where that could be done, and the login is still refused: an "
            "administrator must look at the outcomes above before this session ends."));
}

}  // namespace pg_run

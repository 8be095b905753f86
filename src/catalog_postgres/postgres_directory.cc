#include "catalog_postgres/postgres_directory.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/ids.h"
#include "base/text.h"

namespace catalog_postgres {
namespace {

using base::IdKind;
using catalog::Question;

// By Question. Order and duplicates are seen to here, not in SQL: a collation of the database is not the order of
// bytes.
constexpr std::array<std::string_view, 8> kSql = {
    // user
    "SELECT first_name, last_name, email FROM pennsieve.users WHERE node_id = $1",
    // team
    "SELECT o.node_id, t.name FROM pennsieve.teams t"
    " JOIN pennsieve.organization_team ot ON ot.team_id = t.id"
    " JOIN pennsieve.organizations o ON o.id = ot.organization_id"
    " WHERE t.node_id = $1",
    // membership: no row: no such workspace; a row without a bit: no member; else a row for each team, or one without
    "SELECT m.permission_bit, g.node_id FROM pennsieve.organizations o"
    " LEFT JOIN (SELECT ou.organization_id, ou.user_id, COALESCE(ou.permission_bit, 0) AS permission_bit"
    "            FROM pennsieve.users u JOIN pennsieve.organization_user ou ON ou.user_id = u.id"
    "            WHERE u.node_id = $1) m ON m.organization_id = o.id"
    " LEFT JOIN (SELECT tu.user_id, ot.organization_id, t.node_id FROM pennsieve.team_user tu"
    "            JOIN pennsieve.organization_team ot ON ot.team_id = tu.team_id"
    "            JOIN pennsieve.teams t ON t.id = tu.team_id"
    "            JOIN pennsieve.users u ON u.id = tu.user_id"
    "            WHERE u.node_id = $1) g ON g.user_id = m.user_id AND g.organization_id = m.organization_id"
    " WHERE o.node_id = $2",
    // workspaces_of
    "SELECT o.node_id, o.name, COALESCE(ou.permission_bit, 0) FROM pennsieve.users u"
    " JOIN pennsieve.organization_user ou ON ou.user_id = u.id"
    " JOIN pennsieve.organizations o ON o.id = ou.organization_id"
    " WHERE u.node_id = $1",
    // members
    "SELECT u.node_id, COALESCE(ou.permission_bit, 0) FROM pennsieve.organizations o"
    " JOIN pennsieve.organization_user ou ON ou.organization_id = o.id"
    " JOIN pennsieve.users u ON u.id = ou.user_id"
    " WHERE o.node_id = $1",
    // team_members
    "SELECT u.node_id FROM pennsieve.teams t"
    " JOIN pennsieve.organization_team ot ON ot.team_id = t.id"
    " JOIN pennsieve.team_user tu ON tu.team_id = t.id"
    " JOIN pennsieve.organization_user ou ON ou.organization_id = ot.organization_id AND ou.user_id = tu.user_id"
    " JOIN pennsieve.users u ON u.id = tu.user_id"
    " WHERE t.node_id = $1",
    // is_operator: answered from the list; the statement keeps the places equal
    "SELECT 1",
    // ping: touches every table, because privileges are looked at when a statement runs
    "SELECT EXISTS (SELECT FROM pennsieve.organizations), EXISTS (SELECT FROM pennsieve.users),"
    " EXISTS (SELECT FROM pennsieve.organization_user), EXISTS (SELECT FROM pennsieve.teams),"
    " EXISTS (SELECT FROM pennsieve.organization_team), EXISTS (SELECT FROM pennsieve.team_user)",
};
static_assert(kSql.size() == catalog::kQuestionNames.size());

bool is_canonical(IdKind kind, std::string_view id) { return base::parse_id(kind, id) == id; }

std::string full_name(std::string_view first, std::string_view last) {
  const std::string_view given = base::trim(first);
  const std::string_view family = base::trim(last);
  if (given.empty() || family.empty()) return std::string(given.empty() ? family : given);
  return fmt::format("{} {}", given, family);
}

void sort_and_unite(std::vector<std::string>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

Pool::Options pool_options(const PostgresDirectory::Options& options) {
  Pool::Options pool;
  pool.connection = {options.conninfo, options.statement_timeout, kSql};
  pool.connections_max = options.connections_max;
  pool.connect_timeout = options.connect_timeout;
  pool.connection_age_max = options.connection_age_max;
  return pool;
}

}  // namespace

PostgresDirectory::PostgresDirectory(const Options& options, std::set<std::string, std::less<>> operators)
    : operators_(std::move(operators)),
      metrics_(options.registry, "postgres"),
      pool_(pool_options(options), options.registry != nullptr ? *options.registry : unread_) {}

base::Result<std::unique_ptr<PostgresDirectory>> PostgresDirectory::make(const Options& options) {
  TRY(check_conninfo(options.conninfo));
  std::set<std::string, std::less<>> operators;
  for (const std::string& id : options.operators) {
    std::optional<std::string> canonical = base::parse_id(IdKind::kUser, id);
    if (!canonical) {
      return base::fail(base::Code::kInvalid, fmt::format("The operator \"{}\" is not a user id, N:user:<uuid>.", id));
    }
    operators.insert(std::move(*canonical));
  }
  return std::unique_ptr<PostgresDirectory>(new PostgresDirectory(options, std::move(operators)));
}

base::Result<Answer> PostgresDirectory::ask(Question question, std::vector<std::string> texts,
                                            base::Deadline deadline) {
  const auto timer = metrics_.time(question);
  return pool_.ask(static_cast<std::size_t>(question), texts, deadline);
}

base::Result<std::optional<catalog::User>> PostgresDirectory::user(std::string_view user_id, base::Deadline deadline) {
  if (!is_canonical(IdKind::kUser, user_id)) return std::optional<catalog::User>();
  const Answer answer = TRY(ask(Question::kUser, {std::string(user_id)}, deadline));
  if (answer.rows() == 0) return std::optional<catalog::User>();
  return std::optional<catalog::User>(
      {std::string(user_id), full_name(answer.text(0, 0), answer.text(0, 1)), std::string(answer.text(0, 2))});
}

base::Result<std::optional<catalog::Team>> PostgresDirectory::team(std::string_view team_id, base::Deadline deadline) {
  std::optional<catalog::Team> found;
  if (!is_canonical(IdKind::kTeam, team_id)) return found;
  const Answer answer = TRY(ask(Question::kTeam, {std::string(team_id)}, deadline));
  for (int row = 0; row < answer.rows(); ++row) {
    const std::string_view workspace_id = answer.text(row, 0);
    if (!is_canonical(IdKind::kWorkspace, workspace_id) || (found && found->workspace_id <= workspace_id)) continue;
    found = catalog::Team{std::string(team_id), std::string(answer.text(row, 1)), std::string(workspace_id)};
  }
  return found;
}

base::Result<catalog::Membership> PostgresDirectory::membership(std::string_view user_id, std::string_view workspace_id,
                                                                base::Deadline deadline) {
  catalog::Membership membership;
  if (!is_canonical(IdKind::kWorkspace, workspace_id)) return membership;
  // Who is nobody may still ask whether the workspace is there.
  const bool is_user = is_canonical(IdKind::kUser, user_id);
  const Answer answer =
      TRY(ask(Question::kMembership, {std::string(is_user ? user_id : ""), std::string(workspace_id)}, deadline));
  for (int row = 0; row < answer.rows(); ++row) {
    membership.workspace_exists = true;
    if (!is_user || answer.is_null(row, 0)) continue;
    const int bit = answer.number(row, 0);
    membership.permission_bit = membership.is_member ? std::min(membership.permission_bit, bit) : bit;
    membership.is_member = true;
    if (is_canonical(IdKind::kTeam, answer.text(row, 1))) membership.team_ids.emplace_back(answer.text(row, 1));
  }
  sort_and_unite(membership.team_ids);
  return membership;
}

base::Result<std::vector<catalog::WorkspaceMembership>> PostgresDirectory::workspaces_of(std::string_view user_id,
                                                                                         base::Deadline deadline) {
  std::vector<catalog::WorkspaceMembership> found;
  if (!is_canonical(IdKind::kUser, user_id)) return found;
  const Answer answer = TRY(ask(Question::kWorkspacesOf, {std::string(user_id)}, deadline));
  for (int row = 0; row < answer.rows(); ++row) {
    if (!is_canonical(IdKind::kWorkspace, answer.text(row, 0))) continue;
    found.push_back({std::string(answer.text(row, 0)), std::string(answer.text(row, 1)), answer.number(row, 2)});
  }
  std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
    return std::tie(left.workspace_id, left.permission_bit) < std::tie(right.workspace_id, right.permission_bit);
  });
  const auto same = [](const auto& left, const auto& right) { return left.workspace_id == right.workspace_id; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

base::Result<std::vector<catalog::AudienceMember>> PostgresDirectory::audience(const catalog::AudienceQuery&, base::Deadline) {
  return base::fail(base::Code::kUnavailable, "Not served yet.");
}

base::Result<std::vector<catalog::Member>> PostgresDirectory::members(std::string_view, std::string_view, std::size_t, base::Deadline) {
  return base::fail(base::Code::kUnavailable, "Not served yet.");
}

base::Result<std::vector<catalog::Team>> PostgresDirectory::teams(std::string_view, base::Deadline) {
  return base::fail(base::Code::kUnavailable, "Not served yet.");
}

base::Result<bool> PostgresDirectory::is_operator(std::string_view user_id, base::Deadline) {
  return operators_.contains(user_id);
}

base::Result<void> PostgresDirectory::ping(base::Deadline deadline) {
  TRY(ask(Question::kPing, {}, deadline));
  return {};
}

}  // namespace catalog_postgres

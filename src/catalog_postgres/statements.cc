#include "catalog_postgres/statements.h"

#include <array>
#include <string>

#include "catalog/question_metrics.h"

namespace catalog_postgres {
namespace {

constexpr std::string_view kUser = "SELECT first_name, last_name, email FROM pennsieve.users WHERE node_id = $1";

constexpr std::string_view kTeam =
    "SELECT o.node_id, t.name FROM pennsieve.teams t"
    " JOIN pennsieve.organization_team ot ON ot.team_id = t.id"
    " JOIN pennsieve.organizations o ON o.id = ot.organization_id"
    " WHERE t.node_id = $1";

// Of a row `ot` with its workspace `o`: it is the first workspace of the team, which is the only one that counts.
// Compared in the order of bytes, which the database's collation is not.
const std::string kIsFirstWorkspace =
    " NOT EXISTS (SELECT FROM pennsieve.organization_team other"
    "  JOIN pennsieve.organizations p ON p.id = other.organization_id"
    "  WHERE other.team_id = ot.team_id AND p.node_id COLLATE \"C\" < o.node_id COLLATE \"C\""
    "  AND p.node_id COLLATE \"C\" ~ '^N:organization:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')";

constexpr std::string_view kUserIsCanonical =
    " u.node_id COLLATE \"C\" ~ '^N:user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'";

// No row: no such workspace; a row without a bit: no member; else a row for each team, or one without.
const std::string kMembership =
    "SELECT m.permission_bit, g.node_id FROM pennsieve.organizations w"
    " LEFT JOIN (SELECT ou.organization_id, ou.user_id, COALESCE(ou.permission_bit, 0) AS permission_bit"
    "            FROM pennsieve.users u JOIN pennsieve.organization_user ou ON ou.user_id = u.id"
    "            WHERE u.node_id = $1) m ON m.organization_id = w.id"
    " LEFT JOIN (SELECT tu.user_id, ot.organization_id, t.node_id FROM pennsieve.team_user tu"
    "            JOIN pennsieve.organization_team ot ON ot.team_id = tu.team_id"
    "            JOIN pennsieve.organizations o ON o.id = ot.organization_id"
    "            JOIN pennsieve.teams t ON t.id = tu.team_id"
    "            JOIN pennsieve.users u ON u.id = tu.user_id"
    "            WHERE u.node_id = $1 AND" +
    kIsFirstWorkspace +
    ") g ON g.user_id = m.user_id AND g.organization_id = m.organization_id"
    " WHERE w.node_id = $2";

// A row for each team of each workspace, or one without a team.
const std::string kWorkspacesOf =
    "SELECT w.node_id, w.name, COALESCE(ou.permission_bit, 0), g.node_id FROM pennsieve.users u"
    " JOIN pennsieve.organization_user ou ON ou.user_id = u.id"
    " JOIN pennsieve.organizations w ON w.id = ou.organization_id"
    " LEFT JOIN (SELECT tu.user_id, ot.organization_id, t.node_id FROM pennsieve.team_user tu"
    "            JOIN pennsieve.organization_team ot ON ot.team_id = tu.team_id"
    "            JOIN pennsieve.organizations o ON o.id = ot.organization_id"
    "            JOIN pennsieve.teams t ON t.id = tu.team_id"
    "            JOIN pennsieve.users v ON v.id = tu.user_id"
    "            WHERE v.node_id = $1 AND" +
    kIsFirstWorkspace +
    ") g ON g.user_id = ou.user_id AND g.organization_id = ou.organization_id"
    " WHERE u.node_id = $1";

// $1 workspace, $2 users, $3 teams, $4 everyone, $5 after, $6 least bit, $7 members at most. Candidates first, by the
// keys of whoever is named, so that a workspace of many thousands is read only where everyone is asked for.
const std::string kAudience =
    "WITH o AS (SELECT id, node_id FROM pennsieve.organizations WHERE node_id = $1),"
    " asked AS (SELECT t.id, t.node_id FROM o JOIN pennsieve.organization_team ot ON ot.organization_id = o.id"
    "           JOIN pennsieve.teams t ON t.id = ot.team_id"
    "           WHERE t.node_id = ANY ($3::text[]) AND" +
    kIsFirstWorkspace +
    "), candidates AS ("
    "  SELECT v.id AS user_id, NULL::text AS team_id FROM pennsieve.users v WHERE v.node_id = ANY ($2::text[])"
    "  UNION ALL SELECT tu.user_id, a.node_id FROM asked a JOIN pennsieve.team_user tu ON tu.team_id = a.id"
    "  UNION ALL SELECT ou.user_id, NULL FROM o JOIN pennsieve.organization_user ou ON ou.organization_id = o.id"
    "            WHERE $4::boolean)"
    " SELECT u.node_id, min(COALESCE(ou.permission_bit, 0)), string_agg(DISTINCT c.team_id, ',')"
    " FROM candidates c CROSS JOIN o"
    " JOIN pennsieve.organization_user ou ON ou.organization_id = o.id AND ou.user_id = c.user_id"
    " JOIN pennsieve.users u ON u.id = c.user_id"
    " WHERE u.node_id COLLATE \"C\" > $5::text AND" +
    std::string(kUserIsCanonical) +
    " GROUP BY u.node_id HAVING min(COALESCE(ou.permission_bit, 0)) >= $6::integer"
    " ORDER BY u.node_id COLLATE \"C\" LIMIT $7::integer";

// $1 workspace, $2 team or empty, $3 after, $4 members at most.
const std::string kMembers =
    "SELECT u.node_id, u.first_name, u.last_name, u.email, min(COALESCE(ou.permission_bit, 0))"
    " FROM pennsieve.organizations w JOIN pennsieve.organization_user ou ON ou.organization_id = w.id"
    " JOIN pennsieve.users u ON u.id = ou.user_id"
    " WHERE w.node_id = $1 AND u.node_id COLLATE \"C\" > $3::text AND" +
    std::string(kUserIsCanonical) +
    " AND ($2::text = '' OR ou.user_id IN ("
    "  SELECT tu.user_id FROM pennsieve.teams t JOIN pennsieve.organization_team ot ON ot.team_id = t.id"
    "  JOIN pennsieve.organizations o ON o.id = ot.organization_id JOIN pennsieve.team_user tu ON tu.team_id = t.id"
    "  WHERE t.node_id = $2 AND o.node_id = $1 AND" +
    kIsFirstWorkspace +
    ")) GROUP BY u.node_id, u.first_name, u.last_name, u.email"
    " ORDER BY u.node_id COLLATE \"C\" LIMIT $4::integer";

const std::string kTeams =
    "SELECT t.node_id, t.name FROM pennsieve.organizations o"
    " JOIN pennsieve.organization_team ot ON ot.organization_id = o.id JOIN pennsieve.teams t ON t.id = ot.team_id"
    " WHERE o.node_id = $1 AND" +
    kIsFirstWorkspace;

// Answered from the list that the deployment gives; the statement keeps the places equal.
constexpr std::string_view kIsOperator = "SELECT 1";

// Touches every table, because privileges are looked at when a statement runs.
constexpr std::string_view kPing =
    "SELECT EXISTS (SELECT FROM pennsieve.organizations), EXISTS (SELECT FROM pennsieve.users),"
    " EXISTS (SELECT FROM pennsieve.organization_user), EXISTS (SELECT FROM pennsieve.teams),"
    " EXISTS (SELECT FROM pennsieve.organization_team), EXISTS (SELECT FROM pennsieve.team_user)";

}  // namespace

std::span<const std::string_view> question_statements() {
  static const std::array<std::string_view, 9> kAll = {kUser,    kTeam,  kMembership, kWorkspacesOf, kAudience,
                                                       kMembers, kTeams, kIsOperator, kPing};
  static_assert(kAll.size() == catalog::kQuestionNames.size());
  return kAll;
}

}  // namespace catalog_postgres

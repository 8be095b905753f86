#include "catalog_postgres/postgres_directory.h"

#include <algorithm>
#include <limits>
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/ids.h"
#include "base/text.h"
#include "catalog_postgres/statements.h"

namespace catalog_postgres {
namespace {

using base::IdKind;
using catalog::Question;

constexpr std::size_t kBoundBytesMax = 64;
constexpr std::size_t kRowsMax = std::numeric_limits<int>::max();  // what LIMIT takes

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

// An array literal. Whatever is no canonical id is nobody and is left out; the rest needs no quotes.
std::string array_of(IdKind kind, std::span<const std::string> ids) {
  std::string literal = "{";
  for (const std::string& id : ids) {
    if (!is_canonical(kind, id)) continue;
    if (literal.size() > 1) literal += ',';
    literal += id;
  }
  return literal + '}';
}

// A text that has the same canonical ids behind it as `after`, whatever bytes that has: the server takes valid UTF-8
// without NUL only. Ids are printable ASCII, between ' ' and '~', and shorter than what is kept.
std::string bound_of(std::string_view after) {
  std::string bound;
  for (const char c : after.substr(0, kBoundBytesMax)) {
    if (c > ' ' && c < '~') {
      bound += c;
      continue;
    }
    return bound + (static_cast<unsigned char>(c) <= ' ' ? ' ' : '~');
  }
  return bound;
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Pool::Options pool_options(const PostgresDirectory::Options& options) {
  Pool::Options pool;
  pool.connection = {options.conninfo, options.statement_timeout, question_statements()};
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
  std::map<std::string_view, catalog::WorkspaceMembership> by_id;
  for (int row = 0; row < answer.rows(); ++row) {
    const std::string_view id = answer.text(row, 0);
    if (!is_canonical(IdKind::kWorkspace, id)) continue;
    const int bit = answer.number(row, 2);
    const auto [place, fresh] =
        by_id.try_emplace(id, catalog::WorkspaceMembership{std::string(id), std::string(answer.text(row, 1)), bit, {}});
    catalog::WorkspaceMembership& membership = place->second;
    membership.permission_bit = std::min(membership.permission_bit, bit);
    if (is_canonical(IdKind::kTeam, answer.text(row, 3))) membership.team_ids.emplace_back(answer.text(row, 3));
  }
  for (auto& [id, membership] : by_id) {
    sort_and_unite(membership.team_ids);
    found.push_back(std::move(membership));
  }
  return found;
}

base::Result<std::vector<catalog::AudienceMember>> PostgresDirectory::audience(const catalog::AudienceQuery& query,
                                                                               base::Deadline deadline) {
  CHECK(query.members_max > 0, "a page of nobody would never come to an end");
  std::vector<catalog::AudienceMember> found;
  if (!is_canonical(IdKind::kWorkspace, query.workspace_id)) return found;
  const Answer answer =
      TRY(ask(Question::kAudience,
              {std::string(query.workspace_id), array_of(IdKind::kUser, query.users),
               array_of(IdKind::kTeam, query.teams), query.everyone ? "true" : "false", bound_of(query.after),
               std::to_string(query.least_bit), std::to_string(std::min(query.members_max, kRowsMax))},
              deadline));
  for (int row = 0; row < answer.rows(); ++row) {
    catalog::AudienceMember member{std::string(answer.text(row, 0)), answer.number(row, 1), false, {}};
    member.named = std::binary_search(query.users.begin(), query.users.end(), member.user_id);
    member.team_ids = split_at_commas(answer.text(row, 2));
    sort_and_unite(member.team_ids);
    found.push_back(std::move(member));
  }
  return found;
}

base::Result<std::vector<catalog::Member>> PostgresDirectory::members(std::string_view workspace_id,
                                                                      std::string_view team_id, std::string_view after,
                                                                      std::size_t members_max,
                                                                      base::Deadline deadline) {
  std::vector<catalog::Member> found;
  if (!is_canonical(IdKind::kWorkspace, workspace_id)) return found;
  if (!team_id.empty() && !is_canonical(IdKind::kTeam, team_id)) return found;
  const Answer answer = TRY(ask(Question::kMembers,
                                {std::string(workspace_id), std::string(team_id), bound_of(after),
                                 std::to_string(std::min(members_max, kRowsMax))},
                                deadline));
  for (int row = 0; row < answer.rows(); ++row) {
    found.push_back({{std::string(answer.text(row, 0)), full_name(answer.text(row, 1), answer.text(row, 2)),
                      std::string(answer.text(row, 3))},
                     answer.number(row, 4)});
  }
  return found;
}

base::Result<std::vector<catalog::Team>> PostgresDirectory::teams(std::string_view workspace_id,
                                                                  base::Deadline deadline) {
  std::vector<catalog::Team> found;
  if (!is_canonical(IdKind::kWorkspace, workspace_id)) return found;
  const Answer answer = TRY(ask(Question::kTeams, {std::string(workspace_id)}, deadline));
  for (int row = 0; row < answer.rows(); ++row) {
    if (!is_canonical(IdKind::kTeam, answer.text(row, 0))) continue;
    found.push_back({std::string(answer.text(row, 0)), std::string(answer.text(row, 1)), std::string(workspace_id)});
  }
  std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) { return left.id < right.id; });
  const auto same = [](const auto& left, const auto& right) { return left.id == right.id; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

base::Result<bool> PostgresDirectory::is_operator(std::string_view user_id, base::Deadline) {
  return operators_.contains(user_id);
}

base::Result<void> PostgresDirectory::ping(base::Deadline deadline) {
  TRY(ask(Question::kPing, {}, deadline));
  return {};
}

}  // namespace catalog_postgres

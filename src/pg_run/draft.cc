#include "pg_run/draft.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "pg_inspect/inspect.h"

namespace pg_run {
namespace {

// The patterns of databases that the spec names in any way.
std::set<std::string> patterns_of(const pg_spec::Spec& spec) {
  std::set<std::string> patterns;
  for (const auto& each : spec.databases) patterns.insert(pg_spec::as_pattern(each.name));
  for (const auto& each : spec.schemas) patterns.insert(each.database);
  for (const auto& each : spec.objects) patterns.insert(each.database);
  for (const auto& each : spec.owners) patterns.insert(each.of.database);
  for (const auto& each : spec.grants) patterns.insert(each.on.database);
  for (const auto& each : spec.revokes) patterns.insert(each.on.database);
  for (const auto& each : spec.defaults) patterns.insert(each.database);
  for (const auto& each : spec.default_revokes) patterns.insert(each.database);
  for (const auto& each : spec.policies) patterns.insert(each.table.database);
  for (const auto& each : spec.row_security) patterns.insert(each.table.database);
  for (const auto& each : spec.extensions) patterns.insert(each.database);
  patterns.erase("");
  return patterns;
}

// A database to begin with, so that one connection reads both the cluster and what is in it.
base::Result<pg::Connection*> first_connection(Session& session, const pg_spec::Spec& spec) {
  for (const pg_spec::Database& each : spec.databases) {
    if (base::Result<pg::Connection*> opened = session.to(each.name)) return opened;
  }
  return session.to(spec.maintenance_database);
}

bool is_wanted(const std::set<std::string>& patterns, const pg_model::Database& database) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (database.is_template && pg_spec::is_pattern(pattern)) return false;
    return pg_spec::matches(pattern, database.self.name);
  });
}

std::string digest_with(const std::string& digest, std::span<const pg_plan::Statement> passwords) {
  if (passwords.empty()) return digest;
  std::string text = digest;
  for (const pg_plan::Statement& each : passwords) text += '\n' + each.sql;
  return base::hex(crypto::sha256(text));
}

void add_passwords(Draft& draft) {
  std::vector<pg_plan::Statement>& statements = draft.planned.plan.statements;
  // After the first additions to the cluster, which make the roles.
  const auto begin = std::find_if(statements.begin(), statements.end(),
                                  [](const pg_plan::Statement& each) { return each.in_transaction; });
  const auto at = std::find_if(begin, statements.end(), [](const pg_plan::Statement& each) {
    return each.database.has_value() || !each.in_transaction;
  });
  draft.first_password = static_cast<std::size_t>(at - statements.begin());
  std::vector<pg_plan::Statement> made;
  for (const Needed& each : draft.passwords.needed) made.push_back(password_statement(each));
  draft.planned.plan.digest = digest_with(draft.planned.plan.digest, made);
  statements.insert(at, made.begin(), made.end());
}

}  // namespace

base::Result<Inspected> inspect(Session& session, const pg_spec::Spec& spec) {
  Inspected found;
  const std::set<std::string> patterns = patterns_of(spec);
  found.cluster = TRY(pg_inspect::inspect(*TRY(first_connection(session, spec)), session.deadline()));
  const bool wants_all = !spec.absent_roles.empty();  // what they own may be anywhere
  std::vector<std::string> wanted;
  for (const pg_model::Database& each : found.cluster.databases) {
    if (each.inspected || !each.allows_connections) continue;
    if (is_wanted(patterns, each) || wants_all) wanted.push_back(each.self.name);
  }
  for (const std::string& name : wanted) {
    base::Result<pg::Connection*> opened = session.to(name);
    if (!opened) {
      found.refusal = refusal_to_connect(session, opened.error(), name, "which the spec says something about");
      if (found.refusal) return found;
      return base::fail(std::move(opened).error());
    }
    TRY(pg_inspect::add_database(found.cluster, **opened, session.deadline()));
    // No database is made while somebody is in the template.
    if (found.cluster.database(name)->is_template) session.close(name);
  }
  return found;
}

base::Result<Draft> draft(Session& session, const pg_spec::Spec& spec, SecretStore* secrets) {
  Draft made;
  Inspected inspected = TRY(inspect(session, spec));
  made.cluster = std::move(inspected.cluster);
  if (inspected.refusal) {
    made.planned.refused = inspected.refusal->why;
    made.planned.plan.administrator = inspected.refusal->administrator;
    return made;
  }
  if (made.cluster.server.in_recovery) {
    made.planned.refused =
        "This server is a standby, which nothing can be changed on: name the primary (of a cluster "
        "on AWS the cluster's endpoint, not the reader's).";
    return made;
  }
  pg_plan::Options options;
  options.effective_access = session.target().effective_access;
  made.planned.plan = TRY(pg_plan::plan(made.cluster, spec, options));
  made.planned.refused = made.planned.plan.refused;
  if (made.planned.refused.empty() && !made.planned.plan.administrator.empty()) {
    made.planned.refused =
        fmt::format("{} of the statements need more rights than this login has; an administrator runs them first.",
                    made.planned.plan.administrator.size());
  }
  if (secrets == nullptr || !made.planned.refused.empty()) return made;
  made.passwords = TRY(look_at_passwords(session, spec, made.cluster, *secrets));
  if (!made.passwords.needed.empty()) add_passwords(made);
  for (const auto& [slot, held] : made.passwords.to_publish) {
    made.planned.unpublished.push_back(held.login);
    made.planned.plan.warnings.push_back(
        fmt::format("The server has a new password of {} already, and {} has it as pending: `apply` publishes it.",
                    held.login, slot.place));
  }
  return made;
}

std::set<std::string> databases_made(const pg_model::Cluster& cluster, const pg_plan::Plan& plan) {
  std::set<std::string> made;
  for (const pg_plan::Statement& each : plan.statements) {
    if (each.database && cluster.database(*each.database) == nullptr) made.insert(*each.database);
  }
  return made;
}

}  // namespace pg_run

#include "pg_run/report.h"

#include <algorithm>

namespace pg_run {
namespace {

constexpr int kDone = 0, kFailed = 1, kDiffers = 2, kRefused = 3;

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

std::vector<AccessItem> items_of(const std::vector<pg_plan::Access>& list) {
  std::vector<AccessItem> items;
  items.reserve(list.size());
  for (const pg_plan::Access& each : list) items.push_back({each.role, each.privilege, each.object, each.through});
  return items;
}

void fill(PlanReport& report, const pg_plan::Plan& plan) {
  report.statements.reserve(plan.statements.size());
  for (const pg_plan::Statement& each : plan.statements)
    report.statements.push_back({each.database, shown_sql(each), each.reason, each.risk});
  for (const pg_plan::Statement& each : plan.administrator)
    report.administrator.push_back({each.database, shown_sql(each), each.reason});
  report.access = {items_of(plan.gained), items_of(plan.lost)};
  report.warnings = plan.warnings;
  report.unmanaged = plan.unmanaged;
  report.digest = plan.digest;
}

}  // namespace

std::string shown_sql(const pg_plan::Statement& statement) {
  if (!statement.secret) return statement.sql;
  std::string shown;
  std::string_view rest = statement.sql;
  constexpr std::string_view kVerifier = "SCRAM-SHA-256$";
  while (true) {
    const std::size_t at = rest.find(kVerifier);
    if (at == std::string_view::npos) return shown.append(rest);
    shown.append(rest.substr(0, at + kVerifier.size())).append("...");
    rest.remove_prefix(std::min(rest.size(), rest.find('\'', at)));
  }
}

PlanReport report_of(const Planned& planned) {
  PlanReport report;
  fill(report, planned.plan);
  report.proved = planned.proved;
  report.not_proved = planned.not_proved;
  report.refused = unless_empty(planned.refused);
  return report;
}

ApplyReport report_of(const Applied& applied) {
  ApplyReport report;
  fill(report, applied.plan);
  report.refused = unless_empty(applied.refused);
  report.outcomes.reserve(applied.outcomes.size());
  for (const Outcome& each : applied.outcomes)
    report.outcomes.push_back(
        {shown_sql(each.statement), each.statement.database, each.ok, each.milliseconds, unless_empty(each.error)});
  report.converged = applied.converged;
  return report;
}

VerifyReport report_of(const std::vector<Login>& logins) {
  VerifyReport report;
  for (const Login& each : logins)
    report.logins.push_back({each.role, each.database, each.expectation, each.ok, each.detail});
  report.ok = exit_code(logins) == kDone;
  return report;
}

int exit_code(const Planned& planned) {
  if (!planned.refused.empty() || !planned.plan.administrator.empty()) return kRefused;
  return planned.plan.statements.empty() && planned.unpublished.empty() ? kDone : kDiffers;
}

int exit_code(const Applied& applied) {
  if (!applied.refused.empty()) return kRefused;
  return applied.converged ? kDone : kFailed;
}

int exit_code(const std::vector<Login>& logins) {
  return std::all_of(logins.begin(), logins.end(), [](const Login& each) { return each.ok; }) ? kDone : kDiffers;
}

}  // namespace pg_run

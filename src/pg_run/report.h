// What a run says, as JSON: one set of described structs for the command line, function events and the HTTP API, with
// the member names that docs/reference/database-reports.md promises. A statement that holds a verifier is shown without
// it. Pure; any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/describe.h"
#include "pg_run/run.h"

namespace pg_run {

inline constexpr std::size_t kReportItemsMax = 4'000'000;

struct StatementReport {
  static constexpr std::string_view kTypeName = "DatabaseStatement";
  std::optional<std::string> database;
  std::string sql, reason;
  pg_plan::Risk risk = pg_plan::Risk::kNone;
  template <class V>
  static void describe(V& field) {
    field("database", &StatementReport::database,
          {.doc = "Where it runs; null: it concerns the cluster.", .null_when_absent = true});
    field("sql", &StatementReport::sql, {.chars_max = 64 * 1024 * 1024, .lines = true});
    field("reason", &StatementReport::reason, {.lines = true});
    field("risk", &StatementReport::risk,
          {.doc = "none: nothing is lost; low: somebody loses a right; high: objects or logins go."});
  }
};

struct AdministratorReport {
  static constexpr std::string_view kTypeName = "DatabaseAdministratorStatement";
  std::optional<std::string> database;
  std::string sql, reason;
  template <class V>
  static void describe(V& field) {
    field("database", &AdministratorReport::database, {.null_when_absent = true});
    field("sql", &AdministratorReport::sql, {.chars_max = 64 * 1024 * 1024, .lines = true});
    field("reason", &AdministratorReport::reason, {.lines = true});
  }
};

struct AccessItem {
  static constexpr std::string_view kTypeName = "DatabaseAccess";
  std::string role, privilege, object, through;
  template <class V>
  static void describe(V& field) {
    field("role", &AccessItem::role, {.lines = true});
    field("privilege", &AccessItem::privilege);
    field("object", &AccessItem::object, {.lines = true});
    field("through", &AccessItem::through,
          {.doc = "owner, direct, PUBLIC, group NAME, or a predefined role.", .lines = true});
  }
};

struct AccessChange {
  static constexpr std::string_view kTypeName = "DatabaseAccessChange";
  std::vector<AccessItem> gained, lost;
  template <class V>
  static void describe(V& field) {
    field("gained", &AccessChange::gained, {.items_max = kReportItemsMax});
    field("lost", &AccessChange::lost, {.items_max = kReportItemsMax});
  }
};

struct PlanReport {
  static constexpr std::string_view kTypeName = "DatabasePlan";
  std::vector<StatementReport> statements;
  std::vector<AdministratorReport> administrator;
  AccessChange access;
  std::vector<std::string> warnings, unmanaged;
  std::string digest;
  bool proved = false;
  std::vector<std::string> not_proved;
  std::optional<std::string> refused;
  template <class V>
  static void describe(V& field) {
    field("statements", &PlanReport::statements,
          {.doc = "Everything that would run, in this order.", .items_max = kReportItemsMax});
    field("administrator", &PlanReport::administrator,
          {.doc = "What somebody with more rights must run first.", .items_max = kReportItemsMax});
    field("access", &PlanReport::access, {.doc = "How effective access changes."});
    field("warnings", &PlanReport::warnings, {.lines = true, .items_max = kReportItemsMax});
    field("unmanaged", &PlanReport::unmanaged,
          {.doc = "In mode adopt: what is there, and not declared.", .lines = true, .items_max = kReportItemsMax});
    field("digest", &PlanReport::digest, {.doc = "What `apply` is given, to do this and nothing else."});
    field("proved", &PlanReport::proved, {.doc = "Whether everything was executed, and rolled back."});
    field("not_proved", &PlanReport::not_proved,
          {.doc = "Databases that must be created first; what runs in them was not tried.", .lines = true});
    field("refused", &PlanReport::refused,
          {.doc = "Why nothing may run; null: it may.", .lines = true, .null_when_absent = true});
  }
};

struct OutcomeReport {
  static constexpr std::string_view kTypeName = "DatabaseOutcome";
  std::string sql;
  std::optional<std::string> database;
  bool ok = false;
  double milliseconds = 0;
  std::optional<std::string> error;
  template <class V>
  static void describe(V& field) {
    field("sql", &OutcomeReport::sql, {.chars_max = 64 * 1024 * 1024, .lines = true});
    field("database", &OutcomeReport::database, {.null_when_absent = true});
    field("ok", &OutcomeReport::ok);
    field("milliseconds", &OutcomeReport::milliseconds);
    field("error", &OutcomeReport::error, {.lines = true, .null_when_absent = true});
  }
};

struct ApplyReport : PlanReport {
  static constexpr std::string_view kTypeName = "DatabaseApplied";
  std::vector<OutcomeReport> outcomes;
  bool converged = false;
  template <class V>
  static void describe(V& field) {
    PlanReport::describe(field);
    field("outcomes", &ApplyReport::outcomes,
          {.doc = "Each statement that was run, in order.", .items_max = kReportItemsMax});
    field("converged", &ApplyReport::converged, {.doc = "Inspected again: nothing is left to do."});
  }
};

struct LoginReport {
  static constexpr std::string_view kTypeName = "DatabaseLogin";
  std::string role, database, expectation;
  bool ok = false;
  std::string detail;
  template <class V>
  static void describe(V& field) {
    field("role", &LoginReport::role, {.lines = true});
    field("database", &LoginReport::database, {.lines = true});
    field("expectation", &LoginReport::expectation, {.lines = true, .example = "may not CREATE in app"});
    field("ok", &LoginReport::ok);
    field("detail", &LoginReport::detail, {.lines = true});
  }
};

struct VerifyReport {
  static constexpr std::string_view kTypeName = "DatabaseVerified";
  std::vector<LoginReport> logins;
  bool ok = false;
  template <class V>
  static void describe(V& field) {
    field("logins", &VerifyReport::logins, {.items_max = kReportItemsMax});
    field("ok", &VerifyReport::ok, {.doc = "Whether every login did what is expected of it."});
  }
};

PlanReport report_of(const Planned& planned);
ApplyReport report_of(const Applied& applied);
VerifyReport report_of(const std::vector<Login>& logins);

// The statement as it may be shown.
std::string shown_sql(const pg_plan::Statement& statement);

// 0: nothing to do, or done; 2: there is something to do, or something differs; 3: refused, or an administrator must
// act first; 1: a statement failed. docs/reference/exit-codes.md.
int exit_code(const Planned& planned);
int exit_code(const Applied& applied);
int exit_code(const std::vector<Login>& logins);

}  // namespace pg_run

template <>
inline constexpr auto json::kEnumNames<pg_plan::Risk> = json::names<pg_plan::Risk>(
    {{pg_plan::Risk::kNone, "none"}, {pg_plan::Risk::kLow, "low"}, {pg_plan::Risk::kHigh, "high"}});

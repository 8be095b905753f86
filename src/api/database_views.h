// What the API shows of databases. A view is made from what the domain gives; nothing is decided here.

#pragma once

#include <optional>
#include <string>

#include "api/views.h"
#include "databases/databases.h"

namespace api {

struct CheckView {
  static constexpr std::string_view kTypeName = "DatabaseLastCheck";
  databases::Found found = databases::Found::kInSync;
  std::string run_id;
  base::Time since{}, last_at{};
  std::int64_t times = 0;
  std::optional<std::string> reason;

  template <class V>
  static void describe(V& field) {
    field("found", &CheckView::found,
          {.doc = "in-sync: the database is as the version in force says; drift: it is not; failed: the check could "
                  "not be made."});
    field("runId", &CheckView::run_id, {.doc = "The entry of the history that says more."});
    field("since", &CheckView::since, {.doc = "When it was found first."});
    field("lastAt", &CheckView::last_at, {.doc = "When it was found last."});
    field("times", &CheckView::times, {.doc = "How often, without anything else in between."});
    field("reason", &CheckView::reason, {.doc = "Why the check failed.", .lines = true});
  }
};

struct DatabaseView {
  static constexpr std::string_view kTypeName = "Database";
  static constexpr std::string_view kDoc = "A registered PostgreSQL database. Its password is nowhere in here.";
  std::string uuid, workspace_id, name, description, host;
  std::int64_t port = 0;
  std::string database, user;
  databases::SslMode ssl_mode = databases::SslMode::kVerifyFull;
  databases::Credentials credentials;
  std::int64_t check_every_s = 0;
  std::string registered_by;
  base::Time created_at{}, updated_at{};
  std::optional<std::int64_t> last_spec, in_force;
  std::optional<std::string> open_operation;
  std::optional<CheckView> last_check;
  std::optional<base::Time> next_check_at;

  template <class V>
  static void describe(V& field) {
    field("uuid", &DatabaseView::uuid);
    field("workspaceId", &DatabaseView::workspace_id);
    field("name", &DatabaseView::name);
    field("description", &DatabaseView::description, {.lines = true});
    field("host", &DatabaseView::host);
    field("port", &DatabaseView::port);
    field("database", &DatabaseView::database, {.doc = "The one that is connected to first."});
    field("user", &DatabaseView::user, {.doc = "As whom the server connects."});
    field("sslMode", &DatabaseView::ssl_mode);
    field("credentials", &DatabaseView::credentials);
    field("checkEverySeconds", &DatabaseView::check_every_s, {.doc = "How often drift is looked for; 0: never."});
    field("registeredBy", &DatabaseView::registered_by);
    field("createdAt", &DatabaseView::created_at);
    field("updatedAt", &DatabaseView::updated_at);
    field("lastSpecVersion", &DatabaseView::last_spec, {.doc = "The newest version of the spec; absent: none."});
    field("specVersionInForce", &DatabaseView::in_force,
          {.doc = "The version that was brought about last, which checks compare with; absent: none."});
    field("openOperationId", &DatabaseView::open_operation, {.doc = "The operation on it that has not ended."});
    field("lastCheck", &DatabaseView::last_check, {.doc = "Of one database alone, not in lists."});
    field("nextCheckAt", &DatabaseView::next_check_at, {.doc = "Of one database alone, not in lists."});
  }
};

struct SpecVersionView {
  static constexpr std::string_view kTypeName = "DatabaseSpecVersion";
  static constexpr std::string_view kDoc = "A version of a database's spec. It never changes.";
  std::string database_id;
  std::int64_t version = 0;
  std::string author, note, sha256;
  std::int64_t bytes = 0;
  base::Time created_at{};
  std::optional<std::string> spec;

  template <class V>
  static void describe(V& field) {
    field("databaseId", &SpecVersionView::database_id);
    field("version", &SpecVersionView::version, {.doc = "From 1."});
    field("author", &SpecVersionView::author);
    field("note", &SpecVersionView::note, {.lines = true});
    field("sha256", &SpecVersionView::sha256, {.doc = "Of the text, in hexadecimal."});
    field("bytes", &SpecVersionView::bytes);
    field("createdAt", &SpecVersionView::created_at);
    field("spec", &SpecVersionView::spec,
          {.doc = "The text; of one version alone, not in lists.",
           .chars_max = base::limits::kSpecBytesMax,
           .lines = true});
  }
};

struct RunView {
  static constexpr std::string_view kTypeName = "DatabaseRun";
  static constexpr std::string_view kDoc =
      "One thing that was done to a database: a plan, an application, a rotation or a check.";
  std::string id, database_id;
  databases::RunKind kind = databases::RunKind::kPlan;
  operations::Status status = operations::Status::kPending;
  std::optional<std::string> reason;
  std::int64_t spec = 0;
  std::optional<std::string> plan_id, login;
  std::string started_by;
  base::Time created_at{};
  std::optional<base::Time> started_at, finished_at;
  std::optional<std::string> digest, refused;
  std::optional<std::int64_t> statements, risky, gained, lost, warnings;
  std::optional<std::string> approved_by;
  std::optional<base::Time> approved_at;
  std::optional<std::string> applied_by;
  std::optional<json::Object> report;

  template <class V>
  static void describe(V& field) {
    field("id", &RunView::id, {.doc = "Also of its operation. A check by the timer has none."});
    field("databaseId", &RunView::database_id);
    field("kind", &RunView::kind);
    field("status", &RunView::status);
    field("reason", &RunView::reason, {.doc = "Of a failure.", .lines = true});
    field("specVersion", &RunView::spec);
    field("planId", &RunView::plan_id, {.doc = "Of an application: what it applies."});
    field("login", &RunView::login, {.doc = "Of a rotation."});
    field("startedBy", &RunView::started_by, {.doc = "`system`: the timer."});
    field("createdAt", &RunView::created_at);
    field("startedAt", &RunView::started_at);
    field("finishedAt", &RunView::finished_at);
    field("digest", &RunView::digest, {.doc = "Of the plan: what is approved."});
    field("refused", &RunView::refused, {.doc = "Why the plan cannot be applied.", .lines = true});
    field("statements", &RunView::statements, {.doc = "How many the plan has; of a check, how many would be needed."});
    field("risky", &RunView::risky, {.doc = "Those of them that take something away."});
    field("gained", &RunView::gained, {.doc = "Rights that somebody would gain."});
    field("lost", &RunView::lost, {.doc = "Rights that somebody would lose."});
    field("warnings", &RunView::warnings);
    field("approvedBy", &RunView::approved_by);
    field("approvedAt", &RunView::approved_at);
    field("appliedBy", &RunView::applied_by, {.doc = "The run that brought the plan about."});
    field("report", &RunView::report,
          {.doc = "Statements with their reasons, access gained and lost, warnings, outcomes, as `stewardry db plan "
                  "--json` has them; of one run alone, not in lists."});
  }
};

struct RunStartedView : RunView {
  static constexpr std::string_view kTypeName = "DatabaseRunStarted";
  OperationRef operation;

  template <class V>
  static void describe(V& field) {
    RunView::describe(field);
    field("operation", &RunStartedView::operation, {.doc = "What carries it out."});
  }
};

DatabaseView view_of(const databases::Database& database);
DatabaseView view_of(const databases::Seen& seen);
SpecVersionView view_of(const databases::SpecVersion& version);
RunView view_of(const databases::Run& run);
RunStartedView view_of(const databases::Started& started, const std::string& base_path);

}  // namespace api

// What is stored of databases: the registration, the versions of its spec, its runs (plans, applications, rotations,
// checks) with their reports, and what the last check found. Keys and questions: docs/internals/state-table.md.
//
// A text that may be long (a spec, a report) stands in items of its own, in parts, beside the item that it belongs to;
// so lists are read without it, and it is not copied into the audit trail, which has its SHA-256.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "json/describe.h"
#include "operations/operation.h"
#include "store/table.h"
#include "store/transaction.h"

namespace databases {

enum class CredentialsKind { kIam, kSecretsManager, kSsm };

// Where the password of the executor comes from. Never the password itself.
struct Credentials {
  static constexpr std::string_view kTypeName = "DatabaseCredentials";
  static constexpr bool kClosed = true;
  CredentialsKind kind = CredentialsKind::kIam;
  std::string name;  // of the secret or parameter; empty for kIam

  template <class V>
  static void describe(V& field) {
    field("kind", &Credentials::kind,
          {.doc = "iam: a token that is signed for each connection; secretsmanager, ssm: a secret or parameter whose "
                  "value is the password, or a JSON object with the member `password`."});
    field("name", &Credentials::name,
          {.doc = "Of the secret or parameter; it must begin with the prefix that the operator has set for the "
                  "workspace. Empty for iam.",
           .chars_max = 512,
           .may_miss = true});
  }
};

enum class SslMode { kVerifyFull, kVerifyCa, kRequire, kDisable };

struct Database {
  static constexpr std::string_view kTypeName = "StoredDatabase";
  std::string uuid;
  std::string workspace_id;
  std::string name;  // one of its workspace
  std::string description;
  std::string host;
  std::int64_t port = 5432;
  std::string database;
  std::string user;
  SslMode ssl_mode = SslMode::kVerifyFull;
  Credentials credentials;
  std::int64_t check_every_s = 0;  // 0: never by itself
  std::string registered_by;
  base::Time created_at{};
  base::Time updated_at{};
  std::int64_t last_spec = 0;  // the newest version of the spec; 0: none
  std::int64_t in_force = 0;   // the version that was brought about last, and that checks compare with; 0: none
  std::string open_run;        // the run that has not ended; empty: none
  store::Version version = 0;  // of the item

  template <class V>
  static void describe(V& field) {
    field("uuid", &Database::uuid);
    field("workspaceId", &Database::workspace_id);
    field("name", &Database::name);
    field("description", &Database::description);
    field("host", &Database::host);
    field("port", &Database::port);
    field("database", &Database::database);
    field("user", &Database::user);
    field("sslMode", &Database::ssl_mode);
    field("credentials", &Database::credentials);
    field("checkEverySeconds", &Database::check_every_s);
    field("registeredBy", &Database::registered_by);
    field("createdAt", &Database::created_at);
    field("updatedAt", &Database::updated_at);
    field("lastSpec", &Database::last_spec);
    field("inForce", &Database::in_force);
    field("openRun", &Database::open_run);
  }
};

struct SpecVersion {
  static constexpr std::string_view kTypeName = "StoredDatabaseSpec";
  std::string database_uuid;
  std::int64_t number = 0;  // from 1
  std::string author;
  std::string note;
  std::string sha256;  // of the text
  std::int64_t bytes = 0;
  std::int64_t parts = 0;
  base::Time created_at{};

  template <class V>
  static void describe(V& field) {
    field("databaseUuid", &SpecVersion::database_uuid);
    field("number", &SpecVersion::number);
    field("author", &SpecVersion::author);
    field("note", &SpecVersion::note);
    field("sha256", &SpecVersion::sha256);
    field("bytes", &SpecVersion::bytes);
    field("parts", &SpecVersion::parts);
    field("createdAt", &SpecVersion::created_at);
  }
};

enum class RunKind { kPlan, kApply, kRotate, kCheck };

// One thing that was done, or is to be done, to a database. The id is that of its operation; a check by the timer has
// none.
struct Run {
  static constexpr std::string_view kTypeName = "StoredDatabaseRun";
  std::string id;
  std::string database_uuid;
  RunKind kind = RunKind::kPlan;
  operations::Status status = operations::Status::kPending;
  std::string reason;     // of a failure
  std::int64_t spec = 0;  // the version that it is about
  std::string plan_id;    // of an application
  std::string login;      // of a rotation
  std::string started_by;
  std::string request_id;
  base::Time created_at{};
  std::optional<base::Time> started_at, finished_at;
  int attempts = 0;
  // What came of it; see databases/runner.h.
  std::string digest;
  std::string refused;
  std::int64_t statements = 0, risky = 0, gained = 0, lost = 0, warnings = 0;
  std::int64_t report_parts = 0;
  // Of a plan.
  std::string approved_by;
  std::optional<base::Time> approved_at;
  std::string applied_by;  // the run that brought it about

  [[nodiscard]] bool finished() const {
    return status != operations::Status::kPending && status != operations::Status::kInProgress;
  }
  template <class V>
  static void describe(V& field) {
    field("id", &Run::id);
    field("databaseUuid", &Run::database_uuid);
    field("kind", &Run::kind);
    field("status", &Run::status);
    field("reason", &Run::reason);
    field("spec", &Run::spec);
    field("planId", &Run::plan_id);
    field("login", &Run::login);
    field("startedBy", &Run::started_by);
    field("requestId", &Run::request_id);
    field("createdAt", &Run::created_at);
    field("startedAt", &Run::started_at);
    field("finishedAt", &Run::finished_at);
    field("attempts", &Run::attempts);
    field("digest", &Run::digest);
    field("refused", &Run::refused);
    field("statements", &Run::statements);
    field("risky", &Run::risky);
    field("gained", &Run::gained);
    field("lost", &Run::lost);
    field("warnings", &Run::warnings);
    field("reportParts", &Run::report_parts);
    field("approvedBy", &Run::approved_by);
    field("approvedAt", &Run::approved_at);
    field("appliedBy", &Run::applied_by);
  }
};

enum class Found { kInSync, kDrift, kFailed };

// When the next check is due, and what the last ones found. Equal findings of the timer are counted here instead of
// being added to the history.
struct Checks {
  static constexpr std::string_view kTypeName = "StoredDatabaseChecks";
  std::string database_uuid;
  std::optional<base::Time> next_at;
  std::optional<Found> found;
  std::string digest, reason;
  std::string run_id;  // of the first of them
  base::Time since{}, last_at{};
  std::int64_t times = 0;

  template <class V>
  static void describe(V& field) {
    field("databaseUuid", &Checks::database_uuid);
    field("nextAt", &Checks::next_at);
    field("found", &Checks::found);
    field("digest", &Checks::digest);
    field("reason", &Checks::reason);
    field("runId", &Checks::run_id);
    field("since", &Checks::since);
    field("lastAt", &Checks::last_at);
    field("times", &Checks::times);
  }
};

// Who works on a database now; whoever finds another's that has not run out leaves the database alone.
struct Lease {
  static constexpr std::string_view kTypeName = "StoredDatabaseLease";
  std::string run_id;
  std::string worker;
  base::Time until{};

  template <class V>
  static void describe(V& field) {
    field("runId", &Lease::run_id);
    field("worker", &Lease::worker);
    field("until", &Lease::until);
  }
};

inline constexpr std::string_view kOpenRuns = "database-runs-open";    // pk of the index
inline constexpr std::string_view kDueChecks = "database-checks-due";  // pk of the index; sk: time and uuid
inline constexpr std::string_view kTargetType = "database";

store::Key database_key(std::string_view uuid);
store::Key spec_key(std::string_view uuid, std::int64_t number);
store::Key run_key(std::string_view uuid, std::string_view id);
store::Key checks_key(std::string_view uuid);
store::Key lease_key(std::string_view uuid);
// The mark that makes a name the only one of its workspace, and by which a workspace's databases are listed.
store::Key name_key(std::string_view workspace_id, std::string_view name);

template <class T>
base::Result<T> read(const store::Item& item);
extern template base::Result<Database> read<Database>(const store::Item&);
extern template base::Result<SpecVersion> read<SpecVersion>(const store::Item&);
extern template base::Result<Run> read<Run>(const store::Item&);
extern template base::Result<Checks> read<Checks>(const store::Item&);
extern template base::Result<Lease> read<Lease>(const store::Item&);

store::Item item_of(const Database& database);
store::Item item_of(const SpecVersion& spec);
store::Item item_of(const Run& run);  // in the index while it has not ended
store::Item item_of(const Checks& checks);
store::Item item_of(const Lease& lease, std::string_view database_uuid);

// Long texts, in parts, beside the item `of`.
int put_text(store::Transaction& tx, const store::Key& of, std::string_view text);
base::Result<std::string> read_text(store::Table& table, const store::Key& of, std::int64_t parts,
                                    base::Deadline deadline);

}  // namespace databases

template <>
inline constexpr auto json::kEnumNames<databases::CredentialsKind> =
    json::names<databases::CredentialsKind>({{databases::CredentialsKind::kIam, "iam"},
                                             {databases::CredentialsKind::kSecretsManager, "secretsmanager"},
                                             {databases::CredentialsKind::kSsm, "ssm"}});
template <>
inline constexpr auto json::kEnumNames<databases::SslMode> =
    json::names<databases::SslMode>({{databases::SslMode::kVerifyFull, "verify-full"},
                                     {databases::SslMode::kVerifyCa, "verify-ca"},
                                     {databases::SslMode::kRequire, "require"},
                                     {databases::SslMode::kDisable, "disable"}});
template <>
inline constexpr auto json::kEnumNames<databases::RunKind> =
    json::names<databases::RunKind>({{databases::RunKind::kPlan, "plan"},
                                     {databases::RunKind::kApply, "apply"},
                                     {databases::RunKind::kRotate, "rotate"},
                                     {databases::RunKind::kCheck, "check"}});
template <>
inline constexpr auto json::kEnumNames<databases::Found> =
    json::names<databases::Found>({{databases::Found::kInSync, "in-sync"},
                                   {databases::Found::kDrift, "drift"},
                                   {databases::Found::kFailed, "failed"}});

// What was asked for: the words of `stewardry db`, or a function's event, which says the same with other names. One
// described struct, so that an event is decoded strictly, with every problem at once.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/describe.h"

namespace db_cli {

enum class Action { kInit, kCheck, kPlan, kApply, kVerify, kRotate, kDrop };

struct Asked {
  static constexpr std::string_view kTypeName = "DatabaseEvent";
  Action action = Action::kPlan;
  std::optional<std::string> spec_file;  // "-": stdin
  std::optional<json::Value> spec;       // of an event: the document itself, as JSON or as its text
  std::optional<std::string> dsn, password_from, ca_bundle;
  bool iam = false;
  std::optional<std::string> timeout, lock_timeout, run_lock_timeout;
  std::optional<std::string> digest;
  bool auto_approve = false, no_access = false, no_secrets = false;
  std::optional<std::string> login, role, reassign_to, maintenance_database;
  bool terminate_sessions = false, dry_run = false;
  std::vector<std::string> databases;
  bool json = false;  // of the command line alone

  template <class V>
  static void describe(V& field) {
    field("action", &Asked::action);
    field("spec", &Asked::spec);
    field("specFile", &Asked::spec_file);
    field("dsn", &Asked::dsn);
    field("passwordFrom", &Asked::password_from);
    field("caBundle", &Asked::ca_bundle);
    field("iam", &Asked::iam, {.may_miss = true});
    field("timeout", &Asked::timeout);
    field("lockTimeout", &Asked::lock_timeout);
    field("runLockTimeout", &Asked::run_lock_timeout);
    field("digest", &Asked::digest);
    field("autoApprove", &Asked::auto_approve, {.may_miss = true});
    field("noAccess", &Asked::no_access, {.may_miss = true});
    field("noSecrets", &Asked::no_secrets, {.may_miss = true});
    field("login", &Asked::login);
    field("role", &Asked::role);
    field("reassignTo", &Asked::reassign_to);
    field("maintenanceDatabase", &Asked::maintenance_database);
    field("terminateSessions", &Asked::terminate_sessions, {.may_miss = true});
    field("dryRun", &Asked::dry_run, {.may_miss = true});
    field("databases", &Asked::databases, {.may_miss = true});
  }
};

base::Result<Asked> read_event(std::string_view text);

}  // namespace db_cli

template <>
inline constexpr auto json::kEnumNames<db_cli::Action> =
    json::names<db_cli::Action>({{db_cli::Action::kInit, "init"},
                                 {db_cli::Action::kCheck, "check"},
                                 {db_cli::Action::kPlan, "plan"},
                                 {db_cli::Action::kApply, "apply"},
                                 {db_cli::Action::kVerify, "verify"},
                                 {db_cli::Action::kRotate, "rotate"},
                                 {db_cli::Action::kDrop, "drop"}});

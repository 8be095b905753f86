// Brings a plan about, and proves it: one lock for the whole run, statements in transactions with lock time-outs,
// warnings as failures, inspection again at the end, logins that are tried. The command line, the function and the HTTP
// API call this, and nothing else of the pg_ modules but the spec. What they print of it is in pg_run/report.h.
//
// A run's meeting point is an advisory lock in the maintenance database: roles are the cluster's, advisory locks a
// database's. Where all statements concern one database the whole plan is one transaction; else additions of the
// cluster commit first, then each database, then removals of the cluster, and what was cut short is taken up by the
// next run, which inspects again.
//
//   Threads   one run, one thread. A SecretStore is called by that one.
//   Errors    as base::Error where nothing can be said of a plan (no connection, time-out); what was refused, and the
//             outcome of each statement, are in the report.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/entropy.h"
#include "base/result.h"
#include "base/secret.h"
#include "pg/connection.h"
#include "pg_plan/plan.h"
#include "pg_spec/spec.h"

namespace pg_run {

// A login and its password, as an application finds them at one place.
struct Held {
  std::string login;
  base::Secret password;
};

// Where one login's password stands: the place (file, Secrets Manager, SSM), and the name of the login within it, as
// the spec has it (of two alternates their group's). Several logins may share a place.
struct Slot {
  std::string place, name;
  bool alone = true;  // nobody else stands in this place
};

// Where passwords go. A slot holds what is current and, while it is being changed, what is pending; `publish` makes the
// pending one current in one step, and is repeated safely.
class SecretStore {
 public:
  virtual ~SecretStore() = default;
  virtual base::Result<std::optional<Held>> current(const Slot& slot) = 0;
  virtual base::Result<std::optional<Held>> pending(const Slot& slot) = 0;
  virtual base::Result<void> put_pending(const Slot& slot, const Held& held) = 0;
  virtual base::Result<void> publish(const Slot& slot, const Held& held) = 0;
};

struct Target {
  pg::Settings settings;  // of the executor; the database is exchanged as needed
  // The executor's password, in place of that of the settings: asked for at the first connection, and once more with
  // `refused` where the server does not take it, because a master secret is rotated by others. A token of IAM too.
  std::function<base::Result<base::Secret>(bool refused)> password = {};
  // A token of IAM, for a login that may have no password. Empty: such logins are reported as not tried.
  std::function<base::Result<base::Secret>(const std::string& login)> login_token = {};
  base::Deadline deadline = base::Deadline::never();
  std::chrono::milliseconds lock_timeout{5000};        // of each statement
  std::chrono::milliseconds statement_timeout{60000};  // of each statement
  std::chrono::milliseconds run_lock_timeout{60000};   // until another run is done
  bool effective_access = true;                        // whether the plan tells what is gained and lost
  // Called before each step that leaves a trace; an error ends the run there, as a crash would. For tests.
  std::function<base::Result<void>(std::string_view step)> before_step = {};
};

struct Planned {
  pg_plan::Plan plan;                    // with the passwords that are to be set
  bool proved = false;                   // run, and rolled back
  std::vector<std::string> not_proved;   // databases that must be created first
  std::vector<std::string> unpublished;  // logins whose rotation was cut short; `apply` brings it to its end
  std::string refused;                   // not empty: nothing may run, and why
};
// `secrets` null: no password is looked for. `prove`: run in transactions that are rolled back; else nothing is written
// and nothing locked.
base::Result<Planned> plan(const Target& target, const pg_spec::Spec& spec, SecretStore* secrets, bool prove);

struct Outcome {
  pg_plan::Statement statement;
  bool ok = false;
  double milliseconds = 0;
  std::string error;  // empty: none
};
struct Applied {
  pg_plan::Plan plan;
  std::vector<Outcome> outcomes;  // what was rolled back with a failure is not ok, and says so
  bool converged = false;         // inspected again: nothing is left to do
  std::string refused;            // the state moved, a right is missing, a guard refuses
};
// `digest` empty: whatever the plan is (--auto-approve). `secrets` null: passwords are left alone.
base::Result<Applied> apply(const Target& target, const pg_spec::Spec& spec, const std::string& digest,
                            SecretStore* secrets, base::Entropy& entropy);

struct Login {
  std::string role, database, expectation;  // "logs in", "may INSERT into app.orders", "may not CREATE in app"
  bool ok = false;
  std::string detail;  // what the server said, or why it was not tried
};
// Logs in as every login whose password or token is at hand, and tries what it may do and what it may not, in
// transactions that are rolled back. Where neither is at hand the executor takes the role on (SET ROLE), and says so.
base::Result<std::vector<Login>> verify(const Target& target, const pg_spec::Spec& spec, SecretStore* secrets);

struct DropOptions {
  std::string role, reassign_to;  // reassign_to empty: what it owns stands in the way
  bool terminate_sessions = false;
  bool dry_run = false;
  std::string maintenance_database = "postgres";
};
base::Result<Applied> drop(const Target& target, const DropOptions& options);

// Gives a login a new password, or with alternates gives the next of them one and makes it the current one; the one
// before keeps its own until the next rotation. One that was cut short is brought to its end first.
base::Result<Applied> rotate(const Target& target, const pg_spec::Spec& spec, const std::string& login,
                             SecretStore& secrets, base::Entropy& entropy);

// A spec whose plan is empty, of a live cluster and the databases that are named (none: the settings' own).
base::Result<std::string> init(const Target& target, const std::vector<std::string>& databases);

}  // namespace pg_run

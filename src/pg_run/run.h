// Brings a plan about, and proves it: one lock for the whole run, statements in transactions with lock time-outs,
// warnings as failures, inspection again at the end, logins that are tried. The command line, the function and the HTTP
// API call this, and nothing else of the pg_ modules but the spec.
//
//   Threads   one run, one thread.
//   Errors    as base::Error; outcomes of single statements are in the report.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/entropy.h"
#include "base/result.h"
#include "pg/connection.h"
#include "pg_plan/plan.h"
#include "pg_spec/spec.h"

namespace pg_run {

// Where passwords go; file, Secrets Manager, SSM.
class SecretStore {
 public:
  virtual ~SecretStore() = default;
  virtual base::Result<void> put_pending(const std::string& place, const std::string& login,
                                         const base::Secret& password) = 0;
  virtual base::Result<void> publish(const std::string& place, const std::string& login) = 0;
  virtual base::Result<std::optional<base::Secret>> current(const std::string& place, const std::string& login) = 0;
};

struct Target {
  pg::Settings settings;  // of the executor; the database is exchanged as needed
  base::Deadline deadline = base::Deadline::never();
  std::chrono::milliseconds lock_timeout{5000};
};

struct Planned {
  pg_plan::Plan plan;
  bool proved = false;                  // run, and rolled back
  std::vector<std::string> not_proved;  // databases that must be created first
};
base::Result<Planned> plan(const Target& target, const pg_spec::Spec& spec, bool prove);

struct Outcome {
  pg_plan::Statement statement;
  bool ok = false;
  double milliseconds = 0;
  std::string error;
};
struct Applied {
  pg_plan::Plan plan;
  std::vector<Outcome> outcomes;
  bool converged = false;  // inspected again: nothing is left to do
  std::string refused;     // the state moved, a right is missing, a guard refuses
};
// `digest` empty: whatever the plan is (--auto-approve).
base::Result<Applied> apply(const Target& target, const pg_spec::Spec& spec, const std::string& digest,
                            SecretStore& secrets, base::Entropy& entropy);

struct Login {
  std::string role, database, expectation;  // "logs in", "may INSERT into app.orders", "may not CREATE in app"
  bool ok = false;
  std::string detail;
};
base::Result<std::vector<Login>> verify(const Target& target, const pg_spec::Spec& spec, SecretStore& secrets);

struct DropOptions {
  std::string role, reassign_to;
  bool terminate_sessions = false;
};
base::Result<Applied> drop(const Target& target, const DropOptions& options);

base::Result<Applied> rotate(const Target& target, const pg_spec::Spec& spec, const std::string& login,
                             SecretStore& secrets, base::Entropy& entropy);

}  // namespace pg_run

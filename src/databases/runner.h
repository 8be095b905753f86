// The port to the database itself: what a run does there. The real one is PgRunner (databases/pg_runner.h), which calls
// pg_run; tests have one that only remembers.
//
//   Threads    any; each call may take as long as its deadline says, so never on an event loop.
//   Errors     as of pg_run. The message is public and shown to the workspace; passwords are in none.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "databases/database.h"

namespace databases {

// One JSON object in the words of `stewardry db`: statements with reason and risk, access gained and lost, warnings,
// outcomes. The numbers are taken from it; `refused` says why nothing may be run, or why it was not.
struct Report {
  std::string json;
  std::string digest;
  std::int64_t statements = 0, risky = 0, gained = 0, lost = 0, warnings = 0;
  std::string refused;
  bool done = true;  // of an application or a rotation: everything ran, and nothing is left to do
};

// What the domain has to know of a spec.
struct SpecFacts {
  struct Login {
    std::string name;
    std::string place;  // where its password goes: "secretsmanager:NAME"; empty: none is managed
  };
  std::vector<Login> logins;
};

// What was approved, and whether it was begun before and cut off.
struct Approved {
  std::string digest;
  std::string report;  // of the plan
  bool again = false;
};

class Runner {
 public:
  virtual ~Runner() = default;

  // kInvalid with every problem and its place. Touches no database.
  virtual base::Result<SpecFacts> read_spec(std::string_view text) = 0;

  // What would be run, proved by running it and rolling it back.
  virtual base::Result<Report> plan(const Database& database, std::string_view spec, base::Deadline deadline) = 0;
  // The same, proved by nothing: what differs.
  virtual base::Result<Report> check(const Database& database, std::string_view spec, base::Deadline deadline) = 0;
  // Refuses where the plan is not the approved one any more. One that was begun before and cut off goes on with what is
  // left, where every statement of it stood in the approved plan.
  virtual base::Result<Report> apply(const Database& database, std::string_view spec, const Approved& approved,
                                     base::Deadline deadline) = 0;
  virtual base::Result<Report> rotate(const Database& database, std::string_view spec, const std::string& login,
                                      base::Deadline deadline) = 0;
};

}  // namespace databases

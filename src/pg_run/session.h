// Of this module alone: the connections of one run. One to each database, kept until the run ends, so that a second
// inspection costs no second login; and the lock of the run, which is held by that of the maintenance database.
//
//   Threads   one.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pg/connection.h"
#include "pg_plan/plan.h"
#include "pg_run/run.h"

namespace pg_run {

class Session {
 public:
  explicit Session(const Target& target) : target_(target) {}

  // Empty: the settings' own database.
  base::Result<pg::Connection*> to(const std::string& database);
  // One more, that the caller keeps.
  base::Result<pg::Connection> open(const std::string& database);
  base::Result<pg::Connection> open_as(const std::string& login, const std::optional<base::Secret>& password,
                                       const std::string& database) const;
  void close(const std::string& database) { connections_.erase(database); }

  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] base::Deadline deadline() const { return target_.deadline; }
  [[nodiscard]] base::Result<void> step(std::string_view name) const {
    return target_.before_step ? target_.before_step(name) : base::Result<void>();
  }

 private:
  const Target& target_;
  std::optional<base::Secret> password_;
  std::map<std::string, std::unique_ptr<pg::Connection>, std::less<>> connections_;
};

// Why something cannot be done, and what an administrator has to run first.
struct Refusal {
  std::string why;
  std::vector<pg_plan::Statement> administrator;
};

// Takes the lock of the run; a refusal where that cannot be, nothing where it is held.
base::Result<std::optional<Refusal>> take_lock(Session& session, const std::string& maintenance_database);

// The refusal for a database that the executor may not connect to; nothing where the error is another one.
std::optional<Refusal> refusal_to_connect(Session& session, const base::Error& error, const std::string& database,
                                          const std::string& what_for);

}  // namespace pg_run

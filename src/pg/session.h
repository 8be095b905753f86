// Of this module alone: one libpq connection that never blocks past a deadline, save while a host name is looked up.
//
// Everything that is asked is one exchange: statements go out, results come back, read and write at once, so that a
// server that waits for us to read never waits for ever. An exchange that is broken off (deadline, or whoever takes the
// results wants no more) is cancelled and drained; where the server does not end it soon, the session is of no use any
// more, and says so at each later call.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "pg/connection.h"

struct pg_conn;
struct pg_result;

namespace pg {

struct Connection::Impl {
  static base::Result<std::unique_ptr<Impl>> open(const Settings& settings, base::Deadline deadline);
  ~Impl();

  // A result of the statement of this place; the taker owns it. An error breaks the exchange off.
  using Taker = std::function<base::Result<void>(std::size_t statement, pg_result* result)>;

  base::Result<void> ask(const std::string& sql, std::span<const std::optional<std::string>> parameters,
                         const Taker& taker, base::Deadline deadline);
  base::Result<void> ask_all(std::span<const std::string> statements, bool row_by_row, const Taker& taker,
                             base::Deadline deadline);

  pg_conn* handle = nullptr;
  bool verifies_by_default = false;
  bool broken = false;
  std::vector<Notice> notices;

 private:
  base::Result<void> connect(base::Deadline deadline);
  base::Result<void> usable() const;
  base::Result<void> collect(std::size_t count, bool row_by_row, const Taker& taker, base::Deadline deadline);
  base::Result<pg_result*> next(base::Deadline deadline);
  base::Error break_off(base::Error why, std::size_t syncs_left);
  base::Error lost();
  void request_cancel(base::Deadline patience) const;
};

}  // namespace pg

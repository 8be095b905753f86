// A connection to PostgreSQL, over libpq: what it takes, what it says, and nothing of SQL's meaning.
//
// Settings are libpq's (its environment, service files and .pgpass too); a password is never taken from a command line.
// TLS is required and verified (sslmode=verify-full) wherever the address is TCP and nobody set another sslmode; a Unix
// socket needs none. A warning of the server is kept, for whoever counts it as a failure; which ones are sent is the
// session's client_min_messages, which a role may have set otherwise.
//
//   Threads   one at a time.
//   Errors    kInvalid (a dsn that is none), kUnavailable (no connection, or lost: whether the last statement happened
//   is
//             not known), kUnauthenticated (the login is refused), kDeadline (the server is asked to cancel; the
//             connection stays of use where it does so within two seconds), kImpossible for what the server refuses.
//             What the server says has its SQLSTATE first in `detail`. No password is ever in an error.
//   Limits    10,000 notices are kept. While a host name is looked up a deadline does not hold: libpq does that.
//   Source    PostgreSQL documentation, "libpq - C Library".

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "base/secret.h"

namespace pg {

struct Settings {
  std::string dsn;                                           // a URI or keywords; empty: libpq's environment
  std::map<std::string, std::string, std::less<>> keywords;  // before those of the dsn: {"dbname", "shop"}
  base::Secret password;                                     // empty: as libpq finds it
};

struct Notice {
  std::string severity, sqlstate, message;  // "WARNING", "01006", ...
};

// Rows of one statement, as text; a NULL is none.
class Rows {
 public:
  [[nodiscard]] int size() const;
  [[nodiscard]] std::optional<std::string_view> at(int row, int column) const;
  [[nodiscard]] std::string_view text(int row, int column) const;  // empty where it is NULL
  [[nodiscard]] std::int64_t number(int row, int column) const;    // 0 where it is NULL
  [[nodiscard]] bool truth(int row, int column) const;
  [[nodiscard]] const std::string& command() const;  // "GRANT", "INSERT 0 1"

  struct Impl;
  explicit Rows(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

class Connection {
 public:
  static base::Result<Connection> open(const Settings& settings, base::Deadline deadline);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // One statement, with parameters as text; none is NULL.
  base::Result<Rows> query(const std::string& sql, std::span<const std::optional<std::string>> parameters,
                           base::Deadline deadline);
  base::Result<Rows> query(const std::string& sql, base::Deadline deadline);
  // Several, in one round trip (pipeline mode), each with its own outcome; after the first that fails the rest is not
  // run. Outside of a transaction that the statements begin and end they are one by themselves: a failure undoes what
  // came before it, and what cannot run in a transaction (CREATE DATABASE) can only come first.
  base::Result<std::vector<base::Result<Rows>>> pipeline(std::span<const std::string> statements,
                                                         base::Deadline deadline);
  // The same, row by row as they arrive, so that nothing is held: `rows` has one row. The first failure, of a statement
  // or of the taker, ends it.
  using RowTaker = std::function<base::Result<void>(std::size_t statement, const Rows& rows)>;
  base::Result<void> stream(std::span<const std::string> statements, const RowTaker& taker, base::Deadline deadline);

  // The same again, each with the time that it took and what the server warned of meanwhile: the server is asked to
  // send each outcome when it has it. Still one round trip.
  struct Ran {
    base::Result<Rows> rows;
    double milliseconds = 0;
    std::vector<Notice> notices;
  };
  base::Result<std::vector<Ran>> run(std::span<const std::string> statements, base::Deadline deadline);

  // What the server has warned of since the last call.
  [[nodiscard]] std::vector<Notice> take_notices();
  [[nodiscard]] int server_version() const;                     // 160004
  [[nodiscard]] std::string parameter(const char* name) const;  // as announced: "scram_iterations"; empty: not
  [[nodiscard]] bool in_transaction() const;

  struct Impl;

 private:
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// SQLSTATE of an error that came from the server; empty otherwise.
std::string_view sqlstate_of(const base::Error& error);

// Quoted always; names are never judged by their looks. Errors: none; a NUL ends a name, and is refused before.
std::string identifier(std::string_view name);
std::string literal(std::string_view text);

}  // namespace pg

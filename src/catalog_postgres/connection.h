// One connection to PostgreSQL: the one place of this module that speaks to libpq. Never blocks past a deadline, save
// while a host name is looked up, which libpq does on its own (docs/hazards/postgres.md).
//
// A session is read-only (default_transaction_read_only), has a statement_timeout, and has its statements prepared when
// open() returns. One thread at a time.
//
//   Errors     a Failure: the error for the caller (always kUnavailable or kDeadline, the detail holds the server's own
//              words and SQLSTATE), and what it means for this connection.

#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"
#include "base/secret.h"

struct pg_conn;
struct pg_result;

namespace catalog_postgres {

class Answer {
 public:
  [[nodiscard]] int rows() const;
  [[nodiscard]] bool is_null(int row, int column) const;
  [[nodiscard]] std::string_view text(int row, int column) const;  // empty for NULL; lives as long as the answer
  [[nodiscard]] int number(int row, int column) const;

 private:
  friend class Connection;
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

struct Failure {
  enum class Then {
    kKeep,        // the connection is good; the question was not answered
    kAskAnother,  // the connection is of no use any more; another one may answer
    kDrop,        // an answer may still arrive on the connection, which must not be used again; the time is up
  };
  Then then;
  base::Error error;
};
template <class T>
using Outcome = tl::expected<T, Failure>;

struct ConnectionOptions {
  base::Secret conninfo;  // libpq's connection string or URI
  std::chrono::milliseconds statement_timeout{5000};
  std::span<const std::string_view> statements;  // prepared; asked for by their place; must outlive the connections
};

// Whether libpq understands the text; kInvalid says what is wrong.
base::Result<void> check_conninfo(const base::Secret& conninfo);

class Connection {
 public:
  // Breaks off where `cancel_fd` becomes readable (-1: none).
  static base::Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options, base::Deadline deadline,
                                                        int cancel_fd);

  static constexpr std::size_t kTextsMax = 8;  // of one question

  // One round trip. Texts must not hold a NUL, and must be UTF-8.
  Outcome<Answer> ask(std::size_t statement, std::span<const std::string> texts, base::Deadline deadline);

  // Whether the server has not hung up as far as the kernel knows; no round trip.
  [[nodiscard]] bool is_alive();
  [[nodiscard]] bool is_used() const { return used_; }  // whether anything has been asked
  [[nodiscard]] std::chrono::steady_clock::time_point opened_at() const { return opened_at_; }

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  explicit Connection(pg_conn* handle) : handle_(handle) {}
  static Outcome<std::unique_ptr<Connection>> open_once(const ConnectionOptions& options, base::Deadline deadline,
                                                        int cancel_fd);
  Outcome<void> connect(base::Deadline deadline, int cancel_fd);
  Outcome<void> prepare_session(const ConnectionOptions& options, base::Deadline deadline, int cancel_fd);
  Outcome<Answer> finish(base::Deadline deadline, int cancel_fd);
  Failure lost() const;

  std::unique_ptr<pg_conn, Finish> handle_;
  bool used_ = false;
  std::chrono::steady_clock::time_point opened_at_ = std::chrono::steady_clock::now();
};

}  // namespace catalog_postgres

// One connection to an SQLite file, and its prepared statements: no copies on the way in, Results on the way out.
//
// For this module alone. A connection is used by one thread at a time, its statements die before it. What is bound is
// not copied: it must live until the statement is reset; what a column gives lives until the next step or reset.
// Errors: kCorrupt for a damaged file, kUnavailable for everything else (disk full, I/O, busy), with SQLite's words in
// the detail.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace store::internal {

class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  void bind_int(int place, std::int64_t value);
  void bind_blob(int place, std::string_view bytes);
  void bind_text(int place, std::string_view text);
  void bind_null(int place);

  [[nodiscard]] base::Result<bool> step();  // true: a row is there; false: done
  // Steps a statement that gives no row, and makes it ready for the next time.
  [[nodiscard]] base::Result<void> run();
  void reset();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t column_int(int column) const;
  [[nodiscard]] std::string_view column_bytes(int column) const;               // of a BLOB or a TEXT, with its NULs
  [[nodiscard]] std::optional<std::string> column_optional(int column) const;  // the same; none: NULL

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

enum class Access { kCreate, kWrite, kRead };

class Connection {
 public:
  // `vfs` names one that was registered; empty: the system's.
  static base::Result<std::unique_ptr<Connection>> open(const std::string& file, Access access, const std::string& vfs);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] base::Result<void> execute(const char* sql);
  [[nodiscard]] base::Result<Statement> prepare(std::string_view sql);
  // The one number or text that the query gives; none where it gives no row.
  [[nodiscard]] base::Result<std::optional<std::int64_t>> number(std::string_view sql);
  [[nodiscard]] base::Result<std::optional<std::string>> text(std::string_view sql);

  [[nodiscard]] std::int64_t changes() const;   // rows that the last statement changed
  [[nodiscard]] std::int64_t last_row() const;  // the number of the row that was inserted last
  [[nodiscard]] bool in_transaction() const;
  void keep_wal_on_close();

  // Makes an aggregate function `name` of one number, for queries of this connection: hands each to `take`, and gives
  // NULL. A loop within the engine costs half of one over its rows. `context` lives as long as the connection.
  using Take = void (*)(void* context, std::int64_t number);
  [[nodiscard]] base::Result<void> add_collector(const char* name, Take take, void* context);

  // Copies pages from the log into the file as far as readers allow. True when the log is copied whole.
  [[nodiscard]] base::Result<bool> checkpoint();
  // Copies all, waits for readers, and empties the log.
  [[nodiscard]] base::Result<void> checkpoint_and_truncate();
  // Copies the database as it is at one moment into the empty one of `to`; writers are not held up.
  [[nodiscard]] base::Result<void> copy_to(Connection& to);
  // Pages in the log after the last commit of this connection.
  [[nodiscard]] int wal_pages() const { return wal_pages_; }

 private:
  [[nodiscard]] base::Error last_error() const;
  explicit Connection(sqlite3* database) : database_(database) {}
  sqlite3* database_;
  int wal_pages_ = 0;
};

inline constexpr int kDamaged = 11;  // SQLITE_CORRUPT

// The error for a result code of SQLite.
[[nodiscard]] base::Error sqlite_error(int code, std::string_view detail);

}  // namespace store::internal

// The one place of this module that speaks to SQLite: a connection, a prepared statement, and a cursor over its answer.
//
// A connection waits for other writers and for recovery no longer than its deadline, and breaks off a statement that
// outlives it. All three belong to one thread at a time; statements must go before their connection.
//
//   Errors     kDeadline: the time ran out; kUnavailable: busy, disk full, I/O error; kCorrupt: the file is damaged or
//   is
//              no database. The detail holds SQLite's own words.

#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace catalog {

class SqliteStatement {
 public:
  SqliteStatement() = default;

 private:
  friend class SqliteConnection;
  friend class SqliteCursor;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

// One run of a statement; ends it when it goes. Texts bound are not copied and must outlive the cursor.
class SqliteCursor {
 public:
  explicit SqliteCursor(SqliteStatement& statement) : statement_(statement.handle_.get()) {}
  ~SqliteCursor();
  SqliteCursor(const SqliteCursor&) = delete;
  SqliteCursor& operator=(const SqliteCursor&) = delete;

  SqliteCursor& bind(int index, std::string_view text);
  SqliteCursor& bind(int index, int number);

  base::Result<bool> next();  // whether there is a row
  base::Result<void> run();   // for statements without an answer

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] int number(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::string_view view(int column) const;  // until the next row

 private:
  sqlite3_stmt* statement_;
};

class SqliteConnection {
 public:
  // Opens the file, making it where there is none.
  static base::Result<std::unique_ptr<SqliteConnection>> open(const std::filesystem::path& file,
                                                              base::Deadline deadline);

  // From here on nothing waits past it.
  void set_deadline(base::Deadline deadline) { deadline_ = deadline; }

  base::Result<SqliteStatement> prepare(std::string_view sql);
  base::Result<void> execute(const char* sql);   // one or more statements, whose answers are of no interest
  base::Result<int> number_of(const char* sql);  // of the first row's first column

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
  static int wait_while_busy(void* self, int tries);
  static int break_off(void* self);

  base::Deadline deadline_ = base::Deadline::never();
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace catalog

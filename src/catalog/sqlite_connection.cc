#include "catalog/sqlite_connection.h"

#include <algorithm>
#include <chrono>

#include <sqlite3.h>

namespace catalog {
namespace {

constexpr int kInstructionsBetweenLooks = 20'000;  // of SQLite's machine; about a millisecond
constexpr std::uint32_t kRetryAfter_s = 1;

tl::unexpected<base::Error> failure(sqlite3* connection, std::source_location where = std::source_location::current()) {
  const int code = connection == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(connection);
  std::string detail = connection == nullptr ? "out of memory" : sqlite3_errmsg(connection);
  detail += " (SQLite result " + std::to_string(code) + ")";
  switch (code & 0xff) {
    case SQLITE_INTERRUPT:
      return base::fail(base::Code::kDeadline, "The directory did not answer in time. Try again.", std::move(detail),
                        where);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::fail(base::Code::kCorrupt,
                        "The directory's file is damaged or is no directory. Restore it, or import again.",
                        std::move(detail), where);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_READONLY: {
      base::Error error(base::Code::kUnavailable, "The directory does not answer now. Try again later.",
                        std::move(detail), where);
      error.retry_after_s = kRetryAfter_s;
      return base::fail(std::move(error));
    }
    default:
      return base::fail(base::Code::kInternal, "The directory could not be read.", std::move(detail), where);
  }
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void SqliteConnection::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

SqliteCursor::~SqliteCursor() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

SqliteCursor& SqliteCursor::bind(int index, std::string_view text) {
  // A null pointer would bind NULL, and an empty view may have one.
  sqlite3_bind_text64(statement_, index, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

SqliteCursor& SqliteCursor::bind(int index, int number) {
  sqlite3_bind_int(statement_, index, number);
  return *this;
}

base::Result<bool> SqliteCursor::next() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return failure(sqlite3_db_handle(statement_));
  }
}

base::Result<void> SqliteCursor::run() {
  while (TRY(next())) {
  }
  return {};
}

bool SqliteCursor::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
int SqliteCursor::number(int column) const { return sqlite3_column_int(statement_, column); }

std::string SqliteCursor::text(int column) const { return std::string(view(column)); }

std::string_view SqliteCursor::view(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

base::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::filesystem::path& file,
                                                                       base::Deadline deadline) {
  sqlite3* handle = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(file.c_str(), &handle, kFlags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
  if (code != SQLITE_OK) return failure(handle);
  connection->set_deadline(deadline);
  sqlite3_busy_handler(handle, &SqliteConnection::wait_while_busy, connection.get());
  sqlite3_progress_handler(handle, kInstructionsBetweenLooks, &SqliteConnection::break_off, connection.get());
  return connection;
}

base::Result<SqliteStatement> SqliteConnection::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return failure(handle_.get());
  SqliteStatement statement;
  statement.handle_.reset(handle);
  return statement;
}

base::Result<void> SqliteConnection::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure(handle_.get());
  return {};
}

base::Result<int> SqliteConnection::number_of(const char* sql) {
  SqliteStatement statement = TRY(prepare(sql));
  SqliteCursor cursor(statement);
  const bool found = TRY(cursor.next());
  return found ? cursor.number(0) : 0;
}

int SqliteConnection::wait_while_busy(void* self, int tries) {
  const auto left = static_cast<SqliteConnection*>(self)->deadline_.left();
  if (left.count() <= 0) return 0;
  const auto pause = std::min<std::chrono::milliseconds>(left, std::chrono::milliseconds(std::min(1 + tries, 20)));
  sqlite3_sleep(static_cast<int>(pause.count()));
  return 1;
}

int SqliteConnection::break_off(void* self) { return static_cast<SqliteConnection*>(self)->deadline_.passed() ? 1 : 0; }

}  // namespace catalog

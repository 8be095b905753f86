#include "store/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/check.h"

namespace store::internal {

namespace {

// How long a lock that another process holds is waited for. Only its checkpoint or a hand-made change takes one.
constexpr int kBusy_ms = 1000;

std::string_view public_message(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "The data file is damaged; an operator must restore it from a backup.";
    case SQLITE_FULL:
      return "The disk of the data file is full; make room and try again.";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "Another process holds the data file; try again.";
    default:
      return "The data file cannot be used now; try again.";
  }
}

}  // namespace

static_assert(kDamaged == SQLITE_CORRUPT);

base::Error sqlite_error(int code, std::string_view detail) {
  const bool damaged = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
  return base::Error(damaged ? base::Code::kCorrupt : base::Code::kUnavailable, std::string(public_message(code)),
                     fmt::format("SQLite {}: {}", code, detail));
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

// Binding fails only for a wrong place, and for values past SQLite's limits, which are far above ours.
void Statement::bind_int(int place, std::int64_t value) {
  CHECK(sqlite3_bind_int64(statement_.get(), place, value) == SQLITE_OK, "a number can be bound");
}
void Statement::bind_blob(int place, std::string_view bytes) {
  // A null pointer would bind NULL, not the empty blob.
  const char* data = bytes.data() ? bytes.data() : "";
  CHECK(sqlite3_bind_blob64(statement_.get(), place, data, bytes.size(), SQLITE_STATIC) == SQLITE_OK,
        "a blob can be bound");
}
void Statement::bind_text(int place, std::string_view text) {
  const char* data = text.data() ? text.data() : "";
  CHECK(sqlite3_bind_text64(statement_.get(), place, data, text.size(), SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK,
        "a text can be bound");
}
void Statement::bind_null(int place) {
  CHECK(sqlite3_bind_null(statement_.get(), place) == SQLITE_OK, "NULL can be bound");
}

base::Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* database = sqlite3_db_handle(statement_.get());
  base::Error error = sqlite_error(sqlite3_extended_errcode(database), sqlite3_errmsg(database));
  sqlite3_reset(statement_.get());
  return base::fail(std::move(error));
}

base::Result<void> Statement::run() {
  const base::Result<bool> row = step();
  if (!row) return base::fail(row.error());
  CHECK(!*row, "a statement that is run gives no row");
  reset();
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
std::int64_t Statement::column_int(int column) const { return sqlite3_column_int64(statement_.get(), column); }
std::optional<std::string> Statement::column_optional(int column) const {
  if (is_null(column)) return std::nullopt;
  return std::string(column_bytes(column));
}

std::string_view Statement::column_bytes(int column) const {
  // column_blob leaves a text as it is, and gives null for one without bytes.
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data ? std::string_view(static_cast<const char*>(data), size) : std::string_view();
}

base::Result<std::unique_ptr<Connection>> Connection::open(const std::string& file, Access access,
                                                           const std::string& vfs) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (access == Access::kCreate) flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (access == Access::kWrite) flags |= SQLITE_OPEN_READWRITE;
  if (access == Access::kRead) flags |= SQLITE_OPEN_READONLY;
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &database, flags, vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<Connection> connection(new Connection(database));
  if (code != SQLITE_OK) {
    const char* words = database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    return base::fail(sqlite_error(code, fmt::format("{}: {}", file, words)));
  }
  sqlite3_busy_timeout(database, kBusy_ms);
  // Takes the place of SQLite's own checkpoints: when the log is copied is the writer's to say.
  sqlite3_wal_hook(
      database,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Connection*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      connection.get());
  return connection;
}

Connection::~Connection() { sqlite3_close(database_); }

base::Error Connection::last_error() const {
  return sqlite_error(sqlite3_extended_errcode(database_), sqlite3_errmsg(database_));
}

base::Result<void> Connection::execute(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return base::fail(last_error());
  return {};
}

base::Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) return base::fail(last_error());
  return Statement(statement);
}

base::Result<std::optional<std::int64_t>> Connection::number(std::string_view sql) {
  Statement statement = TRY(prepare(sql));
  if (!TRY(statement.step())) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(statement.column_int(0));
}

base::Result<std::optional<std::string>> Connection::text(std::string_view sql) {
  Statement statement = TRY(prepare(sql));
  if (!TRY(statement.step())) return std::optional<std::string>();
  return std::optional<std::string>(statement.column_bytes(0));
}

std::int64_t Connection::changes() const { return sqlite3_changes64(database_); }
std::int64_t Connection::last_row() const { return sqlite3_last_insert_rowid(database_); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

void Connection::keep_wal_on_close() {
  sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, static_cast<int*>(nullptr));
}

base::Result<void> Connection::add_collector(const char* name, Take take, void* context) {
  struct Collector {
    Take take;
    void* context;
  };
  const auto step = [](sqlite3_context* call, int, sqlite3_value** values) {
    const auto* collector = static_cast<Collector*>(sqlite3_user_data(call));
    collector->take(collector->context, sqlite3_value_int64(values[0]));
  };
  const auto end = [](sqlite3_context* call) { sqlite3_result_null(call); };
  const auto destroy = [](void* collector) { delete static_cast<Collector*>(collector); };
  if (sqlite3_create_function_v2(database_, name, 1, SQLITE_UTF8, new Collector{take, context}, nullptr, step, end,
                                 destroy) != SQLITE_OK)
    return base::fail(last_error());
  return {};
}

base::Result<bool> Connection::checkpoint() {
  int in_log = 0;
  int copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
  if ((code & 0xff) == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) return base::fail(last_error());
  return in_log == copied;
}

base::Result<void> Connection::checkpoint_and_truncate() {
  if (sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) != SQLITE_OK)
    return base::fail(last_error());
  return {};
}

base::Result<void> Connection::copy_to(Connection& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.database_, "main", database_, "main");
  if (!backup) return base::fail(to.last_error());
  sqlite3_backup_step(backup, -1);  // all pages in one step are of one moment; its error is that of the finish
  if (sqlite3_backup_finish(backup) != SQLITE_OK) return base::fail(to.last_error());
  return {};
}

}  // namespace store::internal

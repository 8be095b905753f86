// A member row needs its workspace and its user; a team member row its team and its user. Somebody may be named in a
// team of a workspace without being its member, as in the platform's own tables; every question joins both, so that
// such a row gives nothing until they are a member (again). Both ways of asking (who is in it, what is she in) have an
// index that answers alone; and so has "who is in it with this bit", for the few administrators of many thousands.
//
// Versions: 2 added members_by_bit. A file of an older version is brought up when it is opened.

#include "catalog/sqlite_schema.h"

#include <fmt/format.h>

#include "catalog/sqlite_directory.h"

namespace catalog {
namespace {

constexpr int kApplicationId = 0x53746477;  // "Stdw"
constexpr int kMappedBytesMax = 1 << 30;

constexpr const char* kMembersByBit = "CREATE INDEX members_by_bit ON members (workspace_id, permission_bit, user_id)";

constexpr const char* kTables = R"sql(
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workspaces (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  permission_bit INTEGER NOT NULL CHECK (permission_bit IN (0, 1, 2, 4, 8, 16, 32)),
  PRIMARY KEY (workspace_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user_id, workspace_id, permission_bit);

CREATE TABLE teams (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  UNIQUE (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE team_members (
  team_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  PRIMARY KEY (team_id, user_id),
  FOREIGN KEY (workspace_id, team_id) REFERENCES teams (workspace_id, id),
  FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_members_by_user ON team_members (user_id, workspace_id, team_id);

CREATE TABLE operators (
  user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id)
) STRICT, WITHOUT ROWID;
)sql";

base::Result<void> make_or_check_tables(SqliteConnection& connection) {
  const int application = TRY(connection.number_of("PRAGMA application_id"));
  const int version = TRY(connection.number_of("PRAGMA user_version"));
  const auto sign = [&] {
    return connection.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId,
                                          SqliteDirectory::kSchemaVersion)
                                  .c_str());
  };
  if (application == 0 && version == 0 && TRY(connection.number_of("SELECT count(*) FROM sqlite_schema")) == 0) {
    TRY(connection.execute(kTables));
    TRY(connection.execute(kMembersByBit));
    return sign();
  }
  if (application != kApplicationId) {
    return base::fail(base::Code::kImpossible,
                      "directory.db is a database of something else. Move it away, and import again.",
                      fmt::format("application_id {:#x}", application));
  }
  if (version == 1) {
    TRY(connection.execute(kMembersByBit));
    return sign();
  }
  if (version != SqliteDirectory::kSchemaVersion) {
    return base::fail(
        base::Code::kImpossible,
        fmt::format("directory.db has schema version {}, and this program knows version {}. Use the program "
                    "that wrote it, or a newer one.",
                    version, SqliteDirectory::kSchemaVersion));
  }
  return {};
}

// SQLite does not call the busy handler when it changes the journal mode, so two processes that make the file at the
// same moment would fail one another. It does call it for a transaction, and that is how to wait for the other one.
base::Result<void> use_write_ahead_log(SqliteConnection& connection, base::Deadline deadline) {
  while (true) {
    base::Result<void> done = connection.execute("PRAGMA journal_mode = WAL");
    if (done || done.error().code != base::Code::kUnavailable || deadline.passed()) return done;
    TRY(connection.execute("BEGIN IMMEDIATE; COMMIT"));
  }
}

}  // namespace

// The file is mapped and not read: a question goes through half a dozen pages, and a read(2) of each costs as much
// again as the whole question (bench/directory_main.cc).
base::Result<void> prepare_connection(SqliteConnection& connection) {
  return connection.execute(fmt::format("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA mmap_size = {}; "
                                        "PRAGMA cache_size = -{}",
                                        kMappedBytesMax, SqliteDirectory::kReaderCache_kib)
                                .c_str());
}

base::Result<void> prepare_file(SqliteConnection& connection, base::Deadline deadline) {
  TRY(use_write_ahead_log(connection, deadline));
  TRY(prepare_connection(connection));
  TRY(connection.execute("BEGIN IMMEDIATE"));
  if (base::Result<void> made = make_or_check_tables(connection); !made) {
    (void)connection.execute("ROLLBACK");
    return made;
  }
  return connection.execute("COMMIT");
}

}  // namespace catalog

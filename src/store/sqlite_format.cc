#include "store/sqlite_format.h"

#include <fmt/format.h>

#include "store/files.h"
#include "store/sqlite_table.h"

namespace store::internal {

namespace {

// Since format 4.
constexpr const char* kItems = R"(
CREATE TABLE item (
  id         INTEGER PRIMARY KEY,
  pk         BLOB NOT NULL,
  sk         BLOB NOT NULL,
  gsi1pk     BLOB,
  gsi1sk     BLOB,
  type       TEXT NOT NULL,
  version    INTEGER NOT NULL CHECK (version >= 1),
  attributes TEXT NOT NULL,
  UNIQUE (pk, sk),
  CHECK ((gsi1pk IS NULL) = (gsi1sk IS NULL))
) STRICT;
CREATE INDEX item_gsi1 ON item (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;
)";

// Up to format 3 an item stood in the tree of its key. Rows so long leave room for a few in a page of that tree, also in
// its inner pages, which made it high.
constexpr const char* kItemsAnew[] = {
    "DROP INDEX item_gsi1; ALTER TABLE item RENAME TO item_by_key;",
    "INSERT INTO item (pk, sk, gsi1pk, gsi1sk, type, version, attributes)"
    " SELECT pk, sk, gsi1pk, gsi1sk, type, version, attributes FROM item_by_key ORDER BY pk, sk;"
    "DROP TABLE item_by_key;"};

// Since format 4.
constexpr const char* kSets = R"(
CREATE TABLE set_name (
  id   INTEGER PRIMARY KEY,
  name BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE listed (
  id     INTEGER PRIMARY KEY,
  pk     BLOB NOT NULL,
  sk     BLOB NOT NULL,
  name   BLOB,
  time   INTEGER NOT NULL CHECK (time >= 0),
  facets TEXT NOT NULL,
  sets   BLOB NOT NULL
) STRICT;
CREATE TABLE member_by_name (
  set_id INTEGER NOT NULL,
  name   BLOB NOT NULL,
  id     INTEGER NOT NULL,
  PRIMARY KEY (set_id, name, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE member_by_time (
  set_id INTEGER NOT NULL,
  time   INTEGER NOT NULL,
  id     INTEGER NOT NULL,
  PRIMARY KEY (set_id, time, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE rebuild (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  pk  BLOB NOT NULL,
  sk  BLOB NOT NULL
) STRICT;
)";

// Formats 2 and 3 had the same tables with ids of their own; 2 with a place by name also for what has none.
constexpr const char* kNoSets =
    "DROP TABLE set_name; DROP TABLE listed; DROP TABLE member_by_name; DROP TABLE member_by_time; DROP TABLE rebuild;";

// Whatever is in an older file is still to be listed.
constexpr const char* kAllIsToBeRebuilt =
    "INSERT INTO rebuild SELECT 1, x'', x'' WHERE EXISTS (SELECT 1 FROM item LIMIT 1);";

// secure_delete=FAST wipes what is deleted where that costs no further page. The cache is the writer's: 24 MB, since an
// item in a thousand sets touches two thousand pages, and creations touch pages all over the tree. A log that outgrew
// its size (a long backup) is cut back when it is begun anew.
constexpr const char* kWriterSettings = R"(
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA journal_size_limit = 67108864;
PRAGMA cache_size = -24576;
PRAGMA secure_delete = FAST;
PRAGMA trusted_schema = OFF;
)";

base::Result<void> in_one_transaction(Connection& connection, const std::string& sql) {
  TRY(connection.execute("BEGIN IMMEDIATE"));
  TRY(connection.execute(sql.c_str()));
  TRY(connection.execute(
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT", kApplicationId, kFormatVersion)
          .c_str()));
  return {};
}

// Makes the schema in a new file, brings an older one up to it, refuses a file that is not for us.
base::Result<void> check_format(Connection& connection, const std::string& file) {
  const std::int64_t application = TRY(connection.number("PRAGMA application_id")).value_or(0);
  const std::int64_t version = TRY(connection.number("PRAGMA user_version")).value_or(0);
  const std::int64_t objects = TRY(connection.number("SELECT count(*) FROM sqlite_schema")).value_or(0);
  if (application == 0 && version == 0 && objects == 0)
    return in_one_transaction(connection, fmt::format("{}{}", kItems, kSets));
  if (application != kApplicationId)
    return base::fail(base::Code::kImpossible,
                      fmt::format("{} is a database of another program; name a data file of Stewardry.", file));
  if (version > kFormatVersion)
    return base::fail(base::Code::kImpossible,
                      fmt::format("{} was written by a newer Stewardry (format {}; this one knows up to {}). Start the "
                                  "newer program, or restore a backup that was made before.",
                                  file, version, kFormatVersion));
  if (version == kFormatVersion) return {};
  if (version < 1)
    return base::fail(base::Code::kCorrupt,
                      fmt::format("{} says that it has format {}, which never was.", file, version));
  return in_one_transaction(connection, fmt::format("{}{}{}{}{}{}", kItemsAnew[0], kItems, kItemsAnew[1],
                                                    version == 1 ? "" : kNoSets, kSets, kAllIsToBeRebuilt));
}

}  // namespace

base::Result<std::unique_ptr<Connection>> open_for_writing(const std::string& file, const std::string& vfs) {
  std::unique_ptr<Connection> connection = TRY(Connection::open(file, Access::kCreate, vfs));
  TRY(connection->execute(kWriterSettings));
  TRY(check_format(*connection, file));
  const std::optional<std::string> mode = TRY(connection->text("PRAGMA journal_mode = WAL"));
  if (mode != "wal")
    return base::fail(base::Code::kImpossible,
                      fmt::format("{} cannot have a write-ahead log; it must be on a local disk.", file));
  TRY(sync_folder_of(file));
  return connection;
}

base::Result<bool> listings_are_built(Connection& connection) {
  if (TRY(connection.number("PRAGMA user_version")).value_or(0) < kFormatWithSets)
    return TRY(connection.number("SELECT EXISTS (SELECT 1 FROM item)")) == 0;
  return TRY(connection.number("SELECT EXISTS (SELECT 1 FROM rebuild)")) == 0;
}

}  // namespace store::internal

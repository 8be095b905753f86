// The schema of the SQLite data file: making it, bringing an older one up to it, refusing what is not ours. For this
// module alone; the format and its reasons stand at the head of sqlite_table.cc.
//
// open_for_writing() gives a connection with the settings of a writer, on a file that has this program's format and a
// write-ahead log. Errors: those of open_sqlite_table (store/sqlite_table.h).

#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/sqlite_connection.h"

namespace store::internal {

[[nodiscard]] base::Result<std::unique_ptr<Connection>> open_for_writing(const std::string& file,
                                                                         const std::string& vfs);

// Whether every item is in its sets: not so after a migration from a format without sets, until they are rebuilt
// (rebuild_listings in store/maintenance.h). Of a file of any format that this program knows.
[[nodiscard]] base::Result<bool> listings_are_built(Connection& connection);

}  // namespace store::internal

// The tables of directory.db, and the SQL that answers each question. The file carries an application id, so that no
// other database is taken for a directory, and a schema version (user_version), so that an old program does not misread
// a new file.

#pragma once

#include "base/deadline.h"
#include "base/result.h"
#include "catalog/sqlite_connection.h"

namespace catalog {

// Makes the tables where the file is new; refuses a file that is not a directory or that is newer than this program.
// Sets the connection up for use in any case. Any number of processes may do it at the same time.
base::Result<void> prepare_file(SqliteConnection& connection, base::Deadline deadline);
// Settings that belong to a connection, not to the file.
base::Result<void> prepare_connection(SqliteConnection& connection);

}  // namespace catalog

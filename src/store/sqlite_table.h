// The state table in one SQLite file. Contract, errors and limits: store/table.h. The file's format and the commit
// protocol, with their reasons: the head of sqlite_table.cc.
//
// One table per file and process: that no second server opens the file is for the caller to see to (a lock file). Other
// processes may read it at any time: backup and check of store/maintenance.h, or the sqlite3 shell.
//
//   Owns       the connections and the writer's thread. The destructor answers what is queued, folds the log into the
//              file, and closes it; nobody may be calling then.
//   Sets       in a file of a format without sets (1) nobody stands in any set yet. While that is so, select() and
//              count() give kUnavailable rather than a part of the truth; see listings_built and rebuild_listings in
//              store/maintenance.h.
//   Errors     of open: kImpossible for a file of a newer version or of another program, kCorrupt for one that is no
//              database, kUnavailable where it cannot be read or written.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "store/table.h"

namespace store {

struct SqliteOptions {
  std::string file;                                      // made when it is not there; its folder must be
  base::Registry* metrics = nullptr;                     // lives longer than the table; none: counted for nobody
  base::Logger* log = nullptr;                           // the same; none: silent
  std::size_t queue_units_max = 1024;                    // units of work that may wait for the writer
  int wal_pages_max = 10000;                             // of 4 KB: at this size the log is copied into the file
  std::chrono::milliseconds checkpoint_when_idle{1000};  // or when nothing was written for so long
  std::string vfs;                                       // of SQLite; the tests put one with faults here
};

base::Result<std::unique_ptr<Table>> open_sqlite_table(const SqliteOptions& options);

inline constexpr std::int64_t kFormatVersion = 4;           // PRAGMA user_version of what this program writes
inline constexpr std::int64_t kFormatWithSets = 4;          // the first that has them as they are now
inline constexpr std::int64_t kApplicationId = 0x53547264;  // "STrd": PRAGMA application_id

}  // namespace store

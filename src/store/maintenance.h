// Care for the SQLite data file from outside of the server: backup, restore, check. docs/operate/backup.md says when
// and how.
//
// back_up() and check_data_file() may run at any time, in any process, while a server reads and writes the same file:
// they see one moment of it and hold nobody up (the server's log grows while they run). restore() needs the folder for
// itself: that no server runs in it is for the caller to see to, by the lock that the server holds. Nothing is half
// there when they fail or are killed: a copy is made under another name, checked, flushed, and then renamed; what a
// killed one leaves behind ends in
// ".partial-<number>" and can be deleted.
//
//   Errors   kNotFound: no such file. kConflict: the target is there already. kImpossible: not a data file of ours, or
//   of a
//            newer program. kCorrupt: the source is damaged; the detail has the findings. kUnavailable: the disk.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace store {

inline constexpr const char* kDataFileName = "state.db";  // within the data folder

struct CheckReport {
  std::uint64_t items = 0;
  std::uint64_t index_entries = 0;
  std::map<std::string, std::uint64_t> items_by_type;
  std::uint64_t file_bytes = 0;
  std::vector<std::string> findings;  // sentences; empty: all is well. At most kFindingsMax of each kind
};
inline constexpr int kFindingsMax = 100;

// The structure of the file, and what this program promises of each item: version, attributes, index key, limits. Reads
// the whole file.
[[nodiscard]] base::Result<CheckReport> check_data_file(const std::string& file);

// `to` must not be there. The copy is a file of its own, without a log, and has been checked.
[[nodiscard]] base::Result<CheckReport> back_up(const std::string& file, const std::string& to);

enum class Existing { kRefuse, kReplace };
struct Restored {
  CheckReport report;
  std::string replaced;  // where the file that was there is now; empty: there was none
};
[[nodiscard]] base::Result<Restored> restore(const std::string& backup, const std::string& folder, Existing existing);

}  // namespace store

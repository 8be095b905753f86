// Care for the SQLite data file from outside of the server: backup, restore, check, rebuilding of the sets.
// docs/operate/backup.md says when and how.
//
// back_up() and check_data_file() may run at any time, in any process, while a server reads and writes the same file:
// they see one moment of it and hold nobody up (the server's log grows while they run). restore() needs the folder for
// itself: that no server runs in it is for the caller to see to, by the lock that the server holds. Nothing is half
// there when they fail or are killed: a copy is made under another name, checked, flushed, and then renamed; what a
// killed one leaves behind ends in ".partial-<number>" and can be deleted. rebuild_listings() needs the file for itself
// too; the server calls it before it opens the table.
//
//   Errors   kNotFound: no such file. kConflict: the target is there already. kImpossible: not a data file of ours, or
//            of a newer program. kCorrupt: the source is damaged; the detail has the findings. kUnavailable: the disk.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/table.h"

namespace store {

inline constexpr const char* kDataFileName = "state.db";  // within the data folder

// Says of an item what its listing is to be: what the writes of its module list. `lookup` reads other items, of the
// same moment; an item that it does not find is no error.
using Lookup = std::function<base::Result<std::optional<Item>>(const Key&)>;
using Lister = std::function<base::Result<std::optional<Listing>>(const Item& item, const Lookup& lookup)>;

struct CheckReport {
  std::uint64_t items = 0;
  std::uint64_t index_entries = 0;
  std::uint64_t listed_items = 0;  // that stand in a set
  std::uint64_t set_entries = 0;   // in all sets together
  bool listings_built = true;      // no: the sets are not looked at; rebuild_listings() makes them
  std::map<std::string, std::uint64_t> items_by_type;
  std::uint64_t file_bytes = 0;
  std::vector<std::string> findings;  // sentences; empty: all is well. At most kFindingsMax of each kind
};
inline constexpr int kFindingsMax = 100;

// The structure of the file; what this program promises of each item: version, attributes, index key, limits; that the
// sets agree with one another; and, where there is a lister, that each item stands where it is to stand. Reads the
// whole file.
[[nodiscard]] base::Result<CheckReport> check_data_file(const std::string& file, const Lister& lister = nullptr);

// Whether the sets are there: not so in a file of a format without sets (1), nor after a rebuilding that was cut short,
// until rebuild_listings() has gone through. Of a file that is not there: yes, there is nothing to build.
[[nodiscard]] base::Result<bool> listings_built(const std::string& file);

struct Rebuilt {
  std::uint64_t items = 0;         // that were looked at
  std::uint64_t listed_items = 0;  // of these
};
// Makes the sets anew from the items; brings a file of an older format up to this one first. In many transactions, so
// neither memory nor the log grows with the file. Where it is killed or fails (the lister's error is its error), the
// listings are not built, and the next call goes on behind what was done: up to so many items are done again.
inline constexpr int kItemsPerStep = 100'000;
[[nodiscard]] base::Result<Rebuilt> rebuild_listings(const std::string& file, const Lister& lister,
                                                     int items_per_step = kItemsPerStep);
// What a server does before it opens the table: rebuilds where the listings are not built, and else nothing (none). The
// file is made where it is not there.
[[nodiscard]] base::Result<std::optional<Rebuilt>> build_missing_listings(const std::string& file,
                                                                          const Lister& lister);

// `to` must not be there. The copy is a file of its own, without a log, and has been checked.
[[nodiscard]] base::Result<CheckReport> back_up(const std::string& file, const std::string& to);

enum class Existing { kRefuse, kReplace };
struct Restored {
  CheckReport report;
  std::string replaced;  // where the file that was there is now; empty: there was none
};
[[nodiscard]] base::Result<Restored> restore(const std::string& backup, const std::string& folder, Existing existing);

}  // namespace store

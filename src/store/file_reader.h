// Reads the items of an SQLite data file from outside of the server, also while one runs: everything that one reader
// reads is of one moment, and nobody is held up (the server's log grows while the reader lives).
//
//   Owns     a connection of its own; nothing is written.
//   Threads  one at a time.
//   Errors   kNotFound: no such file. kImpossible: not a data file of ours, or of a newer program. kCorrupt,
//            kUnavailable: as of the state table. What `each` gives ends the walk and is passed on.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/table.h"

namespace store {

class FileReader {
 public:
  static base::Result<std::unique_ptr<FileReader>> open(const std::string& file);
  virtual ~FileReader() = default;
  // Every item whose pk begins with the prefix, in the order of keys.
  virtual base::Result<void> walk(std::string_view pk_prefix,
                                  const std::function<base::Result<void>(const Item&)>& each) = 0;
};

}  // namespace store

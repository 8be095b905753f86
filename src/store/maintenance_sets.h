// The part of check_data_file (store/maintenance.h) that looks at the sets. For this module alone; reads within the
// transaction of its caller, in memory that does not grow with the file. Findings go into the report; an error is the
// engine's.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/maintenance.h"
#include "store/sqlite_connection.h"

namespace store::internal {

[[nodiscard]] base::Result<void> check_sets(Connection& file, const Lister& lister, CheckReport& report);

// For sentences: item "pk" "sk".
[[nodiscard]] std::string item_in_words(std::string_view pk, std::string_view sk);

// Reads items by key, as a lister does.
class ItemLookup {
 public:
  static base::Result<ItemLookup> make(Connection& connection);
  [[nodiscard]] base::Result<std::optional<Item>> get(const Key& key);

 private:
  explicit ItemLookup(Statement get) : get_(std::move(get)) {}
  Statement get_;
};

}  // namespace store::internal

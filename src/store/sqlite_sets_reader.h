// Reads of the sets of the SQLite state table: pages and counts of a union of sets.
//
// For this module alone; one thread at a time, on its reader's connection and within its reader's snapshot. A page is a
// merge of one sorted stream a set; a stream holds a few rows and seeks its next ones with the one statement that all
// of them share, so ten thousand sets cost ten thousand seeks at most, and no statement each. Of a set only what the
// page shows is read, a few rows around it aside.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/rules.h"
#include "store/sqlite_connection.h"
#include "store/table.h"

namespace store::internal {

class SetsReader {
 public:
  static base::Result<SetsReader> make(Connection& connection);
  SetsReader(SetsReader&& other) noexcept;
  ~SetsReader();

  [[nodiscard]] base::Result<ListedPage> select(const Selection& selection, const std::optional<ListedPlace>& after,
                                                base::Deadline deadline);
  [[nodiscard]] base::Result<std::uint64_t> count(const Selection& selection, base::Deadline deadline);

 private:
  class Merge;
  class Numbers;
  SetsReader(Connection& connection, Statement set_id, Statement entry);

  [[nodiscard]] base::Result<std::vector<std::int64_t>> ids_of(std::span<const std::string> names);
  [[nodiscard]] base::Result<Statement*> rows_for(const Selection& selection);
  [[nodiscard]] base::Result<Statement*> count_for(Selection::Order order, bool one_set);
  [[nodiscard]] base::Result<Listed> entry(std::int64_t id);

  Connection* connection_;
  Statement set_id_;
  Statement entry_;
  std::array<std::optional<Statement>, 4> rows_;    // made when first asked for
  std::array<std::optional<Statement>, 4> counts_;  // the same
  std::unique_ptr<Numbers> numbers_;                // what a count has met; the statements hold its address
};

// The statement for the next rows of one set. Parameters: 1 the set, 2 and 3 the place (name or time, id) after which
// they come, 4 the bound towards which they go, 5 how many.
[[nodiscard]] std::string member_rows_sql(Selection::Order order, bool descending);
// How many members of one set are within bounds, or a call of numbers() with the id of each. Parameters: 1 the set, 2
// and 3 the bounds.
[[nodiscard]] std::string member_count_sql(Selection::Order order, bool one_set);

}  // namespace store::internal

// What every implementation of the state table says to its caller in the same words: the limits, and the cursor.
//
// Checks give kInvalid with a sentence that names the write, the limit and what was sent. A cursor holds the place
// after which the next page begins, and a digest over the query and the place; so a cursor of another query, a
// shortened one and an altered one are all refused. The digest is no secret: it finds mistakes, it does not keep
// anybody out. The size of a page is not part of the query: the next page may be asked for with another. Pure; any
// thread.

#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "store/table.h"

namespace store {

[[nodiscard]] base::Result<void> check_key(const Key& key);
[[nodiscard]] base::Result<void> check_keys(std::span<const Key> keys);        // of one get_many
[[nodiscard]] base::Result<void> check_query(const Query& query);              // all but the cursor
[[nodiscard]] base::Result<void> check_selection(const Selection& selection);  // all but the cursor
[[nodiscard]] base::Result<void> check_writes(std::span<const Write> writes);

// What an implementation answers where an expectation did not hold, and where the time ran out before anything was
// tried.
[[nodiscard]] base::Error conflict();
[[nodiscard]] base::Result<void> check_time(base::Deadline deadline);
[[nodiscard]] bool holds(const Expectation& expect, Version found);  // `found` is 0 for absent
[[nodiscard]] bool holds(const Write& write, Version found);

[[nodiscard]] const Key& key_of(const Write& write);
[[nodiscard]] std::size_t bytes_of(const Item& item);  // what kItemBytesMax limits: keys, type and attributes

// After which entry a page begins. `index_sk` is empty for a query by key.
struct Place {
  std::string index_sk;
  Key key;
};
[[nodiscard]] std::string make_cursor(const Query& query, const Place& place);
// None for the empty cursor: from the start.
[[nodiscard]] base::Result<std::optional<Place>> parse_cursor(const Query& query);

// After which entry a page of a selection begins: name or time, whichever the order is by, and what the table tells
// entries of the same name or time apart by: a number that an item keeps while it stands in a set.
struct ListedPlace {
  std::string name;
  std::int64_t time = 0;
  std::int64_t number = 0;
};
[[nodiscard]] std::string make_cursor(const Selection& selection, const ListedPlace& place);
[[nodiscard]] base::Result<std::optional<ListedPlace>> parse_cursor(const Selection& selection);

}  // namespace store

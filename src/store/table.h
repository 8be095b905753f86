// The state table: everything that Stewardry must remember, in one table with one index and with sets.
//
// A table holds items. An item is found by its key (pk, sk), or through the index by its index key, where it has one.
// Items of one pk, and entries of one index pk, are ordered by their sk, bytewise; entries of the index with the same
// index key are ordered by their key.
//
// An item can also stand in any number of named sets: a write lists it there, with a name, a time and a short text to
// filter by. Sets answer what one index key cannot: select() walks the union of several sets, each item once, by name
// or by time, page by page; count() counts it, exactly. Who may read a node is such a question.
//
// Writes say what they expect to find, and happen all together or not at all. There is no write without an expectation:
// whoever has not read an item cannot overwrite it. Versions are counted by the table, never taken from a clock.
//
//   Owns       its connections and threads; the destructor drains them.
//   Threads    every method may be called from any thread at any time.
//   Durable    when write() returns success, the change survives the loss of power.
//   Reads      by key see every write that was acknowledged before they began. Reads by the index and by sets may lag
//              behind in a distributed implementation: they find candidates, and who acts on one reads it by its key.
//              In the implementations that stand here they do not: the sets change with the write, in the same
//              transaction.
//   Errors     kConflict: an expectation did not hold, nothing was changed.
//              kUnavailable, kDeadline: it is not known whether the write happened; read before trying again.
//              kUnavailable with retry_after_s means that nothing was tried (the queue was full). kInvalid: a limit
//              below was passed, or a cursor is not of this query. kCorrupt: the file is damaged; nothing more is
//              written.
//   Limits     kWritesMax writes together (each key at most once, and at most one List of it beside), kItemBytesMax an
//              item, kKeyBytesMax a key part. These are DynamoDB's (Amazon DynamoDB Developer Guide, "Quotas in Amazon
//              DynamoDB") or tighter, so that no deployment meets a lower one. Key parts are not empty.
//
// Implementations: memory (tests), sqlite (embedded). What is said here is checked for each by store/conformance.h;
// what is asked of the table, and by which key, is listed in docs/internals/state-table.md. Most callers do not write
// through this port but through a Transaction (store/transaction.h), which cannot forget an expectation.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace store {

inline constexpr std::size_t kWritesMax = 100;
inline constexpr std::size_t kReadsMax = 1000;            // keys of one get_many, items of one page
inline constexpr std::size_t kItemBytesMax = 380 * 1024;  // DynamoDB's 400 KB, less its own names and numbers
inline constexpr std::size_t kKeyBytesMax = 1024;
inline constexpr std::size_t kSetsPerItemMax = 2000;
inline constexpr std::size_t kSetsPerSelectionMax = 10'000;
inline constexpr std::size_t kFacetsBytesMax = 1024;

struct Key {
  std::string pk;
  std::string sk;
  auto operator<=>(const Key&) const = default;
};

using Version = std::uint64_t;  // 1 when an item is made; rises by one with every write to it

struct Item {
  Key key;
  std::optional<Key> index;  // absent: the item is not in the index
  std::string type;          // which struct the attributes decode to
  Version version = 0;       // set by the table
  std::string attributes;    // one JSON object, as text; the table does not look inside
  bool operator==(const Item&) const = default;
};

// What a write expects to find at its key.
struct Absent {
  bool operator==(const Absent&) const = default;
};
struct Unchanged {
  Version since;
  bool operator==(const Unchanged&) const = default;
};
using Expectation = std::variant<Absent, Unchanged>;

struct Put {
  Item item;
  Expectation expect;
};
struct Delete {
  Key key;
  Unchanged expect;
};
struct Check {  // writes nothing; the others happen only if this holds
  Key key;
  Expectation expect;
};
// In which sets an item stands, and what is known of it there.
struct Listing {
  std::vector<std::string> sets;    // their names, sorted, each once; not empty, at most kKeyBytesMax
  std::optional<std::string> name;  // the order by name is bytewise; at most kKeyBytesMax. Absent: the item is met in
                                    // the order by time alone, and is cheaper to list
  std::int64_t time = 0;            // the order by time is by this number; any unit, not negative
  std::string facets;               // for whoever filters; the table does not look inside
  bool operator==(const Listing&) const = default;
};
// Puts the item that is at the key after the other writes into these sets, and out of all others; without a listing,
// out of all. kConflict where there is no such item. The item's version does not rise: a List takes part in a
// transaction whose other writes and checks say what it was made from. Deleting an item takes it out of its sets.
struct List {
  Key key;
  std::optional<Listing> listing;
};
using Write = std::variant<Put, Delete, Check, List>;

struct Query {
  std::string pk;
  bool by_index = false;
  std::string sk_from;               // inclusive; empty: from the first
  std::optional<std::string> sk_to;  // exclusive; absent: to the last
  bool descending = false;
  std::size_t items_max = 100;  // 1 to kReadsMax
  std::string cursor;           // of an earlier page of this query; opaque; empty: from the start
};

struct Page {
  std::vector<Item> items;
  std::optional<std::string> next_cursor;  // absent: this was the last page
};

// The union of some sets; those that nobody stands in are empty. Entries of the same name, or of the same time, have an
// order of the table's own: the one of them that comes first in ascending pages comes last in descending ones, and that
// stays so while both stand in a set.
struct Selection {
  enum class Order { kByName, kByTime };
  std::vector<std::string> sets;
  Order order = Order::kByName;
  bool descending = false;
  std::string name_prefix;                // kByName alone; empty: all
  std::optional<std::int64_t> time_from;  // kByTime alone; inclusive
  std::optional<std::int64_t> time_to;    // kByTime alone; exclusive
  std::size_t entries_max = 100;          // 1 to kReadsMax
  std::string cursor;                     // of an earlier page of this selection; opaque; empty: from the start
};

struct Listed {
  Key key;
  std::string name;  // empty where it has none
  std::int64_t time = 0;
  std::string facets;
  std::int64_t number = 0;  // by which the table orders entries of one name or time; for cursor_after()
  bool operator==(const Listed& other) const {
    return key == other.key && name == other.name && time == other.time && facets == other.facets;
  }
};

struct ListedPage {
  std::vector<Listed> entries;
  std::optional<std::string> next_cursor;  // absent: this was the last page
};

class Table {
 public:
  virtual ~Table() = default;

  virtual base::Result<std::optional<Item>> get(const Key& key, base::Deadline deadline) = 0;

  // One answer for each key, in the order asked; a snapshot of one moment.
  virtual base::Result<std::vector<std::optional<Item>>> get_many(std::span<const Key> keys,
                                                                  base::Deadline deadline) = 0;

  virtual base::Result<Page> query(const Query& query, base::Deadline deadline) = 0;

  // A walk over the pages meets every item that stands in the sets from its first page to its last, under one name (or
  // time, whichever it is ordered by), exactly once, whatever else is written meanwhile. A page is of one moment.
  // kInvalid also where an order is given the other order's bounds.
  virtual base::Result<ListedPage> select(const Selection& selection, base::Deadline deadline) = 0;
  // How many entries the pages of the selection have together, at one moment. `entries_max` and `cursor` play no part.
  virtual base::Result<std::uint64_t> count(const Selection& selection, base::Deadline deadline) = 0;

  // Returns the new version of each write, in order (of a Check: the version that it found, 0 for absent; of a Delete:
  // 0; of a List: the item's, as it is then).
  virtual base::Result<std::vector<Version>> write(std::span<const Write> writes, base::Deadline deadline) = 0;
};

// The cursor of a page of the selection that begins after this entry of an earlier one: for whoever did not take that
// page whole.
std::string cursor_after(const Selection& selection, const Listed& entry);

// The first text after every text that begins with `prefix`: for Query::sk_to. None where there is no such text.
std::optional<std::string> end_of_prefix(std::string prefix);

}  // namespace store

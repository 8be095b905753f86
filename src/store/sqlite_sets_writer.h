// The sets of the SQLite state table, as its writer keeps them: what an item's listing says becomes rows.
//
// For this module alone; the tables and their reasons stand at the head of sqlite_table.cc. Works within a transaction
// of its caller, on the caller's connection and thread, and dies before the connection. Only what differs is written: a
// listing that is there already writes nothing. Errors are the engine's; after one the transaction is to be rolled
// back.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/sqlite_connection.h"
#include "store/table.h"

namespace store::internal {

// Ids of sets, as a listed item's row holds them: ascending, each as its difference to the one before, in groups of
// seven bits, the lowest first, with the eighth bit set where another group follows.
[[nodiscard]] std::string pack(std::span<const std::int64_t> ids);
[[nodiscard]] std::optional<std::vector<std::int64_t>> unpack(std::string_view bytes);  // none: not such a list

class SetsWriter {
 public:
  static base::Result<SetsWriter> make(Connection& connection);

  // Puts the item into these sets and out of all others; that it is there is for the caller to know. No listing, or one
  // without sets: out of all.
  [[nodiscard]] base::Result<void> list(const Key& key, const std::optional<Listing>& listing);
  // Out of all, for an item of this id that has just been deleted.
  [[nodiscard]] base::Result<void> forget(std::int64_t id);

  // The same for many items, each once: the rows of members are gathered, and written by flush() in their own order, so
  // that a page into which many of them fall is touched once. To be flushed before the transaction is committed.
  [[nodiscard]] base::Result<void> list_later(const Key& key, const std::optional<Listing>& listing);
  [[nodiscard]] base::Result<void> flush();

 private:
  struct Statements {
    Statement id_of, find, insert, update, erase;
    Statement set_id, insert_set, erase_set_if_empty;
    Statement insert_by_name, erase_by_name, insert_by_time, erase_by_time;
  };
  using SetIds = std::vector<std::int64_t>;
  struct Stored {
    std::int64_t id = 0;
    std::optional<std::string> name;
    std::int64_t time = 0;
    std::string facets;
    SetIds sets;
  };
  struct Member {
    std::int64_t set;
    std::size_t name;  // its place in Gathered::names
    std::int64_t time;
    std::int64_t id;
  };
  using Members = std::vector<Member>;
  // What is still to be written: rows of members, the names that they have, and the sets that lose a member.
  struct Gathered {
    std::vector<std::optional<std::string>> names;
    Members erase_by_name, insert_by_name, erase_by_time, insert_by_time;
    SetIds left;
  };

  SetsWriter(Connection& connection, Statements statements)
      : connection_(&connection), statements_(std::move(statements)) {}

  [[nodiscard]] base::Result<std::int64_t> id_of(const Key& key);
  [[nodiscard]] base::Result<std::optional<Stored>> find(std::int64_t id);
  [[nodiscard]] base::Result<SetIds> ids_of(std::span<const std::string> names);
  [[nodiscard]] base::Result<void> add(std::int64_t id, const Key& key, const Listing& listing);
  [[nodiscard]] base::Result<void> change(Stored stored, const Listing& listing);
  [[nodiscard]] base::Result<void> remove(Stored stored);

  Connection* connection_;
  Statements statements_;
  Gathered gathered_;
};

}  // namespace store::internal

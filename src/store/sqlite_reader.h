// Reads of the SQLite state table: a connection with its prepared statements, and a pool of them.
//
// For this module alone. A reader is one connection used by one thread at a time; each of its methods is one snapshot.
// The pool lends readers to any thread: one that is free, else a new one, so nobody waits while there are fewer than
// kReadersMax at work; past that the deadline is waited for. One that met an error is not lent again.

#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/rules.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_sets_reader.h"
#include "store/table.h"

namespace store::internal {

inline constexpr std::size_t kReadersMax = 64;
inline constexpr std::size_t kIdleReadersMax = 8;  // kept open; each holds some 100 KB

// Of a row of these columns.
inline constexpr std::string_view kItemColumns = "pk, sk, gsi1pk, gsi1sk, type, version, attributes";
[[nodiscard]] Item item_of(const Statement& row);

class SqliteReader {
 public:
  static base::Result<std::unique_ptr<SqliteReader>> open(const std::string& file, const std::string& vfs);

  [[nodiscard]] base::Result<std::optional<Item>> get(const Key& key);
  [[nodiscard]] base::Result<std::vector<std::optional<Item>>> get_many(std::span<const Key> keys);
  [[nodiscard]] base::Result<Page> query(const Query& query, const std::optional<Place>& after);
  [[nodiscard]] base::Result<ListedPage> select(const Selection& selection, const std::optional<ListedPlace>& after,
                                                base::Deadline deadline);
  [[nodiscard]] base::Result<std::uint64_t> count(const Selection& selection, base::Deadline deadline);

 private:
  SqliteReader(std::unique_ptr<Connection> connection, Statement get, Statement begin, Statement end, SetsReader sets);
  base::Result<Statement*> statement_for(const Query& query, bool after);
  base::Result<Page> fill(Statement& statement, const Query& query);

  std::unique_ptr<Connection> connection_;
  Statement get_;
  Statement begin_;
  Statement end_;
  SetsReader sets_;
  std::array<std::optional<Statement>, 16> queries_;  // made when first asked for
};

// The statement for a query: by key or index, up or down, with an upper bound or not, after a place or from the start.
// Parameters: 1 pk, 2 sk_from, 3 sk_to, 4 limit, 5 to 7 the place (index sk, pk, sk).
[[nodiscard]] std::string query_sql(bool by_index, bool descending, bool bounded, bool after);

class ReaderPool {
 public:
  ReaderPool(std::string file, std::string vfs) : file_(std::move(file)), vfs_(std::move(vfs)) {}

  template <class Read>
  auto with(base::Deadline deadline, Read&& read) -> std::invoke_result_t<Read, SqliteReader&> {
    std::unique_ptr<SqliteReader> reader = TRY(take(deadline));
    auto result = read(*reader);
    if (result)
      give_back(std::move(reader));
    else
      give_back(nullptr);
    return result;
  }

 private:
  [[nodiscard]] base::Result<std::unique_ptr<SqliteReader>> take(base::Deadline deadline);
  void give_back(std::unique_ptr<SqliteReader> reader);

  const std::string file_;
  const std::string vfs_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<SqliteReader>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace store::internal

#include "store/sqlite_reader.h"

#include <fmt/format.h>

namespace store::internal {

Item item_of(const Statement& row) {
  Item item;
  item.key.pk = row.column_bytes(0);
  item.key.sk = row.column_bytes(1);
  if (!row.is_null(2)) item.index = Key{std::string(row.column_bytes(2)), std::string(row.column_bytes(3))};
  item.type = row.column_bytes(4);
  item.version = static_cast<Version>(row.column_int(5));
  item.attributes = row.column_bytes(6);
  return item;
}

std::string query_sql(bool by_index, bool descending, bool bounded, bool after) {
  const std::string_view pk = by_index ? "gsi1pk" : "pk";
  const std::string_view sk = by_index ? "gsi1sk" : "sk";
  std::string sql = fmt::format("SELECT {} FROM item WHERE {} = ?1", kItemColumns, pk);
  if (after) {
    const std::string_view beyond = descending ? "<" : ">";
    if (by_index)
      sql += fmt::format(" AND (gsi1sk, pk, sk) {} (?5, ?6, ?7)", beyond);
    else
      sql += fmt::format(" AND sk {} ?7", beyond);
  }
  // The place is within the bounds: the bound on the side from which the page comes has nothing to add.
  if (!after || descending) sql += fmt::format(" AND {} >= ?2", sk);
  if (bounded && (!after || !descending)) sql += fmt::format(" AND {} < ?3", sk);
  const std::string_view order = descending ? "DESC" : "ASC";
  if (by_index)
    sql += fmt::format(" ORDER BY gsi1sk {0}, pk {0}, sk {0} LIMIT ?4", order);
  else
    sql += fmt::format(" ORDER BY sk {} LIMIT ?4", order);
  return sql;
}

SqliteReader::SqliteReader(std::unique_ptr<Connection> connection, Statement get, Statement begin, Statement end,
                           SetsReader sets)
    : connection_(std::move(connection)),
      get_(std::move(get)),
      begin_(std::move(begin)),
      end_(std::move(end)),
      sets_(std::move(sets)) {}

base::Result<std::unique_ptr<SqliteReader>> SqliteReader::open(const std::string& file, const std::string& vfs) {
  // For writing, although it never writes: only so may it join in repairing the shared memory of the log. Pages come
  // from the mapped file; the cache holds those that are in the log alone.
  std::unique_ptr<Connection> connection = TRY(Connection::open(file, Access::kWrite, vfs));
  TRY(connection->execute("PRAGMA query_only = ON; PRAGMA mmap_size = 2147418112; PRAGMA cache_size = -512"));
  Statement get = TRY(connection->prepare(fmt::format("SELECT {} FROM item WHERE pk = ?1 AND sk = ?2", kItemColumns)));
  Statement begin = TRY(connection->prepare("BEGIN"));
  Statement end = TRY(connection->prepare("COMMIT"));
  SetsReader sets = TRY(SetsReader::make(*connection));
  return std::unique_ptr<SqliteReader>(
      new SqliteReader(std::move(connection), std::move(get), std::move(begin), std::move(end), std::move(sets)));
}

base::Result<std::optional<Item>> SqliteReader::get(const Key& key) {
  get_.bind_blob(1, key.pk);
  get_.bind_blob(2, key.sk);
  std::optional<Item> item;
  if (TRY(get_.step())) item = item_of(get_);
  get_.reset();
  return item;
}

base::Result<std::vector<std::optional<Item>>> SqliteReader::get_many(std::span<const Key> keys) {
  std::vector<std::optional<Item>> items;
  items.reserve(keys.size());
  TRY(begin_.run());
  for (const Key& key : keys) items.push_back(TRY(get(key)));
  TRY(end_.run());
  return items;
}

base::Result<Statement*> SqliteReader::statement_for(const Query& query, bool after) {
  const std::size_t place =
      (query.by_index ? 8U : 0U) | (query.descending ? 4U : 0U) | (query.sk_to ? 2U : 0U) | (after ? 1U : 0U);
  std::optional<Statement>& statement = queries_[place];
  if (!statement) {
    statement = TRY(connection_->prepare(query_sql(query.by_index, query.descending, query.sk_to.has_value(), after)));
  }
  return &*statement;
}

base::Result<Page> SqliteReader::query(const Query& query, const std::optional<Place>& after) {
  Statement& statement = *TRY(statement_for(query, after.has_value()));
  statement.bind_blob(1, query.pk);
  if (!after || query.descending) statement.bind_blob(2, query.sk_from);
  if (query.sk_to && (!after || !query.descending)) statement.bind_blob(3, *query.sk_to);
  statement.bind_int(4, static_cast<std::int64_t>(query.items_max) + 1);  // one more tells whether there is a next page
  if (after) {
    if (query.by_index) {
      statement.bind_blob(5, after->index_sk);
      statement.bind_blob(6, after->key.pk);
    }
    statement.bind_blob(7, after->key.sk);
  }
  return fill(statement, query);
}

base::Result<Page> SqliteReader::fill(Statement& statement, const Query& query) {
  Page page;
  while (TRY(statement.step())) {
    if (page.items.size() == query.items_max) {
      const Item& last = page.items.back();
      page.next_cursor = make_cursor(query, {query.by_index ? last.index->sk : "", last.key});
      break;
    }
    page.items.push_back(item_of(statement));
  }
  statement.reset();
  return page;
}

base::Result<ListedPage> SqliteReader::select(const Selection& selection, const std::optional<ListedPlace>& after,
                                              base::Deadline deadline) {
  TRY(begin_.run());
  ListedPage page = TRY(sets_.select(selection, after, deadline));
  TRY(end_.run());
  return page;
}

base::Result<std::uint64_t> SqliteReader::count(const Selection& selection, base::Deadline deadline) {
  TRY(begin_.run());
  const std::uint64_t entries = TRY(sets_.count(selection, deadline));
  TRY(end_.run());
  return entries;
}

base::Result<std::unique_ptr<SqliteReader>> ReaderPool::take(base::Deadline deadline) {
  {
    std::unique_lock lock(mutex_);
    const auto room = [this] { return lent_ < kReadersMax; };
    if (!room() && !returned_.wait_for(lock, deadline.left(), room))
      return base::fail(base::Code::kUnavailable, "Too many reads at once; try again.");
    ++lent_;
    if (!idle_.empty()) {
      std::unique_ptr<SqliteReader> reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  auto reader = SqliteReader::open(file_, vfs_);
  if (!reader) give_back(nullptr);
  return reader;
}

void ReaderPool::give_back(std::unique_ptr<SqliteReader> reader) {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (reader && idle_.size() < kIdleReadersMax) idle_.push_back(std::move(reader));
  }
  returned_.notify_one();
}

}  // namespace store::internal

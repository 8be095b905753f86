#include "store/sqlite_sets_reader.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "base/check.h"

namespace store::internal {

namespace {

using Order = Selection::Order;

// Rows that all streams of one page hold together, and the least that one fetches at once.
constexpr std::size_t kRowsHeldMax = 65'536;
constexpr std::size_t kRowsFetchedMin = 4;
constexpr std::size_t kSetsPerDeadline = 256;  // how many sets are looked at between two looks at the clock

// Greater than every name: no name has so many bytes.
std::string beyond_all_names() { return std::string(kKeyBytesMax + 1, '\xff'); }

// Of a selection; of the order that it has, the part of the other is left as it is.
struct Bounds {
  std::string name_from;                                            // inclusive
  std::string name_to;                                              // exclusive
  std::int64_t time_from = 0;                                       // inclusive
  std::int64_t time_to = std::numeric_limits<std::int64_t>::max();  // inclusive

  explicit Bounds(const Selection& selection)
      : name_from(selection.name_prefix),
        name_to(end_of_prefix(selection.name_prefix).value_or(beyond_all_names())),
        time_from(selection.time_from.value_or(0)) {
    if (selection.time_to) time_to = std::max<std::int64_t>(*selection.time_to, 0) - 1;
  }
};

bool is_before(const ListedPlace& left, const ListedPlace& right) {
  return std::tie(left.name, left.time, left.number) < std::tie(right.name, right.time, right.number);
}

void bind_place(Statement& statement, Order order, const ListedPlace& place) {
  if (order == Order::kByName)
    statement.bind_blob(2, place.name);
  else
    statement.bind_int(2, place.time);
  statement.bind_int(3, place.number);
}

// Before the first row that the selection may give: a place of no row.
ListedPlace start_of(const Selection& selection, const Bounds& bounds) {
  ListedPlace start;
  if (selection.order == Order::kByName)
    start.name = selection.descending ? bounds.name_to : bounds.name_from;
  else
    start.time = selection.descending ? bounds.time_to : bounds.time_from;
  // Ids begin at 1. Nothing has the name that ends the bounds; but there may be items of the time that does.
  if (selection.descending && selection.order == Order::kByTime)
    start.number = std::numeric_limits<std::int64_t>::max();
  return start;
}

std::size_t place_of_statement(Order order, bool other) {
  return (order == Order::kByTime ? 2U : 0U) | (other ? 1U : 0U);
}

}  // namespace

std::string member_rows_sql(Order order, bool descending) {
  const bool by_name = order == Order::kByName;
  const std::string_view toward = descending ? ">=" : (by_name ? "<" : "<=");
  return fmt::format(
      "SELECT {0}, id FROM member_by_{0} WHERE set_id = ?1 AND ({0}, id) {1} (?2, ?3) AND {0} {2} ?4"
      " ORDER BY {0} {3}, id {3} LIMIT ?5",
      by_name ? "name" : "time", descending ? "<" : ">", toward, descending ? "DESC" : "ASC");
}

std::string member_count_sql(Order order, bool one_set) {
  const bool by_name = order == Order::kByName;
  return fmt::format("SELECT {1} FROM member_by_{0} WHERE set_id = ?1 AND {0} >= ?2 AND {0} {2} ?3",
                     by_name ? "name" : "time", one_set ? "count(*)" : "numbers(id)", by_name ? "<" : "<=");
}

// Numbers that were met, each once: bits, in blocks that are made when a number falls into them. So the room is that of
// the numbers that there are, not that of the largest one.
class SetsReader::Numbers {
 public:
  void add(std::int64_t number) {
    const auto place = static_cast<std::uint64_t>(number);
    const std::size_t block = place / kBlockBits;
    if (block >= blocks_.size()) blocks_.resize(block + 1);
    if (!blocks_[block]) blocks_[block] = std::make_unique<Block>();
    std::uint64_t& word = (*blocks_[block])[place % kBlockBits / 64];
    const std::uint64_t bit = std::uint64_t{1} << (place % 64);
    count_ += (word & bit) == 0 ? 1 : 0;
    word |= bit;
  }
  void clear() {
    blocks_.clear();
    count_ = 0;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  static constexpr std::size_t kBlockBits = 4096;
  using Block = std::array<std::uint64_t, kBlockBits / 64>;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::uint64_t count_ = 0;
};

// The merge of one page. Streams stand in a heap by the place of their next row; a stream that has given all its rows
// leaves it.
class SetsReader::Merge {
 public:
  Merge(Statement& rows, const Selection& selection, const std::optional<ListedPlace>& after,
        std::span<const std::int64_t> sets)
      : rows_(rows), selection_(selection), bounds_(selection), streams_(sets.size()) {
    ListedPlace start = start_of(selection, bounds_);
    // A place outside of the bounds is no place of this selection; the page begins where they do.
    if (after && precedes(start, *after)) start = *after;
    // At first what a fair share would need, twice over; later more, where it is needed.
    const std::size_t page = selection.entries_max + 1;
    const std::size_t count = std::max<std::size_t>(sets.size(), 1);
    fetch_max_ = std::max(kRowsFetchedMin, kRowsHeldMax / count);
    for (std::size_t i = 0; i < sets.size(); ++i) {
      streams_[i].set = sets[i];
      streams_[i].last = start;
      streams_[i].fetch = std::max(kRowsFetchedMin, std::min({2 * page / count, page, fetch_max_}));
    }
  }

  [[nodiscard]] base::Result<void> begin(base::Deadline deadline) {
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      if (i % kSetsPerDeadline == 0) TRY(check_time(deadline));
      TRY(fetch(streams_[i]));
      if (!streams_[i].empty()) heap_.push_back(&streams_[i]);
    }
    std::make_heap(heap_.begin(), heap_.end(), Later{*this});
    return {};
  }

  // The next item of the union; none at the end.
  [[nodiscard]] base::Result<std::optional<ListedPlace>> next() {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), Later{*this});
      Stream& stream = *heap_.back();
      ListedPlace place = std::move(stream.rows[stream.at]);
      ++stream.at;
      if (stream.empty() && !stream.ended) {
        stream.last = place;
        TRY(fetch(stream));
      }
      if (stream.empty())
        heap_.pop_back();
      else
        std::push_heap(heap_.begin(), heap_.end(), Later{*this});
      if (place.number == given_) continue;  // in several sets: the rows of one item follow one another
      given_ = place.number;
      return std::optional(std::move(place));
    }
    return std::optional<ListedPlace>();
  }

 private:
  struct Stream {
    std::int64_t set = 0;
    ListedPlace last;  // of the rows that were fetched before, while `rows` is empty
    std::size_t fetch = 0;
    std::vector<ListedPlace> rows;
    std::size_t at = 0;
    bool ended = false;
    [[nodiscard]] bool empty() const { return at == rows.size(); }
  };
  // The heap has its greatest on top: the one that comes first.
  struct Later {
    const Merge& merge;
    bool operator()(const Stream* left, const Stream* right) const {
      return merge.precedes(right->rows[right->at], left->rows[left->at]);
    }
  };

  // In the order of the pages.
  [[nodiscard]] bool precedes(const ListedPlace& left, const ListedPlace& right) const {
    return selection_.descending ? is_before(right, left) : is_before(left, right);
  }
  [[nodiscard]] base::Result<void> fetch(Stream& stream) {
    stream.rows.clear();
    stream.at = 0;
    rows_.bind_int(1, stream.set);
    bind_place(rows_, selection_.order, stream.last);
    if (selection_.order == Order::kByName)
      rows_.bind_blob(4, selection_.descending ? bounds_.name_from : bounds_.name_to);
    else
      rows_.bind_int(4, selection_.descending ? bounds_.time_from : bounds_.time_to);
    rows_.bind_int(5, static_cast<std::int64_t>(stream.fetch));
    while (TRY(rows_.step())) {
      ListedPlace& place = stream.rows.emplace_back();
      if (selection_.order == Order::kByName)
        place.name = rows_.column_bytes(0);
      else
        place.time = rows_.column_int(0);
      place.number = rows_.column_int(1);
    }
    rows_.reset();
    stream.ended = stream.rows.size() < stream.fetch;
    stream.fetch = std::min(2 * stream.fetch, fetch_max_);
    return {};
  }

  Statement& rows_;
  const Selection& selection_;
  const Bounds bounds_;
  std::size_t fetch_max_ = 0;
  std::vector<Stream> streams_;
  std::vector<Stream*> heap_;
  std::int64_t given_ = 0;
};

SetsReader::SetsReader(Connection& connection, Statement set_id, Statement entry)
    : connection_(&connection),
      set_id_(std::move(set_id)),
      entry_(std::move(entry)),
      numbers_(std::make_unique<Numbers>()) {}
SetsReader::SetsReader(SetsReader&&) noexcept = default;
SetsReader::~SetsReader() = default;

base::Result<SetsReader> SetsReader::make(Connection& connection) {
  SetsReader reader(connection, TRY(connection.prepare("SELECT id FROM set_name WHERE name = ?1")),
                    TRY(connection.prepare("SELECT pk, sk, name, time, facets FROM listed WHERE id = ?1")));
  TRY(connection.add_collector(
      "numbers", [](void* numbers, std::int64_t number) { static_cast<Numbers*>(numbers)->add(number); },
      reader.numbers_.get()));
  return reader;
}

base::Result<std::vector<std::int64_t>> SetsReader::ids_of(std::span<const std::string> names) {
  std::vector<std::int64_t> ids;
  for (const std::string& name : names) {
    set_id_.bind_blob(1, name);
    if (TRY(set_id_.step())) ids.push_back(set_id_.column_int(0));
    set_id_.reset();
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

base::Result<Statement*> SetsReader::rows_for(const Selection& selection) {
  std::optional<Statement>& rows = rows_[place_of_statement(selection.order, selection.descending)];
  if (!rows) rows = TRY(connection_->prepare(member_rows_sql(selection.order, selection.descending)));
  return &*rows;
}

base::Result<Statement*> SetsReader::count_for(Order order, bool one_set) {
  std::optional<Statement>& count = counts_[place_of_statement(order, one_set)];
  if (!count) count = TRY(connection_->prepare(member_count_sql(order, one_set)));
  return &*count;
}

base::Result<Listed> SetsReader::entry(std::int64_t id) {
  entry_.bind_int(1, id);
  if (!TRY(entry_.step())) {
    entry_.reset();
    return base::fail(base::Code::kInternal, "The sets of the data file do not agree with one another; check the file.",
                      fmt::format("a set has the member {}, which is not listed", id));
  }
  Listed listed{{std::string(entry_.column_bytes(0)), std::string(entry_.column_bytes(1))},
                std::string(entry_.column_bytes(2)),
                entry_.column_int(3),
                std::string(entry_.column_bytes(4)),
                id};
  entry_.reset();
  return listed;
}

base::Result<ListedPage> SetsReader::select(const Selection& selection, const std::optional<ListedPlace>& after,
                                            base::Deadline deadline) {
  const std::vector<std::int64_t> sets = TRY(ids_of(selection.sets));
  Merge merge(*TRY(rows_for(selection)), selection, after, sets);
  TRY(merge.begin(deadline));
  ListedPage page;
  ListedPlace last;
  while (std::optional<ListedPlace> place = TRY(merge.next())) {
    if (page.entries.size() == selection.entries_max) {
      page.next_cursor = make_cursor(selection, last);
      break;
    }
    page.entries.push_back(TRY(entry(place->number)));
    last = std::move(*place);
  }
  return page;
}

base::Result<std::uint64_t> SetsReader::count(const Selection& selection, base::Deadline deadline) {
  const std::vector<std::int64_t> sets = TRY(ids_of(selection.sets));
  const Bounds bounds(selection);
  const Order order = selection.order;
  Statement& count = *TRY(count_for(order, sets.size() == 1));
  numbers_->clear();
  std::uint64_t of_one_set = 0;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (i % kSetsPerDeadline == 0) TRY(check_time(deadline));
    count.bind_int(1, sets[i]);
    if (order == Order::kByName) {
      count.bind_blob(2, bounds.name_from);
      count.bind_blob(3, bounds.name_to);
    } else {
      count.bind_int(2, bounds.time_from);
      count.bind_int(3, bounds.time_to);
    }
    if (TRY(count.step()) && sets.size() == 1) of_one_set = static_cast<std::uint64_t>(count.column_int(0));
    count.reset();
  }
  const std::uint64_t all = sets.size() == 1 ? of_one_set : numbers_->count();
  numbers_->clear();
  return all;
}

}  // namespace store::internal

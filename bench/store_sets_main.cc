// What the sets of the SQLite state table cost, in a small table and in a large one: one figure a line.
//
//   bench_store_sets [--items N] [--folder DIR]     (1,000,000 items; a temporary folder)
//
// Every item of 600 bytes stands in four sets (of an owner, an account, a workspace and a team) and some in more. The
// questions are the same in both tables: the union of three small sets (of 300 members together), and in the large one
// that of three overlapping sets with 100,000 members together, of 40 sets, of 10,000 sets. Times are the least and the
// median of many calls, in one thread.

#include <algorithm>
#include <charconv>
#include <random>

#include <fmt/format.h>

#include "base/check.h"
#include "store/maintenance.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace {

using Clock = std::chrono::steady_clock;
using Order = store::Selection::Order;
using store::internal::Access;
using store::internal::Connection;

const base::Deadline kForever = base::Deadline::never();
const std::string kBody = "{\"pad\":\"" + std::string(590, 'x') + "\"}";
constexpr std::uint64_t kSmallTable = 1000;

std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ number >> 31) * 0x9E3779B97F4A7C15;
  return number ^ number >> 29;
}

std::string pk_of(std::uint64_t number) { return fmt::format("node#{:08}", number); }

// By its number alone, so that the lister needs no more than the key.
store::Listing listing_of(std::uint64_t number) {
  const std::uint64_t random = mixed(number + 1);
  store::Listing listing = {
      {fmt::format("owner#{}", random % 10'000), fmt::format("account#{}", random / 7 % 1000),
       fmt::format("workspace#{}", random / 11 % 5000), fmt::format("team#{}", random / 13 % 100)},
      fmt::format("node-{:010x}", random >> 24),
      static_cast<std::int64_t>(1'700'000'000'000 + number * 1000),
      "Enabled|7c9e6679-7425-40de-944b-e07fc1f90ae7"};
  // 300 items of the first thousand are in the small sets; 3.7 % of all in each of the large ones: 107,000 in a
  // million.
  if (number < 300) listing.sets.push_back(fmt::format("small#{}", number % 3));
  for (std::uint64_t large = 0; large < 3; ++large)
    if (mixed(random + large) % 1000 < 37) listing.sets.push_back(fmt::format("large#{}", large));
  std::sort(listing.sets.begin(), listing.sets.end());
  return listing;
}

base::Result<std::optional<store::Listing>> list(const store::Item& item, const store::Lookup&) {
  std::uint64_t number = 0;
  std::from_chars(item.key.pk.data() + 5, item.key.pk.data() + item.key.pk.size(), number);
  return std::optional(listing_of(number));
}

// As the table would write them, without its flushes.
void fill(const std::string& file, std::uint64_t items) {
  store::open_sqlite_table({.file = file}).value().reset();
  const auto connection = Connection::open(file, Access::kWrite, "").value();
  CHECK(connection->execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; BEGIN"), "a transaction");
  auto insert = connection->prepare("INSERT INTO item VALUES (NULL, ?1, x'6e6f6465', NULL, NULL, 'node', 1, ?2)").value();
  for (std::uint64_t i = 0; i < items; ++i) {
    const std::string pk = pk_of(i);
    insert.bind_blob(1, pk);
    insert.bind_text(2, kBody);
    CHECK(insert.run(), "a row");
  }
  CHECK(connection->execute("COMMIT"), "a commit");
  CHECK(connection->checkpoint_and_truncate(), "a checkpoint");
}

template <class Call>
void measure(const std::string& what, int times, Call&& call) {
  std::vector<double> spans_us;
  for (int i = 0; i < times; ++i) {
    const auto begin = Clock::now();
    call(i);
    spans_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  }
  std::sort(spans_us.begin(), spans_us.end());
  fmt::print("{:<60} {:>10.1f} us   median {:>10.1f} us\n", what, spans_us.front(), spans_us[spans_us.size() / 2]);
}

std::vector<std::string> numbered(std::string_view kind, int from, int to) {
  std::vector<std::string> sets;
  for (int i = from; i < to; ++i) sets.push_back(fmt::format("{}#{}", kind, i));
  return sets;
}

store::ListedPage select(store::Table& table, const store::Selection& selection) {
  return table.select(selection, kForever).value();
}

// The cursor after `pages` pages of 1000.
std::string deep(store::Table& table, store::Selection selection, int pages) {
  selection.entries_max = store::kReadsMax;
  for (int i = 0; i < pages; ++i) {
    const auto next = select(table, selection).next_cursor;
    CHECK(next.has_value(), "the union is larger");
    selection.cursor = *next;
  }
  return selection.cursor;
}

void bench_union(store::Table& table, const std::string& name, std::vector<std::string> sets, int times) {
  const store::Selection by_name = {.sets = std::move(sets)};
  store::Selection by_time = by_name;
  by_time.order = Order::kByTime;
  by_time.descending = true;
  const auto members = table.count(by_name, kForever).value();
  fmt::print("{:<60} {:>10} members\n", name, members);
  measure(name + ": first page of 100, by name", times, [&](int) { select(table, by_name); });
  measure(name + ": first page of 100, newest first", times, [&](int) { select(table, by_time); });
  store::Selection prefix = by_name;
  prefix.name_prefix = "node-12";
  measure(name + ": first page of 100 of a prefix", times, [&](int) { select(table, prefix); });
  if (members > 60'000) {
    store::Selection later = by_name;
    later.cursor = deep(table, by_name, 50);
    measure(name + ": page of 100 after 50,000 entries", times, [&](int) { select(table, later); });
    later.entries_max = store::kReadsMax;
    measure(name + ": page of 1000 after 50,000 entries", times, [&](int) { select(table, later); });
  }
  measure(name + ": count", times, [&](int) { CHECK(table.count(by_name, kForever).value() == members, "exact"); });
  measure(name + ": count of a prefix", times, [&](int) { CHECK(table.count(prefix, kForever), "a count"); });
}

// Puts of items that are there, each with another body, and, where `listing` gives one, a List beside it.
template <class MakeListing>
void bench_writes(store::Table& table, const std::string& name, std::uint64_t items, int times, MakeListing&& listing) {
  std::mt19937_64 random(7);
  measure(name, times, [&](int i) {
    const std::uint64_t number = random() % items;
    const store::Key key = {pk_of(number), "node"};
    const auto found = table.get(key, kForever).value();
    store::Item item = *found;
    std::vector<store::Write> writes = {store::Put{item, store::Unchanged{item.version}}};
    if (std::optional<store::Listing> listed = listing(number, i))
      writes.emplace_back(store::List{key, std::move(listed)});
    CHECK(table.write(writes, kForever), "a write");
  });
}

void bench_all_writes(store::Table& table, const std::string& name, std::uint64_t items) {
  const auto none = [](std::uint64_t, int) { return std::optional<store::Listing>(); };
  const auto same = [](std::uint64_t number, int) { return std::optional(listing_of(number)); };
  const auto one_set = [](std::uint64_t number, int i) {
    store::Listing listing = listing_of(number);
    listing.sets.push_back(fmt::format("zone#{}", i % 10));
    return std::optional(std::move(listing));
  };
  const auto renamed = [](std::uint64_t number, int i) {
    store::Listing listing = listing_of(number);
    listing.name = fmt::format("{}-{}", listing.name.value_or(""), i);
    return std::optional(std::move(listing));
  };
  bench_writes(table, name + ": write of an item, not listed", items, 500, none);
  bench_writes(table, name + ": write of an item, the same listing", items, 500, same);
  bench_writes(table, name + ": write of an item, one set more", items, 500, one_set);
  bench_writes(table, name + ": write of an item, renamed in all its sets", items, 500, renamed);
  const store::Key shared = {pk_of(0), "node"};
  const auto list_shared = [&](int sets, const std::string& as) {
    store::Listing listing = {numbered("user", 10'000, 10'000 + sets), as, 5, ""};
    const store::Write write = store::List{shared, std::move(listing)};
    CHECK(table.write(std::span(&write, 1), kForever), "a write");
  };
  list_shared(1000, "shared");
  measure(name + ": one set more or less of an item in 1000", 40, [&](int i) { list_shared(1000 - i % 2, "shared"); });
  measure(name + ": rename of an item in 1000 sets", 40,
          [&](int i) { list_shared(1000, fmt::format("shared-{}", i)); });
}

void bench_table(const std::string& file, std::uint64_t items) {
  const std::string name = fmt::format("{} items", items);
  fill(file, items);
  const auto begin = Clock::now();
  const store::Rebuilt rebuilt = store::rebuild_listings(file, list).value();
  const std::chrono::duration<double> span = Clock::now() - begin;
  CHECK(rebuilt.listed_items == items, "all are listed");
  fmt::print("{:<60} {:>10.1f} s\n", name + ": rebuilding of all listings", span.count());
  const auto table = store::open_sqlite_table({.file = file}).value();
  bench_union(*table, name + ", 3 small sets", numbered("small", 0, 3), 2000);
  if (items > kSmallTable) {
    bench_union(*table, name + ", 3 large sets", numbered("large", 0, 3), 100);
    bench_union(*table, name + ", 1 large set", numbered("large", 0, 1), 100);
    bench_union(*table, name + ", 40 sets of owners", numbered("owner", 0, 40), 200);
    bench_union(*table, name + ", 10,000 sets of owners", numbered("owner", 0, 10'000), 5);
    bench_union(*table, name + ", 10,000 unknown sets", numbered("unknown", 0, 10'000), 20);
  }
  bench_all_writes(*table, name, items);
}

}  // namespace

int main(int count, char** arguments) {
  std::uint64_t items = 1'000'000;
  const store::TempFolder own;
  std::string folder = own.path().string();
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view value = arguments[i + 1];
    if (std::string_view(arguments[i]) == "--folder") folder = value;
    if (std::string_view(arguments[i]) == "--items") std::from_chars(value.data(), value.data() + value.size(), items);
  }
  CHECK(items > kSmallTable, "a large table is larger than the small one");
  bench_table(folder + "/small.db", kSmallTable);
  bench_table(folder + "/large.db", items);
  return 0;
}

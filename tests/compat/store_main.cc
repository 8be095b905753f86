// Old data files open for ever: reads a committed file of an earlier version, and makes the one of this version.
//
//   compat_store read FILE    copies the file, opens the copy, and demands that all of it is there and can be changed
//   compat_store make FILE    makes a file as this version does
//
// What is in a file is said once, in expected_items(); a new version adds to it under its own number, and changes
// nothing of what earlier ones wrote.

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "store/maintenance.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace {

const base::Deadline kForever = base::Deadline::never();

[[noreturn]] void fail(const std::string& what) {
  fmt::print(stderr, "compat_store: {}\n", what);
  std::exit(1);
}

template <class T>
T must(base::Result<T> result, const char* what) {
  if (!result) fail(fmt::format("{}: {} ({})", what, result.error().message, result.error().detail));
  return std::move(*result);
}

std::vector<store::Item> expected_items() {
  using namespace std::string_literals;
  const std::string long_key(store::kKeyBytesMax, 'k');
  std::vector<store::Item> items = {
      {{"node#1", "node"},
       store::Key{"nodes", "gpu"},
       "node",
       3,
       R"({"name":"gpu","size":1e400,"tags":["ü","日本","𝄞"]})"},
      {{"node#2", "node"}, store::Key{"nodes", "gpu"}, "node", 1, R"({"name":"gpu"})"},
      {{"node#2", "grant#\xff"}, std::nullopt, "grant", 2, "{}"},
      {{"bytes\0pk"s, "\0"s}, store::Key{"\0i"s, "\xff\xfe"s}, "bytes", 1, "{}"},
      {{long_key, long_key}, store::Key{long_key, long_key}, "long", 1, "{}"},
      {{"large", "1"}, std::nullopt, "large", 1, "{\"pad\":\"" + std::string(100'000, 'x') + "\"}"},
  };
  for (int i = 0; i < 60; ++i)
    items.push_back(
        {{"event", fmt::format("{:04}", i)}, store::Key{"events", std::to_string(i % 3)}, "event", 1, "{}"});
  return items;
}

// Since format 2: nodes and events stand in sets. Since format 3: what is long stands there without a name.
base::Result<std::optional<store::Listing>> listing_of(const store::Item& item, const store::Lookup&) {
  if (item.type == "node") return std::optional(store::Listing{{"all", "nodes\xff"}, item.key.pk, 0, "Enabled"});
  if (item.type == "long") return std::optional(store::Listing{{"unnamed"}, std::nullopt, 9, ""});
  if (item.type != "event") return std::optional<store::Listing>();
  const std::int64_t time = std::stoi(item.key.sk);
  return std::optional(store::Listing{{item.index->sk, "all"}, "event", time, ""});
}

store::Item find(store::Table& table, const store::Key& key) {
  const std::optional<store::Item> item = must(table.get(key, kForever), "get");
  if (!item) fail(fmt::format("{} {} is missing", key.pk, key.sk));
  return *item;
}

std::size_t count(store::Table& table, store::Query query) {
  query.items_max = 7;
  for (std::size_t found = 0;;) {
    const store::Page page = must(table.query(query, kForever), "query");
    found += page.items.size();
    if (!page.next_cursor) return found;
    query.cursor = *page.next_cursor;
  }
}

void make(const std::string& file) {
  {
    const auto table = must(store::open_sqlite_table({.file = file}), "open");
    for (const store::Item& item : expected_items()) {
      for (store::Version version = 0; version < item.version; ++version) {
        const store::Expectation expect =
            version == 0 ? store::Expectation(store::Absent{}) : store::Expectation(store::Unchanged{version});
        const store::Write put = store::Put{item, expect};
        must(table->write(std::span(&put, 1), kForever), "write");
      }
      const store::Write list = store::List{item.key, must(listing_of(item, nullptr), "list")};
      must(table->write(std::span(&list, 1), kForever), "write");
    }
  }
  fmt::print("{}: {} items\n", file, must(store::check_data_file(file), "check").items);
}

void read(const std::string& file) {
  const store::TempFolder folder;
  const std::string copy = folder.file("state.db");
  std::filesystem::copy_file(file, copy);
  must(store::build_missing_listings(copy, listing_of), "build");
  {
    const auto table = must(store::open_sqlite_table({.file = copy}), "open");
    for (const store::Item& item : expected_items())
      if (find(*table, item.key) != item) fail(fmt::format("{} {} is not as it was written", item.key.pk, item.key.sk));
    if (count(*table, {.pk = "event"}) != 60) fail("the query by key is not complete");
    if (count(*table, {.pk = "events", .by_index = true, .descending = true}) != 60) fail("the index is not complete");
    if (count(*table, {.pk = "nodes", .by_index = true, .sk_from = "gpu"}) != 2) fail("the index lacks a node");
    if (must(table->count({.sets = {"all"}}, kForever), "count") != 62) fail("not everything is in its sets");
    for (const auto& [order, members] :
         {std::pair(store::Selection::Order::kByName, 0U), std::pair(store::Selection::Order::kByTime, 1U)})
      if (must(table->count({.sets = {"unnamed"}, .order = order}, kForever), "count") != members)
        fail("what has no name is not listed as it should");
    const store::Selection nodes = {.sets = {"nodes\xff", "1"}, .order = store::Selection::Order::kByTime};
    const store::ListedPage page = must(table->select(nodes, kForever), "select");
    if (page.entries.size() != 22 || page.entries.front().key.pk != "node#1")
      fail("the sets are not as they were listed");
    const store::Write change = store::Put{find(*table, {"node#1", "node"}), store::Unchanged{3}};
    must(table->write(std::span(&change, 1), kForever), "write");
  }
  const store::CheckReport report = must(store::check_data_file(copy, listing_of), "check");
  if (!report.findings.empty()) fail("check: " + report.findings.front());
  if (report.items != expected_items().size()) fail(fmt::format("{} items are there", report.items));
}

}  // namespace

int main(int arguments, char** argument) {
  if (arguments == 3 && std::string_view(argument[1]) == "make")
    make(argument[2]);
  else if (arguments == 3 && std::string_view(argument[1]) == "read")
    read(argument[2]);
  else
    fail("usage: compat_store read|make FILE");
  return 0;
}

// What every implementation of the state table must do: one suite, run for each.
//
// A test program names an implementation, and links conformance_test.cc and conformance_sets_test.cc (examples for each
// sentence of store/table.h) and conformance_model_test.cc (random commands, compared with a plain model; the seed of a
// failure is printed):
//
//   INSTANTIATE_TEST_SUITE_P(Memory, store::Conformance, testing::Values(store::Implementation{"memory", make}),
//                            store::name_of_implementation);
//
// `make` gives a new, empty table each time it is called. For tests alone.

#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "store/table.h"

namespace store {

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<Table>()> make;
};

inline void PrintTo(const Implementation& implementation, std::ostream* out) { *out << implementation.name; }

inline std::string name_of_implementation(const testing::TestParamInfo<Implementation>& info) {
  return info.param.name;
}

class Conformance : public testing::TestWithParam<Implementation> {
 protected:
  Conformance() : table_(GetParam().make()) {}

  static Item item(Key key, std::string attributes = "{}", std::optional<Key> index = std::nullopt) {
    return {std::move(key), std::move(index), "thing", 0, std::move(attributes)};
  }

  base::Result<std::vector<Version>> write(std::vector<Write> writes) { return table_->write(writes, forever_); }
  std::optional<Item> get(const Key& key) { return table_->get(key, forever_).value(); }
  Page query(const Query& query) { return table_->query(query, forever_).value(); }
  base::Code refusal_of(const Query& query) {
    const auto page = table_->query(query, forever_);
    return page ? base::Code::kInternal : page.error().code;
  }

  // Puts items with these sks, and with index keys where `index_pk` is not empty.
  void fill(const std::string& pk, const std::vector<std::string>& sks) {
    for (const std::string& sk : sks) ASSERT_TRUE(write({Put{item({pk, sk}), Absent{}}}));
  }
  static std::vector<std::string> sks_of(const Page& page) {
    std::vector<std::string> sks;
    for (const Item& found : page.items) sks.push_back(found.key.sk);
    return sks;
  }
  // All pages one after the other.
  std::vector<std::string> walk(Query query) {
    std::vector<std::string> sks;
    for (int pages = 0; pages < 10'000; ++pages) {
      const Page page = this->query(query);
      for (const Item& found : page.items) sks.push_back(found.key.sk);
      if (!page.next_cursor) return sks;
      EXPECT_EQ(page.items.size(), query.items_max) << "a page that is not the last one is full";
      query.cursor = *page.next_cursor;
    }
    ADD_FAILURE() << "the pages have no end";
    return {};
  }

  // Of the item at {"p", sk}, under its sk as name.
  static List listing(const std::string& sk, std::vector<std::string> sets, std::int64_t time = 0,
                      std::string facets = "") {
    std::sort(sets.begin(), sets.end());
    return {{"p", sk}, Listing{std::move(sets), sk, time, std::move(facets)}};
  }
  void stand(const std::string& sk, std::vector<std::string> sets, std::int64_t time = 0) {
    std::vector<Write> writes;
    if (!get({"p", sk})) writes.emplace_back(Put{item({"p", sk}), Absent{}});
    writes.emplace_back(listing(sk, std::move(sets), time));
    const auto written = write(std::move(writes));
    ASSERT_TRUE(written) << written.error().message;
  }
  ListedPage select(const Selection& selection) { return table_->select(selection, forever_).value(); }
  std::uint64_t count(const Selection& selection) { return table_->count(selection, forever_).value(); }
  base::Code refusal_of(const Selection& selection) {
    const auto page = table_->select(selection, forever_);
    return page ? base::Code::kInternal : page.error().code;
  }
  // The sks of all entries, page by page; of a walk from the start, as many as count() says.
  std::vector<std::string> walk(Selection selection) {
    std::vector<std::string> sks;
    const bool from_start = selection.cursor.empty();
    for (int pages = 0; pages < 10'000; ++pages) {
      const ListedPage page = select(selection);
      for (const Listed& found : page.entries) sks.push_back(found.key.sk);
      if (!page.next_cursor) {
        if (from_start) {
          EXPECT_EQ(count(selection), sks.size());
        }
        return sks;
      }
      EXPECT_EQ(page.entries.size(), selection.entries_max) << "a page that is not the last one is full";
      selection.cursor = *page.next_cursor;
    }
    ADD_FAILURE() << "the pages have no end";
    return {};
  }

  std::unique_ptr<Table> table_;
  const base::Deadline forever_ = base::Deadline::never();
};

}  // namespace store

// Examples for each sentence of store/table.h about sets; see conformance.h.

#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "store/conformance.h"

namespace store {

using base::Code;
using Sks = std::vector<std::string>;
using Order = Selection::Order;

// --- what a listing does --------------------------------------------------------------------------------------------

TEST_P(Conformance, AListedItemIsFoundInEachOfItsSets) {
  ASSERT_TRUE(write({Put{item({"p", "s"}), Absent{}}, List{{"p", "s"}, Listing{{"a", "b"}, "gpu", 77, "Enabled"}}}));
  const Listed expected = {{"p", "s"}, "gpu", 77, "Enabled"};
  for (const Order order : {Order::kByName, Order::kByTime}) {
    EXPECT_EQ(select({.sets = {"a"}, .order = order}).entries, std::vector<Listed>{expected});
    EXPECT_EQ(select({.sets = {"b"}, .order = order}).entries, std::vector<Listed>{expected});
    EXPECT_EQ(select({.sets = {"a", "b", "none"}, .order = order}).entries, std::vector<Listed>{expected}) << "once";
    EXPECT_EQ(count({.sets = {"a", "b", "none"}, .order = order}), 1U);
    EXPECT_EQ(select({.sets = {"b", "a", "b", "b"}, .order = order}).entries, std::vector<Listed>{expected});
    EXPECT_TRUE(select({.sets = {"none"}, .order = order}).entries.empty());
    EXPECT_TRUE(select({.sets = {}, .order = order}).entries.empty());
    EXPECT_EQ(count({.sets = {"none"}, .order = order}), 0U);
    EXPECT_EQ(count({.sets = {}, .order = order}), 0U);
  }
}

TEST_P(Conformance, AListSaysWholeInWhichSetsAnItemStands) {
  stand("s", {"a", "b"});
  stand("s", {"b", "c"});
  EXPECT_EQ(walk({.sets = {"a"}}), Sks{});
  EXPECT_EQ(walk({.sets = {"b"}}), Sks{"s"});
  EXPECT_EQ(walk({.sets = {"c"}}), Sks{"s"});
  stand("s", {});
  EXPECT_EQ(walk({.sets = {"a", "b", "c"}}), Sks{}) << "a listing without sets";
  stand("s", {"a"});
  ASSERT_TRUE(write({List{{"p", "s"}, std::nullopt}}));
  EXPECT_EQ(walk({.sets = {"a", "b", "c"}}), Sks{}) << "no listing";
  ASSERT_TRUE(write({List{{"p", "s"}, std::nullopt}})) << "of one that is in no set";
}

TEST_P(Conformance, WhatHasNoNameIsMetInTheOrderByTimeAlone) {
  fill("p", {"named", "unnamed"});
  const auto list = [this](const char* sk, std::optional<std::string> name, std::int64_t time) {
    ASSERT_TRUE(write({List{{"p", sk}, Listing{{"a"}, std::move(name), time, ""}}}));
  };
  list("named", "", 2);
  list("unnamed", std::nullopt, 1);
  EXPECT_EQ(walk({.sets = {"a"}}), Sks{"named"});
  EXPECT_EQ(walk({.sets = {"a"}, .order = Order::kByTime}), (Sks{"unnamed", "named"}));
  EXPECT_EQ(select({.sets = {"a"}, .order = Order::kByTime}).entries.front().name, "");
  list("unnamed", "z", 3);
  EXPECT_EQ(walk({.sets = {"a"}}), (Sks{"named", "unnamed"}));
  list("named", std::nullopt, 2);
  EXPECT_EQ(walk({.sets = {"a"}}), Sks{"unnamed"});
  list("unnamed", std::nullopt, 3);
  EXPECT_EQ(walk({.sets = {"a"}}), Sks{});
  EXPECT_EQ(walk({.sets = {"a"}, .order = Order::kByTime}), (Sks{"named", "unnamed"}));
  ASSERT_TRUE(write({List{{"p", "named"}, std::nullopt}}));
  EXPECT_EQ(walk({.sets = {"a"}, .order = Order::kByTime}), Sks{"unnamed"}) << "a set of those without names";
}

TEST_P(Conformance, AnItemIsListedUnderItsPresentNameTimeAndFacets) {
  fill("p", {"s"});
  const auto list = [this](std::string name, std::int64_t time, std::string facets) {
    ASSERT_TRUE(write({List{{"p", "s"}, Listing{{"a", "b"}, std::move(name), time, std::move(facets)}}}));
    EXPECT_EQ(count({.sets = {"a", "b"}}), 1U);
    EXPECT_EQ(count({.sets = {"a", "b"}, .order = Order::kByTime}), 1U);
  };
  list("old", 1, "x");
  list("new", 1, "x");
  EXPECT_EQ(select({.sets = {"a"}}).entries.front().name, "new");
  EXPECT_EQ(walk({.sets = {"a", "b"}, .name_prefix = "old"}), Sks{});
  list("new", 2, "x");
  EXPECT_EQ(walk({.sets = {"a", "b"}, .order = Order::kByTime, .time_to = 2}), Sks{});
  EXPECT_EQ(walk({.sets = {"b"}, .order = Order::kByTime, .time_from = 2}), Sks{"s"});
  list("new", 2, "y");
  EXPECT_EQ(select({.sets = {"b"}}).entries.front().facets, "y");
  list("old", 1, "x");
  EXPECT_EQ(select({.sets = {"a"}}).entries.front(), (Listed{{"p", "s"}, "old", 1, "x"}));
}

TEST_P(Conformance, ListingRaisesNoVersionAndAnswersTheItems) {
  EXPECT_EQ(write({listing("s", {"a"}), Put{item({"p", "s"}), Absent{}}}).value(), (std::vector<Version>{1, 1}));
  EXPECT_EQ(write({listing("s", {"b"})}).value(), std::vector<Version>{1});
  EXPECT_EQ(write({listing("s", {"c"}), Put{item({"p", "s"}), Unchanged{1}}}).value(), (std::vector<Version>{2, 2}))
      << "as it is after the write";
  EXPECT_EQ(write({Check{{"p", "s"}, Unchanged{2}}, listing("s", {"d"})}).value(), (std::vector<Version>{2, 2}));
  EXPECT_EQ(get({"p", "s"})->version, 2U);
  EXPECT_EQ(walk({.sets = {"a", "b", "c"}}), Sks{});
  EXPECT_EQ(walk({.sets = {"d"}}), Sks{"s"});
}

TEST_P(Conformance, OnlyWhatIsThereCanBeListed) {
  fill("p", {"s"});
  EXPECT_EQ(write({listing("none", {"a"})}).error().code, Code::kConflict);
  EXPECT_EQ(write({List{{"p", "none"}, std::nullopt}}).error().code, Code::kConflict);
  EXPECT_EQ(write({Put{item({"p", "beside"}), Absent{}}, listing("none", {"a"})}).error().code, Code::kConflict);
  EXPECT_EQ(write({Delete{{"p", "s"}, {1}}, listing("s", {"a"})}).error().code, Code::kConflict);
  EXPECT_EQ(write({List{{"p", "s"}, std::nullopt}, Delete{{"p", "s"}, {1}}}).error().code, Code::kConflict);
  EXPECT_EQ(write({Check{{"p", "none"}, Absent{}}, listing("none", {"a"})}).error().code, Code::kConflict);
  EXPECT_EQ(get({"p", "beside"}), std::nullopt);
  EXPECT_EQ(get({"p", "s"})->version, 1U);
  EXPECT_EQ(count({.sets = {"a"}}), 0U);
}

TEST_P(Conformance, AConflictLeavesTheSetsAsTheyWere) {
  stand("s", {"a"});
  EXPECT_EQ(write({listing("s", {"b"}), Check{{"p", "s"}, Unchanged{2}}}).error().code, Code::kConflict);
  EXPECT_EQ(write({listing("s", {"b"}), Put{item({"p", "s"}), Absent{}}}).error().code, Code::kConflict);
  EXPECT_EQ(write({Delete{{"p", "s"}, {2}}}).error().code, Code::kConflict);
  EXPECT_EQ(walk({.sets = {"a"}}), Sks{"s"});
  EXPECT_EQ(walk({.sets = {"b"}}), Sks{});
}

TEST_P(Conformance, AnItemLeavesItsSetsWhenItIsDeletedAndNotWhenItIsPut) {
  stand("s", {"a", "b"});
  stand("t", {"b"});
  ASSERT_TRUE(write({Put{item({"p", "s"}, R"({"n":2})"), Unchanged{1}}}));
  EXPECT_EQ(walk({.sets = {"a", "b"}}), (Sks{"s", "t"})) << "a put leaves the sets alone";
  ASSERT_TRUE(write({Delete{{"p", "s"}, {2}}}));
  EXPECT_EQ(walk({.sets = {"a", "b"}}), Sks{"t"});
  fill("p", {"s"});
  EXPECT_EQ(walk({.sets = {"a", "b"}}), Sks{"t"}) << "it is new, and in no set";
}

TEST_P(Conformance, ManyItemsAreListedInOneWrite) {
  std::vector<Write> writes;
  Sks sks;
  for (std::size_t i = 0; i < kWritesMax / 2; ++i) {
    sks.push_back(fmt::format("{:03}", i));
    writes.emplace_back(listing(sks.back(), {"a", "b"}));
    writes.emplace_back(Put{item({"p", sks.back()}), Absent{}});
  }
  ASSERT_EQ(write(writes).value(), std::vector<Version>(kWritesMax, 1));
  EXPECT_EQ(walk({.sets = {"a", "b"}, .entries_max = 7}), sks);
}

// --- order and bounds -----------------------------------------------------------------------------------------------

TEST_P(Conformance, TheOrderByNameIsBytewise) {
  using namespace std::string_literals;
  const Sks names = {""s,
                     "\0"s,
                     "\0\0"s,
                     "A",
                     "Z",
                     "a",
                     "a\0"s,
                     "a\0b"s,
                     "aa",
                     "b",
                     "node-10",
                     "node-9",
                     "é",
                     "日本",
                     "\xff",
                     "\xff\xff",
                     std::string(kKeyBytesMax, '\xff')};
  int number = 0;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const Key key = {"p", std::to_string(++number)};
    ASSERT_TRUE(write({Put{item(key), Absent{}}, List{key, Listing{{number % 2 ? "odd" : "even"}, *name, 5, ""}}}));
  }
  for (const std::size_t entries_max : {1U, 2U, 3U, 16U, 17U, 18U, 1000U}) {
    for (const bool descending : {false, true}) {
      Selection asked = {.sets = {"odd", "even"}, .descending = descending, .entries_max = entries_max};
      Sks found;
      for (;;) {
        const ListedPage page = select(asked);
        for (const Listed& entry : page.entries) found.push_back(entry.name);
        if (!page.next_cursor) break;
        asked.cursor = *page.next_cursor;
      }
      if (descending) std::reverse(found.begin(), found.end());
      EXPECT_EQ(found, names);
    }
  }
}

TEST_P(Conformance, TheOrderByTimeIsThatOfNumbers) {
  const std::vector<std::int64_t> times = {0, 1, 9, 10, 255, 256, 1'700'000'000'000, INT64_MAX - 1, INT64_MAX};
  for (const std::int64_t time : times) stand(std::to_string(time), {time % 2 ? "odd" : "even", "all"}, time);
  const Selection all = {.sets = {"odd", "even", "all"}, .order = Order::kByTime, .entries_max = 2};
  Sks sks;
  for (const std::int64_t time : times) sks.push_back(std::to_string(time));
  EXPECT_EQ(walk(all), sks);
  Selection down = all;
  down.descending = true;
  EXPECT_EQ(walk(down), (Sks{sks.rbegin(), sks.rend()}));
  const auto within = [&](std::optional<std::int64_t> from, std::optional<std::int64_t> to) {
    Selection some = all;
    some.time_from = from;
    some.time_to = to;
    const Sks up = walk(some);
    some.descending = true;
    Sks reversed = walk(some);
    std::reverse(reversed.begin(), reversed.end());
    EXPECT_EQ(up, reversed);
    return up;
  };
  EXPECT_EQ(within(1, 10), (Sks{"1", "9"})) << "from is inclusive, to is exclusive";
  EXPECT_EQ(within(2, 9), Sks{});
  EXPECT_EQ(within(10, 9), Sks{});
  EXPECT_EQ(within(10, 10), Sks{});
  EXPECT_EQ(within(std::nullopt, 1), Sks{"0"});
  EXPECT_EQ(within(std::nullopt, 0), Sks{});
  EXPECT_EQ(within(-5, 1), Sks{"0"});
  EXPECT_EQ(within(INT64_MIN, INT64_MIN), Sks{});
  EXPECT_EQ(within(INT64_MAX, std::nullopt), Sks{std::to_string(INT64_MAX)});
  EXPECT_EQ(within(INT64_MAX - 1, INT64_MAX), Sks{std::to_string(INT64_MAX - 1)});
  EXPECT_EQ(within(257, std::nullopt).size(), 3U);
}

TEST_P(Conformance, APrefixChoosesAmongNames) {
  for (const char* sk : {"gpu", "gpu-1", "gpu-2", "gpu\xff", "gpv", "gp", "GPU"}) stand(sk, {"a", "b"});
  const auto with = [&](const std::string& prefix) {
    Selection some = {.sets = {"a", "b"}, .name_prefix = prefix, .entries_max = 2};
    const Sks up = walk(some);
    some.descending = true;
    const Sks down = walk(some);
    EXPECT_EQ(up, (Sks{down.rbegin(), down.rend()}));
    some.sets = {"a"};
    EXPECT_EQ(walk(some), down);
    return up;
  };
  EXPECT_EQ(with("gpu"), (Sks{"gpu", "gpu-1", "gpu-2", "gpu\xff"}));
  EXPECT_EQ(with("gpu-"), (Sks{"gpu-1", "gpu-2"}));
  EXPECT_EQ(with("gpu\xff"), Sks{"gpu\xff"});
  EXPECT_EQ(with("\xff"), Sks{});
  EXPECT_EQ(with("gq"), Sks{});
  EXPECT_EQ(with(""), (Sks{"GPU", "gp", "gpu", "gpu-1", "gpu-2", "gpu\xff", "gpv"}));
  EXPECT_EQ(with(std::string(kKeyBytesMax, 'g')), Sks{});
}

// Entries that the order does not tell apart still have one: of the table's own, the reverse of itself downwards, and
// the same for every selection and page.
TEST_P(Conformance, EntriesOfOneNameOrTimeHaveALastingOrder) {
  for (int i = 0; i < 12; ++i) {
    const Key key = {"p", std::to_string(i * 7 % 12)};
    ASSERT_TRUE(write({Put{item(key), Absent{}}, List{key, Listing{{i % 2 ? "odd" : "even", "x"}, "same", 5, ""}}}));
  }
  for (const Order order : {Order::kByName, Order::kByTime}) {
    const Sks up = walk({.sets = {"even", "odd"}, .order = order});
    ASSERT_EQ(up.size(), 12U);
    for (const std::size_t entries_max : {1U, 2U, 5U, 11U, 12U, 13U}) {
      EXPECT_EQ(walk({.sets = {"even", "odd"}, .order = order, .entries_max = entries_max}), up);
      EXPECT_EQ(walk({.sets = {"x", "odd"}, .order = order, .entries_max = entries_max}), up);
      EXPECT_EQ(walk({.sets = {"odd", "x"}, .order = order, .descending = true, .entries_max = entries_max}),
                (Sks{up.rbegin(), up.rend()}));
    }
    // Whatever else is said of an item: its place among its equals stays.
    const Key third = {"p", up[2]};
    ASSERT_TRUE(write({List{third, Listing{{"new", "odd"}, "same", 5, "facets"}}}));
    ASSERT_TRUE(write({Put{item(third), Unchanged{get(third)->version}}}));
    EXPECT_EQ(walk({.sets = {"even", "odd", "new"}, .order = order}), up);
    ASSERT_TRUE(write({List{third, Listing{{"even", "odd", "x"}, "same", 5, ""}}}));
  }
}

// --- pages ----------------------------------------------------------------------------------------------------------

TEST_P(Conformance, PagesOfSetsHaveTheSizeAskedFor) {
  Sks sks;
  for (int i = 0; i < 23; ++i) {
    sks.push_back(fmt::format("{:02}", i));
    stand(sks.back(), {fmt::format("third-{}", i % 3), i < 20 ? "most" : "rest"});
  }
  const std::vector<std::string> sets = {"third-0", "third-1", "third-2", "most", "rest"};
  for (const std::size_t entries_max : {1U, 2U, 5U, 22U, 23U, 24U, 1000U}) {
    EXPECT_EQ(walk({.sets = sets, .entries_max = entries_max}), sks);
    EXPECT_EQ(walk({.sets = {"most", "rest"}, .descending = true, .entries_max = entries_max}),
              (Sks{sks.rbegin(), sks.rend()}));
  }
  EXPECT_FALSE(select({.sets = sets, .entries_max = 23}).next_cursor) << "a page that ends at the end is the last";
  const ListedPage page = select({.sets = sets, .entries_max = 10});
  EXPECT_EQ(count({.sets = sets, .entries_max = 1, .cursor = page.next_cursor.value()}), 23U)
      << "a count is of all pages";
}

TEST_P(Conformance, WhatStandsAllTheTimeIsMetOnceWhateverIsWritten) {
  for (const char* sk : {"b", "d", "f", "h", "j"}) stand(sk, {"a"}, sk[0]);
  for (const bool descending : {false, true}) {
    for (const Order order : {Order::kByName, Order::kByTime}) {
      Selection asked = {.sets = {"a", "other"}, .order = order, .descending = descending, .entries_max = 2};
      const ListedPage page = select(asked);
      ASSERT_EQ(page.entries.size(), 2U);
      const std::string last = page.entries.back().key.sk;
      ASSERT_TRUE(write({Delete{{"p", last}, {get({"p", last})->version}}}));  // the one at which the page ended
      stand("f", {"other"}, 'f');                                              // it changes sets between the pages
      stand("e", {"a"}, 'e');
      stand("g", {"a"}, 'g');
      asked.cursor = page.next_cursor.value();
      EXPECT_EQ(walk(asked), descending ? (Sks{"g", "f", "e", "d", "b"}) : (Sks{"e", "f", "g", "h", "j"}));
      for (const char* sk : {"e", "g"}) ASSERT_TRUE(write({Delete{{"p", sk}, {1}}}));
      for (const char* sk : {"b", "d", "f", "h", "j"}) stand(sk, {"a"}, sk[0]);
    }
  }
}

// For whoever looks through entries and stops within a page.
TEST_P(Conformance, AWalkGoesOnAfterAnyEntry) {
  for (int i = 0; i < 9; ++i) {
    const Key key = {"p", std::to_string(i)};
    ASSERT_TRUE(write({Put{item(key), Absent{}}, List{key, Listing{{"a", "b"}, i < 6 ? "same" : "tail", i / 4, ""}}}));
  }
  for (const Order order : {Order::kByName, Order::kByTime}) {
    for (const bool descending : {false, true}) {
      const Selection asked = {.sets = {"a", "b"}, .order = order, .descending = descending, .entries_max = 9};
      const ListedPage page = select(asked);
      ASSERT_EQ(page.entries.size(), 9U);
      for (std::size_t i = 0; i < page.entries.size(); ++i) {
        Selection rest = asked;
        rest.cursor = cursor_after(asked, page.entries[i]);
        const std::vector<Listed> expected(page.entries.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                           page.entries.end());
        EXPECT_EQ(select(rest).entries, expected);
      }
    }
  }
}

TEST_P(Conformance, ACursorOfASelectionIsOfItsOrderAndBounds) {
  for (const char* sk : {"aa", "ab", "ac", "ad"}) stand(sk, {"x", "y"}, 5);
  const Selection by_name = {.sets = {"x"}, .name_prefix = "a", .entries_max = 1};
  const std::string cursor = select(by_name).next_cursor.value();
  const Selection by_time = {.sets = {"x"}, .order = Order::kByTime, .time_from = 0, .time_to = 9, .entries_max = 1};
  const std::string time_cursor = select(by_time).next_cursor.value();
  const auto refused = [&](Selection selection, const std::string& with) {
    selection.cursor = with;
    EXPECT_EQ(refusal_of(selection), Code::kInvalid);
  };
  refused({.sets = {"x"}, .order = Order::kByTime}, cursor);
  refused({.sets = {"x"}, .descending = true, .name_prefix = "a"}, cursor);
  refused({.sets = {"x"}, .name_prefix = "aa"}, cursor);
  refused({.sets = {"x"}}, cursor);
  refused({.sets = {"x"}, .order = Order::kByTime, .time_from = 0, .time_to = 10}, time_cursor);
  refused({.sets = {"x"}, .order = Order::kByTime, .time_from = 1, .time_to = 9}, time_cursor);
  refused({.sets = {"x"}, .order = Order::kByTime, .time_from = 0}, time_cursor);
  refused({.sets = {"x"}}, time_cursor);
  ASSERT_TRUE(write({Put{item({"q", "1"}), Absent{}}, Put{item({"q", "2"}), Absent{}}}));
  refused(by_name, query({.pk = "q", .items_max = 1}).next_cursor.value());
  for (const std::string& bad :
       {std::string("x"), cursor + "A", cursor.substr(0, cursor.size() - 2), std::string(5000, 'A'), std::string("!!"),
        (cursor.front() == 'A' ? "B" : "A") + cursor.substr(1), std::string("\0", 1)}) {
    refused(by_name, bad);
    refused(by_time, bad);
  }
  Selection other_sets = by_name;
  other_sets.sets = {"none", "y"};
  other_sets.entries_max = 2;
  other_sets.cursor = cursor;
  EXPECT_EQ(walk(other_sets), (Sks{"ab", "ac", "ad"})) << "what one reaches may change between pages, and their size";
}

// --- limits ---------------------------------------------------------------------------------------------------------

TEST_P(Conformance, ListingsHaveLimits) {
  fill("p", {"s"});
  const auto outcome = [this](Listing listing) {
    const auto written = write({List{{"p", "s"}, std::move(listing)}});
    return written ? Code::kInternal : written.error().code;
  };
  constexpr Code kDone = Code::kInternal;
  std::vector<std::string> sets;
  for (std::size_t i = 0; i < kSetsPerItemMax; ++i) sets.push_back(fmt::format("{:05}", i));
  EXPECT_EQ(outcome({sets, "n", 0, ""}), kDone);
  EXPECT_EQ(walk({.sets = sets}), Sks{"s"});
  sets.push_back("one more");
  EXPECT_EQ(outcome({sets, "n", 0, ""}), Code::kInvalid);
  const std::string longest(kKeyBytesMax, 'k');
  EXPECT_EQ(outcome({{longest}, longest, 0, std::string(kFacetsBytesMax, 'f')}), kDone);
  EXPECT_EQ(select({.sets = {longest}}).entries.front().name, longest);
  EXPECT_EQ(outcome({{longest + "k"}, "n", 0, ""}), Code::kInvalid);
  EXPECT_EQ(outcome({{"a"}, longest + "k", 0, ""}), Code::kInvalid);
  EXPECT_EQ(outcome({{"a"}, "n", 0, std::string(kFacetsBytesMax + 1, 'f')}), Code::kInvalid);
  EXPECT_EQ(outcome({{"a"}, "n", -1, ""}), Code::kInvalid);
  EXPECT_EQ(outcome({{""}, "n", 0, ""}), Code::kInvalid);
  EXPECT_EQ(outcome({{"b", "a"}, "n", 0, ""}), Code::kInvalid);
  EXPECT_EQ(outcome({{"a", "a"}, "n", 0, ""}), Code::kInvalid);
  EXPECT_EQ(walk({.sets = {longest}}), Sks{"s"}) << "what was refused changed nothing";
  EXPECT_EQ(write({listing("s", {"a"}), listing("s", {"b"})}).error().code, Code::kInvalid) << "one List a key";
  EXPECT_EQ(write({List{{"", "s"}, std::nullopt}}).error().code, Code::kInvalid);
}

TEST_P(Conformance, SelectionsHaveLimits) {
  const std::string too_long(kKeyBytesMax + 1, 'k');
  const std::vector<Selection> wrong = {
      {.sets = {"a"}, .entries_max = 0},
      {.sets = {"a"}, .entries_max = kReadsMax + 1},
      {.sets = {""}},
      {.sets = {too_long}},
      {.sets = std::vector<std::string>(kSetsPerSelectionMax + 1, "a")},
      {.sets = {"a"}, .name_prefix = too_long},
      {.sets = {"a"}, .time_from = 1},
      {.sets = {"a"}, .time_to = 1},
      {.sets = {"a"}, .order = Order::kByTime, .name_prefix = "n"},
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_EQ(refusal_of(wrong[i]), Code::kInvalid) << i;
    EXPECT_EQ(table_->count(wrong[i], forever_).error().code, Code::kInvalid) << i;
  }
  const base::Deadline past = base::Deadline::after(std::chrono::milliseconds(-1));
  EXPECT_EQ(table_->select({.sets = {"a"}}, past).error().code, Code::kDeadline);
  EXPECT_EQ(table_->count({.sets = {"a"}}, past).error().code, Code::kDeadline);
}

TEST_P(Conformance, ASelectionGoesOverTenThousandSets) {
  Sks sks;
  for (int i = 0; i < 60; ++i) {
    sks.push_back(fmt::format("{:02}", i));
    std::vector<std::string> own;
    for (int set = 0; set < 30; ++set) own.push_back(fmt::format("{:05}", i * 100 + set));
    own.push_back("99999");
    stand(sks.back(), own, i);
  }
  Selection all = {.entries_max = 50};
  for (std::size_t i = 0; i + 1 < kSetsPerSelectionMax; ++i) all.sets.push_back(fmt::format("{:05}", i));
  all.sets.emplace_back("99999");
  EXPECT_EQ(walk(all), sks);
  all.descending = true;
  EXPECT_EQ(walk(all), (Sks{sks.rbegin(), sks.rend()}));
}

TEST_P(Conformance, AnItemInAThousandSetsIsRenamedAndLeavesOne) {
  std::vector<std::string> sets;
  for (int i = 0; i < 1000; ++i) sets.push_back(fmt::format("{:04}", i));
  fill("p", {"s", "t"});
  ASSERT_TRUE(write({List{{"p", "s"}, Listing{sets, "old", 1, ""}}, List{{"p", "t"}, Listing{sets, "m", 1, ""}}}));
  ASSERT_TRUE(write({List{{"p", "s"}, Listing{sets, "new", 1, ""}}}));
  for (const char* set : {"0000", "0500", "0999"}) EXPECT_EQ(walk({.sets = {set}}), (Sks{"t", "s"})) << set;
  EXPECT_EQ(count({.sets = sets, .name_prefix = "old"}), 0U);
  sets.erase(sets.begin() + 500);
  ASSERT_TRUE(write({List{{"p", "s"}, Listing{sets, "new", 1, ""}}}));
  EXPECT_EQ(walk({.sets = {"0500"}}), Sks{"t"});
  EXPECT_EQ(walk({.sets = {"0500"}, .order = Order::kByTime}), Sks{"t"});
  EXPECT_EQ(walk({.sets = {"0499"}}), (Sks{"t", "s"}));
  EXPECT_EQ(count({.sets = sets}), 2U);
}

TEST_P(Conformance, NamesOfSetsAreBytes) {
  using namespace std::string_literals;
  const std::vector<std::string> sets = {"\0"s, "A", "a", "a\0"s, "a\0b"s, "é", "\xff"};
  for (std::size_t i = 0; i < sets.size(); ++i) stand(std::to_string(i), {sets[i]});
  for (std::size_t i = 0; i < sets.size(); ++i) EXPECT_EQ(walk({.sets = {sets[i]}}), Sks{std::to_string(i)}) << i;
}

// --- many at once ---------------------------------------------------------------------------------------------------

// An item that goes from one set to the other, and a pair that is renamed together: no page and no count sees them
// between.
TEST_P(Conformance, PagesAndCountsOfSetsAreOfOneMoment) {
  fill("p", {"s", "t"});
  const auto list_all = [this](int round) {
    const std::string name = round % 2 ? "zulu" : "alfa";
    return write(
        {List{{"p", "s"}, Listing{{round % 2 ? "left" : "pair", round % 2 ? "pair" : "right"}, name, round, ""}},
         List{{"p", "t"}, Listing{{"pair"}, name + "2", round, ""}}});
  };
  ASSERT_TRUE(list_all(0));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (int round = 1; round <= 300 && !HasFailure(); ++round) ASSERT_TRUE(list_all(round));
    stop = true;
  });
  while (!stop) {
    EXPECT_EQ(count({.sets = {"left", "right"}}), 1U);
    EXPECT_EQ(count({.sets = {"left", "right"}, .order = Order::kByTime}), 1U);
    const ListedPage page = select({.sets = {"left", "pair", "right"}});
    ASSERT_EQ(page.entries.size(), 2U);
    EXPECT_EQ(page.entries[0].time, page.entries[1].time);
    EXPECT_EQ(page.entries[0].name + "2", page.entries[1].name);
  }
  writer.join();
}

}  // namespace store

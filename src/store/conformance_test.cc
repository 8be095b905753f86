#include "store/conformance.h"

#include <atomic>
#include <thread>

#include "store/transaction.h"

namespace store {

using base::Code;
using Sks = std::vector<std::string>;

// --- writes ---------------------------------------------------------------------------------------------------------

TEST_P(Conformance, WhatWasWrittenIsRead) {
  Item written = item({"p", "s"}, R"({"name":"gpu"})", Key{"i", "j"});
  written.version = 77;  // the caller's is not looked at
  EXPECT_EQ(write({Put{written, Absent{}}}).value(), std::vector<Version>{1});
  written.version = 1;
  EXPECT_EQ(get({"p", "s"}), written);
  EXPECT_EQ(get({"p", "t"}), std::nullopt);
  EXPECT_EQ(get({"q", "s"}), std::nullopt);
}

TEST_P(Conformance, VersionsRiseByOneAndBeginAgainAfterADelete) {
  for (Version version = 1; version <= 5; ++version) {
    const Expectation expect = version == 1 ? Expectation(Absent{}) : Expectation(Unchanged{version - 1});
    EXPECT_EQ(write({Put{item({"p", "s"}), expect}}).value(), std::vector<Version>{version});
    EXPECT_EQ(get({"p", "s"})->version, version);
  }
  EXPECT_EQ(write({Delete{{"p", "s"}, {5}}}).value(), std::vector<Version>{0});
  EXPECT_EQ(get({"p", "s"}), std::nullopt);
  EXPECT_EQ(write({Put{item({"p", "s"}), Absent{}}}).value(), std::vector<Version>{1});
}

TEST_P(Conformance, AnExpectationThatDoesNotHoldIsAConflict) {
  const Key there = {"p", "there"};
  const Key absent = {"p", "absent"};
  ASSERT_TRUE(write({Put{item(there, R"({"n":1})"), Absent{}}}));
  const std::vector<Write> wrong = {
      Put{item(there), Absent{}},
      Put{item(there), Unchanged{2}},
      Put{item(there), Unchanged{0}},
      Put{item(absent), Unchanged{1}},
      Put{item(absent), Unchanged{0}},
      Delete{there, {2}},
      Delete{absent, {1}},
      Delete{absent, {0}},
      Check{there, Absent{}},
      Check{there, Unchanged{2}},
      Check{absent, Unchanged{1}},
      Check{absent, Unchanged{0}},
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_EQ(write({wrong[i]}).error().code, Code::kConflict) << i;
    EXPECT_EQ(write({Put{item({"p", "beside"}), Absent{}}, wrong[i]}).error().code, Code::kConflict) << i;
    EXPECT_EQ(write({wrong[i], Put{item({"p", "beside"}), Absent{}}}).error().code, Code::kConflict) << i;
  }
  EXPECT_EQ(get(there)->attributes, R"({"n":1})");
  EXPECT_EQ(get(there)->version, 1U);
  EXPECT_EQ(get(absent), std::nullopt);
  EXPECT_EQ(get({"p", "beside"}), std::nullopt);
}

TEST_P(Conformance, WritesAnswerInTheirOrder) {
  fill("p", {"kept", "changed", "gone"});
  ASSERT_TRUE(write({Put{item({"p", "kept"}), Unchanged{1}}}));
  const auto versions =
      write({Check{{"p", "none"}, Absent{}}, Put{item({"p", "changed"}), Unchanged{1}}, Delete{{"p", "gone"}, {1}},
             Check{{"p", "kept"}, Unchanged{2}}, Put{item({"p", "new"}), Absent{}}});
  EXPECT_EQ(versions.value(), (std::vector<Version>{0, 2, 0, 2, 1}));
  EXPECT_EQ(get({"p", "kept"})->version, 2U) << "a check writes nothing";
  EXPECT_EQ(sks_of(query({.pk = "p"})), (Sks{"changed", "kept", "new"}));
}

TEST_P(Conformance, APutReplacesTheWholeItem) {
  ASSERT_TRUE(write({Put{item({"p", "s"}, R"({"a":1})", Key{"i", "1"}), Absent{}}}));
  Item next = item({"p", "s"}, R"({"b":2})");
  next.type = "other";
  ASSERT_TRUE(write({Put{next, Unchanged{1}}}));
  next.version = 2;
  EXPECT_EQ(get({"p", "s"}), next);
  EXPECT_TRUE(query({.pk = "i", .by_index = true}).items.empty()) << "it left the index";
}

TEST_P(Conformance, NoWritesAreDoneAtOnce) { EXPECT_TRUE(write({}).value().empty()); }

// --- limits ---------------------------------------------------------------------------------------------------------

TEST_P(Conformance, AHundredWritesTogetherAndNotOneMore) {
  std::vector<Write> writes;
  for (std::size_t i = 0; i < kWritesMax; ++i) writes.push_back(Put{item({"p", fmt::format("{:03}", i)}), Absent{}});
  EXPECT_EQ(write(writes).value(), std::vector<Version>(kWritesMax, 1));
  for (Write& put : writes) std::get<Put>(put).expect = Unchanged{1};
  writes.push_back(Check{{"p", "one more"}, Absent{}});
  EXPECT_EQ(write(writes).error().code, Code::kInvalid);
  EXPECT_EQ(get({"p", "000"})->version, 1U);
}

TEST_P(Conformance, AKeyIsNamedOnceInAWrite) {
  EXPECT_EQ(write({Put{item({"p", "s"}), Absent{}}, Put{item({"p", "s"}), Absent{}}}).error().code, Code::kInvalid);
  EXPECT_EQ(write({Check{{"p", "s"}, Absent{}}, Put{item({"p", "s"}), Absent{}}}).error().code, Code::kInvalid);
  EXPECT_EQ(get({"p", "s"}), std::nullopt);
  EXPECT_TRUE(
      write({Put{item({"p", "s"}), Absent{}}, Put{item({"ps", "s"}), Absent{}}, Put{item({"p", "ss"}), Absent{}}}));
}

TEST_P(Conformance, KeyPartsHaveOneToAThousandAndTwentyFourBytes) {
  const std::string longest(kKeyBytesMax, 'k');
  const std::string too_long(kKeyBytesMax + 1, 'k');
  ASSERT_TRUE(write({Put{item({longest, longest}, "{}", Key{longest, longest}), Absent{}}}));
  EXPECT_EQ(get({longest, longest})->index, (Key{longest, longest}));
  EXPECT_EQ(walk({.pk = longest, .by_index = true, .items_max = 1}), Sks{longest});
  for (const std::string& bad : {std::string(), too_long}) {
    for (const Key& key : {Key{bad, "s"}, Key{"p", bad}}) {
      EXPECT_EQ(write({Put{item(key), Absent{}}}).error().code, Code::kInvalid);
      EXPECT_EQ(write({Put{item({"p", "s"}, "{}", key), Absent{}}}).error().code, Code::kInvalid);
      EXPECT_EQ(write({Delete{key, {1}}}).error().code, Code::kInvalid);
      EXPECT_EQ(write({Check{key, Absent{}}}).error().code, Code::kInvalid);
      EXPECT_EQ(table_->get(key, forever_).error().code, Code::kInvalid);
      EXPECT_EQ(table_->get_many(std::span(&key, 1), forever_).error().code, Code::kInvalid);
    }
    EXPECT_EQ(refusal_of({.pk = bad}), Code::kInvalid);
  }
  EXPECT_EQ(refusal_of({.pk = "p", .sk_from = too_long}), Code::kInvalid);
  EXPECT_EQ(refusal_of({.pk = "p", .sk_to = too_long}), Code::kInvalid);
}

TEST_P(Conformance, AnItemHasAtMostItsBytes) {
  Item largest = item({"p", "s"}, "", Key{"ip", "is"});
  largest.attributes.assign(kItemBytesMax - 6 - largest.type.size(), 'x');
  ASSERT_TRUE(write({Put{largest, Absent{}}}));
  EXPECT_EQ(get({"p", "s"})->attributes, largest.attributes);
  largest.attributes.push_back('x');
  EXPECT_EQ(write({Put{largest, Unchanged{1}}}).error().code, Code::kInvalid);
}

TEST_P(Conformance, ReadsAreLimited) {
  EXPECT_EQ(refusal_of({.pk = "p", .items_max = 0}), Code::kInvalid);
  EXPECT_EQ(refusal_of({.pk = "p", .items_max = kReadsMax + 1}), Code::kInvalid);
  EXPECT_TRUE(query({.pk = "p", .items_max = kReadsMax}).items.empty());
  std::vector<Key> keys(kReadsMax, Key{"p", "s"});
  EXPECT_EQ(table_->get_many(keys, forever_).value().size(), kReadsMax);
  keys.push_back({"p", "s"});
  EXPECT_EQ(table_->get_many(keys, forever_).error().code, Code::kInvalid);
}

TEST_P(Conformance, ADeadlineThatHasPassedEndsTheCall) {
  const base::Deadline passed = base::Deadline::after(std::chrono::milliseconds(0));
  const Write put = Put{item({"p", "s"}), Absent{}};
  EXPECT_EQ(table_->write(std::span(&put, 1), passed).error().code, Code::kDeadline);
  EXPECT_EQ(table_->get({"p", "s"}, passed).error().code, Code::kDeadline);
  EXPECT_EQ(table_->query({.pk = "p"}, passed).error().code, Code::kDeadline);
  EXPECT_EQ(get({"p", "s"}), std::nullopt);
}

// --- bytes ----------------------------------------------------------------------------------------------------------

TEST_P(Conformance, KeysAreBytes) {
  using namespace std::string_literals;
  // In the order that the port promises: bytewise, unsigned, the shorter first.
  const Sks sks = {"\0"s, "\0\0"s, "\0a"s, "A", "Z",    "a", "a\0"s, "a\0b"s,
                   "aa",  "b",     "z",    "é", "日本", "𝄞", "\xff", "\xff\xff"};
  for (const std::string& pk : sks) fill(pk, {sks.rbegin(), sks.rend()});
  for (const std::string& pk : sks) {
    EXPECT_EQ(walk({.pk = pk, .items_max = 3}), sks);
    EXPECT_EQ(walk({.pk = pk, .descending = true, .items_max = 5}), (Sks{sks.rbegin(), sks.rend()}));
    for (const std::string& sk : sks) EXPECT_EQ(get({pk, sk})->key, (Key{pk, sk}));
  }
}

TEST_P(Conformance, AttributesAndTypeAreGivenBackAsTheyCame) {
  using namespace std::string_literals;
  for (const std::string& text : {""s, "{}"s, "{\"ü\":\"日本 𝄞\"}"s, "{\"a\":1e400}"s, "a\0b"s, " { } "s}) {
    Item written = item({"p", "s" + text}, text);
    written.type = text;
    ASSERT_TRUE(write({Put{written, Absent{}}}));
    EXPECT_EQ(get(written.key)->attributes, text);
    EXPECT_EQ(get(written.key)->type, text);
  }
}

// --- get_many -------------------------------------------------------------------------------------------------------

TEST_P(Conformance, GetManyAnswersEachKeyInTheOrderAsked) {
  fill("p", {"a", "b"});
  const std::vector<Key> keys = {{"p", "b"}, {"p", "none"}, {"p", "a"}, {"p", "b"}};
  const auto items = table_->get_many(keys, forever_).value();
  ASSERT_EQ(items.size(), 4U);
  EXPECT_EQ(items[0]->key.sk, "b");
  EXPECT_FALSE(items[1]);
  EXPECT_EQ(items[2]->key.sk, "a");
  EXPECT_EQ(items[3], items[0]);
  EXPECT_TRUE(table_->get_many({}, forever_).value().empty());
}

// --- queries --------------------------------------------------------------------------------------------------------

TEST_P(Conformance, AQueryHasBoundsAndADirection) {
  fill("p", {"a", "b", "c", "d", "e"});
  fill("o", {"x"});
  fill("q", {"x"});
  fill(std::string("p\0", 2), {"x"});
  EXPECT_EQ(sks_of(query({.pk = "p"})), (Sks{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(sks_of(query({.pk = "p", .sk_from = "b", .sk_to = "d"})), (Sks{"b", "c"}));
  EXPECT_EQ(sks_of(query({.pk = "p", .sk_from = "b", .sk_to = "d", .descending = true})), (Sks{"c", "b"}));
  EXPECT_EQ(sks_of(query({.pk = "p", .sk_from = "bb"})), (Sks{"c", "d", "e"}));
  EXPECT_EQ(sks_of(query({.pk = "p", .sk_to = "c"})), (Sks{"a", "b"}));
  EXPECT_EQ(sks_of(query({.pk = "p", .descending = true, .items_max = 2})), (Sks{"e", "d"}));
  EXPECT_EQ(sks_of(query({.pk = "p", .sk_from = "c", .sk_to = "c"})), Sks{});
  EXPECT_EQ(sks_of(query({.pk = "p", .sk_from = "d", .sk_to = "b"})), Sks{});
  EXPECT_EQ(sks_of(query({.pk = "p", .sk_from = "d", .sk_to = "b", .descending = true})), Sks{});
  EXPECT_EQ(sks_of(query({.pk = "p", .sk_to = ""})), Sks{});
  EXPECT_EQ(sks_of(query({.pk = "none"})), Sks{});
}

TEST_P(Conformance, PrefixesAreAskedForWithTheirEnd) {
  fill("p", {"node", "node#", "node#1", "node#\xff", "node$", "oak"});
  EXPECT_EQ(sks_of(query({.pk = "p", .sk_from = "node#", .sk_to = end_of_prefix("node#")})),
            (Sks{"node#", "node#1", "node#\xff"}));
}

TEST_P(Conformance, PagesFollowOneAnotherBothWays) {
  Sks sks;
  for (int i = 0; i < 23; ++i) sks.push_back(fmt::format("{:02}", i));
  fill("p", sks);
  for (const std::size_t items_max : {1U, 2U, 5U, 22U, 23U, 24U, 1000U}) {
    EXPECT_EQ(walk({.pk = "p", .items_max = items_max}), sks);
    EXPECT_EQ(walk({.pk = "p", .descending = true, .items_max = items_max}), (Sks{sks.rbegin(), sks.rend()}));
    EXPECT_EQ(walk({.pk = "p", .sk_from = "05", .sk_to = "10", .items_max = items_max}),
              (Sks{"05", "06", "07", "08", "09"}));
    EXPECT_EQ(walk({.pk = "p", .sk_from = "05", .sk_to = "10", .descending = true, .items_max = items_max}),
              (Sks{"09", "08", "07", "06", "05"}));
  }
  EXPECT_FALSE(query({.pk = "p", .items_max = 23}).next_cursor) << "a page that ends at the end is the last";
}

TEST_P(Conformance, WhatIsWrittenBetweenPagesNeitherRepeatsNorHidesTheRest) {
  fill("p", {"b", "d", "f", "h"});
  Query asked = {.pk = "p", .items_max = 2};
  Page page = query(asked);
  EXPECT_EQ(sks_of(page), (Sks{"b", "d"}));
  fill("p", {"a", "c", "e"});
  ASSERT_TRUE(write({Delete{{"p", "d"}, {1}}, Delete{{"p", "f"}, {1}}}));  // also the one at which the page ended
  asked.cursor = page.next_cursor.value();
  EXPECT_EQ(walk(asked), (Sks{"e", "h"}));

  Query down = {.pk = "p", .descending = true, .items_max = 2};
  page = query(down);
  EXPECT_EQ(sks_of(page), (Sks{"h", "e"}));
  ASSERT_TRUE(write({Delete{{"p", "e"}, {1}}}));
  fill("p", {"d", "g"});
  down.cursor = page.next_cursor.value();
  EXPECT_EQ(walk(down), (Sks{"d", "c", "b", "a"}));
}

TEST_P(Conformance, ACursorIsOfItsQueryAlone) {
  fill("p", {"a", "b", "c"});
  ASSERT_TRUE(write(
      {Put{item({"q", "1"}, "{}", Key{"p", "a"}), Absent{}}, Put{item({"q", "2"}, "{}", Key{"p", "a"}), Absent{}}}));
  const Query asked = {.pk = "p", .sk_from = "a", .sk_to = "z", .items_max = 1};
  const std::string cursor = query(asked).next_cursor.value();
  std::vector<Query> others(6, asked);
  others[0].pk = "q";
  others[1].by_index = true;
  others[2].sk_from = "";
  others[3].sk_to = "y";
  others[4].sk_to.reset();
  others[5].descending = true;
  for (Query& other : others) {
    other.cursor = cursor;
    EXPECT_EQ(refusal_of(other), Code::kInvalid);
  }
  Query larger = asked;
  larger.items_max = 2;
  larger.cursor = cursor;
  EXPECT_EQ(sks_of(query(larger)), (Sks{"b", "c"})) << "the size of a page may change between pages";
  for (const std::string& bad :
       {std::string("x"), cursor + "A", cursor.substr(0, cursor.size() - 2), std::string(5000, 'A'), std::string("!!"),
        (cursor.front() == 'A' ? "B" : "A") + cursor.substr(1), std::string("\0", 1)}) {
    Query mangled = asked;
    mangled.cursor = bad;
    EXPECT_EQ(refusal_of(mangled), Code::kInvalid) << bad;
  }
}

// --- the index ------------------------------------------------------------------------------------------------------

TEST_P(Conformance, TheIndexIsOrderedByItsSkAndThenByKey) {
  const std::vector<std::pair<Key, Key>> items = {{{"b", "1"}, {"i", "x"}}, {{"a", "2"}, {"i", "x"}},
                                                  {{"a", "1"}, {"i", "x"}}, {{"c", "0"}, {"i", "w"}},
                                                  {{"0", "9"}, {"i", "y"}}, {{"z", "z"}, {"j", "x"}}};
  for (const auto& [key, index] : items) ASSERT_TRUE(write({Put{item(key, "{}", index), Absent{}}}));
  fill("i", {"x"});  // one that is not in the index
  const Sks up = {"0", "1", "2", "1", "9"};
  const Sks down = {"9", "1", "2", "1", "0"};
  for (const std::size_t items_max : {1U, 2U, 3U, 4U, 5U, 6U}) {
    EXPECT_EQ(walk({.pk = "i", .by_index = true, .items_max = items_max}), up);
    EXPECT_EQ(walk({.pk = "i", .by_index = true, .descending = true, .items_max = items_max}), down);
    EXPECT_EQ(walk({.pk = "i", .by_index = true, .sk_from = "x", .sk_to = "y", .items_max = items_max}),
              (Sks{"1", "2", "1"}));
    EXPECT_EQ(
        walk({.pk = "i", .by_index = true, .sk_from = "x", .sk_to = "y", .descending = true, .items_max = items_max}),
        (Sks{"1", "2", "1"}));
    EXPECT_EQ(walk({.pk = "i", .by_index = true, .sk_from = "wa", .items_max = items_max}), (Sks{"1", "2", "1", "9"}));
  }
  EXPECT_EQ(query({.pk = "i", .by_index = true, .items_max = 1}).items.front(), *get({"c", "0"})) << "whole items";
}

TEST_P(Conformance, AnItemMovesInTheIndexWithItsKey) {
  ASSERT_TRUE(write({Put{item({"p", "s"}, "{}", Key{"i", "1"}), Absent{}}}));
  ASSERT_TRUE(write({Put{item({"p", "s"}, "{}", Key{"i", "2"}), Unchanged{1}}}));
  EXPECT_EQ(query({.pk = "i", .by_index = true}).items.size(), 1U);
  EXPECT_EQ(query({.pk = "i", .by_index = true}).items.front().version, 2U);
  EXPECT_TRUE(query({.pk = "i", .by_index = true, .sk_to = "2"}).items.empty());
  ASSERT_TRUE(write({Delete{{"p", "s"}, {2}}}));
  EXPECT_TRUE(query({.pk = "i", .by_index = true}).items.empty());
}

TEST_P(Conformance, TheIndexIsPagedWhileItemsMoveInIt) {
  for (const char* sk : {"1", "2", "3", "4"})
    ASSERT_TRUE(write({Put{item({"p", sk}, "{}", Key{"i", "same"}), Absent{}}}));
  Query asked = {.pk = "i", .by_index = true, .items_max = 2};
  const Page page = query(asked);
  EXPECT_EQ(sks_of(page), (Sks{"1", "2"}));
  ASSERT_TRUE(write({Delete{{"p", "2"}, {1}}, Put{item({"p", "3"}), Unchanged{1}}}));
  asked.cursor = page.next_cursor.value();
  EXPECT_EQ(walk(asked), Sks{"4"});
}

// --- many at once ---------------------------------------------------------------------------------------------------

TEST_P(Conformance, NoUpdateIsLostAmongThreads) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 40;
  ASSERT_TRUE(write({Put{item({"p", "n"}, "0"), Absent{}}}));
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this] {
      for (int done = 0; done < kRounds;) {
        const auto result = transact(*table_, forever_, [](Transaction& tx) -> base::Result<void> {
          std::optional<Item> counter = TRY(tx.get({"p", "n"}));
          counter->attributes = std::to_string(std::stoi(counter->attributes) + 1);
          tx.put(std::move(*counter));
          return {};
        });
        if (result)
          ++done;
        else
          ASSERT_EQ(result.error().code, Code::kConflict);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(get({"p", "n"})->attributes, std::to_string(kThreads * kRounds));
  EXPECT_EQ(get({"p", "n"})->version, kThreads * kRounds + 1U);
}

TEST_P(Conformance, OfManyWhoPutIfAbsentOneSucceeds) {
  std::atomic<int> wins = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 25; ++n) {
        const Write put = Put{item({"marker", std::to_string(n)}, std::to_string(i)), Absent{}};
        const auto result = table_->write(std::span(&put, 1), forever_);
        if (result)
          ++wins;
        else
          EXPECT_EQ(result.error().code, Code::kConflict);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wins, 25);
}

// Two items that are always written together are never seen apart: by get_many, and by a query.
TEST_P(Conformance, ReadsAreOfOneMoment) {
  ASSERT_TRUE(write({Put{item({"p", "a"}), Absent{}}, Put{item({"p", "b"}), Absent{}}}));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (Version version = 1; version <= 300 && !HasFailure(); ++version)
      ASSERT_TRUE(write({Put{item({"p", "a"}), Unchanged{version}}, Put{item({"p", "b"}), Unchanged{version}}}));
    stop = true;
  });
  const std::vector<Key> keys = {{"p", "a"}, {"p", "b"}};
  while (!stop) {
    const auto items = table_->get_many(keys, forever_).value();
    EXPECT_EQ(items[0]->version, items[1]->version);
    const Page page = query({.pk = "p"});
    EXPECT_EQ(page.items[0].version, page.items[1].version);
  }
  writer.join();
}

}  // namespace store

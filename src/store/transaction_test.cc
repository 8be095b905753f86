#include "store/transaction.h"

#include <gtest/gtest.h>

#include "store/transaction_fixture.h"

namespace store {
namespace {

using base::Deadline;

TEST_F(TransactionTest, WritesWhatWasPutAndDeletesWhatWasErased) {
  seed("old", "{}");
  seed("kept", "{}");
  Transaction tx(table_, deadline_);
  ASSERT_TRUE(tx.get({"p", "old"}).value());
  ASSERT_TRUE(tx.get({"p", "kept"}).value());
  tx.erase({"p", "old"});
  tx.put(item_of("p", "kept", R"({"n":2})"));
  tx.put(item_of("p", "new", R"({"n":1})"));
  ASSERT_TRUE(tx.commit());
  EXPECT_EQ(stored("old"), "absent");
  EXPECT_EQ(stored("kept"), R"({"n":2})");
  EXPECT_EQ(stored("new"), R"({"n":1})");
}

TEST_F(TransactionTest, SeesItsOwnWritesAndTheirVersions) {
  seed("a", "{}");
  Transaction tx(table_, deadline_);
  EXPECT_EQ(tx.get({"p", "a"}).value()->version, 1U);
  EXPECT_EQ(tx.version_of({"p", "a"}), 1U);
  tx.put(item_of("p", "a", R"({"n":1})"));
  EXPECT_EQ(tx.get({"p", "a"}).value()->attributes, R"({"n":1})");
  EXPECT_EQ(tx.get({"p", "a"}).value()->version, 2U);
  tx.put(item_of("p", "a", R"({"n":2})"));
  EXPECT_EQ(tx.version_of({"p", "a"}), 2U) << "two puts of one transaction are one write";
  tx.put(item_of("p", "b", "{}"));
  EXPECT_EQ(tx.version_of({"p", "b"}), 1U);
  ASSERT_TRUE(tx.commit());
  EXPECT_EQ(table_.table.get({"p", "a"}, deadline_).value()->version, 2U);
  EXPECT_EQ(table_.table.get({"p", "b"}, deadline_).value()->version, 1U);

  Transaction next(table_, deadline_);
  ASSERT_TRUE(next.get({"p", "a"}).value());
  next.erase({"p", "a"});
  EXPECT_FALSE(next.get({"p", "a"}).value());
  EXPECT_EQ(next.version_of({"p", "a"}), 0U);
}

TEST_F(TransactionTest, ReadsEachKeyOnce) {
  seed("a", "{}");
  Transaction tx(table_, deadline_);
  const std::vector<Key> keys = {{"p", "b"}, {"p", "a"}, {"p", "b"}};
  const auto items = tx.get_many(keys).value();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_FALSE(items[0]);
  EXPECT_TRUE(items[1]);
  EXPECT_FALSE(items[2]);
  EXPECT_EQ(table_.keys_read, 2U);
  ASSERT_TRUE(tx.get({"p", "a"}).value());
  change("a", R"({"n":9})");
  EXPECT_EQ(tx.get({"p", "a"}).value()->attributes, "{}") << "reading twice gives the same answer";
  EXPECT_EQ(table_.keys_read, 2U);
}

// A grant is decided on a membership that was only read. Were it not checked, a member removed at that moment would be
// granted all the same.
TEST_F(TransactionTest, WhatWasOnlyReadIsExpectedToBeUnchanged) {
  seed("member", "{}");
  Transaction tx(table_, deadline_);
  ASSERT_TRUE(tx.get({"p", "member"}).value());
  tx.put(item_of("p", "grant", "{}"));
  change("member", R"({"bit":1})");
  EXPECT_EQ(tx.commit().error().code, base::Code::kConflict);
  EXPECT_EQ(stored("grant"), "absent");
}

TEST_F(TransactionTest, WhatWasFoundAbsentIsExpectedToBeAbsent) {
  Transaction tx(table_, deadline_);
  ASSERT_FALSE(tx.get({"p", "marker"}).value());
  tx.put(item_of("p", "thing", "{}"));
  change("marker", "{}");
  EXPECT_EQ(tx.commit().error().code, base::Code::kConflict);
}

TEST_F(TransactionTest, APutOfWhatWasNotReadNeverOverwrites) {
  seed("a", "{}");
  Transaction tx(table_, deadline_);
  tx.put(item_of("p", "a", R"({"n":1})"));
  EXPECT_EQ(tx.commit().error().code, base::Code::kConflict);
  EXPECT_EQ(stored("a"), "{}");
}

TEST_F(TransactionTest, WhatChangesNothingWritesNothing) {
  seed("a", "{}");
  Transaction tx(table_, deadline_);
  ASSERT_TRUE(tx.get({"p", "a"}).value());
  tx.put(item_of("p", "b", "{}"));
  tx.erase({"p", "b"});
  change("a", R"({"n":1})");
  EXPECT_TRUE(tx.commit()) << "what only reads needs no proof";
  EXPECT_TRUE(table_.written.empty());
}

TEST_F(TransactionTest, PutAndErasedAgainIsCheckedBesideARealWrite) {
  Transaction tx(table_, deadline_);
  tx.put(item_of("p", "a", "{}"));
  tx.erase({"p", "a"});
  tx.put(item_of("p", "b", "{}"));
  change("a", "{}");
  EXPECT_EQ(tx.commit().error().code, base::Code::kConflict);
}

TEST_F(TransactionTest, MoreThanTheTableTakesIsRefusedAndNothingIsWritten) {
  Transaction tx(table_, deadline_);
  for (std::size_t i = 0; i <= kWritesMax; ++i) tx.put(item_of("p", std::to_string(i), "{}"));
  EXPECT_EQ(tx.commit().error().code, base::Code::kInvalid);
  EXPECT_EQ(stored("0"), "absent");
}

using TransactionDeathTest = TransactionTest;

TEST_F(TransactionDeathTest, EraseOfWhatWasNotReadIsAMistakeOfOurs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Transaction tx(table_, deadline_);
  EXPECT_DEATH(tx.erase({"p", "a"}), "was read in this transaction");
  ASSERT_FALSE(tx.get({"p", "a"}).value());
  EXPECT_DEATH(tx.erase({"p", "a"}), "is there");
  EXPECT_DEATH((void)tx.version_of({"p", "unread"}), "read or written");
}

TEST_F(TransactionTest, TransactRunsAgainOnFreshReadsAfterAConflict) {
  seed("n", "1");
  int interference = 3;
  table_.before_write = [&] {
    if (interference-- > 0) change("n", std::to_string(std::stoi(stored("n")) + 10));
  };
  int runs = 0;
  const auto result = transact(table_, deadline_, [&](Transaction& tx) -> base::Result<int> {
    ++runs;
    std::optional<Item> item = TRY(tx.get({"p", "n"}));
    const int next = std::stoi(item->attributes) + 1;
    item->attributes = std::to_string(next);
    tx.put(std::move(*item));
    return next;
  });
  EXPECT_EQ(result.value(), 32);
  EXPECT_EQ(stored("n"), "32");
  EXPECT_EQ(runs, 4);
}

TEST_F(TransactionTest, TransactGivesUpAfterItsAttempts) {
  seed("n", "0");
  table_.failure = base::Error(base::Code::kConflict, "taken");
  int runs = 0;
  const auto result = transact(table_, deadline_, [&](Transaction& tx) -> base::Result<void> {
    ++runs;
    tx.put(item_of("p", "x", "{}"));
    return {};
  });
  EXPECT_EQ(result.error().code, base::Code::kConflict);
  EXPECT_EQ(runs, kAttemptsMax);
}

TEST_F(TransactionTest, TransactDoesNotWaitPastTheDeadline) {
  table_.failure = base::Error(base::Code::kConflict, "taken");
  int runs = 0;
  const auto result =
      transact(table_, Deadline::after(std::chrono::milliseconds(0)), [&](Transaction& tx) -> base::Result<void> {
        ++runs;
        tx.put(item_of("p", "x", "{}"));
        return {};
      });
  EXPECT_EQ(result.error().code, base::Code::kConflict);
  EXPECT_EQ(runs, 1);
}

TEST_F(TransactionTest, AnErrorOfTheFunctionOrOfTheTableEndsIt) {
  const auto refused = transact(table_, deadline_, [&](Transaction& tx) -> base::Result<void> {
    tx.put(item_of("p", "x", "{}"));
    return base::fail(base::Code::kForbidden, "no");
  });
  EXPECT_EQ(refused.error().code, base::Code::kForbidden);
  EXPECT_TRUE(table_.written.empty());

  table_.failure = base::Error(base::Code::kUnavailable, "gone");
  const auto lost = transact(table_, deadline_, [&](Transaction& tx) -> base::Result<void> {
    tx.put(item_of("p", "x", "{}"));
    return {};
  });
  EXPECT_EQ(lost.error().code, base::Code::kUnavailable);
  EXPECT_EQ(table_.written.size(), 1U) << "it is not known whether it happened: never tried twice";
}

// --- listings -------------------------------------------------------------------------------------------------------

TEST_F(TransactionTest, AListingIsWrittenWithTheItem) {
  Transaction tx(table_, deadline_);
  tx.put(item_of("p", "a", "{}"));
  tx.list({"p", "a"}, Listing{{"x"}, "first", 1, ""});
  tx.list({"p", "a"}, Listing{{"x", "y"}, "a", 1, ""});
  ASSERT_TRUE(tx.commit());
  EXPECT_EQ(listed_in("x"), std::vector<std::string>{"a"});
  EXPECT_EQ(listed_in("y"), std::vector<std::string>{"a"}) << "the last word counts";
  EXPECT_EQ(table_.table.get({"p", "a"}, deadline_).value()->version, 1U);
}

TEST_F(TransactionTest, AListingAloneIsWrittenAndHangsOnWhatWasRead) {
  seed("a", "{}");
  {
    Transaction tx(table_, deadline_);
    ASSERT_TRUE(tx.get({"p", "a"}).value());
    tx.list({"p", "a"}, Listing{{"x"}, "a", 1, ""});
    ASSERT_TRUE(tx.commit());
  }
  EXPECT_EQ(listed_in("x"), std::vector<std::string>{"a"});
  Transaction tx(table_, deadline_);
  ASSERT_TRUE(tx.get({"p", "a"}).value());
  tx.list({"p", "a"}, Listing{{"y"}, "a", 1, ""});
  change("a", R"({"n":1})");
  EXPECT_EQ(tx.commit().error().code, base::Code::kConflict);
  EXPECT_EQ(listed_in("x"), std::vector<std::string>{"a"});
  EXPECT_TRUE(listed_in("y").empty());
}

TEST_F(TransactionTest, WhatIsErasedIsNotListed) {
  seed("a", "{}");
  Transaction tx(table_, deadline_);
  ASSERT_TRUE(tx.get({"p", "a"}).value());
  tx.list({"p", "a"}, Listing{{"x"}, "a", 1, ""});
  tx.erase({"p", "a"});
  tx.put(item_of("p", "b", "{}"));
  tx.list({"p", "b"}, Listing{{"x"}, "b", 1, ""});
  tx.erase({"p", "b"});  // never there
  ASSERT_TRUE(tx.commit());
  EXPECT_TRUE(listed_in("x").empty());
}

// --- what is known already ------------------------------------------------------------------------------------------

TEST_F(TransactionTest, WhatIsAssumedIsNotReadAndExpectedToBeSo) {
  seed("head", "{}");
  Item known = item_of("p", "head", "{}");
  known.version = 1;
  {
    Transaction tx(table_, deadline_);
    tx.assume(known);
    EXPECT_EQ(tx.get({"p", "head"}).value(), known);
    EXPECT_EQ(tx.version_of({"p", "head"}), 1U);
    tx.put(item_of("p", "head", R"({"n":2})"));
    ASSERT_TRUE(tx.commit());
    EXPECT_EQ(table_.keys_read, 0U);
  }
  EXPECT_EQ(stored("head"), R"({"n":2})");
  Transaction late(table_, deadline_);
  late.assume(known);
  late.put(item_of("p", "other", "{}"));
  EXPECT_EQ(late.commit().error().code, base::Code::kConflict) << "it is at version 2";
  EXPECT_EQ(stored("other"), "absent");
}

TEST_F(TransactionDeathTest, AssumingWhatWasReadOrWrittenIsAMistakeOfOurs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Transaction tx(table_, deadline_);
  ASSERT_FALSE(tx.get({"p", "a"}).value());
  tx.put(item_of("p", "b", "{}"));
  EXPECT_DEATH(tx.assume(item_of("p", "a", "{}")), "neither read nor written");
  EXPECT_DEATH(tx.assume(item_of("p", "b", "{}")), "neither read nor written");
}

TEST_F(TransactionTest, ChangesAreWhatIsToBeWrittenBeforeAndAfter) {
  seed("changed", R"({"n":1})");
  seed("gone", R"({"n":2})");
  seed("read", "{}");
  Transaction tx(table_, deadline_);
  EXPECT_TRUE(tx.changes().empty());
  for (const char* sk : {"changed", "gone", "read", "none"}) ASSERT_TRUE(tx.get({"p", sk}));
  EXPECT_TRUE(tx.changes().empty()) << "what is only read";
  tx.put(item_of("p", "new", R"({"n":3})"));
  tx.put(item_of("p", "changed", R"({"n":4})"));
  tx.put(item_of("p", "both", "{}"));
  tx.erase({"p", "both"});
  tx.erase({"p", "gone"});
  const std::vector<Change> changes = tx.changes();
  ASSERT_EQ(changes.size(), 3U) << "what was put and erased again is as it was";
  EXPECT_EQ(changes[0].before->attributes, R"({"n":1})");
  EXPECT_EQ(changes[0].after->attributes, R"({"n":4})");
  EXPECT_EQ(changes[0].after->version, 2U);
  EXPECT_EQ(changes[1].before->attributes, R"({"n":2})");
  EXPECT_EQ(changes[1].after, nullptr);
  EXPECT_EQ(changes[2].before, nullptr);
  EXPECT_EQ(changes[2].after->key.sk, "new");
}

TEST(EndOfPrefix, IsTheFirstTextAfterAllThatBeginWithIt) {
  EXPECT_EQ(end_of_prefix("node#"), "node$");
  EXPECT_EQ(end_of_prefix("a\xff"), "b");
  EXPECT_EQ(end_of_prefix("a\xff\xff"), "b");
  EXPECT_EQ(end_of_prefix(std::string("a\0", 2)), "a\x01");
  EXPECT_EQ(end_of_prefix("\x7f"), "\x80");
  EXPECT_EQ(end_of_prefix("\xff"), std::nullopt);
  EXPECT_EQ(end_of_prefix(""), std::nullopt);
}

}  // namespace
}  // namespace store

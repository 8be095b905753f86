#include "store/transaction.h"

#include <gtest/gtest.h>

#include "store/memory_table.h"

namespace store {
namespace {

using base::Deadline;

Item item_of(std::string pk, std::string sk, std::string attributes) {
  return {{std::move(pk), std::move(sk)}, std::nullopt, "thing", 0, std::move(attributes)};
}

// Hands everything to a table of memory, and lets a test look in, fail, or come in between.
class WatchedTable final : public Table {
 public:
  base::Result<std::optional<Item>> get(const Key& key, Deadline deadline) override { return table.get(key, deadline); }
  base::Result<std::vector<std::optional<Item>>> get_many(std::span<const Key> keys, Deadline deadline) override {
    keys_read += keys.size();
    return table.get_many(keys, deadline);
  }
  base::Result<Page> query(const Query& query, Deadline deadline) override { return table.query(query, deadline); }
  base::Result<ListedPage> select(const Selection& selection, Deadline deadline) override {
    return table.select(selection, deadline);
  }
  base::Result<std::uint64_t> count(const Selection& selection, Deadline deadline) override {
    return table.count(selection, deadline);
  }
  base::Result<std::vector<Version>> write(std::span<const Write> writes, Deadline deadline) override {
    written.emplace_back(writes.begin(), writes.end());
    if (before_write) before_write();
    if (failure) return base::fail(*failure);
    return table.write(writes, deadline);
  }

  MemoryTable table;
  std::size_t keys_read = 0;
  std::vector<std::vector<Write>> written;
  std::function<void()> before_write;
  std::optional<base::Error> failure;
};

class TransactionTest : public testing::Test {
 protected:
  Version seed(const std::string& sk, const std::string& attributes) {
    const Write put = Put{item_of("p", sk, attributes), Absent{}};
    return table_.table.write(std::span(&put, 1), deadline_).value().front();
  }
  std::string stored(const std::string& sk) {
    const auto item = table_.table.get({"p", sk}, deadline_).value();
    return item ? item->attributes : "absent";
  }
  // Somebody else's change, past the transaction.
  void change(const std::string& sk, const std::string& attributes) {
    const auto now = table_.table.get({"p", sk}, deadline_).value();
    const Write put =
        Put{item_of("p", sk, attributes), now ? Expectation(Unchanged{now->version}) : Expectation(Absent{})};
    ASSERT_TRUE(table_.table.write(std::span(&put, 1), deadline_));
  }

  std::vector<std::string> listed_in(const std::string& set) {
    std::vector<std::string> sks;
    for (const Listed& entry : table_.table.select({.sets = {set}}, deadline_).value().entries)
      sks.push_back(entry.key.sk);
    return sks;
  }

  WatchedTable table_;
  Deadline deadline_ = Deadline::never();
};

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

// --- participants ---------------------------------------------------------------------------------------------------

struct Heard {
  int prepared = 0;
  int committed = 0;
  int destroyed = 0;
};

class Witness final : public Participant {
 public:
  using Prepare = std::function<base::Result<void>(Transaction&)>;
  explicit Witness(Heard& heard, Prepare prepare = nullptr) : heard_(heard), prepare_(std::move(prepare)) {}
  ~Witness() override { ++heard_.destroyed; }
  base::Result<void> prepare(Transaction& tx) override {
    ++heard_.prepared;
    return prepare_ ? prepare_(tx) : base::Result<void>();
  }
  void committed() override { ++heard_.committed; }

 private:
  Heard& heard_;
  Prepare prepare_;
};

TEST_F(TransactionTest, AParticipantAddsToTheTransactionAndHearsThatItHappened) {
  seed("head", "{}");
  Heard heard;
  {
    Transaction tx(table_, deadline_);
    EXPECT_EQ(tx.participant(), nullptr);
    tx.join(std::make_unique<Witness>(heard, [](Transaction& joined) -> base::Result<void> {
      EXPECT_EQ(joined.changes().size(), 1U) << "it is asked when all else is there";
      const std::optional<Item> head = TRY(joined.get({"p", "head"}));
      joined.put(item_of("p", "head", R"({"events":1})"));
      joined.put(item_of("p", "event", fmt::format("{{\"after\":{}}}", head->version)));
      return {};
    }));
    EXPECT_NE(tx.participant(), nullptr);
    tx.put(item_of("p", "a", "{}"));
    EXPECT_EQ(heard.prepared, 0);
    ASSERT_TRUE(tx.commit());
    EXPECT_EQ(heard.committed, 1);
    EXPECT_EQ(heard.destroyed, 0) << "it holds what it holds until the transaction goes";
  }
  EXPECT_EQ(heard.prepared, 1);
  EXPECT_EQ(heard.destroyed, 1);
  EXPECT_EQ(stored("a"), "{}");
  EXPECT_EQ(stored("head"), R"({"events":1})");
  EXPECT_EQ(stored("event"), R"({"after":1})");
  EXPECT_EQ(table_.written.size(), 1U) << "in one write";
}

TEST_F(TransactionTest, AParticipantIsNotAskedWhereNothingIsWritten) {
  seed("a", "{}");
  Heard heard;
  {
    Transaction reads(table_, deadline_);
    reads.join(std::make_unique<Witness>(heard));
    ASSERT_TRUE(reads.get({"p", "a"}).value());
    ASSERT_TRUE(reads.commit());
    Transaction never_committed(table_, deadline_);
    never_committed.join(std::make_unique<Witness>(heard));
    never_committed.put(item_of("p", "b", "{}"));
  }
  EXPECT_EQ(heard.prepared, 0);
  EXPECT_EQ(heard.committed, 0);
  EXPECT_EQ(heard.destroyed, 2);
  EXPECT_TRUE(table_.written.empty());
}

TEST_F(TransactionTest, AParticipantHearsNothingOfACommitThatDidNotHappenOrMayNotHave) {
  seed("a", "{}");
  for (const base::Code code : {base::Code::kConflict, base::Code::kUnavailable, base::Code::kDeadline}) {
    Heard heard;
    table_.failure = base::Error(code, "no");
    {
      Transaction tx(table_, deadline_);
      tx.join(std::make_unique<Witness>(heard));
      tx.put(item_of("p", "b", "{}"));
      EXPECT_EQ(tx.commit().error().code, code);
    }
    EXPECT_EQ(heard.prepared, 1);
    EXPECT_EQ(heard.committed, 0);
    EXPECT_EQ(heard.destroyed, 1);
  }
}

TEST_F(TransactionTest, AParticipantsErrorEndsTheTransaction) {
  Heard heard;
  {
    Transaction tx(table_, deadline_);
    tx.join(std::make_unique<Witness>(heard, [](Transaction& joined) -> base::Result<void> {
      joined.put(item_of("p", "event", "{}"));
      return base::fail(base::Code::kUnavailable, "no key to sign with");
    }));
    tx.put(item_of("p", "a", "{}"));
    EXPECT_EQ(tx.commit().error().message, "no key to sign with");
  }
  EXPECT_TRUE(table_.written.empty());
  EXPECT_EQ(heard.committed, 0);
  EXPECT_EQ(heard.destroyed, 1);
}

// Every attempt is a transaction of its own, and so is its participant: what the first one held is given back before
// the second one begins.
TEST_F(TransactionTest, EachAttemptHasItsOwnParticipant) {
  seed("n", "{}");
  int interference = 2;
  table_.before_write = [&] {
    if (interference-- > 0) change("n", R"({"other":1})");
  };
  Heard heard;
  int runs = 0;
  const auto result = transact(table_, deadline_, [&](Transaction& tx) -> base::Result<void> {
    EXPECT_EQ(heard.destroyed, runs);
    ++runs;
    tx.join(std::make_unique<Witness>(heard));
    std::optional<Item> item = TRY(tx.get({"p", "n"}));
    tx.put(std::move(*item));
    return {};
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(heard.prepared, 3);
  EXPECT_EQ(heard.committed, 1);
  EXPECT_EQ(heard.destroyed, 3);
}

TEST_F(TransactionDeathTest, ASecondParticipantIsAMistakeOfOurs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Heard heard;
  Transaction tx(table_, deadline_);
  tx.join(std::make_unique<Witness>(heard));
  EXPECT_DEATH(tx.join(std::make_unique<Witness>(heard)), "one participant");
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

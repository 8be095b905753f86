#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/transaction_fixture.h"

namespace store {
namespace {

using ParticipantTest = TransactionTest;
using ParticipantDeathTest = TransactionTest;

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

TEST_F(ParticipantTest, AParticipantAddsToTheTransactionAndHearsThatItHappened) {
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

TEST_F(ParticipantTest, AParticipantIsNotAskedWhereNothingIsWritten) {
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

TEST_F(ParticipantTest, AParticipantHearsNothingOfACommitThatDidNotHappenOrMayNotHave) {
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

TEST_F(ParticipantTest, AParticipantsErrorEndsTheTransaction) {
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
TEST_F(ParticipantTest, EachAttemptHasItsOwnParticipant) {
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

TEST_F(ParticipantDeathTest, ASecondParticipantIsAMistakeOfOurs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  Heard heard;
  Transaction tx(table_, deadline_);
  tx.join(std::make_unique<Witness>(heard));
  EXPECT_DEATH(tx.join(std::make_unique<Witness>(heard)), "one participant");
}

}  // namespace
}  // namespace store

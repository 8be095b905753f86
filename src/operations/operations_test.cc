#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "audit/audit_test_support.h"
#include "operations/feed.h"
#include "operations/operation.h"
#include "store/memory_table.h"

namespace operations {
namespace {

using base::Code;

const std::string kAda = "N:user:ada";
const std::string kBob = "N:user:bob";
const audit::Actor kActor{"N:user:op", "request"};

// Writes what it is told into the transaction that tells it, or refuses.
class Recorder final : public Target {
 public:
  base::Result<void> finished(store::Transaction& tx, const Operation& operation) override {
    ++calls;
    if (refuses) return base::fail(Code::kCorrupt, "The target is damaged.");
    const store::Key key{"target#" + operation.target_id, "outcome"};
    TRY(tx.get(key));
    tx.put({.key = key, .index = {}, .type = "outcome", .attributes = std::string(json::name_of(operation.status))});
    return {};
  }
  int calls = 0;
  bool refuses = false;
};

class OperationsTest : public testing::Test {
 protected:
  OperationsTest() { operations.register_target("thing", recorder); }

  Operation start(const std::string& by = kAda, const std::string& target = "t1") {
    return store::transact(table, never,
                           [&](store::Transaction& tx) -> base::Result<Operation> {
                             return operations.start(tx, {.type = "thing.create",
                                                          .target_type = "thing",
                                                          .target_id = target,
                                                          .started_by = by,
                                                          .seen_by = {kBob},
                                                          .request_id = "r1",
                                                          .inputs = {{"size", 3}}});
                           })
        .value();
  }
  base::Result<Operation> finish(const Operation& operation, Status outcome, const std::string& reason = "") {
    return store::transact(table, never, [&](store::Transaction& tx) -> base::Result<Operation> {
      std::optional<Operation> found = TRY(operations.get(tx, operation.id));
      return operations.finish(tx, kActor, std::move(*found), outcome, reason);
    });
  }
  Operation stored(const std::string& id) { return *operations.get(id, never).value(); }
  std::string outcome(const std::string& target = "t1") {
    const std::optional<store::Item> item = table.get({"target#" + target, "outcome"}, never).value();
    return item ? item->attributes : "(none)";
  }

  store::MemoryTable table;
  base::ManualClock clock{base::Time(std::chrono::milliseconds(1'763'963'264'123))};
  base::SeededEntropy entropy{5};
  audit::Trail trail{table, audit::test_key(), clock, entropy};
  Operations operations{table, trail, clock, entropy};
  Recorder recorder;
  const base::Deadline never = base::Deadline::never();
};

TEST_F(OperationsTest, WhatIsStartedIsPendingAndReadsBack) {
  const Operation made = start();
  const Operation found = stored(made.id);
  EXPECT_EQ(found.status, Status::kPending);
  EXPECT_FALSE(found.finished());
  EXPECT_EQ(found.type, "thing.create");
  EXPECT_EQ(found.target_id, "t1");
  EXPECT_EQ(found.started_by, kAda);
  EXPECT_EQ(found.seen_by, std::vector<std::string>{kBob});
  EXPECT_EQ(found.request_id, "r1");
  EXPECT_EQ(found.inputs.at("size").as_int64(), 3);
  EXPECT_EQ(found.created_at, clock.now());
  EXPECT_EQ(found.version, made.version);
  EXPECT_FALSE(found.finished_at);
  EXPECT_FALSE(operations.get("01890000-0000-7000-8000-000000000000", never)->has_value());
}

TEST_F(OperationsTest, AnEndIsToldToTheTargetInTheSameTransaction) {
  const Operation made = start();
  clock.advance(std::chrono::seconds(3));
  const Operation ended = finish(made, Status::kSuccess).value();
  EXPECT_EQ(outcome(), "Success");
  EXPECT_EQ(recorder.calls, 1);
  EXPECT_EQ(ended.finished_at, clock.now());
  EXPECT_EQ(ended.version, 2U);
  EXPECT_EQ(stored(made.id).version, ended.version);
  EXPECT_EQ(stored(made.id).created_at, made.created_at);
}

TEST_F(OperationsTest, ATargetThatRefusesKeepsTheOperationOpen) {
  const Operation made = start();
  recorder.refuses = true;
  EXPECT_EQ(finish(made, Status::kSuccess).error().code, Code::kCorrupt);
  EXPECT_FALSE(stored(made.id).finished());
  EXPECT_EQ(stored(made.id).version, made.version);
  EXPECT_EQ(outcome(), "(none)");
}

TEST_F(OperationsTest, WhatHasEndedStaysAsItIs) {
  for (const Status first : {Status::kSuccess, Status::kFailed, Status::kCancelled}) {
    for (const Status second : {Status::kSuccess, Status::kFailed, Status::kCancelled}) {
      const Operation made = start();
      ASSERT_TRUE(finish(made, first, "first"));
      const base::Result<Operation> again = finish(made, second, "second");
      EXPECT_EQ(again.error().code, Code::kConflict);
      EXPECT_NE(again.error().message.find(json::name_of(first)), std::string::npos) << again.error().message;
      EXPECT_EQ(stored(made.id).status, first);
      EXPECT_EQ(stored(made.id).reason, "first");
    }
  }
  EXPECT_EQ(recorder.calls, 9) << "the second end is not told";
}

TEST_F(OperationsTest, OfTwoEndsAtOnceOneCounts) {
  const Operation made = start();
  // Both have read the operation open; the second commits last.
  store::Transaction first(table, never), second(table, never);
  ASSERT_TRUE(operations.finish(first, kActor, *operations.get(first, made.id).value(), Status::kSuccess, ""));
  ASSERT_TRUE(operations.finish(second, kActor, *operations.get(second, made.id).value(), Status::kFailed, "no"));
  EXPECT_TRUE(first.commit());
  EXPECT_EQ(second.commit().error().code, Code::kConflict);
  EXPECT_EQ(stored(made.id).status, Status::kSuccess);
  EXPECT_EQ(outcome(), "Success");
}

TEST_F(OperationsTest, ASupersededOperationDoesNotTellItsTarget) {
  const Operation made = start();
  store::Transaction tx(table, never);
  const Operation ended = operations.supersede(tx, *operations.get(tx, made.id).value(), "Its thing is deleted.");
  ASSERT_TRUE(tx.commit());
  EXPECT_EQ(recorder.calls, 0);
  EXPECT_EQ(stored(made.id).status, Status::kCancelled);
  EXPECT_EQ(stored(made.id).version, ended.version);
  EXPECT_EQ(finish(made, Status::kSuccess).error().code, Code::kConflict);
}

TEST_F(OperationsTest, ListsAreNewestFirstAndPagesJoinToTheWhole) {
  EXPECT_TRUE(rc::check("paging equals the model", [] {
    store::MemoryTable own;
    base::ManualClock time{base::Time(std::chrono::milliseconds(1'763'963'264'123))};
    base::SeededEntropy random{*rc::gen::arbitrary<std::uint64_t>()};
    const audit::Trail trail_of_list(own, audit::test_key(), time, random);
    Operations list{own, trail_of_list, time, random};
    Recorder target;
    list.register_target("thing", target);
    const base::Deadline forever = base::Deadline::never();
    std::vector<Operation> model;
    const int count = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 60));
    for (int i = 0; i < count; ++i) {
      time.advance(std::chrono::milliseconds(*rc::gen::inRange(0, 2)));  // several of one moment
      store::Transaction tx(own, forever);
      Operation made =
          list.start(tx, {"thing.create", "thing", "t", *rc::gen::element(kAda, kBob), {}, "r", json::Object{}});
      RC_ASSERT(tx.commit().has_value());
      if (*rc::gen::inRange(0, 2) == 1) {
        store::Transaction end(own, forever);
        made = list.finish(end, kActor, *list.get(end, made.id).value(),
                           *rc::gen::element(Status::kSuccess, Status::kFailed), "")
                   .value();
        RC_ASSERT(end.commit().has_value());
      }
      model.push_back(made);
    }
    std::sort(model.begin(), model.end(), [](const auto& a, const auto& b) { return a.id > b.id; });
    for (const std::string& who : {std::string(), kAda, kBob}) {
      for (const std::optional<Status> status :
           {std::optional<Status>(), std::optional(Status::kPending), std::optional(Status::kFailed)}) {
        std::vector<std::string> expected, found;
        for (const Operation& each : model) {
          if ((who.empty() || each.started_by == who) && (!status || each.status == *status))
            expected.push_back(each.id);
        }
        const auto limit = static_cast<std::size_t>(*rc::gen::inRange(1, 12));
        std::string after;
        for (;;) {
          const ListPage page = list.list(who, status, after, limit, forever).value();
          RC_ASSERT(page.operations.size() <= limit);
          for (const Operation& each : page.operations) found.push_back(each.id);
          if (!page.next) break;
          RC_ASSERT(page.operations.size() == limit);
          RC_ASSERT(*page.next == page.operations.back().id);
          after = *page.next;
        }
        RC_ASSERT(found == expected);
      }
    }
  }));
}

TEST_F(OperationsTest, WhatIsStartedWhileOnePagesDoesNotDisturbThePages) {
  std::vector<std::string> first;
  for (int i = 0; i < 10; ++i) {
    clock.advance(std::chrono::milliseconds(1));
    first.insert(first.begin(), start().id);
  }
  std::vector<std::string> found;
  std::string after;
  for (;;) {
    const ListPage page = operations.list(kAda, std::nullopt, after, 3, never).value();
    for (const Operation& each : page.operations) found.push_back(each.id);
    clock.advance(std::chrono::milliseconds(1));
    start();
    if (!page.next) break;
    after = *page.next;
  }
  EXPECT_EQ(found, first);
}

// A stream that is open until told; keeps what it was sent.
class FakeStream final : public net::EventStream {
 public:
  bool send(std::string_view event, std::string_view data, std::string_view) override {
    if (!is_open) return false;
    sent.push_back(std::string(event) + " " + std::string(data));
    return true;
  }
  void close() override { is_open = false; }
  [[nodiscard]] bool open() const override { return is_open; }
  bool is_open = true;
  std::vector<std::string> sent;
};

TEST(Feed, TellsEveryWatcherOfAnOperationAndNobodyElse) {
  Feed feed;
  const auto first = std::make_shared<FakeStream>(), second = std::make_shared<FakeStream>(),
             other = std::make_shared<FakeStream>();
  feed.join("o1", first);
  feed.join("o1", second);
  feed.join("o2", other);
  feed.publish("o1", "{1}", false);
  feed.publish("o3", "{3}", true);
  EXPECT_EQ(first->sent, std::vector<std::string>{"status {1}"});
  EXPECT_EQ(second->sent, first->sent);
  EXPECT_TRUE(other->sent.empty());
  EXPECT_TRUE(first->open());
}

TEST(Feed, TheLastWordClosesTheStreams) {
  Feed feed;
  const auto watcher = std::make_shared<FakeStream>(), other = std::make_shared<FakeStream>();
  feed.join("o1", watcher);
  feed.join("o2", other);
  feed.publish("o1", "{end}", true);
  EXPECT_FALSE(watcher->open());
  EXPECT_TRUE(other->open());
  EXPECT_EQ(watcher->sent.size(), 1U);
  EXPECT_EQ(watcher.use_count(), 1) << "the feed keeps nothing of what has ended";
}

TEST(Feed, WatchersThatWentAwayAreDropped) {
  Feed feed;
  const auto gone = std::make_shared<FakeStream>(), alive = std::make_shared<FakeStream>();
  feed.join("o1", gone);
  feed.join("o1", alive);
  gone->close();
  feed.publish("o1", "{}", false);
  EXPECT_EQ(gone.use_count(), 1) << "a publication finds it out";
  EXPECT_EQ(alive->sent.size(), 1U);
  alive->close();
  feed.join("o2", std::make_shared<FakeStream>());
  EXPECT_EQ(alive.use_count(), 1) << "and so does the next one that joins, of whatever operation";
}

}  // namespace
}  // namespace operations

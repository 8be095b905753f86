#include "audit/trail.h"

#include <barrier>
#include <set>

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "audit/audit_test_support.h"
#include "audit/verify.h"
#include "json/encode.h"
#include "store/memory_table.h"

namespace audit {
namespace {

using base::Code;

const std::string kAda = "N:user:ada", kBen = "N:user:ben";
const base::Deadline kNever = base::Deadline::never();

// Fails writes of another table, before or after they are done.
class Flaky final : public store::Table {
 public:
  enum class Fault { kNone, kBefore, kAfter };
  explicit Flaky(store::Table& below) : below_(below) {}
  base::Result<std::optional<store::Item>> get(const store::Key& key, base::Deadline deadline) override {
    ++reads;
    return below_.get(key, deadline);
  }
  base::Result<std::vector<std::optional<store::Item>>> get_many(std::span<const store::Key> keys,
                                                                 base::Deadline deadline) override {
    ++reads;
    return below_.get_many(keys, deadline);
  }
  base::Result<store::Page> query(const store::Query& query, base::Deadline deadline) override {
    return below_.query(query, deadline);
  }
  base::Result<store::ListedPage> select(const store::Selection& selection, base::Deadline deadline) override {
    return below_.select(selection, deadline);
  }
  base::Result<std::uint64_t> count(const store::Selection& selection, base::Deadline deadline) override {
    return below_.count(selection, deadline);
  }
  base::Result<std::vector<store::Version>> write(std::span<const store::Write> writes,
                                                  base::Deadline deadline) override {
    const Fault now = std::exchange(fault, Fault::kNone);
    if (now == Fault::kBefore) return base::fail(Code::kUnavailable, "The disk is away.");
    auto done = below_.write(writes, deadline);
    if (now == Fault::kAfter) return base::fail(Code::kUnavailable, "The answer is away.");
    return done;
  }
  Fault fault = Fault::kNone;
  std::atomic<int> reads = 0;

 private:
  store::Table& below_;
};

class TrailTest : public testing::Test {
 protected:
  // A change of the thing `id`, as a domain makes it.
  base::Result<void> change(const Trail& by, store::Table& on, const std::string& id, const std::string& name,
                            const Actor& actor = {kAda, "r1"}, const std::string& owner = kAda) {
    return store::transact(on, kNever, [&](store::Transaction& tx) -> base::Result<void> {
      const store::Key key{"node#" + id, "node"};
      TRY(tx.get(key));
      by.record(tx, actor, {"node.change", "node", id, owner});
      tx.put({.key = key,
              .index = {},
              .type = "node",
              .attributes = json::encode(json::Object{{"uuid", id}, {"name", name}})});
      return {};
    });
  }
  base::Result<void> change(const std::string& id, const std::string& name, const Actor& actor = {kAda, "r1"},
                            const std::string& owner = kAda) {
    return change(trail, table, id, name, actor, owner);
  }
  std::vector<Event> list(const EventQuery& query = {}) { return trail.list(query, kNever)->events; }

  Verification verify() {
    Checker checker(test_key().public_bytes());
    for (std::size_t shard = 0; shard < Trail::kShards; ++shard) {
      store::Query query{.pk = head_key(shard_name(shard)).pk, .items_max = store::kReadsMax};
      for (;;) {
        const store::Page page = memory.query(query, kNever).value();
        for (const store::Item& item : page.items) checker.take(item);
        if (!page.next_cursor) break;
        query.cursor = *page.next_cursor;
      }
    }
    return checker.finish(std::nullopt);
  }
  std::string findings() {
    std::string all;
    for (const Finding& each : verify().findings) all += each.text + '\n';
    return all;
  }

  store::MemoryTable memory;
  Flaky table{memory};
  base::ManualClock clock{base::Time(std::chrono::milliseconds(1'763'963'264'123))};
  base::SeededEntropy entropy{3};
  base::Registry metrics;
  Trail trail{table, test_key(), clock, entropy, &metrics};
  base::Counter& events = metrics.counter("stewardry_audit_events_total", "");
  base::Counter& conflicts = metrics.counter("stewardry_audit_conflicts_total", "");
};

TEST_F(TrailTest, AnEventSaysWhoDidWhatToWhichThingAndWhatChanged) {
  ASSERT_TRUE(change("n1", "a"));
  clock.advance(std::chrono::seconds(5));
  ASSERT_TRUE(change("n1", "b", {kBen, "r2"}, kAda));
  const std::vector<Event> all = list();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].principal_id, kBen);
  EXPECT_EQ(all[0].request_id, "r2");
  EXPECT_EQ(all[0].action, "node.change");
  EXPECT_EQ(all[0].target_type, "node");
  EXPECT_EQ(all[0].target_id, "n1");
  EXPECT_EQ(all[0].owner_id, kAda);
  EXPECT_EQ(all[0].time, clock.now());
  EXPECT_EQ(json::encode(all[0].before), R"({"node":{"name":"a"}})");
  EXPECT_EQ(json::encode(all[0].after), R"({"node":{"name":"b"}})");
  EXPECT_EQ(json::encode(all[1].before), "{}");
  EXPECT_EQ(json::encode(all[1].after), R"({"node":{"uuid":"n1","name":"a"}})");
  EXPECT_EQ(events.value(), 2U);
  EXPECT_EQ(findings(), "");
}

TEST_F(TrailTest, WhatFailsLeavesNoEventAndWhatWritesNothingNeither) {
  store::Transaction abandoned(table, kNever);
  trail.record(abandoned, {kAda, "r"}, {"node.change", "node", "n1", kAda});
  store::Transaction idle(table, kNever);
  trail.record(idle, {kAda, "r"}, {"node.change", "node", "n1", kAda});
  EXPECT_TRUE(idle.commit());
  store::Transaction other(table, kNever);  // writes, but nothing that is recorded: an idempotency record
  trail.record(other, {kAda, "r"}, {"node.change", "node", "n1", kAda});
  other.put({.key = {"idempotency#ada", "k"}, .index = {}, .type = "idempotency", .attributes = "{}"});
  EXPECT_TRUE(other.commit());
  // A conflict that lasts: the item is there already.
  ASSERT_TRUE(change("n1", "a"));
  store::Transaction late(table, kNever);
  trail.record(late, {kAda, "r"}, {"node.change", "node", "n1", kAda});
  late.put({.key = {"node#n1", "node"}, .index = {}, .type = "node", .attributes = R"({"uuid":"n1"})"});
  EXPECT_EQ(late.commit().error().code, Code::kConflict);
  table.fault = Flaky::Fault::kBefore;
  EXPECT_EQ(change("n1", "b").error().code, Code::kUnavailable);
  EXPECT_EQ(list().size(), 1U);
  EXPECT_EQ(events.value(), 1U);
  EXPECT_EQ(findings(), "");
}

TEST_F(TrailTest, OnlyTheFirstRecordOfATransactionCounts) {
  store::Transaction tx(table, kNever);
  trail.record(tx, {kAda, "r1"}, {"first", "node", "n1", kAda});
  trail.record(tx, {kBen, "r2"}, {"second", "node", "n2", kBen});
  tx.put({.key = {"node#n1", "node"}, .index = {}, .type = "node", .attributes = R"({"uuid":"n1"})"});
  ASSERT_TRUE(tx.commit());
  ASSERT_EQ(list().size(), 1U);
  EXPECT_EQ(list()[0].action, "first");
  EXPECT_EQ(list()[0].principal_id, kAda);
}

TEST_F(TrailTest, TheCallersTextsNeedNotOutliveTheCall) {
  store::Transaction tx(table, kNever);
  trail.record(
      tx, {std::string("N:user:") + "temporary", std::string("r") + "1"},
      {std::string("ac") + "tion", std::string("no") + "de", std::string("n") + "1", std::string("o") + "wner"});
  tx.put({.key = {"node#n1", "node"}, .index = {}, .type = "node", .attributes = R"({"uuid":"n1"})"});
  ASSERT_TRUE(tx.commit());
  EXPECT_EQ(list()[0].principal_id, "N:user:temporary");
  EXPECT_EQ(list()[0].owner_id, "owner");
}

TEST_F(TrailTest, AnAnswerThatIsLostIsNoGap) {
  ASSERT_TRUE(change("n1", "a"));
  for (int i = 0; i < 6; ++i) {
    table.fault = i % 2 == 0 ? Flaky::Fault::kAfter : Flaky::Fault::kBefore;
    EXPECT_EQ(change("n1", fmt::format("lost {}", i)).error().code, Code::kUnavailable);
    ASSERT_TRUE(change("n1", fmt::format("there {}", i)));
  }
  EXPECT_EQ(list().size(), 10U) << "what was written though its answer was lost has its event too";
  EXPECT_EQ(findings(), "");
  EXPECT_EQ(conflicts.value(), 6U);
}

TEST_F(TrailTest, OneAtATimeAlternatesBetweenTwoShardsEachTheWitnessOfTheOther) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(change("n1", std::to_string(i)));
  const Verification found = verify();
  EXPECT_EQ(found.shards, 2U);
  EXPECT_EQ(found.events, 10U);
  EXPECT_EQ(found.witnesses, 9U) << "all but the first";
}

TEST_F(TrailTest, TheUsualRecordReadsNothingOfTheTrail) {
  ASSERT_TRUE(change("n1", "a"));
  ASSERT_TRUE(change("n1", "b"));
  table.reads = 0;
  ASSERT_TRUE(change("n1", "c"));
  EXPECT_EQ(table.reads, 1) << "the thing itself";
}

TEST_F(TrailTest, AnotherStartGoesOnWithTheSameShards) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(change("n1", std::to_string(i)));
  base::SeededEntropy other_entropy{99};
  const Trail again(table, test_key(), clock, other_entropy);
  for (int i = 5; i < 10; ++i) ASSERT_TRUE(change(again, table, "n1", std::to_string(i)));
  const Verification found = verify();
  EXPECT_EQ(found.shards, 2U);
  EXPECT_EQ(found.witnesses, 9U);
  EXPECT_TRUE(found.findings.empty());
}

TEST_F(TrailTest, AnotherKeyIsRefused) {
  ASSERT_TRUE(change("n1", "a"));
  const Trail forger(table, test_key('z'), clock, entropy);
  EXPECT_EQ(forger.load(kNever).error().code, Code::kCorrupt);
  EXPECT_EQ(change(forger, table, "n1", "b").error().code, Code::kCorrupt);
  EXPECT_EQ(list().size(), 1U);
}

TEST_F(TrailTest, AHeadThatIsAlteredWhileTheServerRunsStopsOneShardOnly) {
  const auto second_entropy = std::make_unique<base::SeededEntropy>(7);
  const Trail second(memory, test_key(), clock, *second_entropy);
  ASSERT_TRUE(change("n1", "a"));
  ASSERT_TRUE(change("n1", "b"));
  // Another hand writes a head without the key: the next use meets a conflict, reads it, and does not build on it.
  for (const Event& event : list()) {
    const std::string shard = event.id.substr(0, 2);
    store::Item head = *memory.get(head_key(shard), kNever).value();
    const store::Item forged = sign_head(test_key('z'), shard, 1, Hash{}, clock.now());
    ASSERT_TRUE(memory.write(std::array{store::Write(store::Put{forged, store::Unchanged{head.version}})}, kNever));
  }
  int failed = 0;
  for (int i = 0; i < 20; ++i)
    if (!change("n1", std::to_string(i))) ++failed;
  EXPECT_LE(failed, 2);
  const Verification found = verify();
  EXPECT_EQ(found.findings.size(), 2U);
  for (const Finding& each : found.findings) EXPECT_EQ(each.kind, "head");
}

TEST_F(TrailTest, ListsAreNewestFirstAndFiltered) {
  base::Time middle{};
  for (int i = 0; i < 30; ++i) {
    if (i == 15) {
      clock.advance(std::chrono::seconds(1));
      middle = clock.now();
    }
    ASSERT_TRUE(change(fmt::format("n{}", i % 3), std::to_string(i), {i % 2 == 0 ? kAda : kBen, "r"},
                       i % 5 == 0 ? kAda : kBen));
  }
  const auto numbers = [&](const EventQuery& query) {
    std::vector<int> found;
    EventQuery page_query = query;
    page_query.events_max = 4;
    for (;;) {
      EventPage page = trail.list(page_query, kNever).value();
      EXPECT_LE(page.events.size(), 4U);
      for (const Event& each : page.events)
        found.push_back(std::stoi(std::string(json::view(each.after.at("node").at("name").as_string()))));
      if (!page.next_cursor) break;
      page_query.cursor = *page.next_cursor;
    }
    EXPECT_EQ(trail.count(query, kNever).value(), found.size());
    return found;
  };
  const auto expected = [](const std::function<bool(int)>& wanted) {
    std::vector<int> all;
    for (int i = 29; i >= 0; --i)
      if (wanted(i)) all.push_back(i);
    return all;
  };
  EXPECT_EQ(numbers({}), expected([](int) { return true; }));
  EXPECT_EQ(numbers({.target_id = "n1"}), expected([](int i) { return i % 3 == 1; }));
  EXPECT_EQ(numbers({.principal_id = kAda}), expected([](int i) { return i % 2 == 0; }));
  EXPECT_EQ(numbers({.seen_by = kAda}), expected([](int i) { return i % 2 == 0 || i % 5 == 0; }));
  EXPECT_EQ(numbers({.target_id = "n1", .principal_id = kAda}),
            expected([](int i) { return i % 3 == 1 && i % 2 == 0; }));
  EXPECT_EQ(numbers({.principal_id = kBen, .seen_by = kAda}), expected([](int i) { return i % 2 == 1 && i % 5 == 0; }));
  EXPECT_EQ(numbers({.target_id = "n2", .seen_by = kAda}),
            expected([](int i) { return i % 3 == 2 && (i % 2 == 0 || i % 5 == 0); }));
  EXPECT_EQ(numbers({.since = middle}), expected([](int i) { return i >= 15; }));
  EXPECT_EQ(numbers({.until = middle}), expected([](int i) { return i < 15; }));
  EXPECT_EQ(numbers({.since = middle, .until = middle}), std::vector<int>{});
  EXPECT_EQ(numbers({.target_id = "nobody's"}), std::vector<int>{});
}

TEST_F(TrailTest, AnEventIsFoundByEveryThingThatItChanged) {
  store::Transaction tx(table, kNever);
  trail.record(tx, {kAda, "r1"}, {"compute-node.create", "compute-node", "n1", kAda});
  tx.put({.key = {"node#n1", "node"}, .index = {}, .type = "node", .attributes = R"({"uuid":"n1"})"});
  tx.put({.key = {"operations#1", "o1"}, .index = {}, .type = "operation", .attributes = R"({"id":"o1"})"});
  ASSERT_TRUE(tx.commit());
  EXPECT_EQ(list({.target_id = "n1"}).size(), 1U);
  EXPECT_EQ(list({.target_id = "o1"}).size(), 1U);
}

TEST_F(TrailTest, ANoteIsAnEventOfItsOwn) {
  ASSERT_TRUE(
      trail.note({kAda, "r1"}, {"directory.import", "directory", "directory", ""}, R"({"stage":"begun"})", kNever));
  const std::string large = R"({"text":")" + std::string(500'000, 'x') + R"("})";
  ASSERT_TRUE(trail.note({kAda, "r1"}, {"directory.import", "directory", "directory", ""}, large, kNever));
  const std::vector<Event> all = list({.target_id = "directory"});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(json::encode(all[1].after), R"({"stage":"begun"})");
  EXPECT_EQ(all[0].after.at("bytes").as_int64(), static_cast<std::int64_t>(large.size()));
  EXPECT_EQ(findings(), "");
}

TEST_F(TrailTest, ARefusalIsNotShownToWhomItRefused) {
  ASSERT_TRUE(trail.note({kBen, "r1"}, {kRefused, "compute-node", "n1", ""}, R"({"reason":"private"})", kNever));
  EXPECT_TRUE(list({.seen_by = kBen}).empty());
  EXPECT_TRUE(list({.principal_id = kBen, .seen_by = kBen}).empty());
  EXPECT_TRUE(list({.target_id = "n1", .seen_by = kBen}).empty());
  EXPECT_EQ(list({.target_id = "n1"}).size(), 1U);
  EXPECT_EQ(list({.principal_id = kBen}).size(), 1U);
}

TEST_F(TrailTest, IdsThatAreEmptyOrLongDoNotFailTheChange) {
  const std::string longest(5000, 'x');
  ASSERT_TRUE(change("n1", "a", {"", ""}, ""));
  ASSERT_TRUE(trail.note({longest, longest}, {"a", longest, longest, longest}, "{}", kNever));
  EXPECT_EQ(list().size(), 2U);
  EXPECT_EQ(findings(), "");
}

// Two servers on one table, each with many threads: no number is lost or given twice, and each change has one event.
TEST_F(TrailTest, ManyThreadsOfTwoServersLoseNothing) {
  constexpr int kThreads = 12, kChanges = 40;
  base::SeededEntropy second_entropy{17};
  const Trail second(memory, test_key(), clock, second_entropy);
  std::barrier begin(kThreads);
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      begin.arrive_and_wait();
      for (int i = 0; i < kChanges; ++i)
        if (change(t % 2 == 0 ? trail : second, memory, fmt::format("t{}", t), std::to_string(i))) ++done;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(done, 0);
  EXPECT_EQ(findings(), "");
  EXPECT_EQ(verify().events, static_cast<std::uint64_t>(done));
  std::set<std::string> ids;
  for (int t = 0; t < kThreads; ++t) {
    int last = kChanges;
    for (const Event& each : list({.target_id = fmt::format("t{}", t), .events_max = 1000})) {
      ids.insert(each.id);
      --last;
    }
    EXPECT_GE(last, 0);
  }
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(done));
}

// More at once than there are shards: they wait for one another, and none fails.
TEST_F(TrailTest, MoreTransactionsThanShardsTakeTurns) {
  std::vector<std::thread> threads;
  std::atomic<int> done = 0;
  for (std::size_t t = 0; t < Trail::kShards + 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 3; ++i)
        if (change(trail, memory, fmt::format("t{}", t), std::to_string(i))) ++done;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, static_cast<int>(Trail::kShards + 16) * 3);
  EXPECT_EQ(conflicts.value(), 0U) << "writers of one process do not meet";
  EXPECT_EQ(findings(), "");
}

TEST(TrailOnAuditedTable, AWriteWithoutAnEventIsRefused) {
  store::MemoryTable memory;
  AuditedTable table(memory);
  const store::Item node{.key = {"node#n", "node"}, .index = {}, .type = "node", .attributes = R"({"uuid":"n"})"};
  ASSERT_TRUE(memory.write(std::array{store::Write(store::Put{node, store::Absent{}})}, kNever));
  const store::Write put = store::Put{node, store::Unchanged{1}}, erase = store::Delete{node.key, {1}};
  EXPECT_NONFATAL_FAILURE((void)table.write(std::span(&put, 1), kNever), "without an audit event");
  EXPECT_NONFATAL_FAILURE((void)table.write(std::span(&erase, 1), kNever), "without an audit event");
  EXPECT_EQ(memory.get(node.key, kNever).value()->version, 1U);
}

}  // namespace
}  // namespace audit

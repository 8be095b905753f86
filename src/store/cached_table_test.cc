#include "store/cached_table.h"

#include <thread>

#include "store/conformance.h"
#include "store/maintenance.h"
#include "store/memory_table.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace store {
namespace {

using base::Code;

constexpr std::size_t kMuch = 1 << 20;
constexpr std::size_t kLittle = 16 * 1024;  // room for some twenty items: they push one another out
const base::Deadline kForever = base::Deadline::never();

std::unique_ptr<Table> over_memory(std::size_t bytes) {
  return std::make_unique<CachedTable>(std::make_unique<MemoryTable>(), bytes);
}

INSTANTIATE_TEST_SUITE_P(Cached, Conformance,
                         testing::Values(Implementation{"cached", [] { return over_memory(kMuch); }},
                                         Implementation{"cached_in_little_room", [] { return over_memory(kLittle); }}),
                         name_of_implementation);

Item item(const std::string& sk, std::string attributes = "{}") {
  return {{"p", sk}, std::nullopt, "thing", 0, std::move(attributes)};
}

// A table of which each read and write can be counted, and held up.
class Watched final : public Table {
 public:
  base::Result<std::optional<Item>> get(const Key& key, base::Deadline deadline) override {
    ++reads;
    auto found = memory.get(key, deadline);
    if (after_read) after_read();
    return found;
  }
  base::Result<std::vector<std::optional<Item>>> get_many(std::span<const Key> keys, base::Deadline deadline) override {
    ++reads;
    auto found = memory.get_many(keys, deadline);
    if (after_read) after_read();
    return found;
  }
  base::Result<Page> query(const Query& query, base::Deadline deadline) override {
    return memory.query(query, deadline);
  }
  base::Result<ListedPage> select(const Selection& selection, base::Deadline deadline) override {
    return memory.select(selection, deadline);
  }
  base::Result<std::uint64_t> count(const Selection& selection, base::Deadline deadline) override {
    return memory.count(selection, deadline);
  }
  base::Result<std::vector<Version>> write(std::span<const Write> writes, base::Deadline deadline) override {
    if (before_write) before_write();
    if (loses_answers) {
      late.assign(writes.begin(), writes.end());
      return base::fail(Code::kDeadline, "not known");
    }
    return memory.write(writes, deadline);
  }

  MemoryTable memory;
  int reads = 0;
  std::function<void()> after_read, before_write;
  bool loses_answers = false;
  std::vector<Write> late;
};

class CachedTableTest : public testing::Test {
 protected:
  base::Result<std::vector<Version>> put(const std::string& sk, const std::string& attributes, Version since = 0) {
    const Write write = since == 0 ? Put{item(sk, attributes), Absent{}} : Put{item(sk, attributes), Unchanged{since}};
    return table_.write(std::span(&write, 1), kForever);
  }
  std::string get(const std::string& sk) {
    const auto found = table_.get({"p", sk}, kForever).value();
    return found ? found->attributes : "";
  }
  std::vector<std::string> get_many(const std::vector<std::string>& sks) {
    std::vector<Key> keys;
    for (const std::string& sk : sks) keys.push_back({"p", sk});
    std::vector<std::string> all;
    const auto found = table_.get_many(keys, kForever).value();
    for (const auto& each : found) all.push_back(each ? each->attributes : "");
    return all;
  }

  Watched* below_ = new Watched;
  CachedTable table_{std::unique_ptr<Table>(below_), kMuch};
};

TEST_F(CachedTableTest, WhatWasReadIsNotReadAgainUntilItIsWritten) {
  ASSERT_TRUE(put("a", "1"));
  ASSERT_TRUE(put("b", "2"));
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(below_->reads, 1);
  EXPECT_EQ(get_many({"a", "b"}), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(below_->reads, 2) << "one was not there: both are read, in one moment";
  EXPECT_EQ(get_many({"b", "a", "b"}), (std::vector<std::string>{"2", "1", "2"}));
  EXPECT_EQ(get("b"), "2");
  EXPECT_EQ(below_->reads, 2);
  ASSERT_TRUE(put("a", "3", 1));
  EXPECT_EQ(get_many({"a", "b"}), (std::vector<std::string>{"3", "2"}));
  EXPECT_EQ(below_->reads, 3);
  const Write away = Delete{{"p", "b"}, {1}};
  ASSERT_TRUE(table_.write(std::span(&away, 1), kForever));
  EXPECT_EQ(get("b"), "");
}

TEST_F(CachedTableTest, WhatIsNotThereIsNotKept) {
  EXPECT_EQ(get("a"), "");
  EXPECT_EQ(get("a"), "");
  EXPECT_EQ(below_->reads, 2);
  EXPECT_EQ(get_many({}), std::vector<std::string>());
}

// The order in which a cache without care keeps the old: read below, written, then kept.
TEST_F(CachedTableTest, WhatIsWrittenWhileItIsReadIsNotKept) {
  ASSERT_TRUE(put("a", "old"));
  below_->after_read = [this] {
    below_->after_read = nullptr;
    ASSERT_TRUE(put("a", "new", 1));
  };
  EXPECT_EQ(get("a"), "old") << "it was, when the read began";
  EXPECT_EQ(get("a"), "new");
}

// And the other one: read below before the write happens, kept before it has ended.
TEST_F(CachedTableTest, WhatIsReadWhileItIsWrittenIsNotKept) {
  ASSERT_TRUE(put("a", "old"));
  below_->before_write = [this] {
    EXPECT_EQ(get("a"), "old");
    EXPECT_EQ(get_many({"a"}), std::vector<std::string>{"old"});
  };
  ASSERT_TRUE(put("a", "new", 1));
  EXPECT_EQ(get("a"), "new");
}

TEST_F(CachedTableTest, AWriteOfUnknownOutcomeMayHappenAtAnyLaterTime) {
  ASSERT_TRUE(put("a", "old"));
  below_->loses_answers = true;
  EXPECT_EQ(put("a", "new", 1).error().code, Code::kDeadline);
  below_->loses_answers = false;
  EXPECT_EQ(get("a"), "old");
  ASSERT_TRUE(below_->memory.write(below_->late, kForever));
  EXPECT_EQ(get("a"), "new");
  EXPECT_EQ(get_many({"a"}), std::vector<std::string>{"new"});
}

// So many unknown outcomes that remembering them would take the memory: then nothing is kept, and all is right.
TEST_F(CachedTableTest, TooManyUnknownOutcomesEndTheKeeping) {
  ASSERT_TRUE(put("other", "1"));
  EXPECT_EQ(get("other"), "1");
  below_->loses_answers = true;
  for (int i = 0; i < 10'001; ++i) ASSERT_FALSE(put(std::to_string(i), "x"));
  below_->loses_answers = false;
  const int before = below_->reads;
  EXPECT_EQ(get("other"), "1");
  EXPECT_EQ(get("other"), "1");
  EXPECT_EQ(below_->reads, before + 2);
}

// Somebody at the machine has changed the file by hand. Whoever meets the conflict reads anew.
TEST_F(CachedTableTest, AConflictTakesOutWhatItWasDecidedOn) {
  ASSERT_TRUE(put("a", "1"));
  ASSERT_TRUE(put("b", "1"));
  EXPECT_EQ(get_many({"a", "b"}), (std::vector<std::string>{"1", "1"}));
  const Write by_hand = Put{item("b", "2"), Unchanged{1}};
  ASSERT_TRUE(below_->memory.write(std::span(&by_hand, 1), kForever));
  const std::vector<Write> writes{Put{item("a", "2"), Unchanged{1}}, Check{{"p", "b"}, Unchanged{1}}};
  EXPECT_EQ(table_.write(writes, kForever).error().code, Code::kConflict);
  EXPECT_EQ(get_many({"a", "b"}), (std::vector<std::string>{"1", "2"}));
}

TEST_F(CachedTableTest, MemoryIsBounded) {
  base::Registry metrics;
  CachedTable little(std::make_unique<MemoryTable>(), kLittle, &metrics);
  const base::Gauge& bytes = metrics.gauge("stewardry_store_cache_bytes", "");
  for (int i = 0; i < 500; ++i) {
    const Write write = Put{item(std::to_string(i), std::string(static_cast<std::size_t>(i), 'x')), Absent{}};
    ASSERT_TRUE(little.write(std::span(&write, 1), kForever));
    EXPECT_EQ(little.get({"p", std::to_string(i)}, kForever).value()->attributes.size(), static_cast<std::size_t>(i));
    EXPECT_LE(bytes.value(), static_cast<std::int64_t>(kLittle));
  }
  const Write huge = Put{item("huge", std::string(kLittle, 'x')), Absent{}};
  ASSERT_TRUE(little.write(std::span(&huge, 1), kForever));
  EXPECT_EQ(little.get({"p", "huge"}, kForever).value()->attributes.size(), kLittle);
  EXPECT_LE(bytes.value(), static_cast<std::int64_t>(kLittle));
  EXPECT_GT(bytes.value(), static_cast<std::int64_t>(kLittle / 2));
}

// Two items that are only ever written together, with one number in both. Readers, meanwhile, see the number of a
// moment: the same in both, never a smaller one than before, never a smaller one than was acknowledged when they began.
void race(Table& table) {
  constexpr int kWriters = 2, kReaders = 3, kRounds = 400;
  const std::vector<Key> keys{{"p", "left"}, {"p", "right"}};
  std::atomic<int> acknowledged = 0;
  std::vector<Write> first;
  for (const Key& key : keys) first.emplace_back(Put{{key, std::nullopt, "thing", 0, "0"}, Absent{}});
  ASSERT_TRUE(table.write(first, kForever));
  std::atomic<int> writing = kWriters;
  const auto write = [&] {
    for (int done = 0; done < kRounds;) {
      const auto found = table.get_many(keys, kForever).value();
      std::vector<Write> both;
      const int next = std::stoi(found[0]->attributes) + 1;
      for (const auto& each : found)
        both.emplace_back(Put{{each->key, std::nullopt, "thing", 0, std::to_string(next)}, Unchanged{each->version}});
      if (!table.write(both, kForever)) continue;
      for (int seen = acknowledged; seen < next && !acknowledged.compare_exchange_weak(seen, next);) {
      }
      ++done;
    }
    --writing;
  };
  const auto read = [&] {
    for (int last = 0; writing > 0;) {
      const int least = acknowledged;
      const auto found = table.get_many(keys, kForever).value();
      ASSERT_EQ(found[0]->attributes, found[1]->attributes);
      const int number = std::stoi(found[0]->attributes);
      ASSERT_GE(number, least);
      ASSERT_GE(number, last);
      last = number;
      ASSERT_GE(std::stoi(table.get(keys[1], kForever).value()->attributes), last);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) threads.emplace_back(write);
  for (int i = 0; i < kReaders; ++i) threads.emplace_back(read);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(table.get(keys[0], kForever).value()->attributes, std::to_string(kWriters * kRounds));
}

TEST(CachedTableRaceTest, NobodyReadsWhatIsNoMoreOverMemory) { race(*over_memory(kMuch)); }

TEST(CachedTableRaceTest, NobodyReadsWhatIsNoMoreOverAFile) {
  const TempFolder folder;
  CachedTable table(open_sqlite_table({.file = folder.file(kDataFileName)}).value(), kMuch);
  race(table);
}

}  // namespace
}  // namespace store

// What the SQLite table does when the disk fails: nothing acknowledged is lost, nothing is half there, and it heals.

#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/fault_vfs.h"
#include "store/maintenance.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace store {
namespace {

using base::Code;
using Operation = FaultVfs::Operation;

const base::Deadline kForever = base::Deadline::never();

// What the ledger's items are listed as. The counter changes name, time and sets with each write.
base::Result<std::optional<Listing>> listing_of(const Item& item, const Lookup&) {
  if (item.type == "counter") {
    const auto number = static_cast<std::int64_t>(std::stoi(item.attributes.substr(item.attributes.find(':') + 1)));
    return std::optional(Listing{{"all", fmt::format("counter#{}", number % 5)}, item.attributes, number, ""});
  }
  const std::int64_t number = std::stoi(item.key.sk);
  return std::optional(Listing{{"all", item.key.sk.ends_with("left") ? "left" : "right"}, item.key.sk, number, ""});
}

// Writes pairs of items, and remembers what it was told about each.
class Ledger {
 public:
  // One transaction of two items and a counter, and of what they are listed as; the attributes are long enough to fill
  // pages.
  base::Result<std::vector<Version>> write_next(Table& table) {
    const int number = next_++;
    const std::string attributes = "{\"pad\":\"" + std::string(700, 'x') + "\"}";
    const std::optional<Item> counter = TRY(table.get(kCounter, kForever));
    const Item next = {kCounter, std::nullopt, "counter", 0, fmt::format("{{\"number\":{}}}", number)};
    std::vector<Write> writes = {
        Put{{key(number, "left"), Key{"i", std::to_string(number)}, "half", 0, attributes}, Absent{}},
        Put{{key(number, "right"), Key{"i", std::to_string(number)}, "half", 0, attributes}, Absent{}},
        Put{next, counter ? Expectation(Unchanged{counter->version}) : Expectation(Absent{})},
    };
    for (std::size_t i = 0; i < 3; ++i) {
      const Item& item = std::get<Put>(writes[i]).item;
      writes.emplace_back(List{item.key, listing_of(item, nullptr).value()});
    }
    auto result = table.write(writes, kForever);
    if (result) {
      acknowledged_.insert(number);
    } else if (result.error().retry_after_s) {
      refused_.insert(number);
    }
    return result;
  }

  // Of a table that was reopened, or that goes on: all that was acknowledged, nothing that was refused, nothing half.
  void verify(Table& table) const {
    for (int number = 0; number < next_; ++number) {
      const std::vector<Key> keys = {key(number, "left"), key(number, "right")};
      const auto items = table.get_many(keys, kForever);
      ASSERT_TRUE(items) << items.error().detail;
      EXPECT_EQ((*items)[0].has_value(), (*items)[1].has_value()) << "half of " << number;
      const bool there = (*items)[0].has_value();
      EXPECT_TRUE(there || !acknowledged_.contains(number)) << "lost " << number;
      EXPECT_FALSE(there && refused_.contains(number)) << "refused, and yet written: " << number;
    }
    for (const auto order : {Selection::Order::kByName, Selection::Order::kByTime}) verify_sets(table, order);
  }
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_.size(); }
  [[nodiscard]] std::size_t refused() const { return refused_.size(); }

 private:
  static Key key(int number, const char* half) {
    return {"pair#" + std::to_string(number % 7), std::to_string(number) + half};
  }

  // Every item that is there stands in its sets, as it is now, and nothing else does.
  void verify_sets(Table& table, Selection::Order order) const {
    std::map<Key, Listing> expected;
    std::vector<Key> keys = {kCounter};
    for (int number = 0; number < next_; ++number)
      for (const char* half : {"left", "right"}) keys.push_back(key(number, half));
    for (const Key& at : keys) {
      const auto item = table.get(at, kForever);
      ASSERT_TRUE(item) << item.error().detail;
      if (*item) expected[at] = *listing_of(**item, nullptr).value();
    }
    const auto page = table.select({.sets = {"all"}, .order = order, .entries_max = kReadsMax}, kForever);
    ASSERT_TRUE(page) << page.error().detail;
    EXPECT_EQ(page->entries.size(), expected.size());
    std::map<std::string, std::uint64_t> in_sets;
    for (const Listed& entry : page->entries) {
      ASSERT_TRUE(expected.contains(entry.key)) << entry.key.sk;
      EXPECT_EQ(expected[entry.key].name, entry.name);
      EXPECT_EQ(expected[entry.key].time, entry.time);
      for (const std::string& set : expected[entry.key].sets) ++in_sets[set];
    }
    for (const char* set : {"all", "left", "right", "counter#0", "counter#1", "counter#2", "counter#3", "counter#4"})
      EXPECT_EQ(table.count({.sets = {set}, .order = order}, kForever).value(), in_sets[set]) << set;
  }

  inline static const Key kCounter = {"counter", "pairs"};

  int next_ = 0;
  std::set<int> acknowledged_;
  std::set<int> refused_;
};

class SqliteFaultsTest : public testing::Test {
 protected:
  SqliteFaultsTest() { reset(1); }

  void reset(std::uint32_t seed, int wal_pages_max = 2000) {
    table_.reset();
    vfs_.reset();
    folder_ = std::make_unique<TempFolder>();
    vfs_ = std::make_unique<FaultVfs>(seed);
    options_ = {.file = folder_->file("state.db"), .wal_pages_max = wal_pages_max, .vfs = vfs_->name()};
    table_ = open_sqlite_table(options_).value();
    ledger_ = Ledger();
  }
  void write(int count) {
    for (int i = 0; i < count; ++i) (void)ledger_.write_next(*table_);
  }
  void write_well(int count) {
    for (int i = 0; i < count; ++i) {
      const auto result = ledger_.write_next(*table_);
      ASSERT_TRUE(result) << result.error().detail;
    }
  }
  // After the power was cut: the machine starts again, with what its disk holds.
  void verify_after_power_cut() {
    if (!vfs_->is_off()) vfs_->cut_power();
    table_.reset();
    TempFolder restarted;
    vfs_->write_disk_to(restarted.path().string());
    const auto table = open_sqlite_table({.file = restarted.file("state.db")});
    ASSERT_TRUE(table) << table.error().detail;
    ledger_.verify(**table);
    const auto checked = check_data_file(restarted.file("state.db"), listing_of);
    ASSERT_TRUE(checked) << checked.error().detail;
    EXPECT_EQ(checked->findings, std::vector<std::string>());
  }

  std::unique_ptr<TempFolder> folder_;
  std::unique_ptr<FaultVfs> vfs_;
  SqliteOptions options_;
  std::unique_ptr<Table> table_;
  Ledger ledger_;
};

struct Fault {
  const char* name;
  Operation operation;
  int code;
};

class SqliteFaultMatrix : public SqliteFaultsTest, public testing::WithParamInterface<Fault> {};

class SqliteDiskFaultMatrix : public SqliteFaultMatrix {};

std::string name_of_fault(const testing::TestParamInfo<Fault>& fault) { return fault.param.name; }

constexpr Fault kDiskFull = {"DiskFull", Operation::kWrite, SQLITE_FULL};
constexpr Fault kWriteError = {"WriteError", Operation::kWrite, SQLITE_IOERR_WRITE};
constexpr Fault kFlushError = {"FlushError", Operation::kSync, SQLITE_IOERR_FSYNC};
constexpr Fault kAnotherWriter = {"AnotherWriter", Operation::kLock, SQLITE_BUSY};

INSTANTIATE_TEST_SUITE_P(Faults, SqliteFaultMatrix,
                         testing::Values(kDiskFull, kWriteError, kFlushError, kAnotherWriter), name_of_fault);
INSTANTIATE_TEST_SUITE_P(Faults, SqliteDiskFaultMatrix, testing::Values(kDiskFull, kWriteError, kFlushError),
                         name_of_fault);

TEST_P(SqliteFaultMatrix, LastingFaultRefusesWritesAnswersReadsAndHeals) {
  write_well(20);
  vfs_->fail(GetParam().operation, GetParam().code);
  for (int i = 0; i < 3; ++i) {
    const auto refused = ledger_.write_next(*table_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kUnavailable);
    ledger_.verify(*table_);
  }
  EXPECT_GT(vfs_->failures(), 0);
  vfs_->heal();
  write_well(20);
  ledger_.verify(*table_);
  EXPECT_EQ(ledger_.acknowledged(), 40U);
  verify_after_power_cut();
}

// A single fault at each place in turn, with checkpoints in between; then the power goes.
TEST_P(SqliteFaultMatrix, OneFaultAnywhereLosesNothing) {
  int met = 0;
  for (int place = 0; place < 60; ++place) {
    SCOPED_TRACE(testing::Message() << "place " << place);
    reset(static_cast<std::uint32_t>(place), 10);
    write_well(6);
    vfs_->fail(GetParam().operation, GetParam().code, place, 1);
    write(12);
    met += vfs_->failures();
    vfs_->heal();
    write_well(3);
    ledger_.verify(*table_);
    EXPECT_GE(ledger_.acknowledged(), 15U) << "one fault costs a batch";
    verify_after_power_cut();
    if (HasFailure()) return;
  }
  EXPECT_GE(met, 10);
}

// The fault goes on for a while, and the power is cut while it lasts.
TEST_P(SqliteDiskFaultMatrix, APowerCutDuringAFaultLosesNothing) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    reset(seed, 10);
    write_well(5);
    vfs_->fail(GetParam().operation, GetParam().code, static_cast<int>(seed % 20));
    write(8);
    verify_after_power_cut();
    if (HasFailure()) return;
  }
}

TEST_F(SqliteFaultsTest, WhatWasRefusedIsGoneForGoodAlsoAfterAPowerCut) {
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    reset(seed);
    write_well(3);
    vfs_->fail(Operation::kSync, SQLITE_IOERR_FSYNC, 0, 1, "-wal");  // the flush of COMMIT; that of the settling works
    const auto refused = ledger_.write_next(*table_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().retry_after_s, 1U) << "it is known that nothing was written";
    verify_after_power_cut();
  }
  EXPECT_EQ(ledger_.refused(), 1U);
}

TEST_F(SqliteFaultsTest, AReadThatFailsIsUnavailableAndTheNextOneWorks) {
  write_well(40);
  table_.reset();
  table_ = open_sqlite_table(options_).value();  // with empty caches
  vfs_->fail(Operation::kRead, SQLITE_IOERR_READ, 0, 1 << 30, "state.db");
  const auto failed = table_->query({.pk = "pair#1"}, kForever);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kUnavailable);
  const auto refused = ledger_.write_next(*table_);
  EXPECT_FALSE(refused);
  vfs_->heal();
  ledger_.verify(*table_);
  write_well(3);
  verify_after_power_cut();
}

TEST_F(SqliteFaultsTest, AfterAFailedCheckpointTheLogIsKeptUntilTheNextStart) {
  reset(7, 10);
  write_well(2);
  vfs_->fail(Operation::kSync, SQLITE_IOERR_FSYNC, 0, 1, "state.db");  // the flush of the file: only checkpoints do it
  write_well(10);
  EXPECT_EQ(vfs_->failures(), 1);
  vfs_->heal();
  const auto log_bytes = std::filesystem::file_size(options_.file + "-wal");
  write_well(20);
  EXPECT_GT(std::filesystem::file_size(options_.file + "-wal"), log_bytes) << "no checkpoint any more: the log grows";
  table_.reset();
  ASSERT_TRUE(std::filesystem::exists(options_.file + "-wal")) << "nor at close";
  table_ = open_sqlite_table(options_).value();
  ledger_.verify(*table_);
  write_well(20);
  verify_after_power_cut();
}

// The heart of it: whenever the power goes, also within a commit or a checkpoint, what was acknowledged is there.
TEST_F(SqliteFaultsTest, APowerCutAtAnyMomentLosesNothingAcknowledged) {
  std::size_t acknowledged = 0;
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    reset(seed, 12);
    vfs_->cut_power(static_cast<int>(1 + seed));
    for (int i = 0; i < 40 && !vfs_->is_off(); ++i) (void)ledger_.write_next(*table_);
    acknowledged += ledger_.acknowledged();
    verify_after_power_cut();
    if (HasFailure()) return;
  }
  EXPECT_GT(acknowledged, 300U);
}

TEST_F(SqliteFaultsTest, DamageStopsWritingForGood) {
  write_well(200);
  table_.reset();
  std::size_t kept = 0;
  {
    // Every page holds rubbish, but for the schema and the roots that it names.
    const auto connection = internal::Connection::open(options_.file, internal::Access::kRead, "").value();
    kept = 4096 * static_cast<std::size_t>(*connection->number("SELECT max(rootpage) FROM sqlite_schema").value());
    const auto bytes = std::filesystem::file_size(options_.file);
    std::fstream file(options_.file, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(kept));
    const std::string rubbish(bytes - kept, '\x5a');
    file.write(rubbish.data(), static_cast<std::streamsize>(rubbish.size()));
  }
  table_ = open_sqlite_table(options_).value();  // opening does not look through the file
  EXPECT_EQ(ledger_.write_next(*table_).error().code, Code::kCorrupt);
  const Write fresh = Put{{{"fresh", "1"}, std::nullopt, "thing", 0, "{}"}, Absent{}};
  EXPECT_EQ(table_->write(std::span(&fresh, 1), kForever).error().code, Code::kCorrupt);
  EXPECT_EQ(table_->get({"pair#1", "1left"}, kForever).error().code, Code::kCorrupt);
  table_.reset();
  std::ifstream file(options_.file, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(kept));
  std::string rest(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(rest.find_first_not_of('\x5a'), std::string::npos) << "nothing was written to a damaged file";
}

// A reader that meets damage stops the writer, too: what it would write might be built upon the damage.
TEST_F(SqliteFaultsTest, DamageMetByAReadStopsWriting) {
  write_well(5);
  table_.reset();
  table_ = open_sqlite_table(options_).value();
  vfs_->fail(Operation::kRead, SQLITE_CORRUPT, 0, 1, "state.db");
  EXPECT_EQ(table_->get({"pair#1", "1left"}, kForever).error().code, Code::kCorrupt);
  vfs_->heal();
  EXPECT_EQ(ledger_.write_next(*table_).error().code, Code::kCorrupt);
  ledger_.verify(*table_);
}

}  // namespace
}  // namespace store

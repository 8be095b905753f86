#include "store/maintenance.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "store/sqlite_connection.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace store {
namespace {

using base::Code;
using internal::Access;
using internal::Connection;

const base::Deadline kForever = base::Deadline::never();

class MaintenanceTest : public testing::Test {
 protected:
  std::unique_ptr<Table> open() { return open_sqlite_table({.file = file_}).value(); }
  // Two items that belong together, and the count of pairs in a third.
  static bool write_pair(Table& table, int number) {
    const std::string pk = std::to_string(number);
    const Expectation before =
        number == 0 ? Expectation(Absent{}) : Expectation(Unchanged{static_cast<Version>(number)});
    const std::vector<Write> writes = {
        Put{{{pk, "left"}, Key{"i", pk}, "half", 0, R"({"side":"left"})"}, Absent{}},
        Put{{{pk, "right"}, std::nullopt, "half", 0, R"({"side":"right"})"}, Absent{}},
        Put{{{"count", "pairs"}, std::nullopt, "count", 0, "{}"}, before},
    };
    return table.write(writes, kForever).has_value();
  }
  void spoil(const std::string& sql) {
    const auto connection = Connection::open(file_, Access::kWrite, "").value();
    ASSERT_TRUE(connection->execute("PRAGMA ignore_check_constraints = ON"));
    ASSERT_TRUE(connection->execute(sql.c_str()));
  }
  std::vector<std::string> findings() {
    auto report = check_data_file(file_);
    EXPECT_TRUE(report) << report.error().message << report.error().detail;
    return report ? report->findings : std::vector<std::string>();
  }

  TempFolder folder_;
  const std::string file_ = folder_.file(kDataFileName);
};

TEST_F(MaintenanceTest, CheckCountsWhatIsThere) {
  const auto table = open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(write_pair(*table, i));
  const CheckReport report = check_data_file(file_).value();
  EXPECT_EQ(report.items, 21U);
  EXPECT_EQ(report.index_entries, 10U);
  EXPECT_EQ(report.items_by_type, (std::map<std::string, std::uint64_t>{{"count", 1}, {"half", 20}}));
  EXPECT_TRUE(report.findings.empty());
}

TEST_F(MaintenanceTest, CheckFindsEachBrokenRule) {
  ASSERT_TRUE(write_pair(*open(), 0));
  const std::string update = "UPDATE item SET {} WHERE CAST(pk AS TEXT) = '0' AND CAST(sk AS TEXT) = 'left'";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"version = 0", "version is below 1"},
      {"attributes = 'x'", "not JSON"},
      {"attributes = '[]'", "not a JSON object"},
      {"gsi1sk = NULL", "one half of an index key"},
      {"gsi1sk = x''", "index sk is empty"},
      {"gsi1pk = zeroblob(1025)", "index pk is empty or too long"},
      {"sk = zeroblob(1025)", "its sk is empty"},
      {"pk = x''", "its pk is empty"},
      {"attributes = printf('{{\"a\":\"%.400000c\"}}', 'x')", "too large"},
  };
  const auto clean = back_up(file_, folder_.file("clean"));
  ASSERT_TRUE(clean);
  for (const auto& [change, words] : cases) {
    std::filesystem::remove(file_);
    std::filesystem::copy_file(folder_.file("clean"), file_);
    spoil(fmt::format(fmt::runtime(update), fmt::format(fmt::runtime(change))));
    const auto found = findings();
    ASSERT_FALSE(found.empty()) << change;
    EXPECT_NE(fmt::format("{}", fmt::join(found, "\n")).find(words), std::string::npos) << found.front();
  }
}

TEST_F(MaintenanceTest, CheckFindsDamage) {
  {
    const auto table = open();
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(write_pair(*table, i));
  }
  std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(5 * 4096);
  file << std::string(4096, '\x5a');
  file.close();
  EXPECT_FALSE(findings().empty());
  EXPECT_EQ(back_up(file_, folder_.file("copy")).error().code, Code::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("copy"))) << "a damaged copy is no backup";
}

TEST_F(MaintenanceTest, CheckRefusesWhatIsNotOurs) {
  EXPECT_EQ(check_data_file(folder_.file("none")).error().code, Code::kNotFound);
  std::ofstream(folder_.file("text")) << std::string(5000, 'x');
  EXPECT_EQ(check_data_file(folder_.file("text")).error().code, Code::kCorrupt);
  std::ofstream(folder_.file("empty")).close();
  EXPECT_EQ(check_data_file(folder_.file("empty")).error().code, Code::kImpossible);
  open();
  spoil("PRAGMA user_version = 9");
  EXPECT_EQ(check_data_file(file_).error().code, Code::kImpossible);
}

TEST_F(MaintenanceTest, ABackupUnderConcurrentWritesIsOfOneMoment) {
  const auto table = open();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(write_pair(*table, i));
  std::atomic<bool> stop = false;
  std::atomic<int> written = 50;
  std::thread writer([&] {
    while (!stop && write_pair(*table, written)) ++written;
  });
  for (int i = 0; i < 5; ++i) {
    const int before = written;
    const std::string copy = folder_.file(fmt::format("backup-{}", i));
    const auto report = back_up(file_, copy);
    ASSERT_TRUE(report) << report.error().detail;
    const int after = written;
    EXPECT_FALSE(std::filesystem::exists(copy + "-wal"));
    const auto restored = open_sqlite_table({.file = copy}).value();
    const auto pairs = restored->get({"count", "pairs"}, kForever).value()->version;
    EXPECT_EQ(report->items, 2 * pairs + 1);
    EXPECT_GE(pairs, static_cast<Version>(before)) << "what was acknowledged before it began is in it";
    EXPECT_LE(pairs, static_cast<Version>(after) + 1);
    EXPECT_TRUE(restored->get({std::to_string(pairs - 1), "right"}, kForever).value());
    EXPECT_FALSE(restored->get({std::to_string(pairs), "left"}, kForever).value());
  }
  stop = true;
  writer.join();
}

TEST_F(MaintenanceTest, ABackupNeverOverwritesAndLeavesNothingBehind) {
  ASSERT_TRUE(write_pair(*open(), 0));
  std::ofstream(folder_.file("mine")) << "precious";
  EXPECT_EQ(back_up(file_, folder_.file("mine")).error().code, Code::kConflict);
  EXPECT_EQ(back_up(file_, file_).error().code, Code::kConflict);
  EXPECT_EQ(std::filesystem::file_size(folder_.file("mine")), 8U);
  EXPECT_EQ(back_up(file_, folder_.file("no/such/folder")).error().code, Code::kUnavailable);
  EXPECT_EQ(back_up(folder_.file("none"), folder_.file("copy")).error().code, Code::kNotFound);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    EXPECT_EQ(entry.path().string().find("partial"), std::string::npos) << entry.path();
}

TEST_F(MaintenanceTest, ARestoredFileIsTheBackup) {
  ASSERT_TRUE(write_pair(*open(), 0));
  ASSERT_TRUE(back_up(file_, folder_.file("backup")));
  const std::string other = folder_.file("other/data");
  const auto restored = restore(folder_.file("backup"), other, Existing::kRefuse);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->report.items, 3U);
  EXPECT_EQ(restored->replaced, "");
  const auto table = open_sqlite_table({.file = other + "/" + kDataFileName}).value();
  EXPECT_EQ(table->get({"0", "left"}, kForever).value()->attributes, R"({"side":"left"})");
}

TEST_F(MaintenanceTest, ARestoreReplacesOnlyWhenToldAndKeepsWhatWasThere) {
  ASSERT_TRUE(write_pair(*open(), 0));
  ASSERT_TRUE(back_up(file_, folder_.file("backup")));
  ASSERT_TRUE(write_pair(*open(), 1));
  EXPECT_EQ(restore(folder_.file("backup"), folder_.path().string(), Existing::kRefuse).error().code, Code::kConflict);
  EXPECT_TRUE(open()->get({"1", "left"}, kForever).value());

  const auto restored = restore(folder_.file("backup"), folder_.path().string(), Existing::kReplace);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_FALSE(open()->get({"1", "left"}, kForever).value());
  EXPECT_TRUE(open()->get({"0", "left"}, kForever).value());
  EXPECT_TRUE(open_sqlite_table({.file = restored->replaced}).value()->get({"1", "left"}, kForever).value());
}

// SQLite applies a log that it finds beside a file. After a crash there is one, with changes of the old file.
TEST_F(MaintenanceTest, TheLogOfTheOldFileIsNotAppliedToTheRestoredOne) {
  ASSERT_TRUE(write_pair(*open(), 0));
  ASSERT_TRUE(back_up(file_, folder_.file("backup")));
  const std::string crashed = folder_.file("crashed");
  std::filesystem::create_directory(crashed);
  {
    const auto table = open();
    ASSERT_TRUE(write_pair(*table, 1));
    std::filesystem::copy_file(file_, crashed + "/state.db");
    std::filesystem::copy_file(file_ + "-wal", crashed + "/state.db-wal");
  }
  const auto restored = restore(folder_.file("backup"), crashed, Existing::kReplace);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_FALSE(open_sqlite_table({.file = crashed + "/state.db"}).value()->get({"1", "left"}, kForever).value());
  EXPECT_TRUE(open_sqlite_table({.file = restored->replaced}).value()->get({"1", "left"}, kForever).value());
}

TEST_F(MaintenanceTest, ADamagedBackupIsNotRestored) {
  {
    const auto table = open();
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(write_pair(*table, i));
  }
  ASSERT_TRUE(back_up(file_, folder_.file("backup")));
  std::fstream damaged(folder_.file("backup"), std::ios::in | std::ios::out | std::ios::binary);
  damaged.seekp(5 * 4096);
  damaged << std::string(4096, '\x5a');
  damaged.close();
  EXPECT_EQ(restore(folder_.file("backup"), folder_.path().string(), Existing::kReplace).error().code, Code::kCorrupt);
  EXPECT_TRUE(open()->get({"299", "left"}, kForever).value()) << "what was there is still there";
}

}  // namespace
}  // namespace store

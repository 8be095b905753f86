#include "store/sqlite_table.h"

#include <sqlite3.h>

#include "store/conformance.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_reader.h"
#include "store/temp_folder.h"

namespace store {
namespace {

using base::Code;
using internal::Access;
using internal::Connection;

// A table in a folder of its own, which goes with it.
class FolderTable final : public Table {
 public:
  FolderTable() : table_(open_sqlite_table({.file = folder_.file("state.db")}).value()) {}
  base::Result<std::optional<Item>> get(const Key& key, base::Deadline deadline) override {
    return table_->get(key, deadline);
  }
  base::Result<std::vector<std::optional<Item>>> get_many(std::span<const Key> keys, base::Deadline deadline) override {
    return table_->get_many(keys, deadline);
  }
  base::Result<Page> query(const Query& query, base::Deadline deadline) override {
    return table_->query(query, deadline);
  }
  base::Result<ListedPage> select(const Selection& selection, base::Deadline deadline) override {
    return table_->select(selection, deadline);
  }
  base::Result<std::uint64_t> count(const Selection& selection, base::Deadline deadline) override {
    return table_->count(selection, deadline);
  }
  base::Result<std::vector<Version>> write(std::span<const Write> writes, base::Deadline deadline) override {
    return table_->write(writes, deadline);
  }

 private:
  TempFolder folder_;
  std::unique_ptr<Table> table_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, Conformance,
                         testing::Values(Implementation{"sqlite", [] { return std::make_unique<FolderTable>(); }}),
                         name_of_implementation);

class SqliteTableTest : public testing::Test {
 protected:
  std::unique_ptr<Table> open() { return open_sqlite_table({.file = file_, .metrics = &metrics_}).value(); }
  static base::Result<std::vector<Version>> put(Table& table, const std::string& sk, base::Deadline deadline) {
    const Write write = Put{{{"p", sk}, Key{"i", sk}, "thing", 0, "{}"}, Absent{}};
    return table.write(std::span(&write, 1), deadline);
  }
  static bool has(Table& table, const std::string& sk) {
    return table.get({"p", sk}, base::Deadline::never()).value().has_value();
  }
  void with_file(const std::function<void(Connection&)>& change) {
    const auto connection = Connection::open(file_, Access::kCreate, "").value();
    change(*connection);
  }

  TempFolder folder_;
  const std::string file_ = folder_.file("state.db");
  base::Registry metrics_;
  const base::Deadline forever_ = base::Deadline::never();
};

TEST_F(SqliteTableTest, IsThereAfterItWasClosed) {
  {
    const auto table = open();
    ASSERT_TRUE(put(*table, "a", forever_));
  }
  EXPECT_FALSE(std::filesystem::exists(file_ + "-wal")) << "closing folds the log into the file";
  const auto table = open();
  EXPECT_TRUE(has(*table, "a"));
  EXPECT_EQ(put(*table, "a", forever_).error().code, Code::kConflict);
}

TEST_F(SqliteTableTest, SaysWhatItIsInTheFile) {
  open();
  with_file([](Connection& file) {
    EXPECT_EQ(file.number("PRAGMA application_id").value(), kApplicationId);
    EXPECT_EQ(file.number("PRAGMA user_version").value(), kFormatVersion);
    EXPECT_EQ(file.text("PRAGMA journal_mode").value(), "wal");
  });
}

TEST_F(SqliteTableTest, RefusesTheFileOfANewerProgramAndLeavesItAlone) {
  open();
  const auto newer = fmt::format("PRAGMA user_version = {}", kFormatVersion + 1);
  with_file([&](Connection& file) { ASSERT_TRUE(file.execute(newer.c_str())); });
  const auto refused = open_sqlite_table({.file = file_});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kImpossible);
  EXPECT_NE(refused.error().message.find("newer"), std::string::npos);
  with_file([](Connection& file) { EXPECT_EQ(file.number("PRAGMA user_version").value(), kFormatVersion + 1); });
}

TEST_F(SqliteTableTest, RefusesTheFileOfAnotherProgram) {
  with_file([](Connection& file) { ASSERT_TRUE(file.execute("CREATE TABLE photos (name TEXT)")); });
  const auto refused = open_sqlite_table({.file = file_});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kImpossible);
  with_file([](Connection& file) { EXPECT_EQ(file.number("SELECT count(*) FROM sqlite_schema").value(), 1); });
}

TEST_F(SqliteTableTest, RefusesWhatIsNoDatabaseAndWhereNothingCanBe) {
  std::ofstream(file_) << std::string(8192, 'x');
  EXPECT_EQ(open_sqlite_table({.file = file_}).error().code, Code::kCorrupt);
  EXPECT_EQ(open_sqlite_table({.file = folder_.file("none/state.db")}).error().code, Code::kUnavailable);
}

// A power cut right after the file was made leaves an empty one; one in the middle of making leaves a header without
// tables.
TEST_F(SqliteTableTest, AFileThatWasBegunIsFinished) {
  std::ofstream(file_).close();
  EXPECT_FALSE(has(*open(), "a"));
  std::filesystem::remove(file_);
  with_file([](Connection& file) { ASSERT_TRUE(file.text("PRAGMA journal_mode = WAL")); });
  EXPECT_TRUE(put(*open(), "a", forever_));
}

TEST_F(SqliteTableTest, AFullQueueRefusesAtOnceAndNothingIsTried) {
  const auto table = open_sqlite_table({.file = file_, .metrics = &metrics_, .queue_units_max = 2}).value();
  const auto blocker = Connection::open(file_, Access::kWrite, "").value();
  ASSERT_TRUE(blocker->execute("BEGIN IMMEDIATE"));  // the writer waits for this lock
  std::vector<std::thread> threads;
  std::atomic<int> refused = 0;
  std::atomic<int> written = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto result = put(*table, std::to_string(i), forever_);
      if (result) {
        ++written;
      } else {
        EXPECT_EQ(result.error().code, Code::kUnavailable);
        EXPECT_EQ(result.error().retry_after_s, 1U);
        EXPECT_EQ(table->get({"p", std::to_string(i)}, forever_).value(), std::nullopt);
        if (++refused == 5) {
          ASSERT_TRUE(blocker->execute("ROLLBACK"));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(written + refused, 8);
  EXPECT_GE(refused, 5) << "of eight, one is in the writer's hands and two wait";
}

TEST_F(SqliteTableTest, AUnitWhoseTimeRanOutInTheQueueIsNotWritten) {
  const auto table = open();
  const auto blocker = Connection::open(file_, Access::kWrite, "").value();
  ASSERT_TRUE(blocker->execute("BEGIN IMMEDIATE"));
  std::thread first([&] { (void)put(*table, "first", forever_); });
  // The second is in the queue while the first waits for the lock; its caller leaves when its time is up.
  while (metrics_.gauge("stewardry_store_batch_units", "").value() == 0) std::this_thread::yield();
  EXPECT_EQ(put(*table, "late", base::Deadline::after(std::chrono::milliseconds(5))).error().code, Code::kDeadline);
  ASSERT_TRUE(blocker->execute("ROLLBACK"));
  first.join();
  ASSERT_TRUE(put(*table, "after", forever_));
  EXPECT_TRUE(has(*table, "after"));
  EXPECT_FALSE(has(*table, "late"));
}

TEST_F(SqliteTableTest, ReadersDoNotWaitForAWriter) {
  const auto table = open();
  ASSERT_TRUE(put(*table, "a", forever_));
  const auto blocker = Connection::open(file_, Access::kWrite, "").value();
  ASSERT_TRUE(blocker->execute("BEGIN IMMEDIATE; DELETE FROM item"));
  EXPECT_TRUE(has(*table, "a"));
  EXPECT_EQ(table->query({.pk = "i", .by_index = true}, forever_).value().items.size(), 1U);
  ASSERT_TRUE(blocker->execute("ROLLBACK"));
}

TEST_F(SqliteTableTest, ManyReadersAtOnce) {
  const auto table = open();
  ASSERT_TRUE(put(*table, "a", forever_));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < internal::kReadersMax + 16; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5; ++n) EXPECT_TRUE(has(*table, "a"));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(SqliteTableTest, TheLogIsCopiedIntoTheFileBySizeAndBegunAnew) {
  const auto table = open_sqlite_table({.file = file_, .metrics = &metrics_, .wal_pages_max = 50}).value();
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(put(*table, std::to_string(i), forever_));
  EXPECT_LT(std::filesystem::file_size(file_ + "-wal"), 80 * 4200U);
  EXPECT_GT(std::filesystem::file_size(file_), 8192U);
}

TEST_F(SqliteTableTest, TheLogIsCopiedIntoTheFileWhenNothingIsWritten) {
  const auto table =
      open_sqlite_table({.file = file_, .metrics = &metrics_, .checkpoint_when_idle = std::chrono::milliseconds(1)})
          .value();
  const auto before = std::filesystem::file_size(file_);
  const Write large = Put{{{"p", "large"}, std::nullopt, "thing", 0, std::string(100'000, 'x')}, Absent{}};
  ASSERT_TRUE(table->write(std::span(&large, 1), forever_));
  const base::Deadline soon = base::Deadline::after(std::chrono::seconds(30));
  while (std::filesystem::file_size(file_) == before && !soon.passed()) std::this_thread::yield();
  EXPECT_GT(std::filesystem::file_size(file_), before);
  ASSERT_TRUE(put(*table, "later", forever_));
  EXPECT_TRUE(has(*table, "large"));
  EXPECT_TRUE(has(*table, "later"));
}

TEST_F(SqliteTableTest, CountsWhatItDoes) {
  const auto table = open();
  ASSERT_TRUE(put(*table, "a", forever_));
  ASSERT_FALSE(put(*table, "a", forever_));
  EXPECT_TRUE(has(*table, "a"));
  EXPECT_EQ(metrics_.counter("stewardry_store_units_total", "").value(), 1U);
  EXPECT_EQ(metrics_.counter("stewardry_store_conflicts_total", "").value(), 1U);
  EXPECT_EQ(metrics_.histogram("stewardry_store_duration_seconds", "", {{"operation", "get"}}).count(), 1U);
  EXPECT_EQ(metrics_.histogram("stewardry_store_duration_seconds", "", {{"operation", "write"}}).count(), 2U);
}

// A plan that scans, sorts, or leaves out a bound is right and slow: no other test would notice.
TEST_F(SqliteTableTest, EveryQueryIsASearchWithoutASort) {
  open();
  with_file([](Connection& file) {
    for (int combination = 0; combination < 16; ++combination) {
      const bool by_index = combination & 8;
      const bool descending = combination & 4;
      const bool bounded = combination & 2;
      const bool after = combination & 1;
      const std::string sql = internal::query_sql(by_index, descending, bounded, after);
      internal::Statement plan = file.prepare("EXPLAIN QUERY PLAN " + sql).value();
      ASSERT_TRUE(plan.step().value());
      const std::string line(plan.column_bytes(3));
      EXPECT_TRUE(line.starts_with(by_index ? "SEARCH item USING INDEX item_gsi1 (gsi1pk=?"
                                            : "SEARCH item USING INDEX sqlite_autoindex_item_1 (pk=?"))
          << sql << "\n"
          << line;
      EXPECT_FALSE(plan.step().value()) << sql << "\n" << plan.column_bytes(3);
    }
  });
}

}  // namespace
}  // namespace store

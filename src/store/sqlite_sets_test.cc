#include <filesystem>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "store/sqlite_sets_reader.h"
#include "store/sqlite_sets_writer.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace store {
namespace {

using internal::Access;
using internal::Connection;

const base::Deadline kForever = base::Deadline::never();

class SqliteSetsTest : public testing::Test {
 protected:
  void write(std::vector<Write> writes) {
    const auto written = table_->write(writes, kForever);
    ASSERT_TRUE(written) << written.error().message << written.error().detail;
  }
  static Put item(const std::string& sk) { return {{{"p", sk}, std::nullopt, "thing", 0, "{}"}, Absent{}}; }
  static std::vector<std::string> many_sets(int count) {
    std::vector<std::string> sets;
    for (int i = 0; i < count; ++i) sets.push_back(fmt::format("set-{:04}", i));
    return sets;
  }
  std::int64_t number(const std::string& sql) {
    const auto connection = Connection::open(file_, Access::kRead, "").value();
    return connection->number(sql).value().value();
  }
  [[nodiscard]] std::uintmax_t log_bytes() const { return std::filesystem::file_size(file_ + "-wal"); }

  TempFolder folder_;
  const std::string file_ = folder_.file("state.db");
  std::unique_ptr<Table> table_ = open_sqlite_table({.file = file_, .wal_pages_max = 1'000'000}).value();
};

TEST_F(SqliteSetsTest, AListThatChangesNothingWritesNothing) {
  write({item("s"), List{{"p", "s"}, Listing{many_sets(100), "n", 5, "f"}}});
  const auto before = log_bytes();
  write({List{{"p", "s"}, Listing{many_sets(100), "n", 5, "f"}}});
  write({List{{"p", "s"}, Listing{many_sets(100), "n", 5, "f"}}, Check{{"p", "s"}, Unchanged{1}}});
  EXPECT_EQ(log_bytes(), before);
}

TEST_F(SqliteSetsTest, OneSetMoreAmongAThousandTouchesFewPages) {
  for (const char* sk : {"s", "t", "u"}) write({item(sk), List{{"p", sk}, Listing{many_sets(1000), sk, 5, "f"}}});
  const auto before = log_bytes();
  std::vector<std::string> sets = many_sets(1000);
  sets.erase(sets.begin() + 333);
  sets.emplace_back("set-new");
  write({List{{"p", "t"}, Listing{sets, "t", 5, "f"}}});
  EXPECT_GT(log_bytes(), before);
  EXPECT_LT(log_bytes() - before, 16 * 4200U);
}

// Else a server that runs for years would keep the name of every user and team that there ever was.
TEST_F(SqliteSetsTest, ANameOfASetGoesWithItsLastMember) {
  write({item("s"), List{{"p", "s"}, Listing{{"a", "b"}, "n", 5, ""}}});
  write({item("t"), List{{"p", "t"}, Listing{{"b", "c"}, "n", 5, ""}}});
  EXPECT_EQ(number("SELECT count(*) FROM set_name"), 3);
  write({List{{"p", "s"}, Listing{{"b"}, "m", 6, ""}}});
  EXPECT_EQ(number("SELECT count(*) FROM set_name"), 2);
  write({Delete{{"p", "t"}, {1}}});
  EXPECT_EQ(number("SELECT count(*) FROM set_name"), 1);
  write({List{{"p", "s"}, std::nullopt}});
  for (const char* table : {"set_name", "listed", "member_by_name", "member_by_time"})
    EXPECT_EQ(number(fmt::format("SELECT count(*) FROM {}", table)), 0) << table;
}

// A plan that scans or sorts is right and slow: no other test would notice.
TEST_F(SqliteSetsTest, EveryReadOfASetIsASearchWithoutASort) {
  using Order = Selection::Order;
  const auto connection = Connection::open(file_, Access::kRead, "").value();
  const auto take = [](void*, std::int64_t) {};
  ASSERT_TRUE(connection->add_collector("numbers", take, nullptr));
  const auto expect_plan = [&](const std::string& sql, const std::string& search) {
    internal::Statement plan = connection->prepare("EXPLAIN QUERY PLAN " + sql).value();
    ASSERT_TRUE(plan.step().value());
    EXPECT_EQ(plan.column_bytes(3), search) << sql;
    EXPECT_FALSE(plan.step().value()) << sql << "\n" << plan.column_bytes(3);
  };
  for (const bool other : {false, true}) {
    const char* range = other ? "SEARCH member_by_{0} USING PRIMARY KEY (set_id=? AND {0}>? AND ({0},id)<(?,?))"
                              : "SEARCH member_by_{0} USING PRIMARY KEY (set_id=? AND ({0},id)>(?,?) AND {0}<?)";
    expect_plan(internal::member_rows_sql(Order::kByName, other), fmt::format(fmt::runtime(range), "name"));
    expect_plan(internal::member_rows_sql(Order::kByTime, other), fmt::format(fmt::runtime(range), "time"));
    const char* bounds = "SEARCH member_by_{0} USING PRIMARY KEY (set_id=? AND {0}>? AND {0}<?)";
    expect_plan(internal::member_count_sql(Order::kByName, other), fmt::format(fmt::runtime(bounds), "name"));
    expect_plan(internal::member_count_sql(Order::kByTime, other), fmt::format(fmt::runtime(bounds), "time"));
  }
}

TEST_F(SqliteSetsTest, SetsThatDoNotAgreeAreToldOfAndDoNotStopWriting) {
  write({item("s"), List{{"p", "s"}, Listing{{"a"}, "n", 5, ""}}});
  {
    const auto connection = Connection::open(file_, Access::kWrite, "").value();
    ASSERT_TRUE(connection->execute("DELETE FROM listed"));
  }
  EXPECT_EQ(table_->select({.sets = {"a"}}, kForever).error().code, base::Code::kInternal);
  write({item("t")});
}

TEST(PackedSets, AreUnpackedAsTheyWere) {
  EXPECT_TRUE(rc::check("unpack(pack(ids)) is ids", [] {
    const auto chosen = *rc::gen::container<std::set<std::int64_t>>(
        rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), [](std::uint32_t id) { return std::int64_t{id} + 1; }));
    const std::vector<std::int64_t> ids(chosen.begin(), chosen.end());
    RC_ASSERT(internal::unpack(internal::pack(ids)) == ids);
  }));
  const std::vector<std::int64_t> edges = {1, 127, 128, 16'384, 1LL << 35, std::numeric_limits<std::int64_t>::max()};
  EXPECT_EQ(internal::unpack(internal::pack(edges)), edges);
  EXPECT_EQ(internal::pack(std::vector<std::int64_t>{1, 2, 3}).size(), 3U) << "neighbours take a byte each";
}

TEST(PackedSets, RefuseWhatIsNoSuchList) {
  for (const std::string& bytes :
       {std::string("\x80"), std::string("\x01\xff"), std::string("\0", 1), std::string("\x01\0", 2),
        std::string(9, '\xff') + "\x7f", internal::pack(std::vector<std::int64_t>{INT64_MAX}) + "\x01"})
    EXPECT_EQ(internal::unpack(bytes), std::nullopt);
}

}  // namespace
}  // namespace store

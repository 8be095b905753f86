#include <csignal>
#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/maintenance.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_table.h"
#include "store/temp_folder.h"

namespace store {
namespace {

using base::Code;
using internal::Access;
using internal::Connection;

const base::Deadline kForever = base::Deadline::never();

// An item {"p", sk} whose attributes are its sets, one letter each, and an item {"q", "time"} that has the time of all.
base::Result<std::optional<Listing>> list(const Item& item, const Lookup& lookup) {
  if (item.key.pk != "p") return std::optional<Listing>();
  const std::optional<Item> time = TRY(lookup({"q", "time"}));
  Listing listing = {{}, item.key.sk, time ? static_cast<std::int64_t>(time->version) : 0, "facets"};
  for (const char letter : item.attributes)
    if (std::isalpha(letter)) listing.sets.emplace_back(1, letter);
  return std::optional(std::move(listing));
}

class MaintenanceSetsTest : public testing::Test {
 protected:
  std::unique_ptr<Table> open() { return open_sqlite_table({.file = file_}).value(); }
  static std::string sk_of(int number) { return fmt::format("{:05}", number); }

  // Items "{"a":1}", each listed as the lister says.
  void fill(int count) {
    const auto table = open();
    std::vector<Write> writes = {Put{{{"q", "time"}, std::nullopt, "time", 0, "{}"}, Absent{}}};
    for (int i = 0; i < count; ++i) {
      const std::string sk = sk_of(i);
      const std::string attributes = i % 2 ? R"({"a":1})" : R"({"a":1,"b":2})";
      writes.emplace_back(Put{{{"p", sk}, std::nullopt, "thing", 0, attributes}, Absent{}});
      const std::vector<std::string> sets = i % 2 ? std::vector<std::string>{"a"} : std::vector<std::string>{"a", "b"};
      writes.emplace_back(List{{"p", sk}, Listing{sets, sk, 1, "facets"}});
      if (writes.size() < kWritesMax - 1 && i + 1 < count) continue;
      ASSERT_TRUE(table->write(writes, kForever));
      writes.clear();
    }
  }
  void change(const std::string& sql) {
    const auto connection = Connection::open(file_, Access::kWrite, "").value();
    const auto changed = connection->execute(("PRAGMA ignore_check_constraints = ON; " + sql).c_str());
    ASSERT_TRUE(changed) << changed.error().detail;
  }
  // As a program without sets left it.
  void make_format_1() {
    change(
        "DROP TABLE set_name; DROP TABLE listed; DROP TABLE member_by_name; DROP TABLE member_by_time;"
        "DROP TABLE rebuild; PRAGMA user_version = 1; DROP INDEX item_gsi1; ALTER TABLE item RENAME TO now;"
        "CREATE TABLE item (pk BLOB NOT NULL, sk BLOB NOT NULL, gsi1pk BLOB, gsi1sk BLOB, type TEXT NOT NULL,"
        " version INTEGER NOT NULL, attributes TEXT NOT NULL, PRIMARY KEY (pk, sk)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX item_gsi1 ON item (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;"
        "INSERT INTO item SELECT pk, sk, gsi1pk, gsi1sk, type, version, attributes FROM now; DROP TABLE now");
  }
  std::string findings(const Lister& lister = nullptr) {
    const auto report = check_data_file(file_, lister);
    EXPECT_TRUE(report) << report.error().message << report.error().detail;
    return report ? fmt::format("{}", fmt::join(report->findings, "\n")) : "";
  }
  static std::uint64_t count(Table& table, const std::string& set) {
    return table.count({.sets = {set}}, kForever).value();
  }

  TempFolder folder_;
  const std::string file_ = folder_.file(kDataFileName);
};

TEST_F(MaintenanceSetsTest, CheckCountsWhatIsListed) {
  fill(10);
  const CheckReport report = check_data_file(file_, list).value();
  EXPECT_EQ(report.findings, std::vector<std::string>());
  EXPECT_EQ(report.items, 11U);
  EXPECT_EQ(report.listed_items, 10U);
  EXPECT_EQ(report.set_entries, 15U);
  EXPECT_TRUE(report.listings_built);
}

TEST_F(MaintenanceSetsTest, CheckFindsSetsThatDoNotAgree) {
  fill(4);
  ASSERT_TRUE(back_up(file_, folder_.file("clean")));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"DELETE FROM member_by_name WHERE id = 2 AND set_id = 1",
       R"(item "p" "00000": set 1 lacks it in the order by name)"},
      {"DELETE FROM member_by_time WHERE id = 3", R"(item "p" "00001": set 1 lacks it in the order by time)"},
      {"INSERT INTO member_by_name VALUES (1, x'00', 99)", "have 7 entries by name, the listings account for 6"},
      {"INSERT INTO member_by_time VALUES (1, 0, 99)", "have 7 entries by time, the listings account for 6"},
      {"INSERT INTO member_by_time VALUES (99, 1, 1)", "set 99 has members by time and no name"},
      {"DELETE FROM set_name WHERE id = 1", "set 1 has members by name and no name"},
      {"INSERT INTO set_name (name) VALUES (x'7a')", R"(set "z" has a name and no members)"},
      {"DELETE FROM item WHERE CAST(sk AS TEXT) = '00002'", R"(item "p" "00002": it is listed, and is not there)"},
      {"UPDATE listed SET sets = x'80' WHERE id = 2", "the sets of its listing cannot be read"},
      {"UPDATE listed SET sets = x'' WHERE id = 2", "the sets of its listing cannot be read"},
      {"UPDATE listed SET name = zeroblob(1025) WHERE id = 2", "too long"},
      {"UPDATE listed SET facets = printf('%.1025c', 'x') WHERE id = 2", "too long"},
      {"UPDATE listed SET time = 7 WHERE id = 2", "lacks it in the order by time"},
  };
  for (const auto& [sql, words] : cases) {
    std::filesystem::remove(file_);
    std::filesystem::copy_file(folder_.file("clean"), file_);
    change(sql);
    EXPECT_NE(findings().find(words), std::string::npos) << sql << "\n" << findings();
    EXPECT_EQ(back_up(file_, folder_.file("bad")).error().code, Code::kCorrupt) << sql;
    ASSERT_TRUE(rebuild_listings(file_, list));
    EXPECT_EQ(findings(list), "") << sql << ": a rebuilding puts it right";
  }
}

TEST_F(MaintenanceSetsTest, CheckComparesEachListingWithWhatItShouldBe) {
  fill(4);
  const auto with = [this](const std::function<void(Listing&)>& other) {
    return findings([&](const Item& item, const Lookup& lookup) {
      auto listing = list(item, lookup);
      if (*listing && item.key.sk == sk_of(2)) other(**listing);
      return listing;
    });
  };
  const std::string words = R"(item "p" "00002": )";
  EXPECT_EQ(with([](Listing&) {}), "");
  EXPECT_EQ(with([](Listing& listing) { listing.name = "x"; }),
            words + R"(it is listed as "00002", and should be as "x")");
  EXPECT_EQ(with([](Listing& listing) { listing.time = 9; }),
            words + "it is listed with the time 1, and should be with 9");
  EXPECT_EQ(with([](Listing& listing) { listing.facets = "y"; }),
            words + R"(it is listed with the facets "facets", and should be with "y")");
  EXPECT_EQ(with([](Listing& listing) { listing.sets = {"a"}; }), words + R"(it stands in "b", and should not)");
  EXPECT_EQ(with([](Listing& listing) { listing.sets.emplace_back("c"); }),
            words + R"(it does not stand in "c", and should)");
  EXPECT_EQ(with([](Listing& listing) { listing.sets.clear(); }), words + "it stands in sets, and should in none");
  const auto everything = [](const Item& it, const Lookup&) -> base::Result<std::optional<Listing>> {
    return std::optional(Listing{{"a"}, it.key.sk, 1, "facets"});
  };
  EXPECT_NE(findings(everything).find(R"(item "q" "time": it stands in no set, and should in "a")"), std::string::npos);
  const auto broken = [](const Item&, const Lookup&) -> base::Result<std::optional<Listing>> {
    return base::fail(Code::kInternal, "no node");
  };
  EXPECT_NE(findings(broken).find("cannot be told: no node"), std::string::npos);
}

TEST_F(MaintenanceSetsTest, AFileOfFormat1IsBroughtUpAndItsSetsAreBuilt) {
  fill(5);
  make_format_1();
  EXPECT_FALSE(listings_built(file_).value());
  {
    const auto table = open();
    EXPECT_EQ(table->get({"p", sk_of(3)}, kForever).value()->attributes, R"({"a":1})");
    EXPECT_EQ(table->select({.sets = {"a"}}, kForever).error().code, Code::kUnavailable) << "rather than a part";
    EXPECT_EQ(table->count({.sets = {"a"}}, kForever).error().code, Code::kUnavailable);
    const std::vector<Write> writes = {Put{{{"p", "new"}, std::nullopt, "thing", 0, R"({"b":1})"}, Absent{}},
                                       List{{"p", "new"}, Listing{{"b"}, "new", 1, "facets"}}};
    EXPECT_TRUE(table->write(writes, kForever)) << "what is written meanwhile is listed";
  }
  EXPECT_FALSE(listings_built(file_).value());
  const CheckReport unbuilt = check_data_file(file_, list).value();
  EXPECT_FALSE(unbuilt.listings_built);
  EXPECT_TRUE(unbuilt.findings.empty()) << "it can be backed up all the same";

  const auto rebuilt = build_missing_listings(file_, list);
  ASSERT_TRUE(rebuilt) << rebuilt.error().message;
  ASSERT_TRUE(*rebuilt);
  EXPECT_EQ((*rebuilt)->items, 7U);
  EXPECT_EQ((*rebuilt)->listed_items, 6U);
  EXPECT_TRUE(listings_built(file_).value());
  EXPECT_EQ(findings(list), "");
  const auto table = open();
  EXPECT_EQ(count(*table, "a"), 5U);
  EXPECT_EQ(count(*table, "b"), 4U);
}

TEST_F(MaintenanceSetsTest, WhereThereIsNothingToBuildNothingIsDone) {
  EXPECT_TRUE(listings_built(file_).value()) << "no file";
  const auto never = [](const Item&, const Lookup&) -> base::Result<std::optional<Listing>> { std::abort(); };
  EXPECT_FALSE(build_missing_listings(file_, never).value());
  EXPECT_TRUE(listings_built(file_).value());
  EXPECT_TRUE(open()->select({.sets = {"a"}}, kForever)) << "a new file has its sets";
  make_format_1();
  EXPECT_TRUE(listings_built(file_).value()) << "no items";
  EXPECT_FALSE(build_missing_listings(file_, never).value());
  fill(3);
  EXPECT_FALSE(build_missing_listings(file_, never).value());
  EXPECT_EQ(count(*open(), "a"), 3U);
  EXPECT_EQ(rebuild_listings(folder_.file("none"), list).error().code, Code::kNotFound);
}

TEST_F(MaintenanceSetsTest, ARebuildingThatFailedGoesOnWhereItStopped) {
  fill(4500);
  int left = 3000;
  const auto fails = [&left](const Item& item, const Lookup& lookup) -> base::Result<std::optional<Listing>> {
    if (left-- == 0) return base::fail(Code::kCorrupt, "a node of no account");
    return list(item, lookup);
  };
  EXPECT_EQ(rebuild_listings(file_, fails, 1000).error().message, "a node of no account");
  EXPECT_FALSE(listings_built(file_).value());
  EXPECT_EQ(open()->count({.sets = {"a"}}, kForever).error().code, Code::kUnavailable);
  const auto rest = rebuild_listings(file_, list);
  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_EQ(rest->items, 1501U) << "what was committed is not done again";
  EXPECT_EQ(findings(list), "");
  EXPECT_EQ(count(*open(), "a"), 4500U);
  EXPECT_EQ(rebuild_listings(file_, list).value().items, 4501U) << "of one that is built: all of it";
  EXPECT_EQ(findings(list), "");
}

TEST_F(MaintenanceSetsTest, ARebuildingThatWasKilledGoesOnWhereItStopped) {
  fill(2500);
  for (const int place : {0, 1, 2100}) {
    const pid_t child = ::fork();
    if (child == 0) {
      int left = place;
      (void)rebuild_listings(
          file_,
          [&left](const Item& item, const Lookup& lookup) {
            if (left-- == 0) ::kill(::getpid(), SIGKILL);
            return list(item, lookup);
          },
          1000);
      std::_Exit(3);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_FALSE(listings_built(file_).value());
    const auto rebuilt = build_missing_listings(file_, list);
    ASSERT_TRUE(rebuilt) << rebuilt.error().message;
    EXPECT_EQ((*rebuilt)->items, place < 2000 ? 2501U : 501U) << "what was committed is not done again";
    EXPECT_EQ(findings(list), "");
    EXPECT_EQ(count(*open(), "a"), 2500U);
  }
}

TEST_F(MaintenanceSetsTest, AListingPastALimitStopsTheRebuilding) {
  fill(2);
  const auto too_long = [](const Item&, const Lookup&) -> base::Result<std::optional<Listing>> {
    return std::optional(Listing{{"a"}, std::string(kKeyBytesMax + 1, 'n'), 0, ""});
  };
  EXPECT_EQ(rebuild_listings(file_, too_long).error().code, Code::kInvalid);
  EXPECT_FALSE(listings_built(file_).value());
}

TEST_F(MaintenanceSetsTest, ABackupHasTheSets) {
  fill(20);
  ASSERT_TRUE(back_up(file_, folder_.file("backup")));
  const auto restored = restore(folder_.file("backup"), folder_.file("other"), Existing::kRefuse);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->report.set_entries, 30U);
  const auto table = open_sqlite_table({.file = folder_.file("other/state.db")}).value();
  EXPECT_EQ(count(*table, "b"), 10U);
  EXPECT_EQ(table->select({.sets = {"a", "b"}, .entries_max = 20}, kForever).value().entries.size(), 20U);
}

}  // namespace
}  // namespace store

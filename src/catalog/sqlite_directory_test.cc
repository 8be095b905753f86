#include "catalog/sqlite_directory.h"

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/directory_model.h"
#include "catalog/sqlite_test_support.h"

namespace catalog {
namespace {

// A connection of somebody else, without any of our settings.
class Stranger {
 public:
  explicit Stranger(const std::filesystem::path& folder) {
    CHECK(sqlite3_open((folder / SqliteDirectory::kFileName).c_str(), &handle_) == SQLITE_OK, "opened");
  }
  ~Stranger() { sqlite3_close(handle_); }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  int run(const char* sql) { return sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); }
  int number(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    CHECK(sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) == SQLITE_OK, "a test's own SQL is right");
    const int number = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1;
    sqlite3_finalize(statement);
    return number;
  }

 private:
  sqlite3* handle_ = nullptr;
};

Snapshot one_workspace(int bit) {
  Snapshot snapshot = people(2);
  snapshot.workspaces = {{workspace_id(0), "Heart", {{user_id(0), bit}}, {{team_id(0), "A", {user_id(0)}}}}};
  return snapshot;
}

TEST(SqliteDirectory, KeepsWhatItHasWhenOpenedAgain) {
  TemporaryFolder folder;
  {
    const auto directory = open_sqlite(folder.path());
    ASSERT_TRUE(import(*directory, json::encode(one_workspace(kOwner)), soon()));
  }
  const auto directory = open_sqlite(folder.path());
  EXPECT_EQ(directory->membership(user_id(0), workspace_id(0), soon())->permission_bit, kOwner);
}

TEST(SqliteDirectory, RefusesANewerSchemaAndLeavesItAlone) {
  TemporaryFolder folder;
  open_sqlite(folder.path());
  Stranger(folder.path()).run("PRAGMA user_version = 3");
  const auto opened = SqliteDirectory::open(folder.path(), {}, soon());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kImpossible);
  EXPECT_NE(opened.error().message.find("schema version 3"), std::string::npos) << opened.error().message;
  EXPECT_EQ(Stranger(folder.path()).number("PRAGMA user_version"), 3);
}

// What version 1 of this program left behind: the same tables without members_by_bit.
TEST(SqliteDirectory, BringsUpAFileOfVersionOne) {
  TemporaryFolder folder;
  {
    const auto directory = open_sqlite(folder.path());
    ASSERT_TRUE(import(*directory, json::encode(one_workspace(kOwner)), soon()));
  }
  ASSERT_EQ(Stranger(folder.path()).run("DROP INDEX members_by_bit; PRAGMA user_version = 1"), SQLITE_OK);
  const auto directory = open_sqlite(folder.path());
  EXPECT_EQ(Stranger(folder.path()).number("PRAGMA user_version"), 2);
  EXPECT_EQ(Stranger(folder.path()).number("SELECT count(*) FROM sqlite_schema WHERE name = 'members_by_bit'"), 1);
  EXPECT_EQ(Stranger(folder.path()).number("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
  const std::string workspace = workspace_id(0);
  EXPECT_EQ(directory->audience({.workspace_id = workspace, .least_bit = kOwner, .everyone = true}, soon())->size(),
            1U);
}

// More teams than statements are kept for, and again with fewer.
TEST(SqliteDirectory, AnAudienceOfVeryManyTeams) {
  constexpr int kTeams = 300;
  TemporaryFolder folder;
  const auto directory = open_sqlite(folder.path(), {.readers_max = 1});
  Snapshot snapshot = people(50);
  SnapshotWorkspace workspace{workspace_id(0), "Heart", {}, {}};
  for (int u = 0; u < 50; ++u) workspace.members.push_back({user_id(u), kCollaborator});
  std::vector<std::string> teams;
  for (int t = 0; t < kTeams; ++t) {
    workspace.teams.push_back({team_id(t), "Team", {user_id(t % 50), user_id((t + 7) % 50)}});
    teams.push_back(team_id(t));
  }
  snapshot.workspaces = {workspace};
  ASSERT_TRUE(import(*directory, json::encode(snapshot), soon()));
  DirectoryModel model;
  model.apply(snapshot);
  for (const std::size_t count : {300U, 1U, 129U, 128U, 300U}) {
    const AudienceQuery query{
        .workspace_id = workspace.id, .least_bit = kRead, .teams = std::span(teams).first(count), .members_max = 30};
    const auto found = directory->audience(query, soon());
    ASSERT_TRUE(found) << found.error().detail;
    const std::vector<AudienceMember> expected = model.audience(query);
    ASSERT_EQ(found->size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ((*found)[i].user_id, expected[i].user_id);
      EXPECT_EQ((*found)[i].team_ids, expected[i].team_ids);
    }
  }
}

TEST(SqliteDirectory, RefusesADatabaseOfSomethingElse) {
  TemporaryFolder folder;
  Stranger(folder.path()).run("CREATE TABLE songs (title TEXT)");
  const auto opened = SqliteDirectory::open(folder.path(), {}, soon());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kImpossible);
}

TEST(SqliteDirectory, RefusesWhatIsNoDatabase) {
  TemporaryFolder folder;
  std::ofstream(folder.path() / SqliteDirectory::kFileName) << std::string(8192, 'x');
  const auto opened = SqliteDirectory::open(folder.path(), {}, soon());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kCorrupt);
}

TEST(SqliteDirectory, SaysThatTheFolderIsMissing) {
  TemporaryFolder folder;
  const auto opened = SqliteDirectory::open(folder.path() / "nowhere", {}, soon());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kUnavailable);
}

// Whatever writes to it, the tables do not let a team member be without a membership, or a row hang in the air.
TEST(SqliteDirectory, TheTablesThemselvesKeepTheRules) {
  TemporaryFolder folder;
  const auto directory = open_sqlite(folder.path());
  ASSERT_TRUE(import(*directory, json::encode(one_workspace(kOwner)), soon()));
  Stranger stranger(folder.path());
  stranger.run("PRAGMA foreign_keys = ON");
  EXPECT_EQ(stranger.run("DELETE FROM workspaces"), SQLITE_CONSTRAINT);
  EXPECT_EQ(stranger.run("DELETE FROM users"), SQLITE_CONSTRAINT);
  EXPECT_EQ(stranger.run("UPDATE members SET permission_bit = 3"), SQLITE_CONSTRAINT);
  EXPECT_EQ(stranger.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

TEST(SqliteDirectory, ManyMayMakeTheFileAtOnce) {
  TemporaryFolder folder;
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      if (!SqliteDirectory::open(folder.path(), {}, soon())) ++failed;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
}

// A writer that holds the lock delays an import up to its deadline, and no question at all.
TEST(SqliteDirectory, ReadersDoNotWaitForAWriterAndWritersWaitNoLongerThanTheirDeadline) {
  TemporaryFolder folder;
  const auto directory = open_sqlite(folder.path());
  ASSERT_TRUE(import(*directory, json::encode(one_workspace(kOwner)), soon()));
  Stranger stranger(folder.path());
  ASSERT_EQ(stranger.run("BEGIN IMMEDIATE; UPDATE members SET permission_bit = 1"), SQLITE_OK);
  EXPECT_EQ(directory->membership(user_id(0), workspace_id(0), soon())->permission_bit, kOwner);
  const auto report =
      import(*directory, json::encode(one_workspace(kRead)), base::Deadline::after(std::chrono::milliseconds(50)));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, base::Code::kUnavailable);
  EXPECT_TRUE(report.error().retry_after_s);
  std::thread waiting([&] { EXPECT_TRUE(import(*directory, json::encode(one_workspace(kRead)), soon())); });
  ASSERT_EQ(stranger.run("COMMIT"), SQLITE_OK);
  waiting.join();
  EXPECT_EQ(directory->membership(user_id(0), workspace_id(0), soon())->permission_bit, kRead);
}

TEST(SqliteDirectory, ImportsTakeTurns) {
  TemporaryFolder folder;
  const auto directory = open_sqlite(folder.path());
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 5; ++k) {
        Snapshot snapshot = one_workspace(1 << (i + 1));
        if (!import(*directory, json::encode(snapshot), soon())) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(Stranger(folder.path()).number("SELECT count(*) FROM members"), 1);
}

// write() is undone where its change fails, also when rows have been written.
TEST(SqliteDirectory, AFailedChangeIsUndone) {
  TemporaryFolder folder;
  const auto directory = open_sqlite(folder.path());
  const auto done = directory->write(
      [](SqliteConnection& connection) -> base::Result<void> {
        TRY(connection.execute("INSERT INTO workspaces VALUES ('w', 'n')"));
        return base::fail(base::Code::kConflict, "no");
      },
      soon());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Code::kConflict);
  EXPECT_EQ(Stranger(folder.path()).number("SELECT count(*) FROM workspaces"), 0);
}

TEST(SqliteDirectory, AStatementThatOutlivesItsDeadlineIsBrokenOff) {
  TemporaryFolder folder;
  const auto directory = open_sqlite(folder.path());
  const auto done = directory->write(
      [](SqliteConnection& connection) -> base::Result<void> {
        return connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
      },
      base::Deadline::after(std::chrono::milliseconds(50)));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Code::kDeadline);
  EXPECT_TRUE(directory->ping(soon()));
}

TEST(SqliteDirectory, DamageIsReportedAndNeverTakenForNobody) {
  TemporaryFolder folder;
  {
    const auto directory = open_sqlite(folder.path());
    Snapshot snapshot = people(2000);
    snapshot.workspaces = one_workspace(kOwner).workspaces;
    ASSERT_TRUE(import(*directory, json::encode(snapshot), soon()));
  }
  const std::filesystem::path file = folder.path() / SqliteDirectory::kFileName;
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(4096);
    const std::string junk(std::filesystem::file_size(file) - 4096, '\x5a');
    bytes.write(junk.data(), static_cast<std::streamsize>(junk.size()));
  }
  const auto opened = SqliteDirectory::open(folder.path(), {}, soon());
  ASSERT_TRUE(opened) << opened.error().detail;
  const auto found = (*opened)->user(user_id(7), soon());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, base::Code::kCorrupt);
}

TEST(SqliteDirectory, MoreQuestionersThanReadersAreAllAnswered) {
  TemporaryFolder folder;
  base::Registry registry;
  const auto directory = open_sqlite(folder.path(), {.readers_max = 2, .registry = &registry});
  ASSERT_TRUE(import(*directory, json::encode(one_workspace(kOwner)), soon()));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) {
        const auto found = directory->membership(user_id(0), workspace_id(0), soon());
        if (!found || found->permission_bit != kOwner) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  const std::string text = registry.render();
  EXPECT_NE(
      text.find("stewardry_directory_question_seconds_count{implementation=\"sqlite\",question=\"membership\"} 1600"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("stewardry_directory_connections_in_use{implementation=\"sqlite\"} 0"), std::string::npos)
      << text;
}

// An import that is killed at any moment has happened or has not; the next process finds a whole directory.
TEST(SqliteDirectory, AnImportKilledInTheMiddleIsWholeOrAbsent) {
  TemporaryFolder folder;
  Snapshot full = people(400);
  SnapshotWorkspace workspace{workspace_id(0), "Everyone", {}, {{team_id(0), "All", {}}}};
  for (int u = 0; u < 400; ++u) {
    workspace.members.push_back({user_id(u), kRead});
    workspace.teams[0].members.push_back(user_id(u));
  }
  full.workspaces = {workspace};
  Snapshot empty;
  empty.workspaces = {{workspace_id(0), "Everyone", {}, {}}};
  const std::string full_text = json::encode(full);
  const std::string empty_text = json::encode(empty);
  {
    ASSERT_TRUE(import(*open_sqlite(folder.path()), full_text, soon()));
  }
  for (int round = 0; round < 10; ++round) {
    int started[2];
    ASSERT_EQ(::pipe(started), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto directory = SqliteDirectory::open(folder.path(), {}, soon());
      if (!directory) ::_exit(1);
      for (char i = 0;; ++i) {
        if (::write(started[1], &i, 1) != 1) ::_exit(1);
        if (!import(**directory, i % 2 == 0 ? empty_text : full_text, soon())) ::_exit(1);
      }
    }
    ::close(started[1]);
    char imports = 0;
    for (int i = 0; i < 2 + round % 3; ++i) ASSERT_EQ(::read(started[0], &imports, 1), 1);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(started[0]);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child must not have failed by itself";
    const auto directory = open_sqlite(folder.path());
    const std::size_t members = directory->members(workspace_id(0), "", "", 1000, soon())->size();
    EXPECT_TRUE(members == 0 || members == 400) << members;
    EXPECT_EQ(directory->members(workspace_id(0), team_id(0), "", 1000, soon())->size(), members);
    Stranger stranger(folder.path());
    EXPECT_EQ(stranger.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    EXPECT_EQ(stranger.number("SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
  }
}

}  // namespace
}  // namespace catalog

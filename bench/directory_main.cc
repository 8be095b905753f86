// What a membership question costs in the SQLite directory, from one thread and from two; and what an audience costs,
// of a workspace with 100 teams of 1,000. The floors, in the same run: prepared statements of SQLite that read the same
// rows of the same file and do nothing with them.
//
//   build/release/bench/bench_directory [users, default 10000]

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/ids.h"
#include "catalog/snapshot.h"
#include "catalog/sqlite_directory.h"
#include "json/encode.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWorkspaces = 20;
constexpr int kQuestions = 20'000;
constexpr int kRounds = 5;

std::string id(base::IdKind kind, int n) {
  return base::make_id(kind, fmt::format("{:08x}-0000-4000-8000-{:012x}", static_cast<unsigned>(n) * 2654435761U, n));
}
std::string user_id(int n) { return id(base::IdKind::kUser, n); }
std::string workspace_id(int n) { return id(base::IdKind::kWorkspace, n); }

// Every user is in two workspaces, and in one team of each.
std::string world(int users) {
  catalog::Snapshot snapshot;
  for (int u = 0; u < users; ++u) snapshot.users.push_back({user_id(u), "Some Body", "somebody@example.org"});
  for (int w = 0; w < kWorkspaces; ++w) {
    catalog::SnapshotWorkspace workspace{workspace_id(w), "Workspace", {}, {{id(base::IdKind::kTeam, w), "Team", {}}}};
    for (int u = 0; u < users; ++u) {
      if (u % kWorkspaces != w && (u + 1) % kWorkspaces != w) continue;
      workspace.members.push_back({user_id(u), catalog::kCollaborator});
      workspace.teams[0].members.push_back(user_id(u));
    }
    snapshot.workspaces.push_back(std::move(workspace));
  }
  return json::encode(snapshot);
}

// The best of some rounds, in microseconds a question: noise of the machine only ever adds.
template <class Ask>
double best_us(int threads, Ask ask) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const Clock::time_point begin = Clock::now();
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) {
      all.emplace_back([&ask, t] {
        for (int i = 0; i < kQuestions; ++i) ask(i * 7919 + t);
      });
    }
    for (std::thread& thread : all) thread.join();
    best = std::min(best, std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / kQuestions);
  }
  return best;
}

double floor_us(const std::filesystem::path& file, const std::vector<std::string>& users) {
  sqlite3* connection = nullptr;
  sqlite3_stmt* statement = nullptr;
  CHECK(sqlite3_open(file.c_str(), &connection) == SQLITE_OK, "the file opens");
  constexpr const char* kSql = "SELECT permission_bit FROM members WHERE workspace_id = ?1 AND user_id = ?2";
  CHECK(sqlite3_prepare_v2(connection, kSql, -1, &statement, nullptr) == SQLITE_OK, "the statement is right");
  const double us = best_us(1, [&](int i) {
    const int u = i % static_cast<int>(users.size());
    const std::string workspace = workspace_id(u % kWorkspaces);
    sqlite3_bind_text(statement, 1, workspace.data(), static_cast<int>(workspace.size()), SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, users[static_cast<std::size_t>(u)].data(), -1, SQLITE_STATIC);
    CHECK(sqlite3_step(statement) == SQLITE_ROW, "everyone is a member");
    sqlite3_reset(statement);
  });
  sqlite3_finalize(statement);
  sqlite3_close(connection);
  return us;
}

constexpr int kTeams = 100;
constexpr int kTeamSize = 1000;
constexpr int kAdministrators = 5;

// One workspace; each member is in one team of it, and the teams are scattered over the order of ids.
catalog::Snapshot world_of_teams() {
  catalog::Snapshot snapshot;
  catalog::SnapshotWorkspace workspace{workspace_id(9999), "Everyone", {}, {}};
  for (int t = 0; t < kTeams; ++t) workspace.teams.push_back({id(base::IdKind::kTeam, 1'000'000 + t), "Team", {}});
  for (int n = 0; n < kTeams * kTeamSize; ++n) {
    const std::string user = user_id(1'000'000 + n);
    snapshot.users.push_back({user, "Some Body", "somebody@example.org"});
    workspace.members.push_back({user, n < kAdministrators ? catalog::kAdministrator : catalog::kCollaborator});
    workspace.teams[static_cast<std::size_t>(n % kTeams)].members.push_back(user);
  }
  snapshot.workspaces.push_back(std::move(workspace));
  return snapshot;
}

template <class Work>
double best_ms(Work work) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const Clock::time_point begin = Clock::now();
    work();
    best = std::min(best, std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
  return best;
}

std::size_t walk(catalog::Directory& directory, catalog::AudienceQuery query, base::Deadline deadline) {
  std::size_t members = 0;
  std::string after;
  while (true) {
    query.after = after;
    const auto page = directory.audience(query, deadline);
    CHECK(page, "the directory answers");
    members += page->size();
    if (page->size() < query.members_max) return members;
    after = page->back().user_id;
  }
}

// Every row of every team, by one prepared statement that is run once a team, and never leaves SQLite.
double team_rows_floor_ms(const std::filesystem::path& file, std::span<const std::string> teams) {
  sqlite3* connection = nullptr;
  sqlite3_stmt* statement = nullptr;
  CHECK(sqlite3_open(file.c_str(), &connection) == SQLITE_OK, "the file opens");
  constexpr const char* kSql = "SELECT user_id FROM team_members WHERE team_id = ?1 ORDER BY user_id";
  CHECK(sqlite3_prepare_v2(connection, kSql, -1, &statement, nullptr) == SQLITE_OK, "the statement is right");
  const double ms = best_ms([&] {
    for (const std::string& team : teams) {
      sqlite3_bind_text(statement, 1, team.data(), static_cast<int>(team.size()), SQLITE_STATIC);
      while (sqlite3_step(statement) == SQLITE_ROW) CHECK(sqlite3_column_text(statement, 0) != nullptr, "a user id");
      sqlite3_reset(statement);
    }
  });
  sqlite3_finalize(statement);
  sqlite3_close(connection);
  return ms;
}

void measure_audience(catalog::SqliteDirectory& directory, const std::filesystem::path& file, base::Deadline deadline) {
  const catalog::Snapshot world = world_of_teams();
  CHECK(catalog::import(directory, json::encode(world), deadline), "the teams are imported");
  const std::string& workspace = world.workspaces[0].id;
  std::vector<std::string> teams;
  for (const catalog::SnapshotTeam& team : world.workspaces[0].teams) teams.push_back(team.id);
  std::sort(teams.begin(), teams.end());
  constexpr std::size_t kAll = static_cast<std::size_t>(kTeams) * kTeamSize;
  const auto measure = [&](const char* what, const catalog::AudienceQuery& query, bool whole, std::size_t expected) {
    const double ms = best_ms([&] {
      const std::size_t found = whole ? walk(directory, query, deadline) : directory.audience(query, deadline)->size();
      CHECK(found == expected, "everyone is found");
    });
    fmt::print("{:<52}{:9.3f} ms   {:7.3f} us a member\n", what, ms, ms * 1000 / static_cast<double>(expected));
  };
  fmt::print("{} teams of {}, of one workspace\n", kTeams, kTeamSize);
  fmt::print("{:<52}{:9.3f} ms\n", "floor: the rows of all teams", team_rows_floor_ms(file, teams));
  const int least = catalog::kCollaborator;
  measure("100 teams, first page of 100", {workspace, least, false, {}, teams, "", 100}, false, 100);
  measure("100 teams, whole, pages of 1,000", {workspace, least, false, {}, teams, "", 1000}, true, kAll);
  measure("100 teams, whole, one page", {workspace, least, false, {}, teams, "", kAll}, false, kAll);
  measure("one team, whole, one page", {workspace, least, false, {}, std::span(teams).first(1), "", 1000}, false,
          kTeamSize);
  measure("everyone, first page of 100", {workspace, least, true, {}, {}, "", 100}, false, 100);
  measure("everyone, whole, pages of 1,000", {workspace, least, true, {}, {}, "", 1000}, true, kAll);
  measure("administrators: 5 of 100,000", {workspace, catalog::kAdministrator, true, {}, {}, "", 100}, false,
          kAdministrators);
}

}  // namespace

int main(int argc, char** argv) {
  int users = 10'000;
  if (argc > 1) {
    const std::string_view text = argv[1];
    std::from_chars(text.data(), text.data() + text.size(), users);
    CHECK(users >= kWorkspaces, "there are enough users for the workspaces");
  }
  std::string folder = (std::filesystem::temp_directory_path() / "stewardry-bench-XXXXXX").string();
  CHECK(::mkdtemp(folder.data()) != nullptr, "a folder of its own");
  const base::Deadline deadline = base::Deadline::after(std::chrono::minutes(5));
  {
    auto directory = catalog::SqliteDirectory::open(folder, {}, deadline);
    CHECK(directory, "the directory opens");
    const std::string document = world(users);
    const Clock::time_point begin = Clock::now();
    CHECK(catalog::import(**directory, document, deadline), "the world is imported");
    const std::chrono::duration<double> first = Clock::now() - begin;
    const Clock::time_point middle = Clock::now();
    CHECK(catalog::import(**directory, document, deadline), "the world is imported again");
    const std::chrono::duration<double> again = Clock::now() - middle;

    std::vector<std::string> ids;
    for (int u = 0; u < users; ++u) ids.push_back(user_id(u));
    const auto ask = [&](int i) {
      const int u = i % users;
      const auto found =
          (*directory)->membership(ids[static_cast<std::size_t>(u)], workspace_id(u % kWorkspaces), deadline);
      CHECK(found && found->is_member && found->team_ids.size() == 1, "everyone is a member, in one team");
    };
    const double base_us = floor_us(std::filesystem::path(folder) / catalog::SqliteDirectory::kFileName, ids);
    const double one_us = best_us(1, ask);
    const double two_us = best_us(2, ask);
    fmt::print("{} users, {} workspaces, {} memberships\n", users, kWorkspaces, 2 * users);
    fmt::print("floor: one member row         {:6.2f} us\n", base_us);
    fmt::print("membership, one thread        {:6.2f} us   {:.2f} of the floor\n", one_us, one_us / base_us);
    fmt::print("membership, each of two       {:6.2f} us\n", two_us);
    fmt::print("import {:.2f} s, again without a change {:.2f} s ({} bytes)\n", first.count(), again.count(),
               document.size());
    measure_audience(**directory, std::filesystem::path(folder) / catalog::SqliteDirectory::kFileName, deadline);
  }
  std::filesystem::remove_all(folder);
  return 0;
}

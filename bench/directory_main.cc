// What a membership question costs in the SQLite directory, from one thread and from two. The floor, in the same run:
// one prepared statement of SQLite that reads the same member row and nothing else, on the same file.
//
//   build/release/bench/bench_directory [users, default 10000]

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
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
  }
  std::filesystem::remove_all(folder);
  return 0;
}

// How a snapshot is brought about. Every list is compared with what is there, and only differences are written: the
// report counts them, and an import that changes nothing writes nothing. The order keeps each foreign key whole at
// every moment: users and workspaces before members, members before team members, team members away before teams and
// members away.

#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/snapshot.h"
#include "catalog/sqlite_connection.h"
#include "catalog/sqlite_directory.h"
#include "crypto/digest.h"

namespace catalog {
namespace {

class Lookup final : public KnownBefore {
 public:
  static base::Result<Lookup> prepare(SqliteConnection& connection) {
    Lookup lookup;
    lookup.user_ = TRY(connection.prepare("SELECT 1 FROM users WHERE id = ?1"));
    lookup.team_ = TRY(connection.prepare("SELECT workspace_id FROM teams WHERE id = ?1"));
    return lookup;
  }
  base::Result<bool> has_user(std::string_view user_id) override {
    SqliteCursor cursor(user_);
    return cursor.bind(1, user_id).next();
  }
  base::Result<std::optional<std::string>> workspace_of_team(std::string_view team_id) override {
    SqliteCursor cursor(team_);
    if (!TRY(cursor.bind(1, team_id).next())) return std::optional<std::string>();
    return std::optional<std::string>(cursor.text(0));
  }

 private:
  SqliteStatement user_;
  SqliteStatement team_;
};

// What is there of one list, by key; whatever has not been named when the list ends is removed.
using Before = std::unordered_map<std::string, std::string>;

class Importer {
 public:
  static base::Result<Importer> prepare(SqliteConnection& connection) {
    Importer importer;
    for (std::size_t i = 0; i < kSql.size(); ++i) importer.statements_[i] = TRY(connection.prepare(kSql[i]));
    return importer;
  }

  base::Result<ImportReport> apply(const Snapshot& snapshot) {
    for (const SnapshotUser& user : snapshot.users) TRY(put_user(user));
    for (const SnapshotWorkspace& workspace : snapshot.workspaces) TRY(put_workspace(workspace));
    if (snapshot.operators) TRY(put_operators(*snapshot.operators));
    return report_;
  }

 private:
  enum Sql : std::size_t {
    kReadUser,
    kPutUser,
    kReadWorkspace,
    kPutWorkspace,
    kReadMembers,
    kPutMember,
    kDeleteMember,
    kReadTeams,
    kPutTeam,
    kDeleteTeam,
    kReadTeamMembers,
    kPutTeamMember,
    kDeleteTeamMember,
    kReadOperators,
    kPutOperator,
    kDeleteOperator,
    kSqlCount
  };
  static constexpr std::array<std::string_view, kSqlCount> kSql = {
      "SELECT name, email FROM users WHERE id = ?1",
      "INSERT INTO users VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET name = ?2, email = ?3",
      "SELECT name FROM workspaces WHERE id = ?1",
      "INSERT INTO workspaces VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET name = ?2",
      "SELECT user_id, permission_bit FROM members WHERE workspace_id = ?1",
      "INSERT INTO members VALUES (?1, ?2, ?3) ON CONFLICT (workspace_id, user_id) DO UPDATE SET permission_bit = ?3",
      "DELETE FROM members WHERE workspace_id = ?1 AND user_id = ?2",
      "SELECT id, name FROM teams WHERE workspace_id = ?1",
      "INSERT INTO teams VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET name = ?3",
      "DELETE FROM teams WHERE id = ?1",
      "SELECT user_id FROM team_members WHERE team_id = ?1",
      "INSERT INTO team_members VALUES (?1, ?2, ?3)",
      "DELETE FROM team_members WHERE team_id = ?1 AND user_id = ?2",
      "SELECT user_id FROM operators",
      "INSERT INTO operators VALUES (?1)",
      "DELETE FROM operators WHERE user_id = ?1",
  };

  SqliteStatement& statement(Sql sql) { return statements_[sql]; }

  // Runs a statement of texts only.
  template <class... Texts>
  base::Result<void> run(Sql sql, const Texts&... texts) {
    SqliteCursor cursor(statement(sql));
    int index = 0;
    (cursor.bind(++index, std::string_view(texts)), ...);
    return cursor.run();
  }

  // The first column of each row, or the first with the second as text.
  template <class... Texts>
  base::Result<Before> read(Sql sql, int columns, const Texts&... texts) {
    SqliteCursor cursor(statement(sql));
    int index = 0;
    (cursor.bind(++index, std::string_view(texts)), ...);
    Before before;
    while (TRY(cursor.next())) before.emplace(cursor.text(0), columns > 1 ? cursor.text(1) : std::string());
    return before;
  }

  // Counts one that is named, takes it out of what was there, and tells whether it has to be written.
  static bool differs(ImportTally& tally, Before& before, const std::string& key, std::string_view value) {
    ++tally.named;
    const auto found = before.find(key);
    if (found == before.end()) {
      ++tally.added;
      return true;
    }
    const bool changed = found->second != value;
    if (changed) ++tally.changed;
    before.erase(found);
    return changed;
  }

  base::Result<void> put_user(const SnapshotUser& user) {
    ++report_.users.named;
    {
      SqliteCursor cursor(statement(kReadUser));
      if (!TRY(cursor.bind(1, user.id).next())) {
        ++report_.users.added;
      } else if (cursor.text(0) != user.name || cursor.text(1) != user.email) {
        ++report_.users.changed;
      } else {
        return {};
      }
    }
    return run(kPutUser, user.id, user.name, user.email);
  }

  base::Result<void> put_workspace(const SnapshotWorkspace& workspace) {
    ++report_.workspaces.named;
    const auto put_row = [&]() -> base::Result<void> {
      {
        SqliteCursor cursor(statement(kReadWorkspace));
        if (!TRY(cursor.bind(1, workspace.id).next())) {
          ++report_.workspaces.added;
        } else if (cursor.text(0) != workspace.name) {
          ++report_.workspaces.changed;
        } else {
          return {};
        }
      }
      return run(kPutWorkspace, workspace.id, workspace.name);
    };
    TRY(put_row());
    Before members = TRY(read(kReadMembers, 2, workspace.id));
    for (const SnapshotMember& member : workspace.members) {
      if (!differs(report_.members, members, member.user, fmt::format("{}", member.permission_bit))) continue;
      SqliteCursor cursor(statement(kPutMember));
      TRY(cursor.bind(1, workspace.id).bind(2, member.user).bind(3, member.permission_bit).run());
    }
    TRY(put_teams(workspace));
    for (const auto& [user_id, bit] : members) TRY(run(kDeleteMember, workspace.id, user_id));
    report_.members.removed += static_cast<std::uint32_t>(members.size());
    return {};
  }

  base::Result<void> put_teams(const SnapshotWorkspace& workspace) {
    Before teams = TRY(read(kReadTeams, 2, workspace.id));
    for (const SnapshotTeam& team : workspace.teams) {
      if (differs(report_.teams, teams, team.id, team.name)) TRY(run(kPutTeam, team.id, workspace.id, team.name));
      TRY(put_team_members(workspace.id, team.id, team.members));
    }
    for (const auto& [team_id, name] : teams) {
      TRY(put_team_members(workspace.id, team_id, {}));
      TRY(run(kDeleteTeam, team_id));
    }
    report_.teams.removed += static_cast<std::uint32_t>(teams.size());
    return {};
  }

  base::Result<void> put_team_members(const std::string& workspace_id, const std::string& team_id,
                                      const std::vector<std::string>& members) {
    Before before = TRY(read(kReadTeamMembers, 1, team_id));
    for (const std::string& user_id : members) {
      if (differs(report_.team_members, before, user_id, "")) TRY(run(kPutTeamMember, team_id, user_id, workspace_id));
    }
    for (const auto& [user_id, nothing] : before) TRY(run(kDeleteTeamMember, team_id, user_id));
    report_.team_members.removed += static_cast<std::uint32_t>(before.size());
    return {};
  }

  base::Result<void> put_operators(const std::vector<std::string>& operators) {
    Before before = TRY(read(kReadOperators, 1));
    for (const std::string& user_id : operators) {
      if (differs(report_.operators, before, user_id, "")) TRY(run(kPutOperator, user_id));
    }
    for (const auto& [user_id, nothing] : before) TRY(run(kDeleteOperator, user_id));
    report_.operators.removed += static_cast<std::uint32_t>(before.size());
    return {};
  }

  std::array<SqliteStatement, kSqlCount> statements_;
  ImportReport report_;
};

}  // namespace

base::Result<ImportReport> import(SqliteDirectory& directory, std::string_view document_text, base::Deadline deadline) {
  DecodedSnapshot decoded = TRY(decode_snapshot(document_text));
  ImportReport report;
  const auto change = [&](SqliteConnection& connection) -> base::Result<void> {
    Lookup before = TRY(Lookup::prepare(connection));
    const Snapshot snapshot = TRY(check_snapshot(std::move(decoded), before));
    Importer importer = TRY(Importer::prepare(connection));
    report = TRY(importer.apply(snapshot));
    return {};
  };
  TRY(directory.write(change, deadline));
  report.document_sha256 = base::hex(crypto::sha256(document_text));
  report.document_bytes = document_text.size();
  return report;
}

}  // namespace catalog

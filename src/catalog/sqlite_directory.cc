#include "catalog/sqlite_directory.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "base/check.h"
#include "catalog/sqlite_audience.h"
#include "catalog/sqlite_schema.h"

namespace catalog {
namespace {

constexpr std::uint32_t kRetryAfter_s = 1;
constexpr std::size_t kRowsMax = std::numeric_limits<int>::max();  // what LIMIT can be bound to

enum Sql : std::size_t {
  kUserSql,
  kTeamSql,
  kMembershipSql,
  kWorkspacesOfSql,
  kMembersSql,
  kTeamMembersSql,
  kTeamsSql,
  kIsOperatorSql,
  kPingSql,
  kBeginSql,
  kCommitSql,
  kSqlCount
};
constexpr std::array<std::string_view, kSqlCount> kSql = {
    "SELECT name, email FROM users WHERE id = ?1",
    "SELECT name, workspace_id FROM teams WHERE id = ?1",
    // No row: no such workspace. A row without a bit: not a member. Else one row for each team, or one without a team.
    "SELECT m.permission_bit, t.team_id FROM workspaces w"
    " LEFT JOIN members m ON m.workspace_id = w.id AND m.user_id = ?1"
    " LEFT JOIN team_members t ON t.user_id = m.user_id AND t.workspace_id = m.workspace_id"
    " WHERE w.id = ?2 ORDER BY t.team_id",
    // A row for each team of each workspace, or one without a team.
    "SELECT m.workspace_id, w.name, m.permission_bit, t.team_id FROM members m"
    " JOIN workspaces w ON w.id = m.workspace_id"
    " LEFT JOIN team_members t ON t.user_id = m.user_id AND t.workspace_id = m.workspace_id"
    " WHERE m.user_id = ?1 ORDER BY m.workspace_id, t.team_id",
    "SELECT m.user_id, u.name, u.email, m.permission_bit FROM members m JOIN users u ON u.id = m.user_id"
    " WHERE m.workspace_id = ?1 AND m.user_id > ?2 ORDER BY m.user_id LIMIT ?3",
    "SELECT m.user_id, u.name, u.email, m.permission_bit FROM team_members t"
    " JOIN members m ON m.workspace_id = t.workspace_id AND m.user_id = t.user_id JOIN users u ON u.id = t.user_id"
    " WHERE t.team_id = ?4 AND t.workspace_id = ?1 AND t.user_id > ?2 ORDER BY t.user_id LIMIT ?3",
    "SELECT id, name FROM teams WHERE workspace_id = ?1 ORDER BY id",
    "SELECT 1 FROM operators WHERE user_id = ?1",
    "SELECT EXISTS (SELECT 1 FROM workspaces)",
    "BEGIN",
    "COMMIT",
};

tl::unexpected<base::Error> too_late() {
  return base::fail(base::Code::kDeadline, "The directory was not asked: the time had run out. Try again.");
}

}  // namespace

struct SqliteDirectory::Reader {
  std::unique_ptr<SqliteConnection> connection;  // outlives the statements

  base::Result<SqliteStatement*> statement(std::size_t sql) {
    if (!prepared_[sql]) {
      statements_[sql] = TRY(connection->prepare(kSql[sql]));
      prepared_[sql] = true;
    }
    return &statements_[sql];
  }
  base::Result<void> run(std::size_t sql) { return SqliteCursor(*TRY(statement(sql))).run(); }
  SqliteAudience& audience() {
    if (!audience_) audience_.emplace(*connection);
    return *audience_;
  }

 private:
  std::array<SqliteStatement, kSqlCount> statements_;  // prepared when first asked
  std::array<bool, kSqlCount> prepared_{};
  std::optional<SqliteAudience> audience_;
};

SqliteDirectory::SqliteDirectory(std::filesystem::path file, Options options)
    : file_(std::move(file)), options_(options), metrics_(options.registry, "sqlite") {
  CHECK(options_.readers_max > 0, "a directory without readers answers nothing");
  if (options_.registry != nullptr) {
    readers_in_use_ = &options_.registry->gauge("stewardry_directory_connections_in_use",
                                                "Connections to the directory that answer a question now.",
                                                {{"implementation", "sqlite"}});
  }
}

SqliteDirectory::~SqliteDirectory() = default;

base::Result<std::unique_ptr<SqliteDirectory>> SqliteDirectory::open(const std::filesystem::path& folder,
                                                                     Options options, base::Deadline deadline) {
  std::unique_ptr<SqliteDirectory> directory(new SqliteDirectory(folder / kFileName, options));
  auto reader = std::make_unique<Reader>();
  reader->connection = TRY(SqliteConnection::open(directory->file_, deadline));
  TRY(prepare_file(*reader->connection, deadline));
  directory->readers_open_ = 1;
  directory->idle_.push_back(std::move(reader));
  return directory;
}

base::Result<std::unique_ptr<SqliteDirectory::Reader>> SqliteDirectory::take(base::Deadline deadline) {
  if (deadline.passed()) return too_late();
  std::unique_ptr<Reader> reader;
  {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return !idle_.empty() || readers_open_ < options_.readers_max; };
    if (!ready() && !freed_.wait_until(lock, deadline.when(), ready)) {
      base::Error error(base::Code::kUnavailable, "The directory has too many questions before it. Try again later.");
      error.retry_after_s = kRetryAfter_s;
      return base::fail(std::move(error));
    }
    if (!idle_.empty()) {
      reader = std::move(idle_.back());
      idle_.pop_back();
    } else {
      ++readers_open_;
    }
  }
  if (readers_in_use_ != nullptr) readers_in_use_->add(1);
  if (reader) {
    reader->connection->set_deadline(deadline);
    return reader;
  }
  const auto open_reader = [&]() -> base::Result<std::unique_ptr<Reader>> {
    auto fresh = std::make_unique<Reader>();
    fresh->connection = TRY(SqliteConnection::open(file_, deadline));
    TRY(prepare_connection(*fresh->connection));
    return fresh;
  };
  base::Result<std::unique_ptr<Reader>> opened = open_reader();
  if (!opened) give_back(nullptr);
  return opened;
}

// A reader that failed is not given back but closed: nullptr stands for it.
void SqliteDirectory::give_back(std::unique_ptr<Reader> reader) {
  if (readers_in_use_ != nullptr) readers_in_use_->add(-1);
  {
    const std::lock_guard lock(mutex_);
    if (reader) {
      idle_.push_back(std::move(reader));
    } else {
      --readers_open_;
    }
  }
  freed_.notify_one();
}

// `answer` gets the reader. One that fails may have left a transaction open, and goes with its reader.
template <class T, class Answer>
base::Result<T> SqliteDirectory::with_reader(Question question, base::Deadline deadline, Answer answer) {
  const auto timer = metrics_.time(question);
  std::unique_ptr<Reader> reader = TRY(take(deadline));
  base::Result<T> result = answer(*reader);
  if (!result) reader.reset();
  give_back(std::move(reader));
  return result;
}

template <class T, class Read>
base::Result<T> SqliteDirectory::ask(Question question, std::size_t sql, base::Deadline deadline, Read read) {
  return with_reader<T>(question, deadline, [&](Reader& reader) -> base::Result<T> {
    SqliteCursor cursor(*TRY(reader.statement(sql)));
    return read(cursor);
  });
}

base::Result<std::optional<User>> SqliteDirectory::user(std::string_view user_id, base::Deadline deadline) {
  using Answer = std::optional<User>;
  return ask<Answer>(Question::kUser, kUserSql, deadline, [&](SqliteCursor& cursor) -> base::Result<Answer> {
    cursor.bind(1, user_id);
    if (!TRY(cursor.next())) return Answer();
    return Answer(User{std::string(user_id), cursor.text(0), cursor.text(1)});
  });
}

base::Result<std::optional<Team>> SqliteDirectory::team(std::string_view team_id, base::Deadline deadline) {
  using Answer = std::optional<Team>;
  return ask<Answer>(Question::kTeam, kTeamSql, deadline, [&](SqliteCursor& cursor) -> base::Result<Answer> {
    cursor.bind(1, team_id);
    if (!TRY(cursor.next())) return Answer();
    return Answer(Team{std::string(team_id), cursor.text(0), cursor.text(1)});
  });
}

base::Result<Membership> SqliteDirectory::membership(std::string_view user_id, std::string_view workspace_id,
                                                     base::Deadline deadline) {
  return ask<Membership>(Question::kMembership, kMembershipSql, deadline,
                         [&](SqliteCursor& cursor) -> base::Result<Membership> {
                           cursor.bind(1, user_id).bind(2, workspace_id);
                           Membership membership;
                           while (TRY(cursor.next())) {
                             membership.workspace_exists = true;
                             if (cursor.is_null(0)) break;
                             membership.is_member = true;
                             membership.permission_bit = cursor.number(0);
                             if (!cursor.is_null(1)) membership.team_ids.push_back(cursor.text(1));
                           }
                           return membership;
                         });
}

base::Result<std::vector<WorkspaceMembership>> SqliteDirectory::workspaces_of(std::string_view user_id,
                                                                              base::Deadline deadline) {
  using Answer = std::vector<WorkspaceMembership>;
  return ask<Answer>(Question::kWorkspacesOf, kWorkspacesOfSql, deadline,
                     [&](SqliteCursor& cursor) -> base::Result<Answer> {
                       cursor.bind(1, user_id);
                       Answer found;
                       while (TRY(cursor.next())) {
                         if (found.empty() || found.back().workspace_id != cursor.view(0)) {
                           found.push_back({cursor.text(0), cursor.text(1), cursor.number(2), {}});
                         }
                         if (!cursor.is_null(3)) found.back().team_ids.push_back(cursor.text(3));
                       }
                       return found;
                     });
}

base::Result<std::vector<AudienceMember>> SqliteDirectory::audience(const AudienceQuery& query,
                                                                    base::Deadline deadline) {
  using Answer = std::vector<AudienceMember>;
  return with_reader<Answer>(Question::kAudience, deadline, [&](Reader& reader) -> base::Result<Answer> {
    TRY(reader.run(kBeginSql));
    Answer found = TRY(reader.audience().read(query));
    TRY(reader.run(kCommitSql));
    return found;
  });
}

base::Result<std::vector<Member>> SqliteDirectory::members(std::string_view workspace_id, std::string_view team_id,
                                                           std::string_view after, std::size_t members_max,
                                                           base::Deadline deadline) {
  using Answer = std::vector<Member>;
  const std::size_t sql = team_id.empty() ? kMembersSql : kTeamMembersSql;
  return ask<Answer>(Question::kMembers, sql, deadline, [&](SqliteCursor& cursor) -> base::Result<Answer> {
    cursor.bind(1, workspace_id).bind(2, after).bind(3, static_cast<int>(std::min(members_max, kRowsMax)));
    if (!team_id.empty()) cursor.bind(4, team_id);
    Answer found;
    while (TRY(cursor.next())) {
      found.push_back({{cursor.text(0), cursor.text(1), cursor.text(2)}, cursor.number(3)});
    }
    return found;
  });
}

base::Result<std::vector<Team>> SqliteDirectory::teams(std::string_view workspace_id, base::Deadline deadline) {
  using Answer = std::vector<Team>;
  return ask<Answer>(Question::kTeams, kTeamsSql, deadline, [&](SqliteCursor& cursor) -> base::Result<Answer> {
    cursor.bind(1, workspace_id);
    Answer found;
    while (TRY(cursor.next())) found.push_back({cursor.text(0), cursor.text(1), std::string(workspace_id)});
    return found;
  });
}

base::Result<bool> SqliteDirectory::is_operator(std::string_view user_id, base::Deadline deadline) {
  return ask<bool>(Question::kIsOperator, kIsOperatorSql, deadline, [&](SqliteCursor& cursor) -> base::Result<bool> {
    cursor.bind(1, user_id);
    return cursor.next();
  });
}

base::Result<void> SqliteDirectory::ping(base::Deadline deadline) {
  return ask<void>(Question::kPing, kPingSql, deadline, [](SqliteCursor& cursor) { return cursor.run(); });
}

base::Result<void> SqliteDirectory::write(const std::function<base::Result<void>(SqliteConnection&)>& change,
                                          base::Deadline deadline) {
  if (deadline.passed()) return too_late();
  const std::unique_ptr<SqliteConnection> connection = TRY(SqliteConnection::open(file_, deadline));
  TRY(prepare_connection(*connection));
  TRY(connection->execute("BEGIN IMMEDIATE"));
  base::Result<void> done = change(*connection);
  if (done) done = connection->execute("COMMIT");
  // Closing the connection would roll back too; this says so. It must not be cut short by the deadline that has passed.
  if (!done) {
    connection->set_deadline(base::Deadline::never());
    (void)connection->execute("ROLLBACK");
  }
  return done;
}

}  // namespace catalog

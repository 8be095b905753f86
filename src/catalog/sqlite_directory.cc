#include "catalog/sqlite_directory.h"

#include <utility>

#include "base/check.h"
#include "catalog/sqlite_schema.h"

namespace catalog {
namespace {

constexpr std::uint32_t kRetryAfter_s = 1;

constexpr std::string_view kUserSql = "SELECT name, email FROM users WHERE id = ?1";
constexpr std::string_view kTeamSql = "SELECT name, workspace_id FROM teams WHERE id = ?1";
// No row: no such workspace. A row without a bit: not a member. Else one row for each team, or one without a team.
constexpr std::string_view kMembershipSql =
    "SELECT m.permission_bit, t.team_id FROM workspaces w"
    " LEFT JOIN members m ON m.workspace_id = w.id AND m.user_id = ?1"
    " LEFT JOIN team_members t ON t.user_id = m.user_id AND t.workspace_id = m.workspace_id"
    " WHERE w.id = ?2 ORDER BY t.team_id";
constexpr std::string_view kWorkspacesOfSql =
    "SELECT m.workspace_id, w.name, m.permission_bit FROM members m JOIN workspaces w ON w.id = m.workspace_id"
    " WHERE m.user_id = ?1 ORDER BY m.workspace_id";
constexpr std::string_view kMembersSql =
    "SELECT user_id, permission_bit FROM members WHERE workspace_id = ?1 ORDER BY user_id";
constexpr std::string_view kTeamMembersSql =
    "SELECT t.user_id FROM team_members t JOIN members m ON m.workspace_id = t.workspace_id AND m.user_id = t.user_id"
    " WHERE t.team_id = ?1 ORDER BY t.user_id";
constexpr std::string_view kIsOperatorSql = "SELECT 1 FROM operators WHERE user_id = ?1";
constexpr std::string_view kPingSql = "SELECT EXISTS (SELECT 1 FROM workspaces)";

constexpr std::array<std::string_view, 8> kSql = {kUserSql,    kTeamSql,        kMembershipSql, kWorkspacesOfSql,
                                                  kMembersSql, kTeamMembersSql, kIsOperatorSql, kPingSql};
static_assert(kSql.size() == kQuestionNames.size());

tl::unexpected<base::Error> too_late() {
  return base::fail(base::Code::kDeadline, "The directory was not asked: the time had run out. Try again.");
}

}  // namespace

struct SqliteDirectory::Reader {
  std::unique_ptr<SqliteConnection> connection;
  std::array<SqliteStatement, kSql.size()>
      statements;  // by Question; prepared when first asked; go before the connection

  base::Result<SqliteStatement*> statement(Question question) {
    const auto i = static_cast<std::size_t>(question);
    if (!prepared_[i]) {
      statements[i] = TRY(connection->prepare(kSql[i]));
      prepared_[i] = true;
    }
    return &statements[i];
  }

 private:
  std::array<bool, kSql.size()> prepared_{};
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

template <class T, class Read>
base::Result<T> SqliteDirectory::ask(Question question, base::Deadline deadline, Read read) {
  const auto timer = metrics_.time(question);
  std::unique_ptr<Reader> reader = TRY(take(deadline));
  const auto answer = [&]() -> base::Result<T> {
    SqliteStatement* statement = TRY(reader->statement(question));
    SqliteCursor cursor(*statement);
    return read(cursor);
  };
  base::Result<T> result = answer();
  if (!result) reader.reset();
  give_back(std::move(reader));
  return result;
}

base::Result<std::optional<User>> SqliteDirectory::user(std::string_view user_id, base::Deadline deadline) {
  using Answer = std::optional<User>;
  return ask<Answer>(Question::kUser, deadline, [&](SqliteCursor& cursor) -> base::Result<Answer> {
    cursor.bind(1, user_id);
    if (!TRY(cursor.next())) return Answer();
    return Answer(User{std::string(user_id), cursor.text(0), cursor.text(1)});
  });
}

base::Result<std::optional<Team>> SqliteDirectory::team(std::string_view team_id, base::Deadline deadline) {
  using Answer = std::optional<Team>;
  return ask<Answer>(Question::kTeam, deadline, [&](SqliteCursor& cursor) -> base::Result<Answer> {
    cursor.bind(1, team_id);
    if (!TRY(cursor.next())) return Answer();
    return Answer(Team{std::string(team_id), cursor.text(0), cursor.text(1)});
  });
}

base::Result<Membership> SqliteDirectory::membership(std::string_view user_id, std::string_view workspace_id,
                                                     base::Deadline deadline) {
  return ask<Membership>(Question::kMembership, deadline, [&](SqliteCursor& cursor) -> base::Result<Membership> {
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
  return ask<Answer>(Question::kWorkspacesOf, deadline, [&](SqliteCursor& cursor) -> base::Result<Answer> {
    cursor.bind(1, user_id);
    Answer found;
    while (TRY(cursor.next())) found.push_back({cursor.text(0), cursor.text(1), cursor.number(2), {}});
    return found;
  });
}

base::Result<std::vector<AudienceMember>> SqliteDirectory::audience(const AudienceQuery&, base::Deadline) {
  return base::fail(base::Code::kUnavailable, "Not served yet.");
}

base::Result<std::vector<Member>> SqliteDirectory::members(std::string_view, std::string_view, std::size_t, base::Deadline) {
  return base::fail(base::Code::kUnavailable, "Not served yet.");
}

base::Result<std::vector<Team>> SqliteDirectory::teams(std::string_view, base::Deadline) {
  return base::fail(base::Code::kUnavailable, "Not served yet.");
}

base::Result<bool> SqliteDirectory::is_operator(std::string_view user_id, base::Deadline deadline) {
  return ask<bool>(Question::kIsOperator, deadline, [&](SqliteCursor& cursor) -> base::Result<bool> {
    cursor.bind(1, user_id);
    return cursor.next();
  });
}

base::Result<void> SqliteDirectory::ping(base::Deadline deadline) {
  return ask<void>(Question::kPing, deadline, [](SqliteCursor& cursor) { return cursor.run(); });
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

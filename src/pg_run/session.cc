#include "pg_run/session.h"

#include <fmt/format.h>

namespace pg_run {
namespace {

constexpr std::string_view kLacksPrivilege = "42501", kNoDatabase = "3D000", kLockTimeout = "55P03";
// The key of the advisory lock: "stewardr" in ASCII, so that whoever looks into pg_locks can tell whose it is.
constexpr std::int64_t kLockKey = 0x7374657761726472;
constexpr std::int64_t kLow32 = 0xffffffff;

// Who the executor is, as far as some connection can tell.
std::string executor_of(Session& session) {
  if (base::Result<pg::Connection*> any = session.to("")) {
    if (base::Result<pg::Rows> rows = (*any)->query("SELECT session_user", session.deadline());
        rows && rows->size() == 1)
      return std::string(rows->text(0, 0));
  }
  const auto& keywords = session.target().settings.keywords;
  const auto user = keywords.find("user");
  return user == keywords.end() ? "EXECUTOR" : user->second;
}

// Who holds it, for whoever has to wait for that.
std::string holder_of_lock(pg::Connection& connection, base::Deadline deadline) {
  const base::Result<pg::Rows> rows = connection.query(
      fmt::format("SELECT a.pid, a.usename, coalesce(a.client_addr::text, 'a socket'), a.backend_start "
                  "FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) "
                  "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = {} AND l.objid = {} AND l.objsubid = 1 "
                  "AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())",
                  kLockKey >> 32, kLockKey & kLow32),
      deadline);
  if (!rows || rows->size() == 0) return "";
  return fmt::format(" (process {} of {}, from {}, connected since {})", rows->text(0, 0), rows->text(0, 1),
                     rows->text(0, 2), rows->text(0, 3));
}

}  // namespace

base::Result<pg::Connection*> Session::to(const std::string& database) {
  if (const auto found = connections_.find(database); found != connections_.end()) return found->second.get();
  auto made = std::make_unique<pg::Connection>(TRY(open(database)));
  return connections_.emplace(database, std::move(made)).first->second.get();
}

base::Result<pg::Connection> Session::open(const std::string& database) {
  pg::Settings settings = target_.settings;
  if (!database.empty()) settings.keywords["dbname"] = database;
  if (!target_.password) return pg::Connection::open(settings, target_.deadline);
  const bool is_first = !password_;
  if (is_first) password_ = TRY(target_.password(false));
  settings.password = *password_;
  base::Result<pg::Connection> opened = pg::Connection::open(settings, target_.deadline);
  if (opened || opened.error().code != base::Code::kUnauthenticated) return opened;
  password_ = TRY(target_.password(true));
  settings.password = *password_;
  return pg::Connection::open(settings, target_.deadline);
}

base::Result<pg::Connection> Session::open_as(const std::string& login, const std::optional<base::Secret>& password,
                                              const std::string& database) const {
  pg::Settings settings = target_.settings;
  settings.keywords["user"] = login;
  settings.keywords["dbname"] = database;
  // Never the executor's: libpq looks for a login's own in .pgpass where there is none here.
  settings.password = password.value_or(base::Secret());
  return pg::Connection::open(settings, target_.deadline);
}

std::optional<Refusal> refusal_to_connect(Session& session, const base::Error& error, const std::string& database,
                                          const std::string& what_for) {
  const std::string_view state = pg::sqlstate_of(error);
  if (state == kNoDatabase) return Refusal{fmt::format("There is no database {}, {}.", database, what_for), {}};
  if (state != kLacksPrivilege) return std::nullopt;
  const std::string executor = executor_of(session);
  pg_plan::Statement missing;
  missing.sql = fmt::format("GRANT CONNECT ON DATABASE {} TO {}", pg::identifier(database), pg::identifier(executor));
  missing.reason = fmt::format("{} must connect to {}, {}", executor, database, what_for);
  return Refusal{fmt::format("{} may not connect to the database {}, {}. An administrator runs: {};", executor,
                             database, what_for, missing.sql),
                 {missing}};
}

base::Result<std::optional<Refusal>> take_lock(Session& session, const std::string& maintenance_database) {
  constexpr std::string_view kWhatFor = "in which the run's lock lives";
  base::Result<pg::Connection*> meeting = session.to(maintenance_database);
  if (!meeting) {
    std::optional<Refusal> refusal =
        refusal_to_connect(session, meeting.error(), maintenance_database, std::string(kWhatFor));
    if (refusal) return refusal;
    return base::fail(std::move(meeting).error());
  }
  pg::Connection& connection = **meeting;
  constexpr int kIdleSessionTimeoutSince = 140000;
  std::vector<std::string> statements{
      fmt::format("SET lock_timeout = {}", session.target().run_lock_timeout.count()), "SET statement_timeout = 0",
      fmt::format("SELECT pg_catalog.pg_advisory_lock({})", kLockKey),
      // The lock is the session's: nothing may end that before the run does.
      connection.server_version() >= kIdleSessionTimeoutSince ? "SET idle_session_timeout = 0"
                                                              : "SET idle_in_transaction_session_timeout = 0"};
  const std::vector<base::Result<pg::Rows>> outcomes = TRY(connection.pipeline(statements, session.deadline()));
  for (const base::Result<pg::Rows>& each : outcomes) {
    if (each) continue;
    if (pg::sqlstate_of(each.error()) != kLockTimeout) return base::fail(each.error());
    return Refusal{fmt::format("Another run holds the lock in the database {}{}: wait for its end, and try again.",
                               maintenance_database, holder_of_lock(connection, session.deadline())),
                   {}};
  }
  return std::optional<Refusal>();
}

}  // namespace pg_run

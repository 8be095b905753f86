#include "catalog_postgres/connection.h"

#include <array>
#include <charconv>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include "base/check.h"
#include "base/text.h"

namespace catalog_postgres {
namespace {

constexpr std::uint32_t kRetryAfter_s = 1;
constexpr std::uint32_t kRetryAfterRepair_s = 30;  // where a person has to do something first

enum class Woken { kReady, kTimedOut, kCancelled };

Woken wait(int socket, short events, base::Deadline deadline, int cancel_fd) {
  std::array<pollfd, 2> watched{{{socket, events, 0}, {cancel_fd, POLLIN, 0}}};
  while (true) {
    const auto left_ms = std::min<std::chrono::milliseconds::rep>(deadline.left().count() + 1, 60'000);
    const int ready = ::poll(watched.data(), cancel_fd < 0 ? 1 : 2, static_cast<int>(left_ms));
    if (ready > 0) return watched[1].revents != 0 ? Woken::kCancelled : Woken::kReady;
    if (deadline.passed()) return Woken::kTimedOut;
  }
}

base::Error unavailable(std::string detail, std::uint32_t retry_after_s = kRetryAfter_s,
                        std::string message = "The directory does not answer now. Try again later.") {
  base::Error error(base::Code::kUnavailable, std::move(message), std::move(detail));
  error.retry_after_s = retry_after_s;
  return error;
}

tl::unexpected<Failure> fail(Failure::Then then, base::Error error) {
  return tl::unexpected<Failure>(Failure{then, std::move(error)});
}

tl::unexpected<Failure> too_late(Woken why) {
  return fail(Failure::Then::kDrop, unavailable(why == Woken::kCancelled ? "broken off by the shutdown"
                                                                         : "PostgreSQL did not answer in time"));
}

std::string one_line(const char* text) {
  std::string line(text == nullptr ? "" : text);
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return line;
}

// What an error answer means. SQLSTATEs: PostgreSQL 15 documentation, appendix A.
Failure understand(const PGresult* result) {
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string_view state = field == nullptr ? "" : field;
  std::string detail = fmt::format("{} (SQLSTATE {})", one_line(PQresultErrorMessage(result)), state);
  // The session ends (administrator, crash, shutdown), or is not the one that we prepared (a pooler, changed tables).
  if (state.starts_with("57P") || state.starts_with("08") || state == "26000" || state == "0A000" || state.empty()) {
    return {Failure::Then::kAskAnother, unavailable(std::move(detail))};
  }
  // The tables are not there, are others, or may not be read.
  if (state.starts_with("42") || state == "3F000") {
    return {
        Failure::Then::kKeep,
        unavailable(std::move(detail), kRetryAfterRepair_s,
                    "The directory's database lacks a table, a column or a privilege that is needed; an operator has "
                    "to look.")};
  }
  return {Failure::Then::kKeep, unavailable(std::move(detail))};
}

}  // namespace

void Answer::Clear::operator()(pg_result* result) const { PQclear(result); }
void Connection::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

int Answer::rows() const { return PQntuples(result_.get()); }
bool Answer::is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) == 1; }
std::string_view Answer::text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}
int Answer::number(int row, int column) const {
  const std::string_view digits = text(row, column);
  int number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

base::Result<void> check_conninfo(const base::Secret& conninfo) {
  char* problem = nullptr;
  PQconninfoOption* const parsed = PQconninfoParse(conninfo.reveal().c_str(), &problem);
  if (parsed != nullptr) {
    PQconninfoFree(parsed);
    return {};
  }
  std::string detail = one_line(problem);
  PQfreemem(problem);
  return base::fail(
      base::Code::kInvalid,
      "The directory's connection is neither a libpq URI (postgresql://host/database) nor a connection string "
      "(host=... dbname=...).",
      std::move(detail));
}

Failure Connection::lost() const {
  return {Failure::Then::kAskAnother, unavailable(one_line(PQerrorMessage(handle_.get())))};
}

base::Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options, base::Deadline deadline,
                                                           int cancel_fd) {
  Outcome<std::unique_ptr<Connection>> opened = open_once(options, deadline, cancel_fd);
  // One that was cut while it was set up says nothing of the server, as little as one that was cut later. Twice does.
  if (!opened && opened.error().then == Failure::Then::kAskAnother) opened = open_once(options, deadline, cancel_fd);
  if (!opened) return base::fail(std::move(opened.error().error));
  return std::move(*opened);
}

Outcome<std::unique_ptr<Connection>> Connection::open_once(const ConnectionOptions& options, base::Deadline deadline,
                                                           int cancel_fd) {
  // What stands before dbname is a default that the connection string may override; what stands after it is ours.
  const std::array<const char*, 9> keywords = {"keepalives_idle",  "keepalives_interval", "keepalives_count",
                                               "tcp_user_timeout", "gssencmode",          "fallback_application_name",
                                               "dbname",           "client_encoding",     nullptr};
  const std::array<const char*, 9> values = {
      "30", "5", "3", "5000", "disable", "stewardry", options.conninfo.reveal().c_str(), "UTF8", nullptr};
  pg_conn* const handle = PQconnectStartParams(keywords.data(), values.data(), 1);
  if (handle == nullptr) return fail(Failure::Then::kDrop, unavailable("out of memory"));
  std::unique_ptr<Connection> connection(new Connection(handle));
  // libpq would print what the server remarks in between; standard error is for our own log lines.
  PQsetNoticeReceiver(handle, [](void*, const PGresult*) {}, nullptr);
  Outcome<void> done = connection->connect(deadline, cancel_fd);
  if (done) done = connection->prepare_session(options, deadline, cancel_fd);
  if (!done) return tl::unexpected<Failure>(std::move(done).error());
  return connection;
}

Outcome<void> Connection::connect(base::Deadline deadline, int cancel_fd) {
  if (PQstatus(handle_.get()) == CONNECTION_BAD) return tl::unexpected<Failure>(lost());
  // libpq's manual: as if PQconnectPoll had last said PGRES_POLLING_WRITING.
  short events = POLLOUT;
  while (true) {
    const Woken woken = wait(PQsocket(handle_.get()), events, deadline, cancel_fd);
    if (woken != Woken::kReady) return too_late(woken);
    switch (PQconnectPoll(handle_.get())) {
      case PGRES_POLLING_OK:
        return {};
      case PGRES_POLLING_READING:
        events = POLLIN;
        break;
      case PGRES_POLLING_WRITING:
        events = POLLOUT;
        break;
      default:
        return tl::unexpected<Failure>(lost());
    }
  }
}

Outcome<void> Connection::prepare_session(const ConnectionOptions& options, base::Deadline deadline, int cancel_fd) {
  if (PQsetnonblocking(handle_.get(), 1) != 0) return tl::unexpected<Failure>(lost());
  const std::string settings = fmt::format("SET default_transaction_read_only = on; SET statement_timeout = {}",
                                           options.statement_timeout.count());
  if (PQsendQuery(handle_.get(), settings.c_str()) != 1) return tl::unexpected<Failure>(lost());
  if (Outcome<Answer> set = finish(deadline, cancel_fd); !set) return tl::unexpected<Failure>(std::move(set).error());
  for (std::size_t i = 0; i < options.statements.size(); ++i) {
    const std::string sql(options.statements[i]);
    if (PQsendPrepare(handle_.get(), std::to_string(i).c_str(), sql.c_str(), 0, nullptr) != 1) {
      return tl::unexpected<Failure>(lost());
    }
    if (Outcome<Answer> made = finish(deadline, cancel_fd); !made)
      return tl::unexpected<Failure>(std::move(made).error());
  }
  return {};
}

Outcome<Answer> Connection::ask(std::size_t statement, std::span<const std::string> texts, base::Deadline deadline) {
  used_ = true;
  CHECK(texts.size() <= kTextsMax, "a question is asked with few texts");
  std::array<const char*, kTextsMax> values{};
  for (std::size_t i = 0; i < texts.size(); ++i) values.at(i) = texts[i].c_str();
  if (PQsendQueryPrepared(handle_.get(), std::to_string(statement).c_str(), static_cast<int>(texts.size()),
                          values.data(), nullptr, nullptr, 0) != 1) {
    return tl::unexpected<Failure>(lost());
  }
  return finish(deadline, -1);
}

// Sends what waits to be sent, and reads until the server is ready for the next question.
Outcome<Answer> Connection::finish(base::Deadline deadline, int cancel_fd) {
  while (true) {
    const int unsent = PQflush(handle_.get());
    if (unsent < 0) return tl::unexpected<Failure>(lost());
    if (unsent == 0) break;
    const Woken woken = wait(PQsocket(handle_.get()), POLLIN | POLLOUT, deadline, cancel_fd);
    if (woken != Woken::kReady) return too_late(woken);
    if (PQconsumeInput(handle_.get()) != 1) return tl::unexpected<Failure>(lost());
  }
  Answer last;
  while (true) {
    while (PQisBusy(handle_.get()) == 1) {
      const Woken woken = wait(PQsocket(handle_.get()), POLLIN, deadline, cancel_fd);
      if (woken != Woken::kReady) return too_late(woken);
      if (PQconsumeInput(handle_.get()) != 1) return tl::unexpected<Failure>(lost());
    }
    pg_result* const next = PQgetResult(handle_.get());
    if (next == nullptr) break;
    // The first error is the one that says why.
    const bool has_error = last.result_ && PQresultStatus(last.result_.get()) == PGRES_FATAL_ERROR;
    const std::unique_ptr<pg_result, Answer::Clear> spare(has_error ? next : last.result_.release());
    if (!has_error) last.result_.reset(next);
  }
  if (!last.result_) return tl::unexpected<Failure>(lost());
  const ExecStatusType status = PQresultStatus(last.result_.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return last;
  Failure failure = understand(last.result_.get());
  if (PQstatus(handle_.get()) == CONNECTION_BAD) failure.then = Failure::Then::kAskAnother;
  return tl::unexpected<Failure>(std::move(failure));
}

bool Connection::is_alive() {
  pollfd watched{PQsocket(handle_.get()), POLLIN, 0};
  if (::poll(&watched, 1, 0) == 0) return true;
  // Between questions a server speaks only to say good-bye, or that a setting or the like has changed.
  if (PQconsumeInput(handle_.get()) != 1 || PQisBusy(handle_.get()) == 1) return false;
  return PQstatus(handle_.get()) == CONNECTION_OK && ::poll(&watched, 1, 0) == 0;
}

}  // namespace catalog_postgres

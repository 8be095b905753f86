#include "pg/session.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include "pg/conninfo.h"
#include "pg/failure.h"

namespace pg {
namespace {

constexpr std::size_t kNoticesMax = 10'000;
constexpr std::chrono::seconds kCancelPatience{2};

// Whether the socket became ready before the deadline.
bool wait(int socket, short events, base::Deadline deadline) {
  pollfd watched{socket, events, 0};
  while (true) {
    const auto left_ms = std::min<std::chrono::milliseconds::rep>(deadline.left().count() + 1, 60'000);
    if (::poll(&watched, 1, static_cast<int>(left_ms)) > 0) return true;
    if (deadline.passed()) return false;
  }
}

base::Error too_late(std::string_view what) {
  return {base::Code::kDeadline, fmt::format("PostgreSQL did not {} in time.", what)};
}

std::string field_of(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

void keep_notice(void* session, const PGresult* result) {
  auto& notices = static_cast<Connection::Impl*>(session)->notices;
  if (notices.size() >= kNoticesMax) return;
  notices.push_back({field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED), field_of(result, PG_DIAG_SQLSTATE),
                     without_verifiers(field_of(result, PG_DIAG_MESSAGE_PRIMARY))});
}

}  // namespace

Connection::Impl::~Impl() { PQfinish(handle); }

base::Result<std::unique_ptr<Connection::Impl>> Connection::Impl::open(const Settings& settings,
                                                                       base::Deadline deadline) {
  const Conninfo conninfo = TRY(conninfo_of(settings));
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : conninfo.options) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  auto session = std::make_unique<Impl>();
  session->verifies_by_default = conninfo.verifies_by_default;
  session->handle = PQconnectStartParams(keywords.data(), values.data(), 0);
  if (session->handle == nullptr) return base::fail(base::Code::kUnavailable, "There is no memory for a connection.");
  PQsetErrorVerbosity(session->handle, PQERRORS_VERBOSE);  // failure.cc: the SQLSTATE of a refused login
  PQsetNoticeReceiver(session->handle, &keep_notice, session.get());
  if (base::Result<void> done = session->connect(deadline); !done) return base::fail(std::move(done).error());
  return session;
}

base::Result<void> Connection::Impl::connect(base::Deadline deadline) {
  if (PQstatus(handle) == CONNECTION_BAD) return base::fail(connect_error_of(handle, verifies_by_default));
  // libpq's manual: as if PQconnectPoll had last said PGRES_POLLING_WRITING.
  short events = POLLOUT;
  while (true) {
    if (!wait(PQsocket(handle), events, deadline)) return base::fail(too_late("accept the connection"));
    switch (PQconnectPoll(handle)) {
      case PGRES_POLLING_OK:
        PQsetnonblocking(handle, 1);
        return {};
      case PGRES_POLLING_READING:
        events = POLLIN;
        break;
      case PGRES_POLLING_WRITING:
        events = POLLOUT;
        break;
      default:
        return base::fail(connect_error_of(handle, verifies_by_default));
    }
  }
}

base::Result<void> Connection::Impl::usable() const {
  if (!broken && PQstatus(handle) == CONNECTION_OK) return {};
  return base::fail(base::Code::kUnavailable, "The connection to PostgreSQL was lost, or given up after a deadline.");
}

base::Result<void> Connection::Impl::ask(const std::string& sql, std::span<const std::optional<std::string>> parameters,
                                         const Taker& taker, base::Deadline deadline) {
  TRY(usable());
  std::vector<const char*> values;
  for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  if (PQsendQueryParams(handle, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr,
                        0) != 1) {
    return base::fail(lost());
  }
  return collect(0, false, taker, deadline);
}

base::Result<void> Connection::Impl::ask_all(std::span<const std::string> statements, Manner manner, const Taker& taker,
                                             base::Deadline deadline) {
  TRY(usable());
  if (statements.empty()) return {};
  if (PQenterPipelineMode(handle) != 1) return base::fail(lost());
  for (const std::string& sql : statements) {
    if (PQsendQueryParams(handle, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 1) {
      return base::fail(lost());
    }
    if (manner == Manner::kEachAtOnce && PQsendFlushRequest(handle) != 1) return base::fail(lost());
  }
  if (PQpipelineSync(handle) != 1) return base::fail(lost());
  TRY(collect(statements.size(), manner == Manner::kRowByRow, taker, deadline));
  if (PQexitPipelineMode(handle) != 1) return base::fail(lost());
  return {};
}

// The next result, or none where one statement's end. Sends what is still to be sent meanwhile.
base::Result<pg_result*> Connection::Impl::next(base::Deadline deadline) {
  while (true) {
    const int unsent = PQflush(handle);
    if (unsent < 0) return base::fail(lost());
    if (PQisBusy(handle) == 0) return PQgetResult(handle);
    const auto events = static_cast<short>(unsent == 0 ? POLLIN : POLLIN | POLLOUT);
    if (!wait(PQsocket(handle), events, deadline)) return base::fail(too_late("answer"));
    if (PQconsumeInput(handle) != 1) return base::fail(lost());
  }
}

// `count` statements of a pipeline, or 0: a single one outside of it, whose end is a result that is none.
base::Result<void> Connection::Impl::collect(std::size_t count, bool row_by_row, const Taker& taker,
                                             base::Deadline deadline) {
  const bool is_pipeline = count > 0;
  std::size_t statement = 0;
  if (row_by_row) PQsetSingleRowMode(handle);
  while (true) {
    base::Result<pg_result*> result = next(deadline);
    if (!result) {
      if (result.error().code != base::Code::kDeadline) return base::fail(std::move(result).error());
      return base::fail(break_off(std::move(result).error(), is_pipeline ? 1 : 0));
    }
    if (*result == nullptr) {
      if (!is_pipeline) return {};
      ++statement;
      if (row_by_row && statement < count) PQsetSingleRowMode(handle);
      continue;
    }
    const ExecStatusType status = PQresultStatus(*result);
    if (status == PGRES_PIPELINE_SYNC) {
      PQclear(*result);
      return {};
    }
    if (status == PGRES_FATAL_ERROR && PQstatus(handle) == CONNECTION_BAD) {
      base::Error error = field_of(*result, PG_DIAG_SQLSTATE).empty() ? lost_error_of(handle) : refusal_of(*result);
      PQclear(*result);
      broken = true;
      return base::fail(std::move(error));
    }
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      PQclear(*result);
      broken = true;
      return base::fail(base::Code::kInvalid, "COPY is not spoken here.");
    }
    if (base::Result<void> taken = taker(statement, *result); !taken) {
      return base::fail(break_off(std::move(taken).error(), is_pipeline ? 1 : 0));
    }
  }
}

// Asks the server to stop, and takes what is still under way; what it was broken off for is what the caller hears.
base::Error Connection::Impl::break_off(base::Error why, std::size_t syncs_left) {
  const base::Deadline patience = base::Deadline::after(kCancelPatience);
  request_cancel(patience);
  while (true) {
    const base::Result<pg_result*> result = next(patience);
    if (!result || PQstatus(handle) == CONNECTION_BAD) {
      broken = true;
      return why;
    }
    if (*result == nullptr) {
      if (syncs_left == 0) return why;
      continue;
    }
    const bool is_sync = PQresultStatus(*result) == PGRES_PIPELINE_SYNC;
    PQclear(*result);
    if (is_sync) {
      broken = PQexitPipelineMode(handle) != 1;
      return why;
    }
  }
}

// PQcancel waits for the server to hang up, for ever where the server stands still: so it has a thread of its own,
// which owns all that it uses, and is not waited for longer than is decent.
void Connection::Impl::request_cancel(base::Deadline patience) const {
  PGcancel* const cancel = PQgetCancel(handle);
  if (cancel == nullptr) return;
  auto done = std::make_shared<std::promise<void>>();
  const std::future<void> sent = done->get_future();
  std::thread([cancel, done] {
    char problem[256];
    PQcancel(cancel, problem, sizeof problem);
    PQfreeCancel(cancel);
    done->set_value();
  }).detach();
  sent.wait_until(patience.when());
}

base::Error Connection::Impl::lost() {
  broken = true;
  return lost_error_of(handle);
}

}  // namespace pg

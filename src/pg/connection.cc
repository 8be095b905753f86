#include "pg/connection.h"

#include <libpq-fe.h>

#include "pg/failure.h"
#include "pg/rows.h"
#include "pg/session.h"

namespace pg {
namespace {

base::Result<Rows> outcome_of(pg_result* result) {
  Rows rows(std::make_shared<const Rows::Impl>(result));
  switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
      return rows;
    case PGRES_PIPELINE_ABORTED:
      return base::fail(base::Code::kImpossible, "Not run, because a statement before it failed.");
    default:
      return base::fail(refusal_of(result));
  }
}

}  // namespace

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

base::Result<Connection> Connection::open(const Settings& settings, base::Deadline deadline) {
  return Connection(TRY(Impl::open(settings, deadline)));
}

base::Result<Rows> Connection::query(const std::string& sql, std::span<const std::optional<std::string>> parameters,
                                     base::Deadline deadline) {
  std::optional<base::Result<Rows>> outcome;
  TRY(impl_->ask(
      sql, parameters,
      [&](std::size_t, pg_result* result) -> base::Result<void> {
        base::Result<Rows> next = outcome_of(result);
        if (!outcome || *outcome) outcome = std::move(next);  // the first error is the one that says why
        return {};
      },
      deadline));
  if (!outcome) return base::fail(base::Code::kUnavailable, "PostgreSQL gave no answer.");
  return *std::move(outcome);
}

base::Result<Rows> Connection::query(const std::string& sql, base::Deadline deadline) {
  return query(sql, {}, deadline);
}

base::Result<std::vector<base::Result<Rows>>> Connection::pipeline(std::span<const std::string> statements,
                                                                   base::Deadline deadline) {
  std::vector<base::Result<Rows>> outcomes;
  outcomes.reserve(statements.size());
  TRY(impl_->ask_all(
      statements, false,
      [&](std::size_t, pg_result* result) -> base::Result<void> {
        outcomes.push_back(outcome_of(result));
        return {};
      },
      deadline));
  return outcomes;
}

base::Result<void> Connection::stream(std::span<const std::string> statements, const RowTaker& taker,
                                      base::Deadline deadline) {
  return impl_->ask_all(
      statements, true,
      [&](std::size_t statement, pg_result* result) -> base::Result<void> {
        const Rows rows = TRY(outcome_of(result));
        if (rows.size() == 0) return {};
        return taker(statement, rows);
      },
      deadline);
}

std::vector<Notice> Connection::take_notices() { return std::exchange(impl_->notices, {}); }
int Connection::server_version() const { return PQserverVersion(impl_->handle); }

std::string Connection::parameter(const char* name) const {
  const char* value = PQparameterStatus(impl_->handle, name);
  return value == nullptr ? "" : value;
}

bool Connection::in_transaction() const {
  const PGTransactionStatusType status = PQtransactionStatus(impl_->handle);
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

}  // namespace pg

#include "catalog_postgres/pool.h"

#include <algorithm>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"

namespace catalog_postgres {
namespace {

using Steady = std::chrono::steady_clock;

base::Labels labels() { return {{"implementation", "postgres"}}; }

}  // namespace

Pool::Pool(Options options, base::Registry& registry)
    : options_(std::move(options)),
      in_use_(registry.gauge("stewardry_directory_connections_in_use",
                             "Connections to the directory that answer a question now.", labels())),
      open_gauge_(registry.gauge("stewardry_directory_connections_open",
                                 "Connections to the directory, idle or in use.", labels())),
      reconnects_(registry.counter("stewardry_directory_reconnects_total",
                                   "Connections opened in place of one that was lost.", labels())),
      failures_(
          registry.counter("stewardry_directory_connect_failures_total", "Attempts to connect that failed.", labels())),
      cancel_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      pause_(options_.pause_min) {
  CHECK(options_.connections_max > 0, "a pool without connections answers nothing");
  CHECK(cancel_fd_ >= 0, "the kernel has an eventfd");
  opener_ = std::thread([this] { keep_open(); });
}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  ::eventfd_write(cancel_fd_, 1);
  wanted_.notify_all();
  opener_.join();
  ::close(cancel_fd_);
}

bool Pool::needs_another() const { return open_ == 0 || (waiting_ > idle_.size() && open_ < options_.connections_max); }

// The pool's thread.
void Pool::keep_open() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (!needs_another()) {
      wanted_.wait(lock);
      continue;
    }
    if (failure_ && Steady::now() < retry_at_) {
      wanted_.wait_until(lock, retry_at_);
      continue;
    }
    lock.unlock();
    auto opened = Connection::open(options_.connection, base::Deadline::after(options_.connect_timeout), cancel_fd_);
    lock.lock();
    if (opened) {
      failure_.reset();
      pause_ = options_.pause_min;
      ++open_;
      open_gauge_.add(1);
      if (to_replace_ > 0) {
        --to_replace_;
        reconnects_.add();
      }
      idle_.push_back(std::move(*opened));
    } else {
      failures_.add();
      failure_ = std::move(opened).error();
      retry_at_ = Steady::now() + pause_;
      pause_ = std::min(pause_ * 2, options_.pause_max);
    }
    freed_.notify_all();
  }
}

base::Error Pool::refusal(base::Error error) const {
  const auto left = std::chrono::ceil<std::chrono::seconds>(retry_at_ - Steady::now());
  const auto left_s = static_cast<std::uint32_t>(std::max<std::chrono::seconds::rep>(left.count(), 1));
  error.retry_after_s = std::max(error.retry_after_s.value_or(1), left_s);
  return error;
}

bool Pool::is_good(Connection& connection) const {
  return Steady::now() - connection.opened_at() < options_.connection_age_max && connection.is_alive();
}

std::unique_ptr<Connection> Pool::take_idle() {
  if (idle_.empty()) return nullptr;
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

base::Result<std::unique_ptr<Connection>> Pool::take(base::Deadline deadline) {
  while (true) {
    std::unique_ptr<Connection> connection;
    {
      std::unique_lock lock(mutex_);
      connection = take_idle();
      if (!connection) {
        ++waiting_;
        wanted_.notify_one();
        const bool woken = freed_.wait_until(lock, deadline.when(), [this] { return !idle_.empty() || is_down(); });
        --waiting_;
        connection = take_idle();
        if (!connection && failure_ && open_ == 0) return base::fail(refusal(*failure_));
        if (!connection && !woken) {
          base::Error error(base::Code::kUnavailable, "The directory does not answer now. Try again later.",
                            "no connection to PostgreSQL became free in time");
          error.retry_after_s = 1;
          return base::fail(std::move(error));
        }
      }
    }
    if (!connection) continue;
    if (!connection->is_used() || is_good(*connection)) return connection;
    let_go(std::move(connection));
  }
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

void Pool::let_go(std::unique_ptr<Connection> connection) {
  connection.reset();
  {
    const std::lock_guard lock(mutex_);
    --open_;
    ++to_replace_;
    // A failure of long ago, when there were others, says nothing about now.
    if (open_ == 0 && Steady::now() >= retry_at_) failure_.reset();
  }
  open_gauge_.add(-1);
  wanted_.notify_one();
}

base::Result<Answer> Pool::ask(std::size_t statement, std::span<const std::string> texts, base::Deadline deadline) {
  if (deadline.passed()) {
    return base::fail(base::Code::kDeadline, "The directory was not asked: the time had run out. Try again.");
  }
  // Every connection may have been lost at once; one more is a new one.
  for (std::size_t attempt = 0;; ++attempt) {
    std::unique_ptr<Connection> connection = TRY(take(deadline));
    in_use_.add(1);
    Outcome<Answer> answer = connection->ask(
        statement, texts,
        deadline.earlier(base::Deadline::after(options_.connection.statement_timeout + kQuestionGrace)));
    in_use_.add(-1);
    if (answer) {
      give_back(std::move(connection));
      return std::move(*answer);
    }
    Failure failure = std::move(answer).error();
    if (failure.then == Failure::Then::kKeep)
      give_back(std::move(connection));
    else
      let_go(std::move(connection));
    const bool again =
        failure.then == Failure::Then::kAskAnother && attempt < options_.connections_max && !deadline.passed();
    if (!again) return base::fail(std::move(failure.error));
  }
}

}  // namespace catalog_postgres

// A bounded pool of connections to PostgreSQL that mends itself.
//
// Questions never connect: they take an idle connection, or wait for one until their deadline. One thread of the pool
// opens connections when there are more questions than idle ones, and keeps at least one open. While none can be opened
// the pool is down: questions are refused at once, with the time of the next attempt, and the thread goes on trying
// with growing pauses, whether anybody asks or not. A connection that turns out to be lost costs its question nothing
// but time: questions only read, so they are asked again on another one.
//
//   Owns       its thread and connections; the destructor breaks an attempt to connect off and joins. No question may
//   be
//              under way then.
//   Threads    ask() from any thread.
//   Errors     kUnavailable with retry_after_s: down, nothing free until the deadline, or no answer. kDeadline: the
//              deadline had passed before.
//   Limits     connections_max connections; kQuestionGrace past statement_timeout for one question, whatever its
//   deadline.

#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "catalog_postgres/connection.h"

namespace catalog_postgres {

class Pool {
 public:
  static constexpr std::chrono::milliseconds kQuestionGrace{1000};

  struct Options {
    ConnectionOptions connection;
    std::size_t connections_max = 8;
    std::chrono::milliseconds connect_timeout{5000};
    std::chrono::milliseconds pause_min{100};  // after the first attempt that failed; doubles from there
    std::chrono::milliseconds pause_max{5000};
    // Older connections are replaced, so that a failover that changed only a name in the DNS is followed.
    std::chrono::milliseconds connection_age_max{std::chrono::minutes(5)};
  };

  Pool(Options options, base::Registry& registry);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  base::Result<Answer> ask(std::size_t statement, std::span<const std::string> texts, base::Deadline deadline);

 private:
  base::Result<std::unique_ptr<Connection>> take(base::Deadline deadline);
  std::unique_ptr<Connection> take_idle();
  void give_back(std::unique_ptr<Connection> connection);
  void let_go(std::unique_ptr<Connection> connection);
  void keep_open();
  bool is_good(Connection& connection) const;
  bool needs_another() const;
  bool is_down() const { return failure_.has_value() && open_ == 0; }
  base::Error refusal(base::Error error) const;

  const Options options_;
  base::Gauge& in_use_;
  base::Gauge& open_gauge_;
  base::Counter& reconnects_;
  base::Counter& failures_;
  int cancel_fd_;

  std::mutex mutex_;
  std::condition_variable freed_;   // for questions: a connection is idle, or the pool is down
  std::condition_variable wanted_;  // for the thread that opens
  // All guarded by mutex_:
  std::vector<std::unique_ptr<Connection>> idle_;  // the last used is taken first
  std::size_t open_ = 0;                           // idle or in use
  std::size_t waiting_ = 0;
  std::size_t to_replace_ = 0;          // lost and not yet opened again, for the metric
  std::optional<base::Error> failure_;  // of the last attempt, where it failed
  std::chrono::steady_clock::time_point retry_at_;
  std::chrono::milliseconds pause_;
  bool stop_ = false;

  std::thread opener_;  // last: it uses everything above
};

}  // namespace catalog_postgres

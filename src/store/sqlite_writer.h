// The one writer of the SQLite state table: a bounded queue, a thread, and a commit for many units at a time.
//
// For this module alone. The commit protocol, and why it is as it is, stands at the head of sqlite_table.cc. write()
// may be called from any thread, and waits for its answer no longer than its deadline. The destructor answers what is
// queued, then joins the thread.

#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_sets_writer.h"
#include "store/sqlite_table.h"
#include "store/table.h"

namespace store::internal {

// What is to be written together, and its answer. Shared, because a caller whose time has run out leaves before the
// writer is done with it.
class Unit {
 public:
  Unit(std::span<const Write> unit_writes, base::Deadline unit_deadline);

  void answer(base::Result<std::vector<Version>> result);
  base::Result<std::vector<Version>> wait();

  const std::vector<Write> writes;
  const std::size_t bytes;
  const base::Deadline deadline;
  // The writer's own: what it will answer once the batch is on the disk.
  std::optional<base::Result<std::vector<Version>>> outcome;

 private:
  std::mutex mutex_;
  std::condition_variable answered_;
  std::optional<base::Result<std::vector<Version>>> answer_;
};

class SqliteWriter {
 public:
  // `corrupt` is set when damage is met here, and read before each batch; whoever else meets damage sets it too.
  static base::Result<std::unique_ptr<SqliteWriter>> start(std::unique_ptr<Connection> connection,
                                                           const SqliteOptions& options, base::Registry& metrics,
                                                           std::atomic<bool>& corrupt);
  ~SqliteWriter();

  [[nodiscard]] base::Result<std::vector<Version>> write(std::span<const Write> writes, base::Deadline deadline);

 private:
  using Batch = std::vector<std::shared_ptr<Unit>>;
  struct Statements {
    Statement begin, commit, rollback, settle;
    Statement version, insert, update, erase;
  };
  struct Metrics {
    base::Gauge& queue_units;
    base::Gauge& batch_units;
    base::Counter& batches;
    base::Counter& units;
    base::Counter& conflicts;
    base::Counter& refused;
    base::Counter& failures;
    base::Histogram& commit;
    base::Histogram& checkpoint;
    base::Gauge& wal_pages;
  };

  SqliteWriter(std::unique_ptr<Connection> connection, Statements statements, SetsWriter sets,
               const SqliteOptions& options, Metrics metrics, std::atomic<bool>& corrupt);
  static base::Result<Statements> prepare(Connection& connection);
  static Metrics make_metrics(base::Registry& registry);

  void run();
  [[nodiscard]] bool take(Batch& batch);  // false: stopping, and nothing is left
  void write_batch(Batch& batch);
  [[nodiscard]] base::Result<void> try_batch(const Batch& batch);
  void undo();
  [[nodiscard]] base::Error settle(base::Error error);
  void checkpoint();

  // An error is the engine's, and ends the batch; a conflict is the unit's alone, and becomes its outcome.
  [[nodiscard]] base::Result<void> apply(Unit& unit);
  [[nodiscard]] base::Result<bool> all_hold(std::span<const Write> writes);
  // Each gives the new version; none where the expectation does not hold.
  [[nodiscard]] base::Result<std::optional<Version>> apply_one(const Write& write);
  [[nodiscard]] base::Result<Version> version_of(const Key& key);
  [[nodiscard]] base::Result<std::optional<Version>> put(const Put& put);
  [[nodiscard]] base::Result<std::optional<Version>> erase(const Delete& erase);

  const std::unique_ptr<Connection> connection_;
  Statements statements_;
  SetsWriter sets_;
  const std::size_t queue_units_max_;
  const int wal_pages_max_;
  const std::chrono::milliseconds checkpoint_when_idle_;
  base::Logger* const log_;
  const Metrics metrics_;
  std::atomic<bool>& corrupt_;
  bool checkpoint_failed_ = false;
  bool is_log_ahead_ = false;  // of the file
  int checkpoint_at_pages_;    // the size of the log that calls for the next checkpoint

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::shared_ptr<Unit>> queue_;
  std::size_t queue_bytes_ = 0;
  bool idle_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all the others
};

}  // namespace store::internal

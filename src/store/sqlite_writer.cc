#include "store/sqlite_writer.h"

#include <fmt/format.h>

#include "base/check.h"
#include "store/rules.h"

namespace store::internal {

namespace {

constexpr std::size_t kQueueBytesMax = 64 * 1024 * 1024;  // more than the largest unit
constexpr std::size_t kBatchUnitsMax = 256;
constexpr std::size_t kBatchBytesMax = 8 * 1024 * 1024;
constexpr std::uint32_t kRetryAfter_s = 1;

std::size_t bytes_of_all(std::span<const Write> writes) {
  std::size_t bytes = 0;
  for (const Write& write : writes) {
    if (const Put* put = std::get_if<Put>(&write)) bytes += bytes_of(put->item);
    const List* list = std::get_if<List>(&write);
    if (!list || !list->listing) continue;
    for (const std::string& set : list->listing->sets) bytes += set.size() + list->listing->name.value_or("").size();
  }
  return bytes;
}

base::Error nothing_written(base::Error error) {
  if (error.code == base::Code::kUnavailable) error.retry_after_s = kRetryAfter_s;
  return error;
}

// The write that decides whether an item is at the key after all of them.
const Write* decider_of(std::span<const Write> writes, const Key& key) {
  for (const Write& write : writes) {
    if ((std::holds_alternative<Put>(write) || std::holds_alternative<Delete>(write)) && key_of(write) == key)
      return &write;
  }
  return nullptr;
}

base::Error damaged() {
  return base::Error(base::Code::kCorrupt, "The data file is damaged; an operator must restore it from a backup.",
                     "damage was met earlier; nothing more is written");
}

}  // namespace

Unit::Unit(std::span<const Write> unit_writes, base::Deadline unit_deadline)
    : writes(unit_writes.begin(), unit_writes.end()), bytes(bytes_of_all(unit_writes)), deadline(unit_deadline) {}

void Unit::answer(base::Result<std::vector<Version>> result) {
  // Under the lock also when waking: the waiter may drop the last share of this unit as soon as it holds the answer.
  const std::lock_guard lock(mutex_);
  answer_ = std::move(result);
  answered_.notify_one();
}

base::Result<std::vector<Version>> Unit::wait() {
  std::unique_lock lock(mutex_);
  if (!answered_.wait_for(lock, deadline.left(), [this] { return answer_.has_value(); }))
    return base::fail(base::Code::kDeadline, "The time for the request ran out; it is not known whether it was done.");
  return std::move(*answer_);
}

SqliteWriter::Metrics SqliteWriter::make_metrics(base::Registry& registry) {
  return {
      registry.gauge("stewardry_store_queue_units", "Units of work that wait for the writer."),
      registry.gauge("stewardry_store_batch_units", "Units of work that the writer has in hand."),
      registry.counter("stewardry_store_batches_total", "Commits, each of one or more units of work."),
      registry.counter("stewardry_store_units_total", "Units of work that were committed."),
      registry.counter("stewardry_store_conflicts_total", "Units of work of which an expectation did not hold."),
      registry.counter("stewardry_store_refused_total", "Units of work that were refused because the queue was full."),
      registry.counter("stewardry_store_failures_total", "Batches that failed: disk full, I/O error, lock or damage."),
      registry.histogram("stewardry_store_commit_duration_seconds", "Time of one commit, the flush included."),
      registry.histogram("stewardry_store_checkpoint_duration_seconds", "Time of one copy of the log into the file."),
      registry.gauge("stewardry_store_wal_pages", "Pages in the write-ahead log after the last commit."),
  };
}

base::Result<SqliteWriter::Statements> SqliteWriter::prepare(Connection& connection) {
  const std::string settle = fmt::format("PRAGMA user_version = {}", kFormatVersion);
  return Statements{
      .begin = TRY(connection.prepare("BEGIN IMMEDIATE")),
      .commit = TRY(connection.prepare("COMMIT")),
      .rollback = TRY(connection.prepare("ROLLBACK")),
      .settle = TRY(connection.prepare(settle)),
      .version = TRY(connection.prepare("SELECT version FROM item WHERE pk = ?1 AND sk = ?2")),
      .insert = TRY(connection.prepare("INSERT INTO item (pk, sk, gsi1pk, gsi1sk, type, version, attributes)"
                                       " VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6) ON CONFLICT DO NOTHING")),
      .update = TRY(connection.prepare("UPDATE item SET gsi1pk = ?3, gsi1sk = ?4, type = ?5, version = version + 1,"
                                       " attributes = ?6 WHERE pk = ?1 AND sk = ?2 AND version = ?7")),
      .erase = TRY(connection.prepare("DELETE FROM item WHERE pk = ?1 AND sk = ?2 AND version = ?3"
                                      " RETURNING id")),
  };
}

base::Result<std::unique_ptr<SqliteWriter>> SqliteWriter::start(std::unique_ptr<Connection> connection,
                                                                const SqliteOptions& options, base::Registry& metrics,
                                                                std::atomic<bool>& corrupt) {
  Statements statements = TRY(prepare(*connection));
  SetsWriter sets = TRY(SetsWriter::make(*connection));
  return std::unique_ptr<SqliteWriter>(new SqliteWriter(std::move(connection), std::move(statements), std::move(sets),
                                                        options, make_metrics(metrics), corrupt));
}

SqliteWriter::SqliteWriter(std::unique_ptr<Connection> connection, Statements statements, SetsWriter sets,
                           const SqliteOptions& options, Metrics metrics, std::atomic<bool>& corrupt)
    : connection_(std::move(connection)),
      statements_(std::move(statements)),
      sets_(std::move(sets)),
      queue_units_max_(options.queue_units_max),
      wal_pages_max_(options.wal_pages_max),
      checkpoint_when_idle_(options.checkpoint_when_idle),
      log_(options.log),
      metrics_(metrics),
      corrupt_(corrupt),
      checkpoint_at_pages_(options.wal_pages_max),
      thread_([this] { run(); }) {}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  thread_.join();
  // The last to close folds the log into the file. Where that has failed or the file is damaged, the log is the only
  // good copy: it stays, for the next start or for whoever repairs.
  if (checkpoint_failed_ || corrupt_) connection_->keep_wal_on_close();
}

base::Result<std::vector<Version>> SqliteWriter::write(std::span<const Write> writes, base::Deadline deadline) {
  if (corrupt_) return base::fail(damaged());
  auto unit = std::make_shared<Unit>(writes, deadline);
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    CHECK(!stopping_, "nobody writes to a table that is being destroyed");
    const bool no_room = !queue_.empty() && queue_bytes_ + unit->bytes > kQueueBytesMax;
    if (queue_.size() >= queue_units_max_ || no_room) {
      metrics_.refused.add();
      base::Error error(base::Code::kUnavailable, "Too many changes wait to be written; try again.", "queue full");
      return base::fail(nothing_written(std::move(error)));
    }
    queue_bytes_ += unit->bytes;
    queue_.push_back(unit);
    metrics_.queue_units.set(static_cast<std::int64_t>(queue_.size()));
    wake = idle_;
  }
  if (wake) work_.notify_one();
  return unit->wait();
}

bool SqliteWriter::take(Batch& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  idle_ = true;
  const auto has_work = [this] { return stopping_ || !queue_.empty(); };
  if (is_log_ahead_ && !work_.wait_for(lock, checkpoint_when_idle_, has_work)) {
    lock.unlock();
    checkpoint();
    lock.lock();
  }
  work_.wait(lock, has_work);
  idle_ = false;
  std::size_t bytes = 0;
  while (!queue_.empty() && batch.size() < kBatchUnitsMax && (batch.empty() || bytes < kBatchBytesMax)) {
    bytes += queue_.front()->bytes;
    queue_bytes_ -= queue_.front()->bytes;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  metrics_.queue_units.set(static_cast<std::int64_t>(queue_.size()));
  return !batch.empty();
}

void SqliteWriter::run() {
  Batch batch;
  while (take(batch)) {
    metrics_.batch_units.set(static_cast<std::int64_t>(batch.size()));
    write_batch(batch);
    metrics_.batch_units.set(0);
    is_log_ahead_ = true;
    if (connection_->wal_pages() >= checkpoint_at_pages_) checkpoint();
  }
}

void SqliteWriter::write_batch(Batch& batch) {
  for (std::shared_ptr<Unit>& unit : batch) {
    if (!unit->deadline.passed()) continue;
    unit->answer(base::fail(base::Code::kDeadline, "The time for the request ran out before it was begun."));
    unit = nullptr;
  }
  std::erase(batch, nullptr);
  if (batch.empty()) return;

  base::Result<void> done = corrupt_ ? base::Result<void>(base::fail(damaged())) : try_batch(batch);
  if (!done) {
    if (done.error().code == base::Code::kCorrupt) corrupt_ = true;
    metrics_.failures.add();
    if (log_) log_->error("store write failed", done.error());
    for (const std::shared_ptr<Unit>& unit : batch) unit->answer(base::fail(done.error()));
    return;
  }
  metrics_.batches.add();
  metrics_.wal_pages.set(connection_->wal_pages());
  for (const std::shared_ptr<Unit>& unit : batch) {
    (*unit->outcome ? metrics_.units : metrics_.conflicts).add();
    unit->answer(std::move(*unit->outcome));
  }
}

base::Result<void> SqliteWriter::try_batch(const Batch& batch) {
  undo();  // of an earlier batch, where the disk did not even let it be rolled back
  if (auto begun = statements_.begin.run(); !begun) return base::fail(nothing_written(std::move(begun).error()));
  for (const std::shared_ptr<Unit>& unit : batch) {
    if (auto applied = apply(*unit); !applied) {
      undo();
      return base::fail(nothing_written(std::move(applied).error()));
    }
  }
  const auto begin = base::Deadline::Clock::now();
  auto committed = statements_.commit.run();
  metrics_.commit.observe(base::Deadline::Clock::now() - begin);
  if (committed) return {};
  undo();
  return base::fail(settle(std::move(committed).error()));
}

// SQLite has rolled back by itself after some errors; after others the transaction is still open.
void SqliteWriter::undo() {
  if (!connection_->in_transaction()) return;
  if (auto undone = statements_.rollback.run(); !undone && log_) log_->error("store rollback failed", undone.error());
}

// After a COMMIT that failed: makes sure that it did, where that can be done ("In COMMIT" at the head of
// sqlite_table.cc).
base::Error SqliteWriter::settle(base::Error error) {
  if (error.code == base::Code::kCorrupt) return error;
  if (auto settled = statements_.settle.run(); !settled) return error;
  return nothing_written(std::move(error));
}

void SqliteWriter::checkpoint() {
  is_log_ahead_ = false;  // or is not to be tried again before the next commit
  if (corrupt_ || checkpoint_failed_) return;
  const auto begin = base::Deadline::Clock::now();
  const base::Result<bool> whole = connection_->checkpoint();
  metrics_.checkpoint.observe(base::Deadline::Clock::now() - begin);
  // Where a reader of an older state, as a backup, held it up: try again when as much again has been written.
  checkpoint_at_pages_ = whole && !*whole ? connection_->wal_pages() + wal_pages_max_ : wal_pages_max_;
  if (whole) return;
  if (whole.error().code == base::Code::kCorrupt) corrupt_ = true;
  checkpoint_failed_ = true;
  if (log_) log_->error("store checkpoint failed; the log is kept and grows until the next start", whole.error());
}

base::Result<void> SqliteWriter::apply(Unit& unit) {
  const auto refuse = [&unit] { unit.outcome = base::fail(conflict()); };
  // One write is its own condition. Of several, all are checked first, so that a conflict never leaves a part behind.
  if (unit.writes.size() > 1 && !TRY(all_hold(unit.writes))) {
    refuse();
    return {};
  }
  std::vector<Version> versions(unit.writes.size());
  // What is listed is what is there after all else.
  for (const bool lists : {false, true}) {
    for (std::size_t i = 0; i < unit.writes.size(); ++i) {
      if (std::holds_alternative<List>(unit.writes[i]) != lists) continue;
      if (const std::optional<Version> version = TRY(apply_one(unit.writes[i]))) {
        versions[i] = *version;
        continue;
      }
      CHECK(unit.writes.size() == 1, "what was found within a transaction stays as it was found");
      refuse();
      return {};
    }
  }
  unit.outcome = std::move(versions);
  return {};
}

base::Result<bool> SqliteWriter::all_hold(std::span<const Write> writes) {
  for (const Write& write : writes) {
    const Write* other = nullptr;  // that says what a List will find
    if (std::holds_alternative<List>(write)) other = decider_of(writes, key_of(write));
    if (other ? std::holds_alternative<Delete>(*other) : !holds(write, TRY(version_of(key_of(write))))) return false;
  }
  return true;
}

base::Result<std::optional<Version>> SqliteWriter::apply_one(const Write& write) {
  if (const Put* a_put = std::get_if<Put>(&write)) return put(*a_put);
  if (const Delete* a_delete = std::get_if<Delete>(&write)) return erase(*a_delete);
  const Version found = TRY(version_of(key_of(write)));
  if (!holds(write, found)) return std::optional<Version>();
  if (const List* list = std::get_if<List>(&write)) TRY(sets_.list(list->key, list->listing));
  return std::optional(found);
}

base::Result<Version> SqliteWriter::version_of(const Key& key) {
  Statement& select = statements_.version;
  select.bind_blob(1, key.pk);
  select.bind_blob(2, key.sk);
  const Version version = TRY(select.step()) ? static_cast<Version>(select.column_int(0)) : 0;
  select.reset();
  return version;
}

base::Result<std::optional<Version>> SqliteWriter::put(const Put& put) {
  const Unchanged* unchanged = std::get_if<Unchanged>(&put.expect);
  Statement& statement = unchanged ? statements_.update : statements_.insert;
  const Item& item = put.item;
  statement.bind_blob(1, item.key.pk);
  statement.bind_blob(2, item.key.sk);
  if (item.index) {
    statement.bind_blob(3, item.index->pk);
    statement.bind_blob(4, item.index->sk);
  } else {
    statement.bind_null(3);
    statement.bind_null(4);
  }
  statement.bind_text(5, item.type);
  statement.bind_text(6, item.attributes);
  if (unchanged) statement.bind_int(7, static_cast<std::int64_t>(unchanged->since));
  TRY(statement.run());
  if (connection_->changes() != 1) return std::optional<Version>();
  return std::optional<Version>(unchanged ? unchanged->since + 1 : 1);
}

base::Result<std::optional<Version>> SqliteWriter::erase(const Delete& erase) {
  statements_.erase.bind_blob(1, erase.key.pk);
  statements_.erase.bind_blob(2, erase.key.sk);
  statements_.erase.bind_int(3, static_cast<std::int64_t>(erase.expect.since));
  std::optional<std::int64_t> id;
  if (TRY(statements_.erase.step())) id = statements_.erase.column_int(0);
  statements_.erase.reset();
  if (!id) return std::optional<Version>();
  TRY(sets_.forget(*id));
  return std::optional<Version>(0);
}

}  // namespace store::internal

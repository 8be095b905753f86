#include "databases/workers.h"

#include "base/ids.h"

namespace databases {
namespace {

constexpr std::chrono::seconds kTableWithin{30};   // to claim, and to write down
constexpr std::chrono::seconds kLeaseBeyond{120};  // of the lease, after the run's own deadline

constexpr int kFinishAttemptsMax = 3;

bool may_be_tried_again(const base::Result<Ended>& ended) {
  return !ended && (ended.error().code == base::Code::kUnavailable || ended.error().code == base::Code::kDeadline);
}

}  // namespace

Workers::Workers(const Databases& databases, const base::Clock& clock, base::Entropy& entropy, base::Logger& log,
                 base::Registry& metrics, WorkersOptions options, OnEnded on_ended)
    : databases_(databases),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      options_(options),
      on_ended_(std::move(on_ended)),
      name_(base::new_uuid(entropy)),
      running_(metrics.gauge("stewardry_database_runs_running", "Runs on databases that are being carried out.")) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { run(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& each : threads_) each.join();
}

void Workers::kick() {
  {
    const std::lock_guard lock(mutex_);
    ++kicks_;
  }
  wake_.notify_one();
}

void Workers::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::uint64_t seen = kicks_;
    lock.unlock();
    const bool did = step();
    lock.lock();
    if (!did) wake_.wait_for(lock, options_.poll, [&] { return stopping_ || kicks_ != seen; });
  }
}

bool Workers::step() {
  const base::Result<std::optional<Job>> claimed =
      databases_.claim(name_, options_.alone, options_.run_timeout + kLeaseBeyond, base::Deadline::after(kTableWithin));
  if (!claimed) {
    log_.error("no run on a database could be claimed", claimed.error());
    return false;
  }
  if (!*claimed) return false;
  const Job& job = **claimed;
  const base::Steady begun = clock_.steady();
  running_.add(1);
  const base::Result<Report> outcome = databases_.perform(job, base::Deadline::after(options_.run_timeout));
  running_.add(-1);
  base::Result<Ended> ended = databases_.finish(job, outcome, base::Deadline::after(kTableWithin));
  for (int attempt = 1; attempt < kFinishAttemptsMax && may_be_tried_again(ended); ++attempt)
    ended = databases_.finish(job, outcome, base::Deadline::after(kTableWithin));
  if (!ended) {
    log_.error("the end of a run on a database could not be written down", ended.error());
    return true;
  }
  count(job, outcome, *ended, begun);
  if (ended->operation && on_ended_) on_ended_(*ended->operation);
  return true;
}

void Workers::count(const Job& job, const base::Result<Report>& outcome, const Ended& ended, base::Steady begun) {
  const std::string kind(json::name_of(job.run.kind));
  const auto took = clock_.steady() - begun;
  const std::int64_t ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  const bool success = ended.operation ? ended.operation->status == operations::Status::kSuccess
                                       : ended.found && *ended.found != Found::kFailed;
  metrics_
      .counter("stewardry_database_runs_total", "Runs on databases that have ended.",
               {{"kind", kind}, {"outcome", success ? "success" : "failed"}})
      .add();
  metrics_.histogram("stewardry_database_run_seconds", "How long runs on databases took.", {{"kind", kind}})
      .observe(took);
  log_.info("database run ended", {{"database", job.database.uuid},
                                   {"run", job.run.id},
                                   {"kind", kind},
                                   {"success", success},
                                   {"statements", outcome ? outcome->statements : 0},
                                   {"duration_ms", ms}});
  if (!outcome) log_.error("a run on a database failed", outcome.error());
  if (!ended.found) return;
  metrics_
      .counter("stewardry_database_checks_total", "Checks of databases, by what they found.",
               {{"found", std::string(json::name_of(*ended.found))}})
      .add();
  if (ended.found_anew && *ended.found == Found::kDrift)
    log_.warning("a database has drifted", {{"database", job.database.uuid}, {"run", job.run.id}});
}

}  // namespace databases

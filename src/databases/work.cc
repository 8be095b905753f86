// What workers do with the table: claim a run, and write down how it ended.
//
// A claim puts a lease on the database (an item of its own) and marks the run InProgress, in one transaction. Who
// finishes a run must still have that lease: a worker that was thought dead, and comes back, changes nothing. A due
// check is claimed by moving its time on; so it is done once, by whichever server comes first, and a server that dies
// in it costs one check.

#include <algorithm>

#include <fmt/format.h>

#include "base/ids.h"
#include "base/limits.h"
#include "databases/databases.h"

namespace databases {
namespace {

constexpr std::size_t kCandidatesMax = 100;

audit::Actor system_of(const Run& run) { return {audit::kSystem, run.request_id}; }

void take_over(Run& run, const Report& report) {
  run.digest = report.digest;
  run.refused = report.refused;
  run.statements = report.statements;
  run.risky = report.risky;
  run.gained = report.gained;
  run.lost = report.lost;
  run.warnings = report.warnings;
}

// How the run ended, without its report.
void judge(Run& run, const base::Result<Report>& outcome) {
  using operations::Status;
  run.status = Status::kFailed;
  if (!outcome) {
    run.reason = outcome.error().message;
    return;
  }
  const std::string approved = run.digest;
  take_over(run, *outcome);
  if (run.kind == RunKind::kApply) run.digest = approved;
  if (outcome->json.size() > base::limits::kReportBytesMax) {
    run.reason = fmt::format("The report has {} bytes, more than the {} that are kept. Divide the spec.",
                             outcome->json.size(), base::limits::kReportBytesMax);
    if (run.kind == RunKind::kPlan) return;  // nobody could look at what they approve
  }
  const bool changes = run.kind == RunKind::kApply || run.kind == RunKind::kRotate;
  if (run.kind != RunKind::kPlan && !outcome->refused.empty()) {
    run.reason = outcome->refused;
  } else if (changes && !outcome->done) {
    run.reason = "Not everything was done; the report has the outcome of each statement. Make a new plan.";
  } else {
    run.status = Status::kSuccess;
  }
}

Found found_by(const Run& run) {
  if (run.status != operations::Status::kSuccess) return Found::kFailed;
  return run.statements == 0 ? Found::kInSync : Found::kDrift;
}

}  // namespace

// A tenth of the interval early or late, so that checks that were begun together do not stay together.
base::Time Databases::next_check(const Database& database) const {
  const auto span = std::chrono::milliseconds(std::chrono::seconds(database.check_every_s));
  std::array<std::uint8_t, 2> bytes{};
  entropy_.fill(bytes);
  const int chance = bytes[0] * 256 + bytes[1];  // 0 to 65535
  return clock_.now() + span - span / 10 + span / 5 * chance / 65535;
}

base::Result<bool> Databases::take_lease(store::Transaction& tx, const Claimant& who, std::string_view uuid,
                                         std::string_view run_id) const {
  if (const std::optional<store::Item> item = TRY(tx.get(lease_key(uuid)))) {
    const Lease lease = TRY(read<Lease>(*item));
    const bool died = who.alone && lease.worker != who.worker;
    if (!died && lease.until > clock_.now()) return false;
  }
  tx.put(item_of(Lease{std::string(run_id), who.worker, clock_.now() + who.lease}, uuid));
  return true;
}

base::Result<std::optional<Job>> Databases::claim(const std::string& worker, bool alone,
                                                  std::chrono::milliseconds lease, base::Deadline deadline) const {
  const Claimant who{worker, alone, lease};
  std::optional<Job> job;
  std::optional<base::Error> error;
  // A candidate that another server takes at the same moment, or that is damaged, does not hold up the others.
  const auto has_job = [&](base::Result<std::optional<Job>> tried) {
    if (tried)
      job = std::move(*tried);
    else if (tried.error().code != base::Code::kConflict)
      error = std::move(tried).error();
    return job.has_value();
  };
  const store::Page open =
      TRY(table_.query({.pk = std::string(kOpenRuns), .by_index = true, .items_max = kCandidatesMax}, deadline));
  for (const store::Item& item : open.items) {
    if (has_job(claim_run(who, item, deadline))) return job;
  }
  const store::Page due = TRY(table_.query({.pk = std::string(kDueChecks),
                                            .by_index = true,
                                            .sk_to = base::format_time(clock_.now()),
                                            .items_max = kCandidatesMax},
                                           deadline));
  for (const store::Item& item : due.items) {
    if (has_job(claim_check(who, item, deadline))) return job;
  }
  if (error) return base::fail(std::move(*error));
  return job;
}

base::Result<std::optional<Job>> Databases::claim_run(const Claimant& who, const store::Item& candidate,
                                                      base::Deadline deadline) const {
  const Run open = TRY(read<Run>(candidate));
  return store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<std::optional<Job>> {
    const std::string& uuid = open.database_uuid;
    const std::array keys{run_key(uuid, open.id), database_key(uuid)};
    const std::vector<std::optional<store::Item>> items = TRY(tx.get_many(keys));
    if (!items[0] || !items[1]) return std::optional<Job>();
    Job job{TRY(read<Database>(*items[1])), TRY(read<Run>(*items[0])), false, who.worker};
    Run& run = job.run;
    if (run.finished() || !TRY(take_lease(tx, who, uuid, run.id))) return std::optional<Job>();
    std::optional<operations::Operation> operation = TRY(operations_.get(tx, run.id));
    if (!operation)
      return base::fail(base::Code::kCorrupt, "The stored state of a database is damaged.", "no operation");
    record(tx, system_of(run), "database.begin", job.database);
    operations_.begin(tx, system_of(run), std::move(*operation));
    run.status = operations::Status::kInProgress;
    if (!run.started_at) run.started_at = clock_.now();
    ++run.attempts;
    tx.put(item_of(run));
    return std::optional<Job>(std::move(job));
  });
}

base::Result<std::optional<Job>> Databases::claim_check(const Claimant& who, const store::Item& candidate,
                                                        base::Deadline deadline) const {
  const std::string uuid = TRY(read<Checks>(candidate)).database_uuid;
  return store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<std::optional<Job>> {
    const std::array keys{checks_key(uuid), database_key(uuid)};
    const std::vector<std::optional<store::Item>> items = TRY(tx.get_many(keys));
    if (!items[0] || !items[1]) return std::optional<Job>();
    Checks checks = TRY(read<Checks>(*items[0]));
    Job job{TRY(read<Database>(*items[1])), {}, true, who.worker};
    if (!checks.next_at || *checks.next_at > clock_.now() || !job.database.open_run.empty())
      return std::optional<Job>();
    Run& run = job.run;
    run.id = base::new_ordered_uuid(entropy_, clock_.now());
    if (!TRY(take_lease(tx, who, uuid, run.id))) return std::optional<Job>();
    run.database_uuid = uuid;
    run.kind = RunKind::kCheck;
    run.spec = job.database.in_force;
    run.started_by = audit::kSystem;
    run.request_id = "database-check";
    run.created_at = clock_.now();
    run.started_at = run.created_at;
    run.status = operations::Status::kInProgress;
    run.attempts = 1;
    checks.next_at = next_check(job.database);
    tx.put(item_of(checks));
    return std::optional<Job>(std::move(job));
  });
}

base::Result<Report> Databases::perform(const Job& job, base::Deadline deadline) const {
  const auto& [database, run, by_timer, worker] = job;
  TRY(options_.places.check(database));
  if (run.attempts > base::limits::kRunAttemptsMax) {
    return base::fail(base::Code::kUnavailable,
                      fmt::format("It was begun {} times, and the server was cut off each time.", run.attempts - 1));
  }
  const std::string spec = TRY(text_of(database.uuid, run.spec, deadline));
  // Also of a version that was taken before the operator changed the rules.
  TRY(check_spec(database, spec));
  switch (run.kind) {
    case RunKind::kPlan:
      return runner_.plan(database, spec, deadline);
    case RunKind::kCheck:
      return runner_.check(database, spec, deadline);
    case RunKind::kRotate:
      return runner_.rotate(database, spec, run.login, deadline);
    case RunKind::kApply:
      break;
  }
  const store::Key plan_key = run_key(database.uuid, run.plan_id);
  const std::optional<store::Item> item = TRY(table_.get(plan_key, deadline));
  if (!item) return base::fail(base::Code::kCorrupt, "The stored state of a database is damaged.", "a plan is gone");
  const Approved approved{run.digest, TRY(read_text(table_, plan_key, TRY(read<Run>(*item)).report_parts, deadline)),
                          run.attempts > 1};
  return runner_.apply(database, spec, approved, deadline);
}

base::Result<bool> Databases::note_check(store::Transaction& tx, const Database& database, const Run& run,
                                         Found found) const {
  Checks checks;
  checks.database_uuid = database.uuid;
  if (const std::optional<store::Item> item = TRY(tx.get(checks_key(database.uuid)))) checks = TRY(read<Checks>(*item));
  const bool anew = checks.found != found || checks.digest != run.digest || checks.reason != run.reason;
  if (anew) {
    checks.found = found;
    checks.digest = run.digest;
    checks.reason = run.reason;
    checks.run_id = run.id;
    checks.since = *run.finished_at;
    checks.times = 0;
  }
  ++checks.times;
  checks.last_at = *run.finished_at;
  tx.put(item_of(checks));
  return anew;
}

base::Result<void> Databases::end_run(store::Transaction& tx, Run run, Database database) const {
  using operations::Status;
  const bool success = run.status == Status::kSuccess;
  const std::int64_t was_in_force = database.in_force;
  if (run.kind == RunKind::kApply && success) {
    database.in_force = run.spec;
    if (const std::optional<store::Item> item = TRY(tx.get(run_key(database.uuid, run.plan_id)))) {
      Run plan = TRY(read<Run>(*item));
      plan.applied_by = run.id;
      tx.put(item_of(plan));
    }
  }
  if (run.kind == RunKind::kPlan && success && run.statements == 0 && run.refused.empty()) database.in_force = run.spec;
  if (database.in_force != was_in_force || (run.kind == RunKind::kApply && success)) {
    Checks checks;  // what the checks found of another version, or of before, says nothing any more
    checks.database_uuid = database.uuid;
    if (TRY(tx.get(checks_key(database.uuid)))) checks.next_at.reset();
    if (database.check_every_s > 0) checks.next_at = next_check(database);
    tx.put(item_of(checks));
  }
  if (database.open_run == run.id) database.open_run.clear();
  tx.put(item_of(run));
  put(tx, database);
  return {};
}

base::Result<Ended> Databases::finish(const Job& job, const base::Result<Report>& outcome,
                                      base::Deadline deadline) const {
  Run judged = job.run;
  judge(judged, outcome);
  std::string_view report = outcome ? std::string_view(outcome->json) : std::string_view();
  if (report.size() > base::limits::kReportBytesMax) report = {};
  return store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<Ended> {
    const std::string& uuid = job.database.uuid;
    const std::array keys{lease_key(uuid), database_key(uuid), run_key(uuid, judged.id), checks_key(uuid)};
    const std::vector<std::optional<store::Item>> items = TRY(tx.get_many(keys));
    const bool ours =
        items[0] && TRY(read<Lease>(*items[0])).run_id == judged.id && TRY(read<Lease>(*items[0])).worker == job.worker;
    if (!ours) return base::fail(base::Code::kConflict, "Another worker has taken the database over.", judged.id);
    tx.erase(keys[0]);
    Ended ended;
    if (!items[1]) return ended;  // removed: only under a check by the timer
    Database database = TRY(read<Database>(*items[1]));
    Run run = judged;
    run.finished_at = clock_.now();
    if (job.by_timer) return finish_check_by_timer(tx, job, std::move(run), std::move(database), report);
    if (!items[2] || TRY(read<Run>(*items[2])).finished()) return ended;
    std::optional<operations::Operation> operation = TRY(operations_.get(tx, run.id));
    if (!operation)
      return base::fail(base::Code::kCorrupt, "The stored state of a database is damaged.", "no operation");
    run.report_parts = put_text(tx, keys[2], report);
    if (run.kind == RunKind::kCheck) {
      ended.found = found_by(run);
      ended.found_anew = TRY(note_check(tx, database, run, *ended.found));
    }
    const operations::Status status = run.status;
    const std::string reason = run.reason;
    const audit::Actor actor{audit::kSystem, job.run.request_id};
    TRY(end_run(tx, std::move(run), std::move(database)));
    ended.operation = TRY(operations_.finish(tx, actor, std::move(*operation), status, reason));
    return ended;
  });
}

base::Result<Ended> Databases::finish_check_by_timer(store::Transaction& tx, const Job& job, Run run, Database database,
                                                     std::string_view report) const {
  Ended ended;
  if (database.in_force != job.run.spec) return ended;  // another version came into force meanwhile
  ended.found = found_by(run);
  ended.found_anew = TRY(note_check(tx, database, run, *ended.found));
  if (!ended.found_anew) return ended;
  run.report_parts = put_text(tx, run_key(database.uuid, run.id), report);
  record(tx, system_of(job.run), "database.check", database);
  tx.put(item_of(run));
  return ended;
}

}  // namespace databases

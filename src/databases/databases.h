// Databases of workspaces: registered, described by versions of a spec, and brought to it by runs.
//
//   register -> spec version -> plan -> approve (its digest) -> apply -> the version is in force
//                                                                        checks by a timer: in sync, or drift
//
// A RUN is one thing done to a database: a plan, an application, a rotation, a check. It is recorded before it is done,
// with an operation of the same id (GET /operations/{id}), and ends with it in one transaction. A database has at most
// one run that has not ended; another is refused with kConflict. Workers (databases/workers.h) carry runs out: they
// claim() one, do it through a Runner, and finish() it. A worker that dies leaves a run that is InProgress; it is
// claimed again and begun anew, kRunAttemptsMax times. So a run must be fit to be begun twice: plans and checks change
// nothing, an application inspects first and does what is left, a rotation makes another password.
//
// APPROVAL is of the digest of a plan, by somebody who may; with `four_eyes` not by the author of the version that it
// is of. Only an approved plan is applied, and the runner refuses where the database has changed since it was made.
//
// IN FORCE is the version that was applied last, or whose plan was empty. Checks compare with it. What the timer finds
// again, as the time before, is counted and not added to the history.
//
// Nothing here keeps a password, and removing a registration touches nothing in the database itself. What the
// registration names is checked against the operator's Places when it is made and before each run.
//
// Every change takes the transaction that it is part of, decides who may on what it reads there, and records itself in
// the audit trail.
//
//   Threads    every method from any thread.
//   Errors     as authz decides (kNotFound, kForbidden); kConflict with the present state; kInvalid of a spec, with
//              every place; kImpossible of what the operator does not allow. The messages are public.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/trail.h"
#include "authz/engine.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "databases/database.h"
#include "databases/places.h"
#include "databases/runner.h"
#include "operations/operation.h"
#include "store/transaction.h"

namespace databases {

struct Options {
  Places places;
  bool four_eyes = false;
};

struct DatabaseChange {
  std::optional<std::string> name, description;
  std::optional<std::int64_t> check_every_s;
};

using VersionGuard = std::function<base::Result<void>(store::Version)>;

// A database, as it is shown: with what the checks found.
struct Seen {
  Database database;
  Checks checks;
};

struct NewVersion {
  SpecVersion version;
  bool made = true;  // false: the newest version has this text already
};

struct Started {
  Run run;
  operations::Operation operation;
};

struct RunPage {
  std::vector<Run> runs;            // newest first
  std::optional<std::string> next;  // position for the page after
};

struct SpecPage {
  std::vector<SpecVersion> versions;  // newest first
  std::optional<std::string> next;
};

// A run that a worker has claimed, with all that it needs.
struct Job {
  Database database;
  Run run;
  bool by_timer = false;  // a check: no operation, and no run in the table yet
  std::string worker;
};

// What a run has come to: what changed that others wait for.
struct Ended {
  std::optional<operations::Operation> operation;
  std::optional<Found> found;  // of a check
  bool found_anew = false;     // and not the time before
};

class Databases final : public operations::Target {
 public:
  Databases(store::Table& table, const operations::Operations& operations, const authz::Engine& engine,
            const audit::Trail& trail, const base::Clock& clock, base::Entropy& entropy, Runner& runner,
            Options options)
      : table_(table),
        operations_(operations),
        engine_(engine),
        trail_(trail),
        clock_(clock),
        entropy_(entropy),
        runner_(runner),
        options_(std::move(options)) {}

  // Those of the workspaces that the user reads, by name and uuid; of one where it is named (an operator may name any).
  base::Result<std::vector<Database>> list(std::string_view user_id, std::string_view workspace_id,
                                           base::Deadline deadline) const;
  base::Result<Seen> get(std::string_view user_id, std::string_view uuid, base::Deadline deadline) const;
  // `what` has the fields of a registration; the rest is set here.
  base::Result<Database> register_database(store::Transaction& tx, const audit::Actor& actor, Database what) const;
  base::Result<Database> change(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                const DatabaseChange& what, const VersionGuard& guard) const;
  base::Result<Database> remove(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                const VersionGuard& guard) const;

  base::Result<NewVersion> put_spec(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                    std::string_view text, std::string_view note) const;
  base::Result<SpecPage> specs(std::string_view user_id, std::string_view uuid, std::string_view after,
                               std::size_t limit, base::Deadline deadline) const;
  struct Spec {
    SpecVersion version;
    std::string text;
  };
  base::Result<Spec> spec(std::string_view user_id, std::string_view uuid, std::int64_t number,
                          base::Deadline deadline) const;

  // `number` absent: the newest version.
  base::Result<Started> plan(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                             std::optional<std::int64_t> number) const;
  base::Result<Run> approve(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                            std::string_view plan_id, std::string_view digest) const;
  base::Result<Started> apply(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                              std::string_view plan_id) const;
  base::Result<Started> rotate(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                               const std::string& login) const;
  base::Result<Started> check(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid) const;

  // `after`: the id of the last one of the page before. `kind` absent: all of them, which is the history.
  base::Result<RunPage> runs(std::string_view user_id, std::string_view uuid, std::optional<RunKind> kind,
                             std::string_view after, std::size_t limit, base::Deadline deadline) const;
  struct Reported {
    Run run;
    std::string report;  // empty: it has none
  };
  base::Result<Reported> run(std::string_view user_id, std::string_view uuid, std::string_view run_id,
                             base::Deadline deadline) const;

  // For workers. None: there is nothing to do now. With `alone` no other process works on the table, so that leases of
  // other workers are of processes that died. `lease`: how long nobody else touches the database.
  base::Result<std::optional<Job>> claim(const std::string& worker, bool alone, std::chrono::milliseconds lease,
                                         base::Deadline deadline) const;
  // Does it, and gives what came of it; touches nothing in the table.
  base::Result<Report> perform(const Job& job, base::Deadline deadline) const;
  base::Result<Ended> finish(const Job& job, const base::Result<Report>& outcome, base::Deadline deadline) const;

  // Somebody else ends the operation of a run: only while it has not begun.
  base::Result<void> finished(store::Transaction& tx, const operations::Operation& operation) override;

 private:
  base::Result<Database> find(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                              authz::DatabaseAction action) const;
  base::Result<Database> find_to_read(std::string_view user_id, std::string_view uuid, base::Deadline deadline) const;
  base::Result<void> add_of_workspace(std::vector<Database>& list, std::string_view workspace_id,
                                      base::Deadline deadline) const;
  base::Result<void> check_spec(const Database& database, std::string_view text) const;
  base::Result<std::string> text_of(std::string_view uuid, std::int64_t number, base::Deadline deadline) const;
  base::Result<Run> plan_run(store::Transaction& tx, std::string_view uuid, std::string_view plan_id) const;
  base::Result<Started> start(store::Transaction& tx, const audit::Actor& actor, Database database, Run run) const;
  void put(store::Transaction& tx, Database& database) const;
  void record(store::Transaction& tx, const audit::Actor& actor, std::string_view action,
              const Database& database) const;

  struct Claimant {
    const std::string& worker;
    bool alone;
    std::chrono::milliseconds lease;
  };
  base::Result<bool> take_lease(store::Transaction& tx, const Claimant& who, std::string_view uuid,
                                std::string_view run_id) const;
  base::Result<std::optional<Job>> claim_run(const Claimant& who, const store::Item& candidate,
                                             base::Deadline deadline) const;
  base::Result<std::optional<Job>> claim_check(const Claimant& who, const store::Item& candidate,
                                               base::Deadline deadline) const;
  // The run as it ended, with its report; and what follows from that for its database. Of a check also for what the
  // checks found; false where that is nothing new.
  base::Result<void> end_run(store::Transaction& tx, Run run, Database database) const;
  base::Result<bool> note_check(store::Transaction& tx, const Database& database, const Run& run, Found found) const;
  base::Result<Ended> finish_check_by_timer(store::Transaction& tx, const Job& job, Run run, Database database,
                                            std::string_view report) const;
  base::Time next_check(const Database& database) const;

  store::Table& table_;
  const operations::Operations& operations_;
  const authz::Engine& engine_;
  const audit::Trail& trail_;
  const base::Clock& clock_;
  base::Entropy& entropy_;
  Runner& runner_;
  const Options options_;
};

}  // namespace databases

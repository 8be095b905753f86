#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "pg_run/draft.h"
#include "pg_run/execute.h"
#include "pg_run/guard.h"
#include "pg_run/run.h"

namespace pg_run {
namespace {

constexpr int kRoundsMax = 6;  // looks at the cluster, of one run

using Approved = std::set<std::pair<std::optional<std::string>, std::string>>;

Approved statements_of(const pg_plan::Plan& plan) {
  Approved all;
  for (const pg_plan::Statement& each : plan.statements) all.emplace(each.database, each.sql);
  return all;
}

class Applying {
 public:
  Applying(Session& session, const pg_spec::Spec& spec, std::string digest, SecretStore* secrets,
           base::Entropy& entropy)
      : session_(session), spec_(spec), digest_(std::move(digest)), secrets_(secrets), entropy_(entropy) {}

  base::Result<Applied> run() {
    if (std::optional<Refusal> refusal = TRY(take_lock(session_, spec_.maintenance_database))) {
      refuse(*std::move(refusal));
      return std::move(applied_);
    }
    std::string last_digest;
    for (int round = 0; round < kRoundsMax; ++round) {
      Draft now = TRY(draft(session_, spec_, secrets_));
      if (!goes_on(now, round, last_digest)) return std::move(applied_);
      last_digest = now.planned.plan.digest;
      TRY(publish(now.passwords.to_publish));
      if (now.planned.plan.statements.empty()) {
        applied_.converged = true;
        return std::move(applied_);
      }
      if (!TRY(try_round(now))) return std::move(applied_);
    }
    applied_.refused = fmt::format(
        "Others change the same things at the same time: after {} looks at the cluster the plan was still not done.",
        kRoundsMax);
    return std::move(applied_);
  }

 private:
  void refuse(Refusal refusal) {
    applied_.refused = std::move(refusal.why);
    applied_.plan.administrator = std::move(refusal.administrator);
  }

  // Whether this plan may be run; applied_ says why not.
  bool goes_on(const Draft& now, int round, const std::string& last_digest) {
    const pg_plan::Plan& plan = now.planned.plan;
    if (round == 0) {
      applied_.plan = plan;
      approved_ = statements_of(plan);
    }
    if (!now.planned.refused.empty()) {
      refuse({now.planned.refused, plan.administrator});
      return false;
    }
    if (plan.statements.empty()) return true;
    if (round == 0 && !digest_.empty() && plan.digest != digest_) {
      applied_.refused = fmt::format(
          "What was approved is not what would happen now: the digest is {}. Somebody changed the cluster or the spec "
          "since; look at a new plan, and approve that.",
          plan.digest);
      return false;
    }
    if (round > 0 && !digest_.empty() && !is_approved(plan)) {
      applied_.refused =
          "Somebody changed the cluster meanwhile, and what is left to do is not what was approved: "
          "look at a new plan, and approve that.";
      return false;
    }
    if (succeeded_ && plan.digest == last_digest) {  // it was run, and made no difference
      applied_.refused = fmt::format("Everything was run, and yet this is left to do: {}", plan.statements.front().sql);
      return false;
    }
    if (conflict_ && !is_conflict(*conflict_) && plan.digest == last_digest) return false;  // nobody changed anything
    return true;
  }

  [[nodiscard]] bool is_approved(const pg_plan::Plan& plan) const {
    return std::all_of(plan.statements.begin(), plan.statements.end(),
                       [&](const pg_plan::Statement& each) { return approved_.contains({each.database, each.sql}); });
  }

  base::Result<void> publish(const std::vector<std::pair<Slot, Held>>& list) {
    for (const auto& [slot, held] : list) {
      TRY(session_.step("publish"));
      TRY(secrets_->publish(slot, held));
    }
    return {};
  }

  // False: this is the end of it, and applied_ says how it ended.
  base::Result<bool> try_round(Draft& now) {
    succeeded_ = false;
    conflict_.reset();
    pg_plan::Plan& plan = now.planned.plan;
    std::vector<std::pair<Slot, Held>> made;
    for (std::size_t i = 0; i < now.passwords.needed.size(); ++i) {
      const Needed& needed = now.passwords.needed[i];
      const base::Secret password = needed.known ? *needed.known : new_password(entropy_);
      plan.statements[now.first_password + i] =
          TRY(password_statement(needed, password, entropy_, now.cluster.server.scram_iterations));
      made.emplace_back(needed.slot, Held{needed.login, password});
    }
    const std::vector<Part> parts = parts_of(plan, spec_.maintenance_database);
    if (parts.size() > 1 && !TRY(prove_first(now))) return conflict_.has_value();
    for (const auto& [slot, held] : made) {
      TRY(session_.step("put pending"));
      TRY(secrets_->put_pending(slot, held));
    }
    for (const Part& part : parts) {
      if (!TRY(run_part(part, now.cluster))) return conflict_.has_value();
    }
    if (std::optional<std::string> why =
            TRY(try_second_login(session_, now.cluster, spec_.maintenance_database, applied_.outcomes))) {
      applied_.refused = *std::move(why);
      return false;
    }
    if (!TRY(verify_and_publish(made))) return false;
    succeeded_ = true;
    return true;
  }

  // Where several transactions are needed, a mistake in the last one shall not leave the first ones done.
  base::Result<bool> prove_first(const Draft& now) {
    const Proof proof = TRY(prove(session_, now.cluster, now.planned.plan, spec_.maintenance_database));
    if (!proof.failed) return true;
    pg_plan::Statement statement;
    statement.database = proof.database;
    statement.sql = proof.sql;
    applied_.outcomes.push_back({std::move(statement), false, 0, "tried, and rolled back: " + proof.failed->message});
    take_failure(*proof.failed);
    return false;
  }

  base::Result<bool> run_part(const Part& part, const pg_model::Cluster& before) {
    pg::Connection& connection = *TRY(session_.to(part.database));
    Ran ran = part.in_transaction
                  ? TRY(run_transaction(session_, connection, part.statements, End::kCommit, guard_before_end(before)))
                  : TRY(run_alone(session_, connection, *part.statements.front()));
    if (ran.failed && ran.failed->statement >= part.statements.size() && ran.failed->sqlstate.empty()) {
      applied_.refused = ran.failed->message;  // the guard
    }
    std::move(ran.outcomes.begin(), ran.outcomes.end(), std::back_inserter(applied_.outcomes));
    if (ran.failed) take_failure(*ran.failed);
    return !ran.failed;
  }

  void take_failure(const Failed& failed) {
    if (applied_.refused.empty() && (is_conflict(failed.sqlstate) || may_be_conflict(failed.sqlstate)))
      conflict_ = failed.sqlstate;
  }

  base::Result<bool> verify_and_publish(const std::vector<std::pair<Slot, Held>>& made) {
    for (const auto& [slot, held] : made) {
      TRY(session_.step("log in"));
      const base::Result<bool> takes = server_takes(session_, held.login, held.password);
      if (takes && !*takes) {
        applied_.refused = fmt::format(
            "{} has a new password, and the server refuses a login with it; it stays pending in {}. Look at "
            "pg_hba.conf "
            "and at the login's expiry, then apply again.",
            held.login, slot.place);
        return false;
      }
      if (!takes && takes.error().code != base::Code::kImpossible) return base::fail(takes.error());
      if (!takes)
        applied_.plan.warnings.push_back(
            fmt::format("The new password of {} could not be tried: {}", held.login, takes.error().message));
      TRY(session_.step("publish"));
      TRY(secrets_->publish(slot, held));
    }
    return true;
  }

  Session& session_;
  const pg_spec::Spec& spec_;
  const std::string digest_;
  SecretStore* secrets_;
  base::Entropy& entropy_;
  Applied applied_;
  Approved approved_;
  bool succeeded_ = false;               // the round before ran to its end
  std::optional<std::string> conflict_;  // what ended it, where another look may do
};

}  // namespace

base::Result<Applied> apply(const Target& target, const pg_spec::Spec& spec, const std::string& digest,
                            SecretStore* secrets, base::Entropy& entropy) {
  Session session(target);
  return Applying(session, spec, digest, secrets, entropy).run();
}

base::Result<Planned> plan(const Target& target, const pg_spec::Spec& spec, SecretStore* secrets, bool proves) {
  Session session(target);
  if (proves) {
    if (std::optional<Refusal> refusal = TRY(take_lock(session, spec.maintenance_database))) {
      Planned planned;
      planned.refused = std::move(refusal->why);
      planned.plan.administrator = std::move(refusal->administrator);
      return planned;
    }
  }
  for (int round = 0;; ++round) {
    Draft made = TRY(draft(session, spec, secrets));
    Planned& planned = made.planned;
    if (!proves || !planned.refused.empty()) return std::move(planned);
    const Proof proof = TRY(prove(session, made.cluster, planned.plan, spec.maintenance_database));
    planned.not_proved = proof.not_proved;
    planned.plan.warnings.insert(planned.plan.warnings.end(), proof.warnings.begin(), proof.warnings.end());
    if (!proof.failed) {
      planned.proved = true;
      return std::move(planned);
    }
    if (is_conflict(proof.failed->sqlstate) && round + 1 < kRoundsMax) continue;
    planned.refused =
        fmt::format("Tried and rolled back, this failed{}: {}; {}.",
                    proof.database ? " in " + *proof.database : std::string(), proof.sql, proof.failed->message);
    return std::move(planned);
  }
}

}  // namespace pg_run

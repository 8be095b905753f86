// DROP ROLE for a role that is in use: it owns things and holds rights in several databases, and has sessions.
//
// What it owns and holds is the planner's matter: a spec that says nothing but that the role shall be absent is planned
// and applied, so that every right goes as the role that gave it (DROP OWNED would warn, and leave what others
// granted). Here are the guards before that, and the sessions: none can begin any more once the role has NOLOGIN, and
// those that are there are ended.

#include <algorithm>

#include <fmt/format.h>

#include "pg_run/draft.h"
#include "pg_run/execute.h"
#include "pg_run/run.h"
#include "pg_run/session.h"

namespace pg_run {
namespace {

constexpr int kOptionsSince = 16, kWaitsForEndSince = 14;
constexpr std::size_t kNamedMax = 10;

// Passwords have no part in this.
class NoSecrets final : public base::Entropy {
 public:
  void fill(std::span<std::uint8_t> bytes) override { std::fill(bytes.begin(), bytes.end(), 0); }
};

class Dropping {
 public:
  Dropping(Session& session, const DropOptions& options) : session_(session), options_(options) {
    spec_.maintenance_database = options.maintenance_database;
    spec_.absent_roles.push_back({options.role, options.reassign_to});
    if (!options.reassign_to.empty()) spec_.external_roles.push_back(options.reassign_to);
  }

  // True: the role may go, and nobody is logged in as it any more.
  base::Result<bool> prepare() {
    if (std::optional<Refusal> refusal = TRY(take_lock(session_, options_.maintenance_database)))
      return refuse(std::move(refusal->why), std::move(refusal->administrator));
    Draft now = TRY(draft(session_, spec_, nullptr));
    const pg_model::Role* role = now.cluster.role(options_.role);
    if (!now.planned.refused.empty()) return refuse(now.planned.refused, now.planned.plan.administrator);
    if (role == nullptr) {
      applied_.plan.warnings.push_back(fmt::format("There is no role {}: nothing is to be done.", options_.role));
      applied_.converged = true;
      return false;
    }
    if (std::string why = why_not(now.cluster, *role); !why.empty()) return refuse(std::move(why), {});
    TRY(read_sessions(*role));
    if (std::string why = why_not_with_sessions(); !why.empty()) return refuse(std::move(why), {});
    applied_.plan = now.planned.plan;
    add_sessions();
    const Proof proof = TRY(prove(session_, now.cluster, now.planned.plan, options_.maintenance_database));
    if (proof.failed)
      return refuse(fmt::format("Tried and rolled back, this failed: {}; {}.", proof.sql, proof.failed->message), {});
    if (options_.dry_run) {
      applied_.converged = true;
      return false;
    }
    return end_sessions(now.cluster);
  }

  Applied finish(Applied done) && {
    applied_.outcomes.insert(applied_.outcomes.end(), done.outcomes.begin(), done.outcomes.end());
    applied_.converged = done.converged;
    applied_.refused = std::move(done.refused);
    if (!done.plan.administrator.empty()) applied_.plan.administrator = std::move(done.plan.administrator);
    return std::move(applied_);
  }
  Applied finish() && { return std::move(applied_); }
  [[nodiscard]] const pg_spec::Spec& spec() const { return spec_; }

 private:
  bool refuse(std::string why, std::vector<pg_plan::Statement> administrator) {
    applied_.refused = std::move(why);
    applied_.plan.administrator = std::move(administrator);
    return false;
  }

  [[nodiscard]] std::string why_not(const pg_model::Cluster& cluster, const pg_model::Role& role) const {
    if (role.oid == cluster.server.current_user) return "A run does not drop its own login.";
    if (role.superuser) return fmt::format("{} is a superuser: an administrator decides on that.", role.name);
    if (role.name.starts_with("pg_")) return fmt::format("{} is one of PostgreSQL's own roles.", role.name);
    if (options_.reassign_to == options_.role) return "What a role owns cannot go to itself.";
    return "";
  }

  base::Result<void> read_sessions(const pg_model::Role& role) {
    pg::Connection& home = *TRY(session_.to(options_.maintenance_database));
    const pg::Rows rows = TRY(home.query(
        fmt::format("SELECT pid FROM pg_catalog.pg_stat_activity WHERE usesysid = {} ORDER BY pid", role.oid),
        session_.deadline()));
    for (int i = 0; i < rows.size(); ++i) pids_.emplace_back(rows.text(i, 0));
    return {};
  }

  [[nodiscard]] std::string why_not_with_sessions() const {
    if (pids_.empty() || options_.terminate_sessions) return "";
    const auto end = pids_.begin() + static_cast<std::ptrdiff_t>(std::min(pids_.size(), kNamedMax));
    return fmt::format("{} has {} open sessions (process {}): end them, or say --terminate-sessions.", options_.role,
                       pids_.size(), fmt::join(pids_.begin(), end, ", "));
  }

  void add_sessions() {
    if (pids_.empty()) return;
    std::vector<pg_plan::Statement>& all = applied_.plan.statements;
    std::vector<pg_plan::Statement> first{no_login()};
    for (const std::string& pid : pids_) first.push_back(end_of(pid));
    all.insert(all.begin(), first.begin(), first.end());
  }

  [[nodiscard]] pg_plan::Statement no_login() const {
    pg_plan::Statement statement;
    statement.sql = fmt::format("ALTER ROLE {} NOLOGIN", pg::identifier(options_.role));
    statement.reason = "no new session shall begin";
    statement.risk = pg_plan::Risk::kHigh;
    return statement;
  }

  [[nodiscard]] pg_plan::Statement end_of(const std::string& pid) const {
    pg_plan::Statement statement;
    statement.sql = fmt::format("SELECT pg_catalog.pg_terminate_backend({})", pid);
    statement.reason = "a session of the role is ended";
    statement.risk = pg_plan::Risk::kHigh;
    return statement;
  }

  base::Result<bool> end_sessions(const pg_model::Cluster& cluster) {
    if (pids_.empty()) return true;
    pg::Connection& home = *TRY(session_.to(options_.maintenance_database));
    const pg_plan::Statement first = no_login();
    const Statements alone{&first};
    if (!keep(TRY(run_transaction(session_, home, alone, End::kCommit)))) return false;
    for (const std::string& pid : pids_) {
      if (!TRY(end_session(home, cluster, pid))) return false;
    }
    return true;
  }

  // Who is no superuser must be a member of the role, and is, until this transaction is rolled back; a signal that was
  // sent is not.
  base::Result<bool> end_session(pg::Connection& home, const pg_model::Cluster& cluster, const std::string& pid) {
    const pg_model::Role& self = *cluster.role(cluster.server.current_user);
    pg_plan::Statement grant;
    grant.sql = fmt::format("GRANT {} TO {}{}", pg::identifier(options_.role), pg::identifier(self.name),
                            cluster.server.major() >= kOptionsSince ? " WITH INHERIT TRUE" : "");
    grant.reason = "who ends a session has the rights of its role; rolled back at once";
    pg_plan::Statement end = end_of(pid);
    if (cluster.server.major() >= kWaitsForEndSince)
      end.sql = fmt::format("SELECT pg_catalog.pg_terminate_backend({}, 10000)", pid);
    const Statements list = self.superuser ? Statements{&end} : Statements{&grant, &end};
    Ran ran = TRY(run_transaction(session_, home, list, End::kRollBack));
    if (ran.failed && ran.failed->message.find("not a PostgreSQL") != std::string::npos) return true;  // it was gone
    return keep(std::move(ran));
  }

  bool keep(Ran ran) {
    applied_.outcomes.insert(applied_.outcomes.end(), ran.outcomes.begin(), ran.outcomes.end());
    if (ran.failed && ran.failed->sqlstate == "42501")
      applied_.refused = fmt::format("This login may not do what is needed: {}", ran.failed->message);
    return !ran.failed;
  }

  Session& session_;
  const DropOptions& options_;
  pg_spec::Spec spec_;
  std::vector<std::string> pids_;
  Applied applied_;
};

}  // namespace

base::Result<Applied> drop(const Target& target, const DropOptions& options) {
  std::optional<Session> session(target);
  Dropping dropping(*session, options);
  if (!TRY(dropping.prepare())) return std::move(dropping).finish();
  session.reset();  // gives the lock on to the run that follows
  NoSecrets entropy;
  return std::move(dropping).finish(TRY(apply(target, dropping.spec(), "", nullptr, entropy)));
}

}  // namespace pg_run

// DROP ROLE for a role that is in use: it owns things and holds rights in several databases, and has sessions.
//
// In each database where the catalog of shared dependencies (pg_shdepend) says that something hangs on the role:
// REASSIGN OWNED, then DROP OWNED, which at that point takes only rights away, by whomever they were granted; a guard
// between the two makes sure that nothing is owned any more. Whoever is no superuser must be a member of both roles for
// that, and is for the time of one transaction. PostgreSQL documentation, "Dropping Roles".

#include <algorithm>

#include <fmt/format.h>

#include "pg_inspect/inspect.h"
#include "pg_run/execute.h"
#include "pg_run/guard.h"
#include "pg_run/run.h"
#include "pg_run/session.h"

namespace pg_run {
namespace {

constexpr int kOptionsSince = 16;
constexpr std::size_t kNamedMax = 10;

struct Dependent {
  std::string database;
  std::int64_t owned = 0;
};

class Dropping {
 public:
  Dropping(Session& session, const DropOptions& options) : session_(session), options_(options) {}

  base::Result<Applied> run() {
    if (std::optional<Refusal> refusal = TRY(take_lock(session_, options_.maintenance_database)))
      return refuse(*std::move(refusal));
    home_ = TRY(session_.to(options_.maintenance_database));
    cluster_ = TRY(pg_inspect::inspect(*home_, session_.deadline()));
    const pg_model::Role* role = cluster_.role(options_.role);
    if (role == nullptr) {
      applied_.plan.warnings.push_back(fmt::format("There is no role {}: nothing is to be done.", options_.role));
      applied_.converged = true;
      return std::move(applied_);
    }
    if (std::string why = why_not(*role); !why.empty()) return refuse({std::move(why), {}});
    TRY(read_dependents(*role));
    TRY(read_sessions(*role));
    if (std::string why = what_stands_in_the_way(); !why.empty()) return refuse({std::move(why), {}});
    if (std::optional<Refusal> refusal = TRY(connect_to_all())) return refuse(*std::move(refusal));
    write_plan();
    return carry_out();
  }

 private:
  Applied refuse(Refusal refusal) {
    applied_.refused = std::move(refusal.why);
    applied_.plan.administrator = std::move(refusal.administrator);
    return std::move(applied_);
  }

  [[nodiscard]] std::string why_not(const pg_model::Role& role) const {
    if (role.oid == cluster_.server.current_user) return "The executor does not drop itself.";
    if (role.superuser) return fmt::format("{} is a superuser: an administrator decides on that.", role.name);
    if (role.name.starts_with("pg_")) return fmt::format("{} is one of PostgreSQL's own roles.", role.name);
    if (options_.reassign_to.empty()) return "";
    if (options_.reassign_to == options_.role) return "What a role owns cannot go to itself.";
    if (cluster_.role(options_.reassign_to) == nullptr)
      return fmt::format("There is no role {}, to which what {} owns would go.", options_.reassign_to, role.name);
    return "";
  }

  base::Result<void> read_dependents(const pg_model::Role& role) {
    // A shared object (a database, a tablespace) is listed under no database: it is dealt with in the first one.
    const pg::Rows rows = TRY(home_->query(
        fmt::format("SELECT coalesce(d.datname, current_database()), count(*) FILTER (WHERE s.deptype = 'o') "
                    "FROM pg_catalog.pg_shdepend s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid "
                    "WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = {} "
                    "GROUP BY 1 ORDER BY 1",
                    role.oid),
        session_.deadline()));
    for (int i = 0; i < rows.size(); ++i) dependents_.push_back({std::string(rows.text(i, 0)), rows.number(i, 1)});
    return {};
  }

  base::Result<void> read_sessions(const pg_model::Role& role) {
    const pg::Rows rows = TRY(home_->query(
        fmt::format("SELECT pid FROM pg_catalog.pg_stat_activity WHERE usesysid = {} ORDER BY pid", role.oid),
        session_.deadline()));
    for (int i = 0; i < rows.size(); ++i) pids_.emplace_back(rows.text(i, 0));
    return {};
  }

  [[nodiscard]] std::string what_stands_in_the_way() const {
    std::vector<std::string> owned;
    for (const Dependent& each : dependents_) {
      if (each.owned > 0) owned.push_back(fmt::format("{} in {}", each.owned, each.database));
    }
    if (!owned.empty() && options_.reassign_to.empty())
      return fmt::format("{} owns objects ({}): say who gets them, with --reassign-to ROLE.", options_.role,
                         fmt::join(owned, ", "));
    if (pids_.empty() || options_.terminate_sessions) return "";
    std::vector<std::string> named(pids_.begin(),
                                   pids_.begin() + static_cast<std::ptrdiff_t>(std::min(pids_.size(), kNamedMax)));
    return fmt::format("{} has {} open sessions (process {}): end them, or say --terminate-sessions.", options_.role,
                       pids_.size(), fmt::join(named, ", "));
  }

  base::Result<std::optional<Refusal>> connect_to_all() {
    for (const Dependent& each : dependents_) {
      const base::Result<pg::Connection*> opened = session_.to(each.database);
      if (opened) continue;
      std::optional<Refusal> refusal = refusal_to_connect(session_, opened.error(), each.database,
                                                          "where things hang on the role that is to be dropped");
      if (refusal) return refusal;
      return base::fail(opened.error());
    }
    return std::optional<Refusal>();
  }

  void add(const std::optional<std::string>& database, std::string sql, std::string reason, pg_plan::Risk risk) {
    pg_plan::Statement statement;
    statement.database = database;
    statement.sql = std::move(sql);
    statement.reason = std::move(reason);
    statement.risk = risk;
    applied_.plan.statements.push_back(std::move(statement));
  }

  // Whether the executor has the rights of that role as things are.
  [[nodiscard]] bool is_member(const std::string& name) const {
    const pg_model::Role* self = cluster_.role(cluster_.server.current_user);
    const pg_model::Role* role = cluster_.role(name);
    if (self == nullptr || role == nullptr) return false;
    if (self->superuser || self->oid == role->oid) return true;
    return std::any_of(cluster_.memberships.begin(), cluster_.memberships.end(), [&](const auto& each) {
      return each.role == role->oid && each.member == self->oid && each.inherit && self->inherit && each.set;
    });
  }

  void become(const std::optional<std::string>& database, const std::string& name, bool begins) {
    if (name.empty() || is_member(name)) return;
    const std::string self = pg::identifier(cluster_.role(cluster_.server.current_user)->name);
    const bool has_options = cluster_.server.major() >= kOptionsSince;
    if (begins)
      add(database,
          fmt::format("GRANT {} TO {}{}", pg::identifier(name), self,
                      has_options ? " WITH INHERIT TRUE, SET TRUE" : ""),
          fmt::format("the rights of {} are needed until the end of this transaction", name), pg_plan::Risk::kNone);
    else
      add(database,
          fmt::format("REVOKE {} FROM {}{}", pg::identifier(name), self, has_options ? " GRANTED BY " + self : ""),
          "they are needed no longer", pg_plan::Risk::kNone);
  }

  void write_plan() {
    const std::string role = pg::identifier(options_.role);
    if (!pids_.empty())
      add(std::nullopt, fmt::format("ALTER ROLE {} NOLOGIN", role), "no new session shall begin", pg_plan::Risk::kHigh);
    for (const Dependent& each : dependents_) {
      become(each.database, options_.role, true);
      if (each.owned > 0) {
        become(each.database, options_.reassign_to, true);
        add(each.database, fmt::format("REASSIGN OWNED BY {} TO {}", role, pg::identifier(options_.reassign_to)),
            fmt::format("{} objects get another owner", each.owned), pg_plan::Risk::kLow);
      }
      add(each.database, still_owned(), "the next statement drops what it still owns: so there must be nothing",
          pg_plan::Risk::kNone);
      add(each.database, fmt::format("DROP OWNED BY {}", role), "its rights here go, whoever granted them",
          pg_plan::Risk::kHigh);
      if (each.owned > 0) become(each.database, options_.reassign_to, false);
      become(each.database, options_.role, false);
    }
    add(std::nullopt, fmt::format("DROP ROLE {}", role), "it is to be dropped", pg_plan::Risk::kHigh);
  }

  [[nodiscard]] std::string still_owned() const {
    const pg_model::Role* role = cluster_.role(options_.role);
    return fmt::format(
        "DO $$BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_shdepend WHERE deptype = 'o' AND refclassid = "
        "'pg_catalog.pg_authid'::pg_catalog.regclass AND refobjid = {} AND dbid IN (0, (SELECT oid FROM "
        "pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))) THEN RAISE EXCEPTION "
        "'it still owns objects here'; END IF; END$$",
        role->oid);
  }

  [[nodiscard]] static bool is_end(const pg_plan::Statement& statement) {
    return statement.sql.starts_with("DROP ROLE ");
  }

  base::Result<Applied> carry_out() {
    const std::vector<Part> parts = parts_in_order();
    for (const Part& part : parts) {  // first all of it without a trace, but for the end, which waits for the rest
      if (is_end(*part.statements.front()) && parts.size() > 1) continue;
      if (!TRY(run(part, End::kRollBack))) return std::move(applied_);
    }
    if (options_.dry_run) {
      applied_.converged = true;
      return std::move(applied_);
    }
    for (const Part& part : parts) {
      if (is_end(*part.statements.front())) TRY(end_sessions());
      if (!TRY(run(part, End::kCommit))) return std::move(applied_);
    }
    const pg_model::Cluster after = TRY(pg_inspect::inspect(*home_, session_.deadline()));
    applied_.converged = after.role(options_.role) == nullptr;
    return std::move(applied_);
  }

  // One transaction for each database, and one for what concerns the cluster before and after.
  [[nodiscard]] std::vector<Part> parts_in_order() const {
    std::vector<Part> all;
    const std::optional<std::string>* last = nullptr;
    for (const pg_plan::Statement& each : applied_.plan.statements) {
      // Sessions end between the first statement and the last.
      if (last == nullptr || *last != each.database || is_end(each))
        all.push_back({each.database.value_or(options_.maintenance_database), {}});
      all.back().statements.push_back(&each);
      last = &each.database;
    }
    return all;
  }

  base::Result<bool> run(const Part& part, End end) {
    pg::Connection& connection = *TRY(session_.to(part.database));
    Ran ran = TRY(run_transaction(session_, connection, part.statements, end,
                                  end == End::kCommit ? guard_before_end(cluster_) : BeforeEnd()));
    if (end == End::kCommit || ran.failed)
      std::move(ran.outcomes.begin(), ran.outcomes.end(), std::back_inserter(applied_.outcomes));
    if (!ran.failed) return true;
    if (ran.failed->sqlstate == "42501" || ran.failed->sqlstate.empty()) {
      applied_.refused = fmt::format("This login may not do what is needed: {}", ran.failed->message);
      pg_plan::Statement missing;
      missing.sql = fmt::format("GRANT {} TO {} WITH ADMIN OPTION", pg::identifier(options_.role),
                                pg::identifier(cluster_.role(cluster_.server.current_user)->name));
      missing.reason = "to drop a role one needs ADMIN on it (from 16 on), and its rights on what it owns";
      applied_.plan.administrator.push_back(std::move(missing));
    }
    return false;
  }

  // A session ends when its process is gone; the server waits for that, and not we.
  base::Result<void> end_sessions() {
    for (const std::string& pid : pids_) {
      pg_plan::Statement statement;
      statement.sql = fmt::format("SELECT pg_catalog.pg_terminate_backend({})", pid);
      if (cluster_.server.major() >= 14)
        statement.sql = fmt::format("SELECT pg_catalog.pg_terminate_backend({}, 5000)", pid);
      statement.reason = "a session of the role";
      statement.risk = pg_plan::Risk::kHigh;
      Ran ran = TRY(terminate(statement));
      std::move(ran.outcomes.begin(), ran.outcomes.end(), std::back_inserter(applied_.outcomes));
    }
    return {};
  }

  // Who is no superuser must be a member of the role, which is so until this transaction is rolled back: a signal is
  // not.
  base::Result<Ran> terminate(const pg_plan::Statement& statement) {
    const std::string self = pg::identifier(cluster_.role(cluster_.server.current_user)->name);
    pg_plan::Statement grant;
    grant.sql = fmt::format("GRANT {} TO {}{}", pg::identifier(options_.role), self,
                            cluster_.server.major() >= kOptionsSince ? " WITH INHERIT TRUE" : "");
    Statements list{&statement};
    if (!is_member(options_.role)) list.insert(list.begin(), &grant);
    Ran ran = TRY(run_transaction(session_, *home_, list, End::kRollBack));
    // A process that was gone before is a warning of the server, and what was wanted.
    if (ran.outcomes.size() == list.size()) ran.outcomes = {ran.outcomes.back()};
    return ran;
  }

  Session& session_;
  const DropOptions& options_;
  pg::Connection* home_ = nullptr;
  pg_model::Cluster cluster_;
  std::vector<Dependent> dependents_;
  std::vector<std::string> pids_;
  Applied applied_;
};

}  // namespace

base::Result<Applied> drop(const Target& target, const DropOptions& options) {
  Session session(target);
  return Dropping(session, options).run();
}

}  // namespace pg_run

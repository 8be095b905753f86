#include <algorithm>

#include <fmt/format.h>

#include "pg_inspect/inspect.h"
#include "pg_run/draft.h"
#include "pg_run/execute.h"
#include "pg_run/passwords.h"
#include "pg_run/run.h"

namespace pg_run {
namespace {

// Which of the logins that take turns is next.
const std::string& next_of(const Managed& managed, const std::optional<Held>& current) {
  const auto at =
      current ? std::find(managed.logins.begin(), managed.logins.end(), current->login) : managed.logins.end();
  return at == managed.logins.end() || at + 1 == managed.logins.end() ? managed.logins.front() : *(at + 1);
}

base::Result<Managed> managed_login(const pg_spec::Spec& spec, const std::string& login) {
  std::vector<std::string> names;
  for (Managed& each : managed_of(spec)) {
    if (each.slot.name == login || std::find(each.logins.begin(), each.logins.end(), login) != each.logins.end())
      return std::move(each);
    names.push_back(each.slot.name);
  }
  return base::fail(base::Code::kNotFound,
                    fmt::format("The spec has no login {} whose password is managed (`password: PLACE`); it has {}.",
                                login, names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

class Rotating {
 public:
  Rotating(Session& session, const pg_spec::Spec& spec, Managed managed, SecretStore& secrets, base::Entropy& entropy)
      : session_(session), spec_(spec), managed_(std::move(managed)), secrets_(secrets), entropy_(entropy) {}

  base::Result<Applied> run() {
    if (std::optional<Refusal> refusal = TRY(take_lock(session_, spec_.maintenance_database))) {
      applied_.refused = std::move(refusal->why);
      applied_.plan.administrator = std::move(refusal->administrator);
      return std::move(applied_);
    }
    connection_ = TRY(session_.to(spec_.maintenance_database));
    current_ = TRY(secrets_.current(managed_.slot));
    if (TRY(ends_earlier_one())) return std::move(applied_);
    const Held next{next_of(managed_, current_), new_password(entropy_)};
    const pg_model::Cluster cluster = TRY(pg_inspect::inspect(*connection_, session_.deadline()));
    if (cluster.role(next.login) == nullptr) {
      applied_.refused = fmt::format("There is no login {} yet: apply the spec first.", next.login);
      return std::move(applied_);
    }
    iterations_ = cluster.server.scram_iterations;
    TRY(session_.step("put pending"));
    TRY(secrets_.put_pending(managed_.slot, next));
    if (!TRY(set_password(next, "the password of {} is rotated, and goes to {}"))) return std::move(applied_);
    TRY(finish(next));
    return std::move(applied_);
  }

 private:
  // A rotation that was cut short after the server had taken the new password.
  base::Result<bool> ends_earlier_one() {
    const std::optional<Held> pending = TRY(secrets_.pending(managed_.slot));
    if (!pending) return false;
    const bool is_current =
        current_ && pending->login == current_->login && pending->password.reveal() == current_->password.reveal();
    if (is_current ||
        std::find(managed_.logins.begin(), managed_.logins.end(), pending->login) == managed_.logins.end())
      return false;
    const base::Result<bool> takes = server_takes(session_, pending->login, pending->password);
    if (!takes || !*takes) return false;
    if (current_ && pending->login == current_->login &&
        TRY(server_takes(session_, current_->login, current_->password)))
      return false;
    TRY(session_.step("publish"));
    TRY(secrets_.publish(managed_.slot, *pending));
    applied_.plan.warnings.push_back(
        fmt::format("A rotation had been cut short after the server took the new password of {}: it is published now.",
                    pending->login));
    applied_.converged = true;
    return true;
  }

  base::Result<bool> set_password(const Held& held, std::string_view reason) {
    Needed needed{managed_.slot, held.login, std::nullopt};
    pg_plan::Statement statement = TRY(password_statement(needed, held.password, entropy_, iterations_));
    statement.reason = fmt::format(fmt::runtime(reason), held.login, managed_.slot.place);
    applied_.plan.statements.push_back(statement);
    const Statements list{&applied_.plan.statements.back()};
    Ran ran = TRY(run_transaction(session_, *connection_, list, End::kCommit));
    applied_.outcomes.insert(applied_.outcomes.end(), ran.outcomes.begin(), ran.outcomes.end());
    if (!ran.failed) return true;
    if (ran.failed->sqlstate != "42501") return false;
    applied_.refused = fmt::format("This login may not set the password of {}: {}", held.login, ran.failed->message);
    statement.sql = fmt::format("GRANT {} TO CURRENT_USER WITH ADMIN OPTION", pg::identifier(held.login));
    statement.reason = "from PostgreSQL 16 on, a password is set by who has ADMIN on the role; as the run's login";
    statement.secret = false;
    applied_.plan.administrator.push_back(statement);
    return false;
  }

  base::Result<void> finish(const Held& next) {
    TRY(session_.step("log in"));
    const base::Result<bool> takes = server_takes(session_, next.login, next.password);
    if (!takes || !*takes) {
      applied_.refused =
          takes ? fmt::format("The server refuses a login of {} with its new password.", next.login)
                : fmt::format("Whether {} can log in could not be told: {}", next.login, takes.error().message);
      // The old one is what the application has: it holds again.
      if (current_ && current_->login == next.login)
        TRY(set_password(*current_, "the password of {} is what {} has, again"));
      return {};
    }
    TRY(session_.step("publish"));
    TRY(secrets_.publish(managed_.slot, next));
    applied_.converged = true;
    return {};
  }

  Session& session_;
  const pg_spec::Spec& spec_;
  const Managed managed_;
  SecretStore& secrets_;
  base::Entropy& entropy_;
  pg::Connection* connection_ = nullptr;
  std::optional<Held> current_;
  int iterations_ = 0;
  Applied applied_;
};

}  // namespace

base::Result<Applied> rotate(const Target& target, const pg_spec::Spec& spec, const std::string& login,
                             SecretStore& secrets, base::Entropy& entropy) {
  Managed managed = TRY(managed_login(spec, login));
  Session session(target);
  return Rotating(session, spec, std::move(managed), secrets, entropy).run();
}

}  // namespace pg_run

#include "pg_plan/script.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "pg_model/quote.h"

namespace pg_plan {

using pg_model::identifier;
using pg_model::Oid;

namespace {

constexpr std::string_view kDatabaseOwner = "pg_database_owner";
constexpr const char* kForTheMoment = "was there for the moment only";

// Steps that share a brief temporary come together.
std::string_view brief_of(const Step& step) {
  for (const Temporary& each : step.temporaries) {
    if (each.brief) return each.grant;
  }
  return {};
}

}  // namespace

// Writes one stage.
class Script::Writer {
 public:
  Writer(const Script& script, Plan& plan, int stage) : script_(script), plan_(plan), stage_(stage) {
    if (stage >= kDatabases && stage < kRemovals) {
      const pg_model::Database& database = script.after_.databases[static_cast<std::size_t>(stage - kDatabases)];
      database_ = database.self.name;
    }
  }

  void write(Step& step) {
    end_brief(step);
    for (Oid role : step.become) grant_to_self(role);
    for (Oid role : step.borrow) grant_to_self(role, true);
    for (const Temporary& each : step.temporaries) {
      if (!temporary_.insert(each.grant).second) continue;
      act_as(actor(each.actor, false));
      emit(each.grant, each.reason, Risk::kNone);
      undo_.push_back({actor(each.actor, false), each.undo, each.brief ? each.grant : std::string()});
    }
    act_as(actor(step.actor, step.exactly));
    emit(std::move(step.sql), std::move(step.reason), step.risk, step.in_transaction);
  }

  void finish() {
    for (; !undo_.empty(); undo_.pop_back()) {
      act_as(undo_.back().actor);
      emit(undo_.back().sql, kForTheMoment, Risk::kNone);
    }
    act_as(0);
  }

 private:
  struct Undo {
    Oid actor;
    std::string sql;
    std::string brief = {};  // what it undoes, if that shall be short
  };

  void end_brief(const Step& step) {
    for (std::size_t at = undo_.size(); at-- > 0;) {
      const std::string brief = undo_[at].brief;
      if (brief.empty() || std::ranges::find(step.temporaries, brief, &Temporary::grant) != step.temporaries.end()) {
        continue;
      }
      Undo undo = undo_[at];
      undo_.erase(undo_.begin() + static_cast<std::ptrdiff_t>(at));
      temporary_.erase(brief);
      act_as(undo.actor);
      emit(undo.sql, kForTheMoment, Risk::kNone);
    }
  }

  [[nodiscard]] Oid actor(Oid role, bool exactly) const {
    bool itself = role == script_.executor_.self() || (script_.executor_.superuser() && !exactly);
    return itself ? 0 : role;
  }

  void act_as(Oid role) {
    if (role == acting_) return;
    if (acting_ != 0) emit("RESET ROLE", "is itself again", Risk::kNone);
    acting_ = 0;
    if (role == 0) return;
    grant_to_self(role);
    emit("SET ROLE " + script_.names_.quoted(role), "acts as " + script_.names_.plain(role), Risk::kNone);
    acting_ = role;
  }

  // From 16 on a membership has options, and one that the executor gave itself before keeps those that it has. With
  // `inherit` it also has the rights of the role, which nothing but REASSIGN OWNED and the like asks for.
  void grant_to_self(Oid role, bool inherit = false) {
    const Executor& executor = script_.executor_;
    Oid needed = script_.stand_in(role, stage_);
    if (inherit ? executor.inherits(needed) : executor.can_set(needed)) return;
    if ((inherit && inherits_.contains(needed)) || (!inherit && granted_.contains(needed))) return;
    if (acting_ != 0) act_as(0);
    std::string who = script_.names_.quoted(needed), self = identifier(executor.role().name);
    std::string with, option;
    if (executor.major() >= 16) {
      bool has_row = executor.gave(needed, executor.self());
      with = inherit ? " WITH INHERIT TRUE, SET TRUE" : has_row ? " WITH SET TRUE" : " WITH INHERIT FALSE, SET TRUE";
      if (has_row) option = inherit ? "INHERIT OPTION FOR " : "SET OPTION FOR ";
    }
    emit("GRANT " + who + " TO " + self + with, "to act as " + script_.names_.plain(needed), Risk::kNone);
    if (!granted_.contains(needed)) undo_.insert(undo_.begin(), {0, "REVOKE " + option + who + " FROM " + self});
    granted_.insert(needed);
    if (inherit) inherits_.insert(needed);
  }

  void emit(std::string sql, std::string reason, Risk risk, bool in_transaction = true) {
    plan_.statements.push_back({.database = database_,
                                .sql = std::move(sql),
                                .reason = std::move(reason),
                                .risk = risk,
                                .in_transaction = in_transaction});
  }

  const Script& script_;
  Plan& plan_;
  int stage_;
  std::optional<std::string> database_;
  Oid acting_ = 0;
  std::set<std::string> temporary_;
  std::set<Oid> granted_, inherits_;
  std::vector<Undo> undo_;  // from the back
};

Script::Script(const pg_model::Cluster& after, const Names& names, Executor& executor)
    : after_(after), names_(names), executor_(executor) {}

// pg_database_owner can be granted to nobody: the owner of the database is its only member.
Oid Script::stand_in(Oid role, int stage) const {
  if (stage < kDatabases || stage >= kRemovals || names_.plain(role) != kDatabaseOwner) return role;
  return after_.databases[static_cast<std::size_t>(stage - kDatabases)].self.owner;
}

bool Script::can_become(Oid role) const {
  if (role == 0 || executor_.can_set(role)) return true;
  const pg_model::Role* found = names_.role(role);
  // A role that is a member of the executor cannot be granted to it: that would be a circle.
  return found != nullptr && executor_.may_grant(*found) &&
         !executor_.graph().reaches(role, executor_.self(), Way::kAny);
}

std::string Script::why_not(const Step& step) const {
  if (executor_.superuser()) return {};
  if (!step.missing.empty()) return step.missing;
  std::vector<Oid> needed = step.become;
  needed.push_back(step.actor);
  needed.insert(needed.end(), step.borrow.begin(), step.borrow.end());
  for (const Temporary& each : step.temporaries) needed.push_back(each.actor);
  for (Oid each : needed) {
    Oid role = stand_in(each, step.stage);
    if (can_become(role)) continue;
    const pg_model::Role* found = names_.role(role);
    std::string reason = executor_.role().name + " cannot act as " + names_.plain(role);
    if (found && found->superuser) return reason + ", which is a superuser";
    return reason +
           (executor_.major() >= 16 ? ": it has no ADMIN on it" : ": it has neither CREATEROLE nor ADMIN on it");
  }
  return {};
}

void Script::write(Plan& plan) {
  std::ranges::stable_sort(
      steps_, {}, [](const Step& step) { return std::tuple(step.stage, step.phase, step.actor, brief_of(step)); });
  std::size_t at = 0;
  while (at < steps_.size()) {
    int stage = steps_[at].stage;
    Writer writer(*this, plan, stage);
    for (; at < steps_.size() && steps_[at].stage == stage; ++at) {
      Step& step = steps_[at];
      std::string why = why_not(step);
      if (why.empty()) {
        writer.write(step);
        continue;
      }
      Statement statement{.sql = std::move(step.sql),
                          .reason = step.reason + "; " + why,
                          .risk = step.risk,
                          .in_transaction = step.in_transaction};
      if (step.exactly) statement.sql = "SET ROLE " + names_.quoted(step.actor) + "; " + statement.sql + "; RESET ROLE";
      if (stage >= kDatabases && stage < kRemovals) {
        statement.database = after_.databases[static_cast<std::size_t>(stage - kDatabases)].self.name;
      }
      plan.administrator.push_back(std::move(statement));
    }
    writer.finish();
  }
  steps_.clear();
}

}  // namespace pg_plan

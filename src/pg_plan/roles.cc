// Roles: made, and their attributes brought to what is declared. Only what differs is sent: a non-superuser who sends
// NOSUPERUSER to a role that is none is refused (fazer-ai/agents#195, emiliaprotocol/emilia-protocol#416).

#include <algorithm>

#include <fmt/format.h>

#include "pg_model/quote.h"
#include "pg_plan/work.h"

namespace pg_plan {
namespace {

using pg_model::identifier;
using pg_model::literal;
using pg_model::Role;
using pg_spec::Mode;
using pg_spec::RoleKind;

// One attribute that shall change.
struct Clause {
  std::string sql;
  bool possible = true;
  Risk risk = Risk::kNone;
};

std::string_view no(bool value) { return value ? "" : "NO"; }

// What is declared, and where nothing is, what the mode makes of that.
template <class T>
T wanted(const Work& work, const pg_spec::Role& declared, Mode mode, const std::optional<T>& value, const T& present,
         const T& normal, std::string_view attribute) {
  if (value) return *value;
  if (mode == Mode::kExactly) return normal;
  if (mode == Mode::kAdopt && present != normal) {
    const_cast<Work&>(work).unmanaged(fmt::format("{} of role {}", attribute, declared.name));
  }
  return present;
}

std::string time_of(const std::optional<std::string>& valid_until) {
  return valid_until && *valid_until != "infinity" ? *valid_until : std::string();
}

Role wish(Work& work, const pg_spec::Role& declared, Mode mode, const Role& present) {
  Role role = present;
  auto want = [&]<class T>(const std::optional<T>& value, const T& now, const T& normal, std::string_view attribute) {
    return wanted(work, declared, mode, value, now, normal, attribute);
  };
  role.name = declared.name;
  role.superuser = want(std::optional<bool>(), present.superuser, false, "SUPERUSER");
  role.inherit = want(declared.inherit, present.inherit, true, "NOINHERIT");
  role.createrole = want(declared.createrole, present.createrole, false, "CREATEROLE");
  role.createdb = want(declared.createdb, present.createdb, false, "CREATEDB");
  role.replication = want(declared.replication, present.replication, false, "REPLICATION");
  role.bypass_rls = want(declared.bypass_rls, present.bypass_rls, false, "BYPASSRLS");
  role.connection_limit = want(declared.connection_limit, present.connection_limit, -1, "CONNECTION LIMIT");
  std::optional<std::string> until;
  if (declared.valid_until) until = time_of(declared.valid_until);
  role.valid_until = want(until, present.valid_until, std::string(), "VALID UNTIL");
  if (declared.comment) role.comment = *declared.comment;
  bool login = declared.kind == RoleKind::kLogin;
  if (present.login && !login && mode == Mode::kAtLeast) {
    work.warn(fmt::format("Role {} can log in, and is declared as one that cannot: nothing is taken away in this mode.",
                          declared.name));
    login = true;
  }
  role.login = login;
  return role;
}

std::vector<Clause> clauses(const Work& work, const Role& from, const Role& to) {
  const Executor& executor = work.executor;
  std::vector<Clause> found;
  auto flag = [&](bool now, bool then, std::string_view word, bool possible, Risk risk) {
    if (now != then) found.push_back({fmt::format("{}{}", no(then), word), possible, then ? Risk::kNone : risk});
  };
  flag(from.superuser, to.superuser, "SUPERUSER", executor.may_set_superuser(), Risk::kLow);
  flag(from.createdb, to.createdb, "CREATEDB", executor.may_set_createdb(), Risk::kLow);
  flag(from.createrole, to.createrole, "CREATEROLE", true, Risk::kLow);
  flag(from.inherit, to.inherit, "INHERIT", true, Risk::kLow);
  flag(from.login, to.login, "LOGIN", true, Risk::kHigh);
  flag(from.replication, to.replication, "REPLICATION", executor.may_set_replication(), Risk::kLow);
  flag(from.bypass_rls, to.bypass_rls, "BYPASSRLS", executor.may_set_bypass_rls(), Risk::kLow);
  if (from.connection_limit != to.connection_limit) {
    found.push_back({fmt::format("CONNECTION LIMIT {}", to.connection_limit), true, Risk::kLow});
  }
  if (from.valid_until != to.valid_until) {
    found.push_back({"VALID UNTIL " + literal(to.valid_until.empty() ? "infinity" : to.valid_until), true, Risk::kLow});
  }
  return found;
}

std::string sql_of(const std::vector<Clause>& list, bool possible, Risk& risk) {
  std::string sql;
  risk = Risk::kNone;
  for (const Clause& clause : list) {
    if (clause.possible != possible) continue;
    sql += " " + clause.sql;
    risk = std::max(risk, clause.risk);
  }
  return sql;
}

void comment_on(Work& work, const Role& from, const Role& to, bool possible) {
  if (from.comment == to.comment) return;
  work.script.add({.phase = kComments,
                   .sql = fmt::format("COMMENT ON ROLE {} IS {}", identifier(to.name),
                                      to.comment.empty() ? "NULL" : literal(to.comment)),
                   .reason = "the comment is declared",
                   .missing = possible ? "" : "the executor may not alter this role"});
}

void create(Work& work, const pg_spec::Role& declared, Mode mode) {
  Role role = wish(work, declared, mode, {});
  std::vector<Clause> all = clauses(work, {}, role);
  std::string sql = "CREATE ROLE " + identifier(role.name);
  for (const Clause& clause : all) sql += " " + clause.sql;
  bool possible = work.executor.may_create(role);
  work.script.add({.phase = kRoles,
                   .sql = std::move(sql),
                   .reason = "declared, and not there",
                   .missing = possible ? "" : "the executor may not make a role with these attributes"});
  comment_on(work, {}, role, possible);
  role.oid = work.new_oid();
  pg_model::Oid oid = work.add_role(std::move(role));
  if (possible && work.major() >= 16 && !work.executor.superuser()) {
    // The server gives its maker ADMIN on it, by the hand of the bootstrap superuser.
    pg_model::Membership implicit{.role = oid,
                                  .member = work.executor.self(),
                                  .grantor = kBootstrap,
                                  .admin = true,
                                  .inherit = false,
                                  .set = false};
    work.after.memberships.push_back(implicit);
    work.executor.learn(implicit);
  }
}

// What the plan would take away from the one who runs it: it would be its last one.
void keep_executor(Work& work, const Role& from, Role& to) {
  if (from.oid != work.executor.self()) return;
  auto keep = [&](bool now, bool& then, std::string_view attribute) {
    if (!now || then) return;
    then = true;
    work.warn(fmt::format("{} of {} stays: this role runs the plan. Declare it.", attribute, from.name));
  };
  keep(from.superuser, to.superuser, "SUPERUSER");
  keep(from.createrole, to.createrole, "CREATEROLE");
  keep(from.createdb, to.createdb, "CREATEDB");
  keep(from.login, to.login, "LOGIN");
}

void alter(Work& work, const pg_spec::Role& declared, Mode mode, const Role& present) {
  Role role = wish(work, declared, mode, present);
  keep_executor(work, present, role);
  bool may = work.executor.may_alter(present);
  std::vector<Clause> all = clauses(work, present, role);
  for (bool possible : {true, false}) {
    Risk risk = Risk::kNone;
    std::string sql = sql_of(all, possible, risk);
    if (sql.empty()) continue;
    std::string missing;
    if (!may) missing = "the executor may not alter this role";
    if (!possible) missing = "the executor may not give or take this attribute";
    work.script.add({.phase = kAttributes,
                     .sql = "ALTER ROLE " + identifier(role.name) + sql,
                     .reason = "differs from what is declared",
                     .risk = risk,
                     .missing = std::move(missing)});
  }
  comment_on(work, present, role, may);
  if (work.major() < 16 && role.inherit != present.inherit) {  // an attribute of the member, and of all its rows
    for (pg_model::Membership& row : work.after.memberships) {
      if (row.member == role.oid) row.inherit = role.inherit;
    }
    work.executor.learn_inherit(role.oid, role.inherit);
  }
  std::ranges::find(work.after.roles, present.oid, &Role::oid)->operator=(role);
}

bool good_name(Work& work, const std::string& name) {
  if (name.size() > 63) {
    work.refuse(fmt::format("Role {}: a name has at most 63 bytes; the server would cut it.", name));
    return false;
  }
  if (name.empty() || name == "public" || name == "none" || name.starts_with("pg_")) {
    work.refuse(fmt::format("Role \"{}\": this name is reserved by the server.", name));
    return false;
  }
  return true;
}

}  // namespace

void plan_roles(Work& work) {
  for (const pg_spec::AbsentRole& each : work.spec.absent_roles) {
    const Role* role = work.names.role(each.name);
    if (role == nullptr) continue;
    if (role->oid == work.executor.self()) {
      work.refuse(fmt::format("Role {} is to be dropped, and runs the plan.", each.name));
    }
    work.absent[role->oid] = 0;
  }
  for (const pg_spec::Role& declared : work.spec.roles) {
    Mode mode = declared.mode.value_or(work.spec.mode);
    const Role* present = work.names.role(declared.name);
    if (present) {
      Role copy = *present;  // `after` is about to change
      alter(work, declared, mode, copy);
    } else if (good_name(work, declared.name)) {
      create(work, declared, mode);
    }
    if (const Role* role = work.names.role(declared.name)) work.declared[role->oid] = mode;
  }
  for (const std::string& name : work.spec.external_roles) {
    if (const Role* role = work.names.role(name)) work.external.insert(role->oid);
  }
  for (const pg_spec::AbsentRole& each : work.spec.absent_roles) {
    const Role* role = work.names.role(each.name);
    if (role == nullptr || each.reassign_to.empty()) continue;
    if (auto heir = work.find_role(each.reassign_to, "reassign_to of " + each.name)) work.absent[role->oid] = *heir;
  }
}

}  // namespace pg_plan

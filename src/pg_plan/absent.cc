// Roles that shall not be: what they own goes to their heir, what they were given is taken by whoever gave it, policies
// forget them, and then they are dropped. A role is known to the whole cluster, so every database must have been looked
// into: DROP ROLE fails for rights that nobody saw (Vault #1857, terraform-provider-postgresql #203, #435, #613).
//
// Grants, default privileges and memberships are left to their own passes, which see the role as absent. Sessions are
// ended by the one who runs the plan.

#include <algorithm>

#include <fmt/format.h>

#include "pg_model/quote.h"
#include "pg_plan/work.h"

namespace pg_plan {
namespace {

using pg_model::Database;
using pg_model::identifier;
using pg_model::Kind;
using pg_model::Object;
using pg_model::Oid;

bool refuse_unseen(Work& work) {
  std::vector<std::string> unseen;
  for (const Database& database : work.before.databases) {
    if (!database.inspected && database.allows_connections) unseen.push_back(database.self.name);
  }
  if (unseen.empty()) return false;
  work.refuse(fmt::format(
      "Roles are to be dropped, and these databases were not inspected, where they may own something or have rights: "
      "{}.",
      join(unseen)));
  return true;
}

std::vector<std::string> owned_by(const Work& work, Oid role) {
  std::vector<std::string> found;
  auto look = [&](const Object& object, const std::string& where) {
    if (object.owner != role || object.kind == Kind::kColumn) return;
    found.push_back(fmt::format("{} {}{}", pg_model::name(object.kind), plain(object), where));
  };
  for (const Object& object : work.after.shared) look(object, "");
  for (const Database& database : work.after.databases) {
    look(database.self, "");
    for (const Object& object : database.objects) look(object, " in " + database.self.name);
  }
  return found;
}

// REASSIGN OWNED asks for the rights of both. One of them acts, having the other's for that moment.
void act_for_both(const Work& work, Step& step, Oid role, Oid heir) {
  if (work.executor.superuser()) return;
  const Graph& graph = work.executor.graph();
  step.actor = role;
  if (graph.reaches(role, heir, Way::kInherit)) return;
  if (graph.reaches(heir, role, Way::kInherit)) {
    step.actor = heir;
    return;
  }
  if (work.major() < 16 || heir == work.executor.self()) {
    step.actor = 0;  // as itself: a member of both, and inheriting
    step.borrow = {role, heir};
    if (!work.executor.role().inherit && work.major() < 16) step.missing = "the executor is NOINHERIT";
    return;
  }
  std::string to = work.names.quoted(heir), from = work.names.quoted(role);
  if (!work.executor.may_grant(*work.role(heir)) || graph.reaches(heir, role, Way::kAny)) {
    step.missing =
        fmt::format("the executor cannot make {} a member of {}", work.names.plain(role), work.names.plain(heir));
    return;
  }
  step.temporaries.push_back({.grant = fmt::format("GRANT {} TO {} WITH INHERIT TRUE, SET TRUE", to, from),
                              .undo = fmt::format("REVOKE {} FROM {}", to, from),
                              .reason = "to hand over what it owns",
                              .brief = true});
}

// REASSIGN OWNED spares tables the checks of ALTER ... OWNER TO, and nothing else: the heir needs CREATE where routines
// and types are, and who acts needs it on the database for schemas.
void give_create(const Work& work, Step& step, const Database& database, Oid role, Oid heir) {
  if (work.executor.superuser()) return;
  std::set<std::string> schemas;
  bool owns_schema = false;
  for (const Object& object : database.objects) {
    if (object.owner != role) continue;
    owns_schema = owns_schema || object.kind == Kind::kSchema;
    bool checked = !is_relation(object.kind) && object.kind != Kind::kColumn;
    if (checked && !object.schema.empty()) schemas.insert(object.schema);
  }
  auto give = [&](const Object& on, Oid to) {
    if (holds(work, on, to, pg_model::kCreate)) return;
    std::string right = fmt::format("CREATE ON {} {}", grant_word(on.kind), reference(on)), who = work.names.quoted(to);
    // The owner of its own schema gives it to the next owner, whose it is from then on.
    step.temporaries.push_back({.grant = fmt::format("GRANT {} TO {}", right, who),
                                .undo = on.owner == role ? "" : fmt::format("REVOKE {} FROM {}", right, who),
                                .reason = "an owner needs it for that moment",
                                .actor = on.owner,
                                .brief = true});
  };
  for (const std::string& name : schemas) {
    if (const Object* schema = find_schema(database, name)) give(*schema, heir);
  }
  if (owns_schema) give(database.self, step.actor == 0 ? work.executor.self() : step.actor);
}

void reassign(Work& work, Oid role, Oid heir) {
  for (std::size_t index = 0; index < work.before.databases.size(); ++index) {
    Database& database = work.after.databases[index];
    if (!database.inspected) continue;
    int stage = kDatabases + static_cast<int>(index);
    Step step{.stage = stage, .phase = kReassign, .risk = Risk::kHigh};
    step.sql = fmt::format("REASSIGN OWNED BY {} TO {}", work.names.quoted(role), work.names.quoted(heir));
    step.reason = fmt::format("{} is to be dropped", work.names.plain(role));
    act_for_both(work, step, role, heir);
    give_create(work, step, database, role, heir);
    work.script.add(std::move(step));
    // What is left after that is rights, also on things that are not inspected.
    work.script.add({.stage = stage,
                     .phase = kLast,
                     .actor = role,
                     .sql = "DROP OWNED BY " + work.names.quoted(role),
                     .reason = "takes what rights are left; it owns nothing any more",
                     .risk = Risk::kLow});
    for (Object& object : database.objects) {
      if (object.owner != role) continue;
      work.changed.insert({index, object.oid});
      rewrite_owner(object, heir, work.major());
    }
  }
  for (Object& object : work.after.shared) {
    if (object.owner == role) rewrite_owner(object, heir, work.major());
  }
  for (Database& database : work.after.databases) {
    if (database.self.owner == role) rewrite_owner(database.self, heir, work.major());
  }
}

void forget_in_policies(Work& work, Oid role) {
  for (std::size_t index = 0; index < work.before.databases.size(); ++index) {
    Database& database = work.after.databases[index];
    std::erase_if(database.policies, [&](pg_model::Policy& policy) {
      if (std::erase(policy.roles, role) == 0) return false;
      auto table = std::ranges::find_if(database.objects, [&](const Object& object) {
        return object.oid == policy.table && object.kind != Kind::kColumn && is_relation(object.kind);
      });
      if (table == database.objects.end()) return false;
      Step step{.stage = kDatabases + static_cast<int>(index), .phase = kRowSecurity, .actor = table->owner};
      step.reason = fmt::format("{} is to be dropped", work.names.plain(role));
      step.risk = Risk::kLow;
      std::string on = identifier(policy.name) + " ON " + reference(*table);
      std::vector<std::string> left;
      for (Oid each : policy.roles) left.push_back(work.names.quoted(each));
      step.sql = left.empty() ? "DROP POLICY " + on : "ALTER POLICY " + on + " TO " + join(left);
      if (left.empty()) step.risk = Risk::kHigh;
      work.script.add(std::move(step));
      return left.empty();
    });
  }
}

}  // namespace

void plan_absent(Work& work) {
  if (work.absent.empty() || refuse_unseen(work)) return;
  // In the order of the document, not of a table of hashes.
  for (const pg_spec::AbsentRole& each : work.spec.absent_roles) {
    const pg_model::Role* role = work.names.role(each.name);
    if (role == nullptr) continue;
    Oid heir = work.absent[role->oid];
    std::vector<std::string> owned = owned_by(work, role->oid);
    if (!owned.empty() && heir == 0) {
      std::size_t count = owned.size();
      owned.resize(std::min<std::size_t>(count, 5));
      work.refuse(fmt::format("Role {} owns {} objects ({}{}): say who gets them (reassign_to).", each.name, count,
                              join(owned), count > 5 ? ", ..." : ""));
      continue;
    }
    if (heir != 0 && work.absent.contains(heir)) {
      work.refuse(fmt::format("Role {} is to get what {} owns, and is to be dropped itself.", work.names.plain(heir),
                              each.name));
      continue;
    }
    if (heir != 0) reassign(work, role->oid, heir);
    forget_in_policies(work, role->oid);
    std::erase_if(work.after.settings, [&](const pg_model::Setting& setting) { return setting.role == role->oid; });
    work.script.add({.stage = kDrops,
                     .phase = kLast,
                     .sql = "DROP ROLE " + identifier(each.name),
                     .reason = "declared as absent",
                     .risk = Risk::kHigh,
                     .missing = work.executor.may_alter(*role) ? "" : "the executor may not drop this role"});
  }
}

}  // namespace pg_plan

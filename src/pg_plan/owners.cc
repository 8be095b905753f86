// Owners. A non-superuser who gives an object away must have the old owner's rights, be able to become the new one, and
// the new one needs CREATE where the object is. So it acts as the old owner, who is for that moment a member of the new
// one (and not the other way round: nothing that the executor inherits is ever needed).

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "pg_model/quote.h"
#include "pg_plan/match.h"
#include "pg_plan/work.h"

namespace pg_plan {
namespace {

using pg_model::Grant;
using pg_model::identifier;
using pg_model::Kind;
using pg_model::Object;
using pg_model::Oid;

}  // namespace

void rewrite_owner(Object& object, Oid owner, int major) {
  Oid old = object.owner;
  object.owner = owner;
  if (object.acl_is_default) {
    object.grants = pg_model::default_grants(object.kind, owner, major);
    return;
  }
  std::vector<Grant> merged;
  for (Grant grant : object.grants) {
    if (grant.grantee == old) grant.grantee = owner;
    if (grant.grantor == old) grant.grantor = owner;
    auto same = std::ranges::find_if(
        merged, [&](const Grant& each) { return each.grantee == grant.grantee && each.grantor == grant.grantor; });
    if (same == merged.end()) {
      merged.push_back(grant);
    } else {
      same->privileges |= grant.privileges;
      same->with_grant_option |= grant.with_grant_option;
    }
  }
  object.grants = std::move(merged);
}

Temporary usage_on_schema(const Work& work, std::size_t database, std::string_view schema, Oid role) {
  const Object* found = find_schema(work.after.databases[database], schema);
  if (found == nullptr || holds_meanwhile(work, database, *found, role, pg_model::kUsage)) return {};
  std::string right = "USAGE ON SCHEMA " + identifier(schema);
  return {.grant = fmt::format("GRANT {} TO {}", right, work.names.quoted(role)),
          .undo = fmt::format("REVOKE {} FROM {}", right, work.names.quoted(role)),
          .reason = fmt::format("{} must find the name", work.names.plain(role)),
          .actor = found->owner};
}

namespace {

void add_create(const Work& work, Step& step, const Object& object, std::size_t database, Oid old, Oid owner) {
  const pg_model::Database& where = work.after.databases[database];
  // A schema is made over by one who may make schemas; everything else goes to one who may have it there.
  Oid who = object.kind == Kind::kSchema ? old : owner;
  const Object* container = object.kind == Kind::kSchema ? &where.self : find_schema(where, object.schema);
  if (container == nullptr || holds_meanwhile(work, database, *container, who, pg_model::kCreate)) return;
  std::string right = fmt::format("CREATE ON {} {}", grant_word(container->kind), reference(*container));
  step.temporaries.push_back({.grant = fmt::format("GRANT {} TO {}", right, work.names.quoted(who)),
                              .undo = fmt::format("REVOKE {} FROM {}", right, work.names.quoted(who)),
                              .reason = "an owner needs it for that moment",
                              .actor = container->owner});
}

// Whom to act as, and the membership between the two that it takes.
void bridge(const Work& work, Step& step, Oid old, Oid owner) {
  const Graph& graph = work.executor.graph();
  step.actor = old;
  if (old == work.executor.self()) {
    step.become.push_back(owner);
    return;
  }
  if (graph.reaches(old, owner, Way::kSet)) return;
  if (graph.reaches(owner, old, Way::kInherit)) {
    step.actor = owner;  // it has the old owner's rights
    return;
  }
  const pg_model::Role* to = work.role(owner);
  if (owner == work.executor.self() || graph.reaches(owner, old, Way::kAny)) {
    step.actor = 0;  // as itself, having the old owner's rights for that moment
    step.borrow.push_back(old);
    step.become.push_back(owner);
    return;
  }
  if (!work.executor.may_grant(*to)) {
    step.missing = fmt::format("the executor cannot make {} a member of {}", work.names.plain(old), to->name);
    return;
  }
  std::string_view with = work.major() >= 16 ? " WITH INHERIT FALSE, SET TRUE" : "", option;
  if (work.executor.gave(owner, old)) {  // its row stays as it was
    with = " WITH SET TRUE";
    option = "SET OPTION FOR ";
  }
  step.temporaries.push_back(
      {.grant = fmt::format("GRANT {} TO {}{}", work.names.quoted(owner), work.names.quoted(old), with),
       .undo = fmt::format("REVOKE {}{} FROM {}", option, work.names.quoted(owner), work.names.quoted(old)),
       .reason = "to hand over what it owns",
       .actor = 0,
       .brief = true});
}

}  // namespace

void change_owner(Work& work, Step step, const Object& object, std::size_t database, Oid owner) {
  step.sql =
      fmt::format("ALTER {} {} OWNER TO {}", alter_word(object.kind), reference(object), work.names.quoted(owner));
  step.reason = fmt::format("owner is declared; was {}", work.names.plain(object.owner));
  step.risk = Risk::kLow;
  if (!work.executor.superuser()) {
    Oid old = object.owner;
    // Nobody can be made a member of pg_database_owner, nor it of anybody.
    if (work.names.plain(old) == "pg_database_owner") old = work.after.databases[database].self.owner;
    bridge(work, step, old, owner);
    add_create(work, step, object, database, old, owner);
    if (!object.schema.empty()) {
      Temporary usage = usage_on_schema(work, database, object.schema, step.actor == 0 ? old : step.actor);
      if (!usage.grant.empty()) step.temporaries.push_back(std::move(usage));
    }
    if (object.kind == Kind::kForeignDataWrapper) step.missing = "only a superuser may own a foreign-data wrapper";
  }
  work.changed.insert({database, object.oid});
  work.script.add(std::move(step));
}

namespace {

// A table's columns go with it, and the sequences of its columns.
void rewrite_parts(std::vector<Object>& objects, const Object& table, int major) {
  if (!is_relation(table.kind)) return;
  for (Object& each : objects) {
    bool column = each.kind == Kind::kColumn && each.schema == table.schema && each.name == table.name;
    if (column || (each.kind == Kind::kSequence && each.part_of == table.oid)) rewrite_owner(each, table.owner, major);
  }
}

void bring_owners(Work& work, std::size_t database, const std::map<std::size_t, Oid>& wanted) {
  std::vector<Object>& objects = work.after.databases[database].objects;
  for (const auto& [index, owner] : wanted) {
    Object& object = objects[index];
    if (object.owner == owner || object.kind == Kind::kColumn || object.part_of != 0) continue;
    if (object.kind == Kind::kSchema) continue;  // by its own declaration
    change_owner(work, {.stage = kDatabases + static_cast<int>(database), .phase = kOwners}, object, database, owner);
    rewrite_owner(object, owner, work.major());
    rewrite_parts(objects, object, work.major());
  }
  for (const auto& [index, owner] : wanted) {
    const Object& object = objects[index];
    if (object.part_of == 0 || object.owner == owner) continue;
    work.warn(fmt::format("Sequence {} belongs to a column, and so to its table's owner, {}; not to {}, as declared.",
                          plain(object), work.names.plain(object.owner), work.names.plain(owner)));
  }
}

}  // namespace

void plan_owners(Work& work) {
  std::vector<std::map<std::size_t, Oid>> wanted(work.after.databases.size());
  Matcher matcher(work);
  for (const pg_spec::Owner& each : work.spec.owners) {
    auto owner = work.find_role(each.role, "Owner");
    if (!owner) continue;
    if (*owner == pg_model::kPublic) {
      work.refuse("PUBLIC cannot own anything.");
      continue;
    }
    for (const auto& [database, object] : matcher.find(each.of)) {
      if (database != kShared && object != kSelf) wanted[database][object] = *owner;
    }
  }
  for (std::size_t database = 0; database < wanted.size(); ++database) bring_owners(work, database, wanted[database]);
}

}  // namespace pg_plan

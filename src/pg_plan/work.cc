#include "pg_plan/work.h"

#include <algorithm>

#include <fmt/format.h>

#include "pg_model/quote.h"

namespace pg_plan {

using pg_model::Object;
using pg_model::Oid;
using pg_model::Privileges;
using pg_model::Role;

Work::Work(const pg_model::Cluster& cluster, const pg_spec::Spec& specification)
    : before(cluster),
      spec(specification),
      after(cluster),
      names(after.roles),
      executor(cluster),
      script(after, names, executor) {}

std::optional<Oid> Work::find_role(std::string_view name, std::string_view where) {
  if (name == "PUBLIC") return pg_model::kPublic;
  if (const Role* found = names.role(name)) return found->oid;
  std::string hint = name == "rds_iam" ? " Logins by IAM tokens are a feature of Amazon RDS and Aurora." : "";
  refuse(fmt::format("{}: there is no role {}, and none is declared.{}", where, name, hint));
  return std::nullopt;
}

Oid Work::add_role(Role role) {
  Oid oid = role.oid;
  after.roles.push_back(std::move(role));
  names.add(after.roles.size() - 1);
  return oid;
}

void Work::warn(std::string what) {
  if (plan.warnings.size() < kWarningsMax) plan.warnings.push_back(std::move(what));
}

void Work::unmanaged(std::string what) {
  if (plan.unmanaged.size() < kUnmanagedMax) plan.unmanaged.push_back(std::move(what));
}

std::size_t Work::database_index(std::string_view name) const {
  for (std::size_t index = 0; index < after.databases.size(); ++index) {
    if (after.databases[index].self.name == name) return index;
  }
  return kNone;
}

const Object* find_schema(const pg_model::Database& database, std::string_view name) {
  for (const Object& object : database.objects) {
    if (object.kind == pg_model::Kind::kSchema && object.name == name) return &object;
  }
  return nullptr;
}

bool holds(const Work& work, const Object& object, Oid role, Privileges privileges) {
  const std::vector<Oid>& roles = work.executor.graph().reachable(role, Way::kInherit);
  if (const Role* self = work.role(role); self && self->superuser) return true;
  Privileges found = 0;
  for (const pg_model::Grant& grant : object.grants) {
    if (grant.grantee == pg_model::kPublic || std::ranges::find(roles, grant.grantee) != roles.end()) {
      found |= grant.privileges;
    }
  }
  return (found & privileges) == privileges;
}

bool holds_meanwhile(const Work& work, std::size_t database, const Object& object, Oid role, Privileges privileges) {
  if (holds(work, object, role, privileges)) return true;
  auto earlier = work.earlier.find({database, object.oid});
  return earlier != work.earlier.end() && holds(work, earlier->second, role, privileges);
}

}  // namespace pg_plan

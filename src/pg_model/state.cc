#include "pg_model/state.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace pg_model {
namespace {

constexpr std::array kKinds{
    std::pair{Kind::kDatabase, std::string_view("database")},
    std::pair{Kind::kTablespace, std::string_view("tablespace")},
    std::pair{Kind::kParameter, std::string_view("parameter")},
    std::pair{Kind::kSchema, std::string_view("schema")},
    std::pair{Kind::kTable, std::string_view("table")},
    std::pair{Kind::kView, std::string_view("view")},
    std::pair{Kind::kMaterializedView, std::string_view("materialized view")},
    std::pair{Kind::kForeignTable, std::string_view("foreign table")},
    std::pair{Kind::kSequence, std::string_view("sequence")},
    std::pair{Kind::kFunction, std::string_view("function")},
    std::pair{Kind::kProcedure, std::string_view("procedure")},
    std::pair{Kind::kType, std::string_view("type")},
    std::pair{Kind::kDomain, std::string_view("domain")},
    std::pair{Kind::kLanguage, std::string_view("language")},
    std::pair{Kind::kForeignDataWrapper, std::string_view("foreign-data wrapper")},
    std::pair{Kind::kForeignServer, std::string_view("foreign server")},
    std::pair{Kind::kLargeObject, std::string_view("large object")},
    std::pair{Kind::kColumn, std::string_view("column")},
};

constexpr std::array<std::string_view, 15> kPrivilegeNames{
    "INSERT", "SELECT", "UPDATE",    "DELETE",  "TRUNCATE", "REFERENCES",   "TRIGGER", "EXECUTE",
    "USAGE",  "CREATE", "TEMPORARY", "CONNECT", "SET",      "ALTER SYSTEM", "MAINTAIN"};

}  // namespace

const Role* Cluster::role(Oid oid) const {
  auto found = std::ranges::find(roles, oid, &Role::oid);
  return found == roles.end() ? nullptr : &*found;
}

const Role* Cluster::role(std::string_view name) const {
  auto found = std::ranges::lower_bound(roles, name, {}, &Role::name);
  return found == roles.end() || found->name != name ? nullptr : &*found;
}

const Database* Cluster::database(std::string_view name) const {
  auto found = std::ranges::lower_bound(databases, name, {},
                                        [](const Database& each) -> std::string_view { return each.self.name; });
  return found == databases.end() || found->self.name != name ? nullptr : &*found;
}

std::string_view name(Kind kind) {
  for (const auto& [each, word] : kKinds) {
    if (each == kind) return word;
  }
  return "object";
}

std::optional<Kind> parse_kind(std::string_view word) {
  for (const auto& [kind, each] : kKinds) {
    if (each == word) return kind;
  }
  return std::nullopt;
}

std::string name_of(Privileges one) {
  for (std::size_t bit = 0; bit < kPrivilegeNames.size(); ++bit) {
    if (one == 1U << bit) return std::string(kPrivilegeNames[bit]);
  }
  return {};
}

std::vector<std::string> names_of(Privileges privileges) {
  std::vector<std::string> names;
  for (std::size_t bit = 0; bit < kPrivilegeNames.size(); ++bit) {
    if (privileges & (1U << bit)) names.emplace_back(kPrivilegeNames[bit]);
  }
  return names;
}

Privileges all_privileges(Kind kind, int major) {
  switch (kind) {
    case Kind::kDatabase:
      return kCreate | kTemporary | kConnect;
    case Kind::kTablespace:
      return kCreate;
    case Kind::kParameter:
      return kSet | kAlterSystem;
    case Kind::kSchema:
      return kUsage | kCreate;
    case Kind::kTable:
    case Kind::kView:
    case Kind::kMaterializedView:
    case Kind::kForeignTable: {
      Privileges all = kInsert | kSelect | kUpdate | kDelete | kTruncate | kReferences | kTrigger;
      return major >= 17 ? all | kMaintain : all;
    }
    case Kind::kSequence:
      return kSelect | kUpdate | kUsage;
    case Kind::kFunction:
    case Kind::kProcedure:
      return kExecute;
    case Kind::kType:
    case Kind::kDomain:
    case Kind::kLanguage:
    case Kind::kForeignDataWrapper:
    case Kind::kForeignServer:
      return kUsage;
    case Kind::kLargeObject:
      return kSelect | kUpdate;
    case Kind::kColumn:
      return kInsert | kSelect | kUpdate | kReferences;
  }
  return 0;
}

std::optional<Privileges> parse_privilege(std::string_view word) {
  if (base::equal_ignoring_case(word, "TEMP")) return kTemporary;
  for (std::size_t bit = 0; bit < kPrivilegeNames.size(); ++bit) {
    if (base::equal_ignoring_case(word, kPrivilegeNames[bit])) return static_cast<Privileges>(1U << bit);
  }
  return std::nullopt;
}

std::vector<Grant> default_grants(Kind kind, Oid owner, int major) {
  Privileges everybody = 0;
  if (kind == Kind::kDatabase) everybody = kTemporary | kConnect;
  if (kind == Kind::kFunction || kind == Kind::kProcedure) everybody = kExecute;
  if (kind == Kind::kType || kind == Kind::kDomain || kind == Kind::kLanguage) everybody = kUsage;
  std::vector<Grant> grants;
  if (everybody != 0) grants.push_back({.grantee = kPublic, .grantor = owner, .privileges = everybody});
  // A column's own ACL starts empty: its table's holds there too.
  if (kind == Kind::kColumn) return grants;
  grants.push_back({.grantee = owner, .grantor = owner, .privileges = all_privileges(kind, major)});
  return grants;
}

}  // namespace pg_model

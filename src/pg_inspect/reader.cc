#include "pg_inspect/reader.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace pg_inspect {
namespace {

using pg_model::Kind;
using pg_model::Object;
using pg_model::Oid;

Oid oid_of(const pg::Rows& row, int column) { return static_cast<Oid>(row.number(0, column)); }

std::optional<Kind> kind_of(std::string_view letter) {
  switch (letter.empty() ? '\0' : letter.front()) {
    case 'd':
      return Kind::kDatabase;
    case 't':
      return Kind::kTablespace;
    case 'g':
      return Kind::kParameter;
    case 'n':
      return Kind::kSchema;
    case 'r':
    case 'p':
      return Kind::kTable;
    case 'v':
      return Kind::kView;
    case 'm':
      return Kind::kMaterializedView;
    case 'f':
      return Kind::kForeignTable;
    case 'S':
      return Kind::kSequence;
    case 'F':
      return Kind::kFunction;
    case 'P':
      return Kind::kProcedure;
    case 'T':
      return Kind::kType;
    case 'D':
      return Kind::kDomain;
    case 'L':
      return Kind::kLanguage;
    case 'W':
      return Kind::kForeignDataWrapper;
    case 'X':
      return Kind::kForeignServer;
    case 'O':
      return Kind::kLargeObject;
    case 'c':
      return Kind::kColumn;
    default:
      return std::nullopt;
  }
}

// Letters of pg_default_acl.defaclobjtype.
std::optional<Kind> default_kind_of(std::string_view letter) {
  switch (letter.empty() ? '\0' : letter.front()) {
    case 'r':
      return Kind::kTable;
    case 'S':
      return Kind::kSequence;
    case 'f':
      return Kind::kFunction;
    case 'T':
      return Kind::kType;
    case 'n':
      return Kind::kSchema;
    case 'L':
      return Kind::kLargeObject;
    default:
      return std::nullopt;
  }
}

std::string command_of(std::string_view letter) {
  switch (letter.empty() ? '\0' : letter.front()) {
    case 'r':
      return "SELECT";
    case 'a':
      return "INSERT";
    case 'w':
      return "UPDATE";
    case 'd':
      return "DELETE";
    default:
      return "ALL";
  }
}

tl::unexpected<base::Error> unknown_letter(std::string_view what, std::string_view letter) {
  return base::fail(base::Code::kImpossible,
                    fmt::format("This PostgreSQL has {} of a kind that is not known here ({}).", what, letter));
}

auto place_of(const Object& object) {
  return std::make_tuple(object.kind != Kind::kSchema, std::string_view(object.schema), std::string_view(object.name),
                         object.kind, std::string_view(object.column), object.oid);
}

}  // namespace

Reader::Reader(pg_model::Cluster& cluster) : cluster_(cluster), is_new_(cluster.roles.empty()) {
  for (const pg_model::Role& role : cluster.roles) names_.add(role.name, role.oid);
}

base::Result<void> Reader::take(Part part, const pg::Rows& row) {
  switch (part) {
    case Part::kFrame:
      break;
    case Part::kServer:
      take_server(row);
      break;
    case Part::kRole:
      take_role(row);
      break;
    case Part::kMembership:
      take_membership(row);
      break;
    case Part::kSetting:
      take_setting(row);
      break;
    case Part::kDatabase:
      return take_database(row);
    case Part::kObject:
      return take_object(row);
    case Part::kDefault:
      return take_default(row);
    case Part::kPartOf:
      part_of_.emplace(oid_of(row, 0), oid_of(row, 1));
      break;
    case Part::kPolicy:
      return take_policy(row);
    case Part::kExtension:
      inside_.extensions.push_back(
          {std::string(row.text(0, 0)), std::string(row.text(0, 1)), std::string(row.text(0, 2))});
      break;
  }
  return {};
}

void Reader::take_server(const pg::Rows& row) {
  system_identifier_ = row.text(0, 1);
  database_ = oid_of(row, 6);
  if (!is_new_) return;
  pg_model::Server& server = cluster_.server;
  server.version = static_cast<int>(row.number(0, 0));
  server.system_identifier = system_identifier_;
  server.in_recovery = row.truth(0, 2);
  if (row.at(0, 3)) server.scram_iterations = static_cast<int>(row.number(0, 3));
  server.current_user = oid_of(row, 4);
  server.current_database = row.text(0, 5);
}

void Reader::take_role(const pg::Rows& row) {
  pg_model::Role role;
  role.oid = oid_of(row, 0);
  role.name = row.text(0, 1);
  role.superuser = row.truth(0, 2);
  role.inherit = row.truth(0, 3);
  role.createrole = row.truth(0, 4);
  role.createdb = row.truth(0, 5);
  role.login = row.truth(0, 6);
  role.replication = row.truth(0, 7);
  role.bypass_rls = row.truth(0, 8);
  role.connection_limit = static_cast<int>(row.number(0, 9));
  role.valid_until = row.text(0, 10);
  role.comment = row.text(0, 11);
  names_.add(role.name, role.oid);
  if (role.name == "rds_superuser") cluster_.server.like_rds = true;
  cluster_.roles.push_back(std::move(role));
}

void Reader::take_membership(const pg::Rows& row) {
  cluster_.memberships.push_back({.role = oid_of(row, 0),
                                  .member = oid_of(row, 1),
                                  .grantor = oid_of(row, 2),
                                  .admin = row.truth(0, 3),
                                  .inherit = row.truth(0, 4),
                                  .set = row.truth(0, 5)});
}

void Reader::take_setting(const pg::Rows& row) {
  const std::string_view entry = row.text(0, 2);
  const std::size_t end = std::min(entry.find('='), entry.size());
  cluster_.settings.push_back({.role = oid_of(row, 0),
                               .database = oid_of(row, 1),
                               .name = std::string(entry.substr(0, end)),
                               .value = std::string(entry.substr(std::min(end + 1, entry.size())))});
}

base::Result<Object> Reader::object_of(const pg::Rows& row) {
  const std::optional<Kind> kind = kind_of(row.text(0, kKind));
  if (!kind) return unknown_letter("an object", row.text(0, kKind));
  Object object;
  object.kind = *kind;
  object.oid = oid_of(row, kOid);
  object.schema = row.text(0, kSchema);
  object.name = row.text(0, kName);
  object.column = row.text(0, kColumn);
  object.owner = oid_of(row, kOwner);
  const std::optional<std::string_view> acl = row.at(0, kAcl);
  object.acl_is_default = !acl;
  object.grants =
      acl ? TRY(parse_acl(*acl, names_)) : pg_model::default_grants(object.kind, object.owner, cluster_.server.major());
  object.row_security = row.truth(0, kRowSecurity);
  object.force_row_security = row.truth(0, kForced);
  object.of_extension = row.truth(0, kOfExtension);
  object.comment = row.text(0, kComment);
  return object;
}

base::Result<void> Reader::take_database(const pg::Rows& row) {
  pg_model::Database database;
  database.self = TRY(object_of(row));
  database.connection_limit = static_cast<int>(row.number(0, kComment + 1));
  database.is_template = row.truth(0, kComment + 2);
  database.allows_connections = row.truth(0, kComment + 3);
  cluster_.databases.push_back(std::move(database));
  return {};
}

base::Result<void> Reader::take_object(const pg::Rows& row) {
  Object object = TRY(object_of(row));
  const bool is_shared = object.kind == Kind::kTablespace || object.kind == Kind::kParameter;
  (is_shared ? cluster_.shared : inside_.objects).push_back(std::move(object));
  return {};
}

base::Result<void> Reader::take_default(const pg::Rows& row) {
  const std::optional<Kind> kind = default_kind_of(row.text(0, 2));
  if (!kind) return unknown_letter("default privileges", row.text(0, 2));
  inside_.defaults.push_back({.creator = oid_of(row, 0),
                              .schema = oid_of(row, 1),
                              .kind = *kind,
                              .grants = TRY(parse_acl(row.text(0, 3), names_))});
  return {};
}

base::Result<void> Reader::take_policy(const pg::Rows& row) {
  pg_model::Policy policy;
  policy.table = oid_of(row, 0);
  policy.name = row.text(0, 1);
  policy.command = command_of(row.text(0, 2));
  policy.permissive = row.truth(0, 3);
  for (const std::string& digits : TRY(parse_array(row.text(0, 4)))) {
    Oid role = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), role);
    policy.roles.push_back(role);
  }
  policy.using_expression = row.text(0, 5);
  policy.check_expression = row.text(0, 6);
  inside_.policies.push_back(std::move(policy));
  return {};
}

base::Result<void> Reader::finish() {
  const auto database = std::ranges::find_if(
      cluster_.databases, [this](const pg_model::Database& each) { return each.self.oid == database_; });
  if (database == cluster_.databases.end() || system_identifier_ != cluster_.server.system_identifier) {
    return base::fail(base::Code::kConflict,
                      "The database is none of those that the cluster had when it was inspected. Inspect again.");
  }
  for (Object& object : inside_.objects) {
    if (object.kind != pg_model::Kind::kSequence) continue;
    if (auto table = part_of_.find(object.oid); table != part_of_.end()) object.part_of = table->second;
  }
  std::ranges::sort(inside_.objects, [](const Object& l, const Object& r) { return place_of(l) < place_of(r); });
  std::ranges::sort(inside_.defaults, {}, [](const pg_model::DefaultPrivileges& each) {
    return std::make_tuple(each.creator, each.schema, each.kind);
  });
  std::ranges::sort(inside_.policies, {}, [](const pg_model::Policy& each) {
    return std::make_pair(each.table, std::string_view(each.name));
  });
  std::ranges::sort(inside_.extensions, {}, &pg_model::Extension::name);
  database->inspected = true;
  database->objects = std::move(inside_.objects);
  database->objects.shrink_to_fit();
  database->defaults = std::move(inside_.defaults);
  database->policies = std::move(inside_.policies);
  database->extensions = std::move(inside_.extensions);
  if (!is_new_) return {};
  std::ranges::sort(cluster_.roles, {}, &pg_model::Role::name);
  std::ranges::sort(cluster_.shared, [](const Object& l, const Object& r) { return place_of(l) < place_of(r); });
  std::ranges::sort(cluster_.databases, {},
                    [](const pg_model::Database& each) { return std::string_view(each.self.name); });
  return {};
}

}  // namespace pg_inspect

#include "pg_spec/writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "pg_spec/spec.h"

namespace pg_spec::internal {

using pg_model::Kind;
using pg_model::kPublic;

Writer::Writer(const pg_model::Cluster& of) : cluster(of) {
  for (const pg_model::Role& each : cluster.roles) {
    roles_.emplace(each.oid, &each);
    if (each.name == "PUBLIC") cannot_say("the role named PUBLIC in capitals: that word is everybody here");
  }
}

const pg_model::Role* Writer::role(pg_model::Oid oid) const {
  auto found = roles_.find(oid);
  return found == roles_.end() ? nullptr : found->second;
}

const std::string& Writer::name(pg_model::Oid oid) const {
  static const std::string everybody = "PUBLIC", nobody;
  if (oid == kPublic) return everybody;
  const pg_model::Role* found = role(oid);
  return found == nullptr || found->name == everybody ? nobody : found->name;
}

bool Writer::is_external(const pg_model::Role& role) const {
  const bool of_provider = cluster.server.like_rds && (role.name == "rdsadmin" || role.name.starts_with("rds_"));
  return role.superuser || role.name.starts_with("pg_") || of_provider || role.name == "PUBLIC";
}

void Writer::add_grants(const std::vector<pg_model::Grant>& grants, const std::string& where, HeldByRole& held) {
  for (const pg_model::Grant& each : grants) {
    const std::string& grantee = name(each.grantee);
    if (grantee.empty()) {
      cannot_say(fmt::format("{}: a grant to the role with OID {}", where, each.grantee));
      continue;
    }
    Held& its = held[grantee];
    its.has |= each.privileges;
    its.with_option |= each.with_grant_option;
  }
}

HeldByRole Writer::held(const pg_model::Object& object) {
  HeldByRole held;
  add_grants(object.grants, fmt::format("{} {}", pg_model::name(object.kind), object.name), held);
  for (const pg_model::Grant& standard : pg_model::default_grants(object.kind, object.owner, major())) {
    const std::string& grantee = name(standard.grantee);
    if (grantee.empty()) continue;
    Held& its = held[grantee];
    its.has_not = standard.privileges & ~its.has;
    if (standard.grantee != kPublic) its.has = its.with_option = 0;  // the owner's own
  }
  std::erase_if(held, [](const auto& each) { return each.second.nothing(); });
  return held;
}

HeldByRole Writer::held(const pg_model::DefaultPrivileges& defaults) {
  HeldByRole held;
  add_grants(defaults.grants, "default privileges of " + name(defaults.creator), held);
  if (defaults.schema == 0) {
    for (const pg_model::Grant& standard : pg_model::default_grants(defaults.kind, defaults.creator, major())) {
      Held& its = held[name(standard.grantee)];
      its.has_not = standard.privileges & ~its.has;
      if (standard.grantee != kPublic) its.has = its.with_option = 0;
    }
  }
  std::erase_if(held, [](const auto& each) { return each.second.nothing() || each.first.empty(); });
  return held;
}

Node Writer::rights(const Held& held, Kind kind, int major, bool of_everybody) {
  const pg_model::Privileges all = pg_model::all_privileges(kind, major);
  auto words = [&](pg_model::Privileges plain, pg_model::Privileges with_option) {
    Node list = list_node();
    // ALL is shorter where there is much of it.
    const bool is_long = pg_model::names_of(all).size() > 2;
    auto add_words = [&](pg_model::Privileges some, std::string_view suffix) {
      if (some == all && is_long) {
        list.items.push_back(plain_node(fmt::format("ALL{}", suffix)));
      } else {
        for (const std::string& each : pg_model::names_of(some))
          list.items.push_back(plain_node(each + std::string(suffix)));
      }
    };
    add_words(plain, "");
    add_words(with_option, " WITH GRANT OPTION");
    return list.items.size() == 1 ? list.items.front() : list;
  };
  Node has = words(held.has & ~held.with_option, held.with_option);
  if (held.has_not == 0) return has;
  pg_model::Privileges whole = all;  // what it could have by PostgreSQL's own default
  if (kind == Kind::kDatabase && of_everybody) whole = pg_model::kTemporary | pg_model::kConnect;
  if (held.has == 0 && held.has_not == whole) return plain_node("NONE");
  Node node = map_node();
  if (held.has != 0) add(node, "grant", std::move(has));
  add(node, "revoke", words(held.has_not, 0));
  return node;
}

Node Writer::privileges(const HeldByRole& held, Kind kind, int major) {
  Node node = map_node();
  for (const auto& [role, its] : held) add(node, role, rights(its, kind, major, role == "PUBLIC"));
  return node;
}

std::string Writer::header() const {
  std::string text = fmt::format(
      "# The database spec of the cluster {}, PostgreSQL {}.{}, as it was when this was written.\n"
      "# Format: docs/reference/database-spec.md\n",
      cluster.server.system_identifier, major(), cluster.server.version % 10000);
  if (!unsaid_.empty()) text += "#\n# Not said here:\n";
  for (const std::string& each : unsaid_) {
    std::string line = each;
    std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
    text += "# - " + line + "\n";
  }
  return text + "\n";
}

void Writer::write_shared(Node& root) {
  std::vector<const pg_model::Object*> parameters, tablespaces;
  for (const pg_model::Object& each : cluster.shared) {
    if (each.kind == Kind::kParameter) parameters.push_back(&each);
    const pg_model::Role* owner = role(each.owner);
    const bool of_server = each.acl_is_default && owner != nullptr && is_external(*owner);
    if (each.kind == Kind::kTablespace && !of_server) tablespaces.push_back(&each);
  }
  write_section(*this, root, "parameters", parameters, {}, {});
  write_section(*this, root, "tablespaces", tablespaces, {}, {});
}

}  // namespace pg_spec::internal

namespace pg_spec {

std::string write(const pg_model::Cluster& cluster) {
  using namespace internal;
  Writer writer(cluster);
  Node root = map_node();
  add(root, "mode", plain_node("adopt"));
  const bool usual = cluster.database("postgres") != nullptr;
  if (!usual) add(root, "maintenance_database", text_node(cluster.server.current_database));
  writer.write_roles(root);
  writer.write_shared(root);
  writer.write_databases(root);
  return writer.header() + yaml_text(root);
}

}  // namespace pg_spec

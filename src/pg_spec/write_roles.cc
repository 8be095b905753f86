// The writer's roles, memberships and settings.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "pg_spec/reader.h"
#include "pg_spec/writer.h"

namespace pg_spec::internal {
namespace {

using pg_model::Oid;

constexpr Oid kBootstrapSuperuser = 10;

struct Edge {
  bool admin = false, inherit = false, set = false;
};
using Edges = std::map<std::pair<Oid, Oid>, Edge>;  // of role, member: whoever gave it

Edges edges_of(const pg_model::Cluster& cluster) {
  Edges edges;
  for (const pg_model::Membership& each : cluster.memberships) {
    // What 16 gives the creator of a role is the server's doing, and cannot be taken away.
    const bool implicit =
        cluster.server.major() >= 16 && each.grantor == kBootstrapSuperuser && each.admin && !each.inherit && !each.set;
    if (implicit) continue;
    Edge& edge = edges[{each.role, each.member}];
    edge.admin |= each.admin;
    edge.inherit |= each.inherit;
    edge.set |= each.set;
  }
  return edges;
}

std::set<Oid> owners_of(const pg_model::Cluster& cluster) {
  std::set<Oid> owners;
  for (const pg_model::Object& each : cluster.shared) owners.insert(each.owner);
  for (const pg_model::Database& database : cluster.databases) {
    owners.insert(database.self.owner);
    for (const pg_model::Object& each : database.objects) owners.insert(each.owner);
    for (const pg_model::DefaultPrivileges& each : database.defaults) owners.insert(each.creator);
  }
  return owners;
}

const pg_model::Database* database_of(const pg_model::Cluster& cluster, Oid oid) {
  for (const pg_model::Database& each : cluster.databases) {
    if (each.self.oid == oid) return &each;
  }
  return nullptr;
}

// Everything that is said of one role, gathered before it is written.
struct About {
  Node member_of = list_node(), members = list_node(), settings = map_node(), database_settings = map_node();
  std::string acts_as;
  bool iam_login = false;
};

struct Gathered {
  std::map<Oid, About> about;
  Edges edges;
};

bool is_plain_edge(const Edge& edge, const pg_model::Role& member, int major) {
  return !edge.admin && (major < 16 || (edge.inherit == member.inherit && edge.set));
}

Node membership_node(const Edge& edge, std::string_view key, const std::string& other, const pg_model::Role& member,
                     int major) {
  if (is_plain_edge(edge, member, major)) return text_node(other);
  Node node = map_node();
  add(node, std::string(key), text_node(other));
  if (edge.admin) add(node, "admin", plain_node("true"));
  if (major >= 16 && edge.inherit != member.inherit) add(node, "inherit", plain_node(edge.inherit ? "true" : "false"));
  if (major >= 16 && !edge.set) add(node, "set", plain_node("false"));
  return node;
}

void gather_settings(Writer& out, Gathered& gathered) {
  for (const pg_model::Setting& each : out.cluster.settings) {
    if (each.role == 0) continue;
    const pg_model::Role* role = out.role(each.role);
    if (role == nullptr) continue;
    if (out.is_external(*role)) {
      out.cannot_say(fmt::format("settings of {}, which is managed elsewhere", role->name));
      continue;
    }
    About& about = gathered.about[each.role];
    if (each.database == 0) {
      const pg_model::Role* acts_as = each.name == "role" ? out.cluster.role(each.value) : nullptr;
      auto edge = acts_as == nullptr ? gathered.edges.end() : gathered.edges.find({acts_as->oid, each.role});
      const bool short_form = edge != gathered.edges.end() && role->login && !out.name(acts_as->oid).empty() &&
                              is_plain_edge(edge->second, *role, out.major());
      if (short_form) {
        about.acts_as = each.value;
      } else {
        add(about.settings, each.name, text_node(each.value));
      }
      continue;
    }
    const pg_model::Database* database = database_of(out.cluster, each.database);
    if (database == nullptr) continue;
    auto& of = about.database_settings.members;
    auto found = std::ranges::find(of, as_pattern(database->self.name), &Member::key);
    Node& node =
        found == of.end() ? add(about.database_settings, as_pattern(database->self.name), map_node()) : found->value;
    add(node, each.name, text_node(each.value));
  }
}

void gather_memberships(Writer& out, Gathered& gathered) {
  for (const auto& [ends, edge] : gathered.edges) {
    const pg_model::Role *role = out.role(ends.first), *member = out.role(ends.second);
    if (role == nullptr || member == nullptr || out.name(role->oid).empty() || out.name(member->oid).empty()) continue;
    if (!out.is_external(*member)) {
      About& about = gathered.about[member->oid];
      if (about.acts_as == role->name) continue;
      if (role->name == "rds_iam" && member->login && is_plain_edge(edge, *member, out.major())) {
        about.iam_login = true;
      } else {
        about.member_of.items.push_back(membership_node(edge, "role", role->name, *member, out.major()));
      }
    } else if (!out.is_external(*role)) {
      gathered.about[role->oid].members.items.push_back(
          membership_node(edge, "member", member->name, *member, out.major()));
    }
  }
}

Node role_node(Writer& out, const pg_model::Role& role, About about) {
  Node node = map_node();
  auto flag = [&](const char* key, bool value, bool usual) {
    if (value != usual) add(node, key, plain_node(value ? "true" : "false"));
  };
  if (!role.comment.empty()) add(node, "comment", text_node(role.comment));
  flag("inherit", role.inherit, true);
  flag("createrole", role.createrole, false);
  flag("createdb", role.createdb, false);
  flag("replication", role.replication, false);
  flag("bypass_rls", role.bypass_rls, false);
  if (role.connection_limit >= 0) add(node, "connection_limit", plain_node(std::to_string(role.connection_limit)));
  if (!role.valid_until.empty() && role.valid_until != "infinity") {
    if (utc_time(role.valid_until) == role.valid_until) {
      add(node, "valid_until", text_node(role.valid_until));
    } else {
      out.cannot_say(fmt::format("{} is valid until {}", role.name, role.valid_until));
    }
  }
  if (!about.acts_as.empty()) add(node, "acts_as", text_node(about.acts_as));
  if (about.iam_login) add(node, "iam_login", plain_node("true"));
  if (!about.member_of.items.empty()) add(node, "member_of", std::move(about.member_of));
  if (!about.members.items.empty()) add(node, "members", std::move(about.members));
  if (!about.settings.members.empty()) add(node, "settings", std::move(about.settings));
  if (!about.database_settings.members.empty()) add(node, "database_settings", std::move(about.database_settings));
  return node;
}

}  // namespace

void Writer::write_roles(Node& root) {
  Gathered gathered;
  gathered.edges = edges_of(cluster);
  gather_settings(*this, gathered);
  gather_memberships(*this, gathered);
  const std::set<Oid> owning = owners_of(cluster);
  Node external = list_node(), owners = map_node(), groups = map_node(), logins = map_node();
  for (const pg_model::Role& each : cluster.roles) {
    if (is_external(each)) {
      const bool needs_word = !each.name.starts_with("pg_") && !each.name.starts_with("rds_") &&
                              each.name != "rdsadmin" && each.name != "PUBLIC";
      if (needs_word) external.items.push_back(text_node(each.name));
      continue;
    }
    Node& where = each.login ? logins : owning.contains(each.oid) ? owners : groups;
    add(where, each.name, role_node(*this, each, std::move(gathered.about[each.oid])));
  }
  if (!external.items.empty()) add(root, "external_roles", std::move(external));
  if (!owners.members.empty()) add(root, "owners", std::move(owners));
  if (!groups.members.empty()) add(root, "groups", std::move(groups));
  if (!logins.members.empty()) add(root, "logins", std::move(logins));
}

}  // namespace pg_spec::internal

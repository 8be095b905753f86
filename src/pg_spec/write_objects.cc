// The writer's databases, schemas and objects. What all objects of a section have in common is said once, under "*";
// what is more stands by name.

#include <algorithm>

#include <fmt/format.h>

#include "pg_spec/reader.h"
#include "pg_spec/spec.h"
#include "pg_spec/writer.h"

namespace pg_spec::internal {
namespace {

using pg_model::Kind;
using pg_model::Object;
using Objects = std::vector<const Object*>;
using Policies = std::vector<const pg_model::Policy*>;

struct Entry {
  const Object* object = nullptr;
  std::string owner;
  HeldByRole held;
};

bool is_routine(Kind kind) { return kind == Kind::kFunction || kind == Kind::kProcedure; }
bool has_owner(Kind kind) { return kind != Kind::kParameter; }

// The pattern for exactly this object, as the reader takes it.
std::string key_of(const Object& object) {
  if (!is_routine(object.kind)) return as_pattern(object.name);
  std::string key = as_pattern(object.name);
  const bool as_it_is = key != object.name || (tidy_routine(key) == key && key.ends_with(')'));
  if (as_it_is) return key;
  std::string quoted = "\"";
  for (const char each : object.name) {
    quoted += each;
    if (each == '"') quoted += '"';
  }
  return quoted + '"';
}

// What of `held` is not in `common`.
HeldByRole without(const HeldByRole& held, const HeldByRole& common) {
  HeldByRole rest;
  for (const auto& [role, its] : held) {
    auto found = common.find(role);
    Held more = its;
    if (found != common.end()) {
      const Held& has = found->second;
      // A right that is common without its option is said again with it.
      const pg_model::Privileges said = has.has & ~(its.with_option & ~has.with_option);
      more.has &= ~said;
      more.with_option &= ~has.with_option;
      more.has_not &= ~has.has_not;
    }
    if (!more.nothing()) rest.emplace(role, more);
  }
  return rest;
}

HeldByRole common_of(const std::vector<Entry>& entries) {
  HeldByRole common = entries.front().held;
  for (const Entry& each : entries) {
    for (auto& [role, its] : common) {
      auto found = each.held.find(role);
      const Held other = found == each.held.end() ? Held{} : found->second;
      its.has &= other.has;
      its.with_option &= other.with_option;
      its.has_not &= other.has_not;
    }
    std::erase_if(common, [](const auto& one) { return one.second.nothing(); });
  }
  return common;
}

Node object_node(const std::string& owner, const HeldByRole& held, Kind kind, int major) {
  Node node = map_node();
  if (!owner.empty()) add(node, "owner", text_node(owner));
  if (!held.empty()) add(node, "privileges", Writer::privileges(held, kind, major));
  return node;
}

std::vector<Entry> entries_of(Writer& out, const Objects& objects, bool of_extension) {
  std::vector<Entry> entries;
  for (const Object* each : objects) {
    if (each->of_extension != of_extension) continue;
    Entry entry{each, has_owner(each->kind) ? out.name(each->owner) : "", out.held(*each)};
    if (of_extension) {
      // The extension's own: it is somebody's matter only where somebody else was given something.
      entry.owner.clear();
      const bool given =
          std::ranges::any_of(entry.held, [](const auto& one) { return one.first != "PUBLIC" && one.second.has != 0; });
      if (!given) continue;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

Node policy_node(Writer& out, const pg_model::Policy& policy) {
  Node node = map_node();
  if (policy.command != "ALL") add(node, "command", plain_node(policy.command));
  Node roles = list_node();
  for (const pg_model::Oid each : policy.roles) {
    if (const std::string& name = out.name(each); !name.empty()) roles.items.push_back(text_node(name));
  }
  const bool everybody = roles.items.size() == 1 && roles.items.front().text == "PUBLIC";
  if (!everybody) add(node, "to", std::move(roles));
  if (!policy.using_expression.empty()) add(node, "using", text_node(policy.using_expression));
  if (!policy.check_expression.empty()) add(node, "check", text_node(policy.check_expression));
  if (!policy.permissive) add(node, "restrictive", plain_node("true"));
  return node;
}

// Of a table what only tables have: columns, row security, policies.
struct Tables {
  std::map<std::string_view, Objects> columns;
  std::map<pg_model::Oid, Policies> policies;

  void complete(Writer& out, const Object& table, Node& node) const;
};

void Tables::complete(Writer& out, const Object& table, Node& node) const {
  if (auto found = columns.find(table.name); found != columns.end()) {
    Node all = map_node();
    for (const Object* each : found->second) {
      const HeldByRole held = out.held(*each);
      if (!held.empty()) add(all, as_pattern(each->column), Writer::privileges(held, Kind::kColumn, out.major()));
    }
    if (!all.members.empty()) add(node, "columns", std::move(all));
  }
  if (table.row_security) {
    add(node, "row_security", plain_node(table.force_row_security ? "forced" : "enabled"));
  } else if (table.force_row_security) {
    out.cannot_say(fmt::format("row security of {}.{} is forced, and not enabled", table.schema, table.name));
  }
  if (auto found = policies.find(table.oid); found != policies.end()) {
    Node all = map_node();
    for (const pg_model::Policy* each : found->second) add(all, each->name, policy_node(out, *each));
    add(node, "policies", std::move(all));
  }
}

// Of one section, or of one schema.
template <class Keep>
Objects some(const pg_model::Database& database, Keep keep) {
  Objects objects;
  for (const Object& each : database.objects) {
    if (keep(each)) objects.push_back(&each);
  }
  return objects;
}

}  // namespace

void write_section(Writer& out, Node& parent, const std::string& key, const Objects& objects, const Objects& columns,
                   const Policies& policies) {
  Tables tables;
  for (const Object* each : columns) tables.columns[each->name].push_back(each);
  for (const pg_model::Policy* each : policies) tables.policies[each->table].push_back(each);
  Node section = map_node();
  std::vector<Entry> entries = entries_of(out, objects, false);
  std::string owner;
  HeldByRole common;
  if (entries.size() > 1) {
    const std::string& first = entries.front().owner;
    if (std::ranges::all_of(entries, [&](const Entry& each) { return each.owner == first; })) owner = first;
    common = common_of(entries);
  }
  const bool has_pattern = !owner.empty() || !common.empty();
  if (has_pattern) add(section, "*", object_node(owner, common, entries.front().object->kind, out.major()));
  for (Entry& each : entries_of(out, objects, true)) entries.push_back(std::move(each));
  for (const Entry& each : entries) {
    const bool in_pattern = has_pattern && !each.object->of_extension;
    Node node = object_node(in_pattern && !owner.empty() ? "" : each.owner,
                            in_pattern ? without(each.held, common) : each.held, each.object->kind, out.major());
    tables.complete(out, *each.object, node);
    tables.columns.erase(each.object->name);
    if (!in_pattern || !node.members.empty()) add(section, key_of(*each.object), std::move(node));
  }
  for (const auto& [table, left] : tables.columns) {
    out.cannot_say(fmt::format("rights on columns of {}.{}, which is an extension's", left.front()->schema, table));
  }
  if (!section.members.empty()) add(parent, key, std::move(section));
}

namespace {

bool is_relation(Kind kind) {
  return kind == Kind::kTable || kind == Kind::kView || kind == Kind::kMaterializedView || kind == Kind::kForeignTable;
}

// By creator and kind, of one schema (0: of all).
void write_defaults(Writer& out, const pg_model::Database& database, pg_model::Oid schema, Node& parent) {
  constexpr std::pair<Kind, std::string_view> kKinds[] = {
      {Kind::kTable, "tables"}, {Kind::kSequence, "sequences"}, {Kind::kFunction, "routines"},
      {Kind::kType, "types"},   {Kind::kSchema, "schemas"},     {Kind::kLargeObject, "large_objects"}};
  std::map<std::string, Node> by_creator;
  for (const auto& [kind, key] : kKinds) {
    for (const pg_model::DefaultPrivileges& each : database.defaults) {
      if (each.schema != schema || each.kind != kind) continue;
      const std::string& creator = out.name(each.creator);
      const HeldByRole held = out.held(each);
      if (creator.empty() || held.empty()) continue;
      Node& node = by_creator.try_emplace(creator, map_node()).first->second;
      add(node, std::string(key), Writer::privileges(held, kind, out.major()));
    }
  }
  if (by_creator.empty()) return;
  Node all = map_node();
  for (auto& [creator, node] : by_creator) add(all, creator, std::move(node));
  add(parent, "default_privileges", std::move(all));
}

Node schema_node(Writer& out, const pg_model::Database& database, const Object& schema,
                 const std::map<std::string_view, Objects>& by_schema,
                 const std::map<pg_model::Oid, Policies>& policies) {
  Node node = map_node();
  if (const std::string& owner = out.name(schema.owner); !owner.empty() && !schema.of_extension)
    add(node, "owner", text_node(owner));
  if (!schema.comment.empty()) add(node, "comment", text_node(schema.comment));
  if (const HeldByRole held = out.held(schema); !held.empty()) {
    add(node, "privileges", Writer::privileges(held, Kind::kSchema, out.major()));
  }
  Objects relations, sequences, routines, types, columns;
  Policies of_tables;
  auto inside = by_schema.find(schema.name);
  for (const Object* each : inside == by_schema.end() ? Objects{} : inside->second) {
    if (is_relation(each->kind)) {
      relations.push_back(each);
      if (auto found = policies.find(each->oid); found != policies.end()) {
        of_tables.insert(of_tables.end(), found->second.begin(), found->second.end());
      }
    }
    if (each->kind == Kind::kSequence) sequences.push_back(each);
    if (is_routine(each->kind)) routines.push_back(each);
    if (each->kind == Kind::kType || each->kind == Kind::kDomain) types.push_back(each);
    if (each->kind == Kind::kColumn) columns.push_back(each);
  }
  write_section(out, node, "tables", relations, columns, of_tables);
  write_section(out, node, "sequences", sequences, {}, {});
  write_section(out, node, "routines", routines, {}, {});
  write_section(out, node, "types", types, {}, {});
  write_defaults(out, database, schema.oid, node);
  return node;
}

void write_inside(Writer& out, const pg_model::Database& database, Node& node) {
  Node extensions = map_node();
  for (const pg_model::Extension& each : database.extensions) {
    Node extension = map_node();
    if (!each.schema.empty()) add(extension, "schema", text_node(each.schema));
    if (!each.version.empty()) add(extension, "version", text_node(each.version));
    add(extensions, each.name, std::move(extension));
  }
  if (!extensions.members.empty()) add(node, "extensions", std::move(extensions));
  std::map<std::string_view, Objects> by_schema;
  for (const Object& each : database.objects) {
    if (each.kind != Kind::kSchema) by_schema[each.schema].push_back(&each);
  }
  std::map<pg_model::Oid, Policies> policies;
  for (const pg_model::Policy& each : database.policies) policies[each.table].push_back(&each);
  Node schemas = map_node();
  for (const Object& each : database.objects) {
    if (each.kind == Kind::kSchema)
      add(schemas, as_pattern(each.name), schema_node(out, database, each, by_schema, policies));
  }
  if (!schemas.members.empty()) add(node, "schemas", std::move(schemas));
  write_defaults(out, database, 0, node);
  auto of_kind = [&](Kind kind) { return some(database, [&](const Object& each) { return each.kind == kind; }); };
  write_section(out, node, "foreign_data_wrappers", of_kind(Kind::kForeignDataWrapper), {}, {});
  write_section(out, node, "foreign_servers", of_kind(Kind::kForeignServer), {}, {});
  write_section(out, node, "large_objects", of_kind(Kind::kLargeObject), {}, {});
  const Objects languages =
      some(database, [](const Object& each) { return each.kind == Kind::kLanguage && !each.acl_is_default; });
  write_section(out, node, "languages", languages, {}, {});
}

}  // namespace

void Writer::write_databases(Node& root) {
  Node databases = map_node();
  for (const pg_model::Database& each : cluster.databases) {
    if (each.is_template || !each.allows_connections) {
      cannot_say(fmt::format("the database {}, which is {}", each.self.name,
                             each.is_template ? "a template" : "closed to connections"));
      continue;
    }
    Node node = map_node();
    if (const std::string& owner = name(each.self.owner); !owner.empty()) add(node, "owner", text_node(owner));
    if (!each.self.comment.empty()) add(node, "comment", text_node(each.self.comment));
    if (each.connection_limit >= 0) add(node, "connection_limit", plain_node(std::to_string(each.connection_limit)));
    Node settings = map_node();
    for (const pg_model::Setting& setting : cluster.settings) {
      if (setting.role == 0 && setting.database == each.self.oid) add(settings, setting.name, text_node(setting.value));
    }
    if (!settings.members.empty()) add(node, "settings", std::move(settings));
    if (const HeldByRole its = held(each.self); !its.empty())
      add(node, "privileges", privileges(its, Kind::kDatabase, major()));
    if (each.inspected) {
      write_inside(*this, each, node);
    } else {
      cannot_say(fmt::format("what is in the database {}: it was not looked into", each.self.name));
    }
    add(databases, as_pattern(each.self.name), std::move(node));
  }
  if (!databases.members.empty()) add(root, "databases", std::move(databases));
}

}  // namespace pg_spec::internal

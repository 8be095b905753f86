// databases, their schemas, and everything that has an owner and privileges.

#include <algorithm>

#include <fmt/format.h>

#include "pg_spec/reader.h"

namespace pg_spec::internal {
namespace {

using pg_model::Kind;

struct Section {
  std::string_view key, one;  // how a problem calls one of these
  Kind kind;
  bool wide = false;
};

constexpr Section kTables{"tables", "a table", Kind::kTable, true};
constexpr Section kViews{"views", "a view", Kind::kView};
constexpr Section kMaterializedViews{"materialized_views", "a materialized view", Kind::kMaterializedView};
constexpr Section kForeignTables{"foreign_tables", "a foreign table", Kind::kForeignTable};
constexpr Section kSequences{"sequences", "a sequence", Kind::kSequence};
constexpr Section kRoutines{"routines", "a routine", Kind::kFunction, true};
constexpr Section kFunctions{"functions", "a function", Kind::kFunction};
constexpr Section kProcedures{"procedures", "a procedure", Kind::kProcedure};
constexpr Section kTypes{"types", "a type", Kind::kType, true};
constexpr Section kDomains{"domains", "a domain", Kind::kDomain};
constexpr Section kForeignServers{"foreign_servers", "a foreign server", Kind::kForeignServer};
constexpr Section kForeignDataWrappers{"foreign_data_wrappers", "a foreign-data wrapper", Kind::kForeignDataWrapper};
constexpr Section kLanguages{"languages", "a language", Kind::kLanguage};
constexpr Section kLargeObjects{"large_objects", "a large object", Kind::kLargeObject};
constexpr Section kOfParameters{"parameters", "a parameter", Kind::kParameter};
constexpr Section kOfTablespaces{"tablespaces", "a tablespace", Kind::kTablespace};

bool is_routine(Kind kind) { return kind == Kind::kFunction || kind == Kind::kProcedure; }
bool is_relation(Kind kind) {
  return kind == Kind::kTable || kind == Kind::kView || kind == Kind::kMaterializedView || kind == Kind::kForeignTable;
}

bool check_object_name(Reader& in, const Member& member, const Section& section) {
  const std::string& key = member.key;
  if (section.kind == Kind::kLargeObject) {
    const bool number = !key.empty() && std::ranges::all_of(key, [](char c) { return c >= '0' && c <= '9'; });
    if (!number && !is_pattern(key))
      in.problem(member.at, fmt::format("a large object is a number, and {} is none", key));
    return number || is_pattern(key);
  }
  if (section.kind == Kind::kParameter) return in.name(key, member.at, "a parameter");
  if (!is_routine(section.kind)) return in.name(plain_name(key), member.at, section.one);
  const std::string plain = is_pattern(key) ? key : plain_name(key);
  if (is_pattern(key) || (plain.ends_with(')') && plain.find('(') != std::string::npos)) return true;
  in.problem(member.at,
             fmt::format("{} has the types of its arguments: {}(integer, text), {}(), or {}(*) for all of the name",
                         section.one, key, key, key));
  return false;
}

void read_rights(Reader& in, const Node& node, const Selector& on) {
  in.each_member(node, "privileges", [&](const Member& member) {
    if (!in.role(member.key, member.at, true)) return;
    in.add_rights(member.key, on, in.rights(member.value, on.kind, member.key == "PUBLIC"));
  });
}

void read_default_privileges(Reader& in, const Node& node, const std::string& database, const std::string& schema) {
  in.each_member(node, "default_privileges", [&](const Member& creator) {
    if (!in.role(creator.key, creator.at)) return;
    auto section = [&](std::string_view key, Kind kind) {
      return std::pair<std::string_view, Handler>{
          key, [&, kind](const Node& each) {
            in.each_member(each, "default privileges", [&](const Member& member) {
              if (!in.role(member.key, member.at, true)) return;
              const Rights rights = in.rights(member.value, kind, member.key == "PUBLIC");
              if (!schema.empty() && member.key == "PUBLIC" && (rights.not_all || rights.has_not != 0) &&
                  (kind == Kind::kFunction || kind == Kind::kType)) {
                in.problem(member.at,
                           "what PUBLIC has by PostgreSQL's own default cannot be taken away in one schema: "
                           "say it in default_privileges of the database");
                return;
              }
              in.add_defaults(
                  {.creator = creator.key, .database = database, .schema = schema, .kind = kind, .role = member.key},
                  rights);
            });
          }};
    };
    if (schema.empty()) {
      in.members(creator.value, "default privileges of a database",
                 {section("tables", Kind::kTable), section("sequences", Kind::kSequence),
                  section("routines", Kind::kFunction), section("types", Kind::kType),
                  section("schemas", Kind::kSchema), section("large_objects", Kind::kLargeObject)});
    } else {
      in.members(creator.value, "default privileges of a schema",
                 {section("tables", Kind::kTable), section("sequences", Kind::kSequence),
                  section("routines", Kind::kFunction), section("types", Kind::kType)});
    }
  });
}

void read_policy(Reader& in, const Member& member, const Selector& table) {
  if (!in.name(member.key, member.at, "a policy")) return;
  Policy policy{.table = table, .name = member.key};
  policy.table.wide = false;  // views have none
  bool restrictive = false;
  in.members(member.value, "a policy",
             {{"command",
               [&](const Node& each) {
                 if (!in.text(each, "command", policy.command)) return;
                 for (const char* known : {"ALL", "SELECT", "INSERT", "UPDATE", "DELETE"}) {
                   if (policy.command == known) return;
                 }
                 in.problem(each.at, "command is ALL, SELECT, INSERT, UPDATE or DELETE");
               }},
              {"to",
               [&](const Node& each) {
                 in.each_text(each, "to", [&](const Node& role) {
                   if (in.role(role.text, role.at, true)) policy.roles.push_back(role.text);
                 });
               }},
              {"using", [&](const Node& each) { in.text(each, "using", policy.using_expression); }},
              {"check", [&](const Node& each) { in.text(each, "check", policy.check_expression); }},
              {"restrictive", [&](const Node& each) { in.boolean(each, "restrictive", restrictive); }}});
  policy.permissive = !restrictive;
  if (policy.roles.empty()) policy.roles.emplace_back("PUBLIC");
  if (policy.command == "INSERT" && !policy.using_expression.empty())
    in.problem(member.at, "a policy for INSERT has check, and no using");
  if ((policy.command == "SELECT" || policy.command == "DELETE") && !policy.check_expression.empty()) {
    in.problem(member.at, fmt::format("a policy for {} has using, and no check", policy.command));
  }
  in.spec.policies.push_back(std::move(policy));
}

void read_columns(Reader& in, const Node& node, const Selector& table) {
  in.each_member(node, "columns", [&](const Member& member) {
    if (!in.name(plain_name(member.key), member.at, "a column")) return;
    Selector column = table;
    column.kind = Kind::kColumn;
    column.wide = false;
    column.column = member.key;
    in.add_object(column);
    read_rights(in, member.value, column);
  });
}

void read_row_security(Reader& in, const Node& node, const Selector& table) {
  RowSecurity row_security{.table = table};
  row_security.table.wide = false;  // views have none
  if (node.is_text() && node.text == "forced") {
    row_security.forced = true;
  } else if (node.is_text() && node.text == "disabled") {
    row_security.enabled = false;
  } else if (!node.is_text() || node.text != "enabled") {
    return in.problem(node.at, "row_security is enabled, forced or disabled");
  }
  in.spec.row_security.push_back(std::move(row_security));
}

// One object, or what a pattern stands for.
void read_object(Reader& in, const Member& member, const Section& section, Selector selector) {
  if (!check_object_name(in, member, section)) return;
  selector.kind = section.kind;
  selector.wide = section.wide;
  selector.name = is_routine(section.kind) ? tidy_routine(member.key) : member.key;
  in.add_object(selector);
  const Handler owner = [&](const Node& each) {
    std::string role;
    if (in.role(each, role)) in.spec.owners.push_back({selector, std::move(role)});
  };
  const Handler privileges = [&](const Node& each) { read_rights(in, each, selector); };
  const Handler policies = [&](const Node& each) {
    in.each_member(each, "policies", [&](const Member& policy) { read_policy(in, policy, selector); });
  };
  if (section.kind == Kind::kTable) {
    in.members(member.value, section.one,
               {{"owner", owner},
                {"privileges", privileges},
                {"columns", [&](const Node& each) { read_columns(in, each, selector); }},
                {"row_security", [&](const Node& each) { read_row_security(in, each, selector); }},
                {"policies", policies}});
  } else if (is_relation(section.kind)) {
    in.members(member.value, section.one,
               {{"owner", owner}, {"privileges", privileges}, {"columns", [&](const Node& each) {
                                                                 read_columns(in, each, selector);
                                                               }}});
  } else if (section.kind == Kind::kParameter) {
    in.members(member.value, section.one, {{"privileges", privileges}});
  } else {
    in.members(member.value, section.one, {{"owner", owner}, {"privileges", privileges}});
  }
}

std::pair<std::string_view, Handler> objects(Reader& in, const Section& section, const Selector& where) {
  return {section.key, [&in, section, where](const Node& node) {
            in.each_member(node, section.key, [&](const Member& member) { read_object(in, member, section, where); });
          }};
}

void read_schema(Reader& in, const Member& member, const std::string& database) {
  if (!in.name(plain_name(member.key), member.at, "a schema")) return;
  const bool one = !is_pattern(member.key) && !is_pattern(database);
  Schema schema{.database = database, .name = plain_name(member.key)};
  schema.create = schema.name != "public" && schema.name != "information_schema" && !schema.name.starts_with("pg_");
  Selector self{.kind = Kind::kSchema, .database = database, .name = member.key};
  Selector within{.database = database, .schema = member.key};
  std::vector<std::string> creators;
  bool has_creators = false;
  auto only_one = [&](const Node& each, std::string_view key) {
    if (!one)
      in.problem(each.at, fmt::format("{} is of one schema: this is a pattern, or in the pattern of a database", key));
    return one;
  };
  in.add_object(self);
  in.members(
      member.value, "a schema",
      {{"owner",
        [&](const Node& each) {
          if (in.role(each, schema.owner) && !one) in.spec.owners.push_back({self, schema.owner});
        }},
       {"comment",
        [&](const Node& each) {
          if (only_one(each, "comment")) in.text(each, "comment", schema.comment);
        }},
       {"mode",
        [&](const Node& each) {
          if (only_one(each, "mode")) in.mode(each, schema.mode);
        }},
       {"privileges", [&](const Node& each) { read_rights(in, each, self); }},
       {"creators",
        [&](const Node& each) {
          has_creators = true;
          in.each_text(each, "creators", [&](const Node& role) {
            if (in.role(role.text, role.at)) creators.push_back(role.text);
          });
        }},
       {"profiles",
        [&](const Node& each) {
          if (!has_creators && schema.owner.empty() && each.is_map() && !each.members.empty()) {
            in.problem(
                each.at,
                "profiles need the schema's owner or creators: default privileges belong to the role that creates");
          }
          if (!has_creators && !schema.owner.empty()) creators.push_back(schema.owner);
          in.each_member(each, "profiles", [&](const Member& role) {
            if (!in.role(role.key, role.at, true)) return;
            in.each_text(role.value, "profiles", [&](const Node& name) {
              auto profile = in.profiles.find(name.text);
              if (profile != in.profiles.end()) {
                return apply_profile(in, profile->second, role.key, database, member.key, creators, name.at);
              }
              in.problem(name.at, in.no_profile(name.text));
            });
          });
        }},
       {"default_privileges", [&](const Node& each) { read_default_privileges(in, each, database, member.key); }},
       objects(in, kTables, within),
       objects(in, kViews, within),
       objects(in, kMaterializedViews, within),
       objects(in, kForeignTables, within),
       objects(in, kSequences, within),
       objects(in, kRoutines, within),
       objects(in, kFunctions, within),
       objects(in, kProcedures, within),
       objects(in, kTypes, within),
       objects(in, kDomains, within)});
  if (one) in.spec.schemas.push_back(std::move(schema));
}

void read_extension(Reader& in, const Member& member, const std::string& database) {
  if (!in.name(member.key, member.at, "an extension")) return;
  Extension extension{.database = database, .name = member.key};
  if (member.value.is_text() && member.value.text == "absent") {
    extension.present = false;
  } else {
    in.members(member.value, "an extension",
               {{"schema", [&](const Node& each) { in.text(each, "schema", extension.schema); }},
                {"version", [&](const Node& each) { in.text(each, "version", extension.version); }}});
  }
  in.spec.extensions.push_back(std::move(extension));
}

void read_database(Reader& in, const Member& member) {
  const std::string& key = member.key;
  if (!in.name(plain_name(key), member.at, "a database")) return;
  const bool one = !is_pattern(key);
  Database database{.name = plain_name(key)};
  Selector self{.kind = Kind::kDatabase, .name = key};
  Selector within{.database = key};
  auto only_one = [&](const Node& each, std::string_view what) {
    if (!one) in.problem(each.at, fmt::format("{} is of one database: this is a pattern", what));
    return one;
  };
  in.add_object(self);
  in.members(
      member.value, "a database",
      {{"owner",
        [&](const Node& each) {
          if (in.role(each, database.owner) && !one) in.spec.owners.push_back({self, database.owner});
        }},
       {"comment",
        [&](const Node& each) {
          if (only_one(each, "comment")) in.text(each, "comment", database.comment);
        }},
       {"connection_limit",
        [&](const Node& each) {
          if (only_one(each, "connection_limit")) in.connection_limit(each, database.connection_limit);
        }},
       {"create",
        [&](const Node& each) {
          if (only_one(each, "create")) in.boolean(each, "create", database.create);
        }},
       {"mode",
        [&](const Node& each) {
          if (only_one(each, "mode")) in.mode(each, database.mode);
        }},
       {"settings",
        [&](const Node& each) {
          if (!only_one(each, "settings")) return;
          in.each_member(each, "settings", [&](const Member& setting) {
            in.add_setting({"", database.name, setting.key, setting_value(in, setting.value, setting.key)}, setting.at);
          });
        }},
       {"privileges", [&](const Node& each) { read_rights(in, each, self); }},
       {"extensions",
        [&](const Node& each) {
          in.each_member(each, "extensions", [&](const Member& extension) { read_extension(in, extension, key); });
        }},
       {"schemas",
        [&](const Node& each) {
          in.each_member(each, "schemas", [&](const Member& schema) { read_schema(in, schema, key); });
        }},
       {"default_privileges", [&](const Node& each) { read_default_privileges(in, each, key, ""); }},
       objects(in, kForeignServers, within),
       objects(in, kForeignDataWrappers, within),
       objects(in, kLanguages, within),
       objects(in, kLargeObjects, within)});
  if (one) in.spec.databases.push_back(std::move(database));
}

}  // namespace

void read_databases(Reader& in, const Node& node) {
  in.each_member(node, "databases", [&](const Member& member) { read_database(in, member); });
}

void read_parameters(Reader& in, const Node& node) { objects(in, kOfParameters, {}).second(node); }
void read_tablespaces(Reader& in, const Node& node) { objects(in, kOfTablespaces, {}).second(node); }

}  // namespace pg_spec::internal

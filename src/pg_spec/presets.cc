// Presets: what most people want, in a line or two.

#include <algorithm>

#include <fmt/format.h>

#include "pg_spec/reader.h"

namespace pg_spec::internal {
namespace {

using pg_model::Kind;

struct LoginOptions {
  bool iam = false;
  std::string password;
};

struct Application {
  std::string database, schema, owner, application, migrator;
  LoginOptions logins;
};

struct Preset {
  Reader& in;
  Position at;

  Role* role(const std::string& name, RoleKind kind);
  std::vector<Role*> logins_of(const std::string& name);
  void login(const std::string& name, const LoginOptions& options);
  void database(const std::string& name);
  void schema(const std::string& database, const std::string& name, const std::string& owner);
  void owner_of_all(const std::string& database, const std::string& schema, const std::string& owner);
  void connect(const std::string& database, const std::string& role);
  void close_database(const std::string& database);
  void application(const Application& of);

  // Parameters, as they stand in the document.
  void plain(const Node& node, std::string_view what, std::string& out);
  void names(const Node& node, std::string_view what, std::vector<std::string>& out);
  void read_application(const Node& node);
  void read_readers(const Node& node);
  void read_tenants(const Node& node);
};

// The role, made where the document does not declare it itself.
Role* Preset::role(const std::string& name, RoleKind kind) {
  if (!in.is_declared(name)) {
    if (!in.declare(name, at)) return nullptr;
    in.spec.roles.push_back({.name = name, .kind = kind});
    return &in.spec.roles.back();
  }
  auto found = std::ranges::find(in.spec.roles, name, &Role::name);
  if (found != in.spec.roles.end() && (found->kind == RoleKind::kLogin) == (kind == RoleKind::kLogin)) return &*found;
  if (found != in.spec.roles.end() && !found->alternates.empty()) return &*found;
  in.problem(at, fmt::format("the preset needs the role {} {}, and the document declares it otherwise", name,
                             kind == RoleKind::kLogin ? "as a login" : "as an owner or group"));
  return nullptr;
}

// The role itself, or those that log in for it in turn.
std::vector<Role*> Preset::logins_of(const std::string& name) {
  std::vector<Role*> logins;
  auto add = [&](const std::string& each) {
    auto found = std::ranges::find(in.spec.roles, each, &Role::name);
    if (found != in.spec.roles.end()) logins.push_back(&*found);
  };
  const Role* self = role(name, RoleKind::kLogin);
  if (self == nullptr) return logins;
  if (self->alternates.empty()) {
    add(name);
  } else {
    for (const std::string& each : self->alternates) add(each);
  }
  return logins;
}

void Preset::login(const std::string& name, const LoginOptions& options) {
  for (Role* each : logins_of(name)) {
    if (options.iam) {
      each->iam_login = true;
      if (!each->password.empty()) {
        in.problem(at, fmt::format("the preset gives {} iam_login, and the document a password", each->name));
      }
      in.add_membership_if_none({"rds_iam", each->name, {}, {}, {}}, at);
    }
    if (each->password.empty()) each->password = options.password;
  }
}

void Preset::database(const std::string& name) {
  in.add_object({.kind = Kind::kDatabase, .name = as_pattern(name)});
  if (std::ranges::find(in.spec.databases, name, &Database::name) == in.spec.databases.end()) {
    in.spec.databases.push_back({.name = name});
  }
}

void Preset::schema(const std::string& database, const std::string& name, const std::string& owner) {
  in.add_object({.kind = Kind::kSchema, .database = as_pattern(database), .name = as_pattern(name)});
  auto found = std::ranges::find_if(
      in.spec.schemas, [&](const Schema& each) { return each.name == name && plain_name(each.database) == database; });
  if (found == in.spec.schemas.end()) {
    in.spec.schemas.push_back({.database = as_pattern(database), .name = name, .owner = owner});
  } else if (found->owner.empty()) {
    found->owner = owner;
  } else if (found->owner != owner) {
    in.problem(at,
               fmt::format("the preset gives the schema {} to {}, and the document to {}", name, owner, found->owner));
  }
}

// Whoever owned things before (an earlier migrator, the administrator) would stop the owner from changing them.
void Preset::owner_of_all(const std::string& database, const std::string& schema, const std::string& owner) {
  for (const Kind kind : {Kind::kTable, Kind::kSequence, Kind::kFunction, Kind::kType}) {
    Selector all{.kind = kind,
                 .wide = kind != Kind::kSequence,
                 .database = as_pattern(database),
                 .schema = as_pattern(schema),
                 .name = "*"};
    in.add_object(all);
    in.spec.owners.push_back({all, owner});
  }
}

void Preset::connect(const std::string& database, const std::string& role) {
  in.add_rights(role, {.kind = Kind::kDatabase, .name = as_pattern(database)}, {.has = pg_model::kConnect});
}

void Preset::close_database(const std::string& database) {
  Rights nothing;
  nothing.not_all = true;
  const Grant closed{"PUBLIC", {.kind = Kind::kDatabase, .name = as_pattern(database)}, 0, true, false};
  if (std::ranges::find(in.spec.revokes, closed) != in.spec.revokes.end()) return;  // by another preset, or by hand
  in.add_rights("PUBLIC", closed.on, nothing);
  const Selector schema{.kind = Kind::kSchema, .database = as_pattern(database), .name = "public"};
  in.add_object(schema);
  in.add_rights("PUBLIC", schema, {.has_not = pg_model::kCreate});
}

void Preset::application(const Application& of) {
  if (!in.room(at)) return;
  role(of.owner, RoleKind::kOwner);
  login(of.application, of.logins);
  login(of.migrator, of.logins);
  database(of.database);
  close_database(of.database);
  schema(of.database, of.schema, of.owner);
  owner_of_all(of.database, of.schema, of.owner);
  const std::string database_pattern = as_pattern(of.database);
  apply_profile(in, in.profiles.at("readwrite"), of.application, database_pattern, as_pattern(of.schema), {of.owner},
                at);
  Rights nothing;
  nothing.not_all = true;
  for (const Kind kind : {Kind::kFunction, Kind::kType}) {
    in.add_defaults({.creator = of.owner, .database = database_pattern, .kind = kind, .role = "PUBLIC"}, nothing);
  }
  for (Role* each : logins_of(of.migrator)) {
    each->acts_as = of.owner;
    in.add_membership_if_none({of.owner, each->name, {}, {}, {}}, at);
    in.add_setting_if_none({each->name, of.database, "role", of.owner}, at);
  }
  for (const std::string& each : {of.application, of.migrator}) {
    connect(of.database, each);
    for (const Role* login_role : logins_of(each)) {
      in.add_setting_if_none({login_role->name, of.database, "search_path", list_element(of.schema)}, at);
    }
  }
}

void Preset::plain(const Node& node, std::string_view what, std::string& out) {
  std::string text;
  if (!in.text(node, what, text)) return;
  if (is_pattern(text))
    return in.problem(node.at, fmt::format("{} of a preset is one name, and this is a pattern", what));
  text = plain_name(text);
  if (in.name(text, node.at, what)) out = std::move(text);
}

void Preset::names(const Node& node, std::string_view what, std::vector<std::string>& out) {
  in.each_text(node, what, [&](const Node& item) {
    std::string name;
    plain(item, what, name);
    if (name.empty()) return;
    if (std::ranges::find(out, name) != out.end()) return in.problem(item.at, fmt::format("{} comes twice", name));
    out.push_back(std::move(name));
  });
}

void check_login_options(Reader& in, const Node& node, const LoginOptions& options) {
  if (options.iam && !options.password.empty()) {
    in.problem(node.at, "a member of rds_iam cannot log in with a password: either iam_login or password");
  }
}

void Preset::read_application(const Node& node) {
  Application of{.schema = "app", .application = "app", .migrator = "migrator"};
  in.members(node, "the preset application",
             {{"database", [&](const Node& each) { plain(each, "database", of.database); }},
              {"schema", [&](const Node& each) { plain(each, "schema", of.schema); }},
              {"owner", [&](const Node& each) { in.text(each, "owner", of.owner); }},
              {"application", [&](const Node& each) { in.text(each, "application", of.application); }},
              {"migrator", [&](const Node& each) { in.text(each, "migrator", of.migrator); }},
              {"iam_login", [&](const Node& each) { in.boolean(each, "iam_login", of.logins.iam); }},
              {"password", [&](const Node& each) { password_place(in, each, of.logins.password); }}});
  in.required(!of.database.empty(), node, "database");
  check_login_options(in, node, of.logins);
  if (of.database.empty()) return;
  if (of.owner.empty()) of.owner = of.schema + "_owner";
  if (of.owner == of.application || of.owner == of.migrator || of.application == of.migrator) {
    return in.problem(node.at, "owner, application and migrator are three roles");
  }
  application(of);
}

void Preset::read_readers(const Node& node) {
  std::string database_name, group;
  std::vector<std::string> schemas, creators, logins;
  LoginOptions options;
  in.members(node, "the preset readers",
             {{"database", [&](const Node& each) { plain(each, "database", database_name); }},
              {"schemas", [&](const Node& each) { names(each, "schemas", schemas); }},
              {"creators",
               [&](const Node& each) {
                 in.each_text(each, "creators", [&](const Node& role) {
                   if (in.role(role.text, role.at)) creators.push_back(role.text);
                 });
               }},
              {"group", [&](const Node& each) { in.text(each, "group", group); }},
              {"logins",
               [&](const Node& each) {
                 in.each_text(each, "logins", [&](const Node& login_name) { logins.push_back(login_name.text); });
               }},
              {"iam_login", [&](const Node& each) { in.boolean(each, "iam_login", options.iam); }},
              {"password", [&](const Node& each) { password_place(in, each, options.password); }}});
  in.required(!database_name.empty(), node, "database");
  in.required(!schemas.empty(), node, "schemas");
  in.required(!creators.empty(), node, "creators");
  check_login_options(in, node, options);
  if (database_name.empty() || schemas.empty()) return;
  if (group.empty()) group = database_name + "_readers";
  if (role(group, RoleKind::kGroup) == nullptr) return;
  database(database_name);
  connect(database_name, group);
  for (const std::string& each : schemas) {
    apply_profile(in, in.profiles.at("readonly"), group, as_pattern(database_name), as_pattern(each), creators, at);
  }
  for (const std::string& each : logins) {
    login(each, options);
    in.add_membership_if_none({group, each, {}, {}, {}}, at);
  }
}

void Preset::read_tenants(const Node& node) {
  std::string database_name;
  std::vector<std::string> tenants;
  LoginOptions options;
  in.members(node, "the preset tenants",
             {{"database", [&](const Node& each) { plain(each, "database", database_name); }},
              {"tenants", [&](const Node& each) { names(each, "tenants", tenants); }},
              {"iam_login", [&](const Node& each) { in.boolean(each, "iam_login", options.iam); }},
              {"password", [&](const Node& each) { password_place(in, each, options.password); }}});
  in.required(!database_name.empty(), node, "database");
  in.required(!tenants.empty(), node, "tenants");
  check_login_options(in, node, options);
  if (database_name.empty()) return;
  for (const std::string& tenant : tenants) {
    Application of{database_name, tenant, tenant + "_owner", tenant + "_app", tenant + "_migrator", options};
    constexpr std::string_view kPlace = "{tenant}";
    for (std::size_t found = 0; (found = of.logins.password.find(kPlace, found)) != std::string::npos;
         found += tenant.size()) {
      of.logins.password.replace(found, kPlace.size(), tenant);
    }
    application(of);
  }
}

}  // namespace

void read_presets(Reader& in, const Node& node) {
  in.each_item(node, "presets", [&](const Node& item) {
    Preset preset{in, item.at};
    if (item.is_map() && item.members.size() > 1) {
      return in.problem(item.at, "each entry of presets is one preset: begin another one with a dash of its own");
    }
    if (!item.is_map())
      return in.problem(item.at, "a preset is a mapping: application, readers or tenants, and its parameters");
    in.members(item, "presets",
               {{"application", [&](const Node& each) { preset.read_application(each); }},
                {"readers", [&](const Node& each) { preset.read_readers(each); }},
                {"tenants", [&](const Node& each) { preset.read_tenants(each); }}});
  });
}

}  // namespace pg_spec::internal

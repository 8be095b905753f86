#include "pg_spec/random_cluster.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace pg_spec::testing {
namespace {

using namespace pg_model;

const std::vector<std::string> kNames{"App",
                                      "app",
                                      "order",
                                      "user",
                                      "null",
                                      "true",
                                      "No",
                                      "a b",
                                      "ünï",
                                      "x\"y",
                                      "a*b",
                                      "q?",
                                      "\"quoted\"",
                                      "-",
                                      "#c",
                                      "a: b",
                                      "1234",
                                      "~",
                                      "tab\there",
                                      "new\nline",
                                      "{x}",
                                      "&a",
                                      "*",
                                      "!t",
                                      "%d",
                                      "@x",
                                      "`b",
                                      "\\",
                                      "'s",
                                      "名前",
                                      "\u0085",
                                      "\uFEFFbom",
                                      "[",
                                      "a,b",
                                      "? k",
                                      "- l",
                                      "--- d",
                                      "...",
                                      "=",
                                      "<<",
                                      std::string(63, 'x'),
                                      "trailing ",
                                      " leading",
                                      "readonly",
                                      "owner",
                                      "privileges",
                                      "$user",
                                      "\U0001F600",
                                      "0x1f",
                                      "1e3",
                                      "2027-01-01",
                                      "a(b",
                                      "absent",
                                      "NONE",
                                      "ALL"};

struct Maker {
  std::mt19937_64 random;
  Cluster cluster;
  Oid next = 20000;

  bool chance(int percent) { return static_cast<int>(random() % 100) < percent; }
  std::size_t below(std::size_t n) { return random() % n; }
  const Role& any_role() { return cluster.roles[below(cluster.roles.size())]; }

  // So many different names.
  std::vector<std::string> names(std::size_t count) {
    std::vector<std::string> some = kNames;
    std::ranges::shuffle(some, random);
    some.resize(std::min(count, some.size()));
    std::ranges::sort(some);
    return some;
  }

  std::vector<Grant> grants(Kind kind, Oid owner, bool& is_default) {
    std::vector<Grant> all = default_grants(kind, owner, cluster.server.major());
    is_default = chance(40);
    if (is_default) return all;
    const Privileges possible = all_privileges(kind, cluster.server.major());
    if (chance(40)) std::erase_if(all, [](const Grant& each) { return each.grantee == kPublic; });
    if (chance(15)) {
      for (Grant& each : all) each.privileges &= static_cast<Privileges>(random());
      std::erase_if(all, [](const Grant& each) { return each.privileges == 0; });
    }
    for (std::size_t i = below(4); i > 0; --i) {
      Grant grant{.grantee = chance(20) ? kPublic : any_role().oid, .grantor = chance(70) ? owner : any_role().oid};
      if (grant.grantee == owner) continue;
      grant.privileges = chance(30) ? possible : static_cast<Privileges>(random() & possible);
      if (grant.grantee != kPublic && chance(30))
        grant.with_grant_option = grant.privileges & static_cast<Privileges>(random());
      if (grant.privileges != 0) all.push_back(grant);
    }
    return all;
  }

  Object object(Kind kind, std::string schema, std::string name, Oid owner) {
    Object made{.kind = kind, .oid = next++, .schema = std::move(schema), .name = std::move(name), .owner = owner};
    made.grants = grants(kind, owner, made.acl_is_default);
    return made;
  }

  void roles() {
    cluster.roles.push_back(
        {.oid = 10, .name = "postgres", .superuser = true, .createrole = true, .createdb = true, .login = true});
    cluster.roles.push_back({.oid = 3373, .name = "pg_monitor"});
    if (cluster.server.like_rds) cluster.roles.push_back({.oid = 16400, .name = "rds_iam"});
    for (const std::string& name : names(6)) {
      Role role{.oid = next++, .name = name};
      role.login = chance(50);
      role.inherit = !chance(20);
      role.createrole = chance(10);
      role.createdb = chance(10);
      role.bypass_rls = chance(5);
      if (chance(20)) role.connection_limit = static_cast<int>(below(50));
      if (chance(20)) role.valid_until = "2031-12-31 23:59:59+00";
      if (chance(20)) role.comment = kNames[below(kNames.size())];
      cluster.roles.push_back(role);
    }
    std::ranges::sort(cluster.roles, {}, &Role::name);
  }

  void memberships() {
    std::set<std::tuple<Oid, Oid, Oid>> known;
    for (std::size_t i = below(10); i > 0; --i) {
      Membership one{.role = any_role().oid, .member = any_role().oid, .grantor = chance(50) ? 10 : any_role().oid};
      if (one.role >= one.member || !known.insert({one.role, one.member, one.grantor}).second) continue;
      one.admin = chance(30);
      one.inherit = cluster.server.major() >= 16 ? chance(60) : cluster.role(one.member)->inherit;
      one.set = cluster.server.major() < 16 || chance(70);
      cluster.memberships.push_back(one);
    }
  }

  void settings() {
    for (std::size_t i = below(6); i > 0; --i) {
      Setting one{.role = chance(80) ? any_role().oid : 0};
      if (one.role == 0 || chance(50)) one.database = cluster.databases[below(cluster.databases.size())].self.oid;
      one.name = chance(30) ? "role" : chance(50) ? "search_path" : "work_mem";
      one.value = one.name == "role" ? any_role().name : one.name == "search_path" ? "\"$user\", public" : "8MB";
      const bool again = std::ranges::any_of(cluster.settings, [&](const Setting& each) {
        return each.role == one.role && each.database == one.database && each.name == one.name;
      });
      if (!again) cluster.settings.push_back(one);
    }
  }

  void tables(Database& database, const std::string& schema, Oid owner) {
    for (const std::string& name : names(below(5))) {
      constexpr Kind kKinds[] = {Kind::kTable, Kind::kTable, Kind::kView, Kind::kMaterializedView, Kind::kForeignTable};
      Object table = object(kKinds[below(5)], schema, name, chance(80) ? owner : any_role().oid);
      table.of_extension = chance(5);
      if (table.kind == Kind::kTable && !table.of_extension && chance(20)) {
        table.row_security = true;
        table.force_row_security = chance(30);
        Policy policy{.table = table.oid,
                      .name = name,
                      .command = chance(50) ? "ALL" : "SELECT",
                      .using_expression = "(a = 'it''s: #1')"};
        policy.permissive = chance(70);
        policy.roles = {chance(50) ? kPublic : any_role().oid};
        database.policies.push_back(policy);
      }
      if (!table.of_extension && chance(30)) {
        Object column{.kind = Kind::kColumn,
                      .oid = table.oid,
                      .schema = schema,
                      .name = name,
                      .column = names(1)[0],
                      .owner = table.owner,
                      .acl_is_default = false};
        column.grants.push_back({.grantee = any_role().oid,
                                 .grantor = table.owner,
                                 .privileges = kSelect | kUpdate,
                                 .with_grant_option = kUpdate});
        if (column.grants[0].grantee != table.owner) database.objects.push_back(column);
      }
      database.objects.push_back(std::move(table));
    }
  }

  void inside(Database& database) {
    database.inspected = true;
    for (const std::string& name : names(1 + below(4))) {
      const Oid owner = any_role().oid;
      Object schema = object(Kind::kSchema, "", name, owner);
      if (chance(20)) schema.comment = "of \"all\"\n";
      const Oid oid = schema.oid;
      database.objects.push_back(std::move(schema));
      tables(database, name, owner);
      for (const std::string& each : names(below(3)))
        database.objects.push_back(object(Kind::kSequence, name, each, owner));
      for (const std::string& each : names(below(4))) {
        constexpr const char* kArguments[] = {"()", "(integer, text)", "(\"Odd, type\", public.\"x  y\"[])",
                                              "(timestamp with time zone)"};
        database.objects.push_back(
            object(chance(70) ? Kind::kFunction : Kind::kProcedure, name, each + kArguments[below(4)], owner));
      }
      for (const std::string& each : names(below(3)))
        database.objects.push_back(object(chance(50) ? Kind::kType : Kind::kDomain, name, each, owner));
      for (const Kind kind : {Kind::kTable, Kind::kFunction}) {
        if (!chance(40)) continue;
        DefaultPrivileges defaults{.creator = any_role().oid, .schema = oid, .kind = kind};
        defaults.grants.push_back({.grantee = any_role().oid,
                                   .grantor = defaults.creator,
                                   .privileges = all_privileges(kind, cluster.server.major())});
        database.defaults.push_back(defaults);
      }
    }
    for (const Kind kind : {Kind::kTable, Kind::kFunction, Kind::kType, Kind::kSchema}) {
      if (!chance(30)) continue;
      DefaultPrivileges defaults{.creator = any_role().oid, .kind = kind};
      bool is_default = true;
      while (is_default) defaults.grants = grants(kind, defaults.creator, is_default);
      database.defaults.push_back(defaults);
    }
    for (const Kind kind : {Kind::kForeignServer, Kind::kForeignDataWrapper, Kind::kLanguage}) {
      for (const std::string& each : names(below(2)))
        database.objects.push_back(object(kind, "", each, any_role().oid));
    }
    for (std::size_t i = below(3); i > 0; --i)
      database.objects.push_back(object(Kind::kLargeObject, "", std::to_string(next), any_role().oid));
    if (chance(50)) database.extensions.push_back({"pg_trgm", "1.6", "public"});
    std::ranges::stable_sort(database.objects, {}, [](const Object& each) {
      return std::tuple(each.kind != Kind::kSchema, each.schema, each.name, each.column);
    });
  }
};

}  // namespace

Cluster random_cluster(std::uint64_t seed, int major) {
  Maker maker{std::mt19937_64(seed), {}};
  Server& server = maker.cluster.server;
  server = {.version = major * 10000 + 2, .system_identifier = "7301", .current_database = "postgres"};
  server.like_rds = maker.chance(30);
  maker.roles();
  maker.memberships();
  std::vector<std::string> names = maker.names(2);
  names.emplace_back("postgres");
  std::ranges::sort(names);
  for (const std::string& name : names) {
    Database database{.self = maker.object(Kind::kDatabase, "", name, maker.any_role().oid)};
    if (maker.chance(20)) database.connection_limit = 7;
    if (maker.chance(20)) database.self.comment = "it";
    if (maker.chance(80)) maker.inside(database);
    maker.cluster.databases.push_back(std::move(database));
  }
  maker.settings();
  if (major >= 15) {
    Object parameter{
        .kind = Kind::kParameter, .oid = maker.next++, .name = "work_mem", .owner = 10, .acl_is_default = false};
    parameter.grants = default_grants(Kind::kParameter, 10, major);
    parameter.grants.push_back({.grantee = maker.any_role().oid, .grantor = 10, .privileges = kSet});
    if (parameter.grants.back().grantee != 10) maker.cluster.shared.push_back(parameter);
  }
  for (const std::string& name : maker.names(maker.below(3)))
    maker.cluster.shared.push_back(maker.object(Kind::kTablespace, "", name, maker.any_role().oid));
  return maker.cluster;
}

}  // namespace pg_spec::testing

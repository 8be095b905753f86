// For tests: clusters by hand. A bootstrap superuser, an administrator who is none (and runs the plan unless told
// otherwise), and a database `shop` of the administrator's.

#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "pg_plan/plan.h"

namespace pg_plan {

class TestCluster {
 public:
  explicit TestCluster(int major, bool superuser = false) {
    cluster.server.version = major * 10000;
    cluster.server.system_identifier = "7";
    cluster.server.current_database = "shop";
    postgres = role("postgres", 10);
    find(postgres).superuser = find(postgres).login = true;
    admin = role("admin");
    find(admin).createrole = find(admin).createdb = find(admin).login = true;
    if (major >= 15) role("pg_database_owner", 6171);
    cluster.server.current_user = superuser ? postgres : admin;
    pg_model::Database shop;
    shop.self = object(pg_model::Kind::kDatabase, "", "shop", admin);
    shop.inspected = true;
    cluster.databases.push_back(shop);
  }

  pg_model::Oid role(const std::string& name, pg_model::Oid oid = 0) {
    pg_model::Role made{.oid = oid != 0 ? oid : ++next_, .name = name};
    auto at = std::ranges::lower_bound(cluster.roles, name, {}, &pg_model::Role::name);
    cluster.roles.insert(at, made);
    return made.oid;
  }
  // As the administrator makes one: from 16 on with the implicit ADMIN.
  pg_model::Oid made_role(const std::string& name, bool login = false) {
    pg_model::Oid oid = role(name);
    find(oid).login = login;
    if (major() >= 16) cluster.memberships.push_back({oid, admin, 10, true, false, false});
    return oid;
  }
  pg_model::Role& find(pg_model::Oid oid) { return *std::ranges::find(cluster.roles, oid, &pg_model::Role::oid); }

  pg_model::Object object(pg_model::Kind kind, const std::string& schema, const std::string& name,
                          pg_model::Oid owner) {
    pg_model::Object made{.kind = kind, .oid = ++next_, .schema = schema, .name = name, .column = {}, .owner = owner};
    made.grants = pg_model::default_grants(kind, owner, major());
    return made;
  }
  pg_model::Object& add(pg_model::Kind kind, const std::string& schema, const std::string& name, pg_model::Oid owner,
                        std::size_t database = 0) {
    cluster.databases[database].objects.push_back(object(kind, schema, name, owner));
    return cluster.databases[database].objects.back();
  }
  pg_model::Object& schema(const std::string& name, pg_model::Oid owner) {
    return add(pg_model::Kind::kSchema, "", name, owner);
  }
  pg_model::Object& table(const std::string& schema, const std::string& name, pg_model::Oid owner) {
    return add(pg_model::Kind::kTable, schema, name, owner);
  }
  static void grant(pg_model::Object& on, pg_model::Oid to, pg_model::Privileges privileges, pg_model::Oid by,
                    bool option = false) {
    on.grants.push_back({to, by, privileges, option ? privileges : pg_model::Privileges{}});
    on.acl_is_default = false;
  }

  [[nodiscard]] int major() const { return cluster.server.major(); }
  [[nodiscard]] Plan plan(const pg_spec::Spec& spec) const {
    auto made = pg_plan::plan(cluster, spec);
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : Plan{};
  }

  pg_model::Cluster cluster;
  pg_model::Oid postgres = 0, admin = 0;

 private:
  pg_model::Oid next_ = 16384;
};

inline std::vector<std::string> sql(const std::vector<Statement>& statements) {
  std::vector<std::string> all;
  for (const Statement& each : statements) all.push_back(each.sql);
  return all;
}
inline bool says(const std::vector<std::string>& lines, std::string_view part) {
  return std::ranges::any_of(lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

using Lines = std::vector<std::string>;

inline pg_spec::Selector on(pg_model::Kind kind, const std::string& schema, const std::string& name) {
  return {.kind = kind, .wide = false, .database = "shop", .schema = schema, .name = name, .column = {}};
}
inline pg_spec::Selector on_schema(const std::string& name) { return on(pg_model::Kind::kSchema, "", name); }
inline pg_spec::Selector on_database() {
  return {.kind = pg_model::Kind::kDatabase, .wide = false, .database = {}, .schema = {}, .name = "shop", .column = {}};
}

}  // namespace pg_plan

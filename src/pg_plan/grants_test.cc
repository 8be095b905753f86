// Grants and default privileges, without a server. Where others had a bug of the kind, its number stands here:
//   JiRaska/open-bank-oss#9689, windmill-labs/windmill#11063, hashicorp/vault#1857   OnlyTheGrantorTakes...
//   JiRaska/open-bank-oss#9689, #9696                                                BudgetOfATable
//   terraform-provider-postgresql#145, #174, #197, #303, #321                        AllSettles, PatternsAddUp
//   pgroles#84, #104                                                                 DefaultsAreAllowedUnderExactly
//   pgroles#105, #106                                                                ObjectsOfAnotherOwner
//   pgroles#108                                                                      PublicsBuiltInRights
//   pgroles#113, ldap2pg#726, #752                                                   RoutinesAreFunctionsAndProcedures
//   pgroles#35                                                                       TypesAreDomainsToo
//   pgroles#140                                                                      ANewOwnerKeepsItsRights
//   ldap2pg#269                                                                      OneMissingTableIsOneGrant
//   template-infra#373, #377, #622, movetokube/postgres-operator#121, #319, zalando/postgres-operator#1170, #1512,
//   CrunchyData/postgres-operator#3423, db-operator#125                              DefaultsActAsTheCreator
//   template-infra#622, zalando/postgres-operator#1949, #2068                        BackfillWithTheDefault
//   ldap2pg#615, #740                                                                TheCreatorsOwnDefaultsAreNoDrift
//   ldap2pg#767                                                                      WhoCanCreateIsCovered

#include "pg_plan/cluster_fixture.h"

namespace pg_plan {
namespace {

using pg_model::Kind;
using pg_model::kSelect;
using pg_spec::Mode;
using pg_spec::RoleKind;

// A schema `app` of `owner`, with two tables; `app`, `reader` and `old` are logins that can use it.
struct Shop : TestCluster {
  explicit Shop(int major = 16, bool superuser = false) : TestCluster(major, superuser) {
    owner = made_role("owner");
    for (auto* each : {&app, &reader, &old})
      *each = made_role(each == &app ? "app" : each == &reader ? "reader" : "old", true);
    pg_model::Object& schema_app = schema("app", owner);
    for (pg_model::Oid each : {app, reader, old}) grant(schema_app, each, pg_model::kUsage, owner);
    table("app", "orders", owner);
    table("app", "items", owner);
  }
  pg_model::Object& named(const std::string& name) {
    return *std::ranges::find(cluster.databases[0].objects, name, &pg_model::Object::name);
  }
  pg_model::Oid owner = 0, app = 0, reader = 0, old = 0;
};

pg_spec::Spec exactly(std::vector<pg_spec::Grant> grants) {
  pg_spec::Spec spec{.mode = Mode::kExactly};
  spec.grants = std::move(grants);
  return spec;
}

pg_spec::Grant tables(const std::string& role, pg_model::Privileges privileges, const std::string& name = "*") {
  return {.role = role, .on = on(Kind::kTable, "app", name), .privileges = privileges};
}

Lines acting(const std::string& role, Lines inner) {
  Lines all{"GRANT \"" + role + "\" TO \"admin\" WITH INHERIT FALSE, SET TRUE", "SET ROLE \"" + role + "\""};
  all.insert(all.end(), inner.begin(), inner.end());
  all.insert(all.end(), {"RESET ROLE", "REVOKE \"" + role + "\" FROM \"admin\""});
  return all;
}

TEST(Grants, ManyObjectsAndGranteesAreOneStatement) {
  Shop shop;
  Plan plan = shop.plan(exactly({tables("app", kSelect), tables("reader", kSelect)}));
  EXPECT_EQ(sql(plan.statements),
            acting("owner", {R"(GRANT SELECT ON TABLE "app"."orders", "app"."items" TO "app", "reader")"}));
  ASSERT_EQ(plan.gained.size(), 4U);
  EXPECT_EQ(plan.gained[0], (Access{"app", "SELECT", "app.items", "direct"}));
}

TEST(Grants, OneMissingTableIsOneGrant) {
  Shop shop;
  TestCluster::grant(shop.named("orders"), shop.app, kSelect, shop.owner);
  EXPECT_EQ(sql(shop.plan(exactly({tables("app", kSelect)})).statements),
            acting("owner", {R"(GRANT SELECT ON TABLE "app"."items" TO "app")"}));
}

TEST(Grants, ModesTakeLeaveAndList) {
  Shop shop;
  TestCluster::grant(shop.named("orders"), shop.old, kSelect, shop.owner);
  pg_spec::Spec spec = exactly({tables("app", kSelect, "orders")});
  Plan plan = shop.plan(spec);
  EXPECT_TRUE(says(sql(plan.statements), R"(REVOKE SELECT ON TABLE "app"."orders" FROM "old")"));
  EXPECT_EQ(plan.lost, (std::vector<Access>{{"old", "SELECT", "app.orders", "direct"}}));
  spec.mode = Mode::kAtLeast;
  EXPECT_FALSE(says(sql(shop.plan(spec).statements), "REVOKE SELECT"));
  spec.mode = Mode::kAdopt;
  plan = shop.plan(spec);
  EXPECT_FALSE(says(sql(plan.statements), "REVOKE SELECT"));
  EXPECT_EQ(plan.unmanaged, Lines{"SELECT on table app.orders to old, given by owner"});
  spec.external_roles = {"old"};
  spec.mode = Mode::kExactly;
  EXPECT_FALSE(says(sql(shop.plan(spec).statements), "REVOKE SELECT"));
}

TEST(Grants, OnlyTheGrantorTakesWhatItGave) {
  for (bool superuser : {false, true}) {
    Shop shop(16, superuser);
    TestCluster::grant(shop.named("orders"), shop.reader, kSelect, shop.owner, true);
    TestCluster::grant(shop.named("orders"), shop.old, kSelect, shop.reader);
    Lines lines = sql(shop.plan(exactly({tables("reader", kSelect, "orders")})).statements);
    // First what depends on the grant option, as its grantor; a superuser too has to be the grantor.
    auto as = std::ranges::find(lines, "SET ROLE \"reader\"");
    ASSERT_NE(as, lines.end());
    EXPECT_EQ(*(as + 1), R"(REVOKE SELECT ON TABLE "app"."orders" FROM "old")");
    EXPECT_EQ(*(as + 2), "RESET ROLE");
    EXPECT_TRUE(says(lines, R"(REVOKE GRANT OPTION FOR SELECT ON TABLE "app"."orders" FROM "reader")"));
  }
}

TEST(Grants, WhatDependsOnALostGrantOptionIsGivenAgain) {
  Shop shop;
  TestCluster::grant(shop.named("orders"), shop.old, kSelect, shop.owner, true);
  TestCluster::grant(shop.named("orders"), shop.reader, kSelect, shop.old);
  Lines lines = sql(shop.plan(exactly({tables("reader", kSelect, "orders")})).statements);
  EXPECT_TRUE(says(lines, R"(GRANT SELECT ON TABLE "app"."orders" TO "reader")"));
  EXPECT_TRUE(says(lines, R"(REVOKE SELECT ON TABLE "app"."orders" FROM "reader")"));
  EXPECT_TRUE(shop.plan(exactly({tables("reader", kSelect, "orders")})).gained.empty());
}

TEST(Grants, AGrantorWhoCannotFindTheNameIsHelped) {
  Shop shop;
  auto other = shop.made_role("other");
  TestCluster::grant(shop.named("orders"), other, kSelect, shop.owner, true);
  TestCluster::grant(shop.named("orders"), shop.old, kSelect, other);
  Lines lines = sql(shop.plan(exactly({tables("other", kSelect, "orders")})).statements);
  EXPECT_TRUE(says(lines, R"(GRANT USAGE ON SCHEMA "app" TO "other")"));
  EXPECT_TRUE(says(lines, R"(REVOKE USAGE ON SCHEMA "app" FROM "other")"));
}

TEST(Grants, AllSettles) {
  for (int major : {16, 17}) {
    Shop shop(major);
    TestCluster::grant(shop.named("orders"), shop.app, pg_model::all_privileges(Kind::kTable, major), shop.owner);
    pg_spec::Grant all{.role = "app", .on = on(Kind::kTable, "app", "orders"), .all = true};
    EXPECT_TRUE(shop.plan(exactly({all})).empty());
  }
}

TEST(Grants, PatternsAddUp) {
  Shop shop;
  TestCluster::grant(shop.named("orders"), shop.app, kSelect | pg_model::kInsert, shop.owner);
  TestCluster::grant(shop.named("items"), shop.app, kSelect, shop.owner);
  EXPECT_TRUE(shop.plan(exactly({tables("app", kSelect), tables("app", pg_model::kInsert, "orders")})).empty());
}

TEST(Grants, PublicsBuiltInRights) {
  Shop shop;
  shop.add(Kind::kFunction, "app", "total(integer, text)", shop.owner);
  pg_spec::Grant execute{.role = "app", .on = on(Kind::kFunction, "app", "*"), .privileges = pg_model::kExecute};
  execute.on.wide = true;
  Plan plan = shop.plan(exactly({execute}));
  EXPECT_EQ(sql(plan.statements),
            acting("owner", {R"(GRANT EXECUTE ON FUNCTION "app"."total"(integer, text) TO "app")",
                             R"(REVOKE EXECUTE ON FUNCTION "app"."total"(integer, text) FROM PUBLIC)"}));
  EXPECT_EQ(plan.lost, (std::vector<Access>{{"PUBLIC", "EXECUTE", "app.total(integer, text)", "PUBLIC"}}));
  EXPECT_TRUE(plan.gained.empty()) << "app could do it before, through PUBLIC";
}

TEST(Grants, RoutinesAreFunctionsAndProcedures) {
  Shop shop;
  shop.add(Kind::kFunction, "app", "f()", shop.owner);
  shop.add(Kind::kProcedure, "app", "p(integer)", shop.owner);
  pg_spec::Spec spec;
  pg_spec::Selector both = on(Kind::kFunction, "app", "*");
  both.wide = true;
  spec.revokes = {{.role = "PUBLIC", .on = both, .privileges = pg_model::kExecute}};
  Lines lines = sql(shop.plan(spec).statements);
  EXPECT_TRUE(says(lines, R"(ON FUNCTION "app"."f"() FROM PUBLIC)"));
  EXPECT_TRUE(says(lines, R"(ON PROCEDURE "app"."p"(integer) FROM PUBLIC)"));
}

TEST(Grants, TypesAreDomainsToo) {
  Shop shop;
  shop.add(Kind::kDomain, "app", "email", shop.owner);
  pg_spec::Spec spec;
  pg_spec::Selector both = on(Kind::kType, "app", "*");
  both.wide = true;
  spec.revokes = {{.role = "PUBLIC", .on = both, .privileges = pg_model::kUsage}};
  EXPECT_TRUE(says(sql(shop.plan(spec).statements), R"(REVOKE USAGE ON TYPE "app"."email" FROM PUBLIC)"));
}

TEST(Grants, ATablesRevokeTakesItsColumnsRights) {
  Shop shop;
  TestCluster::grant(shop.named("orders"), shop.app, kSelect, shop.owner);
  pg_model::Object& column = shop.add(Kind::kColumn, "app", "orders", shop.owner);
  column.column = "price";
  column.grants = {{shop.app, shop.owner, kSelect, 0}};
  column.acl_is_default = false;
  pg_spec::Grant price{.role = "app", .on = on(Kind::kColumn, "app", "orders"), .privileges = kSelect};
  price.on.column = "price";
  pg_spec::Spec spec = exactly({price});
  spec.objects = {on(Kind::kTable, "app", "orders")};
  EXPECT_EQ(sql(shop.plan(spec).statements),
            acting("owner", {R"(REVOKE SELECT ON TABLE "app"."orders" FROM "app")",
                             R"(GRANT SELECT ("price") ON TABLE "app"."orders" TO "app")"}));
}

TEST(Grants, WithoutAWayToTheOwnerTheStatementIsTheAdministrators) {
  Shop shop;
  auto foreign = shop.role("foreign");
  shop.table("app", "theirs", foreign);
  Plan plan = shop.plan(exactly({tables("app", kSelect, "theirs")}));
  EXPECT_TRUE(plan.statements.empty());
  ASSERT_EQ(sql(plan.administrator), Lines{R"(GRANT SELECT ON TABLE "app"."theirs" TO "app")"});
  EXPECT_EQ(plan.administrator[0].database, "shop");
  EXPECT_NE(plan.administrator[0].reason.find("no ADMIN"), std::string::npos);
}

TEST(Grants, ObjectsOfAnotherOwner) {
  Shop shop;
  shop.table("app", "theirs", shop.reader);
  Lines lines = sql(shop.plan(exactly({tables("app", kSelect)})).statements);
  EXPECT_TRUE(says(lines, "SET ROLE \"reader\""));
  EXPECT_TRUE(says(lines, R"(GRANT SELECT ON TABLE "app"."theirs" TO "app")"));
}

TEST(Grants, ANewOwnerKeepsItsRights) {
  Shop shop;
  TestCluster::grant(shop.named("orders"), shop.app, kSelect, shop.owner);
  auto next = shop.made_role("next");
  TestCluster::grant(shop.named("orders"), next, pg_model::kInsert, shop.owner);
  pg_spec::Spec spec = exactly({tables("app", kSelect, "orders")});
  spec.owners = {{on(Kind::kTable, "app", "orders"), "next"}};
  Plan plan = shop.plan(spec);
  EXPECT_FALSE(says(sql(plan.statements), "REVOKE INSERT"));
  EXPECT_TRUE(says(sql(plan.statements), R"(ALTER TABLE "app"."orders" OWNER TO "next")"));
  EXPECT_TRUE(std::ranges::none_of(plan.lost, [](const Access& each) { return each.role == "next"; }));
  // Nothing of what it took is left.
  Lines lines = sql(plan.statements);
  EXPECT_EQ(lines.back(), "REVOKE \"owner\" FROM \"admin\"");
  EXPECT_TRUE(says(lines, "REVOKE CREATE ON SCHEMA \"app\" FROM \"next\""));
  EXPECT_TRUE(says(lines, "REVOKE \"next\" FROM \"owner\""));
}

TEST(Grants, BudgetOfATable) {
  Shop shop;
  pg_spec::Spec spec;
  for (int at = 0; at < 1600; ++at) {
    std::string name = "r" + std::to_string(at);
    shop.made_role(name, true);
    spec.grants.push_back(tables(name, kSelect, "orders"));
  }
  Plan plan = shop.plan(spec);
  EXPECT_TRUE(says(plan.warnings, "app.orders"));
  EXPECT_TRUE(says(plan.warnings, "more fit"));
  EXPECT_EQ(plan.statements.size(), 5U);
  EXPECT_LE(plan.gained.size(), 2000U);
}

TEST(Defaults, ActAsTheCreator) {
  Shop shop;
  pg_spec::Spec spec;
  spec.defaults = {{.creator = "owner", .database = "shop", .schema = "app", .role = "app", .privileges = kSelect}};
  Lines lines = sql(shop.plan(spec).statements);
  EXPECT_EQ(lines[1], "SET ROLE \"owner\"");
  EXPECT_TRUE(
      says(lines, R"(ALTER DEFAULT PRIVILEGES FOR ROLE "owner" IN SCHEMA "app" GRANT SELECT ON TABLES TO "app")"));
}

TEST(Defaults, BackfillWithTheDefault) {
  Shop shop;
  pg_spec::Spec spec;
  spec.defaults = {{.creator = "owner", .database = "shop", .schema = "app", .role = "app", .privileges = kSelect}};
  EXPECT_TRUE(says(sql(shop.plan(spec).statements), R"(GRANT SELECT ON TABLE "app"."orders", "app"."items" TO "app")"));
  // Where the default is there already, what an object lacks is by somebody's will: init makes an empty plan.
  shop.cluster.databases[0].defaults = {
      {shop.owner, shop.named("app").oid, Kind::kTable, {{shop.app, shop.owner, kSelect, 0}}}};
  EXPECT_TRUE(shop.plan(spec).empty());
}

TEST(Defaults, AreAllowedUnderExactly) {
  Shop shop;
  shop.cluster.databases[0].defaults = {
      {shop.owner, shop.named("app").oid, Kind::kTable, {{shop.app, shop.owner, kSelect, 0}}}};
  TestCluster::grant(shop.named("items"), shop.app, kSelect, shop.owner);  // made after the default
  pg_spec::Spec spec = exactly({tables("reader", kSelect, "orders")});
  TestCluster::grant(shop.named("orders"), shop.reader, kSelect, shop.owner);
  spec.objects = {on(Kind::kTable, "app", "*")};
  spec.defaults = {{.creator = "owner", .database = "shop", .schema = "app", .role = "app", .privileges = kSelect}};
  EXPECT_TRUE(shop.plan(spec).empty());
}

TEST(Defaults, TheCreatorsOwnDefaultsAreNoDrift) {
  Shop shop;
  shop.cluster.databases[0].defaults = {
      {shop.owner, 0, Kind::kFunction, {{shop.owner, shop.owner, pg_model::kExecute, 0}}}};
  pg_spec::Spec spec{.mode = Mode::kExactly};
  spec.roles = {{.name = "owner"}};
  spec.default_revokes = {{.creator = "owner",
                           .database = "shop",
                           .kind = Kind::kFunction,
                           .role = "PUBLIC",
                           .privileges = pg_model::kExecute}};
  EXPECT_TRUE(shop.plan(spec).empty());
}

TEST(Defaults, OfASchemaCannotTakeWhatIsBuiltIn) {
  Shop shop;
  pg_spec::Spec spec;
  spec.default_revokes = {{.creator = "owner",
                           .database = "shop",
                           .schema = "app",
                           .kind = Kind::kFunction,
                           .role = "PUBLIC",
                           .privileges = pg_model::kExecute}};
  EXPECT_NE(shop.plan(spec).refused.find("cannot take it away"), std::string::npos);
  spec.default_revokes[0].schema.clear();
  EXPECT_TRUE(says(sql(shop.plan(spec).statements),
                   R"(ALTER DEFAULT PRIVILEGES FOR ROLE "owner" REVOKE EXECUTE ON ROUTINES FROM PUBLIC)"));
}

TEST(Defaults, WhoCanCreateIsCovered) {
  Shop shop;
  TestCluster::grant(shop.named("app"), shop.old, pg_model::kCreate, shop.owner);
  pg_spec::Spec spec;
  spec.defaults = {{.creator = "owner", .database = "shop", .schema = "app", .role = "app", .privileges = kSelect}};
  EXPECT_TRUE(says(shop.plan(spec).warnings, "old can create in schema app"));
  spec.settings = {{.role = "old", .name = "role", .value = "owner"}};
  EXPECT_FALSE(says(shop.plan(spec).warnings, "old can create in schema app"));
}

}  // namespace
}  // namespace pg_plan

// The rules of a plan, one by one, without a server. Where others had a bug of the kind, its number stands beside the
// test:
//   fazer-ai/agents#195, emiliaprotocol/emilia-protocol#416     OnlyAttributesThatDiffer
//   cloudnative-pg#11448                                        ImplicitAdminIsLeftAlone
//   avniproject/avni-server#1061                                NothingForWhatIsTrue
//   movetokube/postgres-operator#315, terraform-provider-postgresql#120, #289, mitodl/ol-infrastructure#5383,
//   crossplane-contrib/provider-sql#359                         GuardOf...
//   db-operator#125                                             DefaultsActAsTheCreator
//   terraform-provider-postgresql#293, #301, #316               PublicSchemaOfTheDatabaseOwner
//   gravitational/teleport#48949                                MembershipWithoutAdminIsTheAdministrators
// Those of grants and default privileges: grants_test.cc; of removals: absent_test.cc.

#include "pg_plan/cluster_fixture.h"

namespace pg_plan {
namespace {

using pg_model::Kind;
using pg_spec::Mode;
using pg_spec::RoleKind;

class EveryMajor : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Majors, EveryMajor, testing::Range(13, 19));

TEST_P(EveryMajor, NothingForWhatIsTrue) {
  TestCluster world(GetParam());
  auto owner = world.made_role("owner"), app = world.made_role("app", true);
  TestCluster::grant(world.schema("app", owner), app, pg_model::kUsage, owner);
  TestCluster::grant(world.table("app", "orders", owner), app, pg_model::kSelect, owner);
  pg_spec::Spec spec{.mode = Mode::kAtLeast};
  spec.roles = {{.name = "owner"}, {.name = "app", .kind = RoleKind::kLogin}};
  spec.schemas = {{.database = "shop", .name = "app", .owner = "owner"}};
  spec.grants = {{.role = "app", .on = on_schema("app"), .privileges = pg_model::kUsage},
                 {.role = "app", .on = on(Kind::kTable, "app", "*"), .privileges = pg_model::kSelect}};
  Plan plan = world.plan(spec);
  EXPECT_TRUE(plan.empty()) << sql(plan.statements).front();
  EXPECT_EQ(plan.refused, "");
  EXPECT_TRUE(plan.gained.empty());
}

TEST_P(EveryMajor, OnlyAttributesThatDiffer) {
  TestCluster world(GetParam());
  world.made_role("app", true);
  pg_spec::Spec spec{.mode = Mode::kExactly};
  spec.roles = {{.name = "app", .kind = RoleKind::kLogin, .connection_limit = 5}, {.name = "group"}};
  Lines expected{"CREATE ROLE \"group\"", "ALTER ROLE \"app\" CONNECTION LIMIT 5"};
  EXPECT_EQ(sql(world.plan(spec).statements), expected);
}

TEST(Roles, WhatTheExecutorMayNotIsTheAdministrators) {
  TestCluster world(16);
  world.find(world.admin).createdb = false;
  world.made_role("app", true);
  world.role("foreign");
  pg_spec::Spec spec;
  spec.roles = {{.name = "app", .kind = RoleKind::kLogin, .createdb = true, .connection_limit = 5},
                {.name = "foreign", .connection_limit = 5}};
  Plan plan = world.plan(spec);
  EXPECT_EQ(sql(plan.statements), Lines{"ALTER ROLE \"app\" CONNECTION LIMIT 5"});
  EXPECT_EQ(sql(plan.administrator),
            (Lines{"ALTER ROLE \"app\" CREATEDB", "ALTER ROLE \"foreign\" CONNECTION LIMIT 5"}));
}

TEST(Roles, TheExecutorKeepsWhatItWorksWith) {
  TestCluster world(15);
  pg_spec::Spec spec{.mode = Mode::kExactly};
  spec.roles = {{.name = "admin", .kind = RoleKind::kLogin}};
  Plan plan = world.plan(spec);
  EXPECT_TRUE(plan.statements.empty());
  EXPECT_TRUE(says(plan.warnings, "CREATEROLE of admin stays"));
}

TEST(Roles, ReservedAndLongNamesAreRefused) {
  TestCluster world(15);
  pg_spec::Spec spec;
  spec.roles = {{.name = "pg_mine"}, {.name = std::string(64, 'x')}};
  EXPECT_NE(world.plan(spec).refused.find("reserved"), std::string::npos);
}

TEST(Memberships, ImplicitAdminIsLeftAlone) {
  TestCluster world(16);
  world.made_role("app", true);
  pg_spec::Spec spec{.mode = Mode::kExactly};
  spec.roles = {{.name = "app", .kind = RoleKind::kLogin}};
  EXPECT_TRUE(world.plan(spec).empty());
}

TEST(Memberships, OfEachGrantorInItsName) {
  TestCluster world(17);
  auto group = world.made_role("group"), app = world.made_role("app", true), other = world.made_role("other");
  world.cluster.memberships.push_back({group, other, world.admin, true, false, true});
  world.cluster.memberships.push_back({group, app, other, false, true, true});
  world.cluster.memberships.push_back({group, app, world.admin, false, true, true});
  pg_spec::Spec spec{.mode = Mode::kExactly};
  spec.roles = {{.name = "app", .kind = RoleKind::kLogin}};
  Lines expected{"GRANT \"other\" TO \"admin\" WITH INHERIT FALSE, SET TRUE", "SET ROLE \"other\"",
                 "REVOKE \"group\" FROM \"app\" GRANTED BY \"other\"",        "RESET ROLE",
                 "REVOKE \"group\" FROM \"app\" GRANTED BY \"admin\"",        "REVOKE \"other\" FROM \"admin\""};
  EXPECT_EQ(sql(world.plan(spec).statements), expected);
}

TEST(Memberships, OneStatementForAGroup) {
  TestCluster world(15);
  world.made_role("group");
  pg_spec::Spec spec;
  for (const char* name : {"a", "b", "c"}) {
    world.made_role(name, true);
    spec.memberships.push_back({.role = "group", .member = name});
  }
  EXPECT_EQ(sql(world.plan(spec).statements), Lines{R"(GRANT "group" TO "a", "b", "c")"});
}

TEST(Memberships, OptionsBefore16AreRefusedByName) {
  TestCluster world(15);
  world.made_role("group");
  world.made_role("app", true);
  pg_spec::Spec spec;
  spec.memberships = {{.role = "group", .member = "app", .set = false}};
  EXPECT_NE(world.plan(spec).refused.find("PostgreSQL 15 does not know"), std::string::npos);
  spec.memberships = {{.role = "group", .member = "app", .inherit = false}};
  EXPECT_NE(world.plan(spec).refused.find("PostgreSQL 15 does not know"), std::string::npos);
}

TEST(Memberships, MembershipWithoutAdminIsTheAdministrators) {
  TestCluster world(16);
  world.role("pg_read_all_data");
  world.made_role("app", true);
  pg_spec::Spec spec;
  spec.memberships = {{.role = "pg_read_all_data", .member = "app"}};
  EXPECT_EQ(sql(world.plan(spec).administrator), Lines{R"(GRANT "pg_read_all_data" TO "app")"});
}

TEST(Memberships, ACircleIsRefused) {
  TestCluster world(16);
  world.made_role("a");
  world.made_role("b");
  pg_spec::Spec spec;
  spec.memberships = {{.role = "a", .member = "b"}, {.role = "b", .member = "a"}};
  EXPECT_NE(world.plan(spec).refused.find("circle: a, b"), std::string::npos);
}

TEST(Memberships, AMembershipTurnedRoundIsTakenFirst) {
  TestCluster world(15);
  auto a = world.made_role("a"), b = world.made_role("b");
  world.cluster.memberships.push_back({a, b, world.admin});
  pg_spec::Spec spec{.mode = Mode::kExactly};
  spec.roles = {{.name = "a"}, {.name = "b"}};
  spec.memberships = {{.role = "b", .member = "a"}};
  EXPECT_EQ(sql(world.plan(spec).statements), (Lines{R"(REVOKE "a" FROM "b")", R"(GRANT "b" TO "a")"}));
}

TEST_P(EveryMajor, GuardOfTheExecutor) {
  TestCluster world(GetParam());
  world.made_role("rds_iam");
  auto owner = world.made_role("owner");
  world.cluster.memberships.push_back({owner, world.admin, world.postgres, false, true, true});
  pg_spec::Spec spec;
  spec.memberships = {{.role = "rds_iam", .member = "owner"}};
  Plan plan = world.plan(spec);
  EXPECT_NE(plan.refused.find("admin -> owner -> rds_iam"), std::string::npos) << plan.refused;
}

TEST_P(EveryMajor, GuardOfManagedPasswords) {
  TestCluster world(GetParam());
  auto iam = world.made_role("rds_iam");
  auto group = world.made_role("readers");
  world.cluster.memberships.push_back({iam, group, world.postgres, false, true, true});
  pg_spec::Spec spec;
  spec.roles = {{.name = "app", .kind = RoleKind::kLogin, .password = "file:x"}};
  spec.memberships = {{.role = "readers", .member = "app"}};
  EXPECT_NE(world.plan(spec).refused.find("app -> readers -> rds_iam"), std::string::npos);
}

// The maker of an IAM login holds ADMIN on it from 16 on: that alone must not refuse every such plan.
TEST(Guard, AdminOnlyIsAWarning) {
  TestCluster world(16);
  world.role("rds_iam");
  pg_spec::Spec spec;
  spec.roles = {{.name = "app", .kind = RoleKind::kLogin, .iam_login = true}};
  spec.memberships = {{.role = "rds_iam", .member = "app"}};
  Plan plan = world.plan(spec);
  EXPECT_EQ(plan.refused, "");
  EXPECT_TRUE(says(plan.warnings, "admin -> app -> rds_iam"));
}

TEST(Guard, RdsIamOutsideOfRdsIsRefused) {
  TestCluster world(15);
  pg_spec::Spec spec;
  spec.roles = {{.name = "app", .kind = RoleKind::kLogin, .iam_login = true}};
  spec.memberships = {{.role = "rds_iam", .member = "app"}};
  EXPECT_NE(world.plan(spec).refused.find("Amazon RDS"), std::string::npos);
}

TEST(Databases, PublicSchemaOfTheDatabaseOwner) {
  TestCluster world(15);
  auto pgdo = pg_model::Oid{6171};
  TestCluster::grant(world.schema("public", pgdo), pg_model::kPublic, pg_model::kUsage, pgdo);
  pg_spec::Spec spec;
  spec.revokes = {{.role = "PUBLIC", .on = on_schema("public"), .privileges = pg_model::kUsage}};
  Lines expected{"SET ROLE \"pg_database_owner\"", "REVOKE USAGE ON SCHEMA \"public\" FROM PUBLIC", "RESET ROLE"};
  EXPECT_EQ(sql(world.plan(spec).statements), expected);
}

TEST(Databases, PublicSchemaBefore15IsTheAdministrators) {
  TestCluster world(14);
  TestCluster::grant(world.schema("public", world.postgres), pg_model::kPublic, pg_model::kUsage | pg_model::kCreate,
                     world.postgres);
  pg_spec::Spec spec;
  spec.revokes = {{.role = "PUBLIC", .on = on_schema("public"), .privileges = pg_model::kCreate}};
  Plan plan = world.plan(spec);
  ASSERT_EQ(sql(plan.administrator), Lines{"REVOKE CREATE ON SCHEMA \"public\" FROM PUBLIC"});
  EXPECT_NE(plan.administrator.front().reason.find("this is 14"), std::string::npos);
  EXPECT_TRUE(plan.statements.empty());
}

TEST(Databases, AreMadeOutsideOfATransactionAndGivenAwayInside) {
  TestCluster world(16);
  world.made_role("owner");
  pg_spec::Spec spec;
  spec.databases = {{.name = "new", .owner = "owner"}};
  Plan plan = world.plan(spec);
  EXPECT_EQ(sql(plan.statements),
            (Lines{"CREATE DATABASE \"new\"", "GRANT \"owner\" TO \"admin\" WITH INHERIT FALSE, SET TRUE",
                   "ALTER DATABASE \"new\" OWNER TO \"owner\"", "REVOKE \"owner\" FROM \"admin\""}));
  EXPECT_FALSE(plan.statements.front().in_transaction);
  spec.databases[0].create = false;
  EXPECT_NE(world.plan(spec).refused.find("no database new"), std::string::npos);
}

TEST(Settings, AreSentElementByElementAndComparedLikeThat) {
  TestCluster world(16);
  auto app = world.made_role("app", true);
  pg_spec::Spec spec;
  spec.settings = {{.role = "app", .database = "shop", .name = "search_path", .value = "app, \"$user\", \"Odd\""}};
  EXPECT_EQ(sql(world.plan(spec).statements),
            Lines{R"(ALTER ROLE "app" IN DATABASE "shop" SET "search_path" TO "app", "$user", "Odd")"});
  world.cluster.settings.push_back(
      {app, world.cluster.databases[0].self.oid, "search_path", R"("app", "$user", "Odd")"});
  EXPECT_TRUE(world.plan(spec).empty());
}

TEST(Settings, ThatOnlyASuperuserMayMakeAreTheAdministrators) {  // backenly/backenly#16
  TestCluster world(16);
  world.made_role("app", true);
  pg_spec::Spec spec;
  spec.settings = {{.role = "app", .name = "pgaudit.log", .value = "all"},
                   {.role = "app", .name = "log_statement", .value = "all"}};
  EXPECT_EQ(world.plan(spec).administrator.size(), 2U);
}

TEST(Plan, DigestIsOfThisClusterAndTheseObjects) {
  auto digest = [](const std::string& system, pg_model::Oid shift) {
    TestCluster world(16);
    for (pg_model::Oid at = 0; at < shift; ++at) world.role("unused" + std::to_string(at));
    world.cluster.server.system_identifier = system;
    auto owner = world.made_role("owner");
    world.made_role("app", true);
    world.schema("app", owner);
    world.table("app", "orders", owner);
    pg_spec::Spec spec;
    spec.grants = {{.role = "app", .on = on(Kind::kTable, "app", "orders"), .privileges = pg_model::kSelect}};
    return world.plan(spec).digest;
  };
  EXPECT_EQ(digest("7", 0), digest("7", 0));
  EXPECT_NE(digest("7", 0), digest("8", 0));
  EXPECT_NE(digest("7", 0), digest("7", 1));  // the same names, other things
}

TEST(Plan, AReaderIsRefused) {
  TestCluster world(16);
  world.cluster.server.in_recovery = true;
  EXPECT_NE(world.plan({}).refused.find("in recovery"), std::string::npos);
}

TEST(Plan, WhatTheMajorDoesNotKnowIsRefused) {
  TestCluster world(16);
  auto owner = world.made_role("owner");
  world.made_role("app", true);
  world.schema("app", owner);
  world.table("app", "orders", owner);
  pg_spec::Spec spec;
  spec.grants = {{.role = "app", .on = on(Kind::kTable, "app", "orders"), .privileges = pg_model::kMaintain}};
  EXPECT_NE(world.plan(spec).refused.find("PostgreSQL 16 has no MAINTAIN"), std::string::npos);
  TestCluster old(14);
  old.made_role("app", true);
  spec.grants = {{.role = "app", .on = {.kind = Kind::kParameter, .name = "work_mem"}, .privileges = pg_model::kSet}};
  EXPECT_NE(old.plan(spec).refused.find("this is 14"), std::string::npos);
}

}  // namespace
}  // namespace pg_plan

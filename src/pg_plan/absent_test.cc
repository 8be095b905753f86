// Removals, policies and effective access, without a server. Bugs of others that are held off here:
//   hashicorp/vault#1857, #1535, #699, terraform-provider-postgresql#203, #435, #613, #620   Absent...
//   schemalabz/opencouncil#334                                                              Access...

#include "pg_plan/access.h"
#include "pg_plan/cluster_fixture.h"
#include "pg_plan/expression.h"

namespace pg_plan {
namespace {

using pg_model::Kind;
using pg_model::kSelect;
using pg_spec::Mode;

TEST(Absent, ADatabaseThatNobodyLookedIntoIsNamed) {
  TestCluster world(16);
  world.made_role("old");
  pg_model::Database other;
  other.self = world.object(Kind::kDatabase, "", "other", world.admin);
  world.cluster.databases.push_back(other);
  pg_spec::Spec spec;
  spec.absent_roles = {{"old", ""}};
  EXPECT_NE(world.plan(spec).refused.find("other"), std::string::npos);
  world.cluster.databases.back().allows_connections = false;
  EXPECT_EQ(sql(world.plan(spec).statements), Lines{"DROP ROLE \"old\""});
  spec.absent_roles = {{"never was", ""}};
  EXPECT_TRUE(world.plan(spec).empty());
}

TEST(Absent, WhatItOwnsNeedsAnHeir) {
  TestCluster world(16);
  auto old = world.made_role("old");
  world.made_role("next");
  world.schema("app", old);
  pg_spec::Spec spec;
  spec.absent_roles = {{"old", ""}};
  EXPECT_NE(world.plan(spec).refused.find("schema app in shop"), std::string::npos);
  spec.absent_roles = {{"old", "next"}};
  Lines expected{"GRANT \"next\" TO \"old\" WITH INHERIT TRUE, SET TRUE",
                 "GRANT \"old\" TO \"admin\" WITH INHERIT FALSE, SET TRUE",
                 "SET ROLE \"old\"",
                 "REASSIGN OWNED BY \"old\" TO \"next\"",
                 "RESET ROLE",
                 "REVOKE \"next\" FROM \"old\"",
                 "SET ROLE \"old\"",
                 "DROP OWNED BY \"old\"",
                 "RESET ROLE",
                 "REVOKE \"old\" FROM \"admin\"",
                 "DROP ROLE \"old\""};
  EXPECT_EQ(sql(world.plan(spec).statements), expected);
}

TEST(Absent, RightsAreTakenByThoseWhoGaveThem) {
  TestCluster world(15);
  auto owner = world.made_role("owner"), old = world.made_role("old"), app = world.made_role("app");
  TestCluster::grant(world.schema("app", owner), old, pg_model::kUsage, owner);
  pg_model::Object& table = world.table("app", "orders", owner);
  TestCluster::grant(table, old, kSelect, owner, true);
  TestCluster::grant(table, app, kSelect, old);
  world.cluster.databases[0].defaults = {
      {owner, world.cluster.databases[0].objects[0].oid, Kind::kTable, {{old, owner, kSelect, 0}}},
      {old, 0, Kind::kFunction, {{old, old, pg_model::kExecute, 0}}}};
  pg_spec::Spec spec;
  spec.absent_roles = {{"old", ""}};
  Lines lines = sql(world.plan(spec).statements);
  EXPECT_TRUE(says(lines, R"(GRANT SELECT ON TABLE "app"."orders" TO "app")")) << "app keeps it, by the owner";
  EXPECT_TRUE(says(lines, R"(REVOKE SELECT ON TABLE "app"."orders" FROM "app")"));
  EXPECT_TRUE(says(lines, R"(REVOKE SELECT ON TABLE "app"."orders" FROM "old")"));
  EXPECT_TRUE(says(lines, R"(REVOKE USAGE ON SCHEMA "app" FROM "old")"));
  EXPECT_TRUE(says(lines, R"(FOR ROLE "owner" IN SCHEMA "app" REVOKE SELECT ON TABLES FROM "old")"));
  EXPECT_TRUE(says(lines, R"(FOR ROLE "old" GRANT EXECUTE ON ROUTINES TO PUBLIC)")) << "as built in: the row goes";
  EXPECT_EQ(lines.back(), "DROP ROLE \"old\"");
}

TEST(Absent, MembershipsThatItGaveAreGivenAgain) {
  TestCluster world(16);
  auto group = world.made_role("group"), old = world.made_role("old"), app = world.made_role("app", true);
  world.cluster.memberships.push_back({group, old, world.admin, true, true, true});
  world.cluster.memberships.push_back({group, app, old, false, true, true});
  pg_spec::Spec spec;
  spec.absent_roles = {{"old", ""}};
  Lines lines = sql(world.plan(spec).statements);
  EXPECT_TRUE(says(lines, R"(GRANT "group" TO "app" WITH INHERIT TRUE, SET TRUE)"));
  EXPECT_TRUE(says(lines, R"(REVOKE "group" FROM "app" GRANTED BY "old")"));
}

TEST(Policies, AreMadeChangedAndTaken) {
  TestCluster world(16);
  pg_model::Object& table = world.table("", "orders", world.admin);
  pg_model::Oid oid = table.oid;
  pg_spec::Spec spec{.mode = Mode::kExactly};
  spec.row_security = {{.table = on(Kind::kTable, "", "orders")}};
  spec.policies = {{.table = on(Kind::kTable, "", "orders"),
                    .name = "own",
                    .command = "SELECT",
                    .using_expression = "customer = current_user",
                    .roles = {"PUBLIC"}}};
  EXPECT_EQ(sql(world.plan(spec).statements),
            (Lines{"ALTER TABLE \"orders\" ENABLE ROW LEVEL SECURITY",
                   "CREATE POLICY \"own\" ON \"orders\" AS PERMISSIVE FOR SELECT TO PUBLIC USING (customer = "
                   "current_user)"}));
  world.cluster.databases[0].objects[0].row_security = true;
  world.cluster.databases[0].policies = {
      {oid, "own", "SELECT", "(customer = CURRENT_USER)", "", true, {pg_model::kPublic}}};
  EXPECT_TRUE(world.plan(spec).empty());
  spec.policies[0].using_expression = "true";
  EXPECT_EQ(sql(world.plan(spec).statements), Lines{"ALTER POLICY \"own\" ON \"orders\" USING (true)"});
  spec.policies.clear();
  Plan plan = world.plan(spec);
  EXPECT_EQ(sql(plan.statements), Lines{"DROP POLICY \"own\" ON \"orders\""});
  EXPECT_EQ(plan.statements[0].risk, Risk::kHigh);
}

TEST(Expression, WhatMeansTheSameToTheServer) {
  EXPECT_TRUE(same_expression("a = 1 and b = 'x'", "((a = 1) AND (b = 'x'::text))"));
  EXPECT_TRUE(same_expression("\"a\" != 1", "(a <> 1)"));
  EXPECT_TRUE(same_expression("f(a, 'It''s')", "f(a, 'It''s'::text)"));
  EXPECT_FALSE(same_expression("(a or b) and c", "a or (b and c)"));
  EXPECT_FALSE(same_expression("a - (b - c)", "a - b - c"));
  EXPECT_FALSE(same_expression("not a and b", "not (a and b)"));
  EXPECT_FALSE(same_expression("a = 'X'", "a = 'x'"));
  EXPECT_FALSE(same_expression("\"A\" = 1", "a = 1"));
  EXPECT_FALSE(same_expression("true", ""));
  EXPECT_TRUE(same_expression("a < -3", "(a < '-3'::integer)"));
  EXPECT_FALSE(same_expression("a - 3 < 0", "a < '-3'::integer"));
  EXPECT_TRUE(same_expression("a in (1, 2)", "( a  IN (1,2) )")) << "not understood: as it is written";
  EXPECT_FALSE(same_expression(std::string(100'000, '('), std::string(100'001, '(')));
}

TEST(AccessOf, OwnersGroupsPublicAndPredefinedRoles) {
  TestCluster world(15);
  auto owner = world.made_role("owner"), group = world.made_role("readers"), app = world.made_role("app", true);
  auto lazy = world.made_role("lazy", true), all = world.role("pg_read_all_data");
  auto auditor = world.made_role("auditor", true);
  world.cluster.memberships = {{group, app, 10}, {group, lazy, 10, false, false, true}, {all, auditor, 10}};
  TestCluster::grant(world.table("app", "orders", owner), group, kSelect, owner);
  std::vector<Access> access = effective_access(world.cluster);
  auto has = [&](const Access& one) { return std::ranges::find(access, one) != access.end(); };
  EXPECT_TRUE(has({"app", "SELECT", "app.orders", "group readers"}));
  EXPECT_TRUE(has({"readers", "SELECT", "app.orders", "direct"}));
  EXPECT_TRUE(has({"owner", "DELETE", "app.orders", "owner"}));
  EXPECT_TRUE(has({"auditor", "SELECT", "app.orders", "pg_read_all_data"}));
  EXPECT_TRUE(has({"PUBLIC", "CONNECT", "database shop", "PUBLIC"}));
  EXPECT_TRUE(std::ranges::none_of(access, [](const Access& each) { return each.role == "lazy"; }));
  EXPECT_TRUE(std::ranges::none_of(access, [](const Access& each) { return each.role == "postgres"; }));
  EXPECT_TRUE(std::ranges::is_sorted(access));
}

TEST(AccessOf, ManyAreOneLine) {
  TestCluster world(15);
  auto owner = world.made_role("owner");
  pg_spec::Spec spec;
  for (int at = 0; at < 100; ++at) world.table("app", "t" + std::to_string(at), owner);
  for (int at = 0; at < 100; ++at) {
    world.made_role("r" + std::to_string(at), true);
    spec.grants.push_back(
        {.role = "r" + std::to_string(at), .on = on(Kind::kTable, "app", "*"), .privileges = kSelect});
  }
  Plan plan = world.plan(spec);
  ASSERT_EQ(plan.gained.size(), 100U);
  EXPECT_EQ(plan.gained[0], (Access{"r0", "SELECT", "100 tables in app", "direct"}));
}

}  // namespace
}  // namespace pg_plan

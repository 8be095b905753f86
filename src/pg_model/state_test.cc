#include "pg_model/state.h"

#include <gtest/gtest.h>

namespace pg_model {
namespace {

Cluster three_roles() {
  Cluster cluster;
  cluster.roles = {{.oid = 30, .name = "App"}, {.oid = 10, .name = "app"}, {.oid = 20, .name = "order"}};
  for (const char* each : {"one", "two"})
    cluster.databases.push_back({.self = {.kind = Kind::kDatabase, .name = each}});
  return cluster;
}

// template-infra: unquoted "App" became app. Names are what they are, to the letter.
TEST(State, FindsRolesAndDatabasesByTheExactName) {
  Cluster cluster = three_roles();
  EXPECT_EQ(cluster.role("App")->oid, 30U);
  EXPECT_EQ(cluster.role("app")->oid, 10U);
  EXPECT_EQ(cluster.role(Oid{20})->name, "order");
  EXPECT_EQ(cluster.role("APP"), nullptr);
  EXPECT_EQ(cluster.role("zzz"), nullptr);
  EXPECT_EQ(cluster.role(Oid{99}), nullptr);
  EXPECT_EQ(cluster.database("two")->self.name, "two");
  EXPECT_EQ(cluster.database("tw"), nullptr);
  EXPECT_EQ(Cluster{}.role("app"), nullptr);
}

TEST(State, EveryKindHasAWordThatIsReadBack) {
  for (int each = 0; each <= static_cast<int>(Kind::kColumn); ++each) {
    auto kind = static_cast<Kind>(each);
    EXPECT_EQ(parse_kind(name(kind)), kind) << name(kind);
  }
  EXPECT_EQ(parse_kind("tables"), std::nullopt);
}

TEST(State, PrivilegesAreReadBackInAnyCase) {
  for (unsigned bit = 0; bit < 15; ++bit) {
    auto one = static_cast<Privileges>(1U << bit);
    EXPECT_EQ(parse_privilege(name_of(one)), one);
  }
  EXPECT_EQ(parse_privilege("temp"), kTemporary);
  EXPECT_EQ(parse_privilege("alter system"), kAlterSystem);
  EXPECT_EQ(parse_privilege("ALL"), std::nullopt);
  EXPECT_EQ(parse_privilege(""), std::nullopt);
  EXPECT_EQ(name_of(kSelect | kInsert), "");
  EXPECT_EQ(names_of(kSelect | kInsert), (std::vector<std::string>{"INSERT", "SELECT"}));
}

// As SELECT acldefault(kind, owner) answers on 13 to 18.
TEST(State, DefaultsAreThoseOfAcldefault) {
  using Grants = std::vector<Grant>;
  EXPECT_EQ(default_grants(Kind::kDatabase, 10, 16),
            (Grants{{kPublic, 10, kTemporary | kConnect}, {10, 10, kCreate | kTemporary | kConnect}}));
  EXPECT_EQ(default_grants(Kind::kTable, 10, 16), (Grants{{10, 10, 0x7f}}));
  EXPECT_EQ(default_grants(Kind::kTable, 10, 17), (Grants{{10, 10, 0x7f | kMaintain}}));
  EXPECT_EQ(default_grants(Kind::kSequence, 10, 17), (Grants{{10, 10, kSelect | kUpdate | kUsage}}));
  EXPECT_EQ(default_grants(Kind::kProcedure, 10, 13), (Grants{{kPublic, 10, kExecute}, {10, 10, kExecute}}));
  EXPECT_EQ(default_grants(Kind::kDomain, 10, 13), (Grants{{kPublic, 10, kUsage}, {10, 10, kUsage}}));
  EXPECT_EQ(default_grants(Kind::kSchema, 10, 13), (Grants{{10, 10, kUsage | kCreate}}));
  EXPECT_EQ(default_grants(Kind::kForeignServer, 10, 13), (Grants{{10, 10, kUsage}}));
  EXPECT_EQ(default_grants(Kind::kParameter, 10, 15), (Grants{{10, 10, kSet | kAlterSystem}}));
  EXPECT_TRUE(default_grants(Kind::kColumn, 10, 13).empty());
}

}  // namespace
}  // namespace pg_model

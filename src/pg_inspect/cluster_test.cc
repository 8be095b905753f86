// What belongs to no database: roles, memberships, settings, databases; and who may look.

#include <gtest/gtest.h>
#include <support/postgres.h>

#include "pg_inspect/inspect_test_support.h"

namespace pg_inspect {
namespace {

using test_support::PostgresServer;

class Cluster : public testing::TestWithParam<int> {
 protected:
  PostgresServer& server() { return test_support::postgres_of(GetParam()); }
  pg_model::Cluster read(const std::string& role = "postgres", const std::string& database = "postgres") {
    pg::Connection connection = connect(server().socket_conninfo(role, database));
    return must(inspect(connection, soon()));
  }
};
INSTANTIATE_TEST_SUITE_P(Postgres, Cluster, testing::ValuesIn(test_support::kPostgresMajors));

TEST_P(Cluster, RolesHaveTheirAttributes) {
  server().sql(
      "CREATE ROLE whole LOGIN NOINHERIT CREATEROLE CREATEDB REPLICATION BYPASSRLS CONNECTION LIMIT 3 VALID UNTIL "
      "'2030-01-02 03:04:05+02'; COMMENT ON ROLE whole IS 'all of them'; "
      "CREATE ROLE forever VALID UNTIL 'infinity'; CREATE ROLE \"Upper\"; CREATE ROLE \"order\"");
  // Texts come in UTC and as ISO 8601 has them, whatever the session's settings are.
  server().sql("ALTER ROLE postgres SET timezone = 'Asia/Tokyo'; ALTER ROLE postgres SET datestyle = 'German'");
  const pg_model::Cluster cluster = read();
  server().sql("ALTER ROLE postgres RESET timezone; ALTER ROLE postgres RESET datestyle");
  const pg_model::Role* whole = cluster.role("whole");
  ASSERT_NE(whole, nullptr);
  EXPECT_TRUE(whole->login && whole->createrole && whole->createdb && whole->replication && whole->bypass_rls);
  EXPECT_FALSE(whole->inherit || whole->superuser);
  EXPECT_EQ(whole->connection_limit, 3);
  EXPECT_EQ(whole->valid_until, "2030-01-02 01:04:05+00");
  EXPECT_EQ(whole->comment, "all of them");
  EXPECT_EQ(cluster.role("forever")->valid_until, "");
  EXPECT_NE(cluster.role("Upper"), nullptr);
  EXPECT_EQ(cluster.role("upper"), nullptr);
  EXPECT_TRUE(cluster.role("postgres")->superuser);
  EXPECT_NE(cluster.role("pg_monitor"), nullptr);
  EXPECT_TRUE(std::ranges::is_sorted(cluster.roles, {}, &pg_model::Role::name));
}

TEST_P(Cluster, WhoAndWhere) {
  const pg_model::Cluster cluster = read();
  EXPECT_EQ(cluster.server.major(), GetParam());
  EXPECT_EQ(cluster.server.system_identifier, server().sql("SELECT system_identifier FROM pg_control_system()").at(0));
  EXPECT_EQ(cluster.server.current_database, "postgres");
  EXPECT_EQ(cluster.server.current_user, cluster.role("postgres")->oid);
  EXPECT_EQ(cluster.server.scram_iterations, 4096);
  EXPECT_FALSE(cluster.server.in_recovery);
  EXPECT_FALSE(cluster.server.like_rds);
  PostgresServer rds({.major = GetParam(), .like_rds = true});
  pg::Connection connection = connect(rds.administrator_conninfo());
  EXPECT_TRUE(must(inspect(connection, soon())).server.like_rds);
}

// CloudNativePG#11448: the membership that 16 gives a role's creator; dalibo/ldap2pg: one row for each grantor.
TEST_P(Cluster, CloudNativePg11448MembershipsWithGrantorAndOptions) {
  server().sql(
      "CREATE ROLE team; CREATE ROLE lead CREATEROLE LOGIN; CREATE ROLE member NOINHERIT; GRANT team TO lead WITH "
      "ADMIN "
      "OPTION; GRANT team TO member");
  pg::Connection lead = connect(server().socket_conninfo("lead"));
  must(lead.query(GetParam() >= 16 ? "GRANT team TO member WITH INHERIT TRUE, SET FALSE" : "GRANT team TO member",
                  soon()));
  must(lead.query("CREATE ROLE made_by_lead", soon()));
  const pg_model::Cluster cluster = read();
  const auto oid = [&](const char* name) { return cluster.role(name)->oid; };
  const auto has = [&](pg_model::Membership membership) {
    return std::ranges::count(cluster.memberships, membership) == 1;
  };
  EXPECT_TRUE(has({oid("team"), oid("lead"), oid("postgres"), true, true, true}));
  EXPECT_TRUE(has({oid("team"), oid("member"), oid("postgres"), false, false, true}));
  EXPECT_EQ(has({oid("team"), oid("member"), oid("lead"), false, true, false}), GetParam() >= 16);
  EXPECT_EQ(has({oid("made_by_lead"), oid("lead"), oid("postgres"), true, false, false}), GetParam() >= 16);
}

TEST_P(Cluster, SettingsOfRolesOfDatabasesAndOfBoth) {
  server().sql(
      "CREATE ROLE tuned; ALTER ROLE tuned SET search_path = 'a', \"B\"; ALTER ROLE tuned SET "
      "application_name = 'x=y'; ALTER ROLE tuned IN DATABASE template1 SET work_mem = '1MB'; ALTER DATABASE template1 "
      "SET "
      "statement_timeout = '5s'");
  const pg_model::Cluster cluster = read();
  const pg_model::Oid role = cluster.role("tuned")->oid, database = cluster.database("template1")->self.oid;
  const auto value = [&](pg_model::Oid of, pg_model::Oid in, std::string_view name) {
    for (const pg_model::Setting& each : cluster.settings) {
      if (each.role == of && each.database == in && each.name == name) return each.value;
    }
    return std::string("none");
  };
  EXPECT_EQ(value(role, 0, "search_path"), "a, \"B\"");
  EXPECT_EQ(value(role, 0, "application_name"), "x=y");
  EXPECT_EQ(value(role, database, "work_mem"), "1MB");
  EXPECT_EQ(value(0, database, "statement_timeout"), "5s");
}

// Vault's default revocation, and every single-database tool: what is in the next database.
TEST_P(Cluster, VaultDatabasesAreAddedOneByOneAndTheRestStaysUnread) {
  server().sql("CREATE DATABASE next CONNECTION LIMIT 7");
  server().sql("CREATE DATABASE closed");
  server().sql(
      "COMMENT ON DATABASE next IS 'the next'; REVOKE CONNECT ON DATABASE closed FROM PUBLIC; CREATE ROLE plain LOGIN");
  server().sql("CREATE TABLE there (a int)", "next");
  pg_model::Cluster cluster = read("plain");
  EXPECT_TRUE(cluster.database("postgres")->inspected);
  EXPECT_FALSE(cluster.database("next")->inspected);
  EXPECT_EQ(cluster.database("next")->connection_limit, 7);
  EXPECT_EQ(cluster.database("next")->self.comment, "the next");
  EXPECT_TRUE(cluster.database("template1")->is_template);
  EXPECT_FALSE(cluster.database("template0")->allows_connections);
  EXPECT_TRUE(std::ranges::is_sorted(cluster.databases, {}, [](const auto& each) { return each.self.name; }));
  pg::Connection next = connect(server().socket_conninfo("plain", "next"));
  ASSERT_TRUE(add_database(cluster, next, soon()));
  EXPECT_TRUE(cluster.database("next")->inspected);
  EXPECT_NE(find(*cluster.database("next"), pg_model::Kind::kTable, "there"), nullptr);
  EXPECT_EQ(find(*cluster.database("postgres"), pg_model::Kind::kTable, "there"), nullptr);
  EXPECT_FALSE(pg::Connection::open({.dsn = server().socket_conninfo("plain", "closed")}, soon()));
  EXPECT_FALSE(cluster.database("closed")->inspected);
}

TEST_P(Cluster, ADatabaseOfAnotherClusterOrANewerOneIsNotAdded) {
  pg_model::Cluster cluster = read();
  pg::Connection again = connect(server().socket_conninfo());
  pg_model::Cluster older = cluster;
  std::erase_if(older.databases, [](const auto& each) { return each.self.name == "postgres"; });
  EXPECT_EQ(add_database(older, again, soon()).error().code, base::Code::kConflict);
  server().sql("CREATE ROLE newer");
  server().sql("GRANT CREATE ON SCHEMA public TO newer");
  EXPECT_EQ(add_database(cluster, again, soon()).error().code, base::Code::kConflict);  // a role that is not known
  const int other = GetParam() == 15 ? 16 : 15;
  pg::Connection elsewhere = connect(test_support::postgres_of(other).socket_conninfo());
  EXPECT_FALSE(add_database(cluster, elsewhere, soon()));
}

// pgbedrock reads pg_authid, which only superusers may; so it cannot run on RDS.
TEST_P(Cluster, PgbedrockWhoIsNothingSeesAllThatTheSuperuserSees) {
  server().sql("CREATE ROLE nobody_special LOGIN; CREATE TABLE secret (a int); CREATE SCHEMA hidden");
  pg_model::Cluster seen = read("nobody_special");
  const pg_model::Cluster all = read();
  EXPECT_EQ(seen.server.current_user, seen.role("nobody_special")->oid);
  EXPECT_EQ(seen.roles.size(), all.roles.size());
  EXPECT_EQ(seen.memberships, all.memberships);
  EXPECT_EQ(seen.settings.size(), all.settings.size());
  EXPECT_EQ(rights_of(seen, *seen.database("postgres")), rights_of(all, *all.database("postgres")));
  pg::Connection one = connect(server().socket_conninfo("nobody_special"));
  pg::Connection other = connect(server().socket_conninfo());
  EXPECT_EQ(must(digest(one, soon())), must(digest(other, soon())));
}

}  // namespace
}  // namespace pg_inspect

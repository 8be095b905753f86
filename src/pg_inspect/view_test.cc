// How it is read: one moment, nothing written, nothing left behind; and what the digest notices.

#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <support/postgres.h>

#include "pg_inspect/inspect_test_support.h"

namespace pg_inspect {
namespace {

using pg_model::Kind;
using test_support::PostgresServer;

class View : public testing::TestWithParam<int> {
 protected:
  PostgresServer& server() { return test_support::postgres_of(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Postgres, View, testing::ValuesIn(test_support::kPostgresMajors));

// avniproject/avni-server#1061: 92.8 million rows of the catalog written by a tool that changed nothing.
TEST_P(View, AvniServer1061NothingIsWritten) {
  pg::Connection connection = connect(server().socket_conninfo());
  const std::string next = server().sql("SELECT txid_snapshot_xmax(txid_current_snapshot())").at(0);
  must(inspect(connection, soon()));
  must(digest(connection, soon()));
  EXPECT_EQ(server().sql("SELECT txid_snapshot_xmax(txid_current_snapshot())").at(0), next);
  EXPECT_TRUE(connection.take_notices().empty());
  EXPECT_FALSE(connection.in_transaction());
}

TEST_P(View, OneRoundTripIsOneMoment) {
  server().sql("CREATE ROLE flipped; CREATE TABLE one (a int); CREATE TABLE two (a int)");
  std::atomic<bool> done = false;
  std::thread flipping([&] {
    pg::Connection connection = connect(server().socket_conninfo());
    while (!done) {
      const std::vector<std::string> both{
          "BEGIN", "GRANT SELECT ON one TO flipped",    "GRANT SELECT ON two TO flipped",    "COMMIT",
          "BEGIN", "REVOKE SELECT ON one FROM flipped", "REVOKE SELECT ON two FROM flipped", "COMMIT"};
      must(connection.pipeline(both, soon()));
    }
  });
  pg::Connection connection = connect(server().socket_conninfo());
  for (int i = 0; i < 15; ++i) {
    const pg_model::Cluster cluster = must(inspect(connection, soon()));
    const pg_model::Database& database = *cluster.database("postgres");
    const std::size_t one = find(database, Kind::kTable, "one")->grants.size();
    const std::size_t two = find(database, Kind::kTable, "two")->grants.size();
    EXPECT_EQ(one, two);
  }
  done = true;
  flipping.join();
}

TEST_P(View, RolesThatAreRenamedMeanwhileAreReadAgainOrTold) {
  server().sql("CREATE ROLE renamed_0; CREATE TABLE held (a int); GRANT SELECT ON held TO renamed_0");
  std::atomic<bool> done = false;
  std::thread renaming([&] {
    pg::Connection connection = connect(server().socket_conninfo());
    for (int i = 0; !done; i = 1 - i) {
      must(connection.query(fmt::format("ALTER ROLE renamed_{} RENAME TO renamed_{}", i, 1 - i), soon()));
    }
  });
  pg::Connection connection = connect(server().socket_conninfo());
  for (int i = 0; i < 15; ++i) {
    const auto cluster = inspect(connection, soon());
    EXPECT_FALSE(connection.in_transaction());
    if (!cluster) {
      EXPECT_EQ(cluster.error().code, base::Code::kConflict);
      continue;
    }
    EXPECT_EQ(find(*cluster->database("postgres"), Kind::kTable, "held")->grants.size(), 2U);
  }
  done = true;
  renaming.join();
}

TEST_P(View, InATransactionOfTheCallersWhatItDidIsSeenAndItsSettingsStay) {
  pg::Connection connection = connect(server().socket_conninfo());
  must(connection.query("BEGIN", soon()));
  must(connection.query("SET LOCAL search_path = information_schema", soon()));
  must(connection.query("CREATE TABLE public.not_yet (a int)", soon()));
  const pg_model::Cluster cluster = must(inspect(connection, soon()));
  EXPECT_NE(find(*cluster.database("postgres"), Kind::kTable, "not_yet"), nullptr);
  EXPECT_EQ(must(digest(connection, soon())).size(), 64U);
  EXPECT_EQ(must(connection.query("SHOW search_path", soon())).text(0, 0), "information_schema");
  EXPECT_TRUE(connection.in_transaction());
  must(connection.query("ROLLBACK", soon()));
  EXPECT_EQ(find(*must(inspect(connection, soon())).database("postgres"), Kind::kTable, "not_yet"), nullptr);
}

TEST_P(View, AfterADeadlineTheSessionIsAsItWas) {
  pg::Connection holder = connect(server().socket_conninfo());
  must(holder.query("BEGIN", soon()));
  must(holder.query("LOCK TABLE pg_policy IN ACCESS EXCLUSIVE MODE", soon()));
  pg::Connection connection = connect(server().socket_conninfo());
  const auto in_time = [] { return base::Deadline::after(std::chrono::milliseconds(100)); };
  EXPECT_EQ(inspect(connection, in_time()).error().code, base::Code::kDeadline);
  EXPECT_FALSE(connection.in_transaction());
  must(connection.query("BEGIN", soon()));
  must(connection.query("CREATE TABLE kept (a int)", soon()));
  EXPECT_EQ(inspect(connection, in_time()).error().code, base::Code::kDeadline);
  must(holder.query("ROLLBACK", soon()));
  EXPECT_NE(find(*must(inspect(connection, soon())).database("postgres"), Kind::kTable, "kept"), nullptr);
  must(connection.query("ROLLBACK", soon()));
}

// A table of the user's with the name of a catalog changes nothing.
TEST_P(View, ASearchPathInFrontOfTheCatalogIsNotFollowed) {
  server().sql(
      "CREATE SCHEMA trap; CREATE TABLE trap.pg_class (a int); CREATE VIEW trap.pg_roles AS SELECT 1 AS oid; CREATE "
      "FUNCTION trap.set_config(text, text, bool) RETURNS text LANGUAGE sql AS 'SELECT NULL::text'");
  pg::Connection connection = connect(server().socket_conninfo());
  must(connection.query("SET search_path = trap, pg_catalog", soon()));
  const pg_model::Cluster cluster = must(inspect(connection, soon()));
  EXPECT_NE(find(*cluster.database("postgres"), Kind::kTable, "pg_class"), nullptr);
  EXPECT_NE(cluster.role("postgres"), nullptr);
  EXPECT_EQ(must(connection.query("SHOW search_path", soon())).text(0, 0), "trap, pg_catalog");
}

TEST_P(View, TheDigestNoticesEveryChangeAndNothingElse) {
  server().sql(
      "CREATE ROLE noticed; CREATE TABLE noticed (a int); CREATE FUNCTION noticed() RETURNS int LANGUAGE sql AS "
      "'SELECT 1'");
  pg::Connection connection = connect(server().socket_conninfo());
  std::string before = must(digest(connection, soon()));
  std::vector<std::string> changes{"ALTER ROLE noticed LOGIN",
                                   "COMMENT ON ROLE noticed IS 'x'",
                                   "ALTER ROLE noticed SET work_mem = '2MB'",
                                   "ALTER ROLE noticed IN DATABASE postgres SET work_mem = '3MB'",
                                   "GRANT pg_monitor TO noticed",
                                   "GRANT SELECT ON noticed TO noticed",
                                   "GRANT SELECT ON noticed TO noticed WITH GRANT OPTION",
                                   "GRANT UPDATE (a) ON noticed TO noticed",
                                   "GRANT EXECUTE ON FUNCTION noticed() TO noticed",
                                   "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_logdir() TO noticed",
                                   "ALTER TABLE noticed OWNER TO noticed",
                                   "ALTER TABLE noticed ENABLE ROW LEVEL SECURITY",
                                   "CREATE POLICY p ON noticed USING (a = 1)",
                                   "ALTER POLICY p ON noticed USING (a = 2)",
                                   "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO noticed",
                                   "CREATE SCHEMA noticed",
                                   "ALTER DATABASE template1 CONNECTION LIMIT 5",
                                   "GRANT CREATE ON DATABASE template1 TO noticed",
                                   "ALTER TABLE noticed RENAME TO renamed",
                                   "CREATE EXTENSION citext"};
  if (GetParam() >= 15) changes.emplace_back("GRANT SET ON PARAMETER work_mem TO noticed");
  for (const std::string& change : changes) {
    must(connection.query(change, soon()));
    const std::string after = must(digest(connection, soon()));
    EXPECT_NE(after, before) << change;
    before = after;
  }
  for (const char* same : {"GRANT SELECT ON renamed TO noticed", "CREATE TEMPORARY TABLE t (a int)", "ANALYZE renamed",
                           "CREATE INDEX ON renamed (a)", "VACUUM FULL pg_class"}) {
    must(connection.query(same, soon()));
    EXPECT_EQ(must(digest(connection, soon())), before) << same;
  }
}

}  // namespace
}  // namespace pg_inspect

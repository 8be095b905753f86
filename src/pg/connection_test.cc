#include "pg/connection.h"

#include <gtest/gtest.h>
#include <support/postgres.h>

#include "pg/pg_test_support.h"

namespace pg {
namespace {

using std::chrono::milliseconds;
using test_support::postgres_of;

class OnEveryMajor : public testing::TestWithParam<int> {
 protected:
  test_support::PostgresServer& server() { return postgres_of(GetParam()); }
  Connection connection_ = connect(server().socket_conninfo());
};
INSTANTIATE_TEST_SUITE_P(Postgres, OnEveryMajor, testing::ValuesIn(test_support::kPostgresMajors));

TEST_P(OnEveryMajor, AQueryGivesItsRows) {
  EXPECT_EQ(connection_.server_version() / 10'000, GetParam());
  const std::vector<std::optional<std::string>> parameters{"it's \"it\"", std::nullopt};
  const Rows rows =
      connection_.query("SELECT $1::text, $2::text, 42, true, NULL, -7::int8, ''", parameters, soon()).value();
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows.text(0, 0), "it's \"it\"");
  EXPECT_EQ(rows.at(0, 1), std::nullopt);
  EXPECT_EQ(rows.text(0, 1), "");
  EXPECT_EQ(rows.number(0, 2), 42);
  EXPECT_TRUE(rows.truth(0, 3));
  EXPECT_FALSE(rows.truth(0, 4));
  EXPECT_EQ(rows.number(0, 5), -7);
  EXPECT_EQ(rows.at(0, 6), "");
  EXPECT_EQ(rows.command(), "SELECT 1");
}

TEST_P(OnEveryMajor, OneQueryIsOneStatement) {
  const auto two = connection_.query("SELECT 1; SELECT 2", soon());
  ASSERT_FALSE(two);
  EXPECT_EQ(sqlstate_of(two.error()), "42601");
  EXPECT_EQ(connection_.query("SELECT 3", soon()).value().number(0, 0), 3);
}

TEST_P(OnEveryMajor, ARefusalSaysWhatAndHasItsSqlstate) {
  const auto refused = connection_.query("SELECT * FROM nowhere", soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kImpossible);
  EXPECT_EQ(sqlstate_of(refused.error()), "42P01");
  EXPECT_NE(refused.error().message.find("\"nowhere\""), std::string::npos);
}

TEST_P(OnEveryMajor, APipelineStopsAtItsFirstFailureAndUndoesWhatCameBefore) {
  const std::vector<std::string> statements{"CREATE TABLE piped (a int)", "SELECT 1/0", "SELECT 3"};
  const auto outcomes = connection_.pipeline(statements, soon()).value();
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_TRUE(outcomes[0]);
  EXPECT_EQ(sqlstate_of(outcomes[1].error()), "22012");
  EXPECT_EQ(outcomes[2].error().code, base::Code::kImpossible);
  EXPECT_EQ(sqlstate_of(outcomes[2].error()), "");
  EXPECT_FALSE(connection_.in_transaction());
  EXPECT_EQ(connection_.query("SELECT to_regclass('piped') IS NULL", soon()).value().text(0, 0), "t");
}

TEST_P(OnEveryMajor, ATransactionOfThePipelineStaysOpenAfterAFailure) {
  const std::vector<std::string> statements{"BEGIN", "SELECT 1/0", "COMMIT"};
  ASSERT_TRUE(connection_.pipeline(statements, soon()));
  EXPECT_TRUE(connection_.in_transaction());
  ASSERT_TRUE(connection_.query("ROLLBACK", soon()));
  EXPECT_FALSE(connection_.in_transaction());
}

TEST_P(OnEveryMajor, WarningsAreKeptOnceAndInOrder) {
  ASSERT_TRUE(connection_.query("ROLLBACK", soon()));
  ASSERT_TRUE(connection_.query("DO $$ BEGIN RAISE NOTICE 'a notice'; END $$", soon()));
  const std::vector<Notice> notices = connection_.take_notices();
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_EQ(notices[0].severity, "WARNING");
  EXPECT_EQ(notices[0].sqlstate, "25P01");
  EXPECT_EQ(notices[1].message, "a notice");
  EXPECT_TRUE(connection_.take_notices().empty());
}

TEST_P(OnEveryMajor, ADeadlineCancelsAndLeavesTheConnectionOfUse) {
  const auto late = connection_.query("SELECT pg_sleep(600)", base::Deadline::after(milliseconds(20)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, base::Code::kDeadline);
  EXPECT_EQ(connection_.query("SELECT 1", soon()).value().number(0, 0), 1);
  const std::vector<std::string> statements{"SELECT 1", "SELECT pg_sleep(600)", "SELECT 2"};
  EXPECT_EQ(connection_.pipeline(statements, base::Deadline::after(milliseconds(20))).error().code,
            base::Code::kDeadline);
  EXPECT_EQ(connection_
                .query("SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep' AND state = "
                       "'active'",
                       soon())
                .value()
                .number(0, 0),
            0);
}

TEST_P(OnEveryMajor, ASessionThatTheServerEndsIsLost) {
  Connection other = connect(server().socket_conninfo());
  const Rows pid = other.query("SELECT pg_backend_pid()", soon()).value();
  ASSERT_TRUE(connection_.query("SELECT pg_terminate_backend(" + std::string(pid.text(0, 0)) + ")", soon()));
  const auto lost = other.query("SELECT pg_sleep(600)", soon());
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, base::Code::kUnavailable);
  EXPECT_EQ(other.query("SELECT 1", soon()).error().code, base::Code::kUnavailable);
}

TEST_P(OnEveryMajor, IdentifiersAndLiteralsAreWhatTheyWere) {
  for (const std::string text :
       {"App", "order", "a\"b", "it's", "back\\slash'", "\\'", "ünï", "", "a\nb", "$$", "%I", "?"}) {
    for (const char* conforming : {"on", "off"}) {
      ASSERT_TRUE(connection_.query("SET standard_conforming_strings = " + std::string(conforming), soon()));
      ASSERT_TRUE(connection_.query("SET escape_string_warning = off", soon()));
      EXPECT_EQ(connection_.query("SELECT " + literal(text), soon()).value().text(0, 0), text);
    }
    if (text.empty()) continue;
    EXPECT_EQ(
        connection_.query("SELECT i." + identifier(text) + " FROM (SELECT 1 AS " + identifier(text) + ") i", soon())
            .value()
            .number(0, 0),
        1)
        << text;
  }
  EXPECT_EQ(identifier(std::string("a\0b", 3)), "\"a\"");
}

TEST(Connection, ALargePipelineIsOneRoundTripAndNobodyWaitsForTheOther) {
  Connection connection = connect(postgres_of(15).socket_conninfo());
  // More than any socket holds, both ways: the server must be read from while it is written to.
  const std::vector<std::string> statements(2000, "SELECT '" + std::string(5000, 'x') + "'");
  const auto outcomes = connection.pipeline(statements, soon()).value();
  ASSERT_EQ(outcomes.size(), statements.size());
  for (const auto& outcome : outcomes) ASSERT_EQ(outcome.value().text(0, 0).size(), 5000U);
}

TEST(Connection, AStreamGivesRowsInOrderAndEndsWithTheFirstFailure) {
  Connection connection = connect(postgres_of(15).socket_conninfo());
  std::vector<std::pair<std::size_t, std::int64_t>> seen;
  const auto taker = [&](std::size_t statement, const Rows& rows) -> base::Result<void> {
    seen.emplace_back(statement, rows.number(0, 0));
    return {};
  };
  const std::vector<std::string> good{"SELECT 1 UNION ALL SELECT 2", "SELECT 3 WHERE false", "SELECT 4"};
  ASSERT_TRUE(connection.stream(good, taker, soon()));
  EXPECT_EQ(seen, (std::vector<std::pair<std::size_t, std::int64_t>>{{0, 1}, {0, 2}, {2, 4}}));
  const std::vector<std::string> bad{"SELECT 1", "SELECT 1/(g - 2) FROM generate_series(1, 3) g", "SELECT 4"};
  EXPECT_EQ(sqlstate_of(connection.stream(bad, taker, soon()).error()), "22012");
  const auto enough = [](std::size_t, const Rows&) -> base::Result<void> {
    return base::fail(base::Code::kTooLarge, "Enough.");
  };
  const std::vector<std::string> endless{"SELECT generate_series(1, 1000000000)"};
  EXPECT_EQ(connection.stream(endless, enough, soon()).error().code, base::Code::kTooLarge);
  EXPECT_EQ(connection.query("SELECT 5", soon()).value().number(0, 0), 5);
}

TEST(Connection, AServerThatHangsDoesNotHoldUsLongerThanTheDeadline) {
  test_support::PostgresServer server;
  Connection connection = connect(server.socket_conninfo());
  server.hang();
  EXPECT_EQ(connection.query("SELECT 1", base::Deadline::after(milliseconds(20))).error().code, base::Code::kDeadline);
  EXPECT_EQ(connection.query("SELECT 1", soon()).error().code, base::Code::kUnavailable);
  EXPECT_EQ(Connection::open({.dsn = server.socket_conninfo()}, base::Deadline::after(milliseconds(20))).error().code,
            base::Code::kDeadline);
  server.resume();
}

TEST(Connection, NobodyThereIsUnavailable) {
  const auto opened = Connection::open({.dsn = "host=/nowhere"}, soon());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kUnavailable);
}

}  // namespace
}  // namespace pg

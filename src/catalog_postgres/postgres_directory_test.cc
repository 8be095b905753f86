#include "catalog_postgres/postgres_directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <support/postgres.h>

#include "catalog_postgres/postgres_test_support.h"

namespace catalog_postgres {
namespace {

using catalog::soon;
using catalog::team_id;
using catalog::user_id;
using catalog::workspace_id;
using test_support::eventually;

TEST(PostgresDirectory, RefusesAMalformedConnectionOrOperator) {
  PostgresDirectory::Options options = reader_options();
  options.conninfo = base::Secret("host=a password='hidden nonsense");
  const auto unfinished = PostgresDirectory::make(options);
  ASSERT_FALSE(unfinished);
  EXPECT_EQ(unfinished.error().code, base::Code::kInvalid);
  EXPECT_EQ(unfinished.error().detail.find("hidden"), std::string::npos) << unfinished.error().detail;
  options = reader_options();
  options.operators = {"root"};
  const auto nobody = PostgresDirectory::make(options);
  ASSERT_FALSE(nobody);
  EXPECT_NE(nobody.error().message.find("root"), std::string::npos);
}

TEST(PostgresDirectory, OperatorsAreTheListThatWasGivenInEitherCase) {
  PostgresDirectory::Options options = reader_options();
  std::string upper = user_id(3);
  for (std::size_t i = 7; i < upper.size(); ++i) upper[i] = static_cast<char>(std::toupper(upper[i]));
  options.operators = {upper};
  const auto directory = make_directory(options);
  EXPECT_TRUE(*directory->is_operator(user_id(3), soon()));
  EXPECT_FALSE(*directory->is_operator(user_id(0), soon()));
}

TEST(PostgresDirectory, MakesDoWithMissingNamesAndEmails) {
  server().make_platform_schema();
  server().sql(
      fmt::format("INSERT INTO pennsieve.users (first_name, last_name, email, node_id) VALUES"
                  " ('Ada', 'Lovelace', 'ada@example.org', '{}'), (NULL, 'Bob', NULL, '{}'), (NULL, NULL, NULL, '{}'),"
                  " (' Cy ', '  ', '', '{}')",
                  user_id(0), user_id(1), user_id(2), user_id(3)));
  const auto directory = make_directory(reader_options());
  const auto name_of = [&](int n) { return directory->user(user_id(n), soon())->value().name; };
  EXPECT_EQ(name_of(0), "Ada Lovelace");
  EXPECT_EQ(name_of(1), "Bob");
  EXPECT_EQ(name_of(2), "");
  EXPECT_EQ(name_of(3), "Cy");
  EXPECT_EQ(directory->user(user_id(1), soon())->value().email, "");
}

// One spelling names one thing: a row with another is not there for any question, so that no two questions disagree.
TEST(PostgresDirectory, RowsWithoutACanonicalNodeIdAreNotThere) {
  load_small_world();
  server().sql(
      "INSERT INTO pennsieve.users (id, first_name, node_id) VALUES (900, 'None', NULL), (901, 'Upper', "
      "'N:user:5EED0000-0000-4000-8000-00000000ABCD'), (902, 'Empty', '');"
      "INSERT INTO pennsieve.organizations (id, name, node_id) VALUES (900, 'None', NULL), (901, 'Upper', "
      "'N:organization:5EED0000-0000-4000-8000-00000000ABCD');"
      "INSERT INTO pennsieve.teams (id, name, node_id) VALUES (900, 'None', NULL), (901, 'Odd', 'team 901');"
      "INSERT INTO pennsieve.organization_user SELECT o.id, u.id, 32 FROM pennsieve.organizations o, pennsieve.users u"
      "  ON CONFLICT DO NOTHING;"
      "INSERT INTO pennsieve.organization_team SELECT o.id, t.id FROM pennsieve.organizations o, pennsieve.teams t"
      "  WHERE t.id >= 900;"
      "INSERT INTO pennsieve.team_user SELECT t.id, u.id FROM pennsieve.teams t, pennsieve.users u ON CONFLICT DO "
      "NOTHING");
  const auto directory = make_directory(reader_options());
  const std::string upper_user = "N:user:5EED0000-0000-4000-8000-00000000ABCD";
  EXPECT_FALSE(directory->user(upper_user, soon())->has_value());
  EXPECT_FALSE(directory->user("N:user:5eed0000-0000-4000-8000-00000000abcd", soon())->has_value());
  EXPECT_FALSE(directory->membership("", workspace_id(0), soon())->is_member);
  EXPECT_FALSE(directory->membership(upper_user, workspace_id(0), soon())->is_member);
  EXPECT_EQ(directory->membership(user_id(0), workspace_id(0), soon())->team_ids, std::vector<std::string>{team_id(0)});
  const auto members = directory->members(workspace_id(0), "", "", 100, soon());
  ASSERT_EQ(members->size(), 2U);
  EXPECT_EQ(members->front().user.id, user_id(0));
  const auto workspaces = directory->workspaces_of(user_id(0), soon());
  ASSERT_EQ(workspaces->size(), 1U);
  EXPECT_EQ(workspaces->front().team_ids, std::vector<std::string>{team_id(0)});
  EXPECT_EQ(directory->members(workspace_id(0), team_id(0), "", 100, soon())->size(), 2U);
  EXPECT_EQ(directory->teams(workspace_id(0), soon())->size(), 1U);
  // Pages are full although rows are skipped: 'N:user:5EED...' and '' sort before the two that count.
  const std::string workspace = workspace_id(0);
  const std::vector<std::string> teams = {team_id(0)};
  const std::vector<std::string> users = {"", upper_user, user_id(1)};
  for (const bool everyone : {true, false}) {
    const auto page = directory->audience({workspace, 0, everyone, users, teams, "", 1}, soon());
    ASSERT_TRUE(page) << page.error().detail;
    ASSERT_EQ(page->size(), 1U);
    EXPECT_EQ(page->front().user_id, user_id(0));
    const auto rest = directory->audience({workspace, 0, everyone, users, teams, user_id(0), 5}, soon());
    ASSERT_EQ(rest->size(), 1U);
    EXPECT_EQ(rest->front().user_id, user_id(1));
    EXPECT_TRUE(rest->front().named);
    EXPECT_EQ(rest->front().team_ids, teams);
  }
  ASSERT_EQ(directory->members(workspace, "", "", 1, soon())->size(), 1U);
  EXPECT_EQ(directory->members(workspace, "", user_id(0), 1, soon())->front().user.id, user_id(1));
}

// A page begins after any bytes whatever: the cursor is the caller's.
TEST(PostgresDirectory, APageBeginsAfterWhateverItIsGiven) {
  load_small_world();
  server().sql(
      "INSERT INTO pennsieve.organization_user SELECT o.id, u.id, 8 FROM pennsieve.organizations o,"
      " pennsieve.users u ON CONFLICT DO NOTHING");
  const auto directory = make_directory(reader_options());
  const std::string workspace = workspace_id(0);
  const std::string first = user_id(0);
  const std::vector<std::string> bounds = {"",
                                           first.substr(0, 20),
                                           first.substr(0, 42),
                                           first,
                                           first + std::string(1, '\0'),
                                           first.substr(0, 42) + std::string(1, '\0'),
                                           first.substr(0, 42) + "\xff",
                                           first.substr(0, 10) + "\xc3\x28",
                                           first + std::string(100'000, '\xff'),
                                           "\xff",
                                           "N:user:~",
                                           "' OR 1=1 --"};
  for (const std::string& after : bounds) {
    const std::size_t expected = (user_id(0) > after ? 1U : 0U) + (user_id(1) > after ? 1U : 0U);
    const auto audience = directory->audience({workspace, 0, true, {}, {}, after, 5}, soon());
    ASSERT_TRUE(audience) << audience.error().detail;
    EXPECT_EQ(audience->size(), expected) << after.substr(0, 60);
    const auto members = directory->members(workspace, "", after, 5, soon());
    ASSERT_TRUE(members) << members.error().detail;
    EXPECT_EQ(members->size(), expected) << after.substr(0, 60);
  }
}

// A table without its key: no row of a duplicate may give more than another takes away.
TEST(PostgresDirectory, OfADuplicateMembershipTheLowestBitCounts) {
  load_small_world();
  server().sql(
      "ALTER TABLE pennsieve.organization_user DROP CONSTRAINT organization_user_pkey;"
      "INSERT INTO pennsieve.organization_user SELECT organization_id, user_id, 2 FROM pennsieve.organization_user;"
      "INSERT INTO pennsieve.organization_user SELECT organization_id, user_id, 8 FROM pennsieve.organization_user "
      "LIMIT 1");
  const auto directory = make_directory(reader_options());
  const auto membership = directory->membership(user_id(0), workspace_id(0), soon());
  ASSERT_TRUE(membership);
  EXPECT_EQ(membership->permission_bit, catalog::kRead);
  EXPECT_EQ(membership->team_ids.size(), 1U);
  ASSERT_EQ(directory->members(workspace_id(0), "", "", 5, soon())->size(), 1U);
  EXPECT_EQ(directory->members(workspace_id(0), "", "", 5, soon())->front().permission_bit, catalog::kRead);
  const std::string workspace = workspace_id(0);
  EXPECT_TRUE(directory->audience({workspace, catalog::kWrite, true, {}, {}, "", 5}, soon())->empty());
  const auto audience = directory->audience({workspace, catalog::kRead, true, {}, {}, "", 5}, soon());
  ASSERT_EQ(audience->size(), 1U);
  EXPECT_EQ(audience->front().permission_bit, catalog::kRead);
  ASSERT_EQ(directory->workspaces_of(user_id(0), soon())->size(), 1U);
  EXPECT_EQ(directory->workspaces_of(user_id(0), soon())->front().permission_bit, catalog::kRead);
  EXPECT_EQ(directory->members(workspace_id(0), team_id(0), "", 5, soon())->size(), 1U);
}

TEST(PostgresDirectory, WhoLeftTheWorkspaceIsNotInItsTeams) {
  load_small_world();
  server().sql("DELETE FROM pennsieve.organization_user");
  const auto directory = make_directory(reader_options());
  const auto membership = directory->membership(user_id(0), workspace_id(0), soon());
  EXPECT_TRUE(membership->workspace_exists);
  EXPECT_FALSE(membership->is_member);
  EXPECT_TRUE(membership->team_ids.empty());
  EXPECT_TRUE(directory->members(workspace_id(0), team_id(0), "", 5, soon())->empty());
  const std::string workspace = workspace_id(0);
  const std::vector<std::string> teams = {team_id(0)};
  EXPECT_TRUE(directory->audience({workspace, 0, false, {}, teams, "", 5}, soon())->empty());
}

TEST(PostgresDirectory, ATeamOfNoWorkspaceIsNoneAndOfTwoBelongsToTheFirst) {
  load_small_world();
  server().sql(
      fmt::format("INSERT INTO pennsieve.organizations (id, name, node_id) VALUES (900, 'Lung', '{}');"
                  "INSERT INTO pennsieve.organization_team SELECT 900, id FROM pennsieve.teams;"
                  "INSERT INTO pennsieve.teams (name, node_id) VALUES ('Stray', '{}')",
                  workspace_id(1), team_id(1)));
  const auto directory = make_directory(reader_options());
  EXPECT_EQ(directory->team(team_id(0), soon())->value().workspace_id, workspace_id(0));
  EXPECT_FALSE(directory->team(team_id(1), soon())->has_value());
  // And so say the other questions, of whoever is in both.
  server().sql("INSERT INTO pennsieve.organization_user SELECT 900, user_id, 8 FROM pennsieve.organization_user");
  EXPECT_EQ(directory->teams(workspace_id(0), soon())->size(), 1U);
  EXPECT_TRUE(directory->teams(workspace_id(1), soon())->empty());
  EXPECT_EQ(directory->membership(user_id(0), workspace_id(0), soon())->team_ids.size(), 1U);
  EXPECT_TRUE(directory->membership(user_id(0), workspace_id(1), soon())->team_ids.empty());
  const auto workspaces = directory->workspaces_of(user_id(0), soon());
  ASSERT_EQ(workspaces->size(), 2U);
  EXPECT_EQ((*workspaces)[0].team_ids.size(), 1U);
  EXPECT_TRUE((*workspaces)[1].team_ids.empty());
  const std::vector<std::string> teams = {team_id(0)};
  const std::string here = workspace_id(0);
  const std::string there = workspace_id(1);
  EXPECT_EQ(directory->audience({here, 0, false, {}, teams, "", 5}, soon())->size(), 1U);
  EXPECT_TRUE(directory->audience({there, 0, false, {}, teams, "", 5}, soon())->empty());
  EXPECT_TRUE(directory->members(there, team_id(0), "", 5, soon())->empty());
}

// The session itself refuses to write, whatever the role may do.
TEST(PostgresConnection, IsReadOnly) {
  load_small_world();
  const std::array<std::string_view, 1> statements = {"DELETE FROM pennsieve.team_user RETURNING 1"};
  ConnectionOptions options;
  options.conninfo = base::Secret(server().conninfo());
  options.statements = statements;
  auto connection = Connection::open(options, soon(), -1);
  ASSERT_TRUE(connection) << connection.error().detail;
  const auto answer = (*connection)->ask(0, {}, soon());
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().error.detail.find("25006"), std::string::npos) << answer.error().error.detail;
  EXPECT_EQ(server().sql("SELECT count(*) FROM pennsieve.team_user").front(), "1");
}

TEST(PostgresConnection, TheServerEndsAStatementThatRunsTooLong) {
  const std::array<std::string_view, 1> statements = {"SELECT pg_sleep(3600)"};
  ConnectionOptions options;
  options.conninfo = base::Secret(server().conninfo());
  options.statement_timeout = std::chrono::milliseconds(50);
  options.statements = statements;
  auto connection = Connection::open(options, soon(), -1);
  ASSERT_TRUE(connection) << connection.error().detail;
  const auto answer = (*connection)->ask(0, {}, soon());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().then, Failure::Then::kKeep);
  EXPECT_EQ(answer.error().error.code, base::Code::kUnavailable);
  EXPECT_NE(answer.error().error.detail.find("57014"), std::string::npos) << answer.error().error.detail;
  EXPECT_TRUE((*connection)->is_alive());
}

// Each question is one index look-up, not a walk through the tables, however many users there are.
TEST(PostgresDirectory, MembershipGoesByTheIndexes) {
  load_small_world();
  server().sql(
      "INSERT INTO pennsieve.users (id, node_id) SELECT n, 'N:user:' || gen_random_uuid() FROM generate_series(10000, "
      "30000) n;"
      "INSERT INTO pennsieve.organization_user SELECT o.id, u.id, 8 FROM pennsieve.organizations o, pennsieve.users u "
      "ON CONFLICT DO NOTHING;"
      "ANALYZE");
  // What loading has read is counted before the measurement begins, and not whenever its session gets to it.
  server().sql("SELECT pg_stat_force_next_flush()");
  base::Registry registry;
  PostgresDirectory::Options options = reader_options();
  options.registry = &registry;
  const auto directory = make_directory(options);
  const auto rows_read = [] {
    return std::stoll(server()
                          .sql("SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE schemaname = 'pennsieve' AND "
                               "relname <> 'teams'")
                          .front());
  };
  const long long before = rows_read();
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(directory->membership(user_id(0), workspace_id(0), soon())->permission_bit, catalog::kOwner);
  }
  // A backend hands its counts over when it ends, if not before.
  server().sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'stewardry_reader'");
  ASSERT_TRUE(directory->membership(user_id(0), workspace_id(0), soon()));
  ASSERT_TRUE(eventually([] {
    return server()
               .sql("SELECT count(*) FROM pg_stat_user_tables WHERE relname = 'users' AND idx_scan >= 20")
               .front() == "1";
  }));
  EXPECT_LT(rows_read() - before, 1000);
  const std::string text = registry.render();
  EXPECT_NE(text.find("question_seconds_count{implementation=\"postgres\",question=\"membership\"} 21"),
            std::string::npos);
}

}  // namespace
}  // namespace catalog_postgres

#include "catalog_postgres/postgres_test_support.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <support/postgres.h>

namespace catalog_postgres {
namespace {

std::string sql_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

}  // namespace

test_support::PostgresServer& server() {
  static test_support::PostgresServer one;
  return one;
}

PostgresDirectory::Options reader_options() {
  PostgresDirectory::Options options;
  options.conninfo = base::Secret(server().conninfo("stewardry_reader"));
  options.operators = catalog::conformance_operators();
  return options;
}

std::unique_ptr<PostgresDirectory> make_directory(PostgresDirectory::Options options) {
  auto made = PostgresDirectory::make(std::move(options));
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

std::string statements_for(const catalog::DirectoryModel& world) {
  std::string sql =
      "BEGIN; DELETE FROM pennsieve.team_user; DELETE FROM pennsieve.organization_team; DELETE FROM pennsieve.teams;"
      "DELETE FROM pennsieve.organization_user; DELETE FROM pennsieve.organizations; DELETE FROM pennsieve.users;";
  const auto user_key = [](std::string_view id) {
    return fmt::format("(SELECT id FROM pennsieve.users WHERE node_id = {})", sql_literal(id));
  };
  for (const auto& [id, user] : world.users) {
    sql += fmt::format("INSERT INTO pennsieve.users (first_name, email, node_id) VALUES ({}, {}, {});",
                       sql_literal(user.name), user.email.empty() ? "NULL" : sql_literal(user.email), sql_literal(id));
  }
  for (const auto& [id, workspace] : world.workspaces) {
    sql += fmt::format("INSERT INTO pennsieve.organizations (name, node_id) VALUES ({}, {});",
                       sql_literal(workspace.name), sql_literal(id));
    const std::string key = fmt::format("(SELECT id FROM pennsieve.organizations WHERE node_id = {})", sql_literal(id));
    for (const auto& [user_id, bit] : workspace.members) {
      sql += fmt::format("INSERT INTO pennsieve.organization_user VALUES ({}, {}, {});", key, user_key(user_id), bit);
    }
    for (const auto& [team_id, team] : workspace.teams) {
      sql += fmt::format("INSERT INTO pennsieve.teams (name, node_id) VALUES ({}, {});", sql_literal(team.name),
                         sql_literal(team_id));
      const std::string team_key =
          fmt::format("(SELECT id FROM pennsieve.teams WHERE node_id = {})", sql_literal(team_id));
      sql += fmt::format("INSERT INTO pennsieve.organization_team VALUES ({}, {}, 16);", key, team_key);
      for (const std::string& user_id : team.members) {
        sql += fmt::format("INSERT INTO pennsieve.team_user VALUES ({}, {});", team_key, user_key(user_id));
      }
    }
  }
  return sql + "COMMIT;";
}

void load_small_world() {
  server().make_platform_schema();
  catalog::Snapshot snapshot = catalog::people(2);
  snapshot.workspaces = {{catalog::workspace_id(0),
                          "Heart",
                          {{catalog::user_id(0), catalog::kOwner}},
                          {{catalog::team_id(0), "A", {catalog::user_id(0)}}}}};
  catalog::DirectoryModel world;
  world.apply(snapshot);
  server().sql(statements_for(world));
}

PostgresFixture::PostgresFixture() {
  server().make_platform_schema();
  directory_ = make_directory(reader_options());
}

void PostgresFixture::load(const catalog::Snapshot& change) {
  world_.apply(change);
  server().sql(statements_for(world_));
}

}  // namespace catalog_postgres

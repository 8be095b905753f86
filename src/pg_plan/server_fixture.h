// For tests: plans against real servers. One connection as the executor, plans that are made of what is inspected,
// statements that are really run (a warning is a failure), and what the server then says.

#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <support/postgres.h>

#include "pg/connection.h"
#include "pg_inspect/inspect.h"
#include "pg_plan/plan.h"

namespace pg_plan {

inline base::Deadline soon() { return base::Deadline::after(std::chrono::seconds(30)); }

class Target {
 public:
  // `databases`: those that are looked into, the first one first.
  Target(test_support::PostgresServer& server, std::string executor, std::vector<std::string> databases)
      : server_(server), executor_(std::move(executor)), databases_(std::move(databases)) {}

  pg_model::Cluster inspect() {
    pg_model::Cluster cluster;
    bool first = true;
    for (const std::string& name : databases_) {
      if (!first && server_.sql("SELECT 1 FROM pg_database WHERE datname = '" + name + "'").empty()) continue;
      pg::Connection& connection = connect(name);
      if (first) {
        auto read = pg_inspect::inspect(connection, soon());
        EXPECT_TRUE(read) << read.error().message << read.error().detail;
        if (read) cluster = std::move(*read);
      } else {
        auto read = pg_inspect::add_database(cluster, connection, soon());
        EXPECT_TRUE(read) << read.error().message << read.error().detail;
      }
      first = false;
    }
    return cluster;
  }

  Plan make(const pg_spec::Spec& spec) {
    pg_model::Cluster cluster = inspect();
    auto made = plan(cluster, spec);
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : Plan{};
  }

  // Runs of one database are one transaction, as the plan means it. What went wrong; empty: nothing.
  std::string run(const std::vector<Statement>& statements) {
    for (std::size_t at = 0; at < statements.size();) {
      std::size_t end = at;
      while (end < statements.size() && statements[end].database == statements[at].database &&
             statements[end].in_transaction == statements[at].in_transaction) {
        ++end;
      }
      std::string wrong = run_one(statements, at, end);
      if (!wrong.empty()) return wrong;
      at = end;
    }
    return {};
  }

  // As a superuser would, who is asked to.
  void run_as_administrator(const std::vector<Statement>& statements) {
    for (const Statement& each : statements) server_.sql(each.sql, each.database.value_or(databases_.front()));
  }

  pg::Connection& connect(const std::string& database) {
    std::unique_ptr<pg::Connection>& connection = connections_[database];
    if (!connection) {
      auto opened = pg::Connection::open({.dsn = server_.socket_conninfo(executor_, database)}, soon());
      EXPECT_TRUE(opened) << opened.error().message;
      connection = std::make_unique<pg::Connection>(std::move(*opened));
    }
    return *connection;
  }
  void disconnect() { connections_.clear(); }

 private:
  std::string run_one(const std::vector<Statement>& statements, std::size_t at, std::size_t end) {
    pg::Connection& connection = connect(statements[at].database.value_or(databases_.front()));
    bool transaction = statements[at].in_transaction;
    if (transaction) (void)connection.query("BEGIN", soon());
    for (; at < end; ++at) {
      auto done = connection.query(statements[at].sql, soon());
      std::string wrong = done ? std::string() : done.error().message + " " + done.error().detail;
      for (const pg::Notice& notice : connection.take_notices()) {
        if (notice.severity == "WARNING") wrong += " " + notice.message;
      }
      if (wrong.empty()) continue;
      (void)connection.query("ROLLBACK", soon());
      return statements[at].sql.substr(0, 400) + ": " + wrong;
    }
    if (transaction) (void)connection.query("COMMIT", soon());
    return {};
  }

  test_support::PostgresServer& server_;
  std::string executor_;
  std::vector<std::string> databases_;
  std::map<std::string, std::unique_ptr<pg::Connection>> connections_;
};

inline std::string text(const std::vector<Statement>& statements) {
  std::string all;
  for (const Statement& each : statements) {
    all += "  [" + each.database.value_or("cluster") + "] " + each.sql.substr(0, 300) + "   -- " + each.reason + "\n";
  }
  return all;
}

}  // namespace pg_plan

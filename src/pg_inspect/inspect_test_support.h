// For tests of this module: connections to servers of tests, and what the server itself says about its ACLs.

#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "pg/connection.h"
#include "pg_inspect/inspect.h"

namespace test_support {
class PostgresServer;
}

namespace pg_inspect {

inline base::Deadline soon() { return base::Deadline::after(std::chrono::seconds(60)); }

inline pg::Connection connect(const std::string& dsn) {
  base::Result<pg::Connection> connection = pg::Connection::open({.dsn = dsn}, soon());
  if (!connection) throw std::runtime_error(connection.error().message);
  return *std::move(connection);
}

template <class T>
T must(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " | " + result.error().detail);
  return *std::move(result);
}

inline const pg_model::Object* find(const pg_model::Database& database, pg_model::Kind kind, std::string_view name,
                                    std::string_view column = "") {
  const auto found = std::ranges::find_if(database.objects, [&](const pg_model::Object& each) {
    return each.kind == kind && each.name == name && each.column == column;
  });
  return found == database.objects.end() ? nullptr : &*found;
}

// Each right by itself: "KIND OID COLUMN GRANTEE GRANTOR PRIVILEGE GRANTABLE", sorted.
std::vector<std::string> rights_of(const pg_model::Cluster& cluster, const pg_model::Database& database);
// The same by aclexplode() and acldefault(), of objects that users made.
std::vector<std::string> rights_by_the_server(test_support::PostgresServer& server, const std::string& database);

}  // namespace pg_inspect

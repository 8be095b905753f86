#include "pg_inspect/inspect.h"

#include <gtest/gtest.h>
#include <support/postgres.h>

namespace pg_inspect {
namespace {

TEST(Inspect, Smoke) {
  for (int major : test_support::kPostgresMajors) {
  auto& server = test_support::postgres_of(major);
  server.sql("CREATE ROLE app LOGIN; CREATE TABLE t (a int); GRANT SELECT ON t TO app; CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1'");
  auto connection = pg::Connection::open({.dsn = server.socket_conninfo()}, base::Deadline::after(std::chrono::seconds(10)));
  ASSERT_TRUE(connection) << connection.error().message;
  auto cluster = inspect(*connection, base::Deadline::after(std::chrono::seconds(10)));
  ASSERT_TRUE(cluster) << cluster.error().message << cluster.error().detail;
  for (auto& o : cluster->database("postgres")->objects) std::cout << name(o.kind) << ' ' << o.schema << '.' << o.name << ' ' << o.grants.size() << o.comment << '\n';
  auto d = digest(*connection, base::Deadline::after(std::chrono::seconds(10)));
  ASSERT_TRUE(d) << d.error().message << d.error().detail;
  std::cout << *d << "\n";
  }
}

}  // namespace
}  // namespace pg_inspect

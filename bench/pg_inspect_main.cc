// Inspection of a cluster, against exploding the ACLs in the server, which is how it is commonly asked. A PostgreSQL of
// its own (tools/servers), two layouts after each other, one figure a line.
//
//   bench_pg_inspect [MAJOR]     17 unless named; takes about two minutes, the most of it for what it compares with
//
// Layout 1: 1,000 roles, 1,000 tables and 1,000 sequences in 10 schemas, rights held by 10 groups. Layout 2: each of
// the 1,000 roles has a right on each of the 1,000 tables, and no two tables the same ones, so that no cache of the
// planner hides what an explosion costs.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <sys/resource.h>

#include "pg/connection.h"
#include "pg_inspect/inspect.h"
#include "support/postgres.h"

namespace {

using Steady = std::chrono::steady_clock;

constexpr const char* kGroups = R"sql(
DO $$ BEGIN
  FOR g IN 0..9 LOOP EXECUTE format('CREATE ROLE group_%s; CREATE SCHEMA schema_%s', g, g); END LOOP;
  FOR r IN 1..1000 LOOP EXECUTE format('CREATE ROLE role_%s IN ROLE group_%s', r, r % 10); END LOOP;
  FOR t IN 1..1000 LOOP
    EXECUTE format('CREATE TABLE schema_%s.table_%s (id int, name text)', t % 10, t);
    EXECUTE format('CREATE SEQUENCE schema_%s.sequence_%s', t % 10, t);
    IF t % 100 = 0 THEN COMMIT; END IF;
  END LOOP;
  FOR s IN 0..9 LOOP FOR g IN 0..9 LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA schema_%s TO group_%s', s, g);
    EXECUTE format('GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA schema_%s TO group_%s', s, g);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA schema_%s TO group_%s', s, g);
  END LOOP; END LOOP;
END $$)sql";

constexpr const char* kDirect = R"sql(
DO $$ DECLARE roles text; BEGIN
  SELECT string_agg('role_' || r, ', ') INTO roles FROM generate_series(1, 1000) r;
  FOR s IN 0..9 LOOP EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA schema_%s TO %s', s, roles); END LOOP;
  FOR t IN 1..1000 LOOP EXECUTE format('GRANT INSERT ON schema_%s.table_%s TO role_%s', t % 10, t, t); END LOOP;
END $$)sql";

constexpr const char* kExploded =
    "SELECT count(*), sum(x.grantee::int8) FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind "
    "WHEN "
    "'S' THEN 's'::\"char\" ELSE 'r' END, c.relowner))) x WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')";

base::Deadline within(std::chrono::seconds time) { return base::Deadline::after(time); }

template <class T>
T must(base::Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "{} {}\n", result.error().message, result.error().detail);
  std::exit(1);
}

double milliseconds_of(const auto& work) {
  const auto since = Steady::now();
  work();
  return std::chrono::duration<double, std::milli>(Steady::now() - since).count();
}

// The median of five.
double median_of(const auto& work) {
  std::array<double, 5> times{};
  for (double& time : times) time = milliseconds_of(work);
  std::ranges::sort(times);
  return times[times.size() / 2];
}

long resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
  }
  return 0;
}

long highest_kb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

std::size_t grants_in(const pg_model::Cluster& cluster) {
  std::size_t count = 0;
  for (const pg_model::Database& database : cluster.databases) {
    for (const pg_model::Object& object : database.objects) count += object.grants.size();
  }
  return count;
}

void measure(std::string_view layout, pg::Connection& connection) {
  const long before_kb = highest_kb();
  const double first_ms =
      milliseconds_of([&] { must(pg_inspect::inspect(connection, within(std::chrono::minutes(1)))); });
  fmt::print("{}: first inspection of a session: {:.1f} ms, memory at its highest {:.1f} MB above the program's\n",
             layout, first_ms, static_cast<double>(highest_kb() - before_kb) / 1024);
  const double inspect_ms = median_of([&] { must(pg_inspect::inspect(connection, within(std::chrono::minutes(1)))); });
  const long without_kb = resident_kb();
  const pg_model::Cluster cluster = must(pg_inspect::inspect(connection, within(std::chrono::minutes(1))));
  fmt::print("{}: inspection: {:.1f} ms for {} ACL entries, kept in {:.1f} MB\n", layout, inspect_ms,
             grants_in(cluster), static_cast<double>(resident_kb() - without_kb) / 1024);
  const double digest_ms = median_of([&] { must(pg_inspect::digest(connection, within(std::chrono::minutes(1)))); });
  fmt::print("{}: digest: {:.1f} ms\n", layout, digest_ms);
  std::fflush(stdout);
  const double exploded_ms =
      milliseconds_of([&] { must(connection.query(kExploded, within(std::chrono::minutes(3)))); });
  fmt::print("{}: baseline, aclexplode of the relations alone, as a count: {:.1f} ms\n", layout, exploded_ms);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const int major = argc > 1 ? std::atoi(argv[1]) : 17;
  test_support::PostgresServer server({.major = major});
  server.sql(kGroups);
  server.sql("VACUUM ANALYZE");
  pg::Connection connection =
      must(pg::Connection::open({.dsn = server.socket_conninfo()}, within(std::chrono::seconds(10))));
  fmt::print("PostgreSQL {}\n", connection.server_version());
  measure("groups", connection);
  server.sql(kDirect);
  server.sql("VACUUM ANALYZE pg_class");
  measure("direct", connection);
}

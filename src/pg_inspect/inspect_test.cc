// What is within a database, against what the server says itself.

#include "pg_inspect/inspect.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <support/postgres.h>

#include "pg_inspect/inspect_test_support.h"

namespace pg_inspect {

using pg_model::Kind;
using test_support::PostgresServer;

namespace {

constexpr unsigned kFirstNormalOid = 16384;  // what is below, initdb made
constexpr unsigned kPublicSchema = 2200;

void add(std::vector<std::string>& rights, const pg_model::Object& object) {
  const bool counts = object.oid >= kFirstNormalOid || object.oid == kPublicSchema;
  if (!counts) return;
  for (const pg_model::Grant& grant : object.grants) {
    for (unsigned bit = 0; bit < 15; ++bit) {
      const auto one = static_cast<pg_model::Privileges>(1U << bit);
      if ((grant.privileges & one) == 0) continue;
      rights.push_back(fmt::format("{} {} {} {} {} {} {}", name(object.kind), object.oid, object.column, grant.grantee,
                                   grant.grantor, pg_model::name_of(one),
                                   (grant.with_grant_option & one) != 0 ? "t" : "f"));
    }
  }
}

std::string exploded(std::string_view kind, std::string_view column, std::string_view object, std::string_view acl,
                     std::string_view from) {
  return fmt::format(
      "SELECT concat_ws(' ', {}, {}, {}, x.grantee, x.grantor, x.privilege_type, x.is_grantable) FROM {}, "
      "aclexplode({}) x WHERE ({} >= 16384 OR {} = 2200)",
      kind, object, column, from, acl, object, object);
}

}  // namespace

std::vector<std::string> rights_of(const pg_model::Cluster& cluster, const pg_model::Database& database) {
  std::vector<std::string> rights;
  for (const pg_model::Object& object : database.objects) add(rights, object);
  for (const pg_model::Object& object : cluster.shared) add(rights, object);
  for (const pg_model::Database& each : cluster.databases) add(rights, each.self);
  std::ranges::sort(rights);
  return rights;
}

std::vector<std::string> rights_by_the_server(PostgresServer& server, const std::string& database) {
  const std::string none = "''";
  std::vector<std::string> selects{
      exploded("CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN "
               "'S' THEN 'sequence' ELSE 'table' END",
               none, "c.oid",
               "coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r' END, relowner))",
               "pg_class c") +
          " AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relnamespace::regnamespace::text !~ '^pg_'",
      exploded("'column'", "attname", "attrelid", "attacl", "pg_attribute"),
      exploded("CASE prokind WHEN 'p' THEN 'procedure' ELSE 'function' END", none, "c.oid",
               "coalesce(proacl, acldefault('f', proowner))", "pg_proc c"),
      exploded("CASE typtype WHEN 'd' THEN 'domain' ELSE 'type' END", none, "c.oid",
               "coalesce(typacl, acldefault('T', typowner))", "pg_type c") +
          " AND typtype IN ('b', 'c', 'd', 'e', 'r') AND typname !~ '^_' AND (typrelid = 0 OR (SELECT relkind FROM "
          "pg_class r WHERE r.oid = typrelid) = 'c')",
      exploded("'schema'", none, "c.oid", "coalesce(nspacl, acldefault('n', nspowner))", "pg_namespace c") +
          " AND nspname !~ '^pg_'",
      exploded("'database'", none, "c.oid", "coalesce(datacl, acldefault('d', datdba))", "pg_database c"),
      exploded("'language'", none, "c.oid", "coalesce(lanacl, acldefault('l', lanowner))", "pg_language c"),
      exploded("'foreign-data wrapper'", none, "c.oid", "coalesce(fdwacl, acldefault('F', fdwowner))",
               "pg_foreign_data_wrapper c"),
      exploded("'foreign server'", none, "c.oid", "coalesce(srvacl, acldefault('S', srvowner))", "pg_foreign_server c"),
      exploded("'large object'", none, "c.oid", "coalesce(lomacl, acldefault('L', lomowner))",
               "pg_largeobject_metadata c"),
      exploded("'tablespace'", none, "c.oid", "coalesce(spcacl, acldefault('t', spcowner))", "pg_tablespace c")};
  if (server.major() >= 15) selects.push_back(exploded("'parameter'", none, "c.oid", "paracl", "pg_parameter_acl c"));
  std::vector<std::string> rights;
  for (const std::string& select : selects) {
    for (std::string& right : server.sql(select, database)) rights.push_back(std::move(right));
  }
  std::ranges::sort(rights);
  return rights;
}

namespace {

constexpr const char* kRoles = R"sql(
CREATE ROLE "Odd ""owner"", {of} \ all=r/x";
CREATE ROLE app LOGIN;
CREATE ROLE "16384";
CREATE ROLE pgadmin;
CREATE ROLE rdsreader;
CREATE ROLE "rôle";
)sql";

constexpr const char* kWorld = R"sql(
CREATE SCHEMA shop AUTHORIZATION "Odd ""owner"", {of} \ all=r/x";
COMMENT ON SCHEMA shop IS 'of the shop';
SET ROLE "Odd ""owner"", {of} \ all=r/x";
CREATE TABLE shop.orders (id int PRIMARY KEY, total int, "Odd column" text);
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
CREATE TABLE shop.parts (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE shop.parts_1 PARTITION OF shop.parts DEFAULT;
CREATE VIEW shop.totals AS SELECT total FROM shop.orders;
CREATE MATERIALIZED VIEW shop.sums AS SELECT 1 AS one;
CREATE SEQUENCE shop.numbers;
CREATE TYPE shop.color AS ENUM ('red');
CREATE TYPE shop.pair AS (a int, b int);
CREATE TYPE shop.span AS RANGE (subtype = int);
CREATE DOMAIN shop.positive AS int CHECK (value > 0);
CREATE FUNCTION shop.total(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION shop.total(bigint) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION shop.total(shop.color[], OUT x int) LANGUAGE sql AS 'SELECT 3';
CREATE FUNCTION shop.total() RETURNS int LANGUAGE sql AS 'SELECT 4';
CREATE PROCEDURE shop.tidy(a timestamptz) LANGUAGE sql AS 'SELECT 5';
CREATE AGGREGATE shop.product(int) (sfunc = int4mul, stype = int);
GRANT SELECT, INSERT ON shop.orders TO app WITH GRANT OPTION;
GRANT SELECT ON shop.orders TO PUBLIC;
GRANT UPDATE (total, "Odd column") ON shop.orders TO app;
GRANT SELECT ON shop.parts, shop.totals, shop.sums TO "16384";
GRANT SELECT (ctid) ON shop.parts TO app;
GRANT USAGE ON SEQUENCE shop.numbers TO "rôle";
REVOKE EXECUTE ON FUNCTION shop.total(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.total(bigint) TO app;
GRANT EXECUTE ON PROCEDURE shop.tidy(timestamptz) TO pgadmin;
REVOKE USAGE ON TYPE shop.color FROM PUBLIC;
REVOKE ALL ON DOMAIN shop.positive FROM PUBLIC, "Odd ""owner"", {of} \ all=r/x";
GRANT USAGE ON SCHEMA shop TO app, rdsreader;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO app;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO app;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO app;
CREATE POLICY "own rows" ON shop.orders AS RESTRICTIVE FOR UPDATE TO app, "16384" USING (total > 0) WITH CHECK (total < 9);
CREATE POLICY all_rows ON shop.orders USING (id = 1);
SET ROLE app;
GRANT SELECT ON shop.orders TO rdsreader;
RESET ROLE;
COMMENT ON COLUMN shop.orders.total IS 'a sum';
COMMENT ON TABLE shop.orders IS 'what was ordered';
CREATE EXTENSION citext SCHEMA shop;
CREATE FOREIGN DATA WRAPPER wrapper;
CREATE SERVER remote FOREIGN DATA WRAPPER wrapper;
GRANT USAGE ON FOREIGN DATA WRAPPER wrapper TO app;
GRANT USAGE ON FOREIGN SERVER remote TO app WITH GRANT OPTION;
CREATE FOREIGN TABLE shop.far (a int) SERVER remote;
SELECT lo_create(70000);
GRANT SELECT ON LARGE OBJECT 70000 TO app;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
CREATE TEMPORARY TABLE passing (a int);
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() TO app;
)sql";

// Databases and roles of the whole program, once a major.
struct World {
  PostgresServer* server;
  pg_model::Cluster cluster;
  const pg_model::Database* shop;
};

const World& world_of(int major) {
  static std::map<int, std::unique_ptr<World>> worlds;
  std::unique_ptr<World>& world = worlds[major];
  if (world) return *world;
  world = std::make_unique<World>();
  world->server = &test_support::postgres_of(major);
  PostgresServer& server = *world->server;
  server.sql(kRoles);
  server.sql("CREATE DATABASE shop");
  server.sql("CREATE DATABASE spare");
  server.sql(fmt::format("COPY (SELECT 1 WHERE false) TO PROGRAM 'mkdir {}/space'", server.socket_folder().string()));
  server.sql(fmt::format("CREATE TABLESPACE space LOCATION '{}/space'", server.socket_folder().string()));
  server.sql("GRANT CREATE ON TABLESPACE space TO app; GRANT CONNECT ON DATABASE shop TO app WITH GRANT OPTION");
  if (major >= 15) server.sql("GRANT SET, ALTER SYSTEM ON PARAMETER log_min_messages TO app WITH GRANT OPTION");
  if (major >= 17) server.sql("GRANT pg_maintain TO app");
  server.sql(kWorld, "shop");
  if (major >= 17) server.sql("GRANT MAINTAIN ON shop.orders TO app", "shop");
  if (major >= 18) server.sql("ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO app", "shop");
  pg::Connection connection = connect(server.socket_conninfo("postgres", "shop"));
  world->cluster = must(inspect(connection, soon()));
  world->shop = world->cluster.database("shop");
  return *world;
}

class Inspect : public testing::TestWithParam<int> {
 protected:
  const World& world() { return world_of(GetParam()); }
  const pg_model::Database& shop() { return *world().shop; }
  pg_model::Oid role(const char* name) { return world().cluster.role(name)->oid; }
};
INSTANTIATE_TEST_SUITE_P(Postgres, Inspect, testing::ValuesIn(test_support::kPostgresMajors));

TEST_P(Inspect, EveryRightIsThatOfTheServer) {
  EXPECT_EQ(rights_of(world().cluster, shop()), rights_by_the_server(*world().server, "shop"));
}

TEST_P(Inspect, EveryKindIsRead) {
  std::set<Kind> kinds;
  for (const pg_model::Object& object : shop().objects) kinds.insert(object.kind);
  for (const pg_model::Object& object : world().cluster.shared) kinds.insert(object.kind);
  for (int kind = 0; kind <= static_cast<int>(Kind::kColumn); ++kind) {
    const auto each = static_cast<Kind>(kind);
    const bool expected = each != Kind::kDatabase && (each != Kind::kParameter || GetParam() >= 15);
    EXPECT_EQ(kinds.contains(each), expected) << name(each);
  }
}

TEST_P(Inspect, SchemasComeFirstThenNamesInOrder) {
  const auto& objects = shop().objects;
  const auto first_other = std::ranges::find_if(objects, [](const auto& each) { return each.kind != Kind::kSchema; });
  EXPECT_GE(first_other - objects.begin(), 2);
  EXPECT_TRUE(std::all_of(first_other, objects.end(), [](const auto& each) { return each.kind != Kind::kSchema; }));
  EXPECT_TRUE(std::is_sorted(first_other, objects.end(), [](const auto& left, const auto& right) {
    return std::tie(left.schema, left.name) < std::tie(right.schema, right.name);
  }));
}

// ldap2pg 6.6: its list of tables lacks partitioned parents.
TEST_P(Inspect, Ldap2pgPartitionedParentsAreTables) {
  ASSERT_NE(find(shop(), Kind::kTable, "parts"), nullptr);
  ASSERT_NE(find(shop(), Kind::kTable, "parts_1"), nullptr);
  EXPECT_EQ(find(shop(), Kind::kTable, "parts")->grants.size(), 2U);
}

// cyrilgdn/terraform-provider-postgresql: routines compared by name, so that overloads blur.
TEST_P(Inspect, TerraformProviderOverloadsAreApart) {
  for (const char* name : {"total(integer, text)", "total(bigint)", "total(shop.color[])", "total()"}) {
    ASSERT_NE(find(shop(), Kind::kFunction, name), nullptr) << name;
  }
  EXPECT_EQ(find(shop(), Kind::kFunction, "total(integer, text)")->grants.size(), 1U);
  EXPECT_EQ(find(shop(), Kind::kFunction, "total(bigint)")->grants.size(), 3U);
  EXPECT_TRUE(find(shop(), Kind::kFunction, "total()")->acl_is_default);
  EXPECT_EQ(find(shop(), Kind::kFunction, "total()")->grants.size(), 2U);
}

// thepartly/pgroles#113, dalibo/ldap2pg#726 and #752: procedures are no functions, and are not forgotten.
TEST_P(Inspect, Pgroles113ProceduresAreProcedures) {
  ASSERT_NE(find(shop(), Kind::kProcedure, "tidy(timestamp with time zone)"), nullptr);
  EXPECT_EQ(find(shop(), Kind::kFunction, "tidy(timestamp with time zone)"), nullptr);
  ASSERT_NE(find(shop(), Kind::kFunction, "product(integer)"), nullptr);  // an aggregate
}

// thepartly/pgroles#35: kinds of types; those of tables and arrays are no types of their own.
TEST_P(Inspect, Pgroles35TypesOfEveryKind) {
  for (const char* name : {"color", "pair", "span", "citext"})
    EXPECT_NE(find(shop(), Kind::kType, name), nullptr) << name;
  EXPECT_NE(find(shop(), Kind::kDomain, "positive"), nullptr);
  for (const char* name : {"orders", "_orders", "_color", "_positive", "span_multirange"}) {
    EXPECT_EQ(find(shop(), Kind::kType, name), nullptr) << name;
  }
}

// thepartly/pgroles#108: rights of PUBLIC are rows too; ACL NULL is the built-in default, not nothing.
TEST_P(Inspect, Pgroles108PublicAndDefaultsAreWrittenOut) {
  const pg_model::Object* orders = find(shop(), Kind::kTable, "orders");
  EXPECT_EQ(std::ranges::count(orders->grants, pg_model::kPublic, &pg_model::Grant::grantee), 1);
  EXPECT_FALSE(orders->acl_is_default);
  const pg_model::Object* far = find(shop(), Kind::kForeignTable, "far");
  EXPECT_TRUE(far->acl_is_default);
  EXPECT_EQ(far->grants, pg_model::default_grants(Kind::kForeignTable, far->owner, GetParam()));
  // Nothing at all is another thing again.
  const pg_model::Object* positive = find(shop(), Kind::kDomain, "positive");
  EXPECT_FALSE(positive->acl_is_default);
  EXPECT_TRUE(positive->grants.empty());
}

// hashicorp/vault#1857: a right that somebody else than the owner granted.
TEST_P(Inspect, Vault1857TheGrantorIsKnown) {
  const pg_model::Object* orders = find(shop(), Kind::kTable, "orders");
  const auto grant = std::ranges::find(orders->grants, role("rdsreader"), &pg_model::Grant::grantee);
  ASSERT_NE(grant, orders->grants.end());
  EXPECT_EQ(grant->grantor, role("app"));
  const auto own = std::ranges::find(orders->grants, role("app"), &pg_model::Grant::grantee);
  EXPECT_EQ(own->with_grant_option, pg_model::kSelect | pg_model::kInsert);
}

// thepartly/pgroles: columns with a warning only; hashicorp/vault: those of one database only.
TEST_P(Inspect, PgrolesColumnsHaveRightsOfTheirOwn) {
  const pg_model::Object* column = find(shop(), Kind::kColumn, "orders", "Odd column");
  ASSERT_NE(column, nullptr);
  EXPECT_EQ(column->schema, "shop");
  EXPECT_EQ(column->oid, find(shop(), Kind::kTable, "orders")->oid);
  EXPECT_EQ(find(shop(), Kind::kColumn, "orders", "total")->comment, "a sum");
  EXPECT_EQ(find(shop(), Kind::kColumn, "orders", "id"), nullptr);
  EXPECT_NE(find(shop(), Kind::kColumn, "parts", "ctid"), nullptr);
}

// thepartly/pgroles#109: a union of `name` and text cuts at 63 bytes what is longer, such as a routine's signature.
TEST_P(Inspect, Pgroles109LongNamesAreWhole) {
  PostgresServer& server = *world().server;
  const std::string longest(63, 'f');
  const std::string database = "spare";
  server.sql(
      fmt::format(
          "CREATE SCHEMA \"{0}\"; CREATE DOMAIN \"{0}\".\"{0}\" AS int; "
          "CREATE FUNCTION \"{0}\".\"{0}\"(\"{0}\".\"{0}\", \"{0}\".\"{0}\") RETURNS int LANGUAGE sql AS 'SELECT 1'",
          longest),
      database);
  pg::Connection connection = connect(server.socket_conninfo("postgres", database));
  const pg_model::Cluster cluster = must(inspect(connection, soon()));
  const std::string type = longest + "." + longest;
  EXPECT_NE(find(*cluster.database(database), Kind::kFunction, fmt::format("{}({}, {})", longest, type, type)),
            nullptr);
}

TEST_P(Inspect, FlagsCommentsAndExtensions) {
  const pg_model::Object* orders = find(shop(), Kind::kTable, "orders");
  EXPECT_TRUE(orders->row_security);
  EXPECT_TRUE(orders->force_row_security);
  EXPECT_EQ(orders->comment, "what was ordered");
  EXPECT_FALSE(orders->of_extension);
  EXPECT_EQ(find(shop(), Kind::kSchema, "shop")->comment, "of the shop");
  EXPECT_TRUE(find(shop(), Kind::kType, "citext")->of_extension);
  EXPECT_TRUE(find(shop(), Kind::kFunction, "citext(character)")->of_extension);
  ASSERT_EQ(shop().extensions.size(), 2U);
  EXPECT_EQ(shop().extensions[0].name, "citext");
  EXPECT_EQ(shop().extensions[0].schema, "shop");
  EXPECT_FALSE(shop().extensions[0].version.empty());
}

TEST_P(Inspect, DefaultPrivilegesByCreatorScopeAndKind) {
  const pg_model::Oid owner = find(shop(), Kind::kSchema, "shop")->owner;
  const pg_model::Oid schema = find(shop(), Kind::kSchema, "shop")->oid;
  std::map<std::pair<pg_model::Oid, Kind>, std::vector<pg_model::Grant>> seen;
  for (const pg_model::DefaultPrivileges& each : shop().defaults) {
    if (each.creator == owner) seen[{each.schema, each.kind}] = each.grants;
  }
  EXPECT_EQ((seen[{schema, Kind::kTable}]), (std::vector<pg_model::Grant>{{role("app"), owner, pg_model::kSelect, 0}}));
  EXPECT_EQ((seen[{0, Kind::kFunction}]), (std::vector<pg_model::Grant>{{owner, owner, pg_model::kExecute, 0}}));
  EXPECT_EQ((seen[{0, Kind::kType}].size()), 3U);
  EXPECT_EQ((seen[{0, Kind::kSchema}].size()), 2U);
  const auto large = std::ranges::count(shop().defaults, Kind::kLargeObject, &pg_model::DefaultPrivileges::kind);
  EXPECT_EQ(large, GetParam() >= 18 ? 1 : 0);
}

TEST_P(Inspect, Policies) {
  ASSERT_EQ(shop().policies.size(), 2U);
  const pg_model::Policy& everybody = shop().policies[0];
  EXPECT_EQ(everybody.name, "all_rows");
  EXPECT_EQ(everybody.command, "ALL");
  EXPECT_TRUE(everybody.permissive);
  EXPECT_EQ(everybody.roles, std::vector<pg_model::Oid>{pg_model::kPublic});
  EXPECT_EQ(everybody.using_expression, "(id = 1)");
  EXPECT_EQ(everybody.check_expression, "");
  const pg_model::Policy& own = shop().policies[1];
  EXPECT_EQ(own.table, find(shop(), Kind::kTable, "orders")->oid);
  EXPECT_EQ(own.command, "UPDATE");
  EXPECT_FALSE(own.permissive);
  EXPECT_EQ(std::set(own.roles.begin(), own.roles.end()), (std::set{role("app"), role("16384")}));
  EXPECT_EQ(own.check_expression, "(total < 9)");
}

TEST_P(Inspect, OfTheServersOwnOnlyWhatWasChanged) {
  const pg_model::Object* changed = find(shop(), Kind::kFunction, "pg_ls_waldir()");
  ASSERT_NE(changed, nullptr);
  EXPECT_EQ(changed->schema, "pg_catalog");
  EXPECT_EQ(std::ranges::count(shop().objects, "pg_catalog", &pg_model::Object::schema), 1);
  EXPECT_EQ(std::ranges::count(shop().objects, "information_schema", &pg_model::Object::schema), 0);
  EXPECT_EQ(find(shop(), Kind::kSchema, "pg_catalog"), nullptr);
  EXPECT_EQ(find(shop(), Kind::kTable, "passing"), nullptr);
  EXPECT_EQ(find(shop(), Kind::kLanguage, "c"), nullptr);
  ASSERT_NE(find(shop(), Kind::kLanguage, "plpgsql"), nullptr);
  EXPECT_EQ(find(shop(), Kind::kLanguage, "plpgsql")->grants.size(), 1U);
}

// JiRaska/open-bank-oss#9689: a table near its limit. Beyond some 115 grantees the server keeps its ACL compressed.
TEST_P(Inspect, OpenBankOss9689AnAclAsLongAsOneCanBe) {
  PostgresServer& server = *world().server;
  server.sql(
      "DO $$ BEGIN FOR i IN 1..2400 LOOP EXECUTE 'CREATE ROLE long_' || i; END LOOP; "
      "CREATE TABLE crowded (a int); "
      "EXECUTE (SELECT 'GRANT SELECT ON crowded TO ' || string_agg('long_' || i, ', ') FROM generate_series(1, 2400) "
      "i); "
      "END $$",
      "spare");
  pg::Connection connection = connect(server.socket_conninfo("postgres", "spare"));
  const pg_model::Cluster cluster = must(inspect(connection, soon()));
  EXPECT_EQ(find(*cluster.database("spare"), Kind::kTable, "crowded")->grants.size(), 2401U);
  server.sql("DO $$ BEGIN DROP TABLE crowded; FOR i IN 1..2400 LOOP EXECUTE 'DROP ROLE long_' || i; END LOOP; END $$",
             "spare");
}

class Random : public Inspect {};
INSTANTIATE_TEST_SUITE_P(Postgres, Random, testing::Values(13, 18));  // ACLs differ least between neighbours

TEST_P(Random, WhateverIsGrantedIsThatOfTheServer) {
  PostgresServer& server = *world().server;
  const std::string database = "spare";
  const std::vector<std::string> roles{
      "app", "\"16384\"", "pgadmin", "rdsreader", "\"rôle\"", "PUBLIC", "\"Odd \"\"owner\"\", {of} \\ all=r/x\""};
  const std::vector<std::string> objects{"TABLE t",      "TABLE v", "SEQUENCE s",           "SCHEMA public",
                                         "FUNCTION f()", "TYPE d",  "DATABASE " + database, "LANGUAGE plpgsql"};
  pg::Connection connection = connect(server.socket_conninfo("postgres", database));
  for (const char* sql : {"CREATE TABLE t (a int, b int)", "CREATE VIEW v AS SELECT 1 AS a", "CREATE SEQUENCE s",
                          "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE DOMAIN d AS int"}) {
    must(connection.query(sql, soon()));
  }
  int done = 0;
  EXPECT_TRUE(rc::check("random grants", [&] {
    const auto statements = *rc::gen::container<std::vector<std::string>>(
        10, rc::gen::exec([&] {
          const std::string object = *rc::gen::elementOf(objects);
          const std::string role = *rc::gen::elementOf(roles);
          const std::string actor = *rc::gen::elementOf(roles);
          const bool on_column = object == "TABLE t" && *rc::gen::arbitrary<bool>();
          const std::string what = on_column ? "SELECT (a), UPDATE (b)" : "ALL";
          const std::string change = *rc::gen::elementOf(std::vector<std::string>{
              "GRANT " + what + " ON " + object + " TO " + role + (role == "PUBLIC" ? "" : " WITH GRANT OPTION"),
              "GRANT " + what + " ON " + object + " TO " + role, "REVOKE " + what + " ON " + object + " FROM " + role,
              "REVOKE GRANT OPTION FOR " + what + " ON " + object + " FROM " + role + " CASCADE"});
          return (actor == "PUBLIC" ? "RESET ROLE" : "SET ROLE " + actor) + ";" + change;
        }));
    for (const std::string& pair : statements) {
      const std::size_t middle = pair.find(';');
      must(connection.query(pair.substr(0, middle), soon()));
      if (connection.query(pair.substr(middle + 1), soon())) ++done;  // the other half may not be granted
    }
    must(connection.query("RESET ROLE", soon()));
    const pg_model::Cluster cluster = must(inspect(connection, soon()));
    RC_ASSERT(rights_of(cluster, *cluster.database(database)) == rights_by_the_server(server, database));
  }));
  EXPECT_GT(done, 20);
}

}  // namespace
}  // namespace pg_inspect

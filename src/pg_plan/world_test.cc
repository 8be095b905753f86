// Random worlds, random specifications, real servers: what is planned can be run as it stands, the state is then what
// was declared, the second plan is empty, the executor keeps nothing that it gave itself, and what the plan said of
// access is what the server says. As a superuser and as one that has CREATEROLE and CREATEDB only, on 13 to 18.
//
//   STEWARDRY_WORLDS  how many worlds a major (10); STEWARDRY_SEED the first one's seed.

#include <cstdlib>
#include <random>
#include <set>

#include <fmt/format.h>

#include "pg_model/quote.h"
#include "pg_plan/server_fixture.h"

namespace pg_plan {
namespace {

using pg_model::identifier;
using pg_model::Kind;
using pg_spec::Mode;

int number(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

// Names that want quotes.
const std::vector<std::string> kRoles{"Owner", "owner two", "w\"riter", "reader", "app", "user"};
const std::vector<std::string> kSchemas{"shop", "Order"};
const std::string kDatabase = "world";
const std::string kAgain = "; RESET SESSION AUTHORIZATION";

class World {
 public:
  World(test_support::PostgresServer& server, std::uint64_t seed, bool superuser)
      : server_(server), random_(seed), executor_(superuser ? "postgres" : "world_admin") {}
  ~World() { clear(); }

  void make() {
    clear();
    if (executor_ != "postgres") server_.sql("CREATE ROLE world_admin LOGIN CREATEROLE CREATEDB");
    std::string as = "SET SESSION AUTHORIZATION " + identifier(executor_) + "; ";
    server_.sql("CREATE DATABASE world OWNER " + identifier(executor_));
    for (const std::string& role : kRoles) {
      if (one_in(6)) continue;
      server_.sql(as + "CREATE ROLE " + identifier(role) + (one_in(2) ? " LOGIN" : "") +
                  (one_in(5) ? " NOINHERIT" : "") + (one_in(5) ? " CONNECTION LIMIT 7" : "") + kAgain);
      there_.push_back(role);
    }
    memberships(as);
    for (const std::string& schema : kSchemas) {
      if (one_in(4)) continue;
      fill(schema);
    }
    grants();
  }

  pg_spec::Spec specification() {
    pg_spec::Spec spec;
    spec.mode = static_cast<Mode>(below(3));
    if (one_in(3)) {
      spec.absent_roles.push_back({"user", "owner two"});
      named_.pop_back();
    }
    for (const std::string& role : named_) {
      pg_spec::Role declared{.name = role};
      declared.kind = one_in(2) ? pg_spec::RoleKind::kLogin : pg_spec::RoleKind::kGroup;
      if (one_in(3)) declared.connection_limit = static_cast<int>(below(20));
      if (one_in(4)) declared.comment = "It's " + role;
      if (one_in(5)) declared.valid_until = "2031-01-01 00:00:00+00";
      if (one_in(6)) declared.createdb = true;
      spec.roles.push_back(declared);
      if (one_in(4)) spec.settings.push_back({role, one_in(2) ? kDatabase : "", "statement_timeout", "7s"});
      if (one_in(5)) spec.settings.push_back({role, kDatabase, "search_path", "shop, \"Order\""});
    }
    for (int count = 0; count < 4; ++count) {
      std::size_t role = below(named_.size() - 1), member = role + 1 + below(named_.size() - role - 1);
      pg_spec::Membership declared{.role = named_[role], .member = named_[member]};
      if (one_in(3)) declared.admin = one_in(2);
      if (server_.major() >= 16 && one_in(3)) declared.inherit = one_in(2);
      if (server_.major() >= 16 && one_in(3)) declared.set = one_in(2);
      std::erase_if(spec.memberships,
                    [&](const auto& each) { return each.role == declared.role && each.member == declared.member; });
      spec.memberships.push_back(declared);
    }
    spec.databases.push_back({.name = kDatabase, .owner = one_in(2) ? "Owner" : ""});
    for (const std::string& schema : kSchemas) declare(spec, schema);
    return spec;
  }

  [[nodiscard]] const std::string& executor() const { return executor_; }

  std::vector<std::string> own_memberships() {
    return server_.sql(
        "SELECT g.rolname || ' ' || b.rolname || ' ' || a.admin_option || coalesce(to_jsonb(a)->>'inherit_option', '') "
        "|| coalesce(to_jsonb(a)->>'set_option', '') FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN "
        "pg_roles m ON m.oid = a.member JOIN pg_roles b ON b.oid = a.grantor WHERE m.rolname = 'world_admin' AND "
        "g.rolname NOT IN ('Owner', 'owner two', 'w\"riter', 'reader', 'app', 'user') OR (m.rolname = 'world_admin' "
        "AND "
        "NOT (a.admin_option AND b.oid = 10)) ORDER BY 1");
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  const std::string& any() { return there_[below(there_.size())]; }

  void clear() {
    server_.sql("DROP DATABASE IF EXISTS world WITH (FORCE)");
    for (int round = 0; round < 2; ++round) {
      for (const std::string& role : server_.sql("SELECT rolname FROM pg_roles WHERE rolname IN ('Owner', 'owner two', "
                                                 "'w\"riter', 'reader', 'app', 'user', 'world_admin')")) {
        if (round == 0) {
          server_.sql("DROP OWNED BY " + identifier(role) + " CASCADE");
        } else {
          server_.sql("DROP ROLE IF EXISTS " + identifier(role));
        }
      }
    }
  }

  void memberships(const std::string& as) {
    for (int count = 0; count < 4; ++count) {
      if (there_.size() < 2) return;
      std::size_t role = below(there_.size() - 1), member = role + 1 + below(there_.size() - role - 1);
      server_.sql(as + "GRANT " + identifier(there_[role]) + " TO " + identifier(there_[member]) +
                  (one_in(3) ? " WITH ADMIN OPTION" : "") + kAgain);
      // From 16 on a second row for the same pair, by another grantor.
      if (server_.major() >= 16 && one_in(2)) {
        server_.sql("GRANT " + identifier(there_[role]) + " TO " + identifier(there_[member]) + " WITH INHERIT FALSE");
      }
    }
  }

  void fill(const std::string& schema) {
    std::string owner = one_in(3) || there_.empty() ? executor_ : any(), s = identifier(schema);
    std::string sql = "CREATE SCHEMA " + s + " AUTHORIZATION " + identifier(owner) + ";";
    made_.push_back(schema);
    sql += "CREATE TABLE " + s + ".t1 (a int, b text); CREATE TABLE " + s + ".\"T 2\" (a serial, b text);" +
           "CREATE VIEW " + s + ".v AS SELECT 1 AS a; CREATE SEQUENCE " + s + ".s; CREATE FUNCTION " + s +
           ".f(integer, text) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE " + s +
           ".p() LANGUAGE sql AS 'SELECT 1'; CREATE TYPE " + s + ".mood AS ENUM ('good');";
    server_.sql(sql, kDatabase);
    for (const char* object : {"TABLE {}.t1", "TABLE {}.\"T 2\"", "VIEW {}.v", "SEQUENCE {}.s",
                               "FUNCTION {}.f(int, text)", "PROCEDURE {}.p()", "TYPE {}.mood"}) {
      std::string name = one_in(3) || there_.empty() ? executor_ : any();
      server_.sql("ALTER " + fmt::format(fmt::runtime(object), s) + " OWNER TO " + identifier(name), kDatabase);
    }
    if (there_.empty() || !one_in(2)) return;
    server_.sql("ALTER DEFAULT PRIVILEGES FOR ROLE " + identifier(any()) + " IN SCHEMA " + s +
                    " GRANT SELECT, INSERT ON TABLES TO " + identifier(any()),
                kDatabase);
    server_.sql("ALTER DEFAULT PRIVILEGES FOR ROLE " + identifier(any()) + " REVOKE EXECUTE ON ROUTINES FROM PUBLIC",
                kDatabase);
  }

  // Some with grant option, and some by those who got it; the administrator may do all of it, in others' names.
  void grants() {
    if (there_.size() < 3) return;
    for (const std::string& schema : made_) {
      std::string s = identifier(schema);
      for (const char* object : {".t1", ".\"T 2\"", ".v"}) {
        std::string first = identifier(any()), second = identifier(any());
        std::string on = " ON " + s + object;
        server_.sql("GRANT SELECT, INSERT" + on + " TO " + first + " WITH GRANT OPTION", kDatabase);
        if (first != second && one_in(2)) {
          server_.sql("GRANT USAGE ON SCHEMA " + s + " TO " + first, kDatabase);
          server_.sql("SET SESSION AUTHORIZATION " + first + "; GRANT SELECT" + on + " TO " + second +
                          " WITH GRANT OPTION" + kAgain,
                      kDatabase);
          if (one_in(2)) server_.sql("REVOKE USAGE ON SCHEMA " + s + " FROM " + first, kDatabase);
        }
        if (one_in(3)) server_.sql("GRANT UPDATE (a)" + on + " TO " + second, kDatabase);
        if (one_in(4)) server_.sql("GRANT SELECT" + on + " TO PUBLIC", kDatabase);
      }
      if (one_in(2)) server_.sql("GRANT ALL ON SCHEMA " + s + " TO " + identifier(any()), kDatabase);
      if (one_in(2)) server_.sql("GRANT USAGE, SELECT ON " + s + ".s TO " + identifier(any()), kDatabase);
      if (one_in(3)) server_.sql("REVOKE EXECUTE ON FUNCTION " + s + ".f FROM PUBLIC", kDatabase);
    }
  }

  pg_spec::Selector all(Kind kind, const std::string& schema, const std::string& name = "*") {
    return {.kind = kind,
            .wide = kind != Kind::kSequence && kind != Kind::kColumn,
            .database = kDatabase,
            .schema = schema,
            .name = name};
  }

  void declare(pg_spec::Spec& spec, const std::string& schema) {
    auto role = [&] { return named_[below(named_.size())]; };
    spec.schemas.push_back({.database = kDatabase, .name = schema, .owner = one_in(3) ? role() : ""});
    if (one_in(2)) spec.owners.push_back({all(Kind::kTable, schema), role()});
    if (one_in(3)) spec.owners.push_back({all(Kind::kFunction, schema), role()});
    if (one_in(3)) spec.owners.push_back({all(Kind::kSequence, schema, "s"), role()});
    auto on_schema = [&] { return pg_spec::Selector{.kind = Kind::kSchema, .database = kDatabase, .name = schema}; };
    for (int count = 0; count < 3; ++count) {
      spec.grants.push_back({.role = role(),
                             .on = all(Kind::kTable, schema),
                             .privileges = pg_model::kSelect,
                             .grant_option = one_in(4)});
      spec.grants.push_back({.role = role(), .on = on_schema(), .privileges = pg_model::kUsage});
      spec.grants.push_back(
          {.role = role(), .on = all(Kind::kTable, schema, "t1"), .privileges = pg_model::kInsert | pg_model::kUpdate});
    }
    if (one_in(2)) spec.grants.push_back({.role = role(), .on = all(Kind::kSequence, schema), .all = true});
    if (one_in(2)) spec.grants.push_back({.role = role(), .on = all(Kind::kFunction, schema), .all = true});
    if (one_in(3)) spec.grants.push_back({.role = role(), .on = all(Kind::kTable, schema), .all = true});
    pg_spec::Selector column = all(Kind::kColumn, schema, "t1");
    column.column = "b";
    if (one_in(2)) spec.grants.push_back({.role = role(), .on = column, .privileges = pg_model::kSelect});
    if (one_in(2)) {
      spec.revokes.push_back({.role = "PUBLIC", .on = all(Kind::kFunction, schema), .privileges = pg_model::kExecute});
    }
    pg_spec::DefaultGrant by_default{
        .creator = role(), .database = kDatabase, .schema = schema, .role = role(), .privileges = pg_model::kSelect};
    spec.defaults.push_back(by_default);
    if (one_in(3)) {
      spec.default_revokes.push_back({.creator = by_default.creator,
                                      .database = kDatabase,
                                      .kind = Kind::kFunction,
                                      .role = "PUBLIC",
                                      .privileges = pg_model::kExecute});
    }
    policies(spec, schema, role());
    for (Kind kind : {Kind::kTable, Kind::kSequence, Kind::kFunction}) {
      if (one_in(2)) spec.objects.push_back(all(kind, schema));
    }
  }

  void policies(pg_spec::Spec& spec, const std::string& schema, const std::string& role) {
    pg_spec::Selector table{
        .kind = Kind::kTable, .wide = false, .database = kDatabase, .schema = schema, .name = "t1", .column = {}};
    if (one_in(3)) spec.row_security.push_back({.table = table, .enabled = true, .forced = one_in(2)});
    if (!one_in(2)) return;
    spec.policies.push_back({.table = table,
                             .name = "Own rows",
                             .command = one_in(2) ? "ALL" : "SELECT",
                             .using_expression = "b = current_user and (a > 1 OR a < -3)",
                             .permissive = one_in(2),
                             .roles = {one_in(2) ? "PUBLIC" : role}});
  }

  test_support::PostgresServer& server_;
  std::mt19937_64 random_;
  std::string executor_;
  std::vector<std::string> there_, made_, named_ = kRoles;
};

// What was declared is so: asked of a new inspection.
std::string missing(const pg_model::Cluster& cluster, const pg_spec::Spec& spec) {
  for (const pg_spec::Grant& grant : spec.grants) {
    const pg_model::Role* role = cluster.role(grant.role);
    if (role == nullptr) return "no role " + grant.role;
    for (const pg_model::Database& database : cluster.databases) {
      for (const pg_model::Object& object : database.objects) {
        if (!pg_spec::selects(grant.on, database.self.name, object) || object.owner == role->oid) continue;
        pg_model::Privileges has = 0, wanted = grant.all ? pg_model::all_privileges(object.kind, cluster.server.major())
                                                         : grant.privileges;
        for (const pg_model::Grant& each : object.grants) {
          if (each.grantee == role->oid) has |= grant.grant_option ? each.with_grant_option : each.privileges;
        }
        if ((has & wanted) != wanted) return grant.role + " lacks a right on " + object.schema + "." + object.name;
      }
    }
  }
  return {};
}

// Of tables, by the server's own judgement. It counts PUBLIC to everybody; so do we here.
std::string differs_from_server(test_support::PostgresServer& server, const pg_model::Cluster& cluster) {
  std::set<std::string> ours, theirs;
  std::set<std::string> everybody;
  for (const Access& each : effective_access(cluster)) {
    std::size_t in = each.object.rfind(" in world");
    if (in == std::string::npos) continue;
    std::string item = each.privilege + " " + each.object.substr(0, in);
    if (each.role == "PUBLIC") everybody.insert(item);
    ours.insert(each.role + " " + item);
  }
  for (const std::string& row : server.sql(
           "SELECT r.rolname || ' ' || p || ' ' || n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n "
           "ON "
           "n.oid = c.relnamespace, pg_roles r, unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE']) p WHERE "
           "n.nspname IN ('shop', 'Order') AND c.relkind IN ('r', 'v') AND NOT r.rolsuper AND r.rolname !~ '^pg_' AND "
           "has_table_privilege(r.oid, c.oid, p) AND c.relowner <> r.oid AND NOT pg_has_role(r.oid, c.relowner, "
           "'USAGE')",
           kDatabase)) {
    std::size_t first = row.find(" SELECT "), at = first;
    for (const char* word : {" INSERT ", " UPDATE ", " DELETE ", " TRUNCATE "}) {
      if (at == std::string::npos) at = row.find(word);
    }
    if (!ours.contains(row) && !everybody.contains(row.substr(at + 1))) return "the server says: " + row;
  }
  return {};
}

void live_in(test_support::PostgresServer& server, std::uint64_t seed, bool superuser) {
  SCOPED_TRACE(fmt::format("PostgreSQL {}, seed {}, {}", server.major(), seed, superuser ? "superuser" : "CREATEROLE"));
  World world(server, seed, superuser);
  world.make();
  std::vector<std::string> before = world.own_memberships();
  Target target(server, world.executor(), {kDatabase, "postgres", "template1"});
  pg_spec::Spec spec = world.specification();
  std::vector<Access> access = effective_access(target.inspect());
  Plan plan = target.make(spec);
  if (plan.refused.find("could not connect") != std::string::npos) {  // what it advises is enough
    pg_spec::Selector database{.kind = pg_model::Kind::kDatabase, .name = kDatabase};
    spec.grants.push_back({.role = world.executor(), .on = database, .privileges = pg_model::kConnect});
    plan = target.make(spec);
  }
  if (!plan.refused.empty()) {  // two declared things that exclude each other
    EXPECT_NE(plan.refused.find("every schema"), std::string::npos) << plan.refused;
    return;
  }
  if (!plan.administrator.empty()) {
    target.run_as_administrator(plan.administrator);
    access = effective_access(target.inspect());
    plan = target.make(spec);
    ASSERT_TRUE(plan.administrator.empty()) << text(plan.administrator);
  }
  std::string wrong = target.run(plan.statements);
  ASSERT_EQ(wrong, "") << text(plan.statements);
  pg_model::Cluster after = target.inspect();
  EXPECT_EQ(missing(after, spec), "");
  Plan second = target.make(spec);
  EXPECT_TRUE(second.empty()) << "first:\n"
                              << text(plan.statements) << "second:\n"
                              << text(second.statements) << text(second.administrator);
  if (spec.mode != Mode::kExactly) {
    EXPECT_EQ(world.own_memberships(), before);
  }
  EXPECT_EQ(differs_from_server(server, after), "");

  std::set<Access> predicted(access.begin(), access.end());
  for (const Access& each : plan.lost)
    std::erase_if(predicted, [&](const Access& a) {
      return a.role == each.role && a.privilege == each.privilege && a.object == each.object;
    });
  auto key = [](const Access& a) { return a.role + "|" + a.privilege + "|" + a.object; };
  std::set<std::string> expected, real;
  for (const Access& each : predicted) expected.insert(key(each));
  for (const Access& each : plan.gained) expected.insert(key(each));
  for (const Access& each : effective_access(after)) real.insert(key(each));
  std::vector<std::string> wrongly;
  std::ranges::set_symmetric_difference(expected, real, std::back_inserter(wrongly));
  // What one has by itself and everybody has too is listed of PUBLIC only when it changes.
  std::erase_if(wrongly, [&](const std::string& each) {
    std::string of_all = "PUBLIC" + each.substr(each.find('|'));
    bool had = std::ranges::any_of(access, [&](const Access& a) { return key(a) == of_all; });
    return had || expected.contains(of_all) || real.contains(of_all);
  });
  EXPECT_TRUE(wrongly.empty()) << wrongly.front() << "\n" << text(plan.statements);
}

class Worlds : public testing::TestWithParam<int> {};

TEST_P(Worlds, AsSuperuser) {
  auto& server = test_support::postgres_of(GetParam());
  int first = number("STEWARDRY_SEED", 1);
  for (int seed = first; seed < first + number("STEWARDRY_WORLDS", 10) && !testing::Test::HasFatalFailure(); ++seed) {
    live_in(server, static_cast<std::uint64_t>(seed), true);
  }
}

TEST_P(Worlds, WithCreateroleOnly) {
  auto& server = test_support::postgres_of(GetParam());
  int first = number("STEWARDRY_SEED", 1);
  for (int seed = first; seed < first + number("STEWARDRY_WORLDS", 10) && !testing::Test::HasFatalFailure(); ++seed) {
    live_in(server, static_cast<std::uint64_t>(seed) + 1000, false);
  }
}

INSTANTIATE_TEST_SUITE_P(Majors, Worlds, testing::ValuesIn(test_support::kPostgresMajors));

}  // namespace
}  // namespace pg_plan

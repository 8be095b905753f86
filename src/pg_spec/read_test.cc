#include <algorithm>

#include <gtest/gtest.h>

#include "pg_spec/spec.h"

namespace pg_spec {
namespace {

using pg_model::Kind;

Spec spec_of(std::string_view text) {
  base::Result<Spec> spec = read(text, "test.yaml");
  if (spec) return *spec;
  ADD_FAILURE() << spec.error().message;
  for (const base::FieldError& each : spec.error().fields) ADD_FAILURE() << each.pointer << ": " << each.message;
  return {};
}

const Role* role(const Spec& spec, std::string_view name) {
  for (const Role& each : spec.roles) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

template <class T>
bool has(const std::vector<T>& all, const T& one) {
  return std::ranges::find(all, one) != all.end();
}

// What the decision record asks for, in its smallest form.
TEST(Preset, ApplicationIsAnOwnerAndTwoLogins) {
  const Spec spec = spec_of("presets:\n  - application: {database: app}\n");
  ASSERT_EQ(spec.roles.size(), 3U);
  EXPECT_EQ(role(spec, "app_owner")->kind, RoleKind::kOwner);
  EXPECT_EQ(role(spec, "app")->kind, RoleKind::kLogin);
  EXPECT_EQ(role(spec, "migrator")->acts_as, "app_owner");
  EXPECT_EQ(spec.mode, Mode::kAtLeast);
  EXPECT_EQ(spec.maintenance_database, "postgres");

  const Selector database{.kind = Kind::kDatabase, .name = "app"};
  const Selector tables{.kind = Kind::kTable, .wide = true, .database = "app", .schema = "app", .name = "*"};
  EXPECT_TRUE(has(spec.revokes, {"PUBLIC", database, 0, true, false}));
  EXPECT_TRUE(
      has(spec.revokes,
          {"PUBLIC", {.kind = Kind::kSchema, .database = "app", .name = "public"}, pg_model::kCreate, false, false}));
  EXPECT_TRUE(has(spec.grants, {"app", database, pg_model::kConnect, false, false}));
  EXPECT_TRUE(has(spec.grants, {"migrator", database, pg_model::kConnect, false, false}));
  EXPECT_TRUE(has(spec.owners, {tables, "app_owner"}));
  EXPECT_TRUE(has(spec.memberships, {"app_owner", "migrator", {}, {}, {}}));
  EXPECT_EQ(spec.schemas.size(), 1U) << "public is not to be made";
}

// template-infra gave ALL: TRUNCATE, REFERENCES, TRIGGER and from 17 MAINTAIN.
TEST(Preset, ApplicationDoesNotGiveAll) {
  const Spec spec = spec_of("presets: [{application: {database: app}}]");
  for (const Grant& each : spec.grants) {
    EXPECT_FALSE(each.all);
    EXPECT_EQ(
        each.privileges & (pg_model::kTruncate | pg_model::kTrigger | pg_model::kReferences | pg_model::kMaintain), 0);
  }
  for (const DefaultGrant& each : spec.defaults) EXPECT_FALSE(each.all);
}

// template-infra #373, #377, #622: default privileges belong to the role that creates, and that is the owner.
TEST(Preset, DefaultsAreThoseOfTheRoleThatCreates) {
  const Spec spec = spec_of("presets: [{application: {database: app}}]");
  EXPECT_EQ(spec.defaults.size(), 4U);
  for (const DefaultGrant& each : spec.defaults) {
    EXPECT_EQ(each.creator, "app_owner");
    EXPECT_EQ(each.role, "app");
    EXPECT_EQ(each.schema, "app");
  }
  // A schema's defaults cannot take away what everybody has: these are the database's.
  ASSERT_EQ(spec.default_revokes.size(), 2U);
  for (const DefaultGrant& each : spec.default_revokes) {
    EXPECT_EQ(each.role, "PUBLIC");
    EXPECT_EQ(each.schema, "");
    EXPECT_TRUE(each.all);
  }
}

// template-infra set it on the database, for the administrator too.
TEST(Preset, SearchPathIsOfTheTwoLoginsInTheirDatabase) {
  const Spec spec = spec_of("presets: [{application: {database: App, schema: Order}}]");
  EXPECT_TRUE(has(spec.settings, {"app", "App", "search_path", "\"Order\""}));
  EXPECT_TRUE(has(spec.settings, {"migrator", "App", "search_path", "\"Order\""}));
  EXPECT_TRUE(has(spec.settings, {"migrator", "App", "role", "Order_owner"}));
  EXPECT_EQ(spec.settings.size(), 3U);
}

// movetokube/postgres-operator#315: rds_iam is the logins', and nobody else's.
TEST(Preset, IamIsForTheLoginsOnly) {
  const Spec spec = spec_of("presets: [{application: {database: app, iam_login: true}}]");
  EXPECT_TRUE(has(spec.memberships, {"rds_iam", "app", {}, {}, {}}));
  EXPECT_TRUE(has(spec.memberships, {"rds_iam", "migrator", {}, {}, {}}));
  EXPECT_FALSE(has(spec.memberships, {"rds_iam", "app_owner", {}, {}, {}}));
  EXPECT_TRUE(role(spec, "app")->iam_login);
}

TEST(Preset, AddsToWhatTheDocumentSaysOfTheSameRole) {
  const Spec spec = spec_of(R"(
logins:
  app: {connection_limit: 7, database_settings: {app: {search_path: [app, public]}}}
databases: {app: {comment: ours, schemas: {app: {comment: the schema}}}}
presets: [{application: {database: app}}]
)");
  EXPECT_EQ(role(spec, "app")->connection_limit, 7);
  EXPECT_TRUE(has(spec.settings, {"app", "app", "search_path", "app, public"}));
  EXPECT_FALSE(has(spec.settings, {"app", "app", "search_path", "app"}));
  ASSERT_EQ(spec.databases.size(), 1U);
  EXPECT_EQ(spec.databases[0].comment, "ours");
  ASSERT_EQ(spec.schemas.size(), 1U);
  EXPECT_EQ(spec.schemas[0].owner, "app_owner");
}

TEST(Preset, ReadersSeeWhatIsThereAndWhatWillBe) {
  const Spec spec = spec_of(R"(
external_roles: [boss]
presets: [{readers: {database: app, schemas: [a, b], creators: [boss], logins: [ada, bob], password: "ssm:/x"}}]
)");
  EXPECT_EQ(role(spec, "app_readers")->kind, RoleKind::kGroup);
  EXPECT_EQ(role(spec, "bob")->password, "ssm:/x");
  EXPECT_EQ(spec.memberships.size(), 2U);
  EXPECT_EQ(spec.defaults.size(), 4U);  // tables and sequences of two schemas
  for (const Grant& each : spec.grants) EXPECT_EQ(each.role, "app_readers");
  EXPECT_TRUE(spec.schemas.empty()) << "readers make no schema";
}

TEST(Preset, TenantsAreApartFromEachOther) {
  const Spec spec =
      spec_of("presets: [{tenants: {database: app, tenants: [acme, globex], password: 'ssm:/db/{tenant}'}}]");
  EXPECT_EQ(spec.roles.size(), 6U);
  EXPECT_EQ(role(spec, "acme_app")->password, "ssm:/db/acme");
  EXPECT_EQ(role(spec, "globex_migrator")->acts_as, "globex_owner");
  for (const Grant& each : spec.grants) {
    if (each.on.schema == "acme") {
      EXPECT_EQ(each.role, "acme_app");
    }
  }
  EXPECT_EQ(std::ranges::count_if(spec.revokes, [](const Grant& each) { return each.on.kind == Kind::kDatabase; }), 1);
}

TEST(Roles, LoginsThatTakeTurnsAreMembersOfAGroup) {
  const Spec spec = spec_of(R"(
owners: {boss: {}}
groups: {readers: {}}
logins:
  app:
    alternates: [app_blue, app_green]
    member_of: [readers]
    acts_as: boss
    connection_limit: 5
    settings: {work_mem: 8MB}
    password: file:/run/app.json
)");
  EXPECT_EQ(role(spec, "app")->kind, RoleKind::kGroup);
  EXPECT_EQ(role(spec, "app")->connection_limit, std::nullopt);
  EXPECT_EQ(role(spec, "app")->alternates, (std::vector<std::string>{"app_blue", "app_green"}));
  for (const char* name : {"app_blue", "app_green"}) {
    EXPECT_EQ(role(spec, name)->kind, RoleKind::kLogin);
    EXPECT_EQ(role(spec, name)->connection_limit, 5);
    EXPECT_EQ(role(spec, name)->password, "file:/run/app.json");
    EXPECT_TRUE(has(spec.memberships, {"app", name, {}, {}, {}}));
    EXPECT_TRUE(has(spec.memberships, {"boss", name, {}, {}, {}}));
    EXPECT_TRUE(has(spec.settings, {name, "", "work_mem", "8MB"}));
    EXPECT_TRUE(has(spec.settings, {name, "", "role", "boss"}));
  }
  EXPECT_TRUE(has(spec.memberships, {"readers", "app", {}, {}, {}}));
  EXPECT_EQ(spec.memberships.size(), 5U);
}

TEST(Roles, EverythingThatARoleCanHave) {
  const Spec spec = spec_of(R"(
mode: exactly
maintenance_database: main
external_roles: [postgres]
groups: {g: {members: [{member: postgres, admin: true, inherit: false, set: false}], mode: adopt}}
logins:
  a:
    member_of: [g, {role: pg_monitor, set: true}]
    connection_limit: -1
    valid_until: 2027-03-31T01:30:00+02:00
    comment: it's "x"
    inherit: false
    createrole: true
    createdb: false
    replication: true
    bypass_rls: true
    settings: {search_path: ["$user", public, Odd"One], statement_timeout: 30s, log_min_messages: ''}
absent: {old: {reassign_to: a}, older: }
)");
  EXPECT_EQ(spec.mode, Mode::kExactly);
  EXPECT_EQ(spec.maintenance_database, "main");
  EXPECT_TRUE(has(spec.memberships, {"g", "postgres", true, false, false}));
  EXPECT_TRUE(has(spec.memberships, {"g", "a", {}, {}, {}}));
  EXPECT_TRUE(has(spec.memberships, {"pg_monitor", "a", {}, {}, true}));
  const Role& a = *role(spec, "a");
  EXPECT_EQ(a.valid_until, "2027-03-30 23:30:00+00");
  EXPECT_EQ(a.comment, "it's \"x\"");
  EXPECT_EQ(a.inherit, false);
  EXPECT_EQ(a.createrole, true);
  EXPECT_EQ(a.createdb, false);
  EXPECT_EQ(a.connection_limit, -1);
  EXPECT_TRUE(has(spec.settings, {"a", "", "search_path", R"("$user", public, "Odd""One")"}));
  EXPECT_TRUE(has(spec.settings, {"a", "", "log_min_messages", ""}));
  ASSERT_EQ(spec.absent_roles.size(), 2U);
  EXPECT_EQ(spec.absent_roles[0].reassign_to, "a");
  EXPECT_EQ(mode_of_role(spec, "g"), Mode::kAdopt);
  EXPECT_EQ(mode_of_role(spec, "a"), Mode::kExactly);
}

// template-infra: `App` became app, `user` and `order` broke the statement, and a delimiter in a name broke out.
TEST(Names, AreTheNamesToTheLetter) {
  const Spec spec = spec_of(
      "logins: {App: {}, app: {}, user: {}, order: {}, \"a$$; DROP\": {}, 'null': {}, Ünï: {}, pgadmin: {}, rdsreader: "
      "{}}");
  EXPECT_EQ(spec.roles.size(), 9U);
  EXPECT_NE(role(spec, "App"), role(spec, "app"));
  EXPECT_NE(role(spec, "a$$; DROP"), nullptr);
}

TEST(Objects, EachKindIsSelected) {
  const Spec spec = spec_of(R"yaml(
groups: {r: {}}
parameters: {work_mem: {privileges: {r: SET}}}
tablespaces: {fast: {owner: r, privileges: {r: CREATE}}}
databases:
  "*": {privileges: {r: CONNECT}}
  d:
    foreign_servers: {far: {privileges: {r: USAGE}}}
    foreign_data_wrappers: {w: {privileges: {r: USAGE}}}
    languages: {plpgsql: {privileges: {PUBLIC: NONE}}}
    large_objects: {1234: {privileges: {r: [SELECT, UPDATE]}}}
    schemas:
      "s_*":
        owner: r
        views: {"*": {privileges: {r: SELECT}}}
      s:
        tables: {t: {columns: {"c*": {r: [SELECT, UPDATE WITH GRANT OPTION]}}}}
        sequences: {q: {privileges: {r: ALL}}}
        routines: {"f(integer,text )": {privileges: {r: EXECUTE}}}
        procedures: {p(): {privileges: {r: EXECUTE}}}
        domains: {m: {privileges: {r: USAGE}}}
)yaml");
  EXPECT_TRUE(has(spec.grants, {"r", {.kind = Kind::kParameter, .name = "work_mem"}, pg_model::kSet, false, false}));
  EXPECT_TRUE(has(spec.grants, {"r", {.kind = Kind::kDatabase, .name = "*"}, pg_model::kConnect, false, false}));
  EXPECT_TRUE(
      has(spec.revokes, {"PUBLIC", {.kind = Kind::kLanguage, .database = "d", .name = "plpgsql"}, 0, true, false}));
  const Selector columns{.kind = Kind::kColumn, .database = "d", .schema = "s", .name = "t", .column = "c*"};
  EXPECT_TRUE(has(spec.grants, {"r", columns, pg_model::kSelect, false, false}));
  EXPECT_TRUE(has(spec.grants, {"r", columns, pg_model::kUpdate, false, true}));
  const Selector routine{
      .kind = Kind::kFunction, .wide = true, .database = "d", .schema = "s", .name = "f(integer, text)"};
  EXPECT_TRUE(has(spec.grants, {"r", routine, pg_model::kExecute, false, false}));
  EXPECT_TRUE(has(spec.owners, {{.kind = Kind::kSchema, .database = "d", .name = "s_*"}, "r"}));
  ASSERT_EQ(spec.databases.size(), 1U) << "a pattern is no database";
  ASSERT_EQ(spec.schemas.size(), 1U) << "a pattern is no schema";
  EXPECT_TRUE(has(spec.objects, {.kind = Kind::kTable, .wide = true, .database = "d", .schema = "s", .name = "t"}));
}

TEST(Objects, PoliciesAndRowSecurity) {
  const Spec spec = spec_of(R"(
groups: {r: {}}
databases:
  d:
    schemas:
      s:
        tables:
          t:
            row_security: forced
            policies:
              p: {command: UPDATE, to: r, using: "a = 1", check: "b", restrictive: true}
              q:
)");
  const Selector table{.kind = Kind::kTable, .database = "d", .schema = "s", .name = "t"};
  EXPECT_TRUE(has(spec.row_security, {table, true, true}));
  EXPECT_TRUE(has(spec.policies, {table, "p", "UPDATE", "a = 1", "b", false, {"r"}}));
  EXPECT_TRUE(has(spec.policies, {table, "q", "ALL", "", "", true, {"PUBLIC"}}));
}

TEST(Profiles, HoldForWhatIsThereAndWhatTheCreatorsMake) {
  const Spec spec = spec_of(R"(
owners: {o: {}, p: {}}
groups: {r: {}}
profiles: {look: {schema: USAGE, tables: [SELECT WITH GRANT OPTION]}}
databases:
  d:
    schemas:
      one: {owner: o, profiles: {r: look}}
      "two_*": {creators: [o, p], profiles: {r: [look, readonly]}}
)");
  const DefaultGrant one{"o", "d", "one", Kind::kTable, "r", pg_model::kSelect, false, true};
  EXPECT_TRUE(has(spec.defaults, one));
  EXPECT_EQ(spec.defaults.size(), 1U + 2 + 4);
  EXPECT_TRUE(has(spec.grants,
                  {"r", {.kind = Kind::kSchema, .database = "d", .name = "two_*"}, pg_model::kUsage, false, false}));
}

TEST(Modes, TheNearestOneHolds) {
  const Spec spec =
      spec_of("mode: exactly\ndatabases: {d: {mode: adopt, schemas: {s: {mode: at-least}, t: {}}}, e: {}}");
  EXPECT_EQ(mode_of(spec, "d", ""), Mode::kAdopt);
  EXPECT_EQ(mode_of(spec, "d", "s"), Mode::kAtLeast);
  EXPECT_EQ(mode_of(spec, "d", "t"), Mode::kAdopt);
  EXPECT_EQ(mode_of(spec, "e", "s"), Mode::kExactly);
}

// Texts in single quotes are read here, not by the library.
TEST(Document, TextsInSingleQuotes) {
  auto comment = [](std::string_view quoted) {
    const Spec spec = spec_of("groups: {'it''s': {comment: '" + std::string(quoted) + "'}}");
    const Role* group = role(spec, "it's");
    return group == nullptr ? "no role" : group->comment.value_or("none");
  };
  EXPECT_EQ(comment(""), "");
  EXPECT_EQ(comment("''''''''''''''''''"), "'''''''''");
  EXPECT_EQ(comment("a''b"), "a'b");
  EXPECT_EQ(comment(" a \n  b"), " a b");
  EXPECT_EQ(comment("a  \n\n   \n  b "), "a\n\nb ");
  EXPECT_EQ(comment("a\r\n  ''b''\n  "), "a 'b' ");
  EXPECT_EQ(comment("\n  a"), " a");
  EXPECT_EQ(comment("\\n \"ü\""), "\\n \"ü\"");
}

TEST(Document, IsJsonToo) {
  const Spec spec = spec_of(R"({"mode": "adopt", "logins": {"a": {"connection_limit": 3, "comment": "\u00fc"}}})");
  EXPECT_EQ(role(spec, "a")->comment, "ü");
}

}  // namespace
}  // namespace pg_spec

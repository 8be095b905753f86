// What a spec says wrong: each message, where it points, and that all of them come at once.

#include <gtest/gtest.h>

#include "base/limits.h"
#include "pg_spec/spec.h"

namespace pg_spec {
namespace {

struct Wrong {
  std::string text, pointer, message;
};

// The one problem of a document.
void expect_only(const Wrong& wrong) {
  SCOPED_TRACE(wrong.text);
  base::Result<Spec> spec = read(wrong.text, "app.yaml");
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, base::Code::kInvalid);
  ASSERT_EQ(spec.error().fields.size(), 1U) << spec.error().message;
  EXPECT_EQ(spec.error().fields[0].pointer, wrong.pointer);
  EXPECT_EQ(spec.error().fields[0].message, wrong.message);
}

TEST(Refuses, YamlThatStrangersMaySend) {
  const Wrong cases[] = {
      {"", "", "line 1, column 1: the document is empty"},
      {"- a", "", "line 1, column 1: a database spec is a mapping, and this is a list"},
      {"a: &x 1", "/a", "line 1, column 7: anchors are not taken here: name what comes again a profile"},
      {"mode: *x", "/mode", "line 1, column 7: aliases are not taken here: name what comes again a profile"},
      {"mode: !!str adopt", "/mode", "line 1, column 13: tags are not taken here"},
      {"mode: adopt\nmode: exactly", "/mode", "line 2, column 1: mode comes twice: it is in line 1 already"},
      {"? [a]\n: b", "", "line 1, column 3: a key is a name, not a list or mapping"},
      {"mode: adopt\n---\nmode: adopt", "/mode",
       "line 2, column 1: a second document begins here: one file is one document"},
      {"groups: {\"a\\0\": {}}", "/groups/a", "line 1, column 10: no text of PostgreSQL has a NUL character"},
      {"mode: \xff", "", "line 1, column 1: this is not UTF-8"},
      {"groups: [[[[[[[[[[[[[[[[[[[[", "/groups", "line 1, column 24: nested more than 16 deep"},
  };
  for (const Wrong& each : cases) {
    base::Result<Spec> spec = read(each.text, "app.yaml");
    ASSERT_FALSE(spec) << each.text;
    ASSERT_FALSE(spec.error().fields.empty()) << each.text;
    EXPECT_EQ(spec.error().fields[0].message, each.message);
    EXPECT_TRUE(spec.error().fields[0].pointer.starts_with(each.pointer)) << each.text;
  }
}

TEST(Refuses, WhatIsNoYaml) {
  for (const char* text : {"mode: [", "a: b: c", "\tmode: adopt", "groups: {a: {}", "\"", "mode: 'x",
                           "a: |\n b\n  c: [", "%YAML 9.9\n---\na: b"}) {
    base::Result<Spec> spec = read(text, "app.yaml");
    ASSERT_FALSE(spec) << text;
    EXPECT_NE(spec.error().message.find("app.yaml is no database spec"), std::string::npos);
  }
}

// A few bytes that would become gigabytes, and what is only large.
TEST(Refuses, BombsAndHugeDocuments) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 30; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += (j == 0 ? "*a" : ",*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_FALSE(read(bomb, "bomb"));
  base::Result<Spec> large = read(std::string(base::limits::kDatabaseSpecBytesMax + 1, '#'), "large");
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().fields[0].message, "line 1, column 1: larger than 16 MiB");
  EXPECT_FALSE(read(std::string(100000, '['), "deep"));
  EXPECT_FALSE(read(std::string(100000, '{'), "deep"));
}

TEST(Refuses, MoreFactsThanAreTaken) {
  // Each of these lines stands for ten facts.
  std::string text = "groups: {";
  for (int i = 0; i < 1000; ++i) text += "g" + std::to_string(i) + ": {}, ";
  text += "}\nowners: {o: {}}\ndatabases:\n  d:\n    schemas:\n";
  for (int s = 0; s < 60; ++s) {
    text += "      s" + std::to_string(s) + ": {owner: o, profiles: {";
    for (int i = 0; i < 1000; ++i) text += "g" + std::to_string(i) + ": readwrite, ";
    text += "}}\n";
  }
  base::Result<Spec> spec = read(text, "many");
  ASSERT_FALSE(spec);
  ASSERT_EQ(spec.error().fields.size(), 1U);
  EXPECT_NE(spec.error().fields[0].message.find("more than 500000 facts: use groups"), std::string::npos);
}

TEST(Refuses, Keys) {
  expect_only({"modes: adopt", "/modes", "line 1, column 1: a database spec has no key modes; did you mean mode?"});
  expect_only({"logins:\n  a: {member_off: []}", "/logins/a/member_off",
               "line 2, column 7: a role has no key member_off; did you mean member_of?"});
  expect_only({"presets: [{application: {database: d, IAM_login: true}}]", "/presets/0/application/IAM_login",
               "line 1, column 39: the preset application has no key IAM_login; did you mean iam_login?"});
  expect_only({"parameters: {work_mem: {owner: x}}", "/parameters/work_mem/owner",
               "line 1, column 25: a parameter has no key owner; it has privileges"});
  expect_only({"groups: [a]", "/groups", "line 1, column 9: groups is a mapping, and this is a list"});
  expect_only(
      {"presets: {application: {}}", "/presets", "line 1, column 10: presets is a list, and this is a mapping"});
}

TEST(Refuses, Values) {
  expect_only({"mode: exact", "/mode", "line 1, column 7: mode is exactly, at-least or adopt"});
  expect_only({"groups: {a: {inherit: yes}}", "/groups/a/inherit", "line 1, column 23: inherit is true or false"});
  expect_only({"groups: {a: {inherit: 'true'}}", "/groups/a/inherit", "line 1, column 23: inherit is true or false"});
  for (const char* number : {"-2", "1.5", "99999999999", "'5'", "many", "[]", "1_000", "0x10"}) {
    expect_only({std::string("groups: {a: {connection_limit: ") + number + "}}", "/groups/a/connection_limit",
                 "line 1, column 32: connection_limit is a whole number from 0, or -1 for none"});
  }
  for (const char* time : {"2027-02-29", "2027-13-01", "tomorrow", "2027-01-01T25:00", "2027-01-01T10:00:00 CET",
                           "27-01-01", "''", "2027-01-01T10:00+99", "2027-01-01T10:00:00.5", "-infinity"}) {
    expect_only({std::string("groups: {a: {valid_until: \"") + (std::string_view(time) == "''" ? "" : time) + "\"}}",
                 "/groups/a/valid_until",
                 "line 1, column 27: valid_until is a date, a time (2027-01-31T12:00:00Z) or infinity"});
  }
  expect_only(
      {"groups: {a: {comment: null}}", "/groups/a/comment",
       "line 1, column 23: comment is a text, and this is nothing (a text that is empty or null needs quotes)"});
  expect_only({"logins: {a: {settings: {work_mem: {}}}}", "/logins/a/settings/work_mem",
               "line 1, column 35: work_mem is a text, and this is a mapping"});
  expect_only({"logins: {a: {settings: {search_path: [[x]]}}}", "/logins/a/settings/search_path/0",
               "line 1, column 39: in search_path there are texts, and this is a list"});
}

TEST(Refuses, Roles) {
  expect_only(
      {"groups: {a: {}}\nlogins: {a: {}}", "/logins/a", "line 2, column 10: the role a is declared in line 1 already"});
  expect_only(
      {"groups: {a: {}}\nabsent: [a]", "/absent/0", "line 2, column 10: the role a is declared in line 1 already"});
  expect_only({"groups: {PUBLIC: {}}", "/groups/PUBLIC",
               "line 1, column 10: no role can be named PUBLIC: PostgreSQL keeps that name for itself"});
  expect_only({"groups: {pg_mine: {}}", "/groups/pg_mine",
               "line 1, column 10: no role can be named pg_mine: PostgreSQL keeps that name for itself"});
  expect_only({"groups: {'': {}}", "/groups/", "line 1, column 10: the name of a role is empty"});
  expect_only({"groups: {" + std::string(64, 'x') + ": {}}", "/groups/" + std::string(64, 'x'),
               "line 1, column 10: the name of a role has 64 bytes, and PostgreSQL keeps 63"});
  expect_only({"groups: {readers: {}}\nlogins: {a: {member_of: [reader]}}", "/logins/a/member_of/0",
               "line 2, column 26: there is no role reader in this document; did you mean readers?"});
  expect_only({"logins: {a: {member_of: [{role: someone_else}]}}", "/logins/a/member_of/0/role",
               "line 1, column 33: there is no role someone_else in this document; declare it in owners, groups or "
               "logins, or name it in "
               "external_roles"});
  expect_only(
      {"logins: {a: {member_of: [{admin: true}]}}", "/logins/a/member_of/0", "line 1, column 26: role is missing"});
  expect_only({"logins: {a: {member_of: [PUBLIC]}}", "/logins/a/member_of/0",
               "line 1, column 26: PUBLIC is everybody, and no role: it cannot stand here"});
  expect_only(
      {"logins: {a: {member_of: [a]}}", "/logins/a/member_of/0", "line 1, column 26: a cannot be a member of itself"});
  expect_only({"groups: {g: {members: [a]}}\nlogins: {a: {member_of: [g]}}", "/logins/a/member_of/0",
               "line 2, column 26: that a is a member of g is said in line 1 already"});
  expect_only({"groups: {g: {acts_as: g}}", "/groups/g/acts_as", "line 1, column 23: acts_as is of logins only"});
  expect_only({"logins: {a: {alternates: [b]}}", "/logins/a/alternates",
               "line 1, column 26: alternates are two logins, which are rotated in turn"});
  expect_only({"logins: {a: {acts_as: o, settings: {role: x}}}\nowners: {o: {}}", "/logins/a",
               "line 1, column 10: role is set in line 1 already"});
}

// movetokube/postgres-operator#315, hashicorp/terraform-provider-postgresql#120: whoever is in rds_iam has no password.
TEST(Refuses, APasswordForAMemberOfRdsIam) {
  expect_only({"logins: {a: {iam_login: true, password: ssm:x}}", "/logins/a/password",
               "line 1, column 31: a member of rds_iam cannot log in with a password: either iam_login or password"});
  expect_only({"presets: [{application: {database: d, iam_login: true, password: ssm:x}}]", "/presets/0/application",
               "line 1, column 25: a member of rds_iam cannot log in with a password: either iam_login or password"});
}

// What stands in the place of a place may be a password: no message repeats it.
TEST(Refuses, APasswordInTheDocument) {
  base::Result<Spec> spec = read("logins: {a: {password: hunter2}}", "app.yaml");
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().fields[0].message,
            "line 1, column 24: password is the place where it goes, file:PATH, secretsmanager:NAME or ssm:NAME, never "
            "the password itself");
  EXPECT_EQ(spec.error().message.find("hunter2"), std::string::npos);
  expect_only(
      {"logins: {a: {password: 'file:'}}", "/logins/a/password", "line 1, column 24: after file: there is no name"});
}

std::string in_schema(std::string_view body) {
  return "groups: {r: {}}\ndatabases: {d: {schemas: {s: {" + std::string(body) + "}}}}";
}

TEST(Refuses, Privileges) {
  const std::string at = "/databases/d/schemas/s/tables/t/privileges/r";
  auto table = [](std::string_view rights) {
    return in_schema("tables: {t: {privileges: {r: " + std::string(rights) + "}}}");
  };
  expect_only({table("select"), at, "line 2, column 60: a table has no privilege select; did you mean SELECT?"});
  expect_only({table("EXECUTE"), at,
               "line 2, column 60: a table has no privilege EXECUTE; there are INSERT, SELECT, UPDATE, DELETE, "
               "TRUNCATE, REFERENCES, TRIGGER, "
               "MAINTAIN and ALL"});
  expect_only({table("[SELECT, NONE]"), at + "/1", "line 2, column 69: NONE stands alone"});
  expect_only({table(""), at, "line 2, column 57: privileges are missing here; to have none is NONE"});
  expect_only({table("{grant: SELECT, revoke: [INSERT, SELECT]}"), at,
               "line 2, column 60: the same privilege is granted and revoked"});
  expect_only(
      {table("{grant: SELECT, revoke: ALL}"), at, "line 2, column 60: the same privilege is granted and revoked"});
  expect_only({table("{revoke: SELECT WITH GRANT OPTION}"), at + "/revoke",
               "line 2, column 69: a grant option can neither be PUBLIC's nor be taken away alone"});
  expect_only({in_schema("tables: {t: {privileges: {PUBLIC: SELECT WITH GRANT OPTION}}}"),
               "/databases/d/schemas/s/tables/t/privileges/PUBLIC",
               "line 2, column 65: a grant option can neither be PUBLIC's nor be taken away alone"});
  expect_only({in_schema("tables: {t: {privileges: {public: SELECT}}}"),
               "/databases/d/schemas/s/tables/t/privileges/public",
               "line 2, column 57: there is no role public in this document; did you mean PUBLIC?"});
  expect_only({in_schema("privileges: {r: SELECT}"), "/databases/d/schemas/s/privileges/r",
               "line 2, column 47: a schema has no privilege SELECT; there are USAGE, CREATE and ALL"});
}

TEST(Refuses, Objects) {
  expect_only({in_schema("functions: {f: {}}"), "/databases/d/schemas/s/functions/f",
               "line 2, column 43: a function has the types of its arguments: f(integer, text), f(), or f(*) for all "
               "of the name"});
  expect_only({"databases: {d: {large_objects: {x1: {}}}}", "/databases/d/large_objects/x1",
               "line 1, column 33: a large object is a number, and x1 is none"});
  expect_only({"databases: {'d*': {comment: x}}", "/databases/d*/comment",
               "line 1, column 29: comment is of one database: this is a pattern"});
  expect_only({"databases: {d: {schemas: {'s*': {mode: adopt}}}}", "/databases/d/schemas/s*/mode",
               "line 1, column 40: mode is of one schema: this is a pattern, or in the pattern of a database"});
  expect_only({"logins: {a: {database_settings: {'*': {work_mem: 1MB}}}}", "/logins/a/database_settings/*",
               "line 1, column 34: settings are of one database: this is a pattern"});
  expect_only({in_schema("tables: {t: {row_security: on}}"), "/databases/d/schemas/s/tables/t/row_security",
               "line 2, column 58: row_security is enabled, forced or disabled"});
  expect_only({in_schema("tables: {t: {policies: {p: {command: MERGE}}}}"),
               "/databases/d/schemas/s/tables/t/policies/p/command",
               "line 2, column 68: command is ALL, SELECT, INSERT, UPDATE or DELETE"});
  expect_only({in_schema("tables: {t: {policies: {p: {command: INSERT, using: a}}}}"),
               "/databases/d/schemas/s/tables/t/policies/p",
               "line 2, column 55: a policy for INSERT has check, and no using"});
  expect_only({in_schema("tables: {t: {policies: {p: {command: SELECT, check: a}}}}"),
               "/databases/d/schemas/s/tables/t/policies/p",
               "line 2, column 55: a policy for SELECT has using, and no check"});
}

TEST(Refuses, Profiles) {
  expect_only({"profiles: {readonly: {}}", "/profiles/readonly",
               "line 1, column 12: the profile readonly is built in: give this one another name"});
  expect_only({in_schema("owner: r, profiles: {r: readony}"), "/databases/d/schemas/s/profiles/r",
               "line 2, column 55: there is no profile readony; did you mean readonly?"});
  expect_only({in_schema("profiles: {r: readonly}"), "/databases/d/schemas/s/profiles",
               "line 2, column 41: profiles need the schema's owner or creators: default privileges belong to the role "
               "that creates"});
}

// A schema's defaults add to the built-in ones: a revoke there succeeds and does nothing.
TEST(Refuses, TakingFromPublicInOneSchemaOnly) {
  expect_only({in_schema("default_privileges: {r: {routines: {PUBLIC: NONE}}}"),
               "/databases/d/schemas/s/default_privileges/r/routines/PUBLIC",
               "line 2, column 67: what PUBLIC has by PostgreSQL's own default cannot be taken away in one schema: say "
               "it in default_privileges "
               "of the database"});
}

TEST(Refuses, Presets) {
  expect_only({"presets: [{application: {}}]", "/presets/0/application", "line 1, column 25: database is missing"});
  expect_only({"presets: [{application: {database: 'd*'}}]", "/presets/0/application/database",
               "line 1, column 36: database of a preset is one name, and this is a pattern"});
  expect_only({"presets: [{application: {database: d, migrator: app}}]", "/presets/0/application",
               "line 1, column 25: owner, application and migrator are three roles"});
  expect_only({"presets: [{application: {database: d}, readers: {}}]", "/presets/0",
               "line 1, column 11: each entry of presets is one preset: begin another one with a dash of its own"});
  expect_only({"presets: [application]", "/presets/0",
               "line 1, column 11: a preset is a mapping: application, readers or tenants, and its parameters"});
  expect_only({"groups: {app: {}}\npresets: [{application: {database: d}}]", "/presets/0",
               "line 2, column 11: the preset needs the role app as a login, and the document declares it otherwise"});
  expect_only({"owners: {o: {}}\ndatabases: {d: {schemas: {app: {owner: o}}}}\npresets: [{application: {database: d}}]",
               "/presets/0", "line 3, column 11: the preset gives the schema app to app_owner, and the document to o"});
  expect_only({"presets: [{tenants: {database: d, tenants: [a, a]}}]", "/presets/0/tenants/tenants/1",
               "line 1, column 48: a comes twice"});
}

TEST(Refuses, EverythingAtOnceInTheOrderOfTheDocument) {
  base::Result<Spec> spec =
      read("mode: x\ngroups: {a: {inherit: 1}, b: {z: 1}}\ndatabases: {d: {owner: nobody}}\n", "app.yaml");
  ASSERT_FALSE(spec);
  ASSERT_EQ(spec.error().fields.size(), 4U);
  EXPECT_EQ(spec.error().fields[0].pointer, "/mode");
  EXPECT_EQ(spec.error().fields[3].pointer, "/databases/d/owner");
  EXPECT_EQ(
      spec.error().message,
      "app.yaml is no database spec: 4 problems, the first in line 1, column 7: mode is exactly, at-least or adopt.");
}

TEST(Refuses, NoMoreThanAHundredProblemsAreListed) {
  std::string text = "groups: {";
  for (int i = 0; i < 5000; ++i) text += "g" + std::to_string(i) + ": {memberof: x}, ";
  base::Result<Spec> spec = read(text + "}", "app.yaml");
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().fields.size(), base::limits::kFieldErrorsMax);
  EXPECT_NE(spec.error().message.find("5000 problems"), std::string::npos);
}

}  // namespace
}  // namespace pg_spec

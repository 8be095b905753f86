// What somebody declares of a cluster: one document (YAML or JSON) for roles, memberships, databases, schemas, objects,
// privileges and defaults. docs/reference/database-spec.md describes it; schemas/database-spec.json is its JSON Schema.
//
// A Spec is the document after presets and profiles are expanded and shorthands written out (`iam_login` and `acts_as`
// are among the memberships and settings), with names still patterns where they were patterns: what they stand for is
// decided against a cluster (pg_plan). Roles are always meant by their exact name.
//
//   Patterns  every `database` and `schema` below, and what a Selector holds: see matches(). The names of Database,
//             Schema and Extension themselves are plain.
//   Errors    kInvalid with every problem and its place (line and column, and a JSON pointer), all at once.
//   Pure; any thread.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pg_model/state.h"

namespace pg_spec {

enum class Mode : std::uint8_t { kExactly, kAtLeast, kAdopt };

struct Membership {
  std::string role, member;
  std::optional<bool> admin, inherit, set;  // absent: the server's default, and not compared
  bool operator==(const Membership&) const = default;
};

// `value` is as the catalog has it (pg_db_role_setting): elements of a list separated by ", ". Two values of a setting
// that is a list (search_path ...) are the same when their elements are, whatever their quotes.
struct Setting {
  std::string role;      // empty: of the database, for every role
  std::string database;  // plain; empty: in every database
  std::string name, value;
  bool operator==(const Setting&) const = default;
};

enum class RoleKind : std::uint8_t { kOwner, kGroup, kLogin };

struct Role {
  std::string name;
  RoleKind kind = RoleKind::kGroup;
  std::optional<Mode> mode;  // of its attributes, settings and memberships; absent: the document's
  std::optional<bool> inherit, createrole, createdb, replication, bypass_rls;
  std::optional<int> connection_limit;
  std::optional<std::string> valid_until;  // "2027-01-31 00:00:00+00" in UTC, or "infinity", which takes it away
  std::optional<std::string> comment;
  bool iam_login = false;  // a member of rds_iam: among Spec::memberships
  std::string acts_as;     // a login whose sessions start as this role: among memberships and settings
  std::string password;    // where it goes: "file:PATH", "secretsmanager:NAME", "ssm:NAME"; empty: none is managed
  // Not empty: this role is a group, and these two logins, its members, are rotated in turn. Both are roles of the Spec
  // with the same place for their password; the first is the one to begin with.
  std::vector<std::string> alternates;
};

// A role to be removed wherever it is; what it owns goes to `reassign_to` (empty: a role that owns something stays, and
// the plan refuses).
struct AbsentRole {
  std::string name, reassign_to;
};

// A set of objects, by kind and patterns for their names.
struct Selector {
  pg_model::Kind kind = pg_model::Kind::kTable;
  // As SQL's words are: a kTable that is wide means views, materialized views and foreign tables too; a kFunction means
  // procedures, a kType domains. Of a column: that of any of these.
  bool wide = false;
  std::string database, schema, name, column;  // `name` of a routine as Object::name; of a column, its table
  bool operator==(const Selector&) const = default;
};

struct Grant {
  std::string role;  // "PUBLIC" is everybody
  Selector on;
  pg_model::Privileges privileges = 0;
  bool all = false;  // ALL of the kind and major
  bool grant_option = false;
  bool operator==(const Grant&) const = default;
};

struct DefaultGrant {
  std::string creator, database, schema;  // schema empty: in every schema
  pg_model::Kind kind = pg_model::Kind::kTable;
  std::string role;
  pg_model::Privileges privileges = 0;
  bool all = false;
  bool grant_option = false;
  bool operator==(const DefaultGrant&) const = default;
};

struct Owner {
  Selector of;
  std::string role;
  bool operator==(const Owner&) const = default;
};

struct Policy {
  Selector table;
  std::string name, command = "ALL", using_expression, check_expression;
  bool permissive = true;
  std::vector<std::string> roles;  // never empty; "PUBLIC" is everybody
  bool operator==(const Policy&) const = default;
};

struct Schema {
  std::string database, name, owner;  // owner empty: not compared
  std::optional<std::string> comment;
  std::optional<Mode> mode;  // of the schema and what is in it; absent: the database's
  bool create = true;        // where it is not there; false for `public` and the server's own
};

struct Database {
  std::string name, owner;
  std::optional<std::string> comment;
  std::optional<int> connection_limit;
  bool create = true;  // where it is not there
  std::optional<Mode> mode;
};

struct Extension {
  std::string database, name, schema, version;
  bool present = true;
};

struct RowSecurity {
  Selector table;
  bool enabled = true, forced = false;
  bool operator==(const RowSecurity&) const = default;
};

struct Spec {
  Mode mode = Mode::kAtLeast;
  std::string maintenance_database = "postgres";
  std::vector<Role> roles;
  std::vector<std::string> external_roles;  // named, and managed elsewhere: never changed, never compared
  std::vector<AbsentRole> absent_roles;     // named for removal
  std::vector<Membership> memberships;
  std::vector<Setting> settings;
  std::vector<Database> databases;
  std::vector<Schema> schemas;
  // What the document names, databases and schemas too: under kExactly, the grants, and of tables the policies and row
  // security, are the whole truth for whatever one of these selects.
  std::vector<Selector> objects;
  std::vector<Owner> owners;
  std::vector<Grant> grants;
  std::vector<Grant> revokes;  // what must not be, whatever the mode: "PUBLIC has nothing on"
  std::vector<DefaultGrant> defaults;
  std::vector<DefaultGrant> default_revokes;  // likewise
  std::vector<Policy> policies;
  std::vector<RowSecurity> row_security;
  std::vector<Extension> extensions;
};

// How names are matched. In a pattern '*' stands for any text, '?' for one character, everything else for itself; case
// counts. A pattern in double quotes is a plain name, with "" for one quote inside: "\"a*b\"" is the name a*b.
bool matches(std::string_view pattern, std::string_view name);
bool is_pattern(std::string_view text);         // false: one name, plain_name()
std::string plain_name(std::string_view text);  // of what is no pattern
std::string as_pattern(std::string_view name);  // the pattern for exactly this name

// Whether the selector means this object of this database. A name that is a pattern never selects a member of an
// extension; a plain one does. For kColumn: whether it is a column of `object`'s kind, table and column.
bool selects(const Selector& selector, std::string_view database, const pg_model::Object& object);
// The same without regard to the column: whether a selector of columns is about columns of this table, view ...
bool selects_table_of(const Selector& selector, std::string_view database, const pg_model::Object& table);

// The mode that holds for a role, and for what is in a schema (empty: of the database itself).
Mode mode_of_role(const Spec& spec, std::string_view role);
Mode mode_of(const Spec& spec, std::string_view database, std::string_view schema);

base::Result<Spec> read(std::string_view text, std::string_view file_name);
// A document that describes the cluster such that a plan of it is empty.
std::string write(const pg_model::Cluster& cluster);

}  // namespace pg_spec

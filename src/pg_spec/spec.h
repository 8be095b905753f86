// What somebody declares of a cluster: one document (YAML or JSON) for roles, memberships, databases, schemas, objects,
// privileges and defaults. docs/reference/database-spec.md describes it; schemas/database-spec.json is its JSON Schema.
//
// A Spec is the document after presets and profiles are expanded, with names still patterns where they were patterns:
// what they stand for is decided against a cluster (pg_plan).
//
//   Errors   kInvalid with every problem and its place (line and column, and a path), all at once.
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
};

struct Setting {
  std::string role;      // empty: of the database, for every role
  std::string database;  // empty: in every database
  std::string name, value;
};

enum class RoleKind : std::uint8_t { kOwner, kGroup, kLogin };

struct Role {
  std::string name;
  RoleKind kind = RoleKind::kGroup;
  std::optional<bool> inherit, createrole, createdb, replication, bypass_rls;
  std::optional<int> connection_limit;
  std::optional<std::string> valid_until;  // "infinity" takes it away
  std::optional<std::string> comment;
  bool iam_login = false;  // a member of rds_iam
  std::string acts_as;     // a login whose sessions start as this role
  std::string password;    // where it goes: "file:PATH", "secretsmanager:NAME", "ssm:NAME"; empty: none is managed
  std::vector<std::string> alternates;  // two logins that are rotated in turn
};

// A set of objects: a kind, and a pattern for its names ('*' any, '?' one character; quoted: as it is).
struct Selector {
  pg_model::Kind kind = pg_model::Kind::kTable;
  std::string database, schema, name, column;
};

struct Grant {
  std::string role;  // "PUBLIC" is everybody
  Selector on;
  pg_model::Privileges privileges = 0;
  bool all = false;  // ALL of the kind and major
  bool grant_option = false;
};

struct DefaultGrant {
  std::string creator, database, schema;  // schema empty: in every schema
  pg_model::Kind kind = pg_model::Kind::kTable;
  std::string role;
  pg_model::Privileges privileges = 0;
  bool all = false;
};

struct Owner {
  Selector of;
  std::string role;
};

struct Policy {
  Selector table;
  std::string name, command = "ALL", using_expression, check_expression;
  bool permissive = true;
  std::vector<std::string> roles;
};

struct Schema {
  std::string database, name, owner, comment;
};

struct Database {
  std::string name, owner, comment;
  std::optional<int> connection_limit;
  bool create = true;  // where it is not there
};

struct Extension {
  std::string database, name, schema, version;
  bool present = true;
};

struct RowSecurity {
  Selector table;
  bool enabled = true, forced = false;
};

struct Spec {
  Mode mode = Mode::kAtLeast;
  std::string maintenance_database = "postgres";
  std::vector<Role> roles;
  std::vector<std::string> absent_roles;  // named for removal
  std::vector<Membership> memberships;
  std::vector<Setting> settings;
  std::vector<Database> databases;
  std::vector<Schema> schemas;
  std::vector<Owner> owners;
  std::vector<Grant> grants;
  std::vector<Grant> revokes;  // what must not be, whatever the mode: "PUBLIC has nothing on"
  std::vector<DefaultGrant> defaults;
  std::vector<Policy> policies;
  std::vector<RowSecurity> row_security;
  std::vector<Extension> extensions;
};

base::Result<Spec> read(std::string_view text, std::string_view file_name);
// A document that describes the cluster such that a plan of it is empty.
std::string write(const pg_model::Cluster& cluster);

}  // namespace pg_spec

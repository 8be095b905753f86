// What a PostgreSQL cluster is, as far as roles and privileges go: the result of an inspection, and what a plan is made
// from. Plain values, kept small: a million grants must fit into some 30 MB.
//
// Roles are known by their OID, 0 being PUBLIC (as a grantee); objects by kind and OID. A grant names its grantor,
// because only that one can take it away (PostgreSQL documentation, "GRANT", and REVOKE's notes). An ACL that is NULL
// in the catalog stands for the built-in default; here it is written out, and `acl_is_default` says so.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pg_model {

using Oid = std::uint32_t;
inline constexpr Oid kPublic = 0;

enum class Kind : std::uint8_t {
  kDatabase,
  kTablespace,
  kParameter,  // of the configuration; from 15
  kSchema,
  kTable,  // plain and partitioned
  kView,
  kMaterializedView,
  kForeignTable,
  kSequence,
  kFunction,  // aggregates and window functions too
  kProcedure,
  kType,
  kDomain,
  kLanguage,
  kForeignDataWrapper,
  kForeignServer,
  kLargeObject,
  kColumn,
};

// Bits as PostgreSQL has them (AclMode in nodes/parsenodes.h).
using Privileges = std::uint16_t;
inline constexpr Privileges kInsert = 1 << 0, kSelect = 1 << 1, kUpdate = 1 << 2, kDelete = 1 << 3, kTruncate = 1 << 4,
                            kReferences = 1 << 5, kTrigger = 1 << 6, kExecute = 1 << 7, kUsage = 1 << 8,
                            kCreate = 1 << 9, kTemporary = 1 << 10, kConnect = 1 << 11, kSet = 1 << 12,
                            kAlterSystem = 1 << 13, kMaintain = 1 << 14;

struct Grant {
  Oid grantee = kPublic;
  Oid grantor = 0;
  Privileges privileges = 0;
  Privileges with_grant_option = 0;  // of these
  bool operator==(const Grant&) const = default;
};

struct Role {
  Oid oid = 0;
  std::string name;
  bool superuser = false, inherit = true, createrole = false, createdb = false, login = false, replication = false,
       bypass_rls = false;
  int connection_limit = -1;
  std::string valid_until;  // as the server writes it in UTC; empty: for ever
  std::string comment;
};

// One row a grantor. Before 16 `inherit` is the member's own attribute and `set` true.
struct Membership {
  Oid role = 0, member = 0, grantor = 0;
  bool admin = false, inherit = true, set = true;
  bool operator==(const Membership&) const = default;
};

struct Setting {
  Oid role = 0;      // 0: of the database, for every role
  Oid database = 0;  // 0: in every database
  std::string name, value;
};

struct Object {
  Kind kind = Kind::kTable;
  Oid oid = 0;
  std::string schema;  // empty where there is none
  std::string name;    // of a routine with the types of its arguments: "total(integer, text)"; of a column its table's
  std::string column;  // of a column
  Oid owner = 0;
  bool acl_is_default = true;
  std::vector<Grant> grants;
  bool row_security = false, force_row_security = false;
  bool of_extension = false;
  Oid part_of = 0;  // of a sequence: the table whose column it belongs to; its owner is always that table's
  std::string comment;
};

struct DefaultPrivileges {
  Oid creator = 0;
  Oid schema = 0;            // 0: in every schema
  Kind kind = Kind::kTable;  // kTable (all relations), kSequence, kFunction (routines), kType, kSchema, kLargeObject
  std::vector<Grant> grants;
};

struct Policy {
  Oid table = 0;
  std::string name, command, using_expression, check_expression;
  bool permissive = true;
  std::vector<Oid> roles;  // kPublic: everybody
};

struct Extension {
  std::string name, version, schema;
};

// What is within one database.
struct Database {
  Object self;  // kind kDatabase
  int connection_limit = -1;
  bool is_template = false, allows_connections = true;
  bool inspected = false;       // false: only `self` is known
  std::vector<Object> objects;  // schemas first, then by schema and name
  std::vector<DefaultPrivileges> defaults;
  std::vector<Policy> policies;
  std::vector<Extension> extensions;
};

struct Server {
  int version = 0;  // 160004
  [[nodiscard]] int major() const { return version / 10000; }
  std::string system_identifier;
  bool in_recovery = false;
  bool like_rds = false;  // has a role named rds_superuser
  int scram_iterations = 4096;
  Oid current_user = 0;  // who inspected: the executor
  std::string current_database;
};

struct Cluster {
  Server server;
  std::vector<Role> roles;  // sorted by name
  std::vector<Membership> memberships;
  std::vector<Setting> settings;
  std::vector<Object> shared;       // tablespaces, parameters
  std::vector<Database> databases;  // sorted by name

  [[nodiscard]] const Role* role(Oid oid) const;  // linear: whoever asks often makes an index
  [[nodiscard]] const Role* role(std::string_view name) const;
  [[nodiscard]] const Database* database(std::string_view name) const;
};

std::string_view name(Kind kind);  // "table", "materialized view"
std::optional<Kind> parse_kind(std::string_view word);
std::string name_of(Privileges one);                               // "SELECT"
std::vector<std::string> names_of(Privileges privileges);          // in the order of the bits
Privileges all_privileges(Kind kind, int major);                   // what ALL means there
std::optional<Privileges> parse_privilege(std::string_view word);  // in any case; TEMP is TEMPORARY
// The built-in default ACL of a new object of this kind and owner (acldefault()). Those of a database's and a schema's
// making are its own matter: initdb gives `public` more than this.
std::vector<Grant> default_grants(Kind kind, Oid owner, int major);

}  // namespace pg_model

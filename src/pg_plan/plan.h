// From what is (pg_model::Cluster) and what shall be (pg_spec::Spec) to the statements that bring it about: pure, the
// same input gives the same plan to the byte.
//
// Every statement has a reason and a risk. Nothing is planned that is true already. A right is taken away as the role
// that gave it; where the executor cannot act as that one, the statement is the administrator's. What the major does
// not know is refused by name. Stages: additions of the cluster, then each database, then removals of the cluster.
//
// A run of statements with the same `database` is meant for one transaction, save those with in_transaction false. What
// the executor gives itself for a while (SET ROLE needs a membership) is among the statements, and taken away within
// the same run. From 16 on `createrole_self_grant` must be empty in the session, or new roles get memberships that
// nobody planned. What the digest binds to: the statements, the executor, the system identifier and major, the OIDs of
// the roles that are declared, of the databases, and of the objects that change.
//
//   Threads   any.
//   Source    PostgreSQL documentation 13 to 18, "GRANT", "REVOKE", "ALTER DEFAULT PRIVILEGES", "CREATE ROLE",
//             "Role Membership"; measured rules: docs/internals/postgresql-rules.md.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pg_model/state.h"
#include "pg_spec/spec.h"

namespace pg_plan {

enum class Risk : std::uint8_t { kNone, kLow, kHigh };  // nothing is lost; somebody loses a right; objects or logins go

struct Statement {
  std::optional<std::string> database;  // none: the cluster, run in the maintenance database
  std::string sql;
  std::string reason;
  Risk risk = Risk::kNone;
  bool in_transaction = true;  // false: CREATE DATABASE, which cannot be proved by rolling back
  bool secret = false;         // holds a verifier: not for logs
};

// Effective access: what a login can do, by whatever way.
struct Access {
  std::string role, privilege, object,
      through;  // through: "owner", "PUBLIC", "group writer", "direct", "pg_read_all_data"; access.h: of many at once
  auto operator<=>(const Access&) const = default;
};

struct Plan {
  std::vector<Statement> statements;     // in the order in which they run
  std::vector<Statement> administrator;  // what somebody else must run first
  std::vector<Access> gained, lost;
  std::vector<std::string> warnings;
  std::vector<std::string> unmanaged;  // of kAdopt: what is there and not declared
  std::string refused;                 // not empty: nothing may run, and why
  std::string digest;                  // of the effects, the cluster's identity and the objects'
  [[nodiscard]] bool empty() const { return statements.empty() && administrator.empty(); }
};

struct Options {
  bool effective_access = true;
};

base::Result<Plan> plan(const pg_model::Cluster& cluster, const pg_spec::Spec& spec, const Options& options = {});

// What every role can do to the objects of the inspected databases.
std::vector<Access> effective_access(const pg_model::Cluster& cluster);

}  // namespace pg_plan

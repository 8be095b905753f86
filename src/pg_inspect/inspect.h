// Reads a cluster into pg_model::Cluster: roles, memberships, settings and databases through one connection, and what
// is within each database through one connection to it. One round trip each; linear in the number of grants, also where
// ACLs are long (the array is copied before it is taken apart). Writes nothing, and needs no superuser: pg_authid is
// not read.
//
//   Errors   those of pg::Connection.

#pragma once

#include <functional>
#include <span>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "pg/connection.h"
#include "pg_model/state.h"

namespace pg_inspect {

// The cluster, and the inside of the connection's own database.
base::Result<pg_model::Cluster> inspect(pg::Connection& connection, base::Deadline deadline);
// Adds the inside of the database of this connection.
base::Result<void> add_database(pg_model::Cluster& cluster, pg::Connection& connection, base::Deadline deadline);

// A digest over all catalog rows that matter, made by the server: has anything changed? Of one database and the
// cluster.
base::Result<std::string> digest(pg::Connection& connection, base::Deadline deadline);

}  // namespace pg_inspect

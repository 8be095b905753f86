// Reads a cluster into pg_model::Cluster: roles, memberships, settings and databases through one connection, and what
// is within each database through one connection to it. One round trip each; linear in the number of grants, also where
// ACLs are long (they come as text and are taken apart here). Writes nothing, and needs no superuser: pg_authid is not
// read. A database that nobody connected to stays `inspected = false`.
//
// What is read is one view of the catalogs (a transaction that is REPEATABLE READ and READ ONLY); in a transaction of
// the caller's it is a savepoint of it, which sees what the caller did and leaves no trace.
//
// Left out: information_schema, pg_toast, temporary schemas; of pg_catalog all that has the ACL that initdb gave it;
// types that come with tables, array and multirange types; untrusted languages without an ACL. Every large object is
// read, which costs some 250 bytes each.
//
//   Errors   those of pg::Connection; kConflict where roles are made or renamed faster than the catalog is read, or
//            the database to be added is of another cluster, or newer than the cluster's inspection.

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

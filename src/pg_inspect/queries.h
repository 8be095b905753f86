// What is asked of the catalogs, as SQL for one major. Inspection reads the rows, the digest hashes the same ones; so
// what one sees the other does.
//
// Rows about objects, of whatever kind, have one shape, `ObjectColumn`. ACLs come as text (acl.h says why). Names are
// resolved with search_path = pg_catalog, so that a type of a schema is written with it. Left out are
//   - information_schema, pg_toast and temporary schemas with all that is in them;
//   - pg_catalog and what is in it, save where an ACL is not the one that initdb gave (pg_init_privs);
//   - indexes, composite types that tables make, array and multirange types: they have no privileges of their own;
//   - untrusted languages without an ACL, on which nothing can be granted.

#pragma once

#include <string>
#include <vector>

namespace pg_inspect {

enum class Part { kFrame, kServer, kRole, kMembership, kSetting, kObject, kPartOf, kDatabase, kDefault, kPolicy, kExtension };

struct Question {
  Part part;
  std::string sql;
};

enum ObjectColumn { kKind, kOid, kSchema, kName, kColumn, kOwner, kAcl, kRowSecurity, kForced, kOfExtension, kComment };

std::vector<Question> cluster_questions(int major);  // roles, memberships, settings, databases, tablespaces, parameters
std::vector<Question> database_questions();          // what is within the connection's own database
Question server_question();                          // who and where we are
Question settings_question();                        // of the session, for the transaction: how texts are written

// One row with one text: a hash over all rows of these questions.
std::string digest_of(const std::vector<Question>& questions);

}  // namespace pg_inspect

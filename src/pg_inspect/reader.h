// Makes pg_model's values of the rows that queries.h asks for, one row at a time, in the order of the questions: roles
// come first, because ACLs name them.

#pragma once

#include <string>
#include <unordered_map>

#include "base/result.h"
#include "pg/connection.h"
#include "pg_inspect/acl.h"
#include "pg_inspect/queries.h"
#include "pg_model/state.h"

namespace pg_inspect {

class Reader {
 public:
  explicit Reader(pg_model::Cluster& cluster);

  base::Result<void> take(Part part, const pg::Rows& row);
  // Of the connection's own database; sorts all that was read.
  base::Result<void> finish();

  [[nodiscard]] const std::string& system_identifier() const { return system_identifier_; }

 private:
  void take_server(const pg::Rows& row);
  void take_role(const pg::Rows& row);
  void take_membership(const pg::Rows& row);
  void take_setting(const pg::Rows& row);
  base::Result<void> take_database(const pg::Rows& row);
  base::Result<void> take_object(const pg::Rows& row);
  base::Result<void> take_default(const pg::Rows& row);
  base::Result<void> take_policy(const pg::Rows& row);
  base::Result<pg_model::Object> object_of(const pg::Rows& row);

  pg_model::Cluster& cluster_;
  pg_model::Database inside_;  // of the connection's own database, until it is known which one that is
  RoleNames names_;
  std::unordered_map<pg_model::Oid, pg_model::Oid> part_of_;  // sequence -> table
  std::string system_identifier_;
  pg_model::Oid database_ = 0;
  bool is_new_;  // the cluster is read too, not only one database more
};

}  // namespace pg_inspect

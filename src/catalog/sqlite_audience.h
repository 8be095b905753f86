// How SqliteDirectory answers "who of this workspace": by a merge of range scans that are already in the order asked
// for, so that a page costs what it has and not what the workspace has.
//
//   everyone   one scan for each permission bit that is high enough, over members_by_bit; who is below costs nothing.
//   otherwise  one scan for each team, over the primary key of team_members, and the list of users named. Who comes out
//              of the merge is looked up among the members, by a scan that runs along and jumps where it has fallen
//              behind: in a dense merge a look-up is one step, in a thin one a search.
//
// Nothing is materialised but the page: a scan holds one row. Scans keep their prepared statements from one question to
// the next, up to kScansKept of them.
//
//   Owns       prepared statements of one connection, which must outlive it.
//   Threads    one at a time, as the connection.
//   Errors     those of SqliteCursor. Whoever asks has begun a transaction, so that all scans see one moment.

#pragma once

#include <vector>

#include "base/result.h"
#include "catalog/directory.h"
#include "catalog/sqlite_connection.h"

namespace catalog {

class SqliteAudience {
 public:
  static constexpr std::size_t kScansKept = 128;  // of teams; a statement takes some 3 KiB

  explicit SqliteAudience(SqliteConnection& connection) : connection_(connection) {}

  base::Result<std::vector<AudienceMember>> read(const AudienceQuery& query);

 private:
  base::Result<std::vector<AudienceMember>> read_everyone(const AudienceQuery& query);
  base::Result<std::vector<AudienceMember>> read_named(const AudienceQuery& query);
  base::Result<std::vector<std::string>> teams_of(const std::string& user_id, const AudienceQuery& query);
  base::Result<void> prepare(std::vector<SqliteStatement>& statements, std::size_t count, std::string_view sql);

  SqliteConnection& connection_;
  std::vector<SqliteStatement> bit_scans_;
  std::vector<SqliteStatement> team_scans_;
  std::vector<SqliteStatement> member_scan_;    // one, once it is needed
  std::vector<SqliteStatement> teams_of_user_;  // the same
};

}  // namespace catalog

// The directory in PostgreSQL: the platform's own tables of schema `pennsieve`, read and never written.
//
//   organizations (id, node_id, name)     organization_user (organization_id, user_id, permission_bit)
//   users (id, node_id, first_name, last_name, email)
//   teams (id, node_id, name)             organization_team (organization_id, team_id)     team_user (team_id, user_id)
//
// Each question is one statement, prepared, in one round trip; nothing is cached. Operators are not in these tables:
// they are a list that the deployment gives.
//
//   Owns       a pool of connections and a thread (catalog_postgres/pool.h).
//   Threads    every method from any thread.
//   Errors     as catalog/directory.h says. The database may be down when the directory is made, and at any time after:
//              questions are then kUnavailable, and it mends by itself. A database without the tables is the same, and
//              the detail of ping()'s error says which.
//   Reading    A row counts where its node_id is canonical (lower case), as the platform writes it; rows without one,
//   or
//              with another spelling, are not there for any question. Comparing lower(node_id) instead would pass by
//              the unique index, and read every user for each question. Where a membership has several rows, the lowest
//              bit counts. A row with bit 0 is a membership. Who is in a team and not in its workspace is not in the
//              team. A team of several workspaces belongs, for every question, to the one with the lowest node_id.
//   Cost       Pages are sorted by node_id in the order of bytes, for which the platform has no index: a page of
//   members
//              or of everyone reads the whole workspace; a page of named users and teams reads those teams whole.
//   Limits     connections_max, statement_timeout; docs/operate/directory.md.

#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/secret.h"
#include "catalog/directory.h"
#include "catalog/question_metrics.h"
#include "catalog_postgres/pool.h"

namespace catalog_postgres {

class PostgresDirectory final : public catalog::Directory {
 public:
  struct Options {
    base::Secret conninfo;  // libpq's; the password comes from libpq's own places (PGPASSFILE, service file)
    std::vector<std::string> operators;  // user ids, in either case
    std::size_t connections_max = 8;
    std::chrono::milliseconds connect_timeout{5000};
    std::chrono::milliseconds statement_timeout{5000};
    std::chrono::milliseconds connection_age_max{std::chrono::minutes(5)};
    base::Registry* registry = nullptr;  // may be absent; must outlive the directory
  };

  // Does not wait for the server. Errors: kInvalid for a connection or an operator that is malformed.
  static base::Result<std::unique_ptr<PostgresDirectory>> make(const Options& options);

  base::Result<std::optional<catalog::User>> user(std::string_view user_id, base::Deadline deadline) override;
  base::Result<std::optional<catalog::Team>> team(std::string_view team_id, base::Deadline deadline) override;
  base::Result<catalog::Membership> membership(std::string_view user_id, std::string_view workspace_id,
                                               base::Deadline deadline) override;
  base::Result<std::vector<catalog::WorkspaceMembership>> workspaces_of(std::string_view user_id,
                                                                        base::Deadline deadline) override;
  base::Result<std::vector<catalog::AudienceMember>> audience(const catalog::AudienceQuery& query,
                                                              base::Deadline deadline) override;
  base::Result<std::vector<catalog::Member>> members(std::string_view workspace_id, std::string_view team_id,
                                                     std::string_view after, std::size_t members_max,
                                                     base::Deadline deadline) override;
  base::Result<std::vector<catalog::Team>> teams(std::string_view workspace_id, base::Deadline deadline) override;
  base::Result<bool> is_operator(std::string_view user_id, base::Deadline deadline) override;
  base::Result<void> ping(base::Deadline deadline) override;

 private:
  PostgresDirectory(const Options& options, std::set<std::string, std::less<>> operators);
  base::Result<Answer> ask(catalog::Question question, std::vector<std::string> texts, base::Deadline deadline);

  base::Registry unread_;  // stands in where no registry is given
  const std::set<std::string, std::less<>> operators_;
  const catalog::QuestionMetrics metrics_;
  Pool pool_;
};

}  // namespace catalog_postgres

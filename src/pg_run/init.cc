#include <algorithm>

#include <fmt/format.h>

#include "pg_inspect/inspect.h"
#include "pg_run/run.h"
#include "pg_run/session.h"

namespace pg_run {

base::Result<std::string> init(const Target& target, const std::vector<std::string>& databases) {
  Session session(target);
  pg::Connection& first = *TRY(session.to(databases.empty() ? "" : databases.front()));
  pg_model::Cluster cluster = TRY(pg_inspect::inspect(first, session.deadline()));
  for (const std::string& name : databases) {
    const pg_model::Database* database = cluster.database(name);
    if (database == nullptr)
      return base::fail(base::Code::kNotFound, fmt::format("There is no database {} in this cluster.", name));
    if (!database->inspected) TRY(pg_inspect::add_database(cluster, *TRY(session.to(name)), session.deadline()));
  }
  return pg_spec::write(cluster);
}

}  // namespace pg_run

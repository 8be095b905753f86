// Of this module alone: what a run knows before it does anything: the cluster as it is, the plan, and the passwords.

#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pg_model/state.h"
#include "pg_run/passwords.h"
#include "pg_run/run.h"
#include "pg_run/session.h"

namespace pg_run {

struct Draft {
  pg_model::Cluster cluster;
  Planned planned;
  Passwords passwords;
  std::size_t first_password = 0;  // the statements of passwords.needed stand in the plan from here on
};
base::Result<Draft> draft(Session& session, const pg_spec::Spec& spec, SecretStore* secrets);

// The cluster and the inside of every database that the spec says something about.
struct Inspected {
  pg_model::Cluster cluster;
  std::optional<Refusal> refusal;
};
base::Result<Inspected> inspect(Session& session, const pg_spec::Spec& spec);

// The databases that statements of the plan make.
std::set<std::string> databases_made(const pg_model::Cluster& cluster, const pg_plan::Plan& plan);

}  // namespace pg_run

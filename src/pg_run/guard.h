// Of this module alone: that a run does not lock its own login out.
//
// A group entry of pg_hba.conf (`+rds_iam` on RDS) counts every membership, also an indirect one and one without
// INHERIT; what such an entry does cannot be read from the inside. So before the end of a transaction the executor must
// not have come into rds_iam; and after it a second login is tried while the first is still held. Where that is
// refused, what the run gave to the executor, and took from it, is undone.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pg_model/state.h"
#include "pg_run/execute.h"
#include "pg_run/session.h"

namespace pg_run {

// For run_transaction; empty where there is nothing to guard.
BeforeEnd guard_before_end(const pg_model::Cluster& before);

// Nothing: the executor can still log in. Else why not; what was undone is added to `outcomes`.
base::Result<std::optional<std::string>> try_second_login(Session& session, const pg_model::Cluster& before,
                                                          const std::string& database, std::vector<Outcome>& outcomes);

}  // namespace pg_run

// From what was asked to where a run goes: the target's settings, whose password, and which tokens. Errors: kInvalid.

#pragma once

#include "db_cli/command.h"
#include "pg_run/run.h"
#include "pg_secrets/aws.h"

namespace db_cli {

// `aws` outlives the target.
base::Result<pg_run::Target> target_of(const Asked& asked, const World& world, pg_secrets::Aws& aws);

}  // namespace db_cli

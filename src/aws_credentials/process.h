// credential_process: a program that prints credentials (AWS CLI User Guide, "Sourcing credentials with an external
// process"). It has a minute, or what is left to the call. What it writes to its standard error is thrown away: other
// clients show it, and secrets have been seen in it.

#pragma once

#include "aws_credentials/parts.h"

namespace aws_credentials {

Found from_process(const Asked& asked, const Profile& profile);

}  // namespace aws_credentials

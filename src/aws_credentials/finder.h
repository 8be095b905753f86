// The order in which the sources are looked through, for the default chain and for a profile that others name as their
// source. A source that is configured and fails ends the search: what was asked for is not replaced by something else.

#pragma once

#include "aws_credentials/parts.h"

namespace aws_credentials {

aws::Result<aws::Credentials> find(const Asked& asked);

}  // namespace aws_credentials

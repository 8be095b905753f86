// Credentials of an EC2 instance's role from its metadata service, version 2: a session token by PUT, then the role's
// name, then its credentials. Version 1 is not spoken: what tricks a server into a GET would get credentials from it.
//
// A machine that has no such service must not be kept waiting: one second, one attempt, where
// AWS_METADATA_SERVICE_TIMEOUT and AWS_METADATA_SERVICE_NUM_ATTEMPTS say nothing else. No proxy is used.
//
// Source: Amazon EC2 User Guide, "Use the Instance Metadata Service"; AWS SDKs and Tools Reference Guide, "IMDS
// credential provider".

#pragma once

#include "aws_credentials/parts.h"

namespace aws_credentials {

// Nothing: there is no service, it has no role, or it is switched off; `why_not` says which, for a message.
Found from_instance_metadata(const Asked& asked, std::string& why_not);

}  // namespace aws_credentials

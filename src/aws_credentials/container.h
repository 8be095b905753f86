// Credentials of a container: of ECS by AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, of EKS Pod Identity and others by
// AWS_CONTAINER_CREDENTIALS_FULL_URI. The full URI is a place to send a token to, so not every one is allowed: https
// anywhere; http only to this machine (localhost, 127.0.0.0/8, ::1) and to the addresses that ECS and EKS use.
//
// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".

#pragma once

#include "aws_credentials/parts.h"

namespace aws_credentials {

Found from_container(const Asked& asked);

}  // namespace aws_credentials

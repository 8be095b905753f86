// Keys that stand somewhere as they are: in the environment, and in a profile. Half a pair is an error, of either half.

#pragma once

#include "aws_credentials/parts.h"

namespace aws_credentials {

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (or AWS_SECURITY_TOKEN), AWS_CREDENTIAL_EXPIRATION,
// AWS_ACCOUNT_ID.
Found from_environment(const Asked& asked);

// aws_access_key_id, aws_secret_access_key, aws_session_token (or aws_security_token), aws_account_id.
Found from_keys(const Profile& profile);

}  // namespace aws_credentials

// Credentials of IAM Identity Center: with the access token that `aws sso login` left in
// ~/.aws/sso/cache/<SHA-1 of the session's name, or of the start URL>.json, a role's credentials are asked for. Nobody
// is asked to log in here: a token that is absent or over is an error that says how to get one.

#pragma once

#include "aws_credentials/parts.h"

namespace aws_credentials {

// sso_session with sso_account_id and sso_role_name; or, the older form, sso_start_url and sso_region beside them.
Found from_sso(const Asked& asked, const Profile& profile);

}  // namespace aws_credentials

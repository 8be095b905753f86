// AssumeRole and AssumeRoleWithWebIdentity of STS.

#pragma once

#include "aws_credentials/chain.h"
#include "aws_credentials/parts.h"

namespace aws_credentials {

// What a role is assumed with. `duration` nothing: STS's own, an hour.
struct RoleRequest {
  std::string arn, session_name, external_id, policy, source_identity;
  std::vector<std::string> policy_arns;
  std::optional<std::chrono::seconds> duration;
  std::string what;  // for messages: which setting asked for it
};

// With session name left out: "stewardry-" and the time. A source that is a role's session itself makes this role
// chaining, and caps the duration at an hour.
aws::Result<aws::Credentials> assume(const Asked& asked, RoleRequest request, const aws::Credentials& source);

struct WebIdentity {
  RoleRequest role;
  std::string token_file;
};
aws::Result<aws::Credentials> assume_with_web_identity(const Asked& asked, const WebIdentity& identity);

}  // namespace aws_credentials

// Where credentials come from, in AWS's order: environment, assumed roles of the profile (source_profile,
// credential_source, web identity, chains of them), IAM Identity Center's cached tokens, static keys of the profile,
// credential_process, containers, and instance metadata (version 2 alone). What is found is kept, refreshed before it
// expires, by one caller for all who wait; a refresh that fails while the old ones still hold is tried again later.
//
// Role chaining caps sessions at one hour (AWS IAM User Guide, "Roles terms and concepts"): asked for more, a chained
// role is asked for one hour.
//
//   Threads   any.
//   Errors    Failure::kConfiguration: which source, which file and setting, what to do. mfa_serial is refused: there
//   is
//             nobody who could be asked.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"
#include "aws/credentials.h"
#include "aws_config/config.h"

namespace aws_credentials {

// Finds nothing out before it is asked.
std::shared_ptr<aws::CredentialsProvider> default_chain(aws::Surroundings surroundings, aws_config::Config config);

struct Role {
  std::string arn, session_name;
  std::string external_id;  // empty: none
  std::string policy;       // session policy, JSON; empty: none
  std::vector<std::string> policy_arns;
  std::chrono::seconds duration{3600};
  std::string source_identity;
};
// What `source`'s credentials become by AssumeRole.
std::shared_ptr<aws::CredentialsProvider> assume_role(aws::Surroundings surroundings, aws_config::Config config,
                                                      std::shared_ptr<aws::CredentialsProvider> source, Role role);

}  // namespace aws_credentials

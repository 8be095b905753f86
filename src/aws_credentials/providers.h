// The providers of chain.h over parts that a test can replace.

#pragma once

#include "aws_credentials/chain.h"
#include "aws_credentials/parts.h"

namespace aws_credentials {

std::shared_ptr<aws::CredentialsProvider> make_chain(Parts parts, aws_config::Config config);
std::shared_ptr<aws::CredentialsProvider> make_assume_role(Parts parts, aws_config::Config config,
                                                           std::shared_ptr<aws::CredentialsProvider> source, Role role);

}  // namespace aws_credentials

#include "aws_credentials/providers.h"

#include <memory>
#include <utility>

#include "aws/refreshing.h"
#include "aws_credentials/finder.h"
#include "aws_credentials/role.h"

namespace aws_credentials {

std::shared_ptr<aws::CredentialsProvider> make_chain(Parts parts, aws_config::Config config) {
  const base::Clock& clock = *parts.clock;
  base::Entropy& entropy = *parts.entropy;
  return std::make_shared<aws::Refreshing>(
      clock, entropy, [parts = std::move(parts), config = std::move(config)](base::Deadline deadline) {
        return find(Asked{parts, config, deadline});
      });
}

std::shared_ptr<aws::CredentialsProvider> make_assume_role(Parts parts, aws_config::Config config,
                                                           std::shared_ptr<aws::CredentialsProvider> source,
                                                           Role role) {
  RoleRequest request;
  request.what = "assumed by this program";
  request.arn = std::move(role.arn);
  request.session_name = std::move(role.session_name);
  request.external_id = std::move(role.external_id);
  request.policy = std::move(role.policy);
  request.policy_arns = std::move(role.policy_arns);
  request.source_identity = std::move(role.source_identity);
  request.duration = role.duration;
  const base::Clock& clock = *parts.clock;
  base::Entropy& entropy = *parts.entropy;
  const auto fetch = [parts = std::move(parts), config = std::move(config), source = std::move(source),
                      request = std::move(request)](base::Deadline deadline) -> aws::Result<aws::Credentials> {
    const Asked asked{parts, config, deadline};
    const std::shared_ptr<const aws::Credentials> first = AWS_TRY(source->get(deadline));
    aws::Result<aws::Credentials> assumed = assume(asked, request, *first);
    const bool source_over =
        !assumed && (assumed.error().code == "ExpiredToken" || assumed.error().code == "ExpiredTokenException");
    if (!source_over) return assumed;
    source->invalidate(*first);
    const std::shared_ptr<const aws::Credentials> second = AWS_TRY(source->get(deadline));
    return assume(asked, request, *second);
  };
  return std::make_shared<aws::Refreshing>(clock, entropy, fetch);
}

}  // namespace aws_credentials

// Who calls AWS: a set of credentials, and the port through which a client gets one. Implementations are in
// aws_credentials.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "aws/failure.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "sigv4/sign.h"

namespace aws {

struct Credentials {
  sigv4::Keys keys;
  std::optional<base::Time> expires;  // nothing: they do not
  std::string account_id;             // empty: not known
  std::string source;                 // for logs: "environment", "assume-role", ...
};

class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  // Credentials that hold for a while yet. Blocks while they are fetched, at most once for all who wait. Any thread.
  virtual Result<std::shared_ptr<const Credentials>> get(base::Deadline deadline) = 0;
  // The service said that these have expired: fetch others, if they are still the present ones.
  virtual void invalidate(const Credentials& refused) = 0;
};

std::unique_ptr<CredentialsProvider> fixed_credentials(Credentials credentials);

}  // namespace aws

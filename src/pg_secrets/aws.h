// AWS, for whoever keeps passwords there or logs in by token: made when it is first needed, because a run without them
// needs neither models nor credentials.
//
//   Threads   one.
//   Errors    kInvalid (a broken configuration), kUnauthenticated (no credentials), kForbidden (AWS refuses them the
//             call), kUnavailable.

#pragma once

#include <memory>
#include <string>

#include "aws_config/config.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "pg_secrets/stores.h"
#include "sigv4/sign.h"

namespace pg_secrets {

// The password of a login of RDS by IAM: a URL that is signed here, without a call, and holds for 15 minutes.
// Source: Amazon RDS User Guide, "Connecting to your DB instance using IAM authentication".
base::Result<base::Secret> login_token(const sigv4::Keys& keys, const std::string& region, const std::string& host,
                                       const std::string& port, const std::string& login, base::Time now);

class Aws {
 public:
  Aws(aws_config::Environment environment, const base::Clock& clock, base::Entropy& entropy);
  ~Aws();
  Aws(const Aws&) = delete;
  Aws& operator=(const Aws&) = delete;

  [[nodiscard]] CallAws caller();
  base::Result<base::Secret> login_token(const std::string& host, const std::string& port, const std::string& login);
  // The password in the document (or text) of a place, for the executor: "secretsmanager:NAME", "ssm:NAME". Of an ARN
  // too, and of what RDS itself keeps as its master secret.
  base::Result<base::Secret> password_in(const std::string& place);

 private:
  struct State;
  base::Result<State*> state();

  aws_config::Environment environment_;
  const base::Clock& clock_;
  base::Entropy& entropy_;
  std::unique_ptr<State> state_;
};

}  // namespace pg_secrets

#include "aws/credentials.h"

#include <utility>

namespace aws {

namespace {

class Fixed final : public CredentialsProvider {
 public:
  explicit Fixed(Credentials credentials) : credentials_(std::make_shared<const Credentials>(std::move(credentials))) {}
  Result<std::shared_ptr<const Credentials>> get(base::Deadline /*deadline*/) override { return credentials_; }
  void invalidate(const Credentials& /*refused*/) override {}  // there are no others

 private:
  std::shared_ptr<const Credentials> credentials_;  // shared: with calls that are under way
};

}  // namespace

std::unique_ptr<CredentialsProvider> fixed_credentials(Credentials credentials) {
  return std::make_unique<Fixed>(std::move(credentials));
}

}  // namespace aws

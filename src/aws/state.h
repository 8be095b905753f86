// What a Client holds, and one call on its way: attempts, retries, redirects. See client.h for what they promise.

#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "aws/book.h"
#include "aws/client.h"
#include "aws/plan.h"
#include "sigv4/sign.h"

namespace aws {

struct Signing {
  std::shared_ptr<const Credentials> credentials;
  std::shared_ptr<const sigv4::Signer> signer;  // shared: with calls that are under way when it is replaced
};

// The headers of an attempt, those of the signature last. `signing` null: it is not signed by keys.
net::Headers signed_headers(const Plan& plan, const Signing* signing, base::Time now);
// The query form. Errors: kInput.
Result<std::string> presigned_url(const Plan& plan, const sigv4::Signer& signer, base::Time now,
                                  std::chrono::seconds expires);

struct ClientState {
  ClientState(Surroundings with, aws_config::Config from, std::shared_ptr<CredentialsProvider> provider);

  Surroundings surroundings;
  aws_config::Config config;
  std::shared_ptr<CredentialsProvider> credentials;  // shared: several clients may have the same; null: none
  Shelf shelf;

  [[nodiscard]] Planner planner() { return {surroundings, config, shelf, credentials.get()}; }
  Result<Signing> signing(base::Deadline deadline);
  [[nodiscard]] base::Time now(const Book& book) const {
    return surroundings.clock.now() + std::chrono::milliseconds(book.clock_offset_ms.load(std::memory_order_relaxed));
  }
  // A plan, with what only a client can add to it: the presigned URL of the same call in another region.
  Result<std::unique_ptr<Plan>> plan(const Call& call, Purpose purpose, const std::string& region_found = {});
  Result<std::string> presign(const Call& call, std::chrono::seconds expires);
  Result<Answer> call(const Call& call);

 private:
  Result<void> add_cross_region_url(const Call& call, Plan& plan);

  std::mutex mutex_;
  Signing signing_;  // of the last credentials
};

}  // namespace aws

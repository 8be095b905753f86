// What a Client holds, and one call on its way: attempts, retries, redirects. See client.h for what they promise.

#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "aws/book.h"
#include "aws/client.h"
#include "aws/plan.h"

namespace aws {

struct Client::State {
  State(Surroundings with, aws_config::Config from, std::shared_ptr<CredentialsProvider> provider);

  Surroundings surroundings;
  aws_config::Config config;
  std::shared_ptr<CredentialsProvider> credentials;  // shared: several clients may have the same
  Shelf shelf;

  [[nodiscard]] Planner planner() const { return {surroundings, config, const_cast<Shelf&>(shelf), credentials.get()}; }

  struct Signing {
    std::shared_ptr<const Credentials> credentials;
    std::shared_ptr<const sigv4::Signer> signer;  // shared: with calls that are under way when they are replaced
  };
  Result<Signing> signing(base::Deadline deadline);

  [[nodiscard]] base::Time now(const Book& book) const {
    return surroundings.clock.now() + std::chrono::milliseconds(book.clock_offset_ms.load(std::memory_order_relaxed));
  }

 private:
  std::mutex mutex_;
  Signing signing_;  // of the last credentials
};

// The headers of an attempt, signed; `signing` null where nothing is.
net::Headers signed_headers(const Plan& plan, const Client::State::Signing* signing, base::Time now);

}  // namespace aws

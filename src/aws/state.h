// What a Client holds, and one call on its way: attempts, retries, redirects. See client.h for what they promise.

#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "aws/book.h"
#include "aws/client.h"
#include "aws/plan.h"
#include "aws/sessions.h"
#include "sigv4/sign.h"

namespace aws {

struct Signing {
  std::shared_ptr<CredentialsProvider> provider;  // of the credentials, which is told when they are refused
  std::shared_ptr<const Credentials> credentials;
  std::shared_ptr<const sigv4::Signer> signer;  // shared: with calls that are under way when it is replaced
};

// The headers of an attempt, those of the signature last. `signing` null: it is not signed by keys.
net::Headers signed_headers(const Plan& plan, const Signing* signing, base::Time now);
// The query form. Errors: kInput.
Result<std::string> presigned_url(const Plan& plan, const sigv4::Signer& signer, base::Time now,
                                  std::chrono::seconds expires);

// What a form has in its body may stand in the query as well, which is all that a URL has: a GET of it.
void move_form_into_query(Plan& plan);

// The answer of an operation that says where the others are: an address, and for how long it holds. Nothing: it says
// none that could be.
struct Cell {
  std::string address;
  std::chrono::minutes holds{1};
};
std::optional<Cell> cell_in(const json::Value& output);

struct ClientState {
  ClientState(Surroundings with, aws_config::Config from, std::shared_ptr<CredentialsProvider> provider);

  Surroundings surroundings;
  aws_config::Config config;
  std::shared_ptr<CredentialsProvider> credentials;  // shared: several clients may have the same; null: none
  Shelf shelf;
  Sessions sessions;

  [[nodiscard]] Planner planner() { return {surroundings, config, shelf, credentials.get()}; }
  // By what the caller signs; and what signs this plan, which is a session with the bucket where that must be.
  Result<Signing> signing(base::Deadline deadline);
  Result<Signing> signing(const Plan& plan, base::Deadline deadline);
  [[nodiscard]] base::Time now(const Book& book) const {
    return surroundings.clock.now() + std::chrono::milliseconds(book.clock_offset_ms.load(std::memory_order_relaxed));
  }
  // A plan, with what only a client can add to it: the presigned URL of the same call in another region, and the
  // address that a service names when it is asked.
  Result<std::unique_ptr<Plan>> plan(const Call& call, Purpose purpose, const std::string& region_found = {});
  Result<std::string> presign(const Call& call, std::chrono::seconds expires);
  Result<Answer> call(const Call& call);

 private:
  Result<void> add_cross_region_url(const Call& call, Plan& plan, Purpose purpose);
  Result<void> move_to_cell(const Call& call, Plan& plan);

  Result<Signing> signing(std::shared_ptr<CredentialsProvider> provider, Signing& last, base::Deadline deadline);

  std::mutex mutex_;  // guards the last signers, whose keys are derived already
  Signing signing_, session_signing_;
};

}  // namespace aws

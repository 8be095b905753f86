// Who asks: bearer tokens (RFC 6750) that are JWTs (RFC 7519, RFC 7515), verified as RFC 8725 advises.
//
// A Verifier knows a fixed list of issuers. For each: the issuer's name, the audiences it may be for, the algorithms it
// may sign with (pinned, out of RS256, ES256 and EdDSA with Ed25519), and where its key set is (a file, or a URL that
// is fetched again on an unknown `kid`, by one thread at a time and at most every kRefreshEvery). Keys are found by
// exact `kid`. A token that was verified may be remembered until it expires.
//
//   Threads    verify() from any thread. It blocks on the network only where a key set must be fetched.
//   Errors     kUnauthenticated, with a public reason that tells the caller what is wrong with the token and nothing
//   about
//              others; kUnavailable: the key set cannot be had now (never taken for "no").

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"

namespace identity {

struct Principal {
  std::string user_id;                      // N:user:<uuid>
  std::optional<std::string> workspace_id;  // of the token, where it names one
  std::string issuer;
  base::Time expires_at;
};

struct Issuer {
  std::string name;                     // the exact value of `iss`
  std::vector<std::string> audiences;   // one of them must be in `aud`; for Cognito access tokens, be `client_id`
  std::vector<std::string> algorithms;  // RS256, ES256, EdDSA
  std::string jwks_url;                 // one of the two
  std::string jwks_file;
  std::string trust_file;                           // PEM, for https; empty: the system's
  bool cognito_access_token = false;                // `token_use` must be "access", and the audience is in `client_id`
  std::string user_claim = "sub";                   // its value is N:user:<uuid>, or a UUID where user_claim_is_uuid
  bool user_claim_is_uuid = false;                  // then N:user: is put before it
  std::string workspace_claim = "organization_id";  // optional in the token
};

struct VerifierOptions {
  std::vector<Issuer> issuers;
  std::chrono::seconds clock_skew{30};
  std::size_t cache_entries_max = 10'000;
};

// How a key set is fetched; app gives net::fetch, tests give what they like.
using Fetch = std::function<base::Result<std::string>(const Issuer& issuer, base::Deadline deadline)>;

class Verifier {
 public:
  static constexpr std::chrono::seconds kRefreshEvery{30};

  // kInvalid: an issuer is not whole (no audience, no algorithm, no key set), with the issuer's name.
  static base::Result<std::unique_ptr<Verifier>> make(VerifierOptions options, Fetch fetch, const base::Clock& clock,
                                                      base::Logger& log, base::Registry& metrics);
  virtual ~Verifier() = default;
  virtual base::Result<Principal> verify(std::string_view token, base::Deadline deadline) = 0;
};

}  // namespace identity

#include "identity/verifier.h"

#include <algorithm>

#include "crypto/digest.h"
#include "identity/claims.h"
#include "identity/jwt.h"
#include "identity/key_source.h"
#include "identity/refusal.h"
#include "identity/token_cache.h"

namespace identity {
namespace {

constexpr std::chrono::minutes kClockSkewMax{10};
constexpr std::size_t kLoggedBytesMax = 200;  // of what a caller wrote into a token

struct Trusted {
  Issuer issuer;
  std::vector<crypto::Algorithm> algorithms;
  std::unique_ptr<KeySource> keys;
};

base::Counter& outcome(base::Registry& metrics, std::string_view label) {
  return metrics.counter("stewardry_token_verifications_total", "Verified bearer tokens, by outcome.",
                         {{"outcome", std::string(label)}});
}

class VerifierOnKeySources final : public Verifier {
 public:
  VerifierOnKeySources(VerifierOptions options, Fetch fetch, const base::Clock& clock, base::Logger& log,
                       base::Registry& metrics)
      : clock_(clock),
        log_(log),
        fetch_(std::move(fetch)),
        skew_(options.clock_skew),
        cache_(options.cache_entries_max),
        accepted_(outcome(metrics, "accepted")),
        unavailable_(outcome(metrics, "unavailable")),
        cache_hits_(metrics.counter("stewardry_token_cache_hits_total", "Bearer tokens that were verified before.")) {
    for (const std::string_view label : kReasonLabels) refused_.push_back(&outcome(metrics, label));
    trusted_.reserve(options.issuers.size());  // key sources refer to the issuers
    for (Issuer& issuer : options.issuers) {
      Trusted& added = trusted_.emplace_back(Trusted{std::move(issuer), {}, nullptr});
      for (const std::string& name : added.issuer.algorithms) {
        added.algorithms.push_back(*crypto::parse_algorithm(name));
      }
      added.keys = std::make_unique<KeySource>(added.issuer, fetch_, clock, log, metrics);
    }
  }

  base::Result<Principal> verify(std::string_view token, base::Deadline deadline) override {
    const crypto::Sha256 digest = crypto::sha256_array(token.substr(0, kTokenBytesMax + 1));
    if (std::optional<TokenCache::Entry> known = cache_.find(digest, clock_.now())) {
      if (trusted_[known->issuer].keys->generation(deadline) == known->generation) {
        cache_hits_.add();
        accepted_.add();
        return std::move(known->principal);
      }
      cache_.erase(digest);
    }
    base::Result<Principal> principal = verify_afresh(token, digest, deadline);
    count(principal);
    return principal;
  }

 private:
  base::Result<Principal> verify_afresh(std::string_view text, const crypto::Sha256& digest, base::Deadline deadline) {
    base::Result<Token> parsed = parse_token(text);
    if (!parsed) {
      log_.debug("token refused", {{"reason", parsed.error().detail}});
      return base::fail(std::move(parsed).error());
    }
    base::Result<Principal> principal = check(*parsed, digest, deadline);
    if (!principal) {
      const std::string_view issuer = text_claim(parsed->claims, "iss").value_or("");
      log_.debug("token refused", {{"reason", principal.error().detail},
                                   {"iss", issuer.substr(0, kLoggedBytesMax)},
                                   {"kid", std::string_view(parsed->key_id).substr(0, kLoggedBytesMax)}});
    }
    return principal;
  }

  base::Result<Principal> check(const Token& token, const crypto::Sha256& digest, base::Deadline deadline) {
    const std::optional<std::string_view> name = text_claim(token.claims, "iss");
    if (!name) return refuse(Reason::kIssuer, "The token does not name its issuer in `iss`.");
    const auto from = std::find_if(trusted_.begin(), trusted_.end(),
                                   [&](const Trusted& trusted) { return trusted.issuer.name == *name; });
    if (from == trusted_.end()) {
      return refuse(Reason::kIssuer, "The token's issuer is not one that this server trusts.");
    }
    if (std::find(from->algorithms.begin(), from->algorithms.end(), token.algorithm) == from->algorithms.end()) {
      return refuse(Reason::kAlgorithm, "The token's `alg` is not one that its issuer may sign with.");
    }
    const KeySource::Found found = TRY(from->keys->find(token.key_id, deadline));
    if (found.key->algorithm() != token.algorithm) {
      return refuse(Reason::kAlgorithm, "The token's `alg` does not fit the key that its `kid` names.");
    }
    if (!found.key->verify(token.algorithm, token.signed_part, token.signature)) {
      return refuse(Reason::kSignature, "The token's signature does not hold.");
    }
    const base::Time now = clock_.now();
    Principal principal = TRY(check_claims(token.claims, from->issuer, now, skew_));
    if (now < principal.expires_at) {  // else it lives on the allowance for clocks alone
      const auto place = static_cast<std::size_t>(from - trusted_.begin());
      cache_.put(digest, {principal, place, found.generation});
    }
    return principal;
  }

  void count(const base::Result<Principal>& principal) {
    if (principal) return accepted_.add();
    const auto label = std::find(kReasonLabels.begin(), kReasonLabels.end(), principal.error().detail);
    if (label == kReasonLabels.end()) return unavailable_.add();
    refused_[static_cast<std::size_t>(label - kReasonLabels.begin())]->add();
  }

  const base::Clock& clock_;
  base::Logger& log_;
  const Fetch fetch_;
  const std::chrono::seconds skew_;
  std::vector<Trusted> trusted_;
  TokenCache cache_;
  base::Counter& accepted_;
  base::Counter& unavailable_;
  std::vector<base::Counter*> refused_;  // in the order of Reason
  base::Counter& cache_hits_;
};

// Key sets over plain http can be replaced on their way, and with them everyone's identity.
bool is_safe_url(std::string_view url) {
  if (url.starts_with("https://")) return true;
  if (!url.starts_with("http://")) return false;
  const std::string_view authority = url.substr(7, url.find_first_of("/?#", 7) - 7);
  if (authority.find('@') != authority.npos) return false;
  const std::string_view host =
      authority.substr(0, authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':'));
  return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

base::Result<void> check_issuer(const Issuer& issuer, bool can_fetch) {
  const auto bad = [&](const std::string& why) {
    return base::fail(base::Code::kInvalid, "Issuer \"" + issuer.name + "\": " + why);
  };
  if (issuer.name.empty()) return bad("it needs a name, the exact value of `iss`.");
  if (issuer.audiences.empty()) return bad("it needs an audience; without one, tokens for anybody would be accepted.");
  if (std::find(issuer.audiences.begin(), issuer.audiences.end(), "") != issuer.audiences.end()) {
    return bad("an audience is empty.");
  }
  if (issuer.algorithms.empty()) return bad("it needs an algorithm: RS256, ES256 or EdDSA.");
  for (const std::string& name : issuer.algorithms) {
    if (!crypto::parse_algorithm(name)) return bad("the algorithm \"" + name + "\" is not RS256, ES256 or EdDSA.");
  }
  if (issuer.jwks_url.empty() == issuer.jwks_file.empty()) {
    return bad("it needs a key set: either the URL or the file of one.");
  }
  if (!issuer.jwks_url.empty() && !is_safe_url(issuer.jwks_url)) {
    return bad("the URL of its key set must begin with https:// (or http:// and this machine's own address).");
  }
  if (!issuer.jwks_url.empty() && !can_fetch) return bad("its key set has a URL, and nothing here fetches URLs.");
  if (issuer.user_claim.empty()) return bad("it needs the name of the claim that holds the user.");
  if (issuer.workspace_claim.empty()) return bad("it needs the name of the claim that holds the workspace.");
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Verifier>> Verifier::make(VerifierOptions options, Fetch fetch, const base::Clock& clock,
                                                       base::Logger& log, base::Registry& metrics) {
  if (options.issuers.empty()) {
    return base::fail(base::Code::kInvalid, "There is no issuer; nobody's token would be accepted.");
  }
  for (auto issuer = options.issuers.begin(); issuer != options.issuers.end(); ++issuer) {
    TRY(check_issuer(*issuer, fetch != nullptr));
    if (std::any_of(options.issuers.begin(), issuer, [&](const Issuer& other) { return other.name == issuer->name; })) {
      return base::fail(base::Code::kInvalid, "Issuer \"" + issuer->name + "\": it is listed twice.");
    }
  }
  if (options.clock_skew.count() < 0 || options.clock_skew > kClockSkewMax) {
    return base::fail(base::Code::kInvalid, "The allowance for clocks that differ must be from 0 to 10 minutes.");
  }
  return std::unique_ptr<Verifier>(
      std::make_unique<VerifierOnKeySources>(std::move(options), std::move(fetch), clock, log, metrics));
}

}  // namespace identity

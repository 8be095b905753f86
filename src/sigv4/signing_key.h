// The key that signs: derived from the secret for one day, region and service, and kept with the texts that go with
// it. Source: AWS, "Create a signed AWS API request", "Derive a signing key".
//
// KeyCache: any number of threads; holds at most kKeysMax, those that were used last.

#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "crypto/sha256_state.h"

namespace sigv4::internal {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kTerminator = "aws4_request";

crypto::HmacKey derive_key(const base::Secret& secret, std::string_view day, std::string_view region,
                           std::string_view service);

using Signature = std::array<char, 64>;  // in hex; a digest too
inline std::string_view view(const Signature& signature) { return {signature.data(), signature.size()}; }
Signature hex_of(const crypto::Sha256& digest);

bool is_digest(std::string_view text);  // 64 hexadecimal digits in lower case
Signature digest_of(std::string_view text);

// Over the string to sign, which is built in `buffer`. `scope`: 20130524/us-east-1/s3/aws4_request
Signature sign_digest(const crypto::HmacKey& key, std::string_view timestamp, std::string_view scope,
                      const Signature& canonical_digest, std::string& buffer);

struct SigningKey {
  std::string day, region, service;
  std::string scope;
  std::string encoded_credential;  // AKIA...%2F20130524%2Fus-east-1%2Fs3%2Faws4_request
  crypto::HmacKey key;
};

class KeyCache {
 public:
  static constexpr std::size_t kKeysMax = 64;

  // Shared: a key may be in use when a newer one takes its place.
  std::shared_ptr<const SigningKey> get(std::string_view access_key_id, const base::Secret& secret,
                                        std::string_view day, std::string_view region, std::string_view service);

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<const SigningKey>> keys_;  // used last comes first; under mutex_
};

}  // namespace sigv4::internal

#include "sigv4/signing_key.h"

#include <algorithm>

#include "sigv4/canonical.h"

namespace sigv4::internal {

crypto::HmacKey derive_key(const base::Secret& secret, std::string_view day, std::string_view region,
                           std::string_view service) {
  std::string first;
  first.reserve(4 + secret.reveal().size());  // in one room, which Secret wipes
  first.append("AWS4").append(secret.reveal());
  const base::Secret prefixed(std::move(first));
  crypto::HmacKey key(prefixed.reveal());
  for (const std::string_view part : {day, region, service, kTerminator}) {
    key = crypto::HmacKey(crypto::view(key.sign(part)));
  }
  return key;
}

Signature hex_of(const crypto::Sha256& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  Signature text;  // NOLINT(cppcoreguidelines-pro-type-member-init): all of it is written
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = kDigits[digest[i] >> 4];
    text[2 * i + 1] = kDigits[digest[i] & 15];
  }
  return text;
}

bool is_digest(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 64 && std::all_of(text.begin(), text.end(), is_digit);
}

Signature digest_of(std::string_view text) {
  crypto::Sha256State hash;
  hash.update(text);
  return hex_of(hash.finish());
}

Signature sign_digest(const crypto::HmacKey& key, std::string_view timestamp, std::string_view scope,
                      const Signature& canonical_digest, std::string& buffer) {
  buffer.clear();
  buffer.append(kAlgorithm).append(1, '\n').append(timestamp).append(1, '\n').append(scope).append(1, '\n');
  buffer.append(view(canonical_digest));
  return hex_of(key.sign(buffer));
}

std::shared_ptr<const SigningKey> KeyCache::get(std::string_view access_key_id, const base::Secret& secret,
                                                std::string_view day, std::string_view region,
                                                std::string_view service) {
  const auto fits = [&](const std::shared_ptr<const SigningKey>& each) {
    return each->day == day && each->region == region && each->service == service;
  };
  const std::lock_guard lock(mutex_);
  if (const auto found = std::find_if(keys_.begin(), keys_.end(), fits); found != keys_.end()) {
    std::rotate(keys_.begin(), found, found + 1);
    return keys_.front();
  }
  std::string scope;
  scope.append(day).append(1, '/').append(region).append(1, '/').append(service).append(1, '/').append(kTerminator);
  std::string credential;
  append_encoded(credential, access_key_id);
  credential += "%2F";
  append_encoded(credential, scope);
  auto made = std::make_shared<const SigningKey>(SigningKey{std::string(day), std::string(region), std::string(service),
                                                            std::move(scope), std::move(credential),
                                                            derive_key(secret, day, region, service)});
  if (keys_.size() == kKeysMax) keys_.pop_back();
  keys_.insert(keys_.begin(), made);
  return made;
}

}  // namespace sigv4::internal

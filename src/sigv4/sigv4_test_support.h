// What the tests of this module share: a key, a ring that knows it, and a request that owns its texts.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sigv4/sign.h"
#include "sigv4/verify.h"

namespace sigv4 {

inline constexpr std::string_view kId = "AKIAIOSFODNN7EXAMPLE";
inline constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline constexpr base::Time kNow{std::chrono::seconds(1'369'353'600)};  // 2013-05-24T00:00:00Z
inline constexpr Scope kS3{.region = "us-east-1", .service = "s3", .s3 = true};
inline constexpr Scope kIam{.region = "us-east-1", .service = "iam"};

inline Keys test_keys(std::string token = {}) {
  return {std::string(kId), base::Secret(std::string(kSecret)), base::Secret(std::move(token))};
}

struct TestRing final : KeyRing {
  std::string token;
  explicit TestRing(std::string with = {}) : token(std::move(with)) {}
  [[nodiscard]] std::optional<Found> find(std::string_view id) const override {
    if (id == "EMPTY") return Found{};
    if (id != kId) return std::nullopt;
    return Found{base::Secret(std::string(kSecret)), base::Secret(token)};
  }
};

struct Sent {
  std::string method = "GET", path = "/", query;
  std::vector<std::pair<std::string, std::string>> headers = {{"Host", "example.amazonaws.com"}};
  std::string body;

  [[nodiscard]] std::vector<Field> fields() const {
    std::vector<Field> list;
    for (const auto& [name, value] : headers) list.push_back({name, value});
    return list;
  }

  // Sets what a signer gave.
  void set(const std::vector<std::pair<std::string, std::string>>& added) {
    for (const auto& header : added) headers.push_back(header);
  }

  void sign(const Signer& signer, Scope scope, base::Time now = kNow) {
    const std::vector<Field> list = fields();
    set(signer.sign({method, path, query, list}, scope, payload_hash(body), now));
  }

  void presign(const Signer& signer, Scope scope, std::chrono::seconds expires = std::chrono::hours(24)) {
    const std::vector<Field> list = fields();
    query = *signer.presign({method, path, query, list}, scope,
                            scope.s3 ? std::string(kUnsignedPayload) : payload_hash(body), kNow, expires);
  }

  [[nodiscard]] base::Result<Verified> verify(const Verifier& verifier, base::Time now = kNow) const {
    const std::vector<Field> list = fields();
    return verifier.verify({method, path, query, list}, payload_hash(body), now);
  }

  std::string& header(std::string_view name) {
    for (auto& [each, value] : headers)
      if (each == name) return value;
    return headers.emplace_back(name, "").second;
  }
};

inline Rules rules_of(Scope scope) { return {std::string(scope.region), std::string(scope.service), scope.s3}; }

}  // namespace sigv4

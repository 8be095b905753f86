#include "sigv4/sign.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"
#include "sigv4/authorization.h"
#include "sigv4/canonical.h"
#include "sigv4/signing_key.h"
#include "sigv4/timestamp.h"

namespace sigv4 {
namespace {

using internal::HeaderList, internal::QueryList, internal::Scratch, internal::Signature, internal::SigningKey,
    internal::Timestamp;

constexpr std::string_view kDate = "X-Amz-Date", kToken = "X-Amz-Security-Token",
                           kBucketToken = "X-Amz-S3session-Token", kContent = "X-Amz-Content-SHA256",
                           kAuthorization = "Authorization";

// What proxies and tracers change on the way, or what has the signature itself.
constexpr std::array<std::string_view, 15> kUnsigned = {"authorization",
                                                        "baggage",
                                                        "connection",
                                                        "expect",
                                                        "keep-alive",
                                                        "proxy-authenticate",
                                                        "te",
                                                        "traceparent",
                                                        "tracestate",
                                                        "trailer",
                                                        "transfer-encoding",
                                                        "proxy-authorization",
                                                        "upgrade",
                                                        "user-agent",
                                                        "x-amzn-trace-id"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view each) { return base::equal_ignoring_case(name, each); });
}

// The request's own headers that are signed, without those in `replaced`.
void collect_headers(HeaderList& list, std::span<const Field> headers, std::span<const std::string_view> replaced) {
  bool host = false;
  for (const Field& each : headers) {
    if (is_one_of(each.name, kUnsigned) || is_one_of(each.name, replaced)) continue;
    host = host || base::equal_ignoring_case(each.name, "host");
    list.add(each.name, each.value);
  }
  CHECK(host, "a request that is signed has a Host header");
}

}  // namespace

std::string payload_hash(std::string_view body) { return std::string(internal::view(internal::digest_of(body))); }

struct Signer::State {
  Keys keys;
  std::string encoded_token;
  internal::KeyCache cache;

  std::shared_ptr<const SigningKey> key(const Timestamp& stamp, const Scope& scope) {
    return cache.get(keys.access_key_id, keys.secret_access_key, stamp.day(), scope.region, scope.service);
  }
};

Signer::Signer(Keys keys) : state_(std::make_unique<State>()) {
  state_->keys = std::move(keys);
  internal::append_encoded(state_->encoded_token, state_->keys.session_token.reveal());
}

Signer::~Signer() = default;

const std::string& Signer::access_key_id() const { return state_->keys.access_key_id; }

std::vector<std::pair<std::string, std::string>> Signer::sign(const Request& request, Scope scope,
                                                              std::string_view payload_hash, base::Time now) const {
  const Timestamp stamp = internal::timestamp_of(now);
  const std::shared_ptr<const SigningKey> key = state_->key(stamp, scope);
  const std::string& token = state_->keys.session_token.reveal();
  const std::string_view token_name = scope.bucket_session ? kBucketToken : kToken;

  std::vector<std::pair<std::string, std::string>> added;
  added.reserve(4);
  added.emplace_back(kDate, stamp.all());
  if (!token.empty()) added.emplace_back(token_name, token);
  const bool has_content_hash = std::any_of(request.headers.begin(), request.headers.end(), [](const Field& each) {
    return base::equal_ignoring_case(each.name, kContent);
  });
  if (scope.s3 || has_content_hash || !internal::is_digest(payload_hash)) added.emplace_back(kContent, payload_hash);

  Scratch& scratch = Scratch::of_thread();
  std::array<std::string_view, 3> replaced;
  std::size_t replaced_count = 0;
  for (const auto& [name, value] : added) {
    replaced[replaced_count++] = name;
    if (name != token_name || !scope.token_unsigned) scratch.headers.add(name, value);
  }
  collect_headers(scratch.headers, request.headers, std::span(replaced).first(replaced_count));
  scratch.headers.sort();
  scratch.query.add_query(request.query);
  scratch.query.sort();
  internal::append_request(scratch.canonical, request, scope.s3, scratch.query, scratch.headers, payload_hash);
  const Signature signature =
      internal::sign_digest(key->key, stamp.all(), key->scope, internal::digest_of(scratch.canonical), scratch.to_sign);

  std::string authorization;
  authorization.reserve(512);
  authorization.append(internal::kAlgorithm).append(" Credential=").append(state_->keys.access_key_id);
  authorization.append(1, '/').append(key->scope).append(", SignedHeaders=");
  scratch.headers.append_names(authorization, ";");
  authorization.append(", Signature=").append(internal::view(signature));
  added.emplace_back(kAuthorization, std::move(authorization));
  return added;
}

base::Result<std::string> Signer::presign(const Request& request, Scope scope, std::string_view payload_hash,
                                          base::Time now, std::chrono::seconds expires) const {
  if (expires < internal::kLifetimeMin || expires > internal::kLifetimeMax) {
    return base::fail(
        base::Code::kInvalid,
        fmt::format("A signed URL holds from 1 second to 7 days (604800 seconds), not {} seconds.", expires.count()));
  }
  const Timestamp stamp = internal::timestamp_of(now);
  const std::shared_ptr<const SigningKey> key = state_->key(stamp, scope);

  Scratch& scratch = Scratch::of_thread();
  QueryList& query = scratch.query;
  query.add_query(request.query);
  for (const QueryList::Parameter& each : query.parameters()) {
    if (internal::is_authentication_parameter(query.name(each))) {
      return base::fail(base::Code::kInvalid,
                        fmt::format("The query has {} already: sign a URL that is not signed yet.", query.name(each)));
    }
  }
  collect_headers(scratch.headers, request.headers, {});
  scratch.headers.sort();

  query.add("X-Amz-Algorithm", internal::kAlgorithm);
  query.add("X-Amz-Credential", key->encoded_credential);
  query.add(kDate, stamp.all());
  query.add("X-Amz-Expires", fmt::format_int(expires.count()).c_str());
  const std::string& token = state_->encoded_token;
  if (!token.empty() && !scope.token_unsigned) query.add(scope.bucket_session ? kBucketToken : kToken, token);
  scratch.headers.append_names(scratch.to_sign, ";");
  internal::append_encoded(scratch.canonical, scratch.to_sign);
  query.add("X-Amz-SignedHeaders", scratch.canonical);
  scratch.canonical.clear();
  query.sort();

  internal::append_request(scratch.canonical, request, scope.s3, scratch.query, scratch.headers, payload_hash);
  const Signature signature =
      internal::sign_digest(key->key, stamp.all(), key->scope, internal::digest_of(scratch.canonical), scratch.to_sign);

  std::string signed_query;
  signed_query.reserve(scratch.canonical.size() + token.size() + 128);
  query.append_to(signed_query);
  if (!token.empty() && scope.token_unsigned) {
    signed_query.append(1, '&').append(kToken).append(1, '=').append(token);
  }
  signed_query.append("&X-Amz-Signature=").append(internal::view(signature));
  return signed_query;
}

}  // namespace sigv4

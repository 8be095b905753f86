// What a signed request says about its signature, read from the Authorization header or from the query.
//
//   Authorization: AWS4-HMAC-SHA256 Credential=ID/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date,
//                  Signature=hex
//   ?X-Amz-Algorithm=..&X-Amz-Credential=..&X-Amz-Date=..&X-Amz-Expires=..&X-Amz-SignedHeaders=..&X-Amz-Signature=..
//
// Strict: each part once, nothing else, in the spelling of the documents. Pure, any thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "sigv4/canonical.h"
#include "sigv4/sign.h"

namespace sigv4::internal {

inline constexpr std::chrono::seconds kLifetimeMin{1}, kLifetimeMax{7 * 24 * 3600};

// Why a request is refused. AWS has a code for each; S3's differ from those of the other services.
enum class Refusal : std::uint8_t {
  kUnsigned,        // nothing that authenticates
  kBothForms,       // header and query
  kMalformed,       // a part is missing, twice, or not as it must be
  kScope,           // signed for another region, service or day
  kSkew,            // signed too far from now
  kNotYet,          // a URL that is signed for later
  kExpired,         // a URL whose lifetime is over
  kHeaders,         // a header that must be signed is not, or a signed one is missing
  kUnknownKey,      //
  kToken,           // the session token is not the key's
  kSignature,       //
  kPayload,         // the body is not the one that was signed
  kNotImplemented,  // a way of signing that we do not check
};

struct Form {
  bool s3 = false, in_query = false;
};

[[nodiscard]] tl::unexpected<base::Error> refuse(Refusal why, Form form, std::string message);

struct Claims {
  Form form;
  std::string access_key_id, day, region, service;
  std::string scope;  // 20130524/us-east-1/s3/aws4_request
  std::string signed_headers;
  std::string signature;  // 64 hexadecimal digits
  std::string timestamp;
  base::Time signed_at;
  bool by_date_header = false;      // that was Date, not X-Amz-Date
  std::chrono::seconds expires{0};  // of a URL
  std::optional<std::string> token;
  std::optional<std::string> content_hash;
};

// One of the parameters that make a URL a signed one.
bool is_authentication_parameter(std::string_view name);

// `headers`: sorted, of the whole request. `query`: of the whole request; X-Amz-Signature is taken out of it.
base::Result<Claims> read_claims(const HeaderList& headers, QueryList& query, bool s3);

}  // namespace sigv4::internal

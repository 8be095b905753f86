// Checks requests that are signed with AWS Signature Version 4, in the header and in the query form; for our own
// endpoints that stock AWS clients speak to, and for the tests of what we sign ourselves.
//
// Signatures compare in constant time. A request is refused when its time is more than `skew` from ours, its presigned
// lifetime is over or longer than seven days, its scope is not ours, a header that must be signed is not (Host,
// X-Amz-*, and Content-Type where the signature is in the header), it is signed in both forms, or a field that decides
// occurs twice. An unknown key costs the same work as a known one.
//
// Spellings of one request that AWS counts as the same do so here: white space in header values, the order of
// parameters, the digits of an escape, and, but for S3, empty and dot segments of the path. Who reads the request after
// the verifier must not tell them apart.
//
//   Threads   any.
//   Errors    kUnauthenticated with AWS's own error code as `detail` ("SignatureDoesNotMatch", "InvalidClientTokenId",
//             "RequestTimeTooSkewed", "AuthorizationHeaderMalformed" ...: docs/reference/signatures.md), and a message
//             that says what was wrong, never what the right signature would have been.

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "sigv4/sign.h"

namespace sigv4 {

// The keys of callers; given by whoever uses the verifier.
class KeyRing {
 public:
  virtual ~KeyRing() = default;
  // The secret of a key and the session token that must come with it (empty: none may come). Nothing: unknown, and so
  // is a key with an empty secret.
  struct Found {
    base::Secret secret_access_key, session_token;
  };
  [[nodiscard]] virtual std::optional<Found> find(std::string_view access_key_id) const = 0;
};

struct Rules {
  std::string region, service;  // empty: any
  bool s3 = false;
  std::chrono::seconds skew{300};
};

struct Verified {
  std::string access_key_id, region, service;
  base::Time signed_at;
  bool in_query = false;
  std::string payload_hash;  // as signed; the caller compares it with the body's where it is a digest
};

class Verifier {
 public:
  Verifier(const KeyRing& keys, Rules rules) : keys_(keys), rules_(std::move(rules)) {}

  // `body_hash`: of the body as it came; what was signed must be this, or one of S3's words where the rules say S3.
  // Empty where the body is still to come: then whoever reads it compares its digest with Verified::payload_hash.
  [[nodiscard]] base::Result<Verified> verify(const Request& request, std::string_view body_hash, base::Time now) const;

 private:
  const KeyRing& keys_;
  Rules rules_;
};

}  // namespace sigv4

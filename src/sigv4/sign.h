// AWS Signature Version 4: making it, in the Authorization header and in the query ("presigned" URLs), for every
// service and for S3's variants. What is signed is given exactly as it goes over the wire.
//
// A Signer belongs to one set of credentials and keeps the derived key, and the state of its HMAC, per day, region and
// service; it may be used by any number of threads.
//
//   Source   AWS, "Signature Version 4 signing process", "Create a signed AWS API request"; Amazon S3, "Authenticating
//            Requests (AWS Signature Version 4)", for query strings, unsigned and chunked payloads.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace sigv4 {

struct Keys {
  std::string access_key_id;
  base::Secret secret_access_key;
  base::Secret session_token;  // empty: none
};

struct Scope {
  std::string_view region, service;
  // S3: the path is encoded once and not normalised; others: each segment is encoded again, and dot segments go.
  bool s3 = false;
  // The session token goes along without being signed: what AWS IoT wants of WebSocket URLs.
  bool token_unsigned = false;
  // The token is that of a session with a bucket of S3 Express, and has another name: X-Amz-S3session-Token.
  bool bucket_session = false;
};

struct Field {
  std::string_view name, value;
};

// A request as it goes over the wire. `query` is encoded, without '?'. Host must be among the headers: our own mistake
// where it is not.
struct Request {
  std::string_view method, path, query;
  std::span<const Field> headers;
};

// What stands for the payload: its SHA-256 in hex, or one of S3's words.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view kStreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
std::string payload_hash(std::string_view body);

inline constexpr std::string_view kEmptyPayloadHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

class Signer {
 public:
  explicit Signer(Keys keys);
  ~Signer();
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  // Header form. The headers to set, in this order: X-Amz-Date, X-Amz-Security-Token (with a session; or its other
  // name), X-Amz-Content-SHA256 (for S3, for a payload that is not a digest, and where the request has it already),
  // Authorization. They take the place of headers of the same name, so that a request can be signed again. All other
  // headers of the request are signed, but for those that proxies change (Connection, Expect, User-Agent,
  // X-Amzn-Trace-Id, Transfer-Encoding, TE ...).
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> sign(const Request& request, Scope scope,
                                                                      std::string_view payload_hash,
                                                                      base::Time now) const;

  // Query form: the whole query, with the signature at its end; the request must be sent with all headers that were
  // given. `expires` from 1 s to 7 days. Errors: kInvalid, also for a query that is signed already.
  [[nodiscard]] base::Result<std::string> presign(const Request& request, Scope scope, std::string_view payload_hash,
                                                  base::Time now, std::chrono::seconds expires) const;

  [[nodiscard]] const std::string& access_key_id() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sigv4

// From a JSON value to an HTTP request and back, in AWS's protocols: json 1.0 and 1.1, rest-json, rest-xml, query, ec2
// and Smithy RPC v2 CBOR. Nothing here knows hosts, signatures or sockets.
//
// The one form of a value, both ways: members under the model's names; blobs base64 (RFC 4648); timestamps ISO 8601 UTC
// (in: epoch seconds too); NaN, Infinity and -Infinity as those strings; null is absent; document types and jsonvalue
// members are any JSON value. An output has only what the model knows, and is {} where there is nothing.
//
//   Threads   any; the functions are pure.
//   Source    Smithy 2.0, "AWS protocols"; RFC 8949 (CBOR).

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws_model/model.h"
#include "base/result.h"
#include "json/value.h"
#include "net/message.h"

namespace aws_wire {

// One thing that is wrong with an input. Sensitive values are never part of a message.
struct Problem {
  std::string path;  // "TransactItems[0].Put.TableName"; empty: the whole
  std::string message;
};

struct CheckOptions {
  bool unknown_enumeration_allowed = false;
  bool body_given = false;  // a body that streams comes from elsewhere: its member may be absent
};

// Every problem of the input, in the order of its members; empty: it may be sent. `input` null counts as {}.
std::vector<Problem> check(const aws_model::Operation& operation, const json::Value& input,
                           const CheckOptions& options = {});

// The input with idempotency tokens filled in where they are absent; `token` makes one (a UUID).
json::Value with_tokens(const aws_model::Operation& operation, json::Value input,
                        const std::function<std::string()>& token);

// A request without its host. Path and query are encoded as they go over the wire, so that what is signed is what is
// sent.
struct Request {
  std::string method;
  std::string path = "/";
  std::string query;  // without '?'; the model's own parts of it first
  net::Headers headers;
  std::string body;
  std::string host_prefix;    // filled in: "123456789012."
  bool body_streams = false;  // the body is the caller's: `body` is empty
};

// `input` has passed check(). Errors: kInvalid (event streams, which are not spoken; a protocol that is not).
base::Result<Request> encode(const aws_model::Service& service, const aws_model::Operation& operation,
                             const json::Value& input);

struct Reply {
  int status = 0;
  net::Headers headers;
  std::string body;  // of a stream that went elsewhere: empty, see `body_went_elsewhere`
  bool body_went_elsewhere = false;
};

// An answer of success. Errors: kUnavailable (not what the protocol says: what, and where).
base::Result<json::Value> decode(const aws_model::Service& service, const aws_model::Operation& operation,
                                 const Reply& reply);

// Whether the answer's body is one that streams: it need not be held in order to be decoded.
bool answer_streams(const aws_model::Operation& operation);

// What the service says that went wrong.
struct ServiceError {
  std::string code;     // without namespace and URL; "" where the answer has none
  std::string message;  // as sent; "" where there is none
  std::string request_id;
  const aws_model::Shape* shape = nullptr;  // null: not one of the operation's
  json::Object members;                     // of `shape`, as its model has them; sensitive ones left out
};
ServiceError decode_error(const aws_model::Service& service, const aws_model::Operation& operation, const Reply& reply);

}  // namespace aws_wire

// One request on its way through an endpoint, and the reply that it will get.
//
// A Call is made by the service for one request; it belongs to one thread. Everything in it was checked already: the
// token (for endpoints that need one), path parameters against their format (and put in canonical form), the query
// against its type, the body's media type and size.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "identity/verifier.h"
#include "json/encode.h"
#include "net/message.h"

namespace http {

// What an endpoint gives back when all went well. Bodies are JSON text, unless the content type says otherwise.
struct Reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  net::Headers headers;
  std::shared_ptr<net::EventStream> events;

  Reply&& with(std::string name, std::string value) && {
    headers.add(std::move(name), std::move(value));
    return std::move(*this);
  }
  // A strong ETag (RFC 9110 section 8.8.3) that is the item's version.
  Reply&& etag(std::uint64_t version) && { return std::move(*this).with("ETag", '"' + std::to_string(version) + '"'); }
};

template <class T>
Reply reply(int status, const T& body) {
  Reply made;
  made.status = status;
  json::append(made.body, body);
  return made;
}
inline Reply no_content() {
  Reply made;
  made.status = 204;
  return made;
}

// A parameter of a path: its name in the template, and the segment, percent-decoded.
struct PathParameter {
  std::string_view name;
  std::string text;
  bool sound = true;  // false: a broken escape, not UTF-8, or with '/' or a control character
};

class Call {
 public:
  Call(const net::Request& request, std::string request_id, std::string traceparent)
      : request_(request), request_id_(std::move(request_id)), traceparent_(std::move(traceparent)) {}

  [[nodiscard]] const net::Request& request() const { return request_; }
  [[nodiscard]] const std::string& request_id() const { return request_id_; }
  [[nodiscard]] const std::string& traceparent() const { return traceparent_; }  // W3C, with a span id of our own
  [[nodiscard]] const std::string& tracestate() const { return tracestate_; }    // as it came, where it may go on
  [[nodiscard]] base::Deadline deadline() const { return request_.deadline; }

  // Who asks. CHECKed: only endpoints that need a token may ask.
  [[nodiscard]] const identity::Principal& principal() const;
  // A path parameter, percent-decoded and canonical. CHECKed: the name is in the endpoint's path.
  [[nodiscard]] const std::string& path(std::string_view name) const;

  // kPreconditionFailed where If-Match (RFC 9110 section 13.1.1) names other versions than this one; fine where there
  // is no If-Match, or "*". Weak tags match nothing. `what` names the thing for the message ("The node"). The header's
  // grammar was checked before the endpoint was called.
  [[nodiscard]] base::Result<void> check_if_match(std::string_view what, std::uint64_t version) const;
  [[nodiscard]] bool has_if_match() const;

  // The base path under which the caller came: "" or "/compute/resources". For Location and Link.
  [[nodiscard]] const std::string& base_path() const { return base_path_; }

 private:
  friend class Service;
  const net::Request& request_;
  std::string request_id_;
  std::string traceparent_;
  std::string tracestate_;
  std::string base_path_;
  std::optional<identity::Principal> principal_;
  std::vector<PathParameter> path_;
};

namespace internal {
// kInvalid, "header:If-Match": it is there, and against its grammar. Else whether it lets this ETag pass.
base::Result<bool> if_match_allows(const net::Headers& headers, std::string_view etag);
}  // namespace internal

}  // namespace http

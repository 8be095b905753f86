// Problem documents (RFC 9457): {type, title, status, detail, message, requestId, errors: [{pointer, message}]}.
// `message` is the same text as `detail`, for clients that came before RFC 9457; `errors` is always there, often empty.
// `type` is a reference to the section of the page /docs that tells about this class of problem. The one place where an
// Error becomes an HTTP response. Pure, any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/message.h"

namespace http {

// Status, headers (Content-Type, Retry-After, WWW-Authenticate) and body. Of a mistake of ours (500) only the class is
// shown. 429 and 503 carry Retry-After, of one second where the error does not say. 401 carries WWW-Authenticate (RFC
// 6750), with error="invalid_token" where a token was sent, which the error says by a field "header:Authorization".
net::Response problem(const base::Error& error, std::string_view request_id);

// For what never became a request (net::Handler::refuse); `reason` is public.
net::Response problem(int status, std::string_view reason, std::string_view request_id);

// Every class of problem, for the document: status, title, type.
struct ProblemFace {
  int status;
  std::string_view title;
  std::string type;
};
std::vector<ProblemFace> problem_faces();

}  // namespace http

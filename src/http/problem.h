// Problem documents (RFC 9457): {type, title, status, detail, message, requestId, errors: [{pointer, message}]}.
// `message` is the same text as `detail`, for clients that came before RFC 9457. The one place where an Error becomes
// an HTTP response.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/message.h"

namespace http {

// Status, headers (Content-Type, Retry-After, WWW-Authenticate) and body. Of an error of ours only the class is shown.
net::Response problem(const base::Error& error, std::string_view request_id);

}  // namespace http

// A small HTTP/1.1 client for what the server itself must fetch (key sets): GET over http or https, with a deadline for
// the whole call, a limit on the answer, certificates verified against the system's trust store (loaded at the first
// https call) or a given file. Redirects are not followed. Blocking; any thread.
//
// Errors: kInvalid (not a URL we speak), kUnavailable (no connection, TLS refused, not HTTP, too large), kDeadline.

#pragma once

#include <cstdint>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "net/message.h"

namespace net {

struct FetchOptions {
  std::size_t body_bytes_max = 1024 * 1024;
  std::string trust_file;  // PEM; empty: the system's
};

base::Result<Response> fetch(const std::string& url, const FetchOptions& options, base::Deadline deadline);

}  // namespace net

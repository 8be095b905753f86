// Writes responses as HTTP/1.1 bytes (RFC 9112). Framing fields (Content-Length, Transfer-Encoding, Connection) and
// Date are written here and nowhere else; a handler's own are left out. Pure, any thread.

#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "net/message.h"

namespace net {

struct ResponseFraming {
  bool head = false;    // to a HEAD request: no body, but the length that it would have
  bool http_11 = true;  // false: a stream ends with the connection, not with a chunk
  bool close = false;   // the connection ends after this response
};

// False for what would break the framing: a status outside 200-599, a field with a line break. That is a handler's
// mistake.
bool is_sendable(const Response& response);

// Head and body; for a stream, the head only. `date_field` is a whole field with its line end.
void append_response(std::string& out, const Response& response, ResponseFraming framing, std::string_view date_field);

void append_chunk(std::string& out, std::string_view data);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110 section 5.6.7).
std::string make_date_field(std::chrono::sys_seconds now);

}  // namespace net

// Who is who among requests: request ids, and trace context as in W3C Trace Context, level 1.
//
// Ids made here are unique, not secret: a counter that starts at a random place, mixed by a bijection, so that none
// comes twice and none costs a call of the kernel. Any thread.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/entropy.h"
#include "net/message.h"

namespace http {

class IdSource {
 public:
  explicit IdSource(base::Entropy& entropy);
  void append_64(std::string& out);   // 16 hexadecimal digits, never all 0
  void append_128(std::string& out);  // 32

 private:
  std::uint64_t next();
  std::atomic<std::uint64_t> counter_;
  std::uint64_t salt_;
};

// Our place in a trace: the caller's trace with a span of our own, or a new trace where the caller gave none that
// holds.
struct TraceContext {
  std::string traceparent;  // 00-<trace id>-<our span id>-<flags>
  std::string tracestate;   // the caller's; empty where its traceparent did not hold

  [[nodiscard]] std::string_view trace_id() const { return std::string_view(traceparent).substr(3, 32); }
  [[nodiscard]] std::string_view span_id() const { return std::string_view(traceparent).substr(36, 16); }
};
TraceContext trace_of(const net::Headers& headers, IdSource& ids);

// X-Request-Id where it was given once and is 1 to 128 of A-Z a-z 0-9 . _ : / + = @ -, else one that is made.
std::string request_id_of(const net::Headers& headers, IdSource& ids);

}  // namespace http

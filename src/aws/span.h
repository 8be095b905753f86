// The span of one call in a distributed trace, as the log tells it: trace_id, span_id, parent_span_id (W3C Trace
// Context, level 1, section 3.2). AWS is sent none of it: its services continue no such trace. Pure; any thread.

#pragma once

#include <string>
#include <string_view>

#include "base/entropy.h"

namespace aws {

struct Span {
  std::string trace_id, id, parent_id;  // 32, 16 and 16 digits; parent_id is empty where the trace begins here
};

// `traceparent` is that of whoever asks. One that is none is as if it were absent.
Span span_within(std::string_view traceparent, base::Entropy& entropy);

}  // namespace aws

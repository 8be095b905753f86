#include "aws/span.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"

namespace aws {

namespace {

// version "-" trace-id "-" parent-id "-" flags
constexpr std::size_t kTraceAt = 3, kTraceSize = 32, kParentAt = 36, kParentSize = 16, kSize = 55;

bool is_id(std::string_view text) {
  const bool is_hex =
      std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return is_hex && text.find_first_not_of('0') != std::string_view::npos;
}

std::string random_id(base::Entropy& entropy, std::size_t digits) {
  std::array<std::uint8_t, kTraceSize / 2> bytes{};
  const std::span<std::uint8_t> some = std::span(bytes).first(digits / 2);
  entropy.fill(some);
  return base::hex(std::string_view(reinterpret_cast<const char*>(some.data()), some.size()));
}

}  // namespace

Span span_within(std::string_view traceparent, base::Entropy& entropy) {
  Span span;
  span.id = random_id(entropy, kParentSize);
  if (traceparent.size() >= kSize && is_id(traceparent.substr(kTraceAt, kTraceSize)) &&
      is_id(traceparent.substr(kParentAt, kParentSize))) {
    span.trace_id = traceparent.substr(kTraceAt, kTraceSize);
    span.parent_id = traceparent.substr(kParentAt, kParentSize);
  } else {
    span.trace_id = random_id(entropy, kTraceSize);
  }
  return span;
}

}  // namespace aws

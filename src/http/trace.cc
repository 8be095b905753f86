#include "http/trace.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace http {
namespace {

constexpr std::size_t kRequestIdMax = 128;
constexpr std::size_t kTracestateMax = 512;  // W3C Trace Context, section 3.3.1.5: at least so many are passed on

void append_hex(std::string& out, std::uint64_t number) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out.push_back(kHex[number >> shift & 15]);
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

// version "-" trace-id "-" parent-id "-" trace-flags; a later version may have more behind a further '-'.
bool is_traceparent(std::string_view text) {
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const std::string_view version = text.substr(0, 2), trace = text.substr(3, 32), span = text.substr(36, 16),
                         flags = text.substr(53, 2);
  if (!is_hex(version) || !is_hex(trace) || !is_hex(span) || !is_hex(flags)) return false;
  if (version == "ff" || is_zero(trace) || is_zero(span)) return false;
  return text.size() == 55 || (version != "00" && text[55] == '-');
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= kRequestIdMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._:/+=@-").find(c) != std::string_view::npos;
  });
}

}  // namespace

IdSource::IdSource(base::Entropy& entropy) : counter_(0), salt_(0) {
  std::array<std::uint8_t, 16> bytes{};
  entropy.fill(bytes);
  std::uint64_t start = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    start = start << 8 | bytes[i];
    salt_ = salt_ << 8 | bytes[8 + i];
  }
  counter_ = start;
}

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014), which maps 64 bits one to one.
std::uint64_t IdSource::next() {
  for (;;) {
    std::uint64_t x = counter_.fetch_add(0x9e3779b97f4a7c15, std::memory_order_relaxed);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    x ^= x >> 31;
    if (x != 0) return x;
  }
}

void IdSource::append_64(std::string& out) { append_hex(out, next()); }

void IdSource::append_128(std::string& out) {
  const std::uint64_t low = next();
  append_hex(out, low * 0x9e3779b97f4a7c15 ^ salt_);
  append_hex(out, low);
}

TraceContext trace_of(const net::Headers& headers, IdSource& ids) {
  TraceContext context;
  context.traceparent.reserve(55);
  context.traceparent = "00-";
  std::string_view given;
  std::size_t count = 0;
  for (const net::Header& header : headers.all()) {
    if (!base::equal_ignoring_case(header.name, "traceparent")) continue;
    given = header.value;
    ++count;
  }
  if (count != 1 || !is_traceparent(given)) {
    ids.append_128(context.traceparent);
    context.traceparent.push_back('-');
    ids.append_64(context.traceparent);
    context.traceparent.append("-00");
    return context;
  }
  context.traceparent.append(given, 3, 32);
  context.traceparent.push_back('-');
  ids.append_64(context.traceparent);
  const bool sampled = std::string_view("13579bdf").find(given[54]) != std::string_view::npos;
  context.traceparent.append(sampled ? "-01" : "-00");  // the other flags mean nothing in version 00
  for (const net::Header& header : headers.all()) {
    if (!base::equal_ignoring_case(header.name, "tracestate")) continue;
    if (!context.tracestate.empty()) context.tracestate.push_back(',');
    context.tracestate.append(header.value);
  }
  if (context.tracestate.size() > kTracestateMax) context.tracestate.clear();
  return context;
}

std::string request_id_of(const net::Headers& headers, IdSource& ids) {
  std::string_view given;
  std::size_t count = 0;
  for (const net::Header& header : headers.all()) {
    if (!base::equal_ignoring_case(header.name, "X-Request-Id")) continue;
    given = header.value;
    ++count;
  }
  if (count == 1 && is_request_id(given)) return std::string(given);
  std::string made;
  made.reserve(32);
  ids.append_128(made);
  return made;
}

}  // namespace http

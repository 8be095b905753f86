#include "json/in_order.h"

#include <charconv>

namespace json::internal {

bool InOrder::text(std::string_view& out) {
  if (!take('"')) return false;
  const char* const begin = at_;
  for (; at_ != end_; ++at_) {
    const auto byte = static_cast<unsigned char>(*at_);
    if (byte == '"') {
      out = {begin, static_cast<std::size_t>(at_ - begin)};
      ++at_;
      return true;
    }
    if (byte < 0x20 || byte >= 0x7f || byte == '\\') return false;
  }
  return false;
}

namespace {

// As JSON has it: no sign before a zero, no zero before a digit; nothing behind that would make it another number.
template <class T>
bool read_whole(const char*& at, const char* end, T& out) {
  const auto [behind, error] = std::from_chars(at, end, out);
  if (error != std::errc() || behind == end) return false;
  const char* const digits = *at == '-' ? at + 1 : at;
  if (*digits == '0' && (behind - digits > 1 || digits != at)) return false;
  if (*behind == '.' || *behind == 'e' || *behind == 'E') return false;
  at = behind;
  return true;
}

}  // namespace

bool InOrder::whole(std::int64_t& out) { return read_whole(at_, end_, out); }
bool InOrder::whole(std::uint64_t& out) { return read_whole(at_, end_, out); }

bool InOrder::word(std::string_view wanted) {
  if (!std::string_view(at_, end_).starts_with(wanted)) return false;
  at_ += wanted.size();
  return true;
}

bool InOrder::truth(bool& out) {
  out = at_ != end_ && *at_ == 't';
  return word(out ? "true" : "false");
}

bool InOrder::null() { return word("null"); }

bool InOrder::skip(int depth_left) {
  if (at_ == end_ || depth_left == 0) return false;
  std::string_view ignored;
  switch (*at_) {
    case '"':
      return text(ignored);
    case 't':
      return word("true");
    case 'f':
      return word("false");
    case 'n':
      return null();
    case '{':
    case '[': {
      const bool is_object = *at_ == '{';
      const char end = is_object ? '}' : ']';
      ++at_;
      if (take(end)) return true;
      do {
        if (is_object && !(text(ignored) && take(':'))) return false;
        if (!skip(depth_left - 1)) return false;
      } while (take(','));
      return take(end);
    }
    default: {
      std::int64_t number = 0;
      return whole(number);
    }
  }
}

bool InOrder::next_name(std::string_view& name) {
  if (name_.empty()) {
    if (at_ == end_ || *at_ == '}') return false;
    if (!is_first_ && !take(',')) return false;
    is_first_ = false;
    if (!text(name_) || !take(':') || name_.empty()) {
      at_ = end_;  // the closing brace will be missed
      name_ = {};
      return false;
    }
  }
  name = name_;
  return true;
}

}  // namespace json::internal

#include "net/head_scanner.h"

#include "base/limits.h"

namespace net {

namespace {
namespace limits = base::limits;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
}  // namespace

HeadScanner::Step HeadScanner::refuse(int status, std::string_view reason) {
  refusal_ = {status, reason};
  return Step::kRefused;
}

HeadScanner::Step HeadScanner::scan(std::string_view bytes) {
  std::size_t i = scanned_;
  for (; i < bytes.size(); ++i) {
    if (i >= limit_) [[unlikely]]
      return refuse_length();
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c > ' ' && c != 0x7F) [[likely]]
      continue;
    if (c == ' ' || c == '\t') {
      if (!take_space(i, bytes[i])) return Step::kRefused;
    } else if (c == '\r') {
      if (i + 1 == bytes.size()) break;  // whether a line feed follows is seen when it is there
      if (bytes[i + 1] != '\n') return refuse(400, "A carriage return must be followed by a line feed.");
      if (!end_line(bytes, i)) return Step::kRefused;
      ++i;
      if (whole_) {
        ++i;
        break;
      }
    } else if (c == '\n') {
      return refuse(400, "Lines must end with a carriage return and a line feed.");
    } else {
      return refuse(400, "The request has a control character where none is allowed.");
    }
  }
  scanned_ = i;
  return whole_ ? Step::kWhole : Step::kMore;
}

bool HeadScanner::take_space(std::size_t at, char c) {
  if (at == line_) {
    refuse(400, in_start_line_ ? "The request line must begin with a method."
                               : "Header fields must not be folded over several lines.");
    return false;
  }
  if (!in_start_line_ || kind_ == Kind::kResponse) return true;
  ++spaces_;
  if (c == '\t' || spaces_ > 2) {
    refuse(400, "The request line must be a method, a target and a version, with one space between them.");
    return false;
  }
  if (spaces_ == 1) {
    target_ = at + 1;
    limit_ = target_ + limits::kTargetBytesMax + 1;
  } else {
    target_end_ = at;
    limit_ = at + kVersionBytesMax;
  }
  return true;
}

bool HeadScanner::end_line(std::string_view bytes, std::size_t at) {
  const bool empty = at == line_;
  line_ = at + 2;
  if (!in_start_line_) {
    whole_ = empty;
    return true;
  }
  if (empty) {
    if (first_ != 0 || kind_ == Kind::kResponse) {
      refuse(400, "The request line must not be empty.");
      return false;
    }
    first_ = line_;  // one empty line before a request is left out
    limit_ += first_;
    return true;
  }
  if (kind_ == Kind::kRequest && !end_request_line(bytes, at)) return false;
  in_start_line_ = false;
  limit_ = line_ + limits::kHeaderBytesMax;
  return true;
}

bool HeadScanner::end_request_line(std::string_view bytes, std::size_t at) {
  if (spaces_ != 2) {
    refuse(400, "The request line must be a method, a target and a version, with one space between them.");
    return false;
  }
  const std::string_view version = bytes.substr(target_end_ + 1, at - target_end_ - 1);
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return true;
  if (version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' &&
      is_digit(version[7])) {
    refuse(505, "This server speaks HTTP/1.1 and HTTP/1.0.");
  } else {
    refuse(400, "The request line must end with HTTP/1.1 or HTTP/1.0.");
  }
  return false;
}

// The limit is at the same byte however the bytes come, so the answer is the same too.
HeadScanner::Step HeadScanner::refuse_length() {
  if (!in_start_line_) return refuse(431, "The header section is longer than 16384 bytes.");
  if (kind_ == Kind::kResponse) return refuse(400, "The status line is too long.");
  if (spaces_ == 0) return refuse(400, "The request line must begin with a method.");
  if (spaces_ == 1) return refuse(414, "The request target is longer than 8192 bytes.");
  return refuse(400, "The request line must end with HTTP/1.1 or HTTP/1.0.");
}

}  // namespace net

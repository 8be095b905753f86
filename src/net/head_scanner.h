// Finds the end of an HTTP/1 message head (start line and header section) in bytes that come in pieces, and refuses on
// the way what servers are known to read in different ways: bare CR or LF, obsolete line folding, control characters,
// more than two spaces in a request line. It works byte by byte and looks at each byte once, so the answer does not
// depend on how the bytes were cut. What it lets through is whole; the strict parsing is left to Beast's parser. A
// value of one connection; one thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "net/target.h"

namespace net {

class HeadScanner {
 public:
  enum class Kind : std::uint8_t { kRequest, kResponse };
  enum class Step : std::uint8_t { kMore, kWhole, kRefused };

  explicit HeadScanner(Kind kind) : kind_(kind), limit_(kind == Kind::kRequest ? kMethodBytesMax : kStatusBytesMax) {}

  // `bytes` begin where the message begins, and hold at least what was shown before. After kWhole, size() bytes are the
  // head, of which skipped() at the front are an empty line to be left out (RFC 9112 section 2.2).
  Step scan(std::string_view bytes);
  [[nodiscard]] std::size_t size() const { return scanned_; }
  [[nodiscard]] std::size_t skipped() const { return first_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }
  [[nodiscard]] std::string_view method(std::string_view bytes) const {
    return bytes.substr(first_, target_ - 1 - first_);
  }
  [[nodiscard]] std::string_view target(std::string_view bytes) const {
    return bytes.substr(target_, target_end_ - target_);
  }

 private:
  static constexpr std::size_t kMethodBytesMax = 64;
  static constexpr std::size_t kVersionBytesMax = 64;
  static constexpr std::size_t kStatusBytesMax = 8192;

  Step refuse(int status, std::string_view reason);
  bool end_line(std::string_view bytes, std::size_t at);  // false: refused
  bool end_request_line(std::string_view bytes, std::size_t at);
  bool take_space(std::size_t at, char c);
  Step refuse_length();

  Kind kind_;
  bool in_start_line_ = true;
  bool whole_ = false;
  std::uint8_t spaces_ = 0;  // in the request line
  std::size_t scanned_ = 0;
  std::size_t first_ = 0;  // where the start line begins
  std::size_t line_ = 0;   // where the present line begins
  std::size_t target_ = 0;
  std::size_t target_end_ = 0;
  std::size_t limit_;  // the first byte that would be one too many of the present part
  Refusal refusal_;
};

}  // namespace net

// Decodes the chunked transfer coding (RFC 9112 section 7.1) from bytes that come in pieces. Every byte is used at once
// and nothing is looked at twice. Chunk extensions and trailer fields are checked for their characters and dropped.
// Stricter than the grammar where readers differ: no white space around the size, no control characters in a quoted
// string. A value of one connection; one thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace net {

class ChunkDecoder {
 public:
  enum class Step : std::uint8_t { kMore, kWhole, kBad, kTooLarge };

  explicit ChunkDecoder(std::size_t body_bytes_max) : left_(body_bytes_max) {}

  // Takes from the front of `bytes`, sets `used`, appends data to `body`. kTooLarge as soon as a chunk's size passes
  // the limit.
  Step decode(std::string_view bytes, std::size_t& used, std::string& body);

 private:
  enum class State : std::uint8_t {
    kSize,
    kExtension,
    kSizeEnd,
    kData,
    kDataEnd,
    kDataLineFeed,
    kTrailer,
    kTrailerLine,
    kTrailerEnd,
    kEnd
  };

  Step take(char c);  // one byte of what is not data
  Step take_size(char c);
  Step take_trailer(char c);
  Step end_size();

  State state_ = State::kSize;
  std::uint8_t digits_ = 0;
  std::size_t left_;          // how much more the body may grow
  std::size_t overhead_ = 0;  // bytes of extensions and trailers so far
  std::uint64_t size_ = 0;    // of the present chunk; then what is missing of it
};

}  // namespace net

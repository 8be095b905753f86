#include "net/chunked.h"

#include <algorithm>

#include "base/limits.h"

namespace net {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7F; }

}  // namespace

ChunkDecoder::Step ChunkDecoder::decode(std::string_view bytes, std::size_t& used, std::string& body) {
  std::size_t at = 0;
  Step step = Step::kMore;
  while (at < bytes.size() && step == Step::kMore) {
    if (state_ == State::kData) {
      const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(size_, bytes.size() - at));
      body.append(bytes.substr(at, count));
      at += count;
      size_ -= count;
      if (size_ == 0) state_ = State::kDataEnd;
    } else {
      step = take(bytes[at++]);
    }
  }
  used = at;
  return step;
}

ChunkDecoder::Step ChunkDecoder::take(char c) {
  switch (state_) {
    case State::kSize:
      return take_size(c);
    case State::kExtension:
      if (c == '\r') {
        state_ = State::kSizeEnd;
        return Step::kMore;
      }
      return is_control(c) || ++overhead_ > base::limits::kHeaderBytesMax ? Step::kBad : Step::kMore;
    case State::kSizeEnd:
      return c == '\n' ? end_size() : Step::kBad;
    case State::kDataEnd:
      state_ = State::kDataLineFeed;
      return c == '\r' ? Step::kMore : Step::kBad;
    case State::kDataLineFeed:
      state_ = State::kSize;
      digits_ = 0;
      return c == '\n' ? Step::kMore : Step::kBad;
    case State::kTrailer:
    case State::kTrailerLine:
      return take_trailer(c);
    case State::kTrailerEnd:
      state_ = State::kTrailer;
      return c == '\n' ? Step::kMore : Step::kBad;
    case State::kEnd:
      return c == '\n' ? Step::kWhole : Step::kBad;
    case State::kData:
      break;
  }
  return Step::kBad;
}

ChunkDecoder::Step ChunkDecoder::take_size(char c) {
  if (const int digit = hex_digit(c); digit >= 0) {
    if (++digits_ > 15) return Step::kBad;  // 15 digits cannot overflow, and no honest sender has more
    size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
    return Step::kMore;
  }
  if (digits_ == 0) return Step::kBad;
  if (c == '\r')
    state_ = State::kSizeEnd;
  else if (c == ';')
    state_ = State::kExtension;
  else
    return Step::kBad;
  return Step::kMore;
}

ChunkDecoder::Step ChunkDecoder::end_size() {
  if (size_ == 0) {
    state_ = State::kTrailer;
    return Step::kMore;
  }
  if (size_ > left_) return Step::kTooLarge;
  left_ -= static_cast<std::size_t>(size_);
  state_ = State::kData;
  return Step::kMore;
}

ChunkDecoder::Step ChunkDecoder::take_trailer(char c) {
  if (c == '\r') {
    state_ = state_ == State::kTrailer ? State::kEnd : State::kTrailerEnd;
    return Step::kMore;
  }
  if (state_ == State::kTrailer && (c == ' ' || c == '\t' || c == ':')) return Step::kBad;  // folded, or without a name
  state_ = State::kTrailerLine;
  return is_control(c) || ++overhead_ > base::limits::kHeaderBytesMax ? Step::kBad : Step::kMore;
}

}  // namespace net

// Makes one response of the bytes that a server sends to a GET, as strictly as the server reads requests. Interim
// responses (1xx) are left out. Knows no socket. The caller shows again what read() did not use; end() tells that no
// more comes. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/chunked.h"
#include "net/head_scanner.h"
#include "net/message.h"

namespace net {

class ResponseReader {
 public:
  enum class Step : std::uint8_t { kMore, kWhole, kBad, kTooLarge };

  explicit ResponseReader(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  Step read(std::string_view bytes, std::size_t& used);
  [[nodiscard]] Step end() const;  // kWhole where the body was to end with the connection
  [[nodiscard]] Response& response() { return response_; }

 private:
  enum class State : std::uint8_t { kHead, kSized, kChunked, kToEnd };

  Step read_head(std::string_view bytes, std::size_t& used);
  Step read_body(std::string_view bytes, std::size_t& used);

  std::size_t body_bytes_max_;
  State state_ = State::kHead;
  HeadScanner scanner_{HeadScanner::Kind::kResponse};
  std::optional<ChunkDecoder> chunks_;
  std::uint64_t left_ = 0;
  Response response_;
};

}  // namespace net

// Makes one response of the bytes that a server sends, as strictly as the server reads requests. Interim responses
// (1xx) are left out. Knows no socket. The caller shows again what read() did not use; end() tells that no more comes.
// One thread.
//
// Who wants to know where the body goes before it comes asks to be stopped at the head: read() then says kHead once,
// and goes on after take_body(). What response().body holds may be taken away between two calls.

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
  enum class Step : std::uint8_t { kMore, kHead, kWhole, kBad, kTooLarge };

  struct Options {
    std::size_t body_bytes_max = 0;
    bool without_body = false;  // the answer to HEAD, or of a proxy that opens a tunnel
    bool stop_at_head = false;
  };
  explicit ResponseReader(std::size_t body_bytes_max) : ResponseReader(Options{.body_bytes_max = body_bytes_max}) {}
  explicit ResponseReader(const Options& options) : options_(options) {}

  Step read(std::string_view bytes, std::size_t& used);
  // After kHead. kWhole where there is no body, kTooLarge where it says that it is longer than `bytes_max`.
  Step take_body(std::size_t bytes_max);
  [[nodiscard]] Step end() const;  // kWhole where the body was to end with the connection
  [[nodiscard]] Response& response() { return response_; }
  [[nodiscard]] const Response& response() const { return response_; }

  [[nodiscard]] bool head_whole() const { return state_ != State::kHead; }  // of the answer, not of an interim one
  [[nodiscard]] bool any_interim() const { return any_interim_; }           // "100 Continue", most likely
  // After kWhole: whether the server goes on with another request on the same connection.
  [[nodiscard]] bool keeps_alive() const { return keeps_alive_ && state_ != State::kToEnd; }

 private:
  enum class State : std::uint8_t { kHead, kStopped, kSized, kChunked, kToEnd };
  enum class Framing : std::uint8_t { kSized, kChunked, kToEnd };

  Step read_head(std::string_view bytes, std::size_t& used);
  Step read_body(std::string_view bytes, std::size_t& used);

  Options options_;
  State state_ = State::kHead;
  Framing framing_ = Framing::kSized;
  HeadScanner scanner_{HeadScanner::Kind::kResponse};
  std::optional<ChunkDecoder> chunks_;
  std::uint64_t left_ = 0;
  std::uint64_t room_ = 0;  // of a body without a length
  bool any_interim_ = false;
  bool keeps_alive_ = false;
  Response response_;
};

}  // namespace net

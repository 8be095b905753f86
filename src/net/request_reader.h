// Makes requests of the bytes of one connection: framing, limits and every check that HTTP/1.1 (RFC 9112, RFC 9110)
// asks of a server before a request may be believed. Knows no socket and no time, so that tests and the fuzzer drive it
// with bytes alone.
//
// The caller keeps what read() did not use and shows it again with more behind it; a body is taken as it comes.
// After kRefused the reader is at its end: the connection answers and closes. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/chunked.h"
#include "net/head_scanner.h"
#include "net/message.h"
#include "net/target.h"

namespace net {

class RequestReader {
 public:
  enum class Step : std::uint8_t {
    kMore,      // all was used that can be
    kContinue,  // the head asks for "100 Continue" before its body is sent; read on afterwards
    kRequest,   // take() it
    kRefused,   // see refusal()
  };

  explicit RequestReader(std::span<const std::string> hosts) : hosts_(hosts) {}

  Step read(std::string_view bytes, std::size_t& used);

  Request take();
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }
  [[nodiscard]] const Request& partial() const { return request_; }  // what was understood so far

  [[nodiscard]] bool in_body() const { return state_ == State::kBody; }
  // Of the request that take() gave last, or that is being read.
  [[nodiscard]] bool is_http_11() const { return http_11_; }
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }

 private:
  enum class State : std::uint8_t { kHead, kBody, kWhole, kRefused };

  Step read_head(std::string_view bytes, std::size_t& used);
  Step read_body(std::string_view bytes, std::size_t& used);
  Step refuse(int status, std::string_view reason);
  bool parse_head(std::string_view head);  // false: refused
  bool check_target(std::string_view method, std::string_view target);
  bool check_host(std::string_view authority);
  bool check_framing();
  bool check_expectation();

  std::span<const std::string> hosts_;
  State state_ = State::kHead;
  bool http_11_ = true;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
  HeadScanner scanner_{HeadScanner::Kind::kRequest};
  std::optional<ChunkDecoder> chunks_;
  std::uint64_t body_left_ = 0;
  Request request_;
  Refusal refusal_;
};

}  // namespace net

#include "net/request_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>

#include "base/limits.h"
#include "base/text.h"

namespace net {

namespace {

namespace http = boost::beast::http;
namespace limits = base::limits;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Beast's parser for the head alone (skip(true)); the body's framing is ours, because basic_parser 1.81 asserts on a
// last chunk that comes in pieces ("0\r\n", then "\r"), which would let anyone stop the process.
class HeadParser final : public http::basic_parser<true> {
 public:
  explicit HeadParser(Headers& headers) : headers_(headers) {
    header_limit(static_cast<std::uint32_t>(
        2 * (limits::kHeaderBytesMax + limits::kTargetBytesMax)));  // the scanner has the limits
    skip(true);
  }

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(http::verb /*method*/, Text /*method*/, Text /*target*/, int /*version*/,
                       Error& error) override {
    error = {};
  }
  void on_response_impl(int /*code*/, Text /*reason*/, int /*version*/, Error& error) override { error = {}; }
  void on_field_impl(http::field /*name*/, Text name, Text value, Error& error) override {
    error = {};
    headers_.add(std::string(view(name)), std::string(view(value)));
  }
  void on_header_impl(Error& error) override { error = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, Error& error) override { error = {}; }
  std::size_t on_body_impl(Text /*body*/, Error& error) override {
    error = {};
    return 0;
  }
  void on_chunk_header_impl(std::uint64_t /*size*/, Text /*extensions*/, Error& error) override { error = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t /*left*/, Text /*body*/, Error& error) override {
    error = {};
    return 0;
  }
  void on_finish_impl(Error& error) override { error = {}; }

  Headers& headers_;
};

std::string_view explain(const boost::beast::error_code& error) {
  if (error == http::error::bad_method) return "The request line must begin with a method.";
  if (error == http::error::bad_field) return "A header field's name is not valid.";
  if (error == http::error::bad_content_length)
    return "Content-Length is not valid, or stands beside Transfer-Encoding.";
  if (error == http::error::multiple_content_length) return "Content-Length is given twice with different values.";
  if (error == http::error::bad_transfer_encoding) return "Transfer-Encoding is given twice, or beside Content-Length.";
  return "The request is not valid HTTP/1.1.";
}

}  // namespace

RequestReader::Step RequestReader::refuse(int status, std::string_view reason) {
  refusal_ = {status, reason};
  state_ = State::kRefused;
  return Step::kRefused;
}

Request RequestReader::take() {
  state_ = State::kHead;
  scanner_ = HeadScanner(HeadScanner::Kind::kRequest);
  chunks_.reset();
  return std::exchange(request_, Request());
}

RequestReader::Step RequestReader::read(std::string_view bytes, std::size_t& used) {
  used = 0;
  switch (state_) {
    case State::kHead:
      return read_head(bytes, used);
    case State::kBody:
      return read_body(bytes, used);
    case State::kWhole:
      return Step::kRequest;
    case State::kRefused:
      break;
  }
  return Step::kRefused;
}

RequestReader::Step RequestReader::read_head(std::string_view bytes, std::size_t& used) {
  switch (scanner_.scan(bytes)) {
    case HeadScanner::Step::kMore:
      return Step::kMore;
    case HeadScanner::Step::kRefused:
      return refuse(scanner_.refusal().status, scanner_.refusal().reason);
    case HeadScanner::Step::kWhole:
      break;
  }
  used = scanner_.size();
  request_.method = scanner_.method(bytes);
  http_11_ = bytes[scanner_.skipped() + scanner_.method(bytes).size() + scanner_.target(bytes).size() + 9] == '1';
  if (!parse_head(bytes.substr(scanner_.skipped(), used - scanner_.skipped())) ||
      !check_target(scanner_.method(bytes), scanner_.target(bytes)) || !check_framing() || !check_expectation()) {
    return Step::kRefused;
  }
  if (!chunks_ && body_left_ == 0) {
    state_ = State::kWhole;
    return Step::kRequest;
  }
  state_ = State::kBody;
  if (expects_continue_ && used == bytes.size()) return Step::kContinue;  // who sends on needs no leave
  std::size_t more = 0;
  const Step step = read_body(bytes.substr(used), more);
  used += more;
  return step;
}

RequestReader::Step RequestReader::read_body(std::string_view bytes, std::size_t& used) {
  if (!chunks_) {
    used = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size()));
    request_.body.append(bytes.substr(0, used));
    body_left_ -= used;
    if (body_left_ > 0) return Step::kMore;
  } else {
    switch (chunks_->decode(bytes, used, request_.body)) {
      case ChunkDecoder::Step::kMore:
        return Step::kMore;
      case ChunkDecoder::Step::kBad:
        return refuse(400, "The chunked body is not valid.");
      case ChunkDecoder::Step::kTooLarge:
        return refuse(413, "The body is longer than 1048576 bytes.");
      case ChunkDecoder::Step::kWhole:
        break;
    }
  }
  state_ = State::kWhole;
  return Step::kRequest;
}

bool RequestReader::parse_head(std::string_view head) {
  HeadParser parser(request_.headers);
  boost::beast::error_code error;
  const std::size_t taken = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error || taken != head.size() || !parser.is_header_done()) {
    refuse(400, explain(error));
    return false;
  }
  keep_alive_ = http_11_ && parser.keep_alive();  // HTTP/1.0 gets one answer and a closed connection
  return true;
}

bool RequestReader::check_target(std::string_view method, std::string_view target) {
  const tl::expected<Target, Refusal> parsed = parse_target(method, target);
  if (!parsed) {
    refuse(parsed.error().status, parsed.error().reason);
    return false;
  }
  request_.path = parsed->path;
  request_.query = parsed->query;
  return check_host(parsed->authority);
}

bool RequestReader::check_host(std::string_view authority) {
  const std::size_t count = request_.headers.count("Host");
  if (count > 1 || (count == 0 && http_11_)) {
    refuse(400, count == 0 ? "The Host field is missing." : "The Host field is given more than once.");
    return false;
  }
  const std::optional<std::string_view> field = request_.headers.get("Host");
  if (field && !is_authority(*field)) {
    refuse(400, "The Host field is not a host name or address with an optional port.");
    return false;
  }
  const std::string_view host = !authority.empty() ? authority : field.value_or(std::string_view());
  if (!host.empty() && !is_allowed_host(host, hosts_)) {
    refuse(400, "This server does not answer for that host.");
    return false;
  }
  if (!authority.empty())
    request_.headers.set("Host", std::string(authority));  // it goes before the field (RFC 9112 section 3.2.2)
  return true;
}

bool RequestReader::check_framing() {
  body_left_ = 0;
  const std::size_t encodings = request_.headers.count("Transfer-Encoding");
  const std::size_t lengths = request_.headers.count("Content-Length");
  if (encodings > 0) {
    if (!http_11_) return refuse(400, "HTTP/1.0 has no Transfer-Encoding."), false;
    if (lengths > 0) return refuse(400, "Content-Length and Transfer-Encoding must not stand together."), false;
    if (encodings > 1) return refuse(400, "Transfer-Encoding is given more than once."), false;
    if (!base::equal_ignoring_case(*request_.headers.get("Transfer-Encoding"), "chunked")) {
      return refuse(501, "The only Transfer-Encoding understood is chunked."), false;
    }
    chunks_.emplace(limits::kBodyBytesMax);
    return true;
  }
  if (lengths == 0) return true;
  if (lengths > 1) return refuse(400, "Content-Length is given more than once."), false;
  const std::string_view text = *request_.headers.get("Content-Length");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), body_left_);
  if (error != std::errc() || end != text.data() + text.size())
    return refuse(400, "Content-Length is not a number."), false;
  if (body_left_ > limits::kBodyBytesMax) return refuse(413, "The body is longer than 1048576 bytes."), false;
  return true;
}

bool RequestReader::check_expectation() {
  expects_continue_ = false;
  if (!http_11_) return true;  // RFC 9110 section 10.1.1: ignored from HTTP/1.0
  const std::optional<std::string_view> expect = request_.headers.get("Expect");
  if (!expect) return true;
  if (!base::equal_ignoring_case(*expect, "100-continue") || request_.headers.count("Expect") > 1) {
    return refuse(417, "The only expectation understood is 100-continue."), false;
  }
  expects_continue_ = true;
  return true;
}

}  // namespace net

#include "net/response_reader.h"

#include <algorithm>

#include <boost/beast/http/basic_parser.hpp>

#include "base/limits.h"
#include "base/text.h"

namespace net {

namespace {

namespace http = boost::beast::http;

// The head alone, as in request_reader.cc and for the same reason.
class HeadParser final : public http::basic_parser<false> {
 public:
  explicit HeadParser(Response& response) : response_(response) {
    header_limit(static_cast<std::uint32_t>(2 * (base::limits::kHeaderBytesMax + base::limits::kTargetBytesMax)));
    skip(true);
  }

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(http::verb /*method*/, Text /*name*/, Text /*target*/, int /*version*/, Error& error) override {
    error = {};
  }
  void on_response_impl(int code, Text /*reason*/, int /*version*/, Error& error) override {
    error = {};
    response_.status = code;
  }
  void on_field_impl(http::field /*name*/, Text name, Text value, Error& error) override {
    error = {};
    response_.headers.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
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

  Response& response_;
};

}  // namespace

ResponseReader::Step ResponseReader::read(std::string_view bytes, std::size_t& used) {
  used = 0;
  while (state_ == State::kHead) {  // once for each interim response
    std::size_t taken = 0;
    const Step step = read_head(bytes.substr(used), taken);
    used += taken;
    if (step != Step::kMore || taken == 0) return step;
  }
  std::size_t taken = 0;
  const Step step = read_body(bytes.substr(used), taken);
  used += taken;
  return step;
}

// kMore with something taken: the head was whole.
ResponseReader::Step ResponseReader::read_head(std::string_view bytes, std::size_t& used) {
  switch (scanner_.scan(bytes)) {
    case HeadScanner::Step::kMore:
      return Step::kMore;
    case HeadScanner::Step::kRefused:
      return Step::kBad;
    case HeadScanner::Step::kWhole:
      break;
  }
  used = scanner_.size();
  scanner_ = HeadScanner(HeadScanner::Kind::kResponse);
  response_ = Response();
  HeadParser parser(response_);
  boost::beast::error_code error;
  const std::size_t taken = parser.put(boost::asio::const_buffer(bytes.data(), used), error);
  if (error || taken != used || response_.status < 100) return Step::kBad;
  if (response_.status == 101) return Step::kBad;  // nothing was asked to change
  if (response_.status < 200) {
    any_interim_ = true;
    return Step::kMore;
  }
  keeps_alive_ = parser.keep_alive();
  const bool bodiless = options_.without_body || response_.status == 204 || response_.status == 304;
  if (const std::size_t encodings = response_.headers.count("Transfer-Encoding"); encodings > 0 && !bodiless) {
    const bool chunked = base::equal_ignoring_case(*response_.headers.get("Transfer-Encoding"), "chunked");
    if (encodings > 1 || !chunked) return Step::kBad;
    framing_ = Framing::kChunked;
  } else if (const boost::optional<std::uint64_t> length = parser.content_length(); length || bodiless) {
    left_ = bodiless ? 0 : *length;
  } else {
    framing_ = Framing::kToEnd;
  }
  state_ = State::kStopped;
  return options_.stop_at_head ? Step::kHead : take_body(options_.body_bytes_max);
}

ResponseReader::Step ResponseReader::take_body(std::size_t bytes_max) {
  switch (framing_) {
    case Framing::kSized:
      state_ = State::kSized;
      if (left_ > bytes_max) return Step::kTooLarge;
      return left_ == 0 ? Step::kWhole : Step::kMore;
    case Framing::kChunked:
      state_ = State::kChunked;
      chunks_.emplace(bytes_max);
      break;
    case Framing::kToEnd:
      state_ = State::kToEnd;
      room_ = bytes_max;
      break;
  }
  return Step::kMore;
}

ResponseReader::Step ResponseReader::read_body(std::string_view bytes, std::size_t& used) {
  switch (state_) {
    case State::kChunked:
      switch (chunks_->decode(bytes, used, response_.body)) {
        case ChunkDecoder::Step::kMore:
          return Step::kMore;
        case ChunkDecoder::Step::kWhole:
          return Step::kWhole;
        case ChunkDecoder::Step::kBad:
          return Step::kBad;
        case ChunkDecoder::Step::kTooLarge:
          return Step::kTooLarge;
      }
      return Step::kBad;
    case State::kSized:
      used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      response_.body.append(bytes.substr(0, used));
      left_ -= used;
      return left_ == 0 ? Step::kWhole : Step::kMore;
    case State::kToEnd:
      used = bytes.size();
      if (used > room_) return Step::kTooLarge;
      room_ -= used;
      response_.body.append(bytes);
      return Step::kMore;
    case State::kHead:
    case State::kStopped:
      break;
  }
  return Step::kBad;
}

ResponseReader::Step ResponseReader::end() const { return state_ == State::kToEnd ? Step::kWhole : Step::kBad; }

}  // namespace net

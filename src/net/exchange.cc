#include "net/exchange.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "net/response_reader.h"

namespace net {

namespace {

using base::Code;
using Step = ResponseReader::Step;

// How long a server is given to say that it wants the body, before it is sent all the same (RFC 9110 section 10.1.1).
constexpr std::chrono::milliseconds kContinuePatience{1000};
constexpr std::size_t kTogetherBytesMax = 16 * 1024;  // a body that goes out with its head, in one piece

bool has_body(const HttpRequest& request) { return request.source != nullptr || !request.body.empty(); }

// The body, piece by piece as it goes over the wire.
class BodyFeed {
 public:
  explicit BodyFeed(const HttpRequest& request) : source_(request.source), text_(request.body) {
    if (source_ != nullptr) left_ = source_->size();
  }

  // Empty: that was all.
  base::Result<std::string_view> next() {
    if (source_ == nullptr) return std::exchange(text_, {});
    return left_ ? next_of_known_length() : next_chunk();
  }

 private:
  static constexpr std::size_t kSizeBytes = 10;  // "12345678\r\n"

  base::Result<std::string_view> next_of_known_length() {
    if (*left_ == 0) return std::string_view();
    make_room();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(*left_, ClientSocket::kRoomBytes));
    const std::size_t got = TRY(source_->read(room_.get(), wanted));
    if (got == 0 || got > wanted)
      return base::fail(Code::kInvalid, fmt::format("The body ends {} bytes before the length that it said.", *left_));
    *left_ -= got;
    return std::string_view(room_.get(), got);
  }

  base::Result<std::string_view> next_chunk() {
    if (ended_) return std::string_view();
    make_room();
    const std::size_t got = TRY(source_->read(room_.get() + kSizeBytes, ClientSocket::kRoomBytes));
    ended_ = got == 0;
    const std::string size = fmt::format("{:08x}\r\n", got);
    if (ended_) return std::string_view("0\r\n\r\n");
    std::copy(size.begin(), size.end(), room_.get());
    room_[kSizeBytes + got] = '\r';
    room_[kSizeBytes + got + 1] = '\n';
    return std::string_view(room_.get(), kSizeBytes + got + 2);
  }

  void make_room() {
    if (!room_) room_ = std::make_unique_for_overwrite<char[]>(kSizeBytes + ClientSocket::kRoomBytes + 2);
  }

  BodySource* source_;
  std::string_view text_;
  std::optional<std::uint64_t> left_;
  bool ended_ = false;
  std::unique_ptr<char[]> room_;
};

class Exchange {
 public:
  Exchange(ClientSocket& socket, const HttpRequest& request)
      : socket_(socket),
        request_(request),
        body_(request),
        reader_({.body_bytes_max = request.body_bytes_max,
                 .without_body = request.method == "HEAD",
                 .stop_at_head = true}) {}

  Exchanged run(std::string head) {
    send(std::move(head));
    while (!over()) receive(socket_.read());
    Exchanged result;
    result.answer_began = answer_began_;
    result.keeps_alive = trouble_ == Trouble::kNone && sent_ && reader_.keeps_alive() && unread_.empty();
    result.outcome.trouble = trouble_;
    result.outcome.error = std::move(error_);
    result.outcome.response = std::move(reader_.response());
    return result;
  }

 private:
  [[nodiscard]] bool over() const { return trouble_ != Trouble::kNone || step_ == Step::kWhole; }
  // Whether it is of no use to send more.
  [[nodiscard]] bool heard_enough() const {
    return over() || (reader_.head_whole() && reader_.response().status >= 300);
  }

  void send(std::string head);
  bool send_piece(std::string_view piece);
  void await_continue();
  void look_for_answer(base::Deadline until, short events);
  void receive(const base::Result<Transport::Moved>& moved);
  void receive_bytes(std::string_view bytes);
  void receive_end(bool reset);
  void take_head();
  void drain();
  void fail(Trouble trouble, base::Error error);
  void fail_waiting(base::Error error, Trouble otherwise);

  ClientSocket& socket_;
  const HttpRequest& request_;
  BodyFeed body_;
  ResponseReader reader_;
  Step step_ = Step::kMore;
  std::string unread_;  // of a head that is not whole, or what nobody asked for
  BodySink* sink_ = nullptr;
  bool sent_ = false;       // all of the request
  bool send_lost_ = false;  // the connection did not take it; an answer may say why
  bool answer_began_ = false;
  Trouble trouble_ = Trouble::kNone;
  std::optional<base::Error> error_;
};

void Exchange::fail(Trouble trouble, base::Error error) {
  if (trouble_ != Trouble::kNone) return;
  trouble_ = trouble;
  error_ = std::move(error);
}

// A wait that failed: because time is up, because of a cancellation, or for a reason of its own.
void Exchange::fail_waiting(base::Error error, Trouble otherwise) {
  switch (socket_.interruption()) {
    case ClientSocket::Interruption::kDeadline:
      return fail(Trouble::kDeadline, std::move(error));
    case ClientSocket::Interruption::kCancelled:
      return fail(Trouble::kCancelled, std::move(error));
    case ClientSocket::Interruption::kNone:
      return fail(otherwise, std::move(error));
  }
}

void Exchange::send(std::string head) {
  const bool expects = request_.expect_continue && has_body(request_);
  bool more = true;
  if (!expects && request_.source == nullptr && request_.body.size() <= kTogetherBytesMax) {
    head += request_.body;
    more = false;
  }
  if (!send_piece(head)) return;
  if (expects) await_continue();
  while (more && !heard_enough()) {
    base::Result<std::string_view> piece = body_.next();
    if (!piece) return fail(Trouble::kSink, std::move(piece).error());
    if (piece->empty()) break;
    if (!send_piece(*piece)) return;
    look_for_answer(base::Deadline::after(std::chrono::milliseconds(0)), 0);
  }
  sent_ = !heard_enough() || !more;
}

// False: no more can be sent, or need be.
bool Exchange::send_piece(std::string_view piece) {
  while (!piece.empty()) {
    const Transport::Moved moved = socket_.write_some(piece);
    switch (moved.outcome) {
      case Transport::Outcome::kDone:
        piece.remove_prefix(moved.bytes);
        break;
      case Transport::Outcome::kWantWrite:
        look_for_answer(base::Deadline::never(), POLLOUT);
        break;
      case Transport::Outcome::kWantRead:
        look_for_answer(base::Deadline::never(), 0);
        break;
      default:
        send_lost_ = true;
        return false;
    }
    if (heard_enough()) return false;
  }
  return true;
}

void Exchange::await_continue() {
  const base::Deadline until = base::Deadline::after(kContinuePatience);
  while (!until.passed() && !reader_.any_interim() && !reader_.head_whole() && !over()) look_for_answer(until, 0);
}

// Waits for the server to speak, or for one of `events`; takes in what it says.
void Exchange::look_for_answer(base::Deadline until, short events) {
  base::Result<short> ready = socket_.wait(static_cast<short>(events | POLLIN), until);
  if (!ready) return fail_waiting(std::move(ready).error(), Trouble::kSend);
  if ((*ready & ~POLLOUT) == 0 && !socket_.has_buffered()) return;
  const Transport::Moved moved = socket_.read_some();
  if (moved.outcome == Transport::Outcome::kDone) return receive(moved);
  // The end of what the server says is not yet the end of what it hears; whether it is, the next write will tell.
  if (moved.outcome == Transport::Outcome::kEnd || moved.outcome == Transport::Outcome::kFailed) {
    send_lost_ = true;
    receive(moved);
  }
}

void Exchange::receive(const base::Result<Transport::Moved>& moved) {
  if (!moved) return fail_waiting(moved.error(), reader_.head_whole() ? Trouble::kCut : Trouble::kNoAnswer);
  if (moved->outcome != Transport::Outcome::kDone) return receive_end(moved->outcome == Transport::Outcome::kFailed);
  answer_began_ = true;
  const std::string_view bytes = socket_.received(moved->bytes);
  if (unread_.empty()) return receive_bytes(bytes);
  std::string together = std::exchange(unread_, {});
  together += bytes;
  receive_bytes(together);
}

void Exchange::receive_bytes(std::string_view bytes) {
  while (true) {
    std::size_t used = 0;
    step_ = reader_.read(bytes, used);
    bytes.remove_prefix(used);
    if (step_ == Step::kHead) take_head();
    if (trouble_ == Trouble::kNone) drain();
    if (step_ != Step::kMore || used == 0 || bytes.empty()) break;
  }
  unread_ = bytes;
  if (step_ == Step::kTooLarge) {
    fail(Trouble::kProtocol, socket_.error(Code::kUnavailable, fmt::format("the answer is longer than {} bytes.",
                                                                           request_.body_bytes_max)));
  } else if (step_ == Step::kBad) {
    fail(Trouble::kProtocol, socket_.error(Code::kUnavailable, "the answer is not HTTP/1.1."));
  }
}

void Exchange::take_head() {
  if (request_.sink) sink_ = request_.sink(reader_.response().status, reader_.response().headers);
  step_ = reader_.take_body(sink_ != nullptr ? std::numeric_limits<std::size_t>::max() : request_.body_bytes_max);
}

void Exchange::drain() {
  std::string& body = reader_.response().body;
  if (sink_ == nullptr || body.empty()) return;
  base::Result<void> written = sink_->write(body);
  body.clear();
  if (!written) fail(Trouble::kSink, std::move(written).error());
}

void Exchange::receive_end(bool reset) {
  const bool began = reader_.head_whole() || !unread_.empty();
  if (!reset && !socket_.ended_badly()) {
    step_ = reader_.end();
    if (step_ == Step::kWhole) return;
  }
  if (began) {
    fail(Trouble::kCut, socket_.error(Code::kUnavailable, reset ? "the connection was reset within the answer."
                                                                : "the connection was closed within the answer."));
  } else if (send_lost_) {
    fail(Trouble::kSend, socket_.error(Code::kUnavailable, "the connection was closed before the request was sent."));
  } else {
    fail(Trouble::kNoAnswer, socket_.error(Code::kUnavailable, reset ? "the connection was reset."
                                                                     : "the connection was closed without an answer."));
  }
}

}  // namespace

std::string request_head(const HttpRequest& request, const Url& url, std::string_view target, std::string_view more) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\n", request.method, target);
  const auto out = std::back_inserter(text);
  if (!request.headers.get("Host")) fmt::format_to(out, "Host: {}\r\n", url.authority);
  for (const Header& header : request.headers.all()) fmt::format_to(out, "{}: {}\r\n", header.name, header.value);
  if (!request.headers.get("User-Agent")) text += "User-Agent: stewardry\r\n";
  const std::optional<std::uint64_t> size =
      request.source != nullptr ? request.source->size() : std::optional<std::uint64_t>(request.body.size());
  const bool always = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (!size)
    text += "Transfer-Encoding: chunked\r\n";
  else if (*size > 0 || always)
    fmt::format_to(out, "Content-Length: {}\r\n", *size);
  if (request.expect_continue && has_body(request)) text += "Expect: 100-continue\r\n";
  text += more;
  return text += "\r\n";
}

Exchanged exchange(ClientSocket& socket, const HttpRequest& request, std::string head) {
  return Exchange(socket, request).run(std::move(head));
}

}  // namespace net

#include "net/connection.h"

#include <utility>

#include <sys/socket.h>

#include "base/limits.h"
#include "net/event_loop.h"

namespace net {

Connection::Connection(EventLoop& loop, Socket socket, std::string peer, std::size_t place)
    : loop_(loop),
      state_(loop.state()),
      socket_(std::move(socket)),
      transport_(socket_.native_handle()),
      peer_(std::move(peer)),
      place_(place),
      reader_(state_.options.hosts) {}

Connection::~Connection() = default;

void Connection::start() {
  if (state_.tls) {
    transport_.start_tls_server(*state_.tls);
    phase_ = Phase::kHandshake;
    read_deadline_ = std::chrono::steady_clock::now() + state_.options.header_timeout;
  } else {
    set_deadlines();
  }
  wait_read();
}

bool Connection::may_parse() const {
  return phase_ == Phase::kOpen && !input_over_ && !waits_to_write_ && pending_.size() < base::limits::kPipelinedMax &&
         inline_left_ > 0 && out_.size() - sent_ < kUnsentBytesMax;
}

void Connection::advance(bool read_now) {
  if (phase_ == Phase::kEnded || in_turn_) return;
  const std::shared_ptr<Connection> self = shared_from_this();  // end() drops the loop's share
  if (phase_ == Phase::kLingering) return discard();
  in_turn_ = true;
  cut_short_ = false;
  inline_left_ = kInlinePerTurn;
  if (out_.empty()) out_.swap(loop_.write_buffer());
  if (phase_ == Phase::kOpen || shake_hands()) {
    read_and_parse(read_now);
    if (phase_ == Phase::kOpen) count_body();
    if (phase_ == Phase::kOpen) write();
  }
  in_turn_ = false;
  settle();
}

bool Connection::shake_hands() {
  switch (transport_.handshake()) {
    case Transport::Outcome::kDone:
      phase_ = Phase::kOpen;
      return true;
    case Transport::Outcome::kWantRead:
      wait_read();
      return false;
    case Transport::Outcome::kWantWrite:
      wait_write();
      return false;
    case Transport::Outcome::kPlainText:
      phase_ = Phase::kOpen;
      refuse_and_close(400, "This port speaks HTTPS. Use https:// in the URL.");
      return true;
    case Transport::Outcome::kEnd:
    case Transport::Outcome::kFailed:
      break;
  }
  end();
  return false;
}

void Connection::read_and_parse(bool read_now) {
  parse_kept();
  // While a wait is armed there is nothing to read: this turn came from the pool or from a stream.
  if (waits_to_read_ && !read_now) return;
  for (int reads = 0; may_read(); ++reads) {
    if (reads == kReadsPerTurn) {
      cut_short_ = true;
      return;
    }
    if (!read_once()) return;
  }
}

bool Connection::read_once() {
  const std::span<char> buffer = loop_.read_buffer();
  const Transport::Moved moved = transport_.read(buffer);
  switch (moved.outcome) {
    case Transport::Outcome::kDone:
      break;
    case Transport::Outcome::kWantRead:
      return false;
    case Transport::Outcome::kWantWrite:
      wait_write();
      return false;
    case Transport::Outcome::kEnd:
      eof_ = true;
      return false;
    default:
      end();
      return false;
  }
  state_.metrics.bytes_in.add(moved.bytes);
  const std::string_view bytes(buffer.data(), moved.bytes);
  if (!stream_) {  // while events are streamed, what comes is dropped: its answer could never be sent
    if (in_.empty()) {
      in_.assign(parse(bytes));
    } else {
      in_.append(bytes);
      parse_kept();
    }
  }
  return transport_.is_tls() || moved.bytes == buffer.size();
}

void Connection::parse_kept() {
  if (in_.empty() || !may_parse()) return;
  const std::string kept = std::exchange(in_, std::string());
  in_.assign(parse(kept));
}

std::string_view Connection::parse(std::string_view bytes) {
  needs_more_ = false;
  while (!bytes.empty() && may_parse()) {
    std::size_t used = 0;
    const RequestReader::Step step = reader_.read(bytes, used);
    bytes.remove_prefix(used);
    switch (step) {
      case RequestReader::Step::kMore:
        needs_more_ = true;
        return bytes;
      case RequestReader::Step::kContinue:
        owe_continue();
        break;
      case RequestReader::Step::kRequest:
        accept_request();
        break;
      case RequestReader::Step::kRefused:
        refuse_and_close(reader_.refusal().status, reader_.refusal().reason);
        return {};
    }
  }
  return input_over_ ? std::string_view() : bytes;
}

// The client waits with its body for our leave. It gets it in its turn, and only where the request could be taken in.
void Connection::owe_continue() {
  if (!state_.pool.has_room()) return refuse_and_close(503, "The server is busy. Try again later.");
  wants_continue_ = true;
}

void Connection::accept_request() {
  ResponseFraming framing;
  framing.http_11 = reader_.is_http_11();
  Request request = reader_.take();
  framing.head = request.method == "HEAD";
  if (!reader_.keep_alive() || loop_.draining()) input_over_ = true;
  request.peer = peer_;
  request.tls = transport_.is_tls();
  request.deadline = base::Deadline::at(std::chrono::steady_clock::now() + state_.options.request_timeout);
  wants_continue_ = false;
  ++accepted_;
  --inline_left_;
  submit(std::move(request), framing);
}

void Connection::refuse_and_close(int status, std::string_view reason) {
  input_over_ = true;
  in_ = std::string();
  wants_continue_ = false;
  Slot slot;
  slot.ready = true;
  slot.framing.head = reader_.partial().method == "HEAD";
  slot.response = state_.refuse(status, reason, reader_.partial());
  pending_.push_back(std::move(slot));
  advance();
}

void Connection::settle() {
  if (out_.size() == sent_) {
    out_.clear();
    sent_ = 0;
    out_.swap(loop_.write_buffer());
    if (loop_.write_buffer().capacity() > kUnsentBytesMax * 4) loop_.write_buffer() = std::string();
    if (out_.capacity() > 0) out_ = std::string();
  }
  if (phase_ != Phase::kOpen) return;
  if (in_.empty()) in_ = std::string();
  if (eof_ && stream_) return end();
  if (is_answered()) {
    if (input_over_) return linger();
    if (eof_) return end();
  }
  inline_left_ = kInlinePerTurn;
  const bool can_parse = !in_.empty() && !needs_more_ && may_parse();
  if (can_parse || (may_read() && (cut_short_ || transport_.has_buffered()))) {
    resume_later();
  } else if (may_read()) {
    wait_read();
  }
  set_deadlines();
}

// Each body is within its limit, but thousands that trickle in at once need one in common.
void Connection::count_body() {
  const std::size_t bytes = reader_.in_body() && !input_over_ ? reader_.partial().body.size() : 0;
  if (bytes == body_bytes_) return;
  const std::size_t all =
      state_.body_bytes.fetch_add(bytes - body_bytes_) + (bytes - body_bytes_);  // wraps, as it should
  const bool grew = bytes > body_bytes_;
  body_bytes_ = bytes;
  if (grew && all > ServerState::kBodyBytesMax)
    refuse_and_close(503, "The server has too many request bodies. Try again later.");
}

void Connection::set_deadlines() {
  const Steady now = std::chrono::steady_clock::now();
  Awaited awaited = Awaited::kNothing;
  std::chrono::milliseconds span{0};
  if (!stream_ && !input_over_) {
    if (reader_.in_body()) {
      awaited = Awaited::kBody;
      span = state_.options.body_timeout;
    } else if (!in_.empty() && needs_more_) {
      awaited = Awaited::kHead;
      span = state_.options.header_timeout;
    } else if (in_.empty() && is_answered()) {
      awaited = Awaited::kRequest;
      span = state_.options.idle_timeout;
    }
  }
  // A deadline stands from when the wait began; more bytes of the same request do not move it.
  if (awaited != awaited_ || accepted_ != awaited_number_) {
    awaited_ = awaited;
    awaited_number_ = accepted_;
    read_deadline_ = awaited == Awaited::kNothing ? kNever : now + span;
  }
  if (!waits_to_write_)
    write_deadline_ = kNever;
  else if (write_deadline_ == kNever)
    write_deadline_ = now + state_.options.write_timeout;
}

void Connection::sweep(Steady now) {
  if (now >= write_deadline_) return cut();
  if (stream_) beat(now);
  if (now < read_deadline_) return;
  if (phase_ != Phase::kOpen || awaited_ == Awaited::kRequest) return end();
  read_deadline_ = kNever;
  if (awaited_ == Awaited::kHead) refuse_and_close(408, "The header section did not arrive in time.");
  if (awaited_ == Awaited::kBody) refuse_and_close(408, "The body did not arrive in time.");
}

void Connection::drain() {
  if (phase_ == Phase::kHandshake) return end();
  if (phase_ != Phase::kOpen) return;
  if (stream_) {
    stream_->close();
    return advance();
  }
  advance(true);  // what has arrived is in flight
  if (phase_ != Phase::kOpen || reader_.in_body() || !in_.empty()) return;
  input_over_ = true;
  if (is_answered()) end();
}

void Connection::wait_read() {
  if (waits_to_read_) return;
  waits_to_read_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const IoError& error) {
    self->waits_to_read_ = false;
    if (!error) self->advance();
  });
}

void Connection::wait_write() {
  if (waits_to_write_) return;
  waits_to_write_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const IoError& error) {
    self->waits_to_write_ = false;
    if (!error) self->advance();
  });
}

void Connection::resume_later() {
  if (resumes_) return;
  resumes_ = true;
  asio::post(loop_.io(), [self = shared_from_this()] {
    self->resumes_ = false;
    self->advance(true);
  });
}

// Closing a socket that still receives resets it, and the reset can overtake our last answer (RFC 9112 section 9.6).
// So: say that we are done, read until the other end is done too, for a while.
void Connection::linger() {
  transport_.finish();
  if (eof_) return end();
  phase_ = Phase::kLingering;
  write_deadline_ = kNever;
  read_deadline_ = std::chrono::steady_clock::now() + kLinger;
  discard();
}

void Connection::discard() {
  for (int reads = 0; reads < kReadsPerTurn; ++reads) {
    switch (transport_.discard(loop_.read_buffer())) {
      case Transport::Outcome::kDone:
        break;
      case Transport::Outcome::kWantRead:
        return wait_read();
      default:
        return end();
    }
  }
  resume_later();
}

void Connection::cut() {
  IoError ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  phase_ = Phase::kLingering;  // nothing is to be told to the other end
  end();
}

void Connection::end() {
  if (phase_ == Phase::kEnded) return;
  if (phase_ == Phase::kOpen) transport_.finish();
  phase_ = Phase::kEnded;
  if (stream_) stream_->detach();
  stream_.reset();
  for (Slot& slot : pending_) {
    if (slot.response.events) slot.response.events->close();
  }
  pending_.clear();
  state_.body_bytes.fetch_sub(std::exchange(body_bytes_, 0));
  in_ = std::string();
  out_.clear();  // the number of the socket may soon be another's: nothing is written any more
  sent_ = 0;
  read_deadline_ = write_deadline_ = kNever;
  IoError ignored;
  socket_.close(ignored);
  loop_.forget(*this);
}

}  // namespace net

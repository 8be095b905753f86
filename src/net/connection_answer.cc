// Connection: from requests to answers, in their order, and streams of events.

#include <utility>

#include "net/connection.h"
#include "net/event_loop.h"

namespace net {

namespace {

class HandlerTask final : public Task {
 public:
  HandlerTask(std::shared_ptr<Connection> connection, ServerState& state, IoContext& io, std::uint64_t number,
              Request request)
      : connection_(std::move(connection)), state_(state), io_(io), number_(number), request_(std::move(request)) {}

  void run() override {
    Response response = request_.deadline.passed()
                            ? state_.refuse(503, "The request waited too long for its turn.", request_)
                            : state_.handle(request_);
    // The connection goes back to its loop with the answer, so that it never ends on a pool thread.
    asio::post(io_, [connection = std::move(connection_), number = number_, answer = std::move(response)]() mutable {
      connection->complete(number, std::move(answer));
    });
  }

  [[nodiscard]] const Request& request() const { return request_; }

 private:
  std::shared_ptr<Connection> connection_;  // keeps the connection until its answer is there
  ServerState& state_;
  IoContext& io_;
  std::uint64_t number_;
  Request request_;
};

}  // namespace

void Connection::submit(Request request, ResponseFraming framing) {
  const bool inline_now = state_.place(request) == Placement::kInline;
  if (inline_now && pending_.empty()) return answer(framing, state_.handle(request), true);

  Slot slot;
  slot.framing = framing;
  if (inline_now) {
    slot.ready = true;
    slot.response = state_.handle(request);
  } else {
    std::unique_ptr<Task> task = std::make_unique<HandlerTask>(shared_from_this(), state_, loop_.io(),
                                                               answered_ + pending_.size(), std::move(request));
    if (!state_.pool.push(task)) {
      slot.ready = true;
      slot.response =
          state_.refuse(503, "The server is busy. Try again later.", static_cast<HandlerTask&>(*task).request());
    }
  }
  pending_.push_back(std::move(slot));
}

void Connection::complete(std::uint64_t number, Response response) {
  if (number < answered_ || number - answered_ >= pending_.size()) {  // the connection has ended, or became a stream
    if (response.events) response.events->close();
    return;
  }
  Slot& slot = pending_[static_cast<std::size_t>(number - answered_)];
  slot.ready = true;
  slot.response = std::move(response);
  if (number == answered_) advance();
}

void Connection::answer(const ResponseFraming& framing, Response response, bool last) {
  ResponseFraming with = framing;
  with.close = (input_over_ && last) || response.events;
  append_response(out_, response, with, loop_.date_field());
  if (response.events) start_stream(with, std::move(response.events));
}

void Connection::append_answers() {
  std::size_t done = 0;
  while (done < pending_.size() && pending_[done].ready && !stream_) {
    Slot slot = std::move(pending_[done]);
    ++done;
    ++answered_;
    answer(slot.framing, std::move(slot.response), done == pending_.size());
  }
  if (stream_) {  // what was asked after a stream is never answered: the stream ends with the connection
    for (std::size_t i = done; i < pending_.size(); ++i) {
      if (pending_[i].response.events) pending_[i].response.events->close();
    }
    answered_ += pending_.size() - done;
    pending_.clear();
    return;
  }
  if (done == pending_.size())
    pending_ = std::vector<Slot>();
  else
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
  if (wants_continue_ && pending_.empty()) {
    wants_continue_ = false;
    out_ += kContinue;
  }
}

void Connection::write() {
  if (!pending_.empty() || wants_continue_) append_answers();
  if (stream_) pump_stream();
  while (sent_ < out_.size()) {
    if (waits_to_write_) return;
    const Transport::Moved moved = transport_.write(std::string_view(out_).substr(sent_));
    switch (moved.outcome) {
      case Transport::Outcome::kDone:
        sent_ += moved.bytes;
        state_.metrics.bytes_out.add(moved.bytes);
        break;
      case Transport::Outcome::kWantWrite:
        return wait_write();
      case Transport::Outcome::kWantRead:
        return wait_read();
      default:
        return end();
    }
  }
  if (stream_) stream_->acknowledge(std::exchange(stream_unacknowledged_, 0));
}

void Connection::start_stream(ResponseFraming framing, std::shared_ptr<EventStream> events) {
  input_over_ = true;
  std::shared_ptr<EventChannel> channel = std::dynamic_pointer_cast<EventChannel>(events);
  if (framing.head || !channel) return events->close();
  stream_ = std::move(channel);
  stream_chunked_ = framing.http_11;
  heartbeat_ = std::chrono::steady_clock::now() + kHeartbeat;
  stream_->attach([self = shared_from_this()] { asio::post(self->loop_.io(), [self] { self->advance(); }); });
  if (loop_.draining()) stream_->close();
}

void Connection::pump_stream() {
  if (stream_->state() == EventChannel::State::kCut) return cut();
  if (sent_ < out_.size() && stream_unacknowledged_ > 0) return;  // the last events first
  std::string text;
  const EventChannel::State state = stream_->take(text);
  if (!text.empty()) {
    heartbeat_ = std::chrono::steady_clock::now() + kHeartbeat;
    stream_unacknowledged_ += text.size();
    if (stream_chunked_)
      append_chunk(out_, text);
    else
      out_ += text;
  }
  if (state != EventChannel::State::kClosed) return;
  if (stream_chunked_) out_ += kLastChunk;
  stream_->detach();
  stream_.reset();
}

// A comment now and then tells proxies, and us, that both ends are still there.
void Connection::beat(Steady now) {
  if (now < heartbeat_ || out_.size() > sent_) return;
  heartbeat_ = now + kHeartbeat;
  static constexpr std::string_view kComment = ":\n\n";
  if (stream_chunked_)
    append_chunk(out_, kComment);
  else
    out_ += kComment;
  advance();
}

}  // namespace net

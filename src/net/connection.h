// One connection of the server: reads, parses, has requests handled, answers in their order, keeps the deadlines.
//
// It is a state machine on readiness: advance() does whatever can be done now (parse, read, write), then waits for
// what is missing. Nothing is read while kPipelinedMax requests wait for their answer, or while the other end does not
// take what was written: the sender is then held by TCP. One turn handles at most kInlinePerTurn requests, so that one
// client that pipelines cannot starve the others.
//
//   Threads    its loop's thread only; pool tasks come back through the loop.
//   Lifetime   shared by the loop, by waits on the socket, and by tasks in the pool, which end in any order.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/asio.h"
#include "net/event_stream.h"
#include "net/request_reader.h"
#include "net/response_writer.h"
#include "net/server_state.h"
#include "net/transport.h"

namespace net {

class EventLoop;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  Connection(EventLoop& loop, Socket socket, std::string peer, std::size_t place);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  void refuse_and_close(int status, std::string_view reason);
  void sweep(Steady now);
  void drain();  // answers what it has, then ends
  void cut();    // ends now, with a reset

  void complete(std::uint64_t number, Response response);  // of request `number`, from the pool

  [[nodiscard]] std::size_t place() const { return place_; }
  void set_place(std::size_t place) { place_ = place; }

 private:
  static constexpr int kInlinePerTurn = 16;
  static constexpr int kReadsPerTurn = 4;
  static constexpr std::size_t kUnsentBytesMax = 128 * 1024;
  static constexpr std::chrono::seconds kLinger{2};
  static constexpr std::chrono::seconds kHeartbeat{15};
  static constexpr Steady kNever = Steady::max();

  // One request that waits for its answer, or for its turn to be answered.
  struct Slot {
    bool ready = false;
    ResponseFraming framing;
    Response response;
  };

  enum class Phase : std::uint8_t { kHandshake, kOpen, kLingering, kEnded };
  enum class Awaited : std::uint8_t { kNothing, kRequest, kHead, kBody };  // from the other end

  // Reading and parsing (connection.cc).
  void advance(bool read_now = false);
  bool shake_hands();  // false: not over yet
  void read_and_parse(bool read_now);
  bool read_once();  // false: nothing more for now
  void parse_kept();
  std::string_view parse(std::string_view bytes);  // gives back what is left
  void owe_continue();
  void accept_request();

  // Answering (connection_answer.cc).
  void submit(Request request, ResponseFraming framing);
  void answer(const ResponseFraming& framing, Response response, bool last);
  void append_answers();
  void write();
  void start_stream(ResponseFraming framing, std::shared_ptr<EventStream> events);
  void pump_stream();
  void beat(Steady now);

  // Waiting and ending (connection.cc).
  void settle();
  void set_deadlines();
  void count_body();
  void wait_read();
  void wait_write();
  void resume_later();
  void linger();
  void discard();
  void end();

  [[nodiscard]] bool may_parse() const;
  [[nodiscard]] bool may_read() const { return !eof_ && (stream_ || may_parse()); }
  [[nodiscard]] bool is_answered() const { return pending_.empty() && out_.size() == sent_ && !stream_; }

  EventLoop& loop_;
  ServerState& state_;
  Socket socket_;
  Transport transport_;
  const std::string peer_;
  std::size_t place_;

  Phase phase_ = Phase::kOpen;
  bool waits_to_read_ = false;
  bool waits_to_write_ = false;
  bool resumes_ = false;         // advance() is posted
  bool in_turn_ = false;         // advance() is running
  bool eof_ = false;             // the other end sends no more
  bool input_over_ = false;      // no more requests are taken
  bool needs_more_ = false;      // in_ cannot be parsed before more has come
  bool cut_short_ = false;       // the turn ended with work left
  bool wants_continue_ = false;  // "100 Continue" is owed once what was asked before is answered

  RequestReader reader_;
  std::string in_;        // what came and cannot be used yet
  std::string out_;       // what is to be sent; empty while idle
  std::size_t sent_ = 0;  // of out_
  std::vector<Slot> pending_;
  std::uint64_t answered_ = 0;  // number of the first pending request
  std::uint64_t accepted_ = 0;  // requests accepted so far
  int inline_left_ = 0;
  std::size_t body_bytes_ = 0;  // of a body that is coming in, as counted in ServerState::body_bytes

  std::shared_ptr<EventChannel> stream_;
  bool stream_chunked_ = true;
  std::size_t stream_unacknowledged_ = 0;

  Awaited awaited_ = Awaited::kNothing;
  std::uint64_t awaited_number_ = 0;
  Steady read_deadline_ = kNever;
  Steady write_deadline_ = kNever;
  Steady heartbeat_ = kNever;
};

}  // namespace net

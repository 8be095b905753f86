// One thread with one io_context, and the connections that live on it. The first loop also accepts, and hands sockets
// to whichever loop has the fewest. A sweep every kSweep looks at every connection's deadlines: one coarse timer for
// all costs less than two timer operations a request.
//
//   Owns       its thread and connections. accept(), adopt(), drain(), cut() and join() may be called from other
//   threads. Memory     a connection that is idle holds no buffer: what it reads into and writes from belongs to the
//   loop and is
//              lent for the length of one turn.

#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "net/asio.h"
#include "net/server_state.h"

namespace net {

class Connection;

class EventLoop {
 public:
  static constexpr std::chrono::milliseconds kSweep{250};

  explicit EventLoop(ServerState& state);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void run();  // starts the thread
  void accept(Acceptor acceptor, std::span<const std::unique_ptr<EventLoop>> loops);
  void drain();  // no new connections; ends each when it is answered
  bool wait_until_empty(std::chrono::steady_clock::time_point until);  // false: not empty by then
  void cut();                                                          // ends every connection now
  void join();

  // For its connections, on its thread.
  [[nodiscard]] ServerState& state() { return state_; }
  [[nodiscard]] IoContext& io() { return io_; }
  [[nodiscard]] bool draining() const { return draining_; }
  [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }
  [[nodiscard]] std::string& write_buffer() { return write_buffer_; }
  [[nodiscard]] const std::string& date_field() const { return date_field_; }
  void forget(Connection& connection);

 private:
  static constexpr std::size_t kReadBytes = 64 * 1024;
  static constexpr int kAcceptedPerTurn = 64;
  static constexpr std::size_t kRefusedMax = 256;  // connections over the limit that may wait for their 503

  void wait_for_connections();
  void accept_some();
  void adopt(int socket, const std::string& peer, bool refused);
  void sweep();
  void update_date();

  ServerState& state_;
  IoContext io_{1};
  WorkGuard guard_;
  Timer timer_;
  std::optional<Acceptor> acceptor_;
  bool accept_paused_ = false;  // out of file descriptors: until the next sweep
  std::span<const std::unique_ptr<EventLoop>> loops_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::atomic<std::size_t> load_{0};  // connections handed to this loop and not ended
  bool draining_ = false;
  bool stopped_ = false;
  std::vector<char> read_buffer_;
  std::string write_buffer_;
  std::string date_field_;

  std::mutex mutex_;
  std::condition_variable emptied_;
  bool empty_ = false;  // draining, and the last connection has gone

  std::thread thread_;
};

}  // namespace net

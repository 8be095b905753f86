// For this module's tests: a server with a handler made of functions, and a client that is nothing but a socket, so
// that it can send what no decent client would. Reads give up after kPatience, which no passing test comes near.

#pragma once

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/text.h"
#include "net/server.h"

namespace net::testing {

inline constexpr std::chrono::seconds kPatience{20};

// Opens once; whoever waits goes through then.
class Gate {
 public:
  void open() {
    {
      const std::lock_guard lock(mutex_);
      open_ = true;
    }
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

// Waits for a condition that another thread brings about.
inline bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

class TestHandler final : public Handler {
 public:
  std::function<Placement(const Request&)> place = [](const Request&) { return Placement::kInline; };
  std::function<Response(const Request&)> answer = [](const Request& request) {
    Response response;
    response.headers.add("Content-Type", "text/plain");
    response.body = request.method + " " + request.path + "?" + request.query + " " + request.body;
    return response;
  };

  Placement placement(const Request& request) override { return place(request); }
  Response handle(const Request& request) override { return answer(request); }
  Response refuse(int status, std::string_view reason, const Request& /*partial*/) override {
    Response response;
    response.status = status;
    response.body = reason;
    return response;
  }
};

struct TestServer {
  explicit TestServer(ServerOptions options = {}, std::function<void(TestHandler&)> prepare = {}) {
    if (prepare) prepare(handler);
    options.pool_threads = std::min(options.pool_threads, 4);
    base::Result<std::unique_ptr<Server>> started = Server::start(std::move(options), handler, log, metrics);
    EXPECT_TRUE(started) << started.error().message;
    if (started) server = std::move(*started);
  }
  [[nodiscard]] std::uint16_t port() const { return server->port(); }
  [[nodiscard]] std::int64_t gauge(std::string_view name) { return metrics.gauge(name, "").value(); }
  [[nodiscard]] std::uint64_t refused(int status) {
    return metrics.counter("stewardry_http_refused_total", "", {{"status", std::to_string(status)}}).value();
  }
  std::string logged() {
    const std::lock_guard lock(mutex);
    return lines;
  }

  std::mutex mutex;
  std::string lines;
  base::SystemClock clock;
  base::Logger log{clock, base::LogLevel::kInfo, [this](std::string_view line) {
                     const std::lock_guard lock(mutex);
                     lines += line;
                   }};
  base::Registry metrics;
  TestHandler handler;
  std::unique_ptr<Server> server;
};

struct Answer {
  int status = 0;  // 0: none came
  std::string head;
  std::string body;
  [[nodiscard]] std::string field(std::string_view name) const {
    std::size_t at = 0;
    while ((at = head.find("\r\n", at)) != std::string::npos) {
      at += 2;
      const std::size_t colon = head.find(':', at), end = head.find("\r\n", at);
      if (colon == std::string::npos || end == std::string::npos || colon > end) continue;
      if (base::equal_ignoring_case(std::string_view(head).substr(at, colon - at), name)) {
        return std::string(base::trim(std::string_view(head).substr(colon + 1, end - colon - 1)));
      }
    }
    return "";
  }
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int connected = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    EXPECT_EQ(connected, 0) << errno;
  }
  struct Accepted {
    int socket;
  };
  explicit RawClient(Accepted accepted) : socket_(accepted.socket) {}  // the other end: see testing_stage.h
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)), kept_(std::move(other.kept_)) {}
  RawClient& operator=(RawClient&&) = delete;

  // False where the server has closed: that is an answer too.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void done_sending() { ::shutdown(socket_, SHUT_WR); }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  [[nodiscard]] int socket() const { return socket_; }

  bool read_more() {  // false: closed, or out of patience
    pollfd one{socket_, POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) <= 0) {
      ADD_FAILURE() << "nothing came for too long";
      return false;
    }
    char buffer[16 * 1024];
    const ssize_t got = ::recv(socket_, buffer, sizeof(buffer), 0);
    reset_ = got < 0;
    if (got <= 0) return false;
    kept_.append(buffer, static_cast<std::size_t>(got));
    return true;
  }
  bool read_until(std::string_view text) {
    while (kept_.find(text) == std::string::npos) {
      if (!read_more()) return false;
    }
    return true;
  }
  std::string read_to_end() {
    while (read_more()) continue;
    return std::exchange(kept_, "");
  }
  [[nodiscard]] bool was_reset() const { return reset_; }
  std::string take(std::size_t count) {
    while (kept_.size() < count && read_more()) continue;
    std::string taken = kept_.substr(0, count);
    kept_.erase(0, taken.size());
    return taken;
  }

  Answer read_answer(bool to_head = false) {
    Answer answer;
    if (!read_until("\r\n\r\n")) return answer;
    answer.head = take(kept_.find("\r\n\r\n") + 4);
    answer.status = std::atoi(answer.head.c_str() + sizeof("HTTP/1.1"));
    if (to_head || answer.status == 204 || answer.status == 304 || answer.status < 200) return answer;
    if (answer.field("Transfer-Encoding") == "chunked") {
      while (read_until("\r\n")) {
        const std::string line = take(kept_.find("\r\n") + 2);
        const std::size_t size = std::strtoull(line.c_str(), nullptr, 16);
        answer.body += take(size);
        if (take(2) != "\r\n" || size == 0) break;
      }
    } else {
      answer.body = take(std::strtoull(answer.field("Content-Length").c_str(), nullptr, 10));
    }
    return answer;
  }
  Answer ask(std::string_view request) {
    send(request);
    return read_answer();
  }

 private:
  int socket_;
  bool reset_ = false;
  std::string kept_;
};

inline std::string get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n\r\n"; }

}  // namespace net::testing

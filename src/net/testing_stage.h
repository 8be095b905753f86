// For tests of clients: a server that plays whatever part it is given, one function for each connection, each on a
// thread of its own; so that it can break off, stall and lie as no decent server would.

#pragma once

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "net/testing.h"

namespace net::testing {

struct RawRequest {
  std::string line;  // "GET /a HTTP/1.1"; empty: none came
  std::string head;
  std::string body;
  [[nodiscard]] std::string field(std::string_view name) const {
    Answer as_answer;
    as_answer.head = head;
    return as_answer.field(name);
  }
};

// One request, whole; its body as it was before it was cut in chunks.
inline RawRequest read_request(RawClient& connection, bool head_alone = false) {
  RawRequest request;
  std::string head;
  while (head.size() < 4 || head.compare(head.size() - 4, 4, "\r\n\r\n") != 0) {
    const std::string byte = connection.take(1);
    if (byte.empty()) return request;
    head += byte;
  }
  request.head = head;
  request.line = head.substr(0, head.find("\r\n"));
  if (head_alone) return request;
  if (request.field("Transfer-Encoding") == "chunked") {
    while (true) {
      std::string size;
      while (size.find("\r\n") == std::string::npos) {
        const std::string byte = connection.take(1);
        if (byte.empty()) return request;
        size += byte;
      }
      const std::size_t bytes = std::strtoull(size.c_str(), nullptr, 16);
      request.body += connection.take(bytes);
      connection.take(2);
      if (bytes == 0) break;
    }
  } else {
    request.body = connection.take(std::strtoull(request.field("Content-Length").c_str(), nullptr, 10));
  }
  return request;
}

inline std::string answer_of(int status, std::string_view body, std::string_view more = "") {
  return "HTTP/1.1 " + std::to_string(status) + " Words\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

class Stage {
 public:
  // `play` is called with the connection and how many came before it.
  explicit Stage(std::function<void(RawClient& connection, int index)> play)
      : play_(std::move(play)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener_, 64), 0);
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    door_ = std::thread([this] { let_in(); });
  }
  ~Stage() {
    ::shutdown(listener_, SHUT_RDWR);
    door_.join();
    ::close(listener_);
    for (std::thread& player : players_) player.join();
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view rest = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(rest);
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void let_in() {
    while (true) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      players_.emplace_back([this, socket, index = connections_++] {
        RawClient connection(RawClient::Accepted{socket});
        play_(connection, index);
      });
    }
  }

  std::function<void(RawClient&, int)> play_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::vector<std::thread> players_;  // of the door's thread, until it is joined
  std::thread door_;
};

// Breaks a connection so that the other end is told of it at once (RST).
inline void reset(RawClient& connection) {
  const linger now{1, 0};
  ::setsockopt(connection.socket(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  connection.close();
}

}  // namespace net::testing

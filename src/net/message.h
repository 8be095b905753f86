// A request and its response, as every front makes and takes them: the HTTP server, the Lambda runtime, the command
// line and the tests. Plain values; nothing of a socket shows.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"

namespace net {

struct Header {
  std::string name;
  std::string value;
};

// Names compare without regard to case (RFC 9110 section 5.1). The order of sending is kept.
class Headers {
 public:
  void add(std::string name, std::string value) { list_.push_back({std::move(name), std::move(value)}); }
  void set(std::string_view name, std::string value);
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;  // the first of that name
  [[nodiscard]] std::size_t count(std::string_view name) const;
  [[nodiscard]] const std::vector<Header>& all() const { return list_; }

 private:
  std::vector<Header> list_;
};

struct Request {
  std::string method;  // as sent; methods are case-sensitive
  std::string path;    // of the target, as sent (still percent-encoded), begins with '/'; "*" for OPTIONS *
  std::string query;   // of the target, as sent, without '?'; empty where there is none
  Headers headers;
  std::string body;
  std::string peer;  // address of the other end, for the log
  bool tls = false;
  base::Deadline deadline = base::Deadline::never();  // by when the answer must be on its way
};

// A live stream of server-sent events (WHATWG HTML, "Server-sent events"). The handler keeps one end and gives the
// other to the server in Response::events. send() never blocks: a reader that falls kBytesMax behind is cut off. Any
// thread.
class EventStream {
 public:
  static constexpr std::size_t kBytesMax = 64 * 1024;
  virtual ~EventStream() = default;
  // False: the stream is over (closed, or the reader is gone or too slow), and the sender should forget it.
  virtual bool send(std::string_view event, std::string_view data, std::string_view id) = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual bool open() const = 0;
};

std::shared_ptr<EventStream> make_event_stream();  // shared: the sender and the connection end at different times

struct Response {
  int status = 200;
  Headers headers;  // Content-Length, Date, Connection and Transfer-Encoding are the front's business
  std::string body;
  std::shared_ptr<EventStream> events;  // set: the body is this stream, of type text/event-stream
};

}  // namespace net

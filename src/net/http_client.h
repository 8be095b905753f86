// An HTTP/1.1 client for many servers: connections are kept and shared, TLS is verified against the system's trust
// store (loaded when first needed) or a given file, proxies are gone through (CONNECT for https), bodies are streamed
// both ways. Redirects are not followed; nothing is retried, save a request that met a kept connection which the server
// had closed: where nothing of an answer came and its body can be read again, it is sent once more on a new one.
//
//   Threads   any; a call blocks its own.
//   Errors    Trouble below, as well as the base::Error: what may be retried depends on it.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"
#include "net/message.h"

namespace net {

// A request's body. Read from the start again when a request is repeated.
class BodySource {
 public:
  virtual ~BodySource() = default;
  [[nodiscard]] virtual std::optional<std::uint64_t> size() const = 0;  // nothing: sent in chunks
  virtual base::Result<void> rewind() = 0;
  virtual base::Result<std::size_t> read(char* room, std::size_t size) = 0;  // 0: the end
};

// Where a response's body goes.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual base::Result<void> write(std::string_view bytes) = 0;
};

struct HttpRequest {
  std::string method = "GET";  // any, HEAD too; not CONNECT
  std::string url;             // scheme, host, port; path and query are sent as they are
  Headers headers;             // Host where it is to differ from the URL's; Content-Length is the client's business
  std::string_view body;       // or
  BodySource* source = nullptr;
  bool expect_continue = false;
  std::string proxy;  // "http://user:password@host:port"; empty: none
  // Told status and headers as soon as they are there: where the body goes. Null: it is held in the response, up to
  // body_bytes_max.
  std::function<BodySink*(int status, const Headers& headers)> sink;
  std::size_t body_bytes_max = 64 * 1024 * 1024;
  std::string trust_file;
  std::chrono::milliseconds connect_timeout{5000};
  base::Deadline deadline = base::Deadline::never();
  const std::atomic<bool>* cancelled = nullptr;  // looked at at least ten times a second
};

enum class Trouble : std::uint8_t {
  kNone,
  kRequest,   // cannot be sent: the URL, a header
  kConnect,   // no connection: names, refused, TLS, the proxy
  kSend,      // lost while it was sent
  kNoAnswer,  // lost before anything of an answer came
  kCut,       // an answer began and did not end
  kProtocol,  // not HTTP, or past a limit
  kDeadline,
  kCancelled,
  kSink,  // the sink or the source failed
};

struct HttpOutcome {
  Trouble trouble = Trouble::kNone;
  std::optional<base::Error> error;  // set unless kNone
  Response response;                 // kNone; of kCut what came
  bool reused_connection = false;
};

class HttpClient {
 public:
  struct Options {
    std::size_t connections_per_host_max = 64;
    std::chrono::seconds idle_max{30};
  };
  HttpClient();
  explicit HttpClient(Options options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpOutcome send(const HttpRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace net

// The HTTP/1.1 server (RFC 9110, RFC 9112): sockets, TLS, framing, limits, time-outs, back-pressure, shutdown.
//
// One to four event loops own the sockets. A request that is whole is given to the Handler: on the event loop itself
// where the handler says that it does not block (Placement::kInline), else on a bounded pool of threads. Requests of
// one connection are answered in their order, pipelined ones too. What is not HTTP, smuggles, passes a limit or is too
// slow is answered by Handler::refuse() with a 4xx, and the connection is closed; the handler never sees it.
//
//   Owns       its threads and sockets. start() returns when it listens; stop() stops accepting, answers what is in
//              flight (up to the drain time, then cuts), and returns when all threads are joined.
//   Threads    start and stop from one thread; Handler methods are called from many threads at once.
//   Limits     base/limits.h and ServerOptions. A full queue is answered 503 with Retry-After at once, from the event
//   loop. Errors     start(): kUnavailable (address in use, certificate unreadable), with what to do.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "net/message.h"

namespace net {

enum class Placement { kInline, kPool };

class Handler {
 public:
  virtual ~Handler() = default;
  // Where to run handle() for this request; called on the event loop, must be quick.
  virtual Placement placement(const Request& request) = 0;
  virtual Response handle(const Request& request) = 0;
  // The answer to what never became a request, or could not be taken in, or (500) whose handle() threw or gave a
  // response that cannot be sent. `status` is 400, 408, 413, 414, 417, 431, 500, 501, 503 or 505; `reason` is public.
  // The request holds what was understood of it, often nothing. Called on event loops and pool threads; must be quick.
  virtual Response refuse(int status, std::string_view reason, const Request& partial) = 0;
};

struct TlsOptions {
  std::string certificate_chain_file;  // PEM; empty: plain HTTP
  std::string private_key_file;        // PEM
};

struct ServerOptions {
  std::string address = "127.0.0.1";  // an IPv4 or IPv6 address
  std::uint16_t port = 0;             // 0: a free one
  TlsOptions tls;
  int event_loops = 1;                               // 1 to 4
  int pool_threads = 16;                             // run handlers that may block
  std::size_t queue_max = 256;                       // requests that wait for a pool thread
  std::size_t connections_max = 20000;               // one more is answered 503 and closed
  std::vector<std::string> hosts;                    // allowed values of Host, without port; empty: any well-formed one
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte to the end of the header section
  std::chrono::milliseconds body_timeout{30'000};    // for the whole body
  std::chrono::milliseconds idle_timeout{60'000};    // between requests
  std::chrono::milliseconds write_timeout{30'000};   // for a response to be taken
  std::chrono::milliseconds request_timeout{30'000};  // Request::deadline
  std::chrono::milliseconds drain_timeout{10'000};    // in stop()
};

class Server {
 public:
  static base::Result<std::unique_ptr<Server>> start(ServerOptions options, Handler& handler, base::Logger& log,
                                                     base::Registry& metrics);
  virtual ~Server() = default;  // stops
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  virtual void stop() = 0;
};

}  // namespace net

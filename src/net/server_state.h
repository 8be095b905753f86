// What the event loops and connections of one server share. Made in Server::start, outlives them all; const after the
// start, or safe from any thread.

#pragma once

#include <atomic>
#include <memory>
#include <string_view>

#include "base/log.h"
#include "base/metrics.h"
#include "net/pool.h"
#include "net/server.h"
#include "net/transport.h"

namespace net {

struct ServerMetrics {
  explicit ServerMetrics(base::Registry& metrics);
  void count_refusal(int status);  // a closed set of statuses; what is not in it counts as "other"

  base::Gauge& connections;
  base::Gauge& queue_depth;
  base::Counter& accepted;
  base::Counter& turned_away;
  base::Counter& bytes_in;
  base::Counter& bytes_out;

 private:
  struct Refused {
    int status;
    base::Counter* counter;
  };
  std::vector<Refused> refused_;
};

struct ServerState {
  static constexpr std::size_t kBodyBytesMax = 256 * 1024 * 1024;  // of all bodies that are coming in

  ServerState(ServerOptions with, Handler& by, base::Logger& to, base::Registry& metrics_in);

  // The handler's answers, whatever it throws; always sendable.
  Placement place(const Request& request);
  Response handle(const Request& request);
  Response refuse(int status, std::string_view reason, const Request& partial);

  const ServerOptions options;
  Handler& handler;
  base::Logger& log;
  ServerMetrics metrics;
  std::unique_ptr<TlsContext> tls;  // null: clear
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> body_bytes{0};
  Pool pool;

 private:
  Response failed(std::string_view what, const Request& request);
};

}  // namespace net

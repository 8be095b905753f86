#include "net/server_state.h"

#include <exception>
#include <string>
#include <utility>

#include "net/response_writer.h"

namespace net {

ServerMetrics::ServerMetrics(base::Registry& metrics)
    : connections(metrics.gauge("stewardry_http_connections", "Open connections.")),
      queue_depth(metrics.gauge("stewardry_http_queue_depth", "Requests that wait for a pool thread.")),
      accepted(metrics.counter("stewardry_http_connections_accepted_total", "Connections accepted.")),
      turned_away(metrics.counter("stewardry_http_connections_refused_total", "Connections over the limit, refused.")),
      bytes_in(metrics.counter("stewardry_http_received_bytes_total", "Bytes received, after TLS.")),
      bytes_out(metrics.counter("stewardry_http_sent_bytes_total", "Bytes sent, before TLS.")) {
  for (const int status : {400, 408, 413, 414, 417, 431, 500, 501, 503, 505, 0}) {
    const std::string label = status == 0 ? "other" : std::to_string(status);
    refused_.push_back(
        {status, &metrics.counter("stewardry_http_refused_total", "Requests answered by the server itself, by status.",
                                  {{"status", label}})});
  }
}

void ServerMetrics::count_refusal(int status) {
  for (const Refused& one : refused_) {
    if (one.status != status && one.status != 0) continue;
    one.counter->add();
    return;
  }
}

ServerState::ServerState(ServerOptions with, Handler& by, base::Logger& to, base::Registry& metrics_in)
    : options(std::move(with)),
      handler(by),
      log(to),
      metrics(metrics_in),
      pool(options.pool_threads, options.queue_max, metrics.queue_depth) {}

Placement ServerState::place(const Request& request) {
  try {
    return handler.placement(request);
  } catch (const std::exception& error) {
    log.error("request placement failed", {{"what", error.what()}});
  } catch (...) {
    log.error("request placement failed");
  }
  return Placement::kPool;
}

Response ServerState::handle(const Request& request) {
  try {
    Response response = handler.handle(request);
    if (is_sendable(response)) return response;
    if (response.events) response.events->close();
    return failed("the response has a status or a field that cannot be sent", request);
  } catch (const std::exception& error) {
    return failed(error.what(), request);
  } catch (...) {
    return failed("not a std::exception", request);
  }
}

Response ServerState::failed(std::string_view what, const Request& request) {
  log.error("request handler failed", {{"what", what}, {"method", request.method}});
  return refuse(500, "The server made a mistake. It is logged; try again later.", request);
}

Response ServerState::refuse(int status, std::string_view reason, const Request& partial) {
  metrics.count_refusal(status);
  Response response;
  try {
    response = handler.refuse(status, reason, partial);
  } catch (...) {
    log.error("refusal handler failed", {{"status", status}});
    response = Response();
  }
  if (!is_sendable(response) || response.status < 400 || response.events) {
    response = Response();
    response.status = status;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.body = std::string(reason) + "\n";
  }
  if (response.status == 503 && !response.headers.get("Retry-After")) response.headers.add("Retry-After", "1");
  return response;
}

}  // namespace net

#include "net/server.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "net/asio.h"
#include "net/event_loop.h"
#include "net/server_state.h"

namespace net {

namespace {

class AsioServer final : public Server {
 public:
  AsioServer(ServerOptions options, Handler& handler, base::Logger& log, base::Registry& metrics)
      : state_(std::move(options), handler, log, metrics) {
    const int loops = std::clamp(state_.options.event_loops, 1, 4);
    for (int i = 0; i < loops; ++i) loops_.push_back(std::make_unique<EventLoop>(state_));
  }
  ~AsioServer() override { stop(); }

  base::Result<void> listen();
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  void stop() override;

 private:
  ServerState state_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::uint16_t port_ = 0;
  bool running_ = false;
};

base::Result<void> AsioServer::listen() {
  const ServerOptions& options = state_.options;
  const auto refuse = [&](std::string_view step, const IoError& error) {
    return base::fail(
        base::Code::kUnavailable,
        fmt::format("Cannot listen on {} port {}: {} ({}). Choose another address or port, or stop what uses it.",
                    options.address, options.port, error.message(), step));
  };
  if (!options.tls.certificate_chain_file.empty()) {
    base::Result<std::unique_ptr<TlsContext>> tls =
        TlsContext::make_server(options.tls.certificate_chain_file, options.tls.private_key_file);
    if (!tls) return base::fail(std::move(tls).error());
    state_.tls = std::move(*tls);
  }
  IoError error;
  const asio::ip::address address = asio::ip::make_address(options.address, error);
  if (error)
    return base::fail(base::Code::kUnavailable, fmt::format("{} is not an IPv4 or IPv6 address.", options.address));
  const asio::ip::tcp::endpoint endpoint(address, options.port);
  Acceptor acceptor(loops_.front()->io().get_executor());
  acceptor.open(endpoint.protocol(), error);
  if (error) return refuse("socket", error);
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  acceptor.bind(endpoint, error);
  if (error) return refuse("bind", error);
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return refuse("listen", error);
  acceptor.non_blocking(true, error);
  port_ = acceptor.local_endpoint(error).port();
  loops_.front()->accept(std::move(acceptor), loops_);
  for (const std::unique_ptr<EventLoop>& loop : loops_) loop->run();
  running_ = true;
  return {};
}

void AsioServer::stop() {
  if (!std::exchange(running_, false)) return;
  const auto until = std::chrono::steady_clock::now() + state_.options.drain_timeout;
  for (const std::unique_ptr<EventLoop>& loop : loops_) loop->drain();
  for (const std::unique_ptr<EventLoop>& loop : loops_) {
    if (loop->wait_until_empty(until)) continue;
    state_.log.warning("connections were cut: they were not done within the drain time");
    loop->cut();
  }
  state_.pool.stop();
  for (const std::unique_ptr<EventLoop>& loop : loops_) loop->join();
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler& handler, base::Logger& log,
                                                    base::Registry& metrics) {
  auto server = std::make_unique<AsioServer>(std::move(options), handler, log, metrics);
  if (base::Result<void> listening = server->listen(); !listening) return base::fail(std::move(listening).error());
  return server;
}

}  // namespace net

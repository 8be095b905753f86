// The smallest server that net can make: every request gets the same 600-byte body, from the event loop, or with --pool
// from the pool of threads. bench/http.sh compares it with nginx, which serves a file of the same size.
//
//   bench_http_server PORT [--pool] [--work MICROSECONDS] [--tls CHAIN KEY]

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "net/server.h"

namespace {

class Fixed final : public net::Handler {
 public:
  net::Placement placement_ = net::Placement::kInline;
  std::chrono::microseconds work_{0};

  net::Placement placement(const net::Request& /*request*/) override { return placement_; }

  net::Response handle(const net::Request& /*request*/) override {
    // Work is a wait, as for a disk or a database: it must not take the load generator's core.
    if (work_.count() > 0) std::this_thread::sleep_for(work_);
    net::Response response;
    response.headers.add("Content-Type", "application/json");
    response.body = body_;
    return response;
  }

  net::Response refuse(int status, std::string_view reason, const net::Request& /*partial*/) override {
    net::Response response;
    response.status = status;
    response.body = reason;
    return response;
  }

 private:
  std::string body_ = std::string(600, 'x');
};

}  // namespace

int main(int argc, char** argv) {
  Fixed handler;
  net::ServerOptions options;
  if (argc > 1) options.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  for (int i = 2; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--pool") handler.placement_ = net::Placement::kPool;
    if (flag == "--work" && i + 1 < argc) handler.work_ = std::chrono::microseconds(std::atoi(argv[++i]));
    if (flag == "--tls" && i + 2 < argc) {
      options.tls.certificate_chain_file = argv[++i];
      options.tls.private_key_file = argv[++i];
    }
  }
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGTERM);
  sigaddset(&stops, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stops, nullptr);  // before the threads begin, so that only sigwait sees them

  const base::SystemClock clock;
  base::Logger log(clock, base::LogLevel::kInfo, base::Logger::to_stderr());
  base::Registry metrics;
  auto server = net::Server::start(options, handler, log, metrics);
  if (!server) {
    log.error("cannot start", server.error());
    return 1;
  }
  fmt::print("{}\n", (*server)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stops, &signal);
  (*server)->stop();
  return 0;
}

// The composition root: builds every part in the order of need, and takes them down in reverse.
//
//   Owns       every part. open() builds all but the sockets; serve() listens, and returns when a signal or stop() says
//   so. Threads    open, serve and the destructor from one thread; the parts have their own. SIGTERM and SIGINT must be
//   blocked in
//              every thread before open() (block_signals()), so that serve() can wait for them.
//   Errors     of open and serve: public messages for the terminal.

#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "base/result.h"

namespace app {

void block_signals();

class Application {
 public:
  static base::Result<std::unique_ptr<Application>> open(Config config);
  virtual ~Application() = default;
  // Serves until SIGTERM or SIGINT: then answers what is in flight, and returns.
  virtual base::Result<void> serve() = 0;
  // The OpenAPI document of every endpoint.
  [[nodiscard]] virtual std::string openapi() const = 0;
};

}  // namespace app

// What must be done though nobody asks: deletions of accounts that were cut off are taken up, idempotency records that
// are due are deleted. One thread, at the start and then every kEvery; each round stands for itself and may be cut off
// anywhere. The destructor joins. Errors are logged, and the next round tries again.

#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "api/context.h"
#include "base/metrics.h"

namespace app {

class Janitor {
 public:
  static constexpr std::chrono::seconds kEvery{60};
  static constexpr std::chrono::seconds kRoundMax{30};

  Janitor(const api::Context& context, base::Registry& metrics);
  ~Janitor();
  Janitor(const Janitor&) = delete;
  Janitor& operator=(const Janitor&) = delete;

 private:
  void run();
  void round();

  const api::Context& context_;
  base::Counter& rounds_;
  base::Counter& failures_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // last: it uses all of the above
};

}  // namespace app

// A fixed number of threads with a bounded queue, for handlers that may block. Refuses rather than grows: a task is
// taken only while there is room, and while what is queued is not already stale (the oldest waits less than kWaitMax),
// because work that starts late is work that nobody waits for any more.
//
//   Owns       its threads; stop() runs what is queued, then joins. push() and has_room() from any thread.

#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/metrics.h"

namespace net {

class Task {
 public:
  virtual ~Task() = default;
  virtual void run() = 0;  // must not throw
};

class Pool {
 public:
  static constexpr std::chrono::seconds kWaitMax{1};

  Pool(int threads, std::size_t queue_max, base::Gauge& depth);
  ~Pool() { stop(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  bool push(std::unique_ptr<Task>& task);  // true: taken; false: no room, the task is left with the caller
  [[nodiscard]] bool has_room();
  void stop();

 private:
  struct Waiting {
    std::unique_ptr<Task> task;
    std::chrono::steady_clock::time_point since;
  };
  void work();
  [[nodiscard]] bool has_room_locked(std::chrono::steady_clock::time_point now) const;

  const std::size_t queue_max_;
  base::Gauge& depth_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace net

// The threads that carry runs on databases out: they claim what is open or due, do it with a deadline, and write down
// how it ended. A pool of its own, so that a slow database holds up no request; and a bounded one, so that a hundred
// due checks are not a hundred connections.
//
// Starting an operation should be followed by kick(); without it a thread looks every `poll`, which also finds what
// another server, or a process that died, left behind.
//
//   Threads    kick from any. `ended` is called on the pool's threads. The destructor waits for what is running; what
//              cannot wait is killed, and begun again by the next process.
//   Errors     are logged, and tried again.

#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/entropy.h"
#include "base/log.h"
#include "base/metrics.h"
#include "databases/databases.h"

namespace databases {

struct WorkersOptions {
  int threads = 4;
  std::chrono::milliseconds run_timeout{std::chrono::minutes(10)};
  std::chrono::milliseconds poll{1000};
  bool alone = true;  // no other process works on the table
};

class Workers {
 public:
  using OnEnded = std::function<void(const operations::Operation&)>;

  // No threads where `options.threads` is 0: step() does the work.
  Workers(const Databases& databases, const base::Clock& clock, base::Entropy& entropy, base::Logger& log,
          base::Registry& metrics, WorkersOptions options, OnEnded on_ended);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void kick();
  // One run, if there is one to do; whether there was.
  bool step();

 private:
  void run();
  void count(const Job& job, const base::Result<Report>& outcome, const Ended& ended, base::Steady begun);

  const Databases& databases_;
  const base::Clock& clock_;
  base::Logger& log_;
  base::Registry& metrics_;
  const WorkersOptions options_;
  const OnEnded on_ended_;
  const std::string name_;
  base::Gauge& running_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;             // guarded by mutex_
  std::uint64_t kicks_ = 0;           // guarded by mutex_
  std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace databases

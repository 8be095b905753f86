// How many decisions each front of the access engine gave, and how long it took to answer:
// stewardry_access_decisions_total{front,decision} and stewardry_access_answer_seconds{front}. Without a registry
// nothing is counted. Any thread.

#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "base/metrics.h"

namespace api {

class AccessMetrics {
 public:
  AccessMetrics(base::Registry* registry, std::string_view front) {
    if (registry == nullptr) return;
    static constexpr std::array<std::string_view, 2> kNames = {"deny", "allow"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      decisions_[i] =
          &registry->counter("stewardry_access_decisions_total", "Decisions of the access engine that were asked for.",
                             {{"front", std::string(front)}, {"decision", std::string(kNames[i])}});
    }
    duration_ = &registry->histogram("stewardry_access_answer_seconds", "How long a question of access took to answer.",
                                     {{"front", std::string(front)}});
  }

  void count(bool allowed) const {
    if (decisions_[allowed] != nullptr) decisions_[allowed]->add(1);
  }

  // Measures from here to the end of the scope.
  class Timer {
   public:
    explicit Timer(base::Histogram* histogram) : histogram_(histogram), begin_(std::chrono::steady_clock::now()) {}
    ~Timer() {
      if (histogram_ != nullptr) histogram_->observe(std::chrono::steady_clock::now() - begin_);
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

   private:
    base::Histogram* histogram_;
    std::chrono::steady_clock::time_point begin_;
  };
  [[nodiscard]] Timer time() const { return Timer(duration_); }

 private:
  std::array<base::Counter*, 2> decisions_{};
  base::Histogram* duration_ = nullptr;
};

}  // namespace api

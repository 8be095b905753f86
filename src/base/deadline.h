// By when a call must have answered. It travels with the call, from the socket to the store; who waits, waits no
// longer. A value; reads the steady clock.

#pragma once

#include <algorithm>
#include <chrono>

namespace base {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  static Deadline after(std::chrono::milliseconds span) { return Deadline(Clock::now() + span); }
  static Deadline at(Clock::time_point when) { return Deadline(when); }
  static Deadline never() { return Deadline(Clock::time_point::max()); }

  [[nodiscard]] bool passed() const { return when_ != Clock::time_point::max() && Clock::now() >= when_; }
  [[nodiscard]] std::chrono::milliseconds left() const {
    if (when_ == Clock::time_point::max()) return std::chrono::hours(24 * 365);
    return std::max(std::chrono::milliseconds(0),
                    std::chrono::duration_cast<std::chrono::milliseconds>(when_ - Clock::now()));
  }
  [[nodiscard]] Clock::time_point when() const { return when_; }
  [[nodiscard]] Deadline earlier(Deadline other) const { return Deadline(std::min(when_, other.when_)); }

 private:
  explicit Deadline(Clock::time_point when) : when_(when) {}
  Clock::time_point when_;
};

}  // namespace base

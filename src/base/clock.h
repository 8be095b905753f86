// Time as a port: what it is now, for people (Time, UTC) and for measuring (steady). Nobody outside this file and the
// event loops asks the operating system for the time. ManualClock stands still until told; tests use it.
// Every method may be called from any thread.

#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace base {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Steady = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
  [[nodiscard]] virtual Steady steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
  [[nodiscard]] Steady steady() const override;
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_ms_(start.time_since_epoch().count()) {}
  [[nodiscard]] Time now() const override { return Time(std::chrono::milliseconds(now_ms_.load())); }
  [[nodiscard]] Steady steady() const override { return Steady(std::chrono::milliseconds(now_ms_.load())); }
  void advance(std::chrono::milliseconds by) { now_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ms_;
};

// RFC 3339 in UTC with milliseconds: 2026-11-24T05:47:44.123Z. Years from 0 to 9999.
std::string format_time(Time time);
// Takes any RFC 3339 date-time, with or without a fraction, with Z or an offset.
std::optional<Time> parse_time(std::string_view text);

// "90s", "15m", "1h", "7d"; whole numbers only, more than nothing, a year at most.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace base

// Metrics in the Prometheus text format (version 0.0.4): counters, gauges and histograms with fixed labels.
//
// A Registry owns every metric; the references that it gives live as long as it does. Asking twice for the same name
// and labels gives the same metric. Counting is lock-free; making a metric and rendering take a lock. Any thread.
// Labels must come from small closed sets (a route's template, never a path).

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Of durations, in seconds when rendered; buckets from 50 us to 10 s.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = 16;
  static const std::array<double, kBuckets> kBounds_s;
  void observe(std::chrono::nanoseconds duration);
  [[nodiscard]] std::uint64_t count() const;
  void render(std::string& out, std::string_view name, const std::string& labels) const;

 private:
  std::array<std::atomic<std::uint64_t>, kBuckets + 1> counts_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

class Registry {
 public:
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {});
  // A gauge that is asked when rendered; `read` must live as long as the registry and be callable from any thread.
  void observed_gauge(std::string_view name, std::string_view help, const Labels& labels, std::function<double()> read);

  [[nodiscard]] std::string render() const;

 private:
  struct Series {
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> read;
  };
  struct Family {
    std::string help;
    std::string type;
    std::map<std::string, Series> series;  // by rendered labels
  };
  Series& series(std::string_view name, std::string_view help, std::string_view type, const Labels& labels);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace base

#include "base/metrics.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "base/check.h"

namespace base {

const std::array<double, Histogram::kBuckets> Histogram::kBounds_s = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0};

void Histogram::observe(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  const auto bucket = std::lower_bound(kBounds_s.begin(), kBounds_s.end(), seconds) - kBounds_s.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, duration.count())), std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (const auto& count : counts_) total += count.load(std::memory_order_relaxed);
  return total;
}

void Histogram::render(std::string& out, std::string_view name, const std::string& labels) const {
  const std::string_view comma = labels.empty() ? "" : ",";
  std::uint64_t total = 0;
  auto to = std::back_inserter(out);
  for (std::size_t i = 0; i < kBuckets; ++i) {
    total += counts_[i].load(std::memory_order_relaxed);
    fmt::format_to(to, "{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels, comma, kBounds_s[i], total);
  }
  total += counts_[kBuckets].load(std::memory_order_relaxed);
  const std::string braced = labels.empty() ? "" : fmt::format("{{{}}}", labels);
  fmt::format_to(to, "{}_bucket{{{}{}le=\"+Inf\"}} {}\n", name, labels, comma, total);
  fmt::format_to(to, "{}_sum{} {:.9f}\n{}_count{} {}\n", name, braced,
                 static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9, name, braced, total);
}

namespace {

std::string render_labels(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    if (!text.empty()) text.push_back(',');
    text.append(name).append("=\"");
    for (const char c : value) {
      if (c == '\\' || c == '"') text.push_back('\\');
      if (c == '\n')
        text.append("\\n");
      else
        text.push_back(c);
    }
    text.push_back('"');
  }
  return text;
}

}  // namespace

Registry::Series& Registry::series(std::string_view name, std::string_view help, std::string_view type,
                                   const Labels& labels) {
  Family& family = families_[std::string(name)];
  if (family.type.empty()) {
    family.type = type;
    family.help = help;
  }
  CHECK(family.type == type, "a metric has one type");
  return family.series[render_labels(labels)];
}

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  Series& made = series(name, help, "counter", labels);
  if (!made.counter) made.counter = std::make_unique<Counter>();
  return *made.counter;
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  Series& made = series(name, help, "gauge", labels);
  if (!made.gauge) made.gauge = std::make_unique<Gauge>();
  return *made.gauge;
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  Series& made = series(name, help, "histogram", labels);
  if (!made.histogram) made.histogram = std::make_unique<Histogram>();
  return *made.histogram;
}

void Registry::observed_gauge(std::string_view name, std::string_view help, const Labels& labels,
                              std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  series(name, help, "gauge", labels).read = std::move(read);
}

std::string Registry::render() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, family.type);
    for (const auto& [labels, series] : family.series) {
      if (series.histogram) {
        series.histogram->render(out, name, labels);
        continue;
      }
      const std::string braced = labels.empty() ? "" : fmt::format("{{{}}}", labels);
      if (series.counter)
        fmt::format_to(std::back_inserter(out), "{}{} {}\n", name, braced, series.counter->value());
      else if (series.gauge)
        fmt::format_to(std::back_inserter(out), "{}{} {}\n", name, braced, series.gauge->value());
      else if (series.read)
        fmt::format_to(std::back_inserter(out), "{}{} {}\n", name, braced, series.read());
    }
  }
  return out;
}

}  // namespace base

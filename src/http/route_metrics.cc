#include "http/route_metrics.h"

#include <algorithm>

namespace http {

RouteMetrics::RouteMetrics(base::Registry& registry, std::string route)
    : registry_(registry), route_(std::move(route)) {}

RouteMetrics::Series& RouteMetrics::series_of(std::size_t method) {
  if (Series* ready = by_method_[method].load(std::memory_order_acquire)) return *ready;
  const std::lock_guard lock(mutex_);
  if (Series* ready = by_method_[method].load(std::memory_order_relaxed)) return *ready;
  auto made = std::make_unique<Series>();
  made->duration = &registry_.histogram("stewardry_http_request_duration_seconds",
                                        "Time from the whole request to its response, by method and route.",
                                        {{"method", std::string(kMethods[method])}, {"route", route_}});
  owned_.push_back(std::move(made));
  by_method_[method].store(owned_.back().get(), std::memory_order_release);
  return *owned_.back();
}

void RouteMetrics::record(std::string_view method, int status, std::chrono::nanoseconds duration) {
  std::size_t index = 0;
  while (index + 1 < kMethods.size() && kMethods[index] != method) ++index;
  Series& series = series_of(index);
  series.duration->observe(duration);

  const auto known = std::find(kStatuses.begin(), kStatuses.end(), status);
  std::atomic<base::Counter*>* slot =
      known != kStatuses.end() ? &series.by_status[static_cast<std::size_t>(known - kStatuses.begin())] : nullptr;
  base::Counter* counter = slot != nullptr ? slot->load(std::memory_order_acquire) : nullptr;
  if (counter == nullptr) {
    counter = &registry_.counter(
        "stewardry_http_requests_total", "Requests that were answered, by method, route and status.",
        {{"method", std::string(kMethods[index])}, {"route", route_}, {"status", std::to_string(status)}});
    if (slot != nullptr) slot->store(counter, std::memory_order_release);
  }
  counter->add();
}

}  // namespace http

// How often each route was asked, with which status, and how long it took:
//
//   stewardry_http_requests_total{method, route, status}
//   stewardry_http_request_duration_seconds{method, route}
//   stewardry_http_in_flight
//
// A route is the template of a path, or "unmatched"; a method that is not one of kMethods counts as OTHER; so the
// labels are a small closed set, whatever is sent. Series are made when they are first needed and remembered by
// pointer, so that counting takes no lock and no text. Any thread.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"

namespace http {

class RouteMetrics {
 public:
  RouteMetrics(base::Registry& registry, std::string route);
  void record(std::string_view method, int status, std::chrono::nanoseconds duration);

 private:
  static constexpr std::array<std::string_view, 8> kMethods = {"GET",   "POST",    "PUT",  "DELETE",
                                                               "PATCH", "OPTIONS", "HEAD", "OTHER"};
  static constexpr std::array<int, 26> kStatuses = {200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409,
                                                    411, 412, 413, 414, 415, 417, 422, 428, 429, 431, 500, 501, 503};
  struct Series {
    base::Histogram* duration = nullptr;
    std::array<std::atomic<base::Counter*>, kStatuses.size()> by_status{};
  };
  Series& series_of(std::size_t method);

  base::Registry& registry_;
  std::string route_;
  std::array<std::atomic<Series*>, kMethods.size()> by_method_{};
  std::mutex mutex_;  // guards owned_
  std::vector<std::unique_ptr<Series>> owned_;
};

}  // namespace http

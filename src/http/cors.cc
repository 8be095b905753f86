#include "http/cors.h"

#include <algorithm>

#include <fmt/format.h>

namespace http {

Cors::Cors(std::vector<std::string> origins)
    : origins_(std::move(origins)), any_(std::find(origins_.begin(), origins_.end(), "*") != origins_.end()) {}

bool Cors::allows(const net::Request& request) const {
  if (request.headers.count("Origin") != 1) return false;
  return any_ || std::find(origins_.begin(), origins_.end(), *request.headers.get("Origin")) != origins_.end();
}

void Cors::annotate(const net::Request& request, net::Headers& answer) const {
  if (origins_.empty()) return;
  if (!any_) answer.add("Vary", "Origin");  // also where it is not allowed: a cache must not mix them up
  if (!allows(request)) return;
  answer.add("Access-Control-Allow-Origin", any_ ? "*" : std::string(*request.headers.get("Origin")));
  if (!any_) answer.add("Access-Control-Allow-Credentials", "true");
  answer.add("Access-Control-Expose-Headers", "ETag, Location, Link, X-Request-Id, X-Total-Count, Retry-After");
}

void Cors::annotate_preflight(const net::Request& request, std::span<const std::string_view> methods,
                              net::Headers& answer) const {
  if (origins_.empty() || !allows(request) || !request.headers.get("Access-Control-Request-Method")) return;
  answer.add("Access-Control-Allow-Methods", fmt::format("{}", fmt::join(methods, ", ")));
  answer.add("Access-Control-Allow-Headers",
             "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id, traceparent, tracestate");
  answer.add("Access-Control-Max-Age", "300");
}

}  // namespace http

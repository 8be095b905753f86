// The HTTP face of the program: takes a request of any front (net::Server, Lambda, tests) and gives the response.
//
// For each request: request id (X-Request-Id taken over when it is 1 to 128 of A-Z a-z 0-9 . _ : / + = @ -, else made)
// and W3C trace context (traceparent, tracestate), CORS, routing, OPTIONS and HEAD, token, parameters, handler, problem
// documents, metrics and one JSON access-log line. Serves by itself: /healthz, /readyz, /metrics, /openapi.json, /docs.
//
// A response to HEAD has the body that GET would have; the front sends its length alone.
//
//   Owns       nothing that it is given; the references must outlive it, and the router is not added to any more.
//   Threads    every method from any thread.
//   Errors     turned into problem documents (RFC 9457) in one place, http/problem.h. An error of ours (5xx) is logged
//   with its
//              private part; the caller sees the request id.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/metrics.h"
#include "http/router.h"
#include "identity/verifier.h"
#include "net/server.h"

namespace http {

// What a group of endpoints (Spec::tag) is about, for the document.
struct Tag {
  std::string name;
  std::string doc;  // Markdown
};

// A request that was refused by a decision on access: 403, or 404 for what the caller may not know of. Views of the
// moment.
struct Refusal {
  std::string_view user_id, request_id, method;
  std::string_view route;      // the path's template
  std::string_view target_id;  // its first parameter; empty: none
  std::string_view reason;     // of a hidden one: not for the caller
  bool is_hidden = false;      // answered with 404
};

struct ServiceOptions {
  std::vector<std::string> cors_origins;  // exact origins, or one "*"; empty: no CORS
  bool inline_points = true;              // endpoints of Cost::kPoint run on the event loop
  bool access_log = true;                 // one line for each request
  std::string version = "0.1.0";
  std::string title = "Stewardry";
  std::string description;                         // of the OpenAPI document, in Markdown
  std::vector<Tag> tags;                           // in the order of the document; tags that are not named here follow
  std::function<void(const Refusal&)> on_refused;  // called before such an answer; empty: nobody wants to know
};

class Service final : public net::Handler {
 public:
  // `ready` says whether the parts that are needed answer (for /readyz); its error is shown in the problem document.
  Service(ServiceOptions options, const Router& router, identity::Verifier& verifier, const base::Clock& clock,
          base::Entropy& entropy, base::Logger& log, base::Registry& metrics,
          std::function<base::Result<void>(base::Deadline)> ready);
  ~Service() override;

  net::Placement placement(const net::Request& request) override;
  net::Response handle(const net::Request& request) override;
  net::Response refuse(int status, std::string_view reason, const net::Request& partial) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The OpenAPI 3.1 document of the router's endpoints, in their order, with line breaks; committed as api/openapi.json.
std::string openapi(const Router& router, const ServiceOptions& options);

}  // namespace http

#include "http/service.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

#include "base/check.h"
#include "base/error_table.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/cors.h"
#include "http/docs_page.h"
#include "http/problem.h"
#include "http/route_metrics.h"
#include "http/trace.h"
#include "json/formats.h"

namespace http {
namespace {

constexpr std::string_view kUnmatched = "unmatched";
constexpr std::size_t kLoggedPathMax = 512;
constexpr std::size_t kInlineBodyMax = 16 * 1024;  // decoding more is too long for an event loop
constexpr std::array<std::string_view, 7> kAllMethods = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"};
constexpr std::array<std::string_view, 3> kReadMethods = {"GET", "HEAD", "OPTIONS"};

std::string allow_of(std::span<const std::string_view> methods) { return fmt::format("{}", fmt::join(methods, ", ")); }

// The canonical form of a text in one of the formats that have several spellings.
std::optional<std::string> canonical(const json::Format& format, std::string_view text) {
  if (&format == &json::kUuidFormat) return base::parse_uuid(text);
  if (&format == &json::kUserIdFormat) return base::parse_id(base::IdKind::kUser, text);
  if (&format == &json::kWorkspaceIdFormat) return base::parse_id(base::IdKind::kWorkspace, text);
  if (&format == &json::kTeamIdFormat) return base::parse_id(base::IdKind::kTeam, text);
  if (!format.holds(text)) return std::nullopt;
  return std::string(text);
}

base::Result<void> check_parameters(const Spec& spec, std::vector<PathParameter>& parameters) {
  json::Problems problems;
  for (PathParameter& parameter : parameters) {
    const auto described = std::find_if(spec.parameters.begin(), spec.parameters.end(),
                                        [&](const Parameter& each) { return each.name == parameter.name; });
    std::string problem;
    if (!parameter.sound) {
      problem = "has a broken percent-escape, is not UTF-8, or has '/' or a control character";
    } else if (described->format != nullptr) {
      std::optional<std::string> text = canonical(*described->format, parameter.text);
      if (text)
        parameter.text = std::move(*text);
      else
        problem = fmt::format("must be {}", described->format->story);
    }
    if (!problem.empty()) problems.add("path:" + std::string(parameter.name), std::move(problem));
  }
  if (problems.empty()) return {};
  return base::fail(std::move(problems).to_error(base::Code::kInvalid));
}

}  // namespace

struct Service::Impl {
  // What is known of one request while it is answered, for headers, metrics and the log.
  struct Exchange {
    const net::Request& request;
    std::string request_id;
    TraceContext trace;
    std::chrono::steady_clock::time_point start;
    std::string_view route = kUnmatched;
    std::string user;
    std::string target_id;  // kept where refusals are told
  };
  struct BuiltIn {
    std::string_view path;
    net::Response (Impl::*answer)(Exchange&);
    net::Placement placement;
  };
  static const std::array<BuiltIn, 5> kBuiltIns;

  ServiceOptions options;
  const Router& router;
  identity::Verifier& verifier;
  const base::Clock& clock;
  base::Logger& log;
  base::Registry& registry;
  std::function<base::Result<void>(base::Deadline)> ready;
  IdSource ids;
  Cors cors;
  std::string document, docs_policy;
  base::Gauge& in_flight;
  std::unordered_map<std::string_view, std::unique_ptr<RouteMetrics>> routes;  // filled in the constructor, then read

  Impl(ServiceOptions o, const Router& r, identity::Verifier& v, const base::Clock& c, base::Entropy& entropy,
       base::Logger& l, base::Registry& m, std::function<base::Result<void>(base::Deadline)> is_ready)
      : options(std::move(o)),
        router(r),
        verifier(v),
        clock(c),
        log(l),
        registry(m),
        ready(std::move(is_ready)),
        ids(entropy),
        cors(options.cors_origins),
        document(openapi(router, options)),
        docs_policy(docs_page_policy()),
        in_flight(m.gauge("stewardry_http_in_flight", "Requests that are being answered now.")) {
    registry
        .gauge("stewardry_build_info", "What is running; always 1.",
               {{"version", options.version}, {"compiler", __VERSION__}})
        .set(1);
    const auto add = [&](std::string_view route) {
      std::unique_ptr<RouteMetrics>& slot = routes[route];
      if (!slot) slot = std::make_unique<RouteMetrics>(registry, std::string(route));
    };
    add(kUnmatched);
    for (const BuiltIn& built_in : kBuiltIns) add(built_in.path);
    for (const auto& endpoint : router.endpoints()) add(endpoint->spec.path);
  }

  static const BuiltIn* built_in(std::string_view path) {
    for (const BuiltIn& each : kBuiltIns) {
      if (each.path == path) return &each;
    }
    return nullptr;
  }

  net::Response handle(const net::Request& request);
  net::Response refuse(int status, std::string_view reason, const net::Request& partial);
  net::Response route(Exchange& exchange);
  net::Response answer(Exchange& exchange, Match match);
  base::Result<Reply> call(Exchange& exchange, Match& match);
  base::Result<identity::Principal> authenticate(const net::Request& request);
  net::Response no_such_method(Exchange& exchange, std::span<const std::string_view> methods);
  net::Response allowed(Exchange& exchange, std::span<const std::string_view> methods);
  net::Response fail(Exchange& exchange, const base::Error& error);
  void tell_refusal(const Exchange& exchange, const base::Error& error) const;
  void finish(Exchange& exchange, net::Response& response);

  net::Response healthz(Exchange&);
  net::Response readyz(Exchange& exchange);
  net::Response metrics(Exchange&);
  net::Response openapi_json(Exchange&);
  net::Response docs(Exchange&);

  Exchange begin(const net::Request& request) {
    return {request, request_id_of(request.headers, ids), trace_of(request.headers, ids), clock.steady()};
  }
};

const std::array<Service::Impl::BuiltIn, 5> Service::Impl::kBuiltIns = {{
    {"/healthz", &Impl::healthz, net::Placement::kInline},
    {"/readyz", &Impl::readyz, net::Placement::kPool},
    {"/metrics", &Impl::metrics, net::Placement::kPool},
    {"/openapi.json", &Impl::openapi_json, net::Placement::kInline},
    {"/docs", &Impl::docs, net::Placement::kInline},
}};

namespace {

net::Response text_response(std::string_view content_type, std::string body) {
  net::Response response;
  response.headers.add("Content-Type", std::string(content_type));
  response.body = std::move(body);
  return response;
}

}  // namespace

net::Response Service::Impl::healthz(Exchange&) { return text_response("application/json", R"({"status":"ok"})"); }

net::Response Service::Impl::readyz(Exchange& exchange) {
  const base::Result<void> state = ready(exchange.request.deadline);
  if (state) return text_response("application/json", R"({"status":"ready"})");
  base::Error error = state.error();
  error.code = base::Code::kUnavailable;
  return fail(exchange, error);
}

net::Response Service::Impl::metrics(Exchange&) {
  return text_response("text/plain; version=0.0.4; charset=utf-8", registry.render());
}

net::Response Service::Impl::openapi_json(Exchange&) { return text_response("application/json", document); }

net::Response Service::Impl::docs(Exchange&) {
  net::Response response = text_response("text/html; charset=utf-8", std::string(kDocsPage));
  response.headers.add("Content-Security-Policy", docs_policy);
  response.headers.add("Referrer-Policy", "no-referrer");
  return response;
}

net::Response Service::Impl::fail(Exchange& exchange, const base::Error& error) {
  net::Response response = problem(error, exchange.request_id);
  if (response.status >= 500) {
    log.error("request failed", {{"request_id", exchange.request_id},
                                 {"method", exchange.request.method},
                                 {"route", exchange.route},
                                 {"code", base::face(error.code).slug},
                                 {"error", error.message},
                                 {"detail", error.detail},
                                 {"where", fmt::format("{}:{}", error.where.file_name(), error.where.line())}});
  }
  return response;
}

net::Response Service::Impl::allowed(Exchange& exchange, std::span<const std::string_view> methods) {
  net::Response response;
  response.status = 204;
  response.headers.add("Allow", allow_of(methods));
  cors.annotate_preflight(exchange.request, methods, response.headers);
  return response;
}

net::Response Service::Impl::no_such_method(Exchange& exchange, std::span<const std::string_view> methods) {
  net::Response response =
      fail(exchange, base::Error(base::Code::kMethodNotAllowed,
                                 "This path does not know this method; it knows " + allow_of(methods) + "."));
  response.headers.add("Allow", allow_of(methods));
  return response;
}

base::Result<identity::Principal> Service::Impl::authenticate(const net::Request& request) {
  static constexpr std::string_view kHeader = "header:Authorization";
  const std::optional<std::string_view> header = request.headers.get("Authorization");
  if (!header) {
    return base::fail(base::Code::kUnauthenticated,
                      "This needs a token: send the header \"Authorization: Bearer <token>\".");
  }
  if (request.headers.count("Authorization") > 1) {
    return base::fail_field(base::Code::kInvalid, std::string(kHeader), "Authorization is given more than once.");
  }
  const std::string_view value = base::trim(*header);
  const std::size_t space = std::min(value.find(' '), value.size());
  if (!base::equal_ignoring_case(value.substr(0, space), "Bearer")) {
    return base::fail(base::Code::kUnauthenticated,
                      "Authorization must be of the scheme Bearer: \"Authorization: Bearer <token>\".");
  }
  const std::string_view token = base::trim(value.substr(space));
  const bool one = std::none_of(token.begin(), token.end(), [](char c) { return c == ' ' || c == '\t' || c == ','; });
  if (token.empty() || !one) {
    return base::fail_field(base::Code::kUnauthenticated, std::string(kHeader),
                            "Authorization must be Bearer, a space, and one token.");
  }
  base::Result<identity::Principal> principal = verifier.verify(token, request.deadline);
  if (!principal && principal.error().code == base::Code::kUnauthenticated) {
    base::Error error = std::move(principal).error();
    error.fields.push_back({std::string(kHeader), error.message});
    return base::fail(std::move(error));
  }
  return principal;
}

base::Result<Reply> Service::Impl::call(Exchange& exchange, Match& match) {
  const net::Request& request = exchange.request;
  const Endpoint& endpoint = *match.endpoint;
  if (request.deadline.passed()) {
    return base::fail(base::Code::kDeadline, "The request waited too long for its turn and was not begun. Try again.");
  }
  Call call(request, exchange.request_id, exchange.trace.traceparent);
  if (endpoint.spec.needs_token) {
    call.principal_ = TRY(authenticate(request));
    exchange.user = call.principal_->user_id;
  }
  TRY(check_parameters(endpoint.spec, match.parameters));
  TRY(internal::if_match_allows(request.headers, {}));  // its grammar; versions are the handler's business
  call.tracestate_ = std::move(exchange.trace.tracestate);
  call.base_path_ = match.base_path;
  if (options.on_refused && !match.parameters.empty()) exchange.target_id = match.parameters.front().text;
  call.path_ = std::move(match.parameters);
  try {
    return endpoint.handle(call);
  } catch (const std::exception& thrown) {
    return base::fail(base::Code::kInternal, "", fmt::format("a handler threw: {}", thrown.what()));
  }
}

// A 404 has a private reason where it came from a decision (authz::Decision::enforce), and none where there is nothing.
void Service::Impl::tell_refusal(const Exchange& exchange, const base::Error& error) const {
  const bool is_hidden = error.code == base::Code::kNotFound && !error.detail.empty();
  if (!options.on_refused || exchange.user.empty() || (error.code != base::Code::kForbidden && !is_hidden)) return;
  options.on_refused({.user_id = exchange.user,
                      .request_id = exchange.request_id,
                      .method = exchange.request.method,
                      .route = exchange.route,
                      .target_id = exchange.target_id,
                      .reason = is_hidden ? error.detail : error.message,
                      .is_hidden = is_hidden});
}

net::Response Service::Impl::answer(Exchange& exchange, Match match) {
  base::Result<Reply> reply = call(exchange, match);
  if (!reply) {
    tell_refusal(exchange, reply.error());
    return fail(exchange, reply.error());
  }
  net::Response response;
  response.status = reply->status;
  response.headers = std::move(reply->headers);
  response.body = std::move(reply->body);
  response.events = std::move(reply->events);
  if (response.events && exchange.request.method == "HEAD") {
    response.events->close();
    response.events.reset();
  }
  if (response.events)
    response.headers.set("Content-Type", "text/event-stream");
  else if (!response.body.empty())
    response.headers.add("Content-Type", std::move(reply->content_type));
  return response;
}

net::Response Service::Impl::route(Exchange& exchange) {
  const net::Request& request = exchange.request;
  const bool asks_options = request.method == "OPTIONS";
  if (const BuiltIn* found = built_in(request.path)) {
    exchange.route = found->path;
    if (asks_options) return allowed(exchange, kReadMethods);
    if (request.method != "GET" && request.method != "HEAD") return no_such_method(exchange, kReadMethods);
    return (this->*found->answer)(exchange);
  }
  if (asks_options && request.path == "*") return allowed(exchange, kAllMethods);
  Match match = router.match(request.method, request.path);
  if (match.route.empty()) {
    return fail(exchange,
                base::Error(base::Code::kNotFound, "There is nothing at this path; /docs shows what there is."));
  }
  exchange.route = match.route;
  if (match.endpoint != nullptr) return answer(exchange, std::move(match));
  return asks_options ? allowed(exchange, match.allowed) : no_such_method(exchange, match.allowed);
}

void Service::Impl::finish(Exchange& exchange, net::Response& response) {
  const net::Request& request = exchange.request;
  net::Headers& headers = response.headers;
  headers.add("X-Content-Type-Options", "nosniff");
  if (!headers.get("Cache-Control")) headers.add("Cache-Control", "no-store");
  cors.annotate(request, headers);
  headers.add("X-Request-Id", exchange.request_id);
  headers.add("traceparent", exchange.trace.traceparent);

  const std::chrono::nanoseconds duration = clock.steady() - exchange.start;
  const auto metrics_of_route = routes.find(exchange.route);
  CHECK(metrics_of_route != routes.end(), "the router is filled before the service is made");
  metrics_of_route->second->record(request.method, response.status, duration);
  if (!options.access_log) return;
  log.info("request", {{"method", request.method},
                       {"route", exchange.route},
                       {"path", std::string_view(request.path).substr(0, kLoggedPathMax)},
                       {"status", response.status},
                       {"duration_ms", std::round(static_cast<double>(duration.count()) / 1e3) / 1e3},
                       {"bytes_in", request.body.size()},
                       {"bytes_out", response.body.size()},
                       {"peer", request.peer},
                       {"user", exchange.user},
                       {"request_id", exchange.request_id},
                       {"trace_id", exchange.trace.trace_id()},
                       {"span_id", exchange.trace.span_id()}});
}

net::Response Service::Impl::handle(const net::Request& request) {
  in_flight.add(1);
  Exchange exchange = begin(request);
  net::Response response = route(exchange);
  finish(exchange, response);
  in_flight.add(-1);
  return response;
}

net::Response Service::Impl::refuse(int status, std::string_view reason, const net::Request& partial) {
  Exchange exchange = begin(partial);
  net::Response response = problem(status, reason, exchange.request_id);
  finish(exchange, response);
  return response;
}

Service::Service(ServiceOptions options, const Router& router, identity::Verifier& verifier, const base::Clock& clock,
                 base::Entropy& entropy, base::Logger& log, base::Registry& metrics,
                 std::function<base::Result<void>(base::Deadline)> ready)
    : impl_(std::make_unique<Impl>(std::move(options), router, verifier, clock, entropy, log, metrics,
                                   std::move(ready))) {}

Service::~Service() = default;

net::Placement Service::placement(const net::Request& request) {
  if (const Impl::BuiltIn* found = Impl::built_in(request.path)) return found->placement;
  const Endpoint* endpoint = impl_->router.find(request.method, request.path);
  if (endpoint == nullptr) return net::Placement::kInline;  // 404, 405 or OPTIONS: no handler is called
  const bool point = endpoint->spec.cost == Cost::kPoint && request.body.size() <= kInlineBodyMax;
  return impl_->options.inline_points && point ? net::Placement::kInline : net::Placement::kPool;
}

net::Response Service::handle(const net::Request& request) { return impl_->handle(request); }

net::Response Service::refuse(int status, std::string_view reason, const net::Request& partial) {
  return impl_->refuse(status, reason, partial);
}

}  // namespace http

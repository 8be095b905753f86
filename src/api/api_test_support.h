// For the tests of the API: the whole service over one deployment in memory (accounts/accounts_test_support.h), without
// sockets.
// The token of user n is the digit n; "n@w" is of workspace w too. Several Apis on one Bench are several servers.

#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/context.h"
#include "databases/databases_test_support.h"
#include "http/service.h"
#include "json/parse.h"
#include "nodes/nodes_test_support.h"

namespace api {

using accounts::user;
using accounts::workspace;

class DigitVerifier final : public identity::Verifier {
 public:
  base::Result<identity::Principal> verify(std::string_view token, base::Deadline) override {
    if (token.empty() || token[0] < '0' || token[0] > '9')
      return base::fail(base::Code::kUnauthenticated, "The token is not one of the test.");
    identity::Principal principal{user(token[0] - '0'), std::nullopt, "test", base::Time::max()};
    if (token.size() == 3) principal.workspace_id = workspace(token[2] - '0');
    return principal;
  }
};

struct Sent {
  std::string method, path, query = {}, body = {}, token = "0";
  std::vector<net::Header> headers = {};
};

struct Api {
  explicit Api(accounts::Bench& made_on) : bench(made_on), server(made_on) {
    server.operations.register_target(std::string(databases::kTargetType), databases);
    add_routes(router, context);
    service.emplace(options, router, verifier, bench.clock, bench.entropy, server.log, metrics,
                    [](base::Deadline) { return base::Result<void>(); });
  }

  net::Response send(const Sent& what) {
    net::Request request;
    request.method = what.method;
    request.path = what.path;
    request.query = what.query;
    request.body = what.body;
    request.headers.add("Authorization", "Bearer " + what.token);
    if (!what.body.empty()) request.headers.add("Content-Type", "application/json");
    for (const net::Header& header : what.headers) request.headers.add(header.name, header.value);
    return service->handle(request);
  }

  accounts::Bench& bench;
  nodes::Server server;
  databases::FakeRunner runner;
  databases::Databases databases{server.table, server.operations, bench.engine, server.trail,
                                 bench.clock,  bench.entropy,     runner,       {databases::test_places()}};
  operations::Feed feed;
  http::CursorSealer cursors{base::Secret(std::string(32, 'k'))};
  base::Registry metrics;
  DigitVerifier verifier;
  Context context{server.table,
                  bench.directory,
                  bench.engine,
                  server.accounts,
                  server.nodes,
                  server.deletion,
                  server.operations,
                  databases,
                  server.trail,
                  feed,
                  cursors,
                  bench.clock,
                  server.log,
                  {"111122223333", ""},
                  {},
                  "",
                  {}};
  http::Router router{{"", "/compute/resources"}};
  http::ServiceOptions options = [] {
    http::ServiceOptions made;
    made.access_log = false;
    return made;
  }();
  std::optional<http::Service> service;  // made when the router is filled
};

inline std::string header(const net::Response& response, std::string_view name) {
  return std::string(response.headers.get(name).value_or("(absent)"));
}
inline json::Value document(const net::Response& response) {
  base::Result<json::Value> value = json::parse(response.body);
  if (value) return std::move(*value);
  ADD_FAILURE() << "no JSON: " << response.body;
  return json::Object{};
}
// A member of an object, as text; "(absent)" where there is none.
inline std::string text(const json::Value& value, std::string_view name) {
  const auto* object = value.if_object();
  const auto* member =
      object != nullptr ? object->if_contains(boost::json::string_view(name.data(), name.size())) : nullptr;
  if (member == nullptr) return "(absent)";
  if (const auto* string = member->if_string()) return std::string(json::view(*string));
  return json::encode(*member);
}
// The pointers of a problem document, joined.
inline std::string pointers(const net::Response& response) {
  std::string all;
  const json::Value problem = document(response);
  if (const auto* errors = problem.as_object().if_contains("errors")) {
    for (const json::Value& each : errors->as_array()) all.append(all.empty() ? "" : " ").append(text(each, "pointer"));
  }
  return all;
}

}  // namespace api

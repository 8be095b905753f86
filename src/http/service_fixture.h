// For the tests of this module: a service over a small router, with a verifier that knows two tokens, a clock that
// stands still and a log that is kept. Not thread-safe, but for what it is made of.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "http/service.h"
#include "json/formats.h"
#include "json/parse.h"

namespace http::testing {

inline constexpr std::string_view kAda = "N:user:11111111-1111-4111-8111-111111111111";

// "good" is Ada's; "slow" cannot be checked now; any other is refused.
class FakeVerifier final : public identity::Verifier {
 public:
  base::Result<identity::Principal> verify(std::string_view token, base::Deadline) override {
    if (token == "good") return identity::Principal{std::string(kAda), std::nullopt, "test", base::Time()};
    if (token == "slow") return base::fail(base::Code::kUnavailable, "The key set cannot be had now.");
    return base::fail(base::Code::kUnauthenticated, "The token is not signed by a \"known\" key.");
  }
};

struct Query {
  static constexpr std::string_view kTypeName = "Query";
  std::uint32_t limit = 100;
  std::optional<std::string> organization_id;
  template <class V>
  static void describe(V& field) {
    field("limit", &Query::limit, {.doc = "How many at most.", .min = 1, .max = 1000, .may_miss = true});
    field("organization_id", &Query::organization_id, {.format = &json::kWorkspaceIdFormat});
  }
};

struct Thing {
  static constexpr std::string_view kTypeName = "Thing";
  static constexpr bool kClosed = true;
  std::string name;
  template <class V>
  static void describe(V& field) {
    field("name", &Thing::name, {.doc = "What it is called.", .chars_min = 1, .chars_max = 20, .example = "gpu-1"});
  }
};

class ServiceTest : public ::testing::Test {
 public:
  // GET /things, POST /things, GET, PUT and DELETE /things/{uuid}, GET /open/{name}, GET /fail/{how}, GET /quick
  static void add_routes(Router& router, std::function<void(Call&)> seen) {
    const auto answered = [seen](Call& call) {
      seen(call);
      return reply(200, Thing{call.principal().user_id});
    };
    const std::vector<Parameter> uuid = {{"uuid", &json::kUuidFormat, "The thing."}};
    router.add(
        endpoint<Query, None>({.method = "GET",
                               .path = "/things",
                               .name = "listThings",
                               .tag = "Things",
                               .summary = "Lists things.",
                               .answers = {answer<std::vector<Thing>>(200, "The things.", {"Link", "X-Total-Count"})}},
                              [answered](Call& call, Query, None) -> base::Result<Reply> { return answered(call); }));
    router.add(
        endpoint<None, Thing>({.method = "POST",
                               .path = "/things",
                               .name = "makeThing",
                               .tag = "Things",
                               .summary = "Makes a thing.",
                               .doc = "With a *body*.",
                               .answers = {answer<Thing>(201, "It is made.", {"ETag", "Location"})},
                               .problems = {409},
                               .takes_idempotency_key = true},
                              [seen](Call& call, None, Thing thing) -> base::Result<Reply> {
                                seen(call);
                                return reply(201, thing).with("Location", call.base_path() + "/things/1").etag(1);
                              }));
    router.add(endpoint<None, None>({.method = "GET",
                                     .path = "/things/{uuid}",
                                     .name = "getThing",
                                     .tag = "Things",
                                     .summary = "Shows a thing.",
                                     .parameters = uuid,
                                     .answers = {answer<Thing>(200, "The thing.", {"ETag"})},
                                     .problems = {404}},
                                    [seen](Call& call, None, None) -> base::Result<Reply> {
                                      seen(call);
                                      return reply(200, Thing{call.path("uuid")}).etag(3);
                                    }));
    router.add(endpoint<None, MaybeBody<Thing>>({.method = "PUT",
                                                 .path = "/things/{uuid}",
                                                 .name = "putThing",
                                                 .tag = "Things",
                                                 .summary = "Changes a thing.",
                                                 .parameters = uuid,
                                                 .answers = {answer<Thing>(200, "Changed.", {"ETag"})},
                                                 .problems = {404},
                                                 .takes_if_match = true},
                                                [](Call& call, None, MaybeBody<Thing> body) -> base::Result<Reply> {
                                                  TRY(call.check_if_match("The thing", 3));
                                                  return reply(200, body.value.value_or(Thing{"none"})).etag(4);
                                                }));
    router.add(endpoint<None, None>({.method = "DELETE",
                                     .path = "/things/{uuid}",
                                     .name = "deleteThing",
                                     .tag = "Things",
                                     .summary = "Deletes a thing.",
                                     .parameters = uuid,
                                     .answers = {answer(204, "Gone.")},
                                     .problems = {404}},
                                    [](Call&, None, None) -> base::Result<Reply> { return no_content(); }));
    router.add(endpoint<None, None>({.method = "GET",
                                     .path = "/open/{name}",
                                     .name = "open",
                                     .tag = "Other",
                                     .summary = "Needs no token.",
                                     .parameters = {{"name", nullptr, "Any."}},
                                     .answers = {answer<Thing>(200, "Fine.")},
                                     .needs_token = false},
                                    [seen](Call& call, None, None) -> base::Result<Reply> {
                                      seen(call);
                                      return reply(200, Thing{call.path("name")});
                                    }));
    router.add(
        endpoint<None, None>({.method = "GET",
                              .path = "/fail/{how}",
                              .name = "fail",
                              .tag = "Other",
                              .summary = "Fails.",
                              .parameters = {{"how", nullptr, "How."}},
                              .answers = {answer(204, "Never.")},
                              .problems = {409, 429},
                              .needs_token = false},
                             [](Call& call, None, None) -> base::Result<Reply> { return fail_as(call.path("how")); }));
    router.add(endpoint<None, None>({.method = "GET",
                                     .path = "/quick",
                                     .name = "quick",
                                     .tag = "Other",
                                     .summary = "Is quick.",
                                     .answers = {answer(204, "Done.")},
                                     .cost = Cost::kPoint},
                                    [](Call&, None, None) -> base::Result<Reply> { return no_content(); }));
  }

  ServiceTest() : router_({"/compute/resources"}) {
    add_routes(router_, [this](Call& call) {
      if (on_call) on_call(call);
    });
  }

  Service& service() {
    if (!service_) {
      service_ = std::make_unique<Service>(options, router_, verifier_, clock, entropy_, log_, registry,
                                           [this](base::Deadline) { return ready; });
    }
    return *service_;
  }

  static net::Request request(std::string method, std::string path, std::string query = {}, std::string body = {},
                              std::string_view token = "good") {
    net::Request made;
    made.method = std::move(method);
    made.path = std::move(path);
    made.query = std::move(query);
    made.body = std::move(body);
    made.peer = "192.0.2.7";
    if (!token.empty()) made.headers.add("Authorization", "Bearer " + std::string(token));
    if (!made.body.empty()) made.headers.add("Content-Type", "application/json");
    return made;
  }
  net::Response send(std::string method, std::string path, std::string query = {}, std::string body = {},
                     std::string_view token = "good") {
    return service().handle(request(std::move(method), std::move(path), std::move(query), std::move(body), token));
  }

  static std::string header(const net::Response& response, std::string_view name) {
    return std::string(response.headers.get(name).value_or("(absent)"));
  }
  static json::Object body(const net::Response& response) {
    const base::Result<json::Value> value = json::parse(response.body);
    if (!value || !value->is_object()) {
      ADD_FAILURE() << "not an object: " << response.body;
      return {};
    }
    return value->get_object();
  }
  // The pointers of a problem document, joined.
  static std::string pointers(const net::Response& response) {
    std::string all;
    const json::Object problem = body(response);
    for (const json::Value& each : problem.at("errors").as_array()) {
      if (!all.empty()) all.append(" ");
      all.append(json::view(each.at("pointer").as_string()));
    }
    return all;
  }

  ServiceOptions options;
  base::Result<void> ready;
  std::function<void(Call&)> on_call;
  base::ManualClock clock{base::Time(std::chrono::milliseconds(1'763'963'264'123))};
  base::Registry registry;
  std::vector<std::string> lines;

 private:
  static base::Result<Reply> fail_as(const std::string& how) {
    if (how == "internal") return base::fail(base::Code::kInternal, "hidden story", "private detail");
    if (how == "corrupt") return base::fail(base::Code::kCorrupt, "hidden story");
    if (how == "unavailable") {
      base::Error error(base::Code::kUnavailable, "The directory does not answer.", "private detail");
      error.retry_after_s = 7;
      return base::fail(std::move(error));
    }
    if (how == "throw") throw std::runtime_error("thrown story");
    if (how == "busy") return base::fail(base::Code::kTooManyRequests, "Too often.");
    return base::fail(base::Code::kConflict, "It is \"so\" already.");
  }

  Router router_;
  FakeVerifier verifier_;
  base::SeededEntropy entropy_{1};
  base::Logger log_{clock, base::LogLevel::kDebug, [this](std::string_view line) { lines.emplace_back(line); }};
  std::unique_ptr<Service> service_;
};

}  // namespace http::testing

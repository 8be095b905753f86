// A whole request made of any bytes, one line each for method, path, query, headers and body: it is answered, never
// with 500, and its answer carries what every answer carries.

#include "base/check.h"
#include "http/service.h"
#include "json/formats.h"
#include "json/parse.h"

namespace {

struct Thing {
  static constexpr std::string_view kTypeName = "Thing";
  std::string name;
  template <class V>
  static void describe(V& field) {
    field("name", &Thing::name, {.chars_min = 1, .chars_max = 20});
  }
};

class AnyToken final : public identity::Verifier {
 public:
  base::Result<identity::Principal> verify(std::string_view token, base::Deadline) override {
    if (token.size() % 2 == 1) return base::fail(base::Code::kUnauthenticated, std::string(token));
    return identity::Principal{"N:user:1", std::nullopt, "", base::Time()};
  }
};

struct House {
  base::ManualClock clock{base::Time()};
  base::SeededEntropy entropy{1};
  base::Registry metrics;
  base::Logger log{clock, base::LogLevel::kDebug, [](std::string_view line) {
                     CHECK(json::parse_stored(line).has_value(), "a log line is JSON, though it may quote a NUL");
                   }};
  AnyToken verifier;
  http::Router router{{"/base"}};
  std::unique_ptr<http::Service> service;

  House() {
    const auto add = [this](std::string_view method, std::string_view name) {
      router.add(http::endpoint<http::None, http::MaybeBody<Thing>>(
          {.method = method, .path = "/a/{id}", .name = name, .parameters = {{"id", &json::kUuidFormat, ""}}},
          [](http::Call& call, http::None, http::MaybeBody<Thing> body) -> base::Result<http::Reply> {
            TRY(call.check_if_match("It", 3));
            return http::reply(200, Thing{call.path("id") + body.value.value_or(Thing{}).name});
          }));
    };
    add("GET", "get");
    add("PUT", "put");
    router.add(http::endpoint<Thing, http::None>(
        {.method = "GET", .path = "/{x}/b", .name = "b", .parameters = {{"x", nullptr, ""}}, .needs_token = false},
        [](http::Call& call, Thing query, http::None) -> base::Result<http::Reply> {
          return http::reply(200, Thing{call.path("x") + query.name});
        }));
    http::ServiceOptions options;
    options.cors_origins = {"https://a.example"};
    service = std::make_unique<http::Service>(options, router, verifier, clock, entropy, log, metrics,
                                              [](base::Deadline) { return base::Result<void>(); });
  }
};

std::string line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string taken(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static House house;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  net::Request request;
  request.method = line(text);
  request.path = line(text);
  request.query = line(text);
  for (std::string header = line(text); !header.empty(); header = line(text)) {
    const std::size_t colon = std::min(header.find(':'), header.size());
    request.headers.add(header.substr(0, colon), header.substr(std::min(colon + 1, header.size())));
  }
  request.body = text;
  static_cast<void>(house.service->placement(request));
  const net::Response response = house.service->handle(request);
  CHECK(response.status >= 200 && response.status < 500, "a caller's mistake is never ours");
  CHECK(response.headers.get("X-Request-Id").has_value(), "every answer has its id");
  if (response.status >= 400) CHECK(json::parse_stored(response.body).has_value(), "a problem document is JSON");
  return 0;
}

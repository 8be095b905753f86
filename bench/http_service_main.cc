// What the HTTP face and the JSON codec cost, in nanoseconds of one core, without sockets:
//
//   bench_http_service [seconds per row]
//
// Each JSON row has its baseline in the same run: Boost.JSON's own parser and serializer on the same text.

#include <charconv>
#include <cstdio>
#include <span>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "http/service.h"
#include "json/formats.h"
#include "json/parse.h"

namespace {

struct Item {
  static constexpr std::string_view kTypeName = "Item";
  std::string uuid, name, status, owner;
  std::uint64_t version = 0;
  template <class V>
  static void describe(V& field) {
    field("uuid", &Item::uuid, {.format = &json::kUuidFormat});
    field("name", &Item::name, {.chars_max = 128});
    field("status", &Item::status);
    field("owner", &Item::owner, {.format = &json::kUserIdFormat});
    field("version", &Item::version);
  }
};

struct Page {
  static constexpr std::string_view kTypeName = "Page";
  std::vector<Item> items;
  template <class V>
  static void describe(V& field) {
    field("items", &Page::items);
  }
};

class OneToken final : public identity::Verifier {
 public:
  base::Result<identity::Principal> verify(std::string_view, base::Deadline) override {
    return identity::Principal{"N:user:11111111-1111-4111-8111-111111111111", std::nullopt, "", base::Time()};
  }
};

double seconds_per_row = 0.3;

template <class F>
double row(const char* name, F run) {
  using Clock = std::chrono::steady_clock;
  double best = 1e18;
  for (int round = 0; round < 5; ++round) {
    std::size_t count = 0;
    const auto start = Clock::now();
    auto now = start;
    while (now - start < std::chrono::duration<double>(seconds_per_row / 5)) {
      for (int i = 0; i < 64; ++i) run();
      count += 64;
      now = Clock::now();
    }
    best = std::min(best, std::chrono::duration<double, std::nano>(now - start).count() / static_cast<double>(count));
  }
  std::printf("%-44s %9.0f ns\n", name, best);
  return best;
}

std::size_t sink = 0;  // so that nothing is optimised away

Page page_of_a_kilobyte() {
  Page page;
  for (std::uint64_t i = 0; i < 5; ++i) {
    page.items.push_back({"6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10", "gpu-node-" + std::to_string(i), "Enabled",
                          "N:user:11111111-1111-4111-8111-111111111111", 40 + i});
  }
  return page;
}

void json_rows() {
  const Page page = page_of_a_kilobyte();
  const std::string text = json::encode(page);
  std::printf("JSON, a body of %zu bytes\n", text.size());
  const double base_parse = row("boost::json::parse (baseline)", [&] { sink += boost::json::parse(text).is_object(); });
  const double stored = row("json::parse_stored", [&] { sink += json::parse_stored(text).has_value(); });
  const double strict = row("json::parse", [&] { sink += json::parse(text).has_value(); });
  row("json::decode<Page>", [&] { sink += json::decode<Page>(std::string_view(text)).has_value(); });
  const boost::json::value value = boost::json::parse(text);
  const double base_write =
      row("boost::json::serialize (baseline)", [&] { sink += boost::json::serialize(value).size(); });
  const double encode = row("json::encode<Page>", [&] { sink += json::encode(page).size(); });
  std::printf("ratio to baseline: parse_stored %.2f, parse %.2f, encode %.2f\n\n", stored / base_parse,
              strict / base_parse, encode / base_write);
}

void service_rows(bool access_log) {
  base::SystemClock clock;
  base::SystemEntropy entropy;
  base::Registry metrics;
  base::Logger log(clock, base::LogLevel::kInfo, [](std::string_view line) { sink += line.size(); });
  OneToken verifier;
  http::Router router({"/compute/resources"});
  router.add(http::endpoint<http::None, http::None>(
      {.method = "GET", .path = "/compute-nodes/{id}", .name = "get", .parameters = {{"id", &json::kUuidFormat, ""}}},
      [](http::Call& call, http::None, http::None) -> base::Result<http::Reply> {
        return http::reply(200, Item{call.path("id"), "gpu", "Enabled", call.principal().user_id, 3}).etag(3);
      }));
  http::ServiceOptions options;
  options.access_log = access_log;
  http::Service service(options, router, verifier, clock, entropy, log, metrics,
                        [](base::Deadline) { return base::Result<void>(); });
  net::Request request;
  request.method = "GET";
  request.path = "/compute-nodes/6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10";
  request.peer = "127.0.0.1";
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"Host", "127.0.0.1:8080"}, {"User-Agent", "bench"}, {"Accept", "*/*"}, {"Authorization", "Bearer x"}})
    request.headers.add(name, value);
  std::printf("HTTP, access log %s\n", access_log ? "on" : "off");
  row("Service::placement", [&] { sink += service.placement(request) == net::Placement::kPool; });
  row("Service::handle, GET one item", [&] { sink += service.handle(request).body.size(); });
  request.path = "/nowhere";
  row("Service::handle, 404", [&] { sink += service.handle(request).body.size(); });
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() > 1) {
    const std::string_view text(arguments[1]);
    std::from_chars(text.data(), text.data() + text.size(), seconds_per_row);
  }
  json_rows();
  service_rows(true);
  service_rows(false);
  return sink == 0 ? 1 : 0;
}

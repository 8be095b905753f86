// Request ids, trace context, access log, metrics, CORS: what operators and browsers rely on.

#include "http/service_fixture.h"

namespace http::testing {
namespace {

constexpr std::string_view kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

class ObservabilityTest : public ServiceTest {
 public:
  net::Response get(std::vector<net::Header> headers, std::string path = "/things", std::string method = "GET") {
    net::Request made = request(std::move(method), std::move(path));
    for (net::Header& header : headers) made.headers.add(std::move(header.name), std::move(header.value));
    return service().handle(made);
  }
  bool counted(std::string_view series) { return registry.render().find(series) != std::string::npos; }
};

TEST_F(ObservabilityTest, TakesOverASaneRequestId) {
  const std::string all = "AZaz09._:/+=@-";
  EXPECT_EQ(header(get({{"x-request-id", all}}), "X-Request-Id"), all);
  EXPECT_EQ(header(get({{"X-Request-Id", std::string(128, 'a')}}), "X-Request-Id"), std::string(128, 'a'));
  for (const std::string& id : {std::string(129, 'a'), std::string(), std::string("a b"), std::string("a\"b"),
                                std::string("é"), std::string("a\nb")}) {
    EXPECT_NE(header(get({{"X-Request-Id", id}}), "X-Request-Id"), id);
  }
  EXPECT_EQ(header(get({{"X-Request-Id", "a"}, {"X-Request-Id", "b"}}), "X-Request-Id").size(), 32U);
  EXPECT_NE(header(get({}), "X-Request-Id"), header(get({}), "X-Request-Id"));
}

TEST_F(ObservabilityTest, KeepsTheTraceAndMakesASpanOfItsOwn) {
  std::string seen, state;
  on_call = [&](Call& call) {
    seen = call.traceparent();
    state = call.tracestate();
  };
  const net::Response response =
      get({{"traceparent", std::string(kTrace)}, {"tracestate", "a=1"}, {"tracestate", "b=2"}});
  const std::string ours = header(response, "traceparent");
  EXPECT_EQ(ours.substr(0, 36), kTrace.substr(0, 36));
  EXPECT_NE(ours.substr(36, 16), kTrace.substr(36, 16));
  EXPECT_EQ(ours.substr(52), "-01");
  EXPECT_EQ(seen, ours);
  EXPECT_EQ(state, "a=1,b=2");
  EXPECT_NE(lines.back().find("\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\""), std::string::npos);
  EXPECT_NE(lines.back().find("\"span_id\":\"" + ours.substr(36, 16)), std::string::npos);
}

TEST_F(ObservabilityTest, BeginsANewTraceWhereTheGivenOneDoesNotHold) {
  std::string state = "?";
  on_call = [&](Call& call) { state = call.tracestate(); };
  const std::string good(kTrace);
  for (const std::string& bad :
       {std::string(), good + "x", good + "-x", "ff" + good.substr(2), good.substr(0, 54),
        std::string("00-00000000000000000000000000000000-b7ad6b7169203331-01"),
        std::string("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"),
        std::string("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"), "0x" + good.substr(2),
        std::string("00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01"), " " + good}) {
    const std::string ours = header(get({{"traceparent", bad}, {"tracestate", "a=1"}}), "traceparent");
    EXPECT_NE(ours.substr(3, 32), kTrace.substr(3, 32)) << bad;
    EXPECT_EQ(ours.substr(52), "-00") << bad;
    EXPECT_EQ(state, "") << bad;
  }
  EXPECT_NE(header(get({{"traceparent", good}, {"traceparent", good}}), "traceparent").substr(3, 32),
            kTrace.substr(3, 32));
  // A later version may say more behind its flags, and its other flags are not ours to pass on.
  const std::string later = header(get({{"traceparent", "cc" + good.substr(2, 51) + "fe-what-ever"}}), "traceparent");
  EXPECT_EQ(later.substr(0, 36), kTrace.substr(0, 36));
  EXPECT_EQ(later.substr(52), "-00");
}

TEST_F(ObservabilityTest, WritesOneAccessLineWithoutTheQuery) {
  clock.advance(std::chrono::seconds(1));
  on_call = [&](Call&) { clock.advance(std::chrono::milliseconds(12)); };
  net::Request made = request("POST", "/compute/resources/things", "", R"({"name":"a"})");
  made.headers.add("X-Request-Id", "id-1");
  made.headers.add("traceparent", std::string(kTrace));
  const net::Response response = service().handle(made);
  ASSERT_EQ(lines.size(), 1U);
  const std::string line = lines[0].substr(lines[0].find("\"level\""));
  EXPECT_EQ(line,
            "\"level\":\"info\",\"message\":\"request\",\"method\":\"POST\",\"route\":\"/things\",\"path\":"
            "\"/compute/resources/things\",\"status\":201,\"duration_ms\":12,\"bytes_in\":12,\"bytes_out\":12,"
            "\"peer\":\"192.0.2.7\",\"user\":\"" +
                std::string(kAda) +
                "\",\"request_id\":\"id-1\",\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"span_id\":\"" +
                header(response, "traceparent").substr(36, 16) + "\"}\n");
  lines.clear();
  get({}, "/nowhere/secret");
  send("GET", "/things", "token=hush");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("\"route\":\"unmatched\""), std::string::npos);
  EXPECT_EQ(lines[1].find("hush"), std::string::npos);
  send("GET", "/" + std::string(8000, 'x'));
  EXPECT_LT(lines.back().size(), 1200U);
  send("GET", "/\xff\n\"");
  EXPECT_TRUE(json::parse(lines.back()).has_value()) << lines.back();
}

TEST_F(ObservabilityTest, TheAccessLogCanBeTurnedOff) {
  options.access_log = false;
  get({});
  EXPECT_TRUE(lines.empty());
  send("GET", "/fail/internal");
  EXPECT_EQ(lines.size(), 1U) << "errors of ours are told all the same";
}

TEST_F(ObservabilityTest, CountsByRouteMethodAndStatus) {
  get({});
  get({}, "/compute/resources/things");
  get({}, "/things", "HEAD");
  get({}, "/things", "BREW");
  get({}, "/things/x");
  get({}, "/nowhere/1");
  get({}, "/nowhere/2");
  get({}, "/healthz");
  service().refuse(400, "Not HTTP.", net::Request{});
  service().refuse(505, "Not 1.1.", net::Request{});
  EXPECT_TRUE(counted(R"(stewardry_http_requests_total{method="GET",route="/things",status="200"} 2)"));
  EXPECT_TRUE(counted(R"(stewardry_http_requests_total{method="HEAD",route="/things",status="200"} 1)"));
  EXPECT_TRUE(counted(R"(stewardry_http_requests_total{method="OTHER",route="/things",status="405"} 1)"));
  EXPECT_TRUE(counted(R"(stewardry_http_requests_total{method="GET",route="/things/{uuid}",status="400"} 1)"));
  EXPECT_TRUE(counted(R"(stewardry_http_requests_total{method="GET",route="unmatched",status="404"} 2)"));
  EXPECT_TRUE(counted(R"(stewardry_http_requests_total{method="OTHER",route="unmatched",status="400"} 1)"));
  EXPECT_TRUE(counted(R"(stewardry_http_requests_total{method="OTHER",route="unmatched",status="505"} 1)"));
  EXPECT_TRUE(counted(R"(stewardry_http_requests_total{method="GET",route="/healthz",status="200"} 1)"));
  EXPECT_TRUE(counted(R"(stewardry_http_request_duration_seconds_count{method="GET",route="/things"} 2)"));
  EXPECT_TRUE(counted("stewardry_http_in_flight 0"));
  EXPECT_TRUE(counted(R"(stewardry_build_info{version="0.1.0",compiler=")"));
  EXPECT_FALSE(counted("nowhere")) << "what was sent is never a label";
  const net::Response response = get({}, "/metrics");
  EXPECT_EQ(header(response, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(response.body.find("stewardry_http_in_flight 1"), std::string::npos) << "it sees itself";
}

TEST_F(ObservabilityTest, CountsEachRequestOnceFromManyThreads) {
  service();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int k = 0; k < 200; ++k) {
        service().handle(request("GET", "/quick"));
        service().handle(request(k % 2 == 0 ? "PUT" : "DELETE", "/nowhere"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(counted(R"(stewardry_http_requests_total{method="GET",route="/quick",status="204"} 800)"));
  EXPECT_TRUE(counted(R"(stewardry_http_requests_total{method="PUT",route="unmatched",status="404"} 400)"));
  EXPECT_TRUE(counted("stewardry_http_in_flight 0"));
}

TEST_F(ObservabilityTest, LetsTheConfiguredOriginsRead) {
  options.cors_origins = {"https://a.example", "https://b.example"};
  net::Response response = get({{"Origin", "https://b.example"}}, "/nowhere");
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "https://b.example");
  EXPECT_EQ(header(response, "Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(header(response, "Access-Control-Expose-Headers"),
            "ETag, Location, Link, X-Request-Id, X-Total-Count, Retry-After");
  EXPECT_EQ(header(response, "Vary"), "Origin");
  for (const std::string origin : {"https://a.example.evil", "http://a.example", "null", "*", ""}) {
    response = get({{"Origin", origin}});
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "(absent)") << origin;
    EXPECT_EQ(header(response, "Vary"), "Origin");
  }
}

TEST_F(ObservabilityTest, AnswersPreflights) {
  options.cors_origins = {"https://a.example"};
  const net::Response preflight =
      get({{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "PUT"}}, "/things/{x}", "OPTIONS");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(header(preflight, "Access-Control-Allow-Methods"), "DELETE, GET, HEAD, OPTIONS, PUT");
  EXPECT_NE(header(preflight, "Access-Control-Allow-Headers").find("If-Match"), std::string::npos);
  EXPECT_EQ(header(preflight, "Access-Control-Max-Age"), "300");
  const net::Response other =
      get({{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "PUT"}}, "/things", "OPTIONS");
  EXPECT_EQ(header(other, "Access-Control-Allow-Methods"), "(absent)");
}

TEST_F(ObservabilityTest, AnyOriginMayReadButWithoutCredentials) {
  options.cors_origins = {"*"};
  const net::Response response = get({{"Origin", "https://b.example"}});
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header(response, "Access-Control-Allow-Credentials"), "(absent)");
}

}  // namespace
}  // namespace http::testing

#include "http/service_fixture.h"

namespace http::testing {
namespace {

constexpr std::string_view kUuid = "6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10";

std::string thing() { return "/things/" + std::string(kUuid); }

TEST_F(ServiceTest, AnswersAtTheRootAndBelowTheBasePath) {
  std::string base_path = "?";
  on_call = [&](Call& call) { base_path = call.base_path(); };
  const net::Response at_root = send("POST", "/things", "", R"({"name":"a"})");
  EXPECT_EQ(at_root.status, 201) << at_root.body;
  EXPECT_EQ(at_root.body, R"({"name":"a"})");
  EXPECT_EQ(header(at_root, "Location"), "/things/1");
  EXPECT_EQ(header(at_root, "ETag"), "\"1\"");
  EXPECT_EQ(header(at_root, "Content-Type"), "application/json");
  EXPECT_EQ(base_path, "");
  EXPECT_EQ(header(send("POST", "/compute/resources/things", "", R"({"name":"a"})"), "Location"),
            "/compute/resources/things/1");
  EXPECT_EQ(base_path, "/compute/resources");
}

TEST_F(ServiceTest, EveryAnswerHasTheSecurityHeadersAndTheIds) {
  for (const net::Response& response :
       {send("GET", "/things"), send("GET", "/nowhere"), send("PUT", "/things"), send("OPTIONS", "/things"),
        send("GET", "/healthz"), service().refuse(431, "Too large.", net::Request{})}) {
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
    EXPECT_EQ(header(response, "X-Request-Id").size(), 32U);
    EXPECT_EQ(header(response, "traceparent").size(), 55U);
    EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "(absent)");
  }
}

TEST_F(ServiceTest, HeadIsGetAndOptionsTellsTheMethods) {
  const net::Response head = send("HEAD", thing());
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, send("GET", thing()).body);
  for (const std::string_view token : {"good", ""}) {
    const net::Response told = send("OPTIONS", thing(), "", "", token);
    EXPECT_EQ(told.status, 204);
    EXPECT_TRUE(told.body.empty());
    EXPECT_EQ(header(told, "Allow"), "DELETE, GET, HEAD, OPTIONS, PUT");
  }
  EXPECT_EQ(header(send("OPTIONS", "*"), "Allow"), "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  EXPECT_EQ(send("OPTIONS", "/nowhere").status, 404);
  EXPECT_EQ(header(send("OPTIONS", "/docs"), "Allow"), "GET, HEAD, OPTIONS");
}

TEST_F(ServiceTest, AWrongMethodIs405WithAllowAndNeedsNoToken) {
  const net::Response response = send("PATCH", "/things", "", "", "");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header(response, "Allow"), "GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(header(response, "Content-Type"), "application/problem+json");
  EXPECT_EQ(send("get", "/things").status, 405);
  EXPECT_EQ(send("POST", "/healthz").status, 405);
}

TEST_F(ServiceTest, AnUnknownPathIs404WithoutAToken) {
  for (const std::string path :
       {"/nowhere", "/things/", "//things", "/things/x/y", "/", "", "/compute/resources", "/compute/resourcesthings",
        "/compute/resources/healthz", "/%zz", "/things%2f1", "x"}) {
    const net::Response response = send("GET", path, "", "", "");
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(body(response).at("title").as_string(), "Not Found");
  }
}

TEST_F(ServiceTest, TheTokenComesFirst) {
  // Wrong in every other way, too: who is not known hears nothing about the rest.
  net::Request wrong = request("POST", "/things", "x=1", "{broken", "");
  net::Response response = service().handle(wrong);
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(pointers(response), "");
  EXPECT_EQ(send("GET", "/things/no-uuid", "", "", "").status, 401);

  response = send("GET", "/things", "", "", "bad");
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(header(response, "WWW-Authenticate"),
            "Bearer error=\"invalid_token\", error_description=\"The token is not signed by a 'known' key.\"");
  EXPECT_EQ(pointers(response), "header:Authorization");
}

TEST_F(ServiceTest, ReadsTheAuthorizationHeaderStrictly) {
  const auto with = [&](std::vector<std::string> values) {
    net::Request made = request("GET", "/things", "", "", "");
    for (std::string& value : values) made.headers.add("authorization", std::move(value));
    return service().handle(made);
  };
  EXPECT_EQ(with({"bEARER good"}).status, 200);
  EXPECT_EQ(with({"Bearer  good "}).status, 200);
  EXPECT_EQ(with({"Bearer good", "Bearer good"}).status, 400);
  EXPECT_EQ(pointers(with({"Bearer good", "Bearer good"})), "header:Authorization");
  for (const std::string value : {"Bearer", "Bearer ", "Bearer good good", "Bearer good,x"}) {
    EXPECT_EQ(with({value}).status, 401) << value;
    EXPECT_NE(header(with({value}), "WWW-Authenticate").find("invalid_token"), std::string::npos) << value;
  }
  for (const std::string value : {"Basic good", "good", "", "Bearergood"}) {
    EXPECT_EQ(with({value}).status, 401) << value;
    EXPECT_EQ(header(with({value}), "WWW-Authenticate"), "Bearer") << value;
  }
  const net::Response unavailable = with({"Bearer slow"});
  EXPECT_EQ(unavailable.status, 503) << "that a key cannot be had is not a no";
  EXPECT_EQ(header(unavailable, "Retry-After"), "1");
}

TEST_F(ServiceTest, PathParametersAreCanonicalOrA400) {
  EXPECT_EQ(send("GET", "/things/6F1C3E1E-0D0B-4E6A-9F57-0A3A2C1B7D10").body,
            R"({"name":")" + std::string(kUuid) + "\"}");
  EXPECT_EQ(send("GET", "/things/%36f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10").status, 200);
  for (const std::string segment : {"x", "%00", "%2f", "%", "%zz", "%ff", "%0a", "..", "\xff"}) {
    const net::Response response = send("GET", "/things/" + segment);
    EXPECT_EQ(response.status, 400) << segment;
    EXPECT_EQ(pointers(response), "path:uuid") << segment;
  }
  EXPECT_NE(send("GET", "/things/x").body.find("must be a UUID"), std::string::npos);
  EXPECT_EQ(send("GET", "/open/a%20b+c%C3%A9").body, "{\"name\":\"a b+cé\"}");
  for (const std::string segment : {"a%2fb", "a%00", "%c3", "%f0%82%82%ac", "a%7f"}) {
    EXPECT_EQ(pointers(send("GET", "/open/" + segment)), "path:name") << segment;
  }
}

TEST_F(ServiceTest, QueriesAreStrict) {
  EXPECT_EQ(send("GET", "/things", "limit=5&organization_id=").status, 200);
  const net::Response response = send("GET", "/things", "limit=0&limit=1&organisation_id=x&organization_id=y");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(pointers(response), "query:limit query:limit query:organization_id query:organisation_id");
  EXPECT_NE(response.body.find("did you mean organization_id?"), std::string::npos);
  EXPECT_EQ(pointers(send("GET", thing(), "verbose=1")), "query:verbose");
}

TEST_F(ServiceTest, BodiesMustBeJsonOfTheRightShape) {
  const auto post = [&](std::string content_type, std::string text) {
    net::Request made = request("POST", "/things");
    if (!content_type.empty()) made.headers.add("Content-Type", std::move(content_type));
    made.body = std::move(text);
    return service().handle(made);
  };
  const std::string good = R"({"name":"a"})";
  for (const std::string type :
       {"application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\"",
        "application/vnd.api+json", "application/json; version=1;", ""}) {
    EXPECT_EQ(post(type, good).status, 201) << type;
  }
  for (const std::string type : {"text/json", "application/x-www-form-urlencoded",
                                 "application/json; charset=latin1", "application/jsonx", "+json", "json"}) {
    EXPECT_EQ(post(type, good).status, 415) << type;
  }
  net::Request twice = request("POST", "/things", "", good);
  twice.headers.add("Content-Type", "application/json");
  EXPECT_EQ(service().handle(twice).status, 415);
  net::Request packed = request("POST", "/things", "", good);
  packed.headers.add("Content-Encoding", "gzip");
  EXPECT_EQ(pointers(service().handle(packed)), "header:Content-Encoding");

  EXPECT_EQ(post("application/json", "").status, 411);
  net::Request nothing = request("POST", "/things");
  nothing.headers.add("Content-Length", "0");
  EXPECT_EQ(service().handle(nothing).status, 400);
  EXPECT_EQ(pointers(post("application/json", R"({"name":"","x":1})")), "/name /x");
  EXPECT_EQ(post("application/json", "[]").status, 400);
  EXPECT_NE(post("application/json", "{\"name\":\n\"a\",}").body.find("line 2"), std::string::npos);
  EXPECT_EQ(post("application/json", std::string(100000, '[')).status, 400);
}

TEST_F(ServiceTest, ABodyWhereNoneIsTakenIsRefusedUnlessItIsEmpty) {
  EXPECT_EQ(send("GET", thing(), "", "{}").status, 400);
  EXPECT_EQ(send("DELETE", thing(), "", "x").status, 400);
  const net::Response deleted = send("DELETE", thing());
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(header(deleted, "Content-Type"), "(absent)");
  EXPECT_EQ(send("PUT", thing()).body, R"({"name":"none"})") << "a body that may be missing";
  EXPECT_EQ(send("PUT", thing(), "", R"({"name":"b"})").body, R"({"name":"b"})");
}

TEST_F(ServiceTest, IfMatchComparesStrongly) {
  const auto put = [&](std::vector<std::string> tags) {
    net::Request made = request("PUT", thing());
    for (std::string& tag : tags) made.headers.add("If-Match", std::move(tag));
    return service().handle(made);
  };
  for (const std::vector<std::string>& tags : std::vector<std::vector<std::string>>{
           {}, {"*"}, {" * "}, {"\"3\""}, {"\"1\" ,\"3\""}, {",, \"3\","}, {"\"1\"", "\"3\""}, {"\"a,b\", \"3\""}}) {
    EXPECT_EQ(put(tags).status, 200) << (tags.empty() ? "" : tags[0]);
  }
  for (const std::string tag : {"\"2\"", "W/\"3\"", "\"03\"", "\"3 \"", "\"\""}) {
    EXPECT_EQ(put({tag}).status, tag == "\"3 \"" ? 400 : 412) << tag;
  }
  for (const std::string tag : {"3", "", ",", "\"3", "\"3\" \"4\"", "*, \"3\"", "w/\"3\"", "W/", "\"3\"x", "**"}) {
    const net::Response response = put({tag});
    EXPECT_EQ(response.status, 400) << tag;
    EXPECT_EQ(pointers(response), "header:If-Match") << tag;
  }
  EXPECT_EQ(put({"*", "*"}).status, 400);
  EXPECT_NE(put({"\"2\""}).body.find("its version is now"), std::string::npos);
}

TEST_F(ServiceTest, ErrorsOfOursShowTheClassOnlyAndAreLogged) {
  for (const std::string how : {"internal", "corrupt", "throw"}) {
    lines.clear();
    const net::Response response = send("GET", "/fail/" + how);
    EXPECT_EQ(response.status, 500) << how;
    EXPECT_EQ(response.body.find("story"), std::string::npos) << response.body;
    EXPECT_EQ(response.body.find("private"), std::string::npos) << response.body;
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_NE(lines[0].find("\"level\":\"error\",\"message\":\"request failed\""), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find(how == "throw" ? "thrown story" : "hidden story"), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find(header(response, "X-Request-Id")), std::string::npos);
  }
  lines.clear();
  const net::Response busy = send("GET", "/fail/unavailable");
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(header(busy, "Retry-After"), "7");
  EXPECT_EQ(body(busy).at("detail").as_string(), "The directory does not answer.");
  EXPECT_EQ(lines.size(), 2U);
  EXPECT_EQ(header(send("GET", "/fail/busy"), "Retry-After"), "1");
}

TEST_F(ServiceTest, ProblemDocumentsAreWhole) {
  net::Request made = request("GET", "/fail/conflict");
  made.headers.add("X-Request-Id", "abc.1");
  const net::Response response = service().handle(made);
  EXPECT_EQ(response.body,
            R"({"type":"/docs#/problems/conflict","title":"Conflict","status":409,"detail":"It is \"so\" already.",)"
            R"("message":"It is \"so\" already.","requestId":"abc.1","errors":[]})");
}

TEST_F(ServiceTest, ADeadlineThatPassedIs503AndCallsNobody) {
  bool called = false;
  on_call = [&](Call&) { called = true; };
  net::Request late = request("GET", "/things");
  late.deadline = base::Deadline::at(base::Deadline::Clock::time_point::min());
  const net::Response response = service().handle(late);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header(response, "Retry-After"), "1");
  EXPECT_FALSE(called);
}

TEST_F(ServiceTest, TellsWhatNeverBecameARequest) {
  for (const int status : {400, 408, 411, 413, 414, 417, 431, 501, 503, 505}) {
    const net::Response response = service().refuse(status, "Because.", net::Request{});
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(body(response).at("status").as_int64(), status);
    EXPECT_EQ(body(response).at("detail").as_string(), "Because.");
    EXPECT_EQ(header(response, "Content-Type"), "application/problem+json");
  }
}

TEST_F(ServiceTest, PlacesQuickEndpointsOnTheEventLoop) {
  EXPECT_EQ(service().placement(request("GET", "/quick")), net::Placement::kInline);
  EXPECT_EQ(service().placement(request("GET", "/compute/resources/quick")), net::Placement::kInline);
  EXPECT_EQ(service().placement(request("GET", "/things")), net::Placement::kPool);
  EXPECT_EQ(service().placement(request("GET", "/nowhere")), net::Placement::kInline);
  EXPECT_EQ(service().placement(request("GET", "/readyz")), net::Placement::kPool);
  EXPECT_EQ(service().placement(request("GET", "/quick", "", std::string(1 << 20, 'x'))), net::Placement::kPool);
}

TEST_F(ServiceTest, MayKeepQuickEndpointsOffTheEventLoop) {
  options.inline_points = false;
  EXPECT_EQ(service().placement(request("GET", "/quick")), net::Placement::kPool);
}

TEST_F(ServiceTest, ServesHealthReadinessDocumentAndPage) {
  EXPECT_EQ(send("GET", "/healthz", "", "", "").body, R"({"status":"ok"})");
  EXPECT_EQ(send("GET", "/readyz", "", "", "").body, R"({"status":"ready"})");
  ready = base::fail(base::Code::kInternal, "The store is being opened.");
  const net::Response unready = send("GET", "/readyz", "", "", "");
  EXPECT_EQ(unready.status, 503);
  EXPECT_EQ(body(unready).at("detail").as_string(), "The store is being opened.");

  const net::Response document = send("GET", "/openapi.json", "", "", "");
  EXPECT_EQ(body(document).at("openapi").as_string(), "3.1.0");

  const net::Response page = send("GET", "/docs", "", "", "");
  EXPECT_EQ(header(page, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_NE(header(page, "Content-Security-Policy").find("default-src 'none'; script-src 'sha256-"), std::string::npos);
  EXPECT_EQ(header(page, "Content-Security-Policy").find("unsafe"), std::string::npos);
  for (const std::string_view outside : {"http://", "https://", "src=", "@import", "style=\"", "onclick=\""}) {
    EXPECT_EQ(page.body.find(outside), std::string::npos) << "the page needs something from outside: " << outside;
  }
}

}  // namespace
}  // namespace http::testing

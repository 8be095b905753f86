// What comes from a server that is not ours, or from between us and it, must be told as what it is; and the token goes
// nowhere else.

#include "cli/api.h"

#include <gtest/gtest.h>

#include "cli/pages.h"
#include "json/encode.h"
#include "json/parse.h"
#include "net/testing.h"

namespace cli {
namespace {

using base::Code;

TEST(ServerUrl, TakesWhatAServerHas) {
  EXPECT_EQ(parse_server_url("https://h.example/compute/resources/")->path, "/compute/resources");
  EXPECT_EQ(parse_server_url("https://h.example:8443")->origin, "https://h.example:8443");
  EXPECT_TRUE(parse_server_url("HTTPS://h")->encrypted);
  for (const char* local : {"http://localhost:1", "http://127.0.0.1", "http://[::1]:80/x"})
    EXPECT_TRUE(parse_server_url(local)->local) << local;
  for (const char* remote : {"http://localhost.evil.example", "http://128.0.0.1", "http://h", "http://[::2]"})
    EXPECT_FALSE(parse_server_url(remote)->local) << remote;
  for (const char* bad : {"", "h", "ftp://h", "http://", "http://u:p@h", "http://h/?a=b", "http://h/#x", "http://h:0",
                          "http://h /", "http://h\n"})
    EXPECT_EQ(parse_server_url(bad).error().code, Code::kInvalid) << bad;
}

TEST(NextPage, IsTheQueryOfTheLinkAlone) {
  EXPECT_EQ(next_query_of("</accounts?limit=2&cursor=abc>; rel=\"next\""), "?limit=2&cursor=abc");
  EXPECT_EQ(next_query_of("<https://evil.example/accounts?cursor=abc>; rel=\"next\""), "?cursor=abc");
  EXPECT_EQ(next_query_of("</a>; rel=\"prev\", </b?c=1>; rel=\"next\""), "?c=1");
  for (const char* none : {"", "</a?c=1>; rel=\"prev\"", "rel=\"next\"", ">; rel=\"next\"", "</a>; rel=\"next\""})
    EXPECT_EQ(next_query_of(none), "") << none;
}

net::Response response(int status, std::string body, std::string location = "") {
  net::Response made;
  made.status = status;
  made.body = std::move(body);
  if (!location.empty()) made.headers.add("Location", location);
  return made;
}

TEST(Problem, IsToldWithItsFieldsAndRequest) {
  const base::Error error = problem_of(response(
      400,
      R"({"detail":"query:limit must be a number.","requestId":"r1","errors":[{"pointer":"query:limit","message":"must be a number"}]})"));
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_EQ(error.message, "query:limit must be a number.");
  ASSERT_EQ(error.fields.size(), 1U);
  EXPECT_EQ(error.fields[0].pointer, "query:limit");
  EXPECT_EQ(error.detail, "request r1");
}

TEST(Problem, StatusesBecomeCodes) {
  const std::vector<std::pair<int, Code>> cases{{401, Code::kUnauthenticated},
                                                {403, Code::kForbidden},
                                                {404, Code::kNotFound},
                                                {409, Code::kConflict},
                                                {412, Code::kPreconditionFailed},
                                                {422, Code::kImpossible},
                                                {429, Code::kTooManyRequests},
                                                {500, Code::kInternal},
                                                {503, Code::kUnavailable},
                                                {502, Code::kUnavailable},
                                                {418, Code::kInvalid}};
  for (const auto& [status, code] : cases)
    EXPECT_EQ(problem_of(response(status, R"({"detail":"x"})")).code, code) << status;
}

TEST(Problem, OfWhatIsNoStewardry) {
  for (const char* body : {"<html>", "", "[]", "{}", R"({"detail":[]})", "null"}) {
    EXPECT_EQ(problem_of(response(404, body)).code, Code::kNotFound);
    EXPECT_EQ(problem_of(response(500, body)).code, Code::kUnavailable) << "not a mistake that is ours to know";
    EXPECT_NE(problem_of(response(404, body)).message.find("Is the URL right?"), std::string::npos);
  }
  const base::Error moved = problem_of(response(301, "", "https://elsewhere.example/"));
  EXPECT_EQ(moved.code, Code::kUnavailable);
  EXPECT_NE(moved.message.find("https://elsewhere.example/"), std::string::npos);
}

class Served : public ::testing::Test {
 protected:
  void serve(std::function<net::Response(const net::Request&)> answer) {
    server_ = std::make_unique<net::testing::TestServer>(net::ServerOptions{}, [&](net::testing::TestHandler& handler) {
      handler.answer = [this, answer](const net::Request& request) {
        seen.push_back(request);
        return answer(request);
      };
    });
    api.emplace(
        Api::open("http://127.0.0.1:" + std::to_string(server_->port()) + "/base", base::Secret("t0ken"), "").value());
  }
  std::vector<net::Request> seen;
  std::optional<Api> api;

 private:
  std::unique_ptr<net::testing::TestServer> server_;
};

TEST_F(Served, SendsTokenPathAndBody) {
  serve([](const net::Request&) { return response(200, R"({"a":1})"); });
  Ask ask{"POST",
          "/accounts/" + segment("a/b ä"),
          {{"organization_id", "N:organization:1&2"}},
          json::Object{{"x", 1}},
          "\"3\"",
          "key"};
  const auto reply = api->call(ask);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(json::encode(reply->body), R"({"a":1})");
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].path, "/base/accounts/a%2Fb%20%C3%A4");
  EXPECT_EQ(seen[0].query, "organization_id=N%3Aorganization%3A1%262");
  EXPECT_EQ(seen[0].headers.get("Authorization"), "Bearer t0ken");
  EXPECT_EQ(seen[0].headers.get("If-Match"), "\"3\"");
  EXPECT_EQ(seen[0].headers.get("Idempotency-Key"), "key");
  EXPECT_EQ(seen[0].body, R"({"x":1})");
}

TEST_F(Served, FollowsPagesOfTheSameServerOnly) {
  serve([](const net::Request& request) {
    net::Response made = response(200, request.query.find("cursor=2") != std::string::npos ? "[3]" : "[1,2]");
    if (request.query.find("cursor") == std::string::npos)
      made.headers.add("Link", "<http://evil.example/steal?cursor=2>; rel=\"next\"");
    return made;
  });
  Ask ask;
  ask.path = "/list";
  const auto all = pages(*api, ask, kEverything);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(json::encode(all->body), "[1,2,3]");
  EXPECT_FALSE(all->more);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].path, "/base/list");

  const auto first = pages(*api, ask, 1);
  EXPECT_EQ(json::encode(first->body), "[1]");
  EXPECT_TRUE(first->more);
  EXPECT_EQ(seen.size(), 3U) << "one page was enough";
  EXPECT_EQ(pages(*api, ask, 2)->more, true);
}

TEST_F(Served, SaysWhenTheAnswerIsNotJson) {
  serve([](const net::Request&) { return response(200, "<html>"); });
  EXPECT_EQ(api->get("/accounts").error().code, Code::kUnavailable);
}

TEST(Tokens, ThatCannotBeSentAreRefused) {
  for (const std::string& bad :
       {std::string(), std::string("a b"), std::string("a\r\nX: y"), std::string("ä"), std::string(20'000, 'a')})
    EXPECT_EQ(Api::open("http://h", base::Secret(bad), "").error().code, Code::kInvalid);
}

TEST(Join, PutsArraysOfObjectsTogether) {
  json::Value whole = json::parse(R"({"gains":[1],"loses":[]})").value();
  join(whole, json::parse(R"({"gains":[2],"loses":[3],"new":true})").value());
  EXPECT_EQ(json::encode(whole), R"({"gains":[1,2],"loses":[3],"new":true})");
  join(whole, json::parse("[1]").value());
  EXPECT_EQ(json::encode(whole), R"({"gains":[1,2],"loses":[3],"new":true})");
}

}  // namespace
}  // namespace cli

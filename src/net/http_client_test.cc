#include "net/http_client.h"

#include <thread>

#include <gtest/gtest.h>

#include "net/http_client_test_support.h"
#include "net/testing_tls.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using base::Deadline;
using testing::answer_of;
using testing::Echo;
using testing::RawClient;
using testing::read_request;
using testing::request_to;
using testing::Stage;
using testing::TestCertificate;
using testing::TestHandler;
using testing::TestServer;
using testing::TextSink;
using testing::TextSource;
using testing::words;

TEST(HttpClient, SendsWhatItIsGivenAndNothingElse) {
  Echo echo;
  HttpClient client;
  HttpRequest request = request_to(echo.stage.url("/a%20b//../c?x&y=%2F#no"), "POST");
  request.headers.add("X-Name", "value");
  request.headers.add("Host", "bucket.example");
  request.body = "body";
  const HttpOutcome outcome = client.send(request);
  ASSERT_EQ(outcome.trouble, Trouble::kNone) << words(outcome);
  EXPECT_EQ(outcome.response.body, "body");
  EXPECT_EQ(echo.seen.at(0).head,
            "POST /a%20b//../c?x&y=%2F HTTP/1.1\r\nX-Name: value\r\nHost: bucket.example\r\nUser-Agent: "
            "stewardry\r\nContent-Length: 4\r\n\r\n");
}

TEST(HttpClient, KeepsConnectionsPerPlaceAndSharesThemAmongThreads) {
  Echo one, other;
  HttpClient client;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.send(request_to(one.stage.url())).reused_connection, i > 0);
    EXPECT_EQ(client.send(request_to(other.stage.url())).reused_connection, i > 0);
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) EXPECT_EQ(client.send(request_to(one.stage.url())).trouble, Trouble::kNone);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(one.stage.connections(), 4);
  EXPECT_EQ(other.stage.connections(), 1);
  EXPECT_EQ(one.seen.size(), 105U);
}

TEST(HttpClient, HasNoMoreConnectionsThanItMay) {
  testing::Gate go;
  std::atomic<int> present = 0, most = 0;
  Stage stage([&](RawClient& connection, int) {
    while (!read_request(connection).line.empty()) {
      most = std::max<int>(most, ++present);
      EXPECT_TRUE(go.wait());
      --present;
      connection.send(answer_of(200, ""));
    }
  });
  HttpClient client({.connections_per_host_max = 2});
  std::vector<std::thread> threads;
  for (int t = 0; t < 5; ++t)
    threads.emplace_back([&] { EXPECT_EQ(client.send(request_to(stage.url())).trouble, Trouble::kNone); });
  EXPECT_TRUE(testing::eventually([&] { return present == 2; }));
  HttpRequest hurried = request_to(stage.url());
  hurried.deadline = Deadline::after(20ms);
  EXPECT_EQ(client.send(hurried).trouble, Trouble::kDeadline);
  const std::atomic<bool> cancelled = true;
  HttpRequest unwanted = request_to(stage.url());
  unwanted.cancelled = &cancelled;
  EXPECT_EQ(client.send(unwanted).trouble, Trouble::kCancelled);
  go.open();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 2);
}

TEST(HttpClient, ClosesWhatHasBeenIdleForTooLong) {
  Echo echo;
  HttpClient client({.idle_max = 0s});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(client.send(request_to(echo.stage.url())).reused_connection);
  EXPECT_EQ(echo.stage.connections(), 3);
}

TEST(HttpClient, StreamsBodiesOfKnownAndOfUnknownLength) {
  Echo echo;
  HttpClient client;
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i);
  for (const bool sized : {true, false}) {
    for (const std::size_t piece : {std::size_t{777}, std::size_t{1'000'000}}) {
      TextSource source(text, sized, piece);
      TextSink sink;
      HttpRequest request = request_to(echo.stage.url(), "PUT");
      request.source = &source;
      request.body_bytes_max = 10;  // of what is held: nothing
      request.sink = [&](int status, const Headers& headers) {
        EXPECT_EQ(status, 200);
        EXPECT_TRUE(headers.get("Content-Length"));
        return &sink;
      };
      const HttpOutcome outcome = client.send(request);
      ASSERT_EQ(outcome.trouble, Trouble::kNone) << words(outcome);
      EXPECT_TRUE(outcome.response.body.empty());
      EXPECT_TRUE(sink.text == text);
      EXPECT_LE(sink.largest, 128 * 1024U);
      EXPECT_EQ(echo.seen.back().field("Transfer-Encoding"), sized ? "" : "chunked");
    }
  }
  EXPECT_EQ(echo.stage.connections(), 1);
  TextSource nothing("", false);
  HttpRequest empty = request_to(echo.stage.url(), "PUT");
  empty.source = &nothing;
  EXPECT_EQ(client.send(empty).trouble, Trouble::kNone);
}

TEST(HttpClient, SaysWhenASourceOrASinkFails) {
  Echo echo;
  HttpClient client;
  TextSource lying("abc");
  lying.lie = 5;
  TextSource broken("abc");
  broken.fails = true;
  for (TextSource* source : {&lying, &broken}) {
    HttpRequest request = request_to(echo.stage.url(), "PUT");
    request.source = source;
    const HttpOutcome outcome = client.send(request);
    EXPECT_EQ(outcome.trouble, Trouble::kSink) << words(outcome);
  }
  TextSink full;
  full.fails = true;
  HttpRequest request = request_to(echo.stage.url(), "PUT");
  request.body = "abc";
  request.sink = [&](int, const Headers&) { return &full; };
  const HttpOutcome outcome = client.send(request);
  EXPECT_EQ(outcome.trouble, Trouble::kSink);
  EXPECT_EQ(words(outcome), "the disk is full");
}

TEST(HttpClient, UnderstandsHead) {
  Echo echo;
  HttpClient client;
  for (int i = 0; i < 2; ++i) {
    const HttpOutcome outcome = client.send(request_to(echo.stage.url(), "HEAD"));
    ASSERT_EQ(outcome.trouble, Trouble::kNone) << words(outcome);
    EXPECT_EQ(outcome.response.headers.get("Content-Length"), "99");
    EXPECT_TRUE(outcome.response.body.empty());
    EXPECT_EQ(outcome.reused_connection, i > 0);
  }
}

TEST(HttpClient, GoesByTheConnectionField) {
  struct Case {
    std::string answer;
    bool kept;
  };
  for (const Case& one : {Case{answer_of(200, "a", "Connection: keep-alive\r\n"), true},
                          Case{answer_of(200, "a", "Connection: Close\r\n"), false},
                          Case{answer_of(200, "a", "Connection: x, close\r\n"), false},
                          Case{"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", false},
                          Case{"HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na", true},
                          Case{answer_of(200, "a") + "unasked", false}, Case{"HTTP/1.1 204 No\r\n\r\n", true}}) {
    Stage stage([&](RawClient& connection, int) {
      while (!read_request(connection).line.empty()) connection.send(one.answer);
    });
    HttpClient client;
    ASSERT_EQ(client.send(request_to(stage.url())).trouble, Trouble::kNone) << one.answer;
    EXPECT_EQ(client.send(request_to(stage.url())).reused_connection, one.kept) << one.answer;
  }
}

TEST(HttpClient, RefusesWhatCannotBeSent) {
  HttpClient client;
  for (const char* url : {"", "h/x", "ftp://h/", "http://u:p@h/", "http://h/a b", "http://h/\r\nX: y"})
    EXPECT_EQ(client.send(request_to(url)).trouble, Trouble::kRequest) << url;
  for (const char* method : {"", "CONNECT", "GET /", "G\r\n"})
    EXPECT_EQ(client.send(request_to("http://127.0.0.1:1/", method)).trouble, Trouble::kRequest) << method;
  for (const Header& bad : {Header{"X: y\r\nZ", "v"}, Header{"X", "s3cret\r\nZ: y"}, Header{"Content-Length", "5"},
                            Header{"Transfer-Encoding", "chunked"}, Header{"Expect", "100-continue"}}) {
    HttpRequest request = request_to("http://127.0.0.1:1/");
    request.headers.add(bad.name, bad.value);
    const HttpOutcome outcome = client.send(request);
    EXPECT_EQ(outcome.trouble, Trouble::kRequest) << bad.name;
    EXPECT_EQ(words(outcome).find("s3cret"), std::string::npos);
  }
  HttpRequest request = request_to("http://127.0.0.1:1/");
  request.trust_file = "/nowhere.pem";
  EXPECT_EQ(client.send(request).trouble, Trouble::kConnect) << "plain http trusts nobody";
  request.url = "https://127.0.0.1:1/";
  EXPECT_EQ(client.send(request).trouble, Trouble::kRequest);
}

TEST(HttpClient, VerifiesAndResumesTls) {
  const TestCertificate certificate, stranger;
  TestServer server(certificate.options(), [](TestHandler& handler) {
    handler.answer = [](const Request&) {
      Response response;
      response.headers.add("Connection", "close");
      response.body = "secure";
      return response;
    };
  });
  const std::string url = "https://localhost:" + std::to_string(server.port()) + "/";
  HttpClient client;
  HttpRequest request = request_to(url);
  request.trust_file = certificate.chain_file;
  for (int i = 0; i < 3; ++i) {
    const HttpOutcome outcome = client.send(request);
    ASSERT_EQ(outcome.trouble, Trouble::kNone) << words(outcome);
    EXPECT_EQ(outcome.response.body, "secure");
  }
  request.trust_file = stranger.chain_file;
  const HttpOutcome refused = client.send(request);
  EXPECT_EQ(refused.trouble, Trouble::kConnect) << "a session of another trust file must not help";
  EXPECT_NE(words(refused).find("TLS is refused"), std::string::npos) << words(refused);
}

}  // namespace
}  // namespace net

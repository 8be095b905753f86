#include <thread>

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/http_client_test_support.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using base::Deadline;
using testing::answer_of;
using testing::Echo;
using testing::RawClient;
using testing::RawRequest;
using testing::read_request;
using testing::request_to;
using testing::Stage;
using testing::TextSource;
using testing::words;

TEST(HttpClient, SendsOnceMoreWhatMetAClosedConnection) {
  testing::Gate closed;
  Stage stage([&](RawClient& connection, int index) {
    read_request(connection);
    connection.send(answer_of(200, "kept"));
    if (index > 0) {
      while (!read_request(connection).line.empty()) connection.send(answer_of(200, "again"));
      return;
    }
    read_request(connection);  // is lost: the server closes just as it comes
  });
  HttpClient client;
  TextSource source("streamed");
  ASSERT_EQ(client.send(request_to(stage.url())).trouble, Trouble::kNone);
  HttpRequest request = request_to(stage.url(), "POST");
  request.source = &source;
  const HttpOutcome outcome = client.send(request);
  ASSERT_EQ(outcome.trouble, Trouble::kNone) << words(outcome);
  EXPECT_FALSE(outcome.reused_connection);
  EXPECT_EQ(source.rewinds, 1);
  EXPECT_EQ(stage.connections(), 2);
}

TEST(HttpClient, DoesNotSendAgainOnANewConnectionOrAfterAnAnswerBegan) {
  Stage silent([](RawClient& connection, int) { read_request(connection); });
  HttpClient client;
  EXPECT_EQ(client.send(request_to(silent.url())).trouble, Trouble::kNoAnswer);
  EXPECT_EQ(silent.connections(), 1);
  Stage halting([](RawClient& connection, int) {
    read_request(connection);
    connection.send(answer_of(200, "kept"));
    read_request(connection);
    connection.send("HTTP/1.1 2");
  });
  ASSERT_EQ(client.send(request_to(halting.url())).trouble, Trouble::kNone);
  EXPECT_EQ(client.send(request_to(halting.url())).trouble, Trouble::kCut);
  EXPECT_EQ(halting.connections(), 1);
}

TEST(HttpClient, TellsKindsOfTroubleApart) {
  struct Case {
    std::string answer;
    Trouble trouble;
    std::string came;
  };
  for (const Case& one :
       {Case{"", Trouble::kNoAnswer, ""}, Case{"HTTP/1.1 200", Trouble::kCut, ""},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", Trouble::kCut, "abc"},
        Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", Trouble::kCut, "abc"},
        Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", Trouble::kCut, "abc"},
        Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", Trouble::kCut, "abc"},
        Case{"HTTP/1.1 100 Continue\r\n\r\n", Trouble::kNoAnswer, ""},
        Case{"HTTP/1.1 200 OK\r\n\r\nabc", Trouble::kNone, "abc"},
        Case{"SSH-2.0-OpenSSH\r\n\r\n", Trouble::kProtocol, ""},
        Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", Trouble::kProtocol, ""},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", Trouble::kProtocol, ""},
        Case{"HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n", Trouble::kProtocol, ""}}) {
    Stage stage([&](RawClient& connection, int) {
      read_request(connection);
      connection.send(one.answer);
    });
    HttpClient client;
    HttpRequest request = request_to(stage.url());
    request.body_bytes_max = 100;
    const HttpOutcome outcome = client.send(request);
    EXPECT_EQ(outcome.trouble, one.trouble) << one.answer << words(outcome);
    EXPECT_EQ(outcome.error.has_value(), one.trouble != Trouble::kNone);
    if (one.trouble == Trouble::kCut || one.trouble == Trouble::kNone) {
      EXPECT_EQ(outcome.response.body, one.came) << one.answer;
    }
  }
}

TEST(HttpClient, TellsOfResets) {
  Stage before([](RawClient& connection, int) {
    read_request(connection);
    testing::reset(connection);
  });
  HttpClient client;
  EXPECT_EQ(client.send(request_to(before.url())).trouble, Trouble::kNoAnswer);
  testing::Gate read;
  Stage within([&](RawClient& connection, int) {
    read_request(connection);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
    EXPECT_TRUE(read.wait());
    testing::reset(connection);
  });
  struct OpeningSink final : BodySink {
    explicit OpeningSink(testing::Gate& gate) : gate_(gate) {}
    base::Result<void> write(std::string_view) override {
      gate_.open();
      return {};
    }
    testing::Gate& gate_;
  } sink(read);
  HttpRequest request = request_to(within.url());
  request.sink = [&](int, const Headers&) { return &sink; };
  EXPECT_EQ(client.send(request).trouble, Trouble::kCut);
  Stage deaf([](RawClient& connection, int) {
    connection.take(10);
    testing::reset(connection);
  });
  TextSource endless(std::string(64 * 1024 * 1024, 'x'), false, 1 << 20);
  HttpRequest upload = request_to(deaf.url(), "PUT");
  upload.source = &endless;
  EXPECT_EQ(client.send(upload).trouble, Trouble::kSend);
}

TEST(HttpClient, HearsAnEarlyAnswerAndStopsSending) {
  for (const int status : {413, 503}) {
    Stage stage([&](RawClient& connection, int) {
      read_request(connection, true);
      connection.send(answer_of(status, "no", "X-Why: too much\r\n"));
      connection.read_to_end();  // what is on its way, so that nothing is reset
    });
    HttpClient client;
    TextSource source(std::string(64 * 1024 * 1024, 'x'), true, 1 << 20);
    HttpRequest request = request_to(stage.url(), "PUT");
    request.source = &source;
    const HttpOutcome outcome = client.send(request);
    ASSERT_EQ(outcome.trouble, Trouble::kNone) << words(outcome);
    EXPECT_EQ(outcome.response.status, status);
    EXPECT_EQ(outcome.response.body, "no");
  }
}

TEST(HttpClient, WaitsForContinue) {
  std::string body_before;
  std::atomic<int> wish = 100;
  Stage stage([&](RawClient& connection, int) {
    RawRequest head = read_request(connection, true);
    EXPECT_EQ(head.field("Expect"), "100-continue");
    if (wish != 100) {
      connection.send(answer_of(wish, "refused"));
      EXPECT_EQ(connection.read_to_end(), "") << "the body was not wanted";
      return;
    }
    connection.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    connection.send(answer_of(200, connection.take(4)));
    while (!read_request(connection).line.empty()) continue;
  });
  HttpRequest request = request_to(stage.url(), "PUT");
  request.body = "body";
  request.expect_continue = true;
  {
    HttpClient client;
    const HttpOutcome outcome = client.send(request);
    EXPECT_EQ(outcome.response.body, "body") << words(outcome);
  }
  wish = 403;
  HttpClient client;
  const HttpOutcome refused = client.send(request);
  EXPECT_EQ(refused.response.status, 403) << words(refused);
  EXPECT_EQ(refused.response.body, "refused");
}

TEST(HttpClient, SendsTheBodyToServersThatDoNotKnowContinue) {
  Echo echo;
  HttpClient client;
  HttpRequest request = request_to(echo.stage.url(), "PUT");
  request.body = "body";
  request.expect_continue = true;
  EXPECT_EQ(client.send(request).response.body, "body");
}

TEST(HttpClient, StopsAtTheDeadlineAndWhenCancelled) {
  testing::Gate over;
  std::atomic<bool> cancelled = false;
  Stage dripping([&](RawClient& connection, int) {
    read_request(connection);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    cancelled = true;
    while (connection.send("x")) std::this_thread::yield();
  });
  HttpClient client;
  HttpRequest request = request_to(dripping.url());
  request.deadline = Deadline::after(50ms);
  EXPECT_EQ(client.send(request).trouble, Trouble::kDeadline);
  Stage stalling([&](RawClient& connection, int) {
    read_request(connection);
    cancelled = true;
    EXPECT_TRUE(over.wait());
  });
  cancelled = false;
  HttpRequest stalled = request_to(stalling.url());
  stalled.cancelled = &cancelled;
  EXPECT_EQ(client.send(stalled).trouble, Trouble::kCancelled);
  over.open();
}

TEST(HttpClient, SaysWhyThereIsNoConnection) {
  std::string url;
  {
    url = Echo().stage.url();
  }
  HttpClient client;
  const HttpOutcome refused = client.send(request_to(url));
  EXPECT_EQ(refused.trouble, Trouble::kConnect);
  EXPECT_NE(words(refused).find("refused"), std::string::npos) << words(refused);
  Echo plain;
  std::string tls_to_plain = plain.stage.url();
  tls_to_plain.insert(4, "s");
  HttpRequest mute = request_to(tls_to_plain);
  mute.connect_timeout = 50ms;
  EXPECT_EQ(client.send(mute).trouble, Trouble::kConnect);
}

}  // namespace
}  // namespace net

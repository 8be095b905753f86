#include "net/http_client.h"

#include <cstring>
#include <thread>

#include <gtest/gtest.h>

#include "net/testing_stage.h"
#include "net/testing_tls.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using base::Deadline;
using testing::answer_of;
using testing::RawClient;
using testing::RawRequest;
using testing::read_request;
using testing::Stage;
using testing::TestCertificate;
using testing::TestHandler;
using testing::TestServer;

HttpRequest request_to(std::string url, std::string method = "GET") {
  HttpRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.deadline = Deadline::after(testing::kPatience);
  return request;
}

std::string words(const HttpOutcome& outcome) { return outcome.error ? outcome.error->message : "no error"; }

class TextSource final : public BodySource {
 public:
  explicit TextSource(std::string text, bool sized = true, std::size_t piece = 1000)
      : text_(std::move(text)), sized_(sized), piece_(piece) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return sized_ ? std::optional<std::uint64_t>(text_.size() + lie) : std::nullopt;
  }
  base::Result<void> rewind() override {
    ++rewinds;
    at_ = 0;
    return {};
  }
  base::Result<std::size_t> read(char* room, std::size_t size) override {
    if (fails) return base::fail(base::Code::kUnavailable, "the disk is gone");
    const std::size_t count = std::min({size, piece_, text_.size() - at_});
    std::memcpy(room, text_.data() + at_, count);
    at_ += count;
    return count;
  }
  int rewinds = 0;
  std::size_t lie = 0;
  bool fails = false;

 private:
  std::string text_;
  bool sized_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

class TextSink final : public BodySink {
 public:
  base::Result<void> write(std::string_view bytes) override {
    if (fails) return base::fail(base::Code::kUnavailable, "the disk is full");
    text += bytes;
    largest = std::max(largest, bytes.size());
    return {};
  }
  std::string text;
  std::size_t largest = 0;
  bool fails = false;
};

// Answers every request of every connection with what it was, until the client goes.
struct Echo {
  std::mutex mutex;
  std::vector<RawRequest> seen;
  Stage stage{[this](RawClient& connection, int) {
    while (true) {
      const RawRequest request = read_request(connection);
      if (request.line.empty()) return;
      {
        const std::lock_guard lock(mutex);
        seen.push_back(request);
      }
      const bool head = request.line.starts_with("HEAD");
      connection.send(head ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" : answer_of(200, request.body));
    }
  }};
};

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

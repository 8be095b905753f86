#include <csignal>
#include <thread>

#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/http_client_test_support.h"
#include "net/testing_tls.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using testing::answer_of;
using testing::RawClient;
using testing::RawRequest;
using testing::read_request;
using testing::request_to;
using testing::Stage;
using testing::TestCertificate;
using testing::TestServer;
using testing::words;

// A TLS server that says what it is told to, with or without saying that it ends.
struct TlsStage {
  const TestCertificate certificate;
  std::string answer;
  bool says_goodbye = true;
  int version = 0;
  std::atomic<int> resumed = 0;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  std::unique_ptr<Stage> stage;

  explicit TlsStage(std::string text, bool goodbye = true, int only_version = 0)
      : answer(std::move(text)), says_goodbye(goodbye), version(only_version) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL's own sockets raise it, where the client is gone
    SSL_CTX_use_certificate_chain_file(context.get(), certificate.chain_file.c_str());
    SSL_CTX_use_PrivateKey_file(context.get(), certificate.key_file.c_str(), SSL_FILETYPE_PEM);
    if (version != 0) SSL_CTX_set_max_proto_version(context.get(), version);
    stage = std::make_unique<Stage>([this](RawClient& connection, int) { play(connection); });
  }

  void play(RawClient& connection) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
    SSL_set_fd(tls.get(), connection.socket());
    if (SSL_accept(tls.get()) != 1) return;
    resumed += SSL_session_reused(tls.get());
    std::string heard;
    char buffer[4096];
    while (heard.find("\r\n\r\n") == std::string::npos) {
      const int got = SSL_read(tls.get(), buffer, sizeof(buffer));
      if (got <= 0) return;
      heard.append(buffer, static_cast<std::size_t>(got));
    }
    SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
    if (says_goodbye) SSL_shutdown(tls.get());
    connection.done_sending();
    while (connection.read_more()) continue;
  }

  [[nodiscard]] HttpRequest request() const {
    std::string url = stage->url();
    HttpRequest request = request_to(url.insert(4, "s"));
    request.trust_file = certificate.chain_file;
    return request;
  }
};

TEST(HttpClientTls, TellsAnEndFromACut) {
  struct Case {
    const char* answer;
    bool goodbye;
    Trouble trouble;
  };
  for (const Case& one : {Case{"HTTP/1.1 200 OK\r\n\r\nabc", true, Trouble::kNone},
                          Case{"HTTP/1.1 200 OK\r\n\r\nabc", false, Trouble::kCut},
                          Case{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false, Trouble::kNone},
                          Case{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", true, Trouble::kCut}}) {
    TlsStage server(one.answer, one.goodbye);
    HttpClient client;
    const HttpOutcome outcome = client.send(server.request());
    EXPECT_EQ(outcome.trouble, one.trouble) << one.answer << words(outcome);
    EXPECT_EQ(outcome.response.body, "abc");
  }
}

TEST(HttpClientTls, ResumesSessions) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsStage server(answer_of(200, "a", "Connection: close\r\n"), true, version);
    HttpClient client;
    for (int i = 0; i < 3; ++i) ASSERT_EQ(client.send(server.request()).trouble, Trouble::kNone);
    EXPECT_EQ(server.resumed, 2) << version;
    HttpClient stranger;
    ASSERT_EQ(stranger.send(server.request()).trouble, Trouble::kNone);
    EXPECT_EQ(server.resumed, 2);
  }
}

// A proxy that knows one user, and both ways of being used.
struct TestProxy {
  std::mutex mutex;
  std::vector<RawRequest> seen;
  std::string sent_with_tunnel;
  Stage stage{[this](RawClient& client, int) {
    while (true) {
      const RawRequest request = read_request(client);
      if (request.line.empty()) return;
      {
        const std::lock_guard lock(mutex);
        seen.push_back(request);
      }
      if (request.field("Proxy-Authorization") != "Basic dXNlcjpwQHNz") {  // user:p@ss
        client.send(answer_of(407, "who are you?"));
        continue;
      }
      if (!request.line.starts_with("CONNECT ")) {
        client.send(answer_of(200, request.line));
        continue;
      }
      const std::size_t colon = request.line.find(':');
      RawClient server(static_cast<std::uint16_t>(std::strtoul(request.line.c_str() + colon + 1, nullptr, 10)));
      client.send("HTTP/1.1 200 Connection established\r\n\r\n" + sent_with_tunnel);
      return pump(client, server);
    }
  }};

  static void pump(RawClient& left, RawClient& right) {
    pollfd both[2] = {{left.socket(), POLLIN, 0}, {right.socket(), POLLIN, 0}};
    char buffer[16 * 1024];
    while (::poll(both, 2, -1) > 0) {
      for (const int from : {0, 1}) {
        if (both[from].revents == 0) continue;
        const ssize_t got = ::recv(both[from].fd, buffer, sizeof(buffer), 0);
        if (got <= 0) return;
        (from == 0 ? right : left).send({buffer, static_cast<std::size_t>(got)});
      }
    }
  }

  [[nodiscard]] std::string url(std::string_view user = "user:p%40ss@") const {
    return "http://" + std::string(user) + "127.0.0.1:" + std::to_string(stage.port());
  }
};

TEST(HttpClientProxy, OpensTunnelsForHttps) {
  const TestCertificate certificate;
  TestServer server(certificate.options());
  TestProxy proxy;
  HttpClient client;
  HttpRequest request = request_to("https://localhost:" + std::to_string(server.port()) + "/a?b");
  request.trust_file = certificate.chain_file;
  request.proxy = proxy.url();
  for (int i = 0; i < 2; ++i) {
    const HttpOutcome outcome = client.send(request);
    ASSERT_EQ(outcome.trouble, Trouble::kNone) << words(outcome);
    EXPECT_EQ(outcome.response.body, "GET /a?b ");
    EXPECT_EQ(outcome.reused_connection, i > 0);
  }
  ASSERT_EQ(proxy.seen.size(), 1U) << "the tunnel is kept";
  EXPECT_EQ(proxy.seen[0].line, "CONNECT localhost:" + std::to_string(server.port()) + " HTTP/1.1");
}

TEST(HttpClientProxy, NamesTheWholeUrlForHttp) {
  TestProxy proxy;
  HttpClient client;
  HttpRequest request = request_to("http://name.invalid:81/a?b");
  request.proxy = proxy.url();
  const HttpOutcome outcome = client.send(request);
  ASSERT_EQ(outcome.trouble, Trouble::kNone) << words(outcome);
  EXPECT_EQ(outcome.response.body, "GET http://name.invalid:81/a?b HTTP/1.1");
  EXPECT_EQ(proxy.seen[0].field("Host"), "name.invalid:81");
}

TEST(HttpClientProxy, SaysWhatIsWrongWithIt) {
  TestProxy proxy;
  HttpClient client;
  HttpRequest request = request_to("https://localhost:1/");
  request.proxy = proxy.url("user:s3cret@");
  HttpOutcome outcome = client.send(request);
  EXPECT_EQ(outcome.trouble, Trouble::kConnect);
  EXPECT_NE(words(outcome).find("password"), std::string::npos) << words(outcome);
  EXPECT_EQ(words(outcome).find("s3cret"), std::string::npos) << words(outcome);
  for (const char* bad : {"https://user:s3cret@h:1", "ftp://user:s3cret@h", "http://user:s3cret%zz@h", "http://"}) {
    request.proxy = bad;
    outcome = client.send(request);
    EXPECT_EQ(outcome.trouble, Trouble::kRequest) << bad;
    EXPECT_EQ(words(outcome).find("s3cret"), std::string::npos) << words(outcome);
  }
  // Bytes in the clear that pose as the server's, in the tunnel.
  const TestCertificate certificate;
  TestServer server(certificate.options());
  proxy.sent_with_tunnel = answer_of(200, "forged");
  request = request_to("https://localhost:" + std::to_string(server.port()) + "/");
  request.proxy = proxy.url();
  EXPECT_EQ(client.send(request).trouble, Trouble::kConnect);
}

}  // namespace
}  // namespace net

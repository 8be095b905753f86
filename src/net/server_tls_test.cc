#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "net/testing_tls.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::get;
using testing::RawClient;
using testing::TestCertificate;
using testing::TestHandler;
using testing::TestServer;
using testing::TlsClient;

const std::string kLast = "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

TEST(ServerTls, AnswersOverBothVersionsAndSaysSoToTheHandler) {
  const TestCertificate certificate;
  std::atomic<int> over_tls{0};
  TestServer server(certificate.options(), [&](TestHandler& handler) {
    const auto plain = handler.answer;
    handler.answer = [&, plain](const Request& request) {
      over_tls += request.tls ? 1 : 0;
      return plain(request);
    };
  });
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(version);
    const TlsClient::Result result = client.ask(server.port(), get("/1") + get("/2") + kLast, "\x02h2\x08http/1.1");
    EXPECT_TRUE(result.connected);
    EXPECT_EQ(result.protocol, "http/1.1");
    EXPECT_NE(result.received.find("GET /1? "), std::string::npos);
    EXPECT_NE(result.received.find("GET /2? "), std::string::npos);
    EXPECT_TRUE(result.received.ends_with("GET /last? "));
  }
  EXPECT_EQ(over_tls, 6);
}

TEST(ServerTls, ResumesSessions) {
  const TestCertificate certificate;
  TestServer server(certificate.options());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(version);
    EXPECT_FALSE(client.ask(server.port(), kLast).resumed);
    EXPECT_TRUE(client.ask(server.port(), kLast).resumed) << version;
    EXPECT_TRUE(client.ask(server.port(), kLast).resumed) << version;
  }
}

TEST(ServerTls, RefusesOldVersionsAndOtherProtocols) {
  const TestCertificate certificate;
  TestServer server(certificate.options());
  TlsClient old(TLS1_1_VERSION);
  EXPECT_FALSE(old.ask(server.port(), kLast).connected);
  TlsClient only_h2;
  EXPECT_FALSE(only_h2.ask(server.port(), kLast, "\x02h2").connected);
}

TEST(ServerTls, TellsWhoSpeaksPlainHttp) {
  const TestCertificate certificate;
  TestServer server(certificate.options());
  RawClient client(server.port());
  const testing::Answer answer = client.ask(get("/"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("https://"), std::string::npos);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerTls, EndsHandshakesThatAreNone) {
  const TestCertificate certificate;
  ServerOptions options = certificate.options();
  options.header_timeout = 200ms;
  TestServer server(options);
  RawClient garbage(server.port()), silent(server.port()), half(server.port());
  garbage.send(std::string(100, '\x80'));
  half.send(std::string("\x16\x03\x01\x02\x00", 5));
  garbage.read_to_end();
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(half.read_to_end(), "");
  EXPECT_TRUE(eventually([&] { return server.gauge("stewardry_http_connections") == 0; }));
}

TEST(ServerTls, BigBodiesBothWays) {
  const TestCertificate certificate;
  TestServer server(certificate.options(), [](TestHandler& handler) {
    handler.place = [](const Request&) { return Placement::kPool; };
    handler.answer = [](const Request& request) {
      Response response;
      response.body = request.body + request.body + request.body;
      return response;
    };
  });
  const std::string body(900'000, 'b');
  TlsClient client;
  const TlsClient::Result result =
      client.ask(server.port(), "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " +
                                    std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(result.received.size() - result.received.find("\r\n\r\n") - 4, 3 * body.size());
}

TEST(ServerTls, ShutdownAnswersWhatIsInFlight) {
  const TestCertificate certificate;
  testing::Gate started, go;
  TestServer server(certificate.options(), [&](TestHandler& handler) {
    handler.place = [](const Request&) { return Placement::kPool; };
    handler.answer = [&](const Request&) {
      started.open();
      EXPECT_TRUE(go.wait());
      return Response();
    };
  });
  TlsClient client;
  const std::uint16_t port = server.port();
  std::thread asking(
      [&] { EXPECT_NE(client.ask(port, get("/")).received.find("Connection: close"), std::string::npos); });
  EXPECT_TRUE(started.wait());
  RawClient idle(port);
  EXPECT_TRUE(eventually([&] { return server.gauge("stewardry_http_connections") == 2; }));
  std::thread stopping([&] { server.server->stop(); });
  EXPECT_EQ(idle.read_to_end(), "");  // so the server drains
  go.open();
  stopping.join();
  asking.join();
}

TEST(ServerTls, SaysWhatIsWrongWithTheCertificate) {
  const TestCertificate good, other, expired("DNS:localhost", -3600);
  const std::string garbage = good.folder / "garbage.pem";
  std::ofstream(garbage) << "not a certificate\n";
  const auto error_of = [&](const std::string& chain, const std::string& key) {
    ServerOptions options;
    options.tls = {chain, key};
    const base::SystemClock clock;
    base::Logger log(clock, base::LogLevel::kError, [](std::string_view) {});
    base::Registry metrics;
    TestHandler handler;
    const auto server = Server::start(options, handler, log, metrics);
    EXPECT_FALSE(server);
    return server ? std::string() : server.error().message;
  };
  EXPECT_NE(error_of("/nowhere.pem", good.key_file).find("/nowhere.pem cannot be used: No such file"),
            std::string::npos)
      << error_of("/nowhere.pem", good.key_file);
  EXPECT_NE(error_of(garbage, good.key_file).find(garbage + " cannot be used"), std::string::npos);
  EXPECT_NE(error_of(good.chain_file, "/nowhere.pem").find("/nowhere.pem cannot be used"), std::string::npos);
  EXPECT_NE(error_of(good.chain_file, other.key_file).find(other.key_file), std::string::npos);
  EXPECT_NE(error_of(expired.chain_file, expired.key_file).find("has expired"), std::string::npos);
}

}  // namespace
}  // namespace net

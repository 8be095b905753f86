#include "net/client.h"

#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "net/response_reader.h"
#include "net/testing_tls.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Deadline;
using testing::get;
using testing::TestCertificate;
using testing::TestHandler;
using testing::TestServer;

Deadline soon() { return Deadline::after(testing::kPatience); }
std::string url(std::uint16_t port, std::string_view rest = "/", std::string_view scheme = "http",
                std::string_view host = "127.0.0.1") {
  return std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(port) + std::string(rest);
}

// Listens, gives whoever comes first the bytes it was told, and closes.
class Scripted {
 public:
  explicit Scripted(std::string bytes) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    ::listen(listener_, 8);
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, script = std::move(bytes)] {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      ::send(socket, script.data(), script.size(), MSG_NOSIGNAL);
      ::shutdown(socket, SHUT_WR);
      char byte = 0;
      while (::recv(socket, &byte, 1, 0) > 0) continue;
      ::close(socket);
    });
  }
  ~Scripted() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  Scripted(const Scripted&) = delete;
  Scripted& operator=(const Scripted&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST(Fetch, GetsOverHttp) {
  Request seen;
  TestServer server({}, [&](TestHandler& handler) {
    const auto plain = handler.answer;
    handler.answer = [&, plain](const Request& request) {
      seen = request;
      return plain(request);
    };
  });
  const auto response = fetch(url(server.port(), "/a/b?c=d#fragment"), {}, soon());
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "GET /a/b?c=d ");
  EXPECT_EQ(response->headers.get("content-type"), "text/plain");
  EXPECT_EQ(seen.headers.get("Host"), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_TRUE(fetch(url(server.port(), "", "HTTP", "localhost"), {}, soon()));
}

TEST(Fetch, GetsOverHttpsAndChecksTheCertificate) {
  const TestCertificate certificate, stranger, misnamed("DNS:example.org");
  TestServer server(certificate.options()), wrong(misnamed.options());
  FetchOptions options;
  options.trust_file = certificate.chain_file;
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto response = fetch(url(server.port(), "/", "https", host), options, soon());
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "GET /? ");
  }
  const auto untrusted =
      fetch(url(server.port(), "/", "https", "localhost"), {}, soon());  // the system does not know it
  ASSERT_FALSE(untrusted);
  EXPECT_EQ(untrusted.error().code, Code::kUnavailable);
  EXPECT_NE(untrusted.error().message.find("self-signed"), std::string::npos) << untrusted.error().message;

  options.trust_file = stranger.chain_file;
  EXPECT_FALSE(fetch(url(server.port(), "/", "https", "localhost"), options, soon()));

  options.trust_file = misnamed.chain_file;
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto misdirected = fetch(url(wrong.port(), "/", "https", host), options, soon());
    ASSERT_FALSE(misdirected);
    EXPECT_NE(misdirected.error().message.find("mismatch"), std::string::npos) << misdirected.error().message;
  }
  options.trust_file = "/nowhere.pem";
  EXPECT_EQ(fetch(url(server.port(), "/", "https"), options, soon()).error().code, Code::kUnavailable);
}

TEST(Fetch, RefusesWhatIsNoUrl) {
  for (const char* text : {"", "x", "ftp://h/", "http://", "http:///a", "http://u@h/", "http://h:0/", "http://h:99999/",
                           "http://h/a b", "//h/", "http://h/\r\nX: y", "http://h\r\n", "file:///etc/passwd"}) {
    const auto response = fetch(text, {}, soon());
    ASSERT_FALSE(response) << text;
    EXPECT_EQ(response.error().code, Code::kInvalid) << text;
  }
}

TEST(Fetch, SaysWhenNobodyAnswers) {
  std::uint16_t port = 0;
  {
    port = TestServer().port();
  }
  const auto response = fetch(url(port), {}, soon());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kUnavailable);
  EXPECT_NE(response.error().message.find("refused"), std::string::npos) << response.error().message;
}

TEST(Fetch, UnderstandsTheThreeFramings) {
  struct Case {
    std::string bytes;
    std::string body;
  };
  for (const Case& one :
       {Case{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc"},
        Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "abc"},
        Case{"HTTP/1.0 200 OK\r\n\r\nabc", "abc"},
        Case{"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "a"},
        Case{"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ""}}) {
    const Scripted server(one.bytes);
    const auto response = fetch(url(server.port()), {}, soon());
    ASSERT_TRUE(response) << one.bytes << response.error().message;
    EXPECT_EQ(response->body, one.body);
  }
}

TEST(Fetch, RefusesAnswersThatAreNone) {
  for (const char* bytes : {"", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
                            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
                            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                            "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\n\r\n", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
                            "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 000 Zero\r\n\r\n"}) {
    const Scripted server(bytes);
    const auto response = fetch(url(server.port()), {}, soon());
    ASSERT_FALSE(response) << bytes;
    EXPECT_EQ(response.error().code, Code::kUnavailable) << bytes << response.error().message;
  }
}

TEST(Fetch, LimitsTheAnswer) {
  FetchOptions options;
  options.body_bytes_max = 10;
  for (const char* bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n",
        "HTTP/1.1 200 OK\r\n\r\n12345678901"}) {
    const Scripted server(bytes);
    const auto response = fetch(url(server.port()), options, soon());
    ASSERT_FALSE(response) << bytes;
    EXPECT_NE(response.error().message.find("10 bytes"), std::string::npos);
  }
  const Scripted server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234567890");
  EXPECT_TRUE(fetch(url(server.port()), options, soon()));
}

TEST(Fetch, GivesUpAtTheDeadline) {
  testing::Gate go;
  TestServer server({}, [&](TestHandler& handler) {
    handler.place = [](const Request&) { return Placement::kPool; };
    handler.answer = [&](const Request&) {
      EXPECT_TRUE(go.wait());
      return Response();
    };
  });
  const auto response = fetch(url(server.port()), {}, Deadline::after(50ms));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Code::kDeadline);
  const auto resolved = fetch("http://name.invalid/", {}, Deadline::after(0ms));
  ASSERT_FALSE(resolved);
  go.open();
}

TEST(Fetch, ManyAtOnce) {
  const TestCertificate certificate;
  TestServer server(certificate.options());
  FetchOptions options;
  options.trust_file = certificate.chain_file;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) EXPECT_TRUE(fetch(url(server.port(), "/", "https", "localhost"), options, soon()));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Remembers the requests that it was sent, and answers with what each was.
struct Echo {
  std::mutex mutex;
  std::vector<Request> seen;
  TestServer server{{}, [this](TestHandler& handler) {
                      handler.answer = [this](const Request& request) {
                        const std::lock_guard lock(mutex);
                        seen.push_back(request);
                        Response response;
                        response.body = request.method + " " + request.path + " " + request.body;
                        return response;
                      };
                    }};
  [[nodiscard]] Client client() const { return Client::make(url(server.port(), "/ignored"), {}).value(); }
};

Outgoing outgoing(std::string method, std::string target, std::string body = "") {
  Outgoing request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = std::move(body);
  return request;
}

TEST(Client, SendsEveryMethodWithHeadersAndBody) {
  Echo echo;
  Client client = echo.client();
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    Outgoing request = outgoing(method, "/a?b=c", method == std::string("GET") ? "" : "body");
    request.headers.add("X-Name", "value");
    const auto response = client.send(request, soon());
    ASSERT_TRUE(response) << method << response.error().message;
    EXPECT_EQ(response->body, std::string(method) + " /a " + request.body);
    EXPECT_EQ(echo.seen.back().query, "b=c");
    EXPECT_EQ(echo.seen.back().headers.get("X-Name"), "value");
    EXPECT_EQ(echo.seen.back().headers.count("Accept"), 1U);
  }
  EXPECT_TRUE(client.send(outgoing("POST", "/empty"), soon()));
  EXPECT_EQ(echo.seen.back().headers.get("Content-Length"), "0");
}

TEST(Client, KeepsItsConnection) {
  Echo echo;
  Client client = echo.client();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.send(outgoing("GET", "/"), soon()));
  EXPECT_EQ(echo.seen.front().peer, echo.seen.back().peer);
  Client moved = std::move(client);
  EXPECT_TRUE(moved.send(outgoing("GET", "/"), soon()));
}

TEST(Client, KeepsItsConnectionOverTls) {
  const TestCertificate certificate;
  TestServer server(certificate.options());
  FetchOptions options;
  options.trust_file = certificate.chain_file;
  Client client = Client::make(url(server.port(), "", "https", "localhost"), options).value();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.send(outgoing("GET", "/"), soon()));
  EXPECT_FALSE(Client::make(url(server.port(), "", "https", "localhost"), {})->send(outgoing("GET", "/"), soon()))
      << "a certificate that nobody knows";
}

TEST(Client, MakesAConnectionAnewThatTheServerClosed) {
  const Scripted once("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
  Client of_one = Client::make(url(once.port()), {}).value();
  ASSERT_TRUE(of_one.send(outgoing("GET", "/"), soon()));
  const auto gone = of_one.send(outgoing("POST", "/"), Deadline::after(50ms));
  ASSERT_FALSE(gone) << "it listens to nobody any more, and a POST is not sent twice";

  ServerOptions options;
  options.idle_timeout = 1ms;
  TestServer closing(options);
  Client patient = Client::make(url(closing.port()), {}).value();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(patient.send(outgoing("GET", "/"), soon())) << i;
}

TEST(Client, DoesNotReuseWhatTheServerWillClose) {
  for (const char* bytes :
       {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", "HTTP/1.0 200 OK\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\n\r\nsmuggled"}) {
    const Scripted scripted(bytes);
    Client client = Client::make(url(scripted.port()), {}).value();
    const auto first = client.send(outgoing("GET", "/"), soon());
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->body, "a");
    const auto second = client.send(outgoing("GET", "/"), Deadline::after(50ms));
    EXPECT_FALSE(second) << "what came unasked is nobody's answer: " << bytes;
  }
}

TEST(Client, RefusesWhatCannotBeSent) {
  Echo echo;
  Client client = echo.client();
  for (const Outgoing& bad :
       {outgoing("", "/"), outgoing("GET /x HTTP/1.1\r\nA:", "/"), outgoing("HEAD", "/"), outgoing("CONNECT", "/"),
        outgoing("GET", ""), outgoing("GET", "a"), outgoing("GET", "/a b"), outgoing("GET", "/\r\nX: y")}) {
    const auto response = client.send(bad, soon());
    ASSERT_FALSE(response) << bad.method << bad.target;
    EXPECT_EQ(response.error().code, Code::kInvalid);
  }
  for (const Header& bad :
       {Header{"X: y\r\nZ", "v"}, Header{"X", "v\r\nZ: y"}, Header{"", "v"}, Header{"X", "s3cret\n"}}) {
    Outgoing request = outgoing("GET", "/");
    request.headers.add(bad.name, bad.value);
    const auto response = client.send(request, soon());
    ASSERT_FALSE(response) << bad.name;
    EXPECT_EQ(response.error().message.find("s3cret"), std::string::npos);
  }
  EXPECT_TRUE(echo.seen.empty());
  EXPECT_FALSE(Client::make("ftp://h", {}));
}

TEST(Client, TakesTheAnswerOfWhoRefusesALargeBody) {
  TestServer server;
  Client client = Client::make(url(server.port()), {}).value();
  const auto response = client.send(outgoing("POST", "/", std::string(3 * 1024 * 1024, 'x')), soon());
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 413);
}

TEST(ResponseReader, AnyCutGivesTheSame) {
  const auto read = [](std::string_view bytes, std::size_t piece) {
    ResponseReader reader(1000);
    std::string kept;
    ResponseReader::Step step = ResponseReader::Step::kMore;
    for (std::size_t at = 0; at < bytes.size() && step == ResponseReader::Step::kMore; at += piece) {
      kept += bytes.substr(at, piece);
      std::size_t used = 0;
      step = reader.read(kept, used);
      kept.erase(0, used);
    }
    return std::make_pair(step, reader.response().body);
  };
  EXPECT_TRUE(rc::check("pieces do not matter", [&] {
    std::string bytes =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: "
        "y\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nT: u\r\n\r\n";
    if (*rc::gen::arbitrary<bool>())
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::element('\r', '\n', ' ', '0', 'x');
    const std::size_t piece = *rc::gen::inRange<std::size_t>(1, 20);
    RC_ASSERT(read(bytes, piece) == read(bytes, 10'000));
  }));
}

}  // namespace
}  // namespace net

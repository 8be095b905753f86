// The server over real sockets: what a request gets, in which order, and what happens to those that are none.

#include "net/server.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "net/testing.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using testing::eventually;
using testing::Gate;
using testing::get;
using testing::RawClient;
using testing::TestHandler;
using testing::TestServer;

const auto kPool = [](const Request&) { return Placement::kPool; };

TEST(Server, AnswersAndKeepsTheConnection) {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.ask("POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "POST /a%20b?x=1 hi");
    EXPECT_EQ(answer.field("Content-Length"), "18");
    EXPECT_EQ(answer.field("Content-Type"), "text/plain");
    EXPECT_EQ(answer.field("Connection"), "");
    EXPECT_TRUE(answer.field("Date").ends_with(" GMT"));
  }
}

TEST(Server, TellsTheHandlerWhoAsksAndUntilWhen) {
  Request seen;
  TestServer server({}, [&](TestHandler& handler) {
    handler.answer = [&](const Request& request) {
      seen = request;
      return Response();
    };
  });
  RawClient client(server.port());
  EXPECT_EQ(client.ask(get("/")).status, 200);
  EXPECT_TRUE(seen.peer.starts_with("127.0.0.1:"));
  EXPECT_FALSE(seen.tls);
  EXPECT_GT(seen.deadline.left(), 0ms);
  EXPECT_LE(seen.deadline.left(), 30s);
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  Gate first;
  TestServer server({}, [&](TestHandler& handler) {
    handler.place = [](const Request& request) {
      return request.query == "inline" ? Placement::kInline : Placement::kPool;
    };
    handler.answer = [&](const Request& request) {
      if (request.path == "/0") {
        EXPECT_TRUE(first.wait());
      }
      if (request.path == "/3") first.open();  // the last of four pool threads lets the first one go
      Response response;
      response.body = request.path;
      return response;
    };
  });
  RawClient client(server.port());
  std::string all;
  for (int i = 0; i < 8; ++i) all += get("/" + std::to_string(i) + (i % 2 == 0 ? "?inline" : ""));
  all.replace(all.find("/0?inline"), 9, "/0");
  client.send(all);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(client.read_answer().body, "/" + std::to_string(i));
}

TEST(Server, HoldsBackWhoPipelinesTooMuch) {
  Gate gate;
  std::atomic<int> placed{0};
  TestServer server({}, [&](TestHandler& handler) {
    handler.place = [&](const Request&) {
      ++placed;
      return Placement::kPool;
    };
    handler.answer = [&](const Request& request) {
      EXPECT_TRUE(gate.wait());
      Response response;
      response.body = request.path;
      return response;
    };
  });
  RawClient client(server.port());
  std::string all;
  for (int i = 0; i < 100; ++i) all += get("/" + std::to_string(i));
  client.send(all);
  EXPECT_TRUE(eventually([&] { return placed == static_cast<int>(base::limits::kPipelinedMax); }));
  // Another client's answer proves that the loop has had its turn since, and took no more of the first.
  RawClient other(server.port());
  EXPECT_EQ(other.ask("nonsense\r\n\r\n").status, 400);
  EXPECT_EQ(placed, static_cast<int>(base::limits::kPipelinedMax));
  gate.open();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.read_answer().body, "/" + std::to_string(i));
}

TEST(Server, ManyInlineRequestsAtOnceAreAllAnswered) {
  TestServer server;
  RawClient client(server.port());
  std::string all;
  for (int i = 0; i < 2000; ++i) all += get("/" + std::to_string(i));
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(client.read_answer().body, "GET /" + std::to_string(i) + "? ");
  sender.join();
}

TEST(Server, WaitsForAReaderThatIsSlow) {
  TestServer server({}, [](TestHandler& handler) {
    handler.answer = [](const Request&) {
      Response response;
      response.body = std::string(3'000'000, 'x');
      return response;
    };
  });
  RawClient client(server.port(), 4096);
  client.send(get("/") + get("/") + get("/"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read_answer().body.size(), 3'000'000U);
}

TEST(Server, CutsAReaderThatDoesNotRead) {
  ServerOptions options;
  options.write_timeout = 300ms;
  TestServer server(options, [](TestHandler& handler) {
    handler.answer = [](const Request&) {
      Response response;
      response.body = std::string(30'000'000, 'x');
      return response;
    };
  });
  RawClient client(server.port(), 4096);
  client.send(get("/"));
  EXPECT_TRUE(eventually([&] { return server.gauge("stewardry_http_connections") == 1; }));
  EXPECT_TRUE(eventually([&] { return server.gauge("stewardry_http_connections") == 0; }));
}

TEST(Server, HeadHasTheLengthAndNoBody) {
  TestServer server;
  RawClient client(server.port());
  client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + get("/y"));
  const Answer head = client.read_answer(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Length"), "9");
  EXPECT_EQ(client.read_answer().body, "GET /y? ");
}

TEST(Server, OptionsOfTheServerReachTheHandler) {
  TestServer server;
  RawClient client(server.port());
  EXPECT_EQ(client.ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").body, "OPTIONS *? ");
}

TEST(Server, HttpOnePointZeroIsAnsweredAndClosed) {
  TestServer server;
  RawClient client(server.port());
  const Answer answer = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Server, ConnectionCloseIsTheLastRequest) {
  TestServer server;
  RawClient client(server.port());
  const Answer answer = client.ask("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n" + get("/never"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_FALSE(client.was_reset());
}

TEST(Server, AClientThatIsDoneSendingStillGetsItsAnswer) {
  TestServer server({}, [](TestHandler& handler) { handler.place = kPool; });
  RawClient client(server.port());
  client.send(get("/"));
  client.done_sending();
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Server, SendsContinueBeforeTheBody) {
  TestServer server;
  RawClient client(server.port());
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  client.send(head);
  EXPECT_EQ(client.read_answer().status, 100);
  client.send("hi");
  EXPECT_EQ(client.read_answer().body, "POST /? hi");
  client.send(head + "ho");  // did not wait
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.body, "POST /? ho");
}

TEST(Server, ContinueWaitsForTheAnswersBeforeIt) {
  Gate gate;
  TestServer server({}, [&](TestHandler& handler) {
    handler.place = kPool;
    const auto plain = handler.answer;
    handler.answer = [&, plain](const Request& request) {
      if (request.path == "/first") {
        EXPECT_TRUE(gate.wait());
      }
      return plain(request);
    };
  });
  RawClient client(server.port());
  client.send(get("/first") + "POST /second HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  gate.open();
  EXPECT_EQ(client.read_answer().body, "GET /first? ");
  EXPECT_EQ(client.read_answer().status, 100);
  client.send("hi");
  EXPECT_EQ(client.read_answer().body, "POST /second? hi");
}

TEST(Server, NoContinueForWhatWillBeRefused) {
  TestServer server;
  const auto ask = [&](std::string_view fields) {
    return RawClient(server.port()).ask("POST / HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n\r\n").status;
  };
  EXPECT_EQ(ask("Expect: 100-continue\r\nContent-Length: 1048577"), 413);
  EXPECT_EQ(ask("Expect: 100-continue\r\nTransfer-Encoding: gzip"), 501);
  EXPECT_EQ(ask("Expect: 200-ok\r\nContent-Length: 1"), 417);
}

TEST(Server, RefusesAndClosesSoThatTheClientSeesTheAnswer) {
  TestServer server;
  const std::string big(200'000, 'b');
  struct Case {
    int status;
    std::string bytes;
  };
  const Case cases[] = {
      {400, "nonsense\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {400,
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled "
       "HTTP/1.1\r\nHost: h\r\n\r\n"},
      {413, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n" + big},
      {413, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffff1\r\n" + big},
      {414, "GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
      {431, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"},
      {501, "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {505, "GET / HTTP/3.0\r\nHost: h\r\n\r\n"},
  };
  for (const Case& one : cases) {
    RawClient client(server.port());
    client.send(one.bytes);
    const Answer answer = client.read_answer();
    EXPECT_EQ(answer.status, one.status) << one.bytes.substr(0, 80);
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_FALSE(answer.body.empty());
    EXPECT_EQ(client.read_to_end(), "") << "only one answer";
    EXPECT_FALSE(client.was_reset()) << one.bytes.substr(0, 80);
  }
  EXPECT_EQ(server.refused(413), 2U);
  EXPECT_EQ(server.refused(400), 3U);
}

TEST(Server, AnswersTheGoodRequestsBeforeABadOne) {
  TestServer server({}, [](TestHandler& handler) { handler.place = kPool; });
  RawClient client(server.port());
  client.send(get("/1") + get("/2") + "bad\r\n\r\n" + get("/3"));
  EXPECT_EQ(client.read_answer().body, "GET /1? ");
  EXPECT_EQ(client.read_answer().body, "GET /2? ");
  EXPECT_EQ(client.read_answer().status, 400);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Server, ARefusedHeadHasNoBody) {
  TestServer server;
  RawClient client(server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  EXPECT_EQ(client.read_answer(true).status, 400);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Server, AnswersOnlyForItsHosts) {
  ServerOptions options;
  options.hosts = {"example.org"};
  TestServer server(options);
  EXPECT_EQ(RawClient(server.port()).ask("GET / HTTP/1.1\r\nHost: EXAMPLE.org:99\r\n\r\n").status, 200);
  EXPECT_EQ(RawClient(server.port()).ask("GET / HTTP/1.1\r\nHost: rebound.example\r\n\r\n").status, 400);
}

TEST(Server, AHandlerThatThrowsIsLoggedAnd500) {
  TestServer server({}, [](TestHandler& handler) {
    handler.place = [](const Request& request) {
      if (request.path == "/place") throw std::runtime_error("cannot place");
      return request.path == "/pool" ? Placement::kPool : Placement::kInline;
    };
    handler.answer = [](const Request& request) -> Response {
      if (request.path == "/odd") throw 7;
      throw std::runtime_error("kaboom");
    };
  });
  RawClient client(server.port());
  for (const char* path : {"/", "/pool", "/odd", "/place"}) EXPECT_EQ(client.ask(get(path)).status, 500) << path;
  EXPECT_NE(server.logged().find("kaboom"), std::string::npos);
  EXPECT_NE(server.logged().find("cannot place"), std::string::npos);
}

TEST(Server, AResponseThatWouldBreakTheFramingIsNotSent) {
  TestServer server({}, [](TestHandler& handler) {
    handler.answer = [](const Request& request) {
      Response response;
      if (request.path == "/status") response.status = 42;
      if (request.path == "/split") response.headers.add("X", "a\r\nSet-Cookie: evil=1");
      if (request.path == "/name") response.headers.add("X Y", "a");
      if (request.path == "/ours") {
        response.headers.add("Content-Length", "7");
        response.headers.add("transfer-encoding", "chunked");
        response.body = "abc";
      }
      return response;
    };
  });
  RawClient client(server.port());
  for (const char* path : {"/status", "/split", "/name"}) {
    const Answer answer = client.ask(get(path));
    EXPECT_EQ(answer.status, 500) << path;
    EXPECT_EQ(answer.head.find("evil"), std::string::npos);
  }
  const Answer answer = client.ask(get("/ours"));
  EXPECT_EQ(answer.body, "abc");
  EXPECT_EQ(answer.field("Transfer-Encoding"), "");
}

TEST(Server, StatusWithoutABodyHasNone) {
  TestServer server({}, [](TestHandler& handler) {
    handler.answer = [](const Request& request) {
      Response response;
      response.status = request.path == "/204" ? 204 : 304;
      response.body = "not sent";
      return response;
    };
  });
  RawClient client(server.port());
  EXPECT_EQ(client.ask(get("/204")).field("Content-Length"), "");
  EXPECT_EQ(client.ask(get("/304")).status, 304);
  EXPECT_EQ(client.ask(get("/204")).status, 204);
}

TEST(Server, AFullQueueIs503AtOnceAndTheConnectionLives) {
  Gate gate;
  ServerOptions options;
  options.pool_threads = 1;
  options.queue_max = 2;
  std::atomic<int> running{0};
  TestServer server(options, [&](TestHandler& handler) {
    handler.place = kPool;
    handler.answer = [&](const Request&) {
      ++running;
      EXPECT_TRUE(gate.wait());
      return Response();
    };
  });
  RawClient busy(server.port());
  busy.send(get("/running"));
  ASSERT_TRUE(eventually([&] { return running == 1; }));
  RawClient queued(server.port());
  queued.send(get("/queued") + get("/queued"));
  ASSERT_TRUE(eventually([&] { return server.gauge("stewardry_http_queue_depth") == 2; }));
  RawClient turned_away(server.port());
  const Answer answer = turned_away.ask(get("/refused"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.field("Retry-After"), "1");
  EXPECT_EQ(answer.field("Connection"), "");
  // With a body that waits for leave: the same, and before the body is sent.
  EXPECT_EQ(RawClient(server.port())
                .ask("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
                .status,
            503);
  gate.open();
  EXPECT_EQ(busy.read_answer().status, 200);
  EXPECT_EQ(queued.read_answer().status, 200);
  EXPECT_EQ(queued.read_answer().status, 200);
  EXPECT_EQ(turned_away.ask(get("/again")).status, 200);
}

TEST(Server, OneConnectionTooManyIs503) {
  ServerOptions options;
  options.connections_max = 2;
  TestServer server(options);
  RawClient one(server.port()), two(server.port());
  EXPECT_EQ(one.ask(get("/")).status, 200);
  EXPECT_EQ(two.ask(get("/")).status, 200);
  RawClient three(server.port());
  const Answer answer = three.ask(get("/"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_EQ(answer.field("Retry-After"), "1");
  EXPECT_EQ(three.read_to_end(), "");
  three.close();
  one.close();
  ASSERT_TRUE(eventually([&] { return server.gauge("stewardry_http_connections") == 1; }));
  EXPECT_EQ(RawClient(server.port()).ask(get("/")).status, 200);
}

TEST(Server, AHalfSentRequestIs408AndAnIdleConnectionIsClosed) {
  ServerOptions options;
  options.header_timeout = options.body_timeout = options.idle_timeout = 200ms;
  TestServer server(options);
  RawClient head(server.port()), body(server.port()), idle(server.port()), silent(server.port());
  head.send("GET / HTTP/1.1\r\nHo");
  body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_EQ(idle.ask(get("/")).status, 200);
  EXPECT_EQ(head.read_answer().status, 408);
  EXPECT_EQ(head.read_to_end(), "");
  EXPECT_EQ(body.read_answer().status, 408);
  EXPECT_EQ(body.read_to_end(), "");
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(silent.read_to_end(), "");
}

// Slowloris: a byte now and then moves no deadline.
TEST(Server, DrippingDoesNotExtendTheHeaderTimeout) {
  ServerOptions options;
  options.header_timeout = 300ms;
  TestServer server(options);
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n");
  std::atomic<bool> over{false};
  std::thread dripper([&] {
    while (!over && client.send("X: y\r\n")) {
      pollfd nothing{-1, 0, 0};
      ::poll(&nothing, 1, 20);  // the attack is its pauses
    }
  });
  EXPECT_EQ(client.read_answer().status, 408);
  over = true;
  dripper.join();
}

TEST(Server, AClientThatGoesAwayInTheMiddleDisturbsNobody) {
  Gate gate;
  TestServer server({}, [&](TestHandler& handler) {
    handler.place = [](const Request& request) {
      return request.path == "/slow" ? Placement::kPool : Placement::kInline;
    };
    const auto plain = handler.answer;
    handler.answer = [&, plain](const Request& request) {
      if (request.path == "/slow") {
        EXPECT_TRUE(gate.wait());
      }
      return plain(request);
    };
  });
  {
    RawClient gone(server.port()), half(server.port()), reset(server.port());
    gone.send(get("/slow"));
    half.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    reset.send(get("/slow"));
    const linger now{1, 0};
    ::setsockopt(reset.socket(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }
  EXPECT_EQ(RawClient(server.port()).ask(get("/")).status, 200);
  gate.open();
  EXPECT_TRUE(eventually([&] { return server.gauge("stewardry_http_connections") == 0; }));
}

TEST(Server, ManyClientsOnManyLoops) {
  ServerOptions options;
  options.event_loops = 4;
  TestServer server(options, [](TestHandler& handler) {
    handler.place = [](const Request& request) {
      return request.path.size() % 2 == 0 ? Placement::kPool : Placement::kInline;
    };
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int c = 0; c < 5; ++c) {
        RawClient client(server.port());
        for (int i = 0; i < 40; ++i) {
          const std::string path = "/" + std::to_string(t) + std::string(static_cast<std::size_t>(i), 'p');
          EXPECT_EQ(client.ask(get(path)).body, "GET " + path + "? ");
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Server, SaysWhyItCannotStart) {
  TestServer first;
  ServerOptions options;
  options.port = first.port();
  TestHandler handler;
  base::Registry metrics;
  const auto second = Server::start(options, handler, first.log, metrics);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::kUnavailable);
  EXPECT_NE(second.error().message.find(std::to_string(first.port())), std::string::npos);

  options.address = "not an address";
  EXPECT_FALSE(Server::start(options, handler, first.log, metrics));
}

TEST(Server, SpeaksIpV6) {
  ServerOptions options;
  options.address = "::1";
  std::string peer;
  TestServer server(options, [&](TestHandler& handler) {
    handler.answer = [&](const Request& request) {
      peer = request.peer;
      return Response();
    };
  });
  const int socket = ::socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(server.port());
  address.sin6_addr = in6addr_loopback;
  ASSERT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = get("/");
  ASSERT_GT(::send(socket, request.data(), request.size(), 0), 0);
  char byte = 0;
  ASSERT_EQ(::recv(socket, &byte, 1, 0), 1);
  ::close(socket);
  EXPECT_TRUE(peer.starts_with("[::1]:")) << peer;
}

}  // namespace
}  // namespace net

// stop(): what is in flight is answered, what is idle goes, and what does not end is cut.

#include <thread>

#include <gtest/gtest.h>

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

TEST(ServerStop, AnswersWhatIsInFlightAndClosesWhatIsIdle) {
  Gate started, go;
  TestServer server({}, [&](TestHandler& handler) {
    handler.place = [](const Request& request) {
      return request.path == "/slow" ? Placement::kPool : Placement::kInline;
    };
    const auto plain = handler.answer;
    handler.answer = [&, plain](const Request& request) {
      if (request.path == "/slow") {
        started.open();
        EXPECT_TRUE(go.wait());
      }
      return plain(request);
    };
  });
  const std::uint16_t port = server.port();
  RawClient idle(port), busy(port), half(port);
  EXPECT_EQ(idle.ask(get("/")).status, 200);
  busy.send(get("/slow"));
  ASSERT_TRUE(started.wait());
  half.send("POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  ASSERT_TRUE(eventually([&] { return server.gauge("stewardry_http_connections") == 3; }));
  EXPECT_EQ(RawClient(port).ask(get("/")).status, 200);  // so the loop has read what half sent
  std::thread stopping([&] { server.server->stop(); });
  EXPECT_EQ(idle.read_to_end(), "");  // at once, while the other still runs
  half.send("cd");
  const Answer late = half.read_answer();
  EXPECT_EQ(late.body, "POST /half? abcd");
  EXPECT_EQ(late.field("Connection"), "close");
  go.open();
  const Answer answer = busy.read_answer();
  EXPECT_EQ(answer.body, "GET /slow? ");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_EQ(busy.read_to_end(), "");
  half.close();
  busy.close();
  stopping.join();
}

TEST(ServerStop, CutsWhatDoesNotEnd) {
  ServerOptions options;
  options.drain_timeout = 200ms;
  Gate started, go;
  TestServer server(options, [&](TestHandler& handler) {
    handler.place = [](const Request&) { return Placement::kPool; };
    handler.answer = [&](const Request&) {
      started.open();
      EXPECT_TRUE(go.wait());
      return Response();
    };
  });
  RawClient client(server.port());
  client.send(get("/"));
  ASSERT_TRUE(started.wait());
  std::thread stopping([&] { server.server->stop(); });
  EXPECT_EQ(client.read_to_end(), "");  // cut while its handler still runs
  go.open();
  stopping.join();
  EXPECT_NE(server.logged().find("were cut"), std::string::npos);
}

TEST(ServerStop, IsIdempotentAndComesWithTheDestructor) {
  TestServer server;
  RawClient client(server.port());
  EXPECT_EQ(client.ask(get("/")).status, 200);
  server.server->stop();
  server.server->stop();
  server.server.reset();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(ServerStop, UnderLoadLosesNoAnswerThatItBegan) {
  for (int round = 0; round < 5; ++round) {
    ServerOptions options;
    options.event_loops = 2;
    TestServer server(options, [](TestHandler& handler) {
      handler.place = [](const Request& request) {
        return request.path == "/p" ? Placement::kPool : Placement::kInline;
      };
    });
    const std::uint16_t port = server.port();
    std::vector<std::thread> threads;
    std::atomic<int> answered{0};
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, client = std::make_shared<RawClient>(port)] {
        while (client->send(get(answered % 2 == 0 ? "/p" : "/i"))) {
          if (!client->read_more()) break;
          const Answer answer = client->read_answer();
          EXPECT_EQ(answer.status, 200);
          EXPECT_EQ(answer.body.size(), 8U);
          ++answered;
          if (answer.field("Connection") == "close") break;
        }
      });
    }
    EXPECT_TRUE(eventually([&] { return answered > 100; }));
    server.server->stop();
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace net

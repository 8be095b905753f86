#include "net/event_stream.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "net/testing.h"

namespace net {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using testing::eventually;
using testing::get;
using testing::RawClient;
using testing::TestHandler;
using testing::TestServer;

TEST(EventStream, WritesTheFormat) {
  EXPECT_EQ(format_event("update", "one\ntwo\r\nthree\r", "7"),
            "id: 7\nevent: update\ndata: one\ndata: two\ndata: three\ndata: \n\n");
  EXPECT_EQ(format_event("", "", ""), "data: \n\n");
  EXPECT_EQ(format_event("a\nb", "c", std::string("d\0\re", 4)), "id: de\nevent: ab\ndata: c\n\n");
}

TEST(EventStream, CutsAReaderThatFallsBehind) {
  EventChannel channel;
  int woken = 0;
  channel.attach([&] { ++woken; });
  const std::string data(10'000, 'd');
  std::size_t sent = 0;
  while (channel.send("", data, "")) ++sent;
  EXPECT_EQ(sent, EventStream::kBytesMax / (data.size() + 8));
  EXPECT_FALSE(channel.open());
  EXPECT_EQ(woken, 2);  // once for all that was not taken, and once for the cut
  std::string text;
  EXPECT_EQ(channel.take(text), EventChannel::State::kCut);
}

TEST(EventStream, WhatIsTakenCountsUntilItIsAcknowledged) {
  EventChannel channel;
  const std::string data(40'000, 'd');
  EXPECT_TRUE(channel.send("", data, ""));
  std::string text;
  EXPECT_EQ(channel.take(text), EventChannel::State::kOpen);
  channel.acknowledge(text.size());
  EXPECT_TRUE(channel.send("", data, ""));
  text.clear();
  channel.take(text);
  EXPECT_FALSE(channel.send("", data, ""));
}

struct Streaming {
  std::shared_ptr<EventStream> stream = make_event_stream();
  TestServer server{{}, [this](TestHandler& handler) {
                      handler.answer = [this](const Request&) {
                        Response response;
                        response.events = stream;
                        return response;
                      };
                    }};
};

TEST(EventStream, StreamsChunksAndEnds) {
  Streaming streaming;
  streaming.stream->send("early", "before the reader came", "");
  RawClient client(streaming.server.port());
  client.send(get("/events"));
  ASSERT_TRUE(client.read_until("data: before the reader came\n\n\r\n"));
  EXPECT_TRUE(streaming.stream->send("now", "x", "1"));
  ASSERT_TRUE(client.read_until("id: 1\nevent: now\ndata: x\n\n\r\n"));
  streaming.stream->close();
  EXPECT_FALSE(streaming.stream->send("late", "y", ""));
  const std::string all = client.read_to_end();
  EXPECT_NE(all.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_NE(all.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(all.find("Cache-Control: no-store\r\n"), std::string::npos);
  EXPECT_TRUE(all.ends_with("\r\n0\r\n\r\n"));
}

TEST(EventStream, ToHttpOnePointZeroWithoutChunks) {
  Streaming streaming;
  RawClient client(streaming.server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(client.read_until("\r\n\r\n"));
  streaming.stream->send("", "x", "");
  streaming.stream->close();
  const std::string all = client.read_to_end();
  EXPECT_TRUE(all.ends_with("\r\n\r\ndata: x\n\n")) << all;
  EXPECT_EQ(all.find("chunked"), std::string::npos);
}

TEST(EventStream, HeadEndsTheStream) {
  Streaming streaming;
  RawClient client(streaming.server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("\r\n\r\n"));
  EXPECT_FALSE(streaming.stream->open());
}

TEST(EventStream, SeesThatTheReaderIsGone) {
  Streaming streaming;
  {
    RawClient client(streaming.server.port());
    client.send(get("/"));
    ASSERT_TRUE(client.read_until("\r\n\r\n"));
    EXPECT_TRUE(streaming.stream->open());
  }
  EXPECT_TRUE(eventually([&] { return !streaming.stream->open(); }));
  EXPECT_FALSE(streaming.stream->send("", "x", ""));
}

TEST(EventStream, AReaderThatDoesNotReadIsCutAndTheSenderNeverWaits) {
  Streaming streaming;
  RawClient client(streaming.server.port(), 2048);
  client.send(get("/"));
  ASSERT_TRUE(client.read_until("\r\n\r\n"));
  const std::string data(1000, 'd');
  EXPECT_TRUE(eventually([&] { return !streaming.stream->send("", data, ""); }));
  EXPECT_TRUE(eventually([&] { return streaming.server.gauge("stewardry_http_connections") == 0; }));
}

TEST(EventStream, ShutdownEndsIt) {
  Streaming streaming;
  RawClient client(streaming.server.port());
  client.send(get("/"));
  ASSERT_TRUE(client.read_until("\r\n\r\n"));
  std::thread stopping([&] { streaming.server.server->stop(); });
  EXPECT_TRUE(client.read_to_end().ends_with("0\r\n\r\n"));
  client.close();
  stopping.join();
  EXPECT_FALSE(streaming.stream->open());
}

TEST(EventStream, ManySendersOneReader) {
  Streaming streaming;
  RawClient client(streaming.server.port());
  client.send(get("/"));
  ASSERT_TRUE(client.read_until("\r\n\r\n"));
  std::vector<std::thread> senders;
  std::atomic<int> sent{0};
  for (int t = 0; t < 4; ++t) {
    senders.emplace_back([&] {
      for (int i = 0; i < 100; ++i) sent += streaming.stream->send("", "x", "") ? 1 : 0;
    });
  }
  for (std::thread& sender : senders) sender.join();
  streaming.stream->close();
  const std::string all = client.read_to_end();
  std::size_t events = 0;
  for (std::size_t at = 0; (at = all.find("data: x\n\n", at)) != std::string::npos; ++at) ++events;
  EXPECT_EQ(events, 400U);
  EXPECT_EQ(sent, 400);
}

}  // namespace
}  // namespace net

// The small parts: headers, the bytes of a response, the pool.

#include <atomic>

#include <gtest/gtest.h>

#include "net/message.h"
#include "net/pool.h"
#include "net/response_writer.h"
#include "net/testing.h"

namespace net {
namespace {

using testing::eventually;
using testing::Gate;

TEST(Headers, NamesHaveNoCase) {
  Headers headers;
  headers.add("X-One", "1");
  headers.add("x-one", "2");
  headers.add("Other", "3");
  EXPECT_EQ(headers.get("X-ONE"), "1");
  EXPECT_EQ(headers.count("x-One"), 2U);
  EXPECT_EQ(headers.get("X-On"), std::nullopt);
  headers.set("X-ONE", "4");
  EXPECT_EQ(headers.count("X-One"), 1U);
  EXPECT_EQ(headers.get("X-One"), "4");
  headers.set("New", "5");
  ASSERT_EQ(headers.all().size(), 3U);
  EXPECT_EQ(headers.all()[1].name, "Other");
  EXPECT_EQ(headers.all()[2].value, "5");
}

TEST(ResponseWriter, WritesTheExampleDate) {
  EXPECT_EQ(make_date_field(std::chrono::sys_seconds(std::chrono::seconds(784111777))),
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_EQ(make_date_field(std::chrono::sys_seconds(std::chrono::seconds(0))),
            "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
}

TEST(ResponseWriter, WritesWholeResponses) {
  Response response;
  response.status = 404;
  response.headers.add("X", "y");
  response.headers.add("Connection", "keep-alive");
  response.body = "no";
  std::string out;
  append_response(out, response, {.close = true}, "Date: d\r\n");
  EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\nDate: d\r\nX: y\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  out.clear();
  response.status = 299;
  append_response(out, response, {.head = true}, "");
  EXPECT_EQ(out, "HTTP/1.1 299 Status\r\nX: y\r\nContent-Length: 2\r\n\r\n");
}

TEST(ResponseWriter, AnEmptyChunkIsNotTheLast) {
  std::string out;
  append_chunk(out, "");
  EXPECT_EQ(out, "");
  append_chunk(out, std::string(26, 'x'));
  EXPECT_TRUE(out.starts_with("1a\r\nxxx"));
}

class Job final : public Task {
 public:
  explicit Job(std::function<void()> work) : work_(std::move(work)) {}
  void run() override { work_(); }

 private:
  std::function<void()> work_;
};

bool push(Pool& pool, std::function<void()> work) {
  std::unique_ptr<Task> task = std::make_unique<Job>(std::move(work));
  const bool taken = pool.push(task);
  EXPECT_EQ(taken, task == nullptr) << "what is not taken stays with the caller";
  return taken;
}

TEST(Pool, RefusesWhenFullAndRunsEverythingItTook) {
  base::Registry metrics;
  base::Gauge& depth = metrics.gauge("depth", "");
  std::atomic<int> ran{0};
  Gate gate, running;
  {
    Pool pool(1, 2, depth);
    EXPECT_TRUE(push(pool, [&] {
      running.open();
      EXPECT_TRUE(gate.wait());
      ++ran;
    }));
    EXPECT_TRUE(running.wait());
    EXPECT_TRUE(push(pool, [&] { ++ran; }));
    EXPECT_TRUE(pool.has_room());
    EXPECT_TRUE(push(pool, [&] { ++ran; }));
    EXPECT_FALSE(pool.has_room());
    EXPECT_FALSE(push(pool, [&] { ++ran; }));
    EXPECT_EQ(depth.value(), 2);
    gate.open();
    pool.stop();
    EXPECT_FALSE(push(pool, [&] { ++ran; }));
  }
  EXPECT_EQ(ran, 3);
  EXPECT_EQ(depth.value(), 0);
}

TEST(Pool, TakesNothingBehindWorkThatIsStale) {
  base::Registry metrics;
  Gate gate, running;
  Pool pool(1, 100, metrics.gauge("depth", ""));
  EXPECT_TRUE(push(pool, [&] {
    running.open();
    EXPECT_TRUE(gate.wait());
  }));
  EXPECT_TRUE(running.wait());
  EXPECT_TRUE(push(pool, [] {}));
  EXPECT_TRUE(eventually([&] { return !pool.has_room(); }));  // after kWaitMax, though 99 places are free
  gate.open();
  EXPECT_TRUE(eventually([&] { return pool.has_room(); }));
}

}  // namespace
}  // namespace net

#include "base/metrics.h"

#include <thread>

#include <gtest/gtest.h>

namespace base {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(Metrics, TheTextIsExactlyThis) {
  Registry registry;
  registry.counter("requests_total", "Requests.", {{"route", "/a/{id}"}, {"status", "200"}}).add(3);
  registry.counter("requests_total", "Requests.", {{"route", "/b"}, {"status", "404"}}).add();
  registry.gauge("depth", "Depth.").set(-2);
  registry.observed_gauge("share", "Share.", {{"of", "pool"}}, [] { return 0.25; });
  EXPECT_EQ(registry.render(),
            "# HELP depth Depth.\n# TYPE depth gauge\ndepth -2\n"
            "# HELP requests_total Requests.\n# TYPE requests_total counter\n"
            "requests_total{route=\"/a/{id}\",status=\"200\"} 3\n"
            "requests_total{route=\"/b\",status=\"404\"} 1\n"
            "# HELP share Share.\n# TYPE share gauge\nshare{of=\"pool\"} 0.25\n");
}

TEST(Metrics, AHistogramCountsUpToEachBound) {
  Registry registry;
  Histogram& histogram = registry.histogram("latency_seconds", "Latency.", {{"route", "/x"}});
  histogram.observe(microseconds(50));  // on a bound: it belongs below
  histogram.observe(microseconds(51));
  histogram.observe(milliseconds(3));
  histogram.observe(std::chrono::seconds(11));
  histogram.observe(std::chrono::nanoseconds(-5));  // a clock that stepped back is no time at all
  const std::string text = registry.render();
  for (const std::string_view line :
       {"latency_seconds_bucket{route=\"/x\",le=\"5e-05\"} 2\n",
        "latency_seconds_bucket{route=\"/x\",le=\"0.0001\"} 3\n",
        "latency_seconds_bucket{route=\"/x\",le=\"0.0025\"} 3\n",
        "latency_seconds_bucket{route=\"/x\",le=\"0.005\"} 4\n", "latency_seconds_bucket{route=\"/x\",le=\"10\"} 4\n",
        "latency_seconds_bucket{route=\"/x\",le=\"+Inf\"} 5\n", "latency_seconds_sum{route=\"/x\"} 11.003101000\n",
        "latency_seconds_count{route=\"/x\"} 5\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  EXPECT_EQ(histogram.count(), 5U);
}

TEST(Metrics, AHistogramWithoutLabelsHasNoEmptyBraces) {
  Registry registry;
  registry.histogram("h", "H.").observe(milliseconds(1));
  const std::string text = registry.render();
  EXPECT_NE(text.find("h_bucket{le=\"0.001\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nh_sum 0.001000000\nh_count 1\n"), std::string::npos) << text;
}

TEST(Metrics, LabelValuesAreEscaped) {
  Registry registry;
  registry.counter("c", "C.", {{"name", "a\\b\"c\nd"}}).add();
  EXPECT_NE(registry.render().find("c{name=\"a\\\\b\\\"c\\nd\"} 1\n"), std::string::npos) << registry.render();
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameMetric) {
  Registry registry;
  Counter& first = registry.counter("c", "C.", {{"a", "1"}});
  EXPECT_EQ(&registry.counter("c", "C.", {{"a", "1"}}), &first);
  EXPECT_NE(&registry.counter("c", "C.", {{"a", "2"}}), &first);
}

TEST(Metrics, NothingIsLostAmongThreads) {
  Registry registry;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&registry, t] {
      for (int i = 0; i < 5000; ++i) {
        registry.counter("c", "C.", {{"shard", std::to_string(i % 3)}}).add();
        registry.histogram("h", "H.").observe(microseconds(i));
        if (i % 1000 == t) {
          EXPECT_NE(registry.render(), "");
        }
      }
    });
  }
  for (std::thread& each : threads) each.join();
  std::uint64_t total = 0;
  for (const char* shard : {"0", "1", "2"}) total += registry.counter("c", "C.", {{"shard", shard}}).value();
  EXPECT_EQ(total, 20'000U);
  EXPECT_EQ(registry.histogram("h", "H.").count(), 20'000U);
}

TEST(MetricsDeathTest, OneNameHasOneType) {
  Registry registry;
  registry.counter("c", "C.");
  EXPECT_DEATH(registry.gauge("c", "C."), "a metric has one type");
}

}  // namespace
}  // namespace base

#include "base/log.h"

#include <limits>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "json/parse.h"

namespace base {
namespace {

class LogTest : public testing::Test {
 protected:
  // The one line that was written, as JSON.
  json::Object line() {
    EXPECT_EQ(lines.size(), 1U);
    const Result<json::Value> value = json::parse(lines.empty() ? "" : std::string_view(lines.back()));
    if (!value || !value->is_object()) {
      ADD_FAILURE() << "no JSON object: " << (lines.empty() ? "" : lines.back());
      return {};
    }
    return value->get_object();
  }
  static std::string text(const json::Object& object, std::string_view name) {
    const auto* value = object.if_contains(boost::json::string_view(name.data(), name.size()));
    return value != nullptr && value->is_string() ? std::string(json::view(value->get_string())) : "(absent)";
  }

  ManualClock clock{Time(std::chrono::milliseconds(1'763'963'264'123))};
  std::vector<std::string> lines;
  Logger log{clock, LogLevel::kInfo, [this](std::string_view line) { lines.emplace_back(line); }};
};

TEST_F(LogTest, ALineIsExactlyThis) {
  log.info("store opened", {{"items", 5}, {"duration_ms", 3U}, {"share", 0.5}, {"new", true}, {"file", "a\"b"}});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            "{\"time\":\"2025-11-24T05:47:44.123Z\",\"level\":\"info\",\"message\":\"store opened\",\"items\":5,"
            "\"duration_ms\":3,\"share\":0.5,\"new\":true,\"file\":\"a\\\"b\"}\n");
}

TEST_F(LogTest, AnyBytesMakeOneLineOfJson) {
  EXPECT_TRUE(
      rc::check("any message and any text", [](const std::vector<char>& message, const std::vector<char>& value) {
        ManualClock still{Time(std::chrono::milliseconds(0))};
        std::string written;
        Logger logger(still, LogLevel::kDebug, [&](std::string_view line) { written.append(line); });
        const std::string text(value.begin(), value.end());
        logger.warning(std::string(message.begin(), message.end()), {{"value", text}});
        RC_ASSERT(std::count(written.begin(), written.end(), '\n') == 1);
        RC_ASSERT(is_utf8(written));
        // The strict parser refuses U+0000 in a string, which a log line may hold, escaped: so it is read as stored
        // text.
        const Result<json::Value> line = json::parse_stored(std::string_view(written).substr(0, written.size() - 1));
        RC_ASSERT(line.has_value());
        if (is_utf8(text)) RC_ASSERT(json::view(line->at("value").as_string()) == text);
      }));
}

TEST_F(LogTest, BrokenUtf8IsReplaced) {
  std::string out;
  append_json_string(out, "a\xff\xc3");
  EXPECT_EQ(out, "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
  out.clear();
  append_json_string(out, std::string_view("\0\x1f\x7f\b\n\r\t\\\"/", 10));
  EXPECT_EQ(out, "\"\\u0000\\u001f\x7f\\u0008\\n\\r\\t\\\\\\\"/\"");
}

TEST_F(LogTest, NumbersThatJsonDoesNotKnowAreNull) {
  log.info("numbers", {{"infinite", std::numeric_limits<double>::infinity()},
                       {"none", std::numeric_limits<double>::quiet_NaN()},
                       {"least", std::numeric_limits<std::int64_t>::min()},
                       {"most", std::numeric_limits<std::uint64_t>::max()}});
  const json::Object object = line();
  EXPECT_TRUE(object.at("infinite").is_null());
  EXPECT_TRUE(object.at("none").is_null());
  EXPECT_EQ(object.at("least").as_int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(object.at("most").as_uint64(), std::numeric_limits<std::uint64_t>::max());
}

TEST_F(LogTest, WhatIsBelowTheLevelIsNotWritten) {
  log.debug("small");
  EXPECT_TRUE(lines.empty());
  log.error("large");
  EXPECT_EQ(text(line(), "level"), "error");
}

TEST_F(LogTest, AnErrorShowsItsPrivatePart) {
  log.error("the store failed", Error(Code::kUnavailable, "Try again.", "disk is full"));
  const json::Object object = line();
  EXPECT_EQ(text(object, "code"), "unavailable");
  EXPECT_EQ(text(object, "error"), "Try again.");
  EXPECT_EQ(text(object, "detail"), "disk is full");
  EXPECT_NE(text(object, "where").find("log_test.cc:"), std::string::npos);
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 200; ++i) log.info("line", {{"thread", t}, {"number", i}});
    });
  }
  for (std::thread& each : threads) each.join();
  ASSERT_EQ(lines.size(), 800U);
  for (const std::string& each : lines) ASSERT_TRUE(json::parse(each)) << each;
}

TEST(LogLevels, AreReadByName) {
  EXPECT_EQ(parse_log_level("debug"), LogLevel::kDebug);
  EXPECT_EQ(parse_log_level("warning"), LogLevel::kWarning);
  for (const std::string_view text : {"", "warn", "INFO", "fatal"}) EXPECT_FALSE(parse_log_level(text)) << text;
}

}  // namespace
}  // namespace base

#include "base/clock.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace base {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Time at(std::int64_t ms) { return Time(milliseconds(ms)); }

TEST(Clock, FormatsWithMillisecondsInUtc) {
  EXPECT_EQ(format_time(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(at(1'763'963'264'123)), "2025-11-24T05:47:44.123Z");
  EXPECT_EQ(format_time(at(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time(at(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
}

TEST(Clock, WhatIsFormattedReadsBackTheSame) {
  EXPECT_TRUE(rc::check("parse(format(t)) == t for the years 0000 to 9999", [] {
    const Time time = at(
        *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(-62'167'219'200'000, 253'402'300'800'000)));
    const std::string text = format_time(time);
    RC_ASSERT(text.size() == 24U);
    RC_ASSERT(parse_time(text) == std::optional<Time>(time));
  }));
}

TEST(Clock, TextsSortAsTimesDo) {
  EXPECT_TRUE(rc::check("format keeps the order", [] {
    const auto draw = [] {
      return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(0, 253'402'300'800'000));
    };
    const std::int64_t left = draw(), right = draw();
    RC_ASSERT((left < right) == (format_time(at(left)) < format_time(at(right))));
  }));
}

TEST(Clock, AnOffsetIsTakenOff) {
  EXPECT_EQ(parse_time("2026-03-01T00:30:00+01:00"), parse_time("2026-02-28T23:30:00Z"));
  EXPECT_EQ(parse_time("2026-02-28T20:00:00-03:30"), parse_time("2026-02-28T23:30:00Z"));
  EXPECT_EQ(parse_time("2026-01-01T00:00:00-00:00"), parse_time("2026-01-01T00:00:00Z"));
  EXPECT_TRUE(rc::check("an offset moves the time by itself", [] {
    const std::int64_t ms = *rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000);
    const int minutes = *rc::gen::inRange(-23 * 60 - 59, 23 * 60 + 60);
    const int size = minutes < 0 ? -minutes : minutes;
    std::string text = format_time(at(ms));
    text.pop_back();
    text.append(fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', size / 60, size % 60));
    RC_ASSERT(parse_time(text) == std::optional<Time>(at(ms) - std::chrono::minutes(minutes)));
  }));
}

TEST(Clock, FractionsOfAnyLengthAreTakenToTheMillisecond) {
  const Time whole = *parse_time("2026-05-06T07:08:09Z");
  EXPECT_EQ(parse_time("2026-05-06T07:08:09.5Z"), whole + milliseconds(500));
  EXPECT_EQ(parse_time("2026-05-06T07:08:09.05Z"), whole + milliseconds(50));
  EXPECT_EQ(parse_time("2026-05-06T07:08:09.1239999999999999999Z"), whole + milliseconds(123)) << "cut, not rounded";
  EXPECT_EQ(parse_time("2026-05-06t07:08:09.000z"), whole);
}

TEST(Clock, LeapDaysAndLeapSeconds) {
  EXPECT_TRUE(parse_time("2024-02-29T00:00:00Z"));
  EXPECT_TRUE(parse_time("2000-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_time("2023-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_time("1900-02-29T00:00:00Z"));
  EXPECT_EQ(parse_time("2016-12-31T23:59:60Z"), parse_time("2017-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_time("2016-12-31T23:59:61Z"));
}

TEST(Clock, RefusesWhatIsNoRfc3339Time) {
  for (const std::string_view text : {"",
                                      "2026",
                                      "2026-01-01",
                                      "2026-01-01T00:00:00",
                                      "2026-01-01T00:00:00.Z",
                                      "2026-01-01T00:00:00.5",
                                      "2026-01-01 00:00:00Z",
                                      "2026-01-01T00:00Z",
                                      "2026-1-01T00:00:00Z",
                                      "2026-00-01T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-01-00T00:00:00Z",
                                      "2026-04-31T00:00:00Z",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01T00:60:00Z",
                                      "2026-01-01T00:00:00+24:00",
                                      "2026-01-01T00:00:00+01:60",
                                      "2026-01-01T00:00:00+0100",
                                      "2026-01-01T00:00:00+01",
                                      "2026-01-01T00:00:00+01:0",
                                      "2026-01-01T00:00:00+",
                                      "2026-01-01T00:00:00ZZ",
                                      "2026-01-01T00:00:00Z ",
                                      " 2026-01-01T00:00:00Z",
                                      "-026-01-01T00:00:00Z",
                                      "+026-01-01T00:00:00Z",
                                      "2026-01-01T00:00:00+01-00",
                                      "20260101T000000Z0000",
                                      "2026-01-01T0x:00:00Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(Clock, NothingThatIsShortenedOrLengthenedReads) {
  const std::string good = "2026-01-01T00:00:00.123+01:00";
  ASSERT_TRUE(parse_time(good));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(parse_time(good.substr(0, size))) << size;
  EXPECT_FALSE(parse_time(good + "0"));
  EXPECT_FALSE(parse_time(good + std::string(1, '\0')));
}

TEST(Clock, Durations) {
  EXPECT_EQ(parse_duration("1s"), seconds(1));
  EXPECT_EQ(parse_duration("90s"), seconds(90));
  EXPECT_EQ(parse_duration("15m"), seconds(900));
  EXPECT_EQ(parse_duration("1h"), seconds(3600));
  EXPECT_EQ(parse_duration("7d"), seconds(604'800));
  EXPECT_EQ(parse_duration("366d"), seconds(366 * 86'400));
  EXPECT_EQ(parse_duration("31622400s"), seconds(366 * 86'400));
  for (const std::string_view text : {"",
                                      "0s",
                                      "-1s",
                                      "+1s",
                                      "1",
                                      "s",
                                      "1.5h",
                                      "1 h",
                                      " 1h",
                                      "1h ",
                                      "1hh",
                                      "1H",
                                      "1w",
                                      "367d",
                                      "31622401s",
                                      "1h30m",
                                      "9223372036854775807s",
                                      "9223372036854775808s",
                                      "99999999999999999999d",
                                      "0x1s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Clock, AManualClockStandsStillUntilTold) {
  ManualClock clock(at(5));
  const Steady before = clock.steady();
  EXPECT_EQ(clock.now(), at(5));
  clock.advance(seconds(2));
  EXPECT_EQ(clock.now(), at(2005));
  EXPECT_EQ(clock.steady() - before, seconds(2));
}

}  // namespace
}  // namespace base

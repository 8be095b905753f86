#include "sigv4/timestamp.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace sigv4::internal {
namespace {

constexpr base::Time kMay{std::chrono::seconds(1'369'353'600)};

TEST(Timestamp, WritesUtcToTheSecond) {
  EXPECT_EQ(timestamp_of(kMay).all(), "20130524T000000Z");
  EXPECT_EQ(timestamp_of(kMay - std::chrono::milliseconds(1)).all(), "20130523T235959Z");
  EXPECT_EQ(timestamp_of(kMay).day(), "20130524");
  EXPECT_EQ(timestamp_of(*base::parse_time("2024-02-29T12:34:56.789Z")).all(), "20240229T123456Z");
}

TEST(Timestamp, ReadsWhatItWrites) {
  EXPECT_TRUE(rc::check([] {
    const base::Time time{std::chrono::seconds(*rc::gen::inRange<std::int64_t>(-62'000'000'000, 250'000'000'000))};
    RC_ASSERT(parse_timestamp(timestamp_of(time).all()) == time);
  }));
}

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "20130524T000000", "20130524T000000z", "20130524 000000Z", "2013-05-24T00:00Z", "20130229T000000Z",
        "20130001T000000Z", "20131301T000000Z", "20130524T240000Z", "20130524T006000Z", "20130524T000060Z",
        "2013052xT000000Z", "+0130524T000000Z", "20130524T000000Z "}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

TEST(HttpDate, ReadsTheFormsThatAreSent) {
  EXPECT_EQ(parse_http_date("Fri, 24 May 2013 00:00:00 GMT"), kMay);
  EXPECT_EQ(parse_http_date("Fri, 24 May 2013 00:00:00 -0000"), kMay);
  EXPECT_EQ(parse_http_date("Fri, 24 May 2013 23:59:59 GMT"), kMay + std::chrono::seconds(86'399));
  for (const char* text :
       {"", "Fri, 24 May 2013 00:00:00", "Fri, 24 May 2013 00:00:00 +0100", "Friday, 24-May-13 00:00:00 GMT",
        "Fri, 24 ayM 2013 00:00:00 GMT", "Fri, 31 Feb 2013 00:00:00 GMT", "Fri, 24 May 2013 24:00:00 GMT",
        "Fri, 2x May 2013 00:00:00 GMT"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

}  // namespace
}  // namespace sigv4::internal

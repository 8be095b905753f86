#include "aws_wire/scalar.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "json/parse.h"

namespace aws_wire {
namespace {

using aws_model::Location;
using aws_model::Member;
using aws_model::Shape;
using aws_model::TimestampFormat;
using aws_model::Type;

std::string iso_of(std::string_view json_text) {
  const auto instant = read_instant(json::parse(json_text).value());
  return instant ? iso8601(*instant) : "none";
}

TEST(ReadInstant, TakesIso8601WithAZoneAndEpochSeconds) {
  EXPECT_EQ(iso_of(R"("2026-11-24T05:47:44Z")"), "2026-11-24T05:47:44Z");
  EXPECT_EQ(iso_of(R"("2026-11-24T05:47:44.120Z")"), "2026-11-24T05:47:44.12Z");
  EXPECT_EQ(iso_of(R"("2026-11-24T05:47:44.1234567899Z")"), "2026-11-24T05:47:44.123456789Z");
  EXPECT_EQ(iso_of(R"("2026-11-24T00:17:44+05:30")"), "2026-11-23T18:47:44Z");
  EXPECT_EQ(iso_of(R"("2026-11-24T00:17:44-0530")"), "2026-11-24T05:47:44Z");
  EXPECT_EQ(iso_of(R"("2026-11-24T00:17:44+01")"), "2026-11-23T23:17:44Z");
  EXPECT_EQ(iso_of(R"("2026-11-24")"), "2026-11-24T00:00:00Z");
  EXPECT_EQ(iso_of("1795499264"), "2026-11-24T05:47:44Z");
  EXPECT_EQ(iso_of("1795499264.5"), "2026-11-24T05:47:44.5Z");
  EXPECT_EQ(iso_of(R"("1795499264.5")"), "2026-11-24T05:47:44.5Z");
  EXPECT_EQ(iso_of("0"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(iso_of("1515531081.123"), "2018-01-09T20:51:21.123Z") << "by its decimals, not by the double's bits";
}

TEST(ReadInstant, RefusesWhatLeavesTheZoneOrTheDayOpen) {
  for (const std::string_view text :
       {R"("2026-11-24T05:47:44")", R"("2026-02-29")", R"("2026-13-01")", R"("2026-11-24T25:00:00Z")",
        R"("2026-11-24T05:47Z")", R"("2026-11-24T05:47:44.Z")", R"("2026-11-24T05:47:44Zz")", R"("yesterday")", R"("")",
        R"("Tue, 24 Nov 2026 05:47:44 GMT")", "true", "[]", "1e300", "99999999999999999", R"("-")", R"("1e")"}) {
    EXPECT_EQ(iso_of(text), "none") << text;
  }
}

TEST(Instant, BeforeTheEpochAndFarInTheFuture) {
  EXPECT_EQ(iso_of("-1"), "1969-12-31T23:59:59Z");
  EXPECT_EQ(iso_of("-0.5"), "1969-12-31T23:59:59.5Z");
  EXPECT_EQ(iso_of("-62135596800"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(iso_of("253402300799"), "9999-12-31T23:59:59Z");
  EXPECT_EQ(iso_of("253402300800"), "+10000-01-01T00:00:00Z");
  EXPECT_EQ(iso_of("-62167219201"), "-0001-12-31T23:59:59Z");
  EXPECT_EQ(iso_of(R"("+10000-01-01T00:00:00Z")"), "+10000-01-01T00:00:00Z");
  EXPECT_EQ(epoch_seconds({-1, 500'000'000}), "-0.5");
  EXPECT_EQ(epoch_seconds({-2, 250'000'000}), "-1.75");
  EXPECT_EQ(epoch_seconds({1795499264, 500'000'000}), "1795499264.5");
  EXPECT_EQ(epoch_seconds({1, 1}), "1.000000001");
}

TEST(Instant, LeapDaysOfCenturies) {
  EXPECT_EQ(iso_of(R"("2000-02-29")"), "2000-02-29T00:00:00Z");
  EXPECT_EQ(iso_of(R"("1900-02-29")"), "none");
  EXPECT_EQ(iso_of(R"("2016-12-31T23:59:60Z")"), "2017-01-01T00:00:00Z") << "a leap second is the next minute's first";
}

TEST(ParseInstant, TakesWhatServicesWrite) {
  const Instant expected{1795499264, 0};
  for (const std::string_view text :
       {"2026-11-24T05:47:44Z", "2026-11-24T05:47:44", "2026-11-24 05:47:44", "2026-11-24T05:47:44+00:00", "1795499264",
        "1.795499264E9", "Tue, 24 Nov 2026 05:47:44 GMT", "24 Nov 2026 05:47:44 +0000", "Tue, 24-Nov-2026 05:47:44 GMT",
        " 1795499264 "}) {
    EXPECT_EQ(parse_instant(text), expected) << text;
  }
  EXPECT_EQ(parse_instant("Sun, 02 Jan 2000 20:34:56.456 GMT"), (Instant{946845296, 456'000'000}));
  for (const std::string_view text : {"", "x", "Tue, 24 Nox 2026 05:47:44 GMT", "Tue, 24 Nov 2026", "12:00:00", "-"}) {
    EXPECT_EQ(parse_instant(text), std::nullopt) << text;
  }
}

TEST(Instant, EveryFormatReadsBackTheSame) {
  EXPECT_TRUE(rc::check("three formats", [] {
    const auto seconds = *rc::gen::inRange<std::int64_t>(-62'135'596'800, 253'402'300'800);
    const auto nanoseconds = *rc::gen::inRange<std::int32_t>(0, 1'000'000'000);
    const Instant instant{seconds, nanoseconds};
    RC_ASSERT(parse_instant(iso8601(instant)) == instant);
    RC_ASSERT(parse_instant(epoch_seconds(instant)) == instant);
    RC_ASSERT(parse_instant(rfc822(instant)) == (Instant{seconds, 0}));
  }));
}

TEST(FormatOf, TheMembersThenTheShapesThenTheLocations) {
  Shape shape;
  shape.type = Type::kTimestamp;
  Member member;
  member.shape = &shape;
  EXPECT_EQ(format_of(member, TimestampFormat::kEpochSeconds), TimestampFormat::kEpochSeconds);
  member.location = Location::kHeader;
  EXPECT_EQ(format_of(member, TimestampFormat::kEpochSeconds), TimestampFormat::kRfc822);
  member.location = Location::kQuery;
  EXPECT_EQ(format_of(member, TimestampFormat::kEpochSeconds), TimestampFormat::kIso8601);
  shape.timestamp_format = TimestampFormat::kRfc822;
  EXPECT_EQ(format_of(member, TimestampFormat::kEpochSeconds), TimestampFormat::kRfc822);
  member.timestamp_format = TimestampFormat::kEpochSeconds;
  EXPECT_EQ(format_of(member, TimestampFormat::kIso8601), TimestampFormat::kEpochSeconds);
}

std::string double_text(double number) {
  std::string out;
  append_double(out, number);
  return out;
}

TEST(AppendDouble, ShortestDigitsWithoutAnExponentInEverydaySizes) {
  EXPECT_EQ(double_text(1.1), "1.1");
  EXPECT_EQ(double_text(100000), "100000");
  EXPECT_EQ(double_text(0), "0");
  EXPECT_EQ(double_text(-0.0), "-0.0");
  EXPECT_EQ(double_text(0.00001), "0.00001");
  EXPECT_EQ(double_text(1e-7), "1e-07");
  EXPECT_EQ(double_text(1e300), "1e+300");
  EXPECT_EQ(double_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(double_text(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(double_text(-std::numeric_limits<double>::infinity()), "-Infinity");
  EXPECT_TRUE(rc::check("reads back the same", [](double number) {
    RC_PRE(std::isfinite(number));
    const std::string text = double_text(number);
    RC_ASSERT(std::stod(text) == number);
  }));
}

TEST(WholeNumber, AlsoOfADoubleThatIsWhole) {
  EXPECT_EQ(whole_number(json::Value(5)), 5);
  EXPECT_EQ(whole_number(json::Value(5.0)), 5);
  EXPECT_EQ(whole_number(json::Value(-1e3)), -1000);
  EXPECT_EQ(whole_number(json::Value(5.5)), std::nullopt);
  EXPECT_EQ(whole_number(json::Value(1e19)), std::nullopt);
  EXPECT_EQ(whole_number(json::Value(std::uint64_t{1} << 63)), std::nullopt);
  EXPECT_EQ(whole_number(json::Value("5")), std::nullopt);
}

TEST(Base64, SizeOfWhatItStandsFor) {
  EXPECT_EQ(base64_bytes(""), 0U);
  EXPECT_EQ(base64_bytes("Zg=="), 1U);
  EXPECT_EQ(base64_bytes("Zm8="), 2U);
  EXPECT_EQ(base64_bytes("Zm9v"), 3U);
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm9v\n", "====", "Z===", "Zm-v", "Zg==Zg=="})
    EXPECT_EQ(base64_bytes(text), std::nullopt) << text;
  EXPECT_TRUE(rc::check(
      "of any bytes", [](const std::string& bytes) { RC_ASSERT(base64_bytes(base::base64(bytes)) == bytes.size()); }));
}

TEST(Base64, RepairsLineBreaksAndMissingPadding) {
  EXPECT_EQ(repaired_base64("Zm9v\r\nZg"), "Zm9vZg==");
  EXPECT_EQ(repaired_base64("Zm9v!"), std::nullopt);
}

Member member_of(const Shape& shape) {
  Member member;
  member.shape = &shape;
  return member;
}

std::string text_of(Type type, const json::Value& value, TimestampFormat format = TimestampFormat::kIso8601) {
  Shape shape;
  shape.type = type;
  return scalar_text(member_of(shape), value, format);
}

TEST(ScalarText, EachType) {
  EXPECT_EQ(text_of(Type::kString, "a\"b"), "a\"b");
  EXPECT_EQ(text_of(Type::kBoolean, true), "true");
  EXPECT_EQ(text_of(Type::kInteger, 5.0), "5");
  EXPECT_EQ(text_of(Type::kLong, std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(text_of(Type::kBigInteger, std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(text_of(Type::kDouble, 1.5), "1.5");
  EXPECT_EQ(text_of(Type::kDouble, 3), "3");
  EXPECT_EQ(text_of(Type::kFloat, "NaN"), "NaN");
  EXPECT_EQ(text_of(Type::kBlob, "Zg=="), "Zg==");
  EXPECT_EQ(text_of(Type::kTimestamp, 1795499264), "2026-11-24T05:47:44Z");
  EXPECT_EQ(text_of(Type::kTimestamp, "2026-11-24T05:47:44Z", TimestampFormat::kEpochSeconds), "1795499264");
  EXPECT_EQ(text_of(Type::kTimestamp, "2026-11-24", TimestampFormat::kRfc822), "Tue, 24 Nov 2026 00:00:00 GMT");
}

std::optional<json::Value> read(Type type, std::string_view text) {
  Shape shape;
  shape.type = type;
  return read_scalar(member_of(shape), text);
}

TEST(ReadScalar, EachTypeOrNothing) {
  EXPECT_EQ(read(Type::kString, " a "), json::Value(" a "));
  EXPECT_EQ(read(Type::kBoolean, "True"), json::Value(true));
  EXPECT_EQ(read(Type::kBoolean, "1"), std::nullopt);
  EXPECT_EQ(read(Type::kInteger, " 5 "), json::Value(5));
  EXPECT_EQ(read(Type::kInteger, "5.5"), std::nullopt);
  EXPECT_EQ(read(Type::kLong, "9223372036854775807"), json::Value(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(read(Type::kLong, ""), std::nullopt);
  EXPECT_EQ(read(Type::kBigInteger, "123456789012345678901234567890"), json::Value("123456789012345678901234567890"));
  EXPECT_EQ(read(Type::kBigDecimal, "0.1"), json::Value(0.1));
  EXPECT_EQ(read(Type::kBigDecimal, "0.10000000000000000000001"), json::Value("0.10000000000000000000001"));
  EXPECT_EQ(read(Type::kDouble, "1e3"), json::Value(1000.0));
  EXPECT_EQ(read(Type::kDouble, "-Infinity"), json::Value("-Infinity"));
  EXPECT_EQ(read(Type::kDouble, "inf"), std::nullopt);
  EXPECT_EQ(read(Type::kBlob, "Zg"), json::Value("Zg=="));
  EXPECT_EQ(read(Type::kTimestamp, "Tue, 24 Nov 2026 05:47:44 GMT"), json::Value("2026-11-24T05:47:44Z"));
  EXPECT_EQ(read(Type::kStructure, "{}"), std::nullopt);
}

}  // namespace
}  // namespace aws_wire

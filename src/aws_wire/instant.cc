// Timestamps of scalar.h: the calendar is the proleptic Gregorian one, computed in days (no year is too far), and text
// is read by hand, because services write it in more ways than any one library takes.

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "aws_wire/scalar.h"
#include "base/text.h"

namespace aws_wire {
namespace {

using aws_model::TimestampFormat;

constexpr std::int64_t kDay = 86400;
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};

struct Civil {
  std::int64_t year = 1970;
  int month = 1, day = 1;
};

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Days since 1970-01-01 and back. The year is counted from March, so that the leap day is its last; 400 years have
// 146,097 days.
std::int64_t days_of(const Civil& civil) {
  const std::int64_t year = civil.year - (civil.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_div(year, 400);
  const std::int64_t of_era = year - era * 400;
  const int month = (civil.month + 9) % 12;
  const std::int64_t of_year = (153 * month + 2) / 5 + civil.day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

Civil civil_of(std::int64_t days) {
  days += 719468;
  const std::int64_t era = floor_div(days, 146097);
  const std::int64_t of_era = days - era * 146097;
  const std::int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::int64_t month = (5 * of_year + 2) / 153;
  Civil civil;
  civil.day = static_cast<int>(of_year - (153 * month + 2) / 5 + 1);
  civil.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  civil.year = year + era * 400 + (civil.month <= 2 ? 1 : 0);
  return civil;
}

bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

bool is_date(const Civil& civil) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (civil.month < 1 || civil.month > 12 || civil.day < 1) return false;
  const bool leap_february = civil.month == 2 && is_leap(civil.year);
  return civil.day <= kDays.at(static_cast<std::size_t>(civil.month - 1)) + (leap_february ? 1 : 0);
}

// Reads a text from left to right; the first thing that is not as asked makes it fail for good.
struct Scanner {
  std::string_view rest;
  bool good = true;

  bool fail() {
    good = false;
    return false;
  }
  bool take(char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  void need(char c) {
    if (!take(c)) fail();
  }
  std::int64_t digits(std::size_t least, std::size_t most) {
    std::size_t count = 0;
    std::int64_t number = 0;
    while (count < most && count < rest.size() && rest[count] >= '0' && rest[count] <= '9')
      number = number * 10 + (rest[count++] - '0');
    if (count < least) fail();
    rest.remove_prefix(count);
    return number;
  }
  int small(std::size_t least, std::size_t most) { return static_cast<int>(digits(least, most)); }
  // ".5" is 500,000,000; what is finer than a nanosecond is dropped.
  std::int32_t fraction() {
    std::int32_t nanoseconds = 0;
    std::size_t count = 0;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      if (count++ < 9) nanoseconds = nanoseconds * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    if (count == 0) fail();
    for (; count < 9; ++count) nanoseconds *= 10;
    return nanoseconds;
  }
};

struct Time {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
};

Time scan_time(Scanner& in) {
  Time time;
  const int hour = in.small(2, 2);
  in.need(':');
  const int minute = in.small(2, 2);
  in.need(':');
  const int second = in.small(2, 2);
  if (in.take('.') || in.take(',')) time.nanoseconds = in.fraction();
  if (hour > 23 || minute > 59 || second > 60) in.fail();  // 60: a leap second is the next minute's first
  time.seconds = hour * 3600 + minute * 60 + second;
  return time;
}

// Seconds east of Greenwich. Nothing there: UTC where that may be.
std::int64_t scan_zone(Scanner& in, bool may_miss) {
  if (in.take('Z') || in.take('z') || (in.rest.empty() && may_miss)) return 0;
  const bool west = in.rest.starts_with('-');
  if (!in.take('+') && !in.take('-')) return in.fail();
  const int hours = in.small(2, 2);
  int minutes = 0;
  if (in.take(':') || !in.rest.empty()) minutes = in.small(2, 2);
  if (hours > 23 || minutes > 59) in.fail();
  const std::int64_t east = hours * 3600 + minutes * 60;
  return west ? -east : east;
}

std::optional<Instant> instant_at(const Civil& civil, const Time& time, std::int64_t zone) {
  if (!is_date(civil)) return std::nullopt;
  const std::int64_t seconds = days_of(civil) * kDay + time.seconds - zone;
  if (seconds > kInstantSecondsMax || seconds < -kInstantSecondsMax) return std::nullopt;
  return Instant{seconds, time.nanoseconds};
}

// 2026-11-24, 2026-11-24T05:47:44.5+01:00; years beyond 9999 and before 0 with a sign.
std::optional<Instant> parse_iso8601(std::string_view text, bool zone_may_miss) {
  Scanner in{text};
  Civil civil;
  const bool before_zero = in.take('-');
  if (before_zero || in.take('+')) {
    civil.year = in.digits(4, 9) * (before_zero ? -1 : 1);
  } else {
    civil.year = in.digits(4, 4);
  }
  in.need('-');
  civil.month = in.small(2, 2);
  in.need('-');
  civil.day = in.small(2, 2);
  if (!in.good) return std::nullopt;
  if (in.rest.empty()) return instant_at(civil, {}, 0);
  if (!in.take('T') && !in.take('t')) in.need(' ');
  const Time time = scan_time(in);
  const std::int64_t zone = scan_zone(in, zone_may_miss);
  if (!in.good || !in.rest.empty()) return std::nullopt;
  return instant_at(civil, time, zone);
}

// Tue, 24 Nov 2026 05:47:44 GMT; the weekday is not looked at, and may be missing.
std::optional<Instant> parse_rfc822(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma != std::string_view::npos) text = base::trim(text.substr(comma + 1));
  Scanner in{text};
  Civil civil;
  civil.day = in.small(1, 2);
  if (!in.take(' ')) in.need('-');
  civil.month = 0;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (base::equal_ignoring_case(in.rest.substr(0, 3), kMonths.at(i))) civil.month = static_cast<int>(i) + 1;
  }
  if (civil.month == 0 || !in.good) return std::nullopt;
  in.rest.remove_prefix(3);
  if (!in.take(' ')) in.need('-');
  civil.year = in.digits(4, 4);
  in.need(' ');
  const Time time = scan_time(in);
  in.need(' ');
  std::int64_t zone = 0;
  if (in.rest == "GMT" || in.rest == "UTC" || in.rest == "UT")
    in.rest = {};
  else
    zone = scan_zone(in, false);
  if (!in.good || !in.rest.empty()) return std::nullopt;
  return instant_at(civil, time, zone);
}

// Digits with a fraction, exactly; what has an exponent is read as a double first.
std::optional<Instant> parse_epoch(std::string_view text) {
  if (text.find_first_of("eE") != std::string_view::npos) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return instant_of(number);
  }
  Scanner in{text};
  const bool negative = in.take('-');
  Instant instant{in.digits(1, 16), 0};
  if (in.take('.')) instant.nanoseconds = in.fraction();
  if (!in.good || !in.rest.empty() || instant.seconds > kInstantSecondsMax) return std::nullopt;
  if (!negative) return instant;
  if (instant.nanoseconds == 0) return Instant{-instant.seconds, 0};
  return Instant{-instant.seconds - 1, 1'000'000'000 - instant.nanoseconds};
}

bool looks_like_epoch(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t other = text.find_first_not_of("0123456789");
  return !text.empty() && other != 0 &&
         (other == std::string_view::npos || text[other] == '.' || text[other] == 'e' || text[other] == 'E');
}

std::string year_text(std::int64_t year) {
  if (year >= 0 && year <= 9999) return fmt::format("{:04}", year);
  return fmt::format("{}{:04}", year < 0 ? '-' : '+', year < 0 ? -year : year);
}

void append_fraction(std::string& out, std::int32_t nanoseconds) {
  if (nanoseconds == 0) return;
  std::string digits = fmt::format(".{:09}", nanoseconds);
  digits.erase(digits.find_last_not_of('0') + 1);
  out.append(digits);
}

}  // namespace

std::optional<Instant> instant_of(double epoch_seconds) {
  if (!std::isfinite(epoch_seconds) || std::fabs(epoch_seconds) > static_cast<double>(kInstantSecondsMax))
    return std::nullopt;
  // By its shortest decimals: 1.1 is a tenth, not 100,000,000.000000009 nanoseconds.
  std::array<char, 512> buffer{};  // the smallest of all doubles has 340 decimals
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), epoch_seconds, std::chars_format::fixed);
  return parse_epoch({buffer.data(), end});
}

std::optional<Instant> read_instant(const json::Value& value) {
  if (value.is_int64()) {
    const std::int64_t seconds = value.get_int64();
    if (seconds > kInstantSecondsMax || seconds < -kInstantSecondsMax) return std::nullopt;
    return Instant{seconds, 0};
  }
  if (value.is_double()) return instant_of(value.get_double());
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = json::view(value.get_string());
  return looks_like_epoch(text) ? parse_epoch(text) : parse_iso8601(text, false);
}

std::optional<Instant> parse_instant(std::string_view text) {
  text = base::trim(text);
  if (looks_like_epoch(text)) return parse_epoch(text);
  if (const auto instant = parse_iso8601(text, true)) return instant;
  return parse_rfc822(text);
}

std::string iso8601(Instant instant) {
  const std::int64_t days = floor_div(instant.seconds, kDay);
  const std::int64_t second = instant.seconds - days * kDay;
  const Civil civil = civil_of(days);
  std::string text = fmt::format("{}-{:02}-{:02}T{:02}:{:02}:{:02}", year_text(civil.year), civil.month, civil.day,
                                 second / 3600, second / 60 % 60, second % 60);
  append_fraction(text, instant.nanoseconds);
  text.push_back('Z');
  return text;
}

std::string rfc822(Instant instant) {
  const std::int64_t days = floor_div(instant.seconds, kDay);
  const std::int64_t second = instant.seconds - days * kDay;
  const Civil civil = civil_of(days);
  const std::int64_t weekday = days - floor_div(days, 7) * 7;
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kWeekdays.at(static_cast<std::size_t>(weekday)),
                     civil.day, kMonths.at(static_cast<std::size_t>(civil.month - 1)), year_text(civil.year),
                     second / 3600, second / 60 % 60, second % 60);
}

std::string epoch_seconds(Instant instant) {
  std::string text;
  if (instant.seconds < 0 && instant.nanoseconds > 0) {
    text = fmt::format("-{}", -(instant.seconds + 1));
    append_fraction(text, 1'000'000'000 - instant.nanoseconds);
  } else {
    text = fmt::format("{}", instant.seconds);
    append_fraction(text, instant.nanoseconds);
  }
  return text;
}

std::string format(Instant instant, TimestampFormat format) {
  switch (format) {
    case TimestampFormat::kRfc822:
      return rfc822(instant);
    case TimestampFormat::kEpochSeconds:
      return epoch_seconds(instant);
    case TimestampFormat::kIso8601:
    case TimestampFormat::kOfProtocol:
      break;
  }
  return iso8601(instant);
}

}  // namespace aws_wire

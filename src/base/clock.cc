#include "base/clock.h"

#include <algorithm>
#include <charconv>

namespace base {

using std::chrono::milliseconds;

Time SystemClock::now() const { return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()); }
Steady SystemClock::steady() const { return std::chrono::steady_clock::now(); }

namespace {

void write_digits(char* at, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string format_time(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto ms = static_cast<unsigned>((time - day).count());
  std::string text = "0000-00-00T00:00:00.000Z";
  write_digits(text.data(), static_cast<unsigned>(std::clamp(static_cast<int>(date.year()), 0, 9999)), 4);
  write_digits(text.data() + 5, static_cast<unsigned>(date.month()), 2);
  write_digits(text.data() + 8, static_cast<unsigned>(date.day()), 2);
  write_digits(text.data() + 11, ms / 3'600'000, 2);
  write_digits(text.data() + 14, ms / 60'000 % 60, 2);
  write_digits(text.data() + 17, ms / 1000 % 60, 2);
  write_digits(text.data() + 20, ms % 1000, 3);
  return text;
}

namespace {

// Reads exactly `digits` digits at `at`; -1 where there are none.
int number(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

std::optional<Time> parse_time(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  const int year = number(text, 0, 4), month = number(text, 5, 2), day = number(text, 8, 2);
  const int hour = number(text, 11, 2), minute = number(text, 14, 2), second = number(text, 17, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  std::size_t at = 19;
  int ms = 0;
  if (text[at] == '.') {
    int scale = 100;
    const std::size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) ms += (text[at] - '0') * scale;
    if (at == first) return std::nullopt;
  }
  std::chrono::minutes offset{0};
  if (at >= text.size()) return std::nullopt;
  if (text[at] == 'Z' || text[at] == 'z') {
    ++at;
  } else if (text[at] == '+' || text[at] == '-') {
    const int hours = number(text, at + 1, 2), minutes = number(text, at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || text[at + 3] != ':') return std::nullopt;
    offset = std::chrono::minutes((text[at] == '+' ? 1 : -1) * (hours * 60 + minutes));
    at += 6;
  }
  if (at != text.size()) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + milliseconds(ms) - offset;
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count <= 0 || end + 1 != text.data() + text.size()) return std::nullopt;
  constexpr std::int64_t kYear_s = 366 * 86400;
  std::int64_t unit_s = 0;
  switch (*end) {
    case 's':
      unit_s = 1;
      break;
    case 'm':
      unit_s = 60;
      break;
    case 'h':
      unit_s = 3600;
      break;
    case 'd':
      unit_s = 86400;
      break;
    default:
      return std::nullopt;
  }
  if (count > kYear_s / unit_s) return std::nullopt;
  return std::chrono::seconds(count * unit_s);
}

}  // namespace base

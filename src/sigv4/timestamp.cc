#include "sigv4/timestamp.h"

#include <algorithm>

namespace sigv4::internal {
namespace {

// `digits` digits at `at`; none where something else stands there.
std::optional<unsigned> number(std::string_view text, std::size_t at, std::size_t digits) {
  unsigned value = 0;
  for (const char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

std::optional<base::Time> time_of(std::optional<unsigned> year, std::optional<unsigned> month,
                                  std::optional<unsigned> day, std::optional<unsigned> hour,
                                  std::optional<unsigned> minute, std::optional<unsigned> second) {
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return base::Time(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

}  // namespace

Timestamp timestamp_of(base::Time time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const auto seconds = static_cast<unsigned>(std::chrono::floor<std::chrono::seconds>(time - days).count());
  Timestamp stamp{{'0', '0', '0', '0', '0', '0', '0', '0', 'T', '0', '0', '0', '0', '0', '0', 'Z'}};
  const auto two = [&](std::size_t at, unsigned value) {
    stamp.text[at] = static_cast<char>('0' + value / 10);
    stamp.text[at + 1] = static_cast<char>('0' + value % 10);
  };
  const auto year = static_cast<unsigned>(static_cast<int>(date.year())) % 10'000;
  two(0, year / 100);
  two(2, year % 100);
  two(4, static_cast<unsigned>(date.month()));
  two(6, static_cast<unsigned>(date.day()));
  two(9, seconds / 3600);
  two(11, seconds / 60 % 60);
  two(13, seconds % 60);
  return stamp;
}

std::optional<base::Time> parse_timestamp(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  return time_of(number(text, 0, 4), number(text, 4, 2), number(text, 6, 2), number(text, 9, 2), number(text, 11, 2),
                 number(text, 13, 2));
}

std::optional<base::Time> parse_http_date(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::string_view zone = text.substr(std::min<std::size_t>(25, text.size()));
  if ((zone != " GMT" && zone != " -0000") || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' ||
      text[16] != ' ' || text[19] != ':' || text[22] != ':') {
    return std::nullopt;
  }
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == kMonths.npos || month % 3 != 0) return std::nullopt;
  return time_of(number(text, 12, 4), static_cast<unsigned>(month / 3 + 1), number(text, 5, 2), number(text, 17, 2),
                 number(text, 20, 2), number(text, 23, 2));
}

}  // namespace sigv4::internal

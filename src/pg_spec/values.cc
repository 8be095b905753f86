// Values that have a form of their own: settings, times, places of passwords, routines.

#include <algorithm>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "pg_spec/reader.h"

namespace pg_spec::internal {
namespace {

// Reads digits, so many of them, and goes on.
bool digits(std::string_view& text, std::size_t count, int& out) {
  if (text.size() < count) return false;
  const auto [rest, wrong] = std::from_chars(text.data(), text.data() + count, out);
  if (wrong != std::errc() || rest != text.data() + count || text.front() == '-') return false;
  text.remove_prefix(count);
  return true;
}

bool one_of(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "+02", "+0200", "+02:00"; minutes east of Greenwich.
bool offset(std::string_view& text, int& minutes) {
  minutes = 0;
  if (one_of(text, "Zz")) return true;
  const bool west = !text.empty() && text.front() == '-';
  int hours = 0, rest = 0;
  if (!one_of(text, "+-") || !digits(text, 2, hours) || hours > 15) return false;
  if (!text.empty() && (one_of(text, ":"), !digits(text, 2, rest) || rest > 59)) return false;
  minutes = (hours * 60 + rest) * (west ? -1 : 1);
  return true;
}

}  // namespace

std::string list_element(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  if (!text.empty() && is_letter(text.front()) && std::ranges::all_of(text, is_part)) return std::string(text);
  std::string quoted = "\"";
  for (const char each : text) {
    quoted += each;
    if (each == '"') quoted += '"';
  }
  return quoted + '"';
}

std::string setting_value(Reader& in, const Node& node, std::string_view name) {
  std::string value;
  if (node.is_list()) {
    in.each_text(node, name, [&](const Node& item) {
      if (!value.empty()) value += ", ";
      value += list_element(item.text);
    });
  } else {
    in.text(node, name, value);
  }
  return value;
}

std::string utc_time(std::string_view text) {
  using namespace std::chrono;
  if (text == "infinity") return "infinity";
  int year_number = 0, month_number = 0, day_number = 0, hour = 0, minute = 0, second = 0, east = 0;
  if (!digits(text, 4, year_number) || !one_of(text, "-") || !digits(text, 2, month_number) || !one_of(text, "-") ||
      !digits(text, 2, day_number)) {
    return {};
  }
  const year_month_day date(year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number)));
  if (!date.ok() || year_number < 1000) return {};
  if (!text.empty()) {
    if (!one_of(text, "Tt ") || !digits(text, 2, hour) || !one_of(text, ":") || !digits(text, 2, minute)) return {};
    if (one_of(text, ":") && !digits(text, 2, second)) return {};
    if (hour > 23 || minute > 59 || second > 59) return {};
    if (!text.empty() && (!offset(text, east) || !text.empty())) return {};
  }
  const sys_seconds time = sys_days(date) + hours(hour) + minutes(minute) + seconds(second) - minutes(east);
  const sys_days day_of(floor<days>(time));
  const year_month_day utc(day_of);
  const hh_mm_ss clock(time - day_of);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}+00", static_cast<int>(utc.year()),
                     static_cast<unsigned>(utc.month()), static_cast<unsigned>(utc.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

void password_place(Reader& in, const Node& node, std::string& out) {
  std::string place;
  if (!in.text(node, "password", place)) return;
  for (const std::string_view scheme : {"file:", "secretsmanager:", "ssm:"}) {
    if (!place.starts_with(scheme)) continue;
    if (place.size() == scheme.size()) return in.problem(node.at, fmt::format("after {} there is no name", scheme));
    out = std::move(place);
    return;
  }
  // What stands here may be a password: it is not repeated.
  in.problem(
      node.at,
      "password is the place where it goes, file:PATH, secretsmanager:NAME or ssm:NAME, never the password itself");
}

// "total(integer,text )" as the inspection names it: "total(integer, text)".
std::string tidy_routine(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || text.starts_with('"')) return std::string(text);
  std::string tidy(text.substr(0, open));
  bool quoted = false, space = false;
  for (const char each : text.substr(open)) {
    if (each == '"') quoted = !quoted;
    if (each == ' ' && !quoted) {
      space = true;
      continue;
    }
    if (space && each != ',' && each != ')' && tidy.back() != '(' && tidy.back() != ' ') tidy += ' ';
    space = false;
    tidy += each;
    if (each == ',' && !quoted) tidy += ' ';
  }
  return tidy;
}

}  // namespace pg_spec::internal

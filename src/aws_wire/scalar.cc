#include "aws_wire/scalar.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "aws_wire/members.h"
#include "base/text.h"
#include "json/encode.h"

namespace aws_wire {
namespace {

using aws_model::Location;
using aws_model::TimestampFormat;
using aws_model::Type;

// One base64 digit's value; 64: none.
constexpr std::array<std::uint8_t, 256> kBase64 = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(64);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

template <class T>
std::optional<T> whole_text_as(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

std::optional<json::Value> integer_of(std::string_view text) {
  if (const auto number = whole_text_as<std::int64_t>(text)) return json::Value(*number);
  if (const auto number = whole_text_as<std::uint64_t>(text)) return json::Value(*number);
  return std::nullopt;
}

json::Value text_value(std::string_view text) { return json::Value(boosted(text)); }

bool digits_only(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

// A number of any size keeps its digits: as a number where that is exact, else as text.
std::optional<json::Value> big_number_of(std::string_view text, bool whole) {
  if (auto number = integer_of(text)) return number;
  std::string_view digits = text;
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  if (whole) return digits.empty() || !digits_only(digits) ? std::nullopt : std::optional(text_value(text));
  const auto number = whole_text_as<double>(text);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  std::string again;
  append_double(again, *number);
  return again == text ? json::Value(*number) : text_value(text);
}

}  // namespace

TimestampFormat format_of(const aws_model::Member& member, TimestampFormat body) {
  if (member.timestamp_format != TimestampFormat::kOfProtocol) return member.timestamp_format;
  if (member.shape != nullptr && member.shape->timestamp_format != TimestampFormat::kOfProtocol)
    return member.shape->timestamp_format;
  if (member.location == Location::kHeader || member.location == Location::kHeaders) return TimestampFormat::kRfc822;
  if (member.location == Location::kQuery || member.location == Location::kUri) return TimestampFormat::kIso8601;
  return body;
}

void append_double(std::string& out, double number) {
  if (std::isnan(number)) return static_cast<void>(out.append("NaN"));
  if (std::isinf(number)) return static_cast<void>(out.append(number > 0 ? "Infinity" : "-Infinity"));
  const double size = std::fabs(number);
  if (number != 0 && (size < 1e-5 || size >= 1e16)) return json::append_number(out, number);
  if (number == 0) return static_cast<void>(out.append(std::signbit(number) ? "-0.0" : "0"));
  std::array<char, 64> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  out.append(buffer.data(), end);
}

json::Value number_value(double number) {
  if (std::isfinite(number)) return json::Value(number);
  std::string text;
  append_double(text, number);
  return text_value(text);
}

std::optional<double> special_number(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

std::optional<std::int64_t> whole_number(const json::Value& value) {
  if (value.is_int64()) return value.get_int64();
  if (!value.is_double()) return std::nullopt;  // what is a uint64 is beyond an int64
  const double number = value.get_double();
  if (std::fabs(number) > 9'007'199'254'740'992.0 || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<std::size_t> base64_bytes(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padded = text.size() / 4 * 3;
  std::size_t padding = 0;
  for (; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  std::uint8_t wrong = 0;
  for (const char c : text) wrong |= kBase64[static_cast<std::uint8_t>(c)];
  if ((wrong & 64) != 0) return std::nullopt;
  // Stray bits behind the last byte would give one value several spellings.
  const std::uint8_t last = text.empty() ? 0 : kBase64[static_cast<std::uint8_t>(text.back())];
  if ((padding == 1 && (last & 3) != 0) || (padding == 2 && (last & 15) != 0)) return std::nullopt;
  return padded - padding;
}

std::optional<std::string> repaired_base64(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size() + 3);
  for (const char c : text) {
    if (c != '\r' && c != '\n' && c != ' ' && c != '\t') repaired.push_back(c);
  }
  if (repaired.find('=') == std::string::npos) repaired.append((4 - repaired.size() % 4) % 4, '=');
  if (!base64_bytes(repaired)) return std::nullopt;
  return repaired;
}

std::string scalar_text(const aws_model::Member& member, const json::Value& value, TimestampFormat body) {
  std::string text;
  switch (value.kind()) {
    case boost::json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case boost::json::kind::string:
      if (member.shape != nullptr && member.shape->type == Type::kTimestamp) break;
      return std::string(json::view(value.get_string()));
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_: {
      if (member.shape == nullptr || member.shape->type == Type::kTimestamp) break;
      const Type type = member.shape->type;
      if (type == Type::kFloat || type == Type::kDouble || type == Type::kBigDecimal || !whole_number(value)) {
        if (value.is_double())
          append_double(text, value.get_double());
        else
          json::append(text, value);
      } else {
        json::append_number(text, *whole_number(value));
      }
      return text;
    }
    default:
      return text;
  }
  const std::optional<Instant> instant = read_instant(value);
  return instant ? format(*instant, format_of(member, body)) : text;
}

std::optional<json::Value> read_scalar(const aws_model::Member& member, std::string_view text) {
  if (member.shape == nullptr) return std::nullopt;
  const Type type = member.shape->type;
  if (type == Type::kString) return text_value(text);
  const std::string_view trimmed = base::trim(text);
  switch (type) {
    case Type::kBoolean:
      if (base::equal_ignoring_case(trimmed, "true")) return json::Value(true);
      if (base::equal_ignoring_case(trimmed, "false")) return json::Value(false);
      return std::nullopt;
    case Type::kInteger:
    case Type::kLong:
      return integer_of(trimmed);
    case Type::kBigInteger:
      return big_number_of(trimmed, true);
    case Type::kBigDecimal:
      return big_number_of(trimmed, false);
    case Type::kFloat:
    case Type::kDouble:
      if (special_number(trimmed)) return text_value(trimmed);
      if (const auto number = whole_text_as<double>(trimmed); number && std::isfinite(*number))
        return json::Value(*number);
      return std::nullopt;
    case Type::kBlob:
      if (base64_bytes(trimmed)) return text_value(trimmed);
      if (const auto repaired = repaired_base64(trimmed)) return text_value(*repaired);
      return std::nullopt;
    case Type::kTimestamp:
      if (const auto instant = parse_instant(trimmed)) return text_value(iso8601(*instant));
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace aws_wire

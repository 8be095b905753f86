// Texts of single values, the same in every protocol that has them as text: timestamps in their three formats, numbers,
// blobs. Pure; any thread. Source: Smithy 2.0, "Timestamp formats".

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws_model/model.h"
#include "json/value.h"

namespace aws_wire {

// Nanoseconds would not fit every year: seconds since 1970 and the rest of the second.
struct Instant {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;  // 0 to 999,999,999
  bool operator==(const Instant&) const = default;
};

// Seconds from 1970 that an Instant may have, both ways: what a double holds exactly. Services that promise seconds and
// send microseconds stay below it.
inline constexpr std::int64_t kInstantSecondsMax = 9'007'199'254'740'992;

// An input's timestamp: ISO 8601 text with Z or an offset (a date alone is its midnight), or epoch seconds as a number
// or as text. Nothing: it is none.
std::optional<Instant> read_instant(const json::Value& value);
// As a service writes it, whatever format was promised: services mix them. Without a zone it is UTC.
std::optional<Instant> parse_instant(std::string_view text);
// Of a number in a reply.
std::optional<Instant> instant_of(double epoch_seconds);

std::string iso8601(Instant instant);        // 2026-11-24T05:47:44Z, with a fraction where there is one
std::string rfc822(Instant instant);         // Tue, 24 Nov 2026 05:47:44 GMT
std::string epoch_seconds(Instant instant);  // 1795499264 or 1795499264.5
std::string format(Instant instant, aws_model::TimestampFormat format);

// The member's format, else the shape's, else the location's (header: RFC 822; query and path: ISO 8601), else `body`.
aws_model::TimestampFormat format_of(const aws_model::Member& member, aws_model::TimestampFormat body);

// A number in its shortest digits, without an exponent where it is of everyday size; NaN, Infinity, -Infinity.
void append_double(std::string& out, double number);
// What a float's or double's value in the one form of values is: a number, or the text NaN, Infinity, -Infinity.
json::Value number_value(double number);
// "NaN", "Infinity", "-Infinity" as the double.
std::optional<double> special_number(std::string_view text);
// A number that is whole, as an integer: also 5.0, and 1e3.
std::optional<std::int64_t> whole_number(const json::Value& value);

// How many bytes a base64 text (RFC 4648, with padding) stands for. Nothing: it is none.
std::optional<std::size_t> base64_bytes(std::string_view text);
// As a service writes it: line breaks are taken out, padding is put in. Nothing: it is not base64.
std::optional<std::string> repaired_base64(std::string_view text);

// A scalar of an input (checked) as text: numbers in their shortest form, true and false, blobs as base64, timestamps
// in `body`'s or the member's format.
std::string scalar_text(const aws_model::Member& member, const json::Value& value, aws_model::TimestampFormat body);
// A scalar of an output from text. Nothing: the text is not of the type.
std::optional<json::Value> read_scalar(const aws_model::Member& member, std::string_view text);

}  // namespace aws_wire

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "aws_wire/cbor.h"
#include "aws_wire/members.h"
#include "aws_wire/scalar.h"
#include "base/text.h"

namespace aws_wire {
namespace {

using aws_model::Member;
using aws_model::Shape;
using aws_model::Type;

enum Major : unsigned { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

constexpr char kFalse = '\xf4', kTrue = '\xf5', kNull = '\xf6', kFloat = '\xfa', kDouble = '\xfb';
constexpr std::uint64_t kEpochTag = 1;

template <class T>
void append_big_endian(std::string& out, T bits) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((bits >> static_cast<unsigned>(shift)) & 0xff));
}

void append_head(std::string& out, Major major, std::uint64_t argument) {
  const auto first = [&](unsigned info) { out.push_back(static_cast<char>((major << 5) | info)); };
  if (argument < 24) {
    first(static_cast<unsigned>(argument));
  } else if (argument <= 0xff) {
    first(24);
    out.push_back(static_cast<char>(argument));
  } else if (argument <= 0xffff) {
    first(25);
    append_big_endian(out, static_cast<std::uint16_t>(argument));
  } else if (argument <= 0xffffffff) {
    first(26);
    append_big_endian(out, static_cast<std::uint32_t>(argument));
  } else {
    first(27);
    append_big_endian(out, argument);
  }
}

void append_text(std::string& out, std::string_view text) {
  append_head(out, kText, text.size());
  out.append(text);
}

void append_integer(std::string& out, std::int64_t number) {
  if (number >= 0)
    append_head(out, kUnsigned, static_cast<std::uint64_t>(number));
  else
    append_head(out, kNegative, static_cast<std::uint64_t>(-(number + 1)));
}

// NaN and the infinities have the same shortest form in every width.
void append_floating(std::string& out, double number, bool single) {
  if (std::isnan(number)) {
    out.append("\xf9\x7e\x00", 3);
  } else if (std::isinf(number)) {
    out.append(number > 0 ? std::string_view("\xf9\x7c\x00", 3) : std::string_view("\xf9\xfc\x00", 3));
  } else if (single) {
    out.push_back(kFloat);
    append_big_endian(out, std::bit_cast<std::uint32_t>(static_cast<float>(number)));
  } else {
    out.push_back(kDouble);
    append_big_endian(out, std::bit_cast<std::uint64_t>(number));
  }
}

void append_timestamp(std::string& out, const json::Value& value) {
  const std::optional<Instant> instant = read_instant(value);
  if (!instant) return out.push_back(kNull);
  append_head(out, kTag, kEpochTag);
  if (instant->nanoseconds == 0) return append_integer(out, instant->seconds);
  // By its decimals, so that 1.1 becomes the double that is nearest to 1.1.
  append_floating(out, std::stod(epoch_seconds(*instant)), false);
}

void append_number(std::string& out, const Shape& shape, const json::Value& value) {
  const bool floating = shape.type == Type::kFloat || shape.type == Type::kDouble;
  if (floating) {
    const double number =
        value.is_string() ? special_number(json::view(value.get_string())).value_or(0) : value.to_number<double>();
    return append_floating(out, number, shape.type == Type::kFloat);
  }
  if (const auto whole = whole_number(value)) return append_integer(out, *whole);
  if (value.is_uint64()) return append_head(out, kUnsigned, value.get_uint64());
  if (value.is_double()) return append_floating(out, value.get_double(), false);
  append_text(out, value.is_string() ? json::view(value.get_string()) : std::string_view());  // a big number's digits
}

void append_any(std::string& out, const json::Value& value);

void append_value(std::string& out, const Member& member, const json::Value& value) {
  const Shape& shape = *member.shape;
  if (value.is_null()) return out.push_back(kNull);
  if (shape.is_document) return append_any(out, value);
  switch (shape.type) {
    case Type::kStructure:
      if (value.is_object()) return append_cbor(out, shape, value.get_object());
      break;
    case Type::kList:
      if (!value.is_array()) break;
      append_head(out, kArray, value.get_array().size());
      for (const json::Value& each : value.get_array()) append_value(out, *shape.element, each);
      return;
    case Type::kMap: {
      if (!value.is_object()) break;
      const json::Object& object = value.get_object();
      std::size_t count = 0;
      for (const auto& each : object) count += shape.sparse || !each.value().is_null() ? 1 : 0;
      append_head(out, kMap, count);
      for (const auto& each : object) {
        if (each.value().is_null() && !shape.sparse) continue;
        append_text(out, {each.key().data(), each.key().size()});
        append_value(out, *shape.element, each.value());
      }
      return;
    }
    case Type::kString:
      break;
    case Type::kBlob: {
      if (!value.is_string()) break;
      const std::string bytes = base::parse_base64(json::view(value.get_string())).value_or("");
      append_head(out, kBytes, bytes.size());
      out.append(bytes);
      return;
    }
    case Type::kTimestamp:
      return append_timestamp(out, value);
    case Type::kBoolean:
      break;
    default:
      return append_number(out, shape, value);
  }
  append_any(out, value);
}

// Without a model.
void append_any(std::string& out, const json::Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return out.push_back(kNull);
    case boost::json::kind::bool_:
      return out.push_back(value.get_bool() ? kTrue : kFalse);
    case boost::json::kind::int64:
      return append_integer(out, value.get_int64());
    case boost::json::kind::uint64:
      return append_head(out, kUnsigned, value.get_uint64());
    case boost::json::kind::double_:
      return append_floating(out, value.get_double(), false);
    case boost::json::kind::string:
      return append_text(out, json::view(value.get_string()));
    case boost::json::kind::array:
      append_head(out, kArray, value.get_array().size());
      for (const json::Value& each : value.get_array()) append_any(out, each);
      return;
    case boost::json::kind::object:
      append_head(out, kMap, value.get_object().size());
      for (const auto& each : value.get_object()) {
        append_text(out, {each.key().data(), each.key().size()});
        append_any(out, each.value());
      }
      return;
  }
}

}  // namespace

void append_cbor(std::string& out, const Shape& structure, const json::Object& object) {
  const auto member_of = [&](const json::Object::value_type& each) {
    return each.value().is_null() ? nullptr : structure.find({each.key().data(), each.key().size()});
  };
  std::size_t count = 0;
  for (const auto& each : object) count += member_of(each) != nullptr ? 1 : 0;
  append_head(out, kMap, count);
  for (const auto& each : object) {
    const Member* member = member_of(each);
    if (member == nullptr) continue;
    append_text(out, wire_name(*member));
    append_value(out, *member, each.value());
  }
}

}  // namespace aws_wire

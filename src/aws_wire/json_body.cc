#include "aws_wire/json_body.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "aws_wire/members.h"
#include "aws_wire/scalar.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/encode.h"
#include "json/parse.h"

namespace aws_wire {
namespace {

using aws_model::Location;
using aws_model::Member;
using aws_model::Shape;
using aws_model::TimestampFormat;
using aws_model::Type;

void append_timestamp(std::string& out, const Member& member, const json::Value& value) {
  const TimestampFormat format = format_of(member, TimestampFormat::kEpochSeconds);
  const std::optional<Instant> instant = read_instant(value);
  if (!instant) return static_cast<void>(out.append("null"));
  if (format == TimestampFormat::kEpochSeconds)
    out.append(epoch_seconds(*instant));
  else
    json::append_text(out, aws_wire::format(*instant, format));
}

void append_list(std::string& out, const Member& element, const json::Array& array) {
  out.push_back('[');
  bool first = true;
  for (const json::Value& each : array) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_json(out, element, each);
  }
  out.push_back(']');
}

void append_map(std::string& out, const Shape& map, const json::Object& object) {
  out.push_back('{');
  bool first = true;
  for (const auto& each : object) {
    if (each.value().is_null() && !map.sparse) continue;
    if (!std::exchange(first, false)) out.push_back(',');
    json::append_text(out, key_of(each));
    out.push_back(':');
    append_json(out, *map.element, each.value());
  }
  out.push_back('}');
}

void append_number(std::string& out, const Shape& shape, const json::Value& value) {
  if (value.is_string()) {  // a big number's digits; or NaN and its like
    const std::string_view text = json::view(value.get_string());
    const bool digits = shape.type == Type::kBigInteger || shape.type == Type::kBigDecimal;
    return digits ? static_cast<void>(out.append(text)) : json::append_text(out, text);
  }
  const bool whole = shape.type != Type::kFloat && shape.type != Type::kDouble && shape.type != Type::kBigDecimal;
  const std::optional<std::int64_t> number = whole ? whole_number(value) : std::nullopt;
  if (number)
    json::append_number(out, *number);
  else if (value.is_double() && std::isfinite(value.get_double()))
    append_double(out, value.get_double());
  else
    json::append(out, value);
}

}  // namespace

void append_json(std::string& out, const Member& member, const json::Value& value) {
  const Shape& shape = *member.shape;
  if (value.is_null()) return static_cast<void>(out.append("null"));
  if (shape.is_document) return json::append(out, value);
  if (member.json_value && !value.is_string()) {
    std::string text;
    json::append(text, value);
    return json::append_text(out, text);
  }
  switch (shape.type) {
    case Type::kStructure:
      if (value.is_object()) return append_json(out, shape, value.get_object(), false);
      break;
    case Type::kList:
      if (value.is_array()) return append_list(out, *shape.element, value.get_array());
      break;
    case Type::kMap:
      if (value.is_object()) return append_map(out, shape, value.get_object());
      break;
    case Type::kTimestamp:
      return append_timestamp(out, member, value);
    case Type::kInteger:
    case Type::kLong:
    case Type::kFloat:
    case Type::kDouble:
    case Type::kBigInteger:
    case Type::kBigDecimal:
      return append_number(out, shape, value);
    case Type::kString:
    case Type::kBoolean:
    case Type::kBlob:
      break;
  }
  json::append(out, value);
}

void append_json(std::string& out, const Shape& structure, const json::Object& object, bool body_only) {
  out.push_back('{');
  bool first = true;
  for (const auto& each : object) {
    if (each.value().is_null()) continue;
    const Member* member = structure.find(key_of(each));
    if (member == nullptr || (body_only && member->location != Location::kBody)) continue;
    if (!std::exchange(first, false)) out.push_back(',');
    json::append_text(out, wire_name(*member));
    out.push_back(':');
    append_json(out, *member, each.value());
  }
  out.push_back('}');
}

// --- replies

base::Error reply_error(const Path& at, std::string_view story) {
  const std::string path = at.text();
  std::string message = "The service's answer is not what its model promises: ";
  message.append(path.empty() ? "it" : path).append(" ").append(story);
  return {base::Code::kUnavailable, std::move(message)};
}

namespace {

// By the name on the wire.
const Member* member_named(const Shape& structure, std::string_view name) {
  const Member* member = structure.find(name);
  if (member != nullptr && wire_name(*member) == name) return member;
  const auto found = std::find_if(structure.members.begin(), structure.members.end(),
                                  [&](const Member& each) { return each.location_name == name; });
  return found == structure.members.end() ? nullptr : &*found;
}

base::Result<json::Value> read_list(const Shape& list, const json::Value& value, const Path& at) {
  if (!value.is_array()) return base::fail(reply_error(at, "must be an array."));
  const json::Array& array = value.get_array();
  json::Array out;
  out.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (array[i].is_null() && !list.sparse) continue;
    out.push_back(TRY(read_json(*list.element, array[i], at.at(i))));
  }
  return json::Value(std::move(out));
}

base::Result<json::Value> read_map(const Shape& map, const json::Value& value, const Path& at) {
  if (!value.is_object()) return base::fail(reply_error(at, "must be an object."));
  const json::Object& object = value.get_object();
  json::Object out;
  out.reserve(object.size());
  for (const auto& each : object) {
    if (each.value().is_null() && !map.sparse) continue;
    out.emplace(each.key(),
                TRY(read_json(*map.element, each.value(), at.key(key_of(each), map.key->shape->sensitive))));
  }
  return json::Value(std::move(out));
}

std::optional<json::Value> timestamp_of(const json::Value& value) {
  const std::optional<Instant> instant =
      value.is_string() ? parse_instant(json::view(value.get_string())) : read_instant(value);
  if (!instant) return std::nullopt;
  return json::Value(boosted(iso8601(*instant)));
}

std::optional<json::Value> blob_of(const json::Value& value) {
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = json::view(value.get_string());
  if (base64_bytes(text)) return json::Value(boosted(text));
  const std::optional<std::string> repaired = repaired_base64(text);
  if (!repaired) return std::nullopt;
  return json::Value(boosted(*repaired));
}

std::optional<json::Value> number_of(const Member& member, const json::Value& value) {
  const Type type = member.shape->type;
  if (value.is_string()) return read_scalar(member, json::view(value.get_string()));
  if (!value.is_number()) return std::nullopt;
  if (type == Type::kFloat || type == Type::kDouble) return number_value(value.to_number<double>());
  if (type == Type::kBigDecimal || value.is_uint64()) return json::Value(value, boost::json::storage_ptr());
  const std::optional<std::int64_t> number = whole_number(value);
  if (!number) return std::nullopt;
  return json::Value(*number);
}

std::optional<json::Value> scalar_of(const Member& member, const json::Value& value) {
  switch (member.shape->type) {
    case Type::kString: {
      if (value.is_string()) return json::Value(value.get_string(), boost::json::storage_ptr());
      if (!value.is_number() && !value.is_bool()) return std::nullopt;
      std::string text;
      json::append(text, value);
      return json::Value(boosted(text));
    }
    case Type::kBoolean:
      if (value.is_bool()) return json::Value(value.get_bool());
      return value.is_string() ? read_scalar(member, json::view(value.get_string())) : std::nullopt;
    case Type::kTimestamp:
      return timestamp_of(value);
    case Type::kBlob:
      return blob_of(value);
    default:
      return number_of(member, value);
  }
}

}  // namespace

base::Result<json::Value> read_json(const Member& member, const json::Value& value, const Path& at) {
  const Shape& shape = *member.shape;
  if (value.is_null()) return json::Value();
  if (shape.is_document) return json::Value(value, boost::json::storage_ptr());
  switch (shape.type) {
    case Type::kStructure: {
      if (!value.is_object()) return base::fail(reply_error(at, "must be an object."));
      json::Object out;
      TRY(read_json(shape, value, false, out, at));
      return json::Value(std::move(out));
    }
    case Type::kList:
      return read_list(shape, value, at);
    case Type::kMap:
      return read_map(shape, value, at);
    default:
      break;
  }
  std::optional<json::Value> scalar = scalar_of(member, value);
  if (!scalar) return base::fail(reply_error(at, fmt::format("is no {}.", name(shape.type))));
  return std::move(*scalar);
}

base::Result<void> read_json(const Shape& structure, const json::Value& value, bool body_only, json::Object& output,
                             const Path& at) {
  if (value.is_null()) return {};
  if (!value.is_object()) return base::fail(reply_error(at, "must be an object."));
  const json::Object& object = value.get_object();
  if (object.empty()) return {};
  const auto read_one = [&](const Member& member, const json::Value* found) -> base::Result<void> {
    if (found == nullptr || found->is_null() || (body_only && member.location != Location::kBody)) return {};
    output.emplace(boosted(member.name), TRY(read_json(member, *found, at.member(member.name))));
    return {};
  };
  if (object.size() == 1) {  // as every union: one member to find, instead of one key for each member
    const Member* member = member_named(structure, key_of(*object.begin()));
    return member == nullptr ? base::Result<void>() : read_one(*member, &object.begin()->value());
  }
  output.reserve(output.size() + std::min(object.size(), structure.members.size()));
  for (const Member& member : structure.members) TRY(read_one(member, object.if_contains(boosted(wire_name(member)))));
  return {};
}

base::Result<json::Value> parse_reply(const Reply& reply, const boost::json::storage_ptr& storage) {
  if (base::trim(reply.body).empty()) return json::Value();
  base::Result<json::Value> parsed = json::parse_stored(reply.body, storage, base::limits::kAwsDepthMax);
  if (parsed) return parsed;
  base::Error error(base::Code::kUnavailable,
                    fmt::format("The service's answer is not what its protocol promises. {}", parsed.error().message));
  return base::fail(std::move(error));
}

// --- errors

std::string_view bare_code(std::string_view code) {
  code = code.substr(0, code.find(':'));
  const std::size_t hash = code.rfind('#');
  return base::trim(hash == std::string_view::npos ? code : code.substr(hash + 1));
}

const Shape* error_shape(const aws_model::Operation& operation, std::string_view code) {
  if (code.empty()) return nullptr;
  const Shape* by_name = nullptr;
  for (const Shape* shape : operation.errors) {
    if (!shape->error_code.empty() && shape->error_code == code) return shape;
    if (shape->name == code) by_name = shape;
  }
  return by_name;
}

std::string_view query_error_code(const aws_model::Service& service, const Reply& reply) {
  if (!service.query_compatible) return {};
  const std::string_view header = reply.headers.get("x-amzn-query-error").value_or(std::string_view());
  const std::size_t semicolon = header.find(';');
  return semicolon == std::string_view::npos ? std::string_view() : base::trim(header.substr(0, semicolon));
}

std::string request_id(const Reply& reply) {
  for (const std::string_view name : {"x-amzn-requestid", "x-amzn-request-id", "x-amz-request-id", "x-amz-requestid"}) {
    if (const auto found = reply.headers.get(name)) return std::string(*found);
  }
  return {};
}

namespace {

void drop_sensitive(const Member& member, json::Value& value) {
  const Shape& shape = *member.shape;
  if (shape.type == Type::kStructure && value.is_object()) {
    aws_wire::drop_sensitive(shape, value.get_object());
  } else if (shape.type == Type::kList && value.is_array()) {
    if (shape.element->shape->sensitive)
      value.get_array().clear();
    else
      for (json::Value& each : value.get_array()) drop_sensitive(*shape.element, each);
  } else if (shape.type == Type::kMap && value.is_object()) {
    if (shape.element->shape->sensitive || shape.key->shape->sensitive)
      value.get_object().clear();
    else
      for (auto& each : value.get_object()) drop_sensitive(*shape.element, each.value());
  }
}

}  // namespace

void drop_sensitive(const Shape& shape, json::Object& object) {
  if (shape.sensitive) return object.clear();
  for (const Member& member : shape.members) {
    const auto found = object.find(boosted(member.name));
    if (found == object.end()) continue;
    if (member.shape->sensitive)
      object.erase(found);
    else
      drop_sensitive(member, found->value());
  }
}

}  // namespace aws_wire

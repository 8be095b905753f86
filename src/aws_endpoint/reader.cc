#include "aws_endpoint/reader.h"

#include <fmt/format.h>

namespace aws_endpoint {

tl::unexpected<base::Error> refuse(const json::Path& at, std::string_view what) {
  const std::string pointer = at.text();
  return base::fail_field(
      base::Code::kInvalid, pointer,
      fmt::format("The endpoint rule set, at {}: {}.", pointer.empty() ? "its root" : pointer, what));
}

const json::Value* find(const json::Object& object, std::string_view name) {
  return object.if_contains(boost::json::string_view(name.data(), name.size()));
}

base::Result<const json::Object*> object_at(const json::Value& value, const json::Path& at) {
  const json::Object* object = value.if_object();
  if (object == nullptr) return refuse(at, "it must be an object");
  return object;
}

base::Result<const json::Array*> array_of(const json::Object& object, std::string_view name, const json::Path& at) {
  const json::Value* value = find(object, name);
  if (value == nullptr) return refuse(at, fmt::format("{} is missing", name));
  if (!value->is_array()) return refuse(at.at(name), "it must be a list");
  return &value->get_array();
}

base::Result<std::string_view> text_of(const json::Object& object, std::string_view name, const json::Path& at) {
  const json::Value* value = find(object, name);
  if (value == nullptr) return refuse(at, fmt::format("{} is missing", name));
  if (!value->is_string()) return refuse(at.at(name), "it must be a text");
  return json::view(value->get_string());
}

}  // namespace aws_endpoint

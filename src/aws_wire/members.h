// How the codecs of this module look up members: by their name on the wire, and in JSON objects. Pure; any thread.

#pragma once

#include <string_view>

#include "aws_model/model.h"
#include "json/value.h"

namespace aws_wire {

inline std::string_view wire_name(const aws_model::Member& member) {
  return member.location_name.empty() ? member.name : member.location_name;
}

inline boost::json::string_view boosted(std::string_view text) { return {text.data(), text.size()}; }

inline std::string_view key_of(const json::Object::value_type& member) {
  return {member.key().data(), member.key().size()};
}

// Null: the object has no such member, or null there, which is the same.
inline const json::Value* given(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(boosted(name));
  return value == nullptr || value->is_null() ? nullptr : value;
}

}  // namespace aws_wire

// Names that the XML and form protocols give to members. Pure.

#pragma once

#include <string_view>

#include "aws_model/model.h"

namespace aws_wire::xml {

inline std::string_view name_or(const aws_model::Member& member, std::string_view otherwise) {
  return member.location_name.empty() ? otherwise : member.location_name;
}

inline std::string_view name_of(const aws_model::Member& member) { return name_or(member, member.name); }

// A trait of members of structures; an element of a list has no elements beside it that would be its own.
inline bool is_flattened(const aws_model::Member& member) { return member.flattened && !member.name.empty(); }

// Of elements of lists and of maps' pairs, where the model says nothing.
inline constexpr std::string_view kElementName = "member";
inline constexpr std::string_view kEntryName = "entry";
inline constexpr std::string_view kKeyName = "key";
inline constexpr std::string_view kValueName = "value";

}  // namespace aws_wire::xml

// Where in a value a codec is, "A.b[0].C": made on the stack, and written out only when something is wrong. Pure.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aws_wire {

struct Path {
  enum class Kind { kRoot, kMember, kIndex, kKey, kHiddenKey };

  const Path* up = nullptr;
  std::string_view name;  // of the member, or the key
  std::size_t index = 0;
  Kind kind = Kind::kRoot;

  [[nodiscard]] Path member(std::string_view its) const { return {this, its, 0, Kind::kMember}; }
  [[nodiscard]] Path at(std::size_t its) const { return {this, {}, its, Kind::kIndex}; }
  // A key of a map: written like a member where it looks like one, else ["in quotes"]; [*] where it is sensitive.
  [[nodiscard]] Path key(std::string_view its, bool hidden = false) const {
    return {this, its, 0, hidden ? Kind::kHiddenKey : Kind::kKey};
  }

  [[nodiscard]] std::string text() const;
};

}  // namespace aws_wire

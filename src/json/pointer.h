// JSON pointers (RFC 6901) and the path to where a decoder is. Pure.

#pragma once

#include <string>
#include <string_view>

namespace json {

// Appends "/segment", with '~' and '/' escaped.
inline void append_pointer(std::string& pointer, std::string_view segment) {
  pointer.push_back('/');
  for (const char c : segment) {
    if (c == '~')
      pointer.append("~0");
    else if (c == '/')
      pointer.append("~1");
    else
      pointer.push_back(c);
  }
}

// A step of a path, linked to the step before; made on the stack, and written out only when something is wrong.
struct Path {
  const Path* up = nullptr;
  std::string_view key;
  std::size_t index = 0;
  bool is_index = false;

  [[nodiscard]] std::string text() const {
    if (up == nullptr) return {};
    std::string pointer = up->text();
    append_pointer(pointer, is_index ? std::string_view(std::to_string(index)) : key);
    return pointer;
  }
  [[nodiscard]] Path at(std::string_view name) const { return {this, name, 0, false}; }
  [[nodiscard]] Path at(std::size_t i) const { return {this, {}, i, true}; }
};

}  // namespace json

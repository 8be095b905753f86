// From a described struct (json/describe.h), or a JSON value, to JSON text. Members come in the order of their
// description; an absent optional is left out, or null where its rule says so. Doubles are written in the shortest form
// that reads back the same. Texts that are not valid UTF-8 are repaired with U+FFFD, so that what we write is always
// JSON. Pure, any thread.

#pragma once

#include <string>
#include <string_view>

#include "base/log.h"
#include "json/describe.h"

namespace json {

void append(std::string& out, const Value& value);
void append_text(std::string& out, std::string_view text);
void append_number(std::string& out, double number);
void append_number(std::string& out, std::int64_t number);
void append_number(std::string& out, std::uint64_t number);

template <class T>
void append(std::string& out, const T& value);

namespace internal {

template <class T>
struct EncodeFields {
  std::string& out;
  const T& value;
  bool first = true;

  template <class C, class M>
  void operator()(std::string_view name, M C::* member, const Rules& rules = {}) {
    const M& field = value.*member;
    if constexpr (is_optional_v<M>) {
      if (!field && !rules.null_when_absent) return;
      begin(name);
      if (field)
        json::append(out, *field);
      else
        out.append("null");
    } else {
      begin(name);
      json::append(out, field);
    }
  }

 private:
  void begin(std::string_view name) {
    if (!first) out.push_back(',');
    first = false;
    out.push_back('"');
    out.append(name);  // names in a description are plain
    out.append("\":");
  }
};

}  // namespace internal

template <class T>
void append(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
    append_text(out, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    out.append(value ? "true" : "false");
  } else if constexpr (std::is_same_v<T, base::Time>) {
    base::append_json_string(out, base::format_time(value));
  } else if constexpr (std::is_same_v<T, double>) {
    append_number(out, value);
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    append_number(out, static_cast<std::int64_t>(value));
  } else if constexpr (std::is_integral_v<T>) {
    append_number(out, static_cast<std::uint64_t>(value));
  } else if constexpr (std::is_enum_v<T>) {
    append_text(out, name_of(value));
  } else if constexpr (std::is_same_v<T, Object>) {
    append(out, Value(value));
  } else if constexpr (is_vector_v<T>) {
    out.push_back('[');
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out.push_back(',');
      append(out, value[i]);
    }
    out.push_back(']');
  } else {
    static_assert(Described<T>, "a member's type must be one of those that json/describe.h lists");
    out.push_back('{');
    internal::EncodeFields<T> fields{out, value};
    T::describe(fields);
    out.push_back('}');
  }
}

template <class T>
std::string encode(const T& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace json

// Types are the source: a request, a response or a stored item is a struct that describes itself once, and the decoder,
// the encoder, the JSON Schema and the OpenAPI document all come from that.
//
//   struct Grant {
//     static constexpr std::string_view kTypeName = "Grant";
//     std::string user_id;
//     std::optional<std::string> note;
//     template <class V> static void describe(V& field) {
//       field("userId", &Grant::user_id, {.doc = "Who is granted.", .format = &kUserIdFormat});
//       field("note", &Grant::note, {.chars_max = 200});
//     }
//   };
//   enum class Scope { kPrivate, kShared };
//   template <> inline constexpr auto json::kEnumNames<Scope> = json::names<Scope>({{Scope::kPrivate, "private"},
//   ...});
//
// Members may be: bool, std::int64_t, std::uint64_t, std::uint32_t, int, double, std::string, an enum with names,
// another described struct, json::Value or json::Object (anything), base::Time (RFC 3339), and std::optional,
// std::vector of these, and Each of a described struct. A member that is not std::optional is required, unless its rule
// says `.may_miss` (then it keeps its default). A struct may describe its base first: Base::describe(field).

#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "json/value.h"

namespace json {

// A named form of text, with the same rule as a regular expression (ECMA-262, for the schema) and as code.
struct Format {
  std::string_view name;
  std::string_view pattern;
  bool (*holds)(std::string_view text);
  std::string_view story;  // completes "must be ..."
};

struct Rules {
  std::string_view doc = {};
  const Format* format = nullptr;
  std::size_t chars_min = 0;  // code points
  std::size_t chars_max = 64 * 1024;
  bool lines = false;  // line breaks and tabs are allowed in the text; other control characters never are
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::size_t items_max = 10'000;
  bool may_miss = false;
  bool null_when_absent = false;  // an optional member is written as null, not left out
  std::string_view example = {};
};

// A list whose elements stand for themselves: one that is wrong is an error in its place, and the others are good.
template <class T>
struct Each {
  using Element = T;
  std::vector<base::Result<T>> list;
};

template <class T>
concept Described = requires { T::kTypeName; };

template <class E, std::size_t N>
using EnumTable = std::array<std::pair<E, std::string_view>, N>;

template <class E, std::size_t N>
constexpr EnumTable<E, N> names(const std::pair<E, std::string_view> (&list)[N]) {
  return std::to_array(list);
}

template <class E>
inline constexpr std::nullptr_t kEnumNames = nullptr;

template <class E>
constexpr std::string_view name_of(E value) {
  for (const auto& [member, name] : kEnumNames<E>) {
    if (member == value) return name;
  }
  return {};
}

template <class E>
constexpr std::optional<E> parse_name(std::string_view text) {
  for (const auto& [member, name] : kEnumNames<E>) {
    if (name == text) return member;
  }
  return std::nullopt;
}

template <class T>
inline constexpr bool is_optional_v = false;
template <class T>
inline constexpr bool is_optional_v<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector_v = false;
template <class T>
inline constexpr bool is_vector_v<std::vector<T>> = true;
template <class T>
inline constexpr bool is_each_v = false;
template <class T>
inline constexpr bool is_each_v<Each<T>> = true;

}  // namespace json

// From JSON to a described struct (json/describe.h), with every problem at once, each with its JSON pointer.
//
//   base::Result<Grant> grant = json::decode<Grant>(text);          // strict: what a caller sent
//   base::Result<Grant> grant = json::decode_stored<Grant>(text);   // what we stored: unknown members are passed over,
//                                                                   // missing ones keep their default
//
// null for an optional member means absent. Members that are not known are refused, unless the struct says
// `static constexpr bool kOpen = true;`: then they are passed over, as a protocol of others may ask. Errors: kInvalid
// with fields; of decode_stored: kCorrupt. Pure, any thread.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/monotonic_resource.hpp>

#include "base/result.h"
#include "json/describe.h"
#include "json/in_order.h"
#include "json/parse.h"
#include "json/pointer.h"

namespace json {

class Problems {
 public:
  void add(const Path& at, std::string message);
  void add(std::string pointer, std::string message);
  [[nodiscard]] bool empty() const { return list_.empty(); }
  // "2 fields are wrong: /name: must not be empty; ..." with all of them as fields.
  [[nodiscard]] base::Error to_error(base::Code code) &&;

 private:
  std::vector<base::FieldError> list_;
  std::size_t dropped_ = 0;
};

enum class Mode { kStrict, kStored };

namespace internal {

struct Context {
  Problems& problems;
  Mode mode;
};

void decode_text(const Value& value, std::string& out, const Rules& rules, const Path& at, Context& context);
void decode_signed(const Value& value, std::int64_t& out, std::int64_t least, std::int64_t most, const Path& at,
                   Context& context);
void decode_unsigned(const Value& value, std::uint64_t& out, std::uint64_t least, std::uint64_t most, const Path& at,
                     Context& context);
void decode_double(const Value& value, double& out, const Path& at, Context& context);
void decode_bool(const Value& value, bool& out, const Path& at, Context& context);
void decode_time(const Value& value, base::Time& out, const Path& at, Context& context);
void wrong_enum(const Value& value, const std::vector<std::string_view>& names, const Path& at, Context& context);
void wrong_kind(const Value& value, std::string_view wanted, const Path& at, Context& context);
void unknown_members(const Object& object, const std::vector<std::string_view>& known, const Path& at,
                     Context& context);

// nullptr, with a problem, where it is no array or has too many elements.
const Array* list_in(const Value& value, const Rules& rules, const Path& at, Context& context);

template <class T>
void decode_value(const Value& value, T& out, const Rules& rules, const Path& at, Context& context);

template <class T>
void decode_each(const Array& array, Each<T>& out, const Rules& rules, const Path& at, const Context& context) {
  out.list.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    Problems own;
    Context its{own, context.mode};
    T element{};
    decode_value(array[i], element, rules, at.at(i), its);
    if (own.empty())
      out.list.emplace_back(std::move(element));
    else
      out.list.emplace_back(base::fail(std::move(own).to_error(base::Code::kInvalid)));
  }
}

template <class T>
struct DecodeFields {
  const Object& object;
  T& out;
  const Path& at;
  Context& context;
  std::vector<std::string_view> known;

  template <class C, class M>
  void operator()(std::string_view name, M C::* member, const Rules& rules = {}) {
    known.push_back(name);
    const Path here = at.at(name);
    const auto found = object.find(boost::json::string_view(name.data(), name.size()));
    const bool missing = found == object.end();
    if constexpr (is_optional_v<M>) {
      if (missing || found->value().is_null()) return;
      decode_value((out.*member).emplace(), rules, found->value(), here);
    } else {
      if (missing || (rules.may_miss && found->value().is_null())) {
        if (context.mode == Mode::kStrict && !rules.may_miss) context.problems.add(here, "is missing");
        return;
      }
      decode_value(out.*member, rules, found->value(), here);
    }
  }

 private:
  template <class M>
  void decode_value(M& target, const Rules& rules, const Value& value, const Path& here) {
    internal::decode_value(value, target, rules, here, context);
  }
};

template <class T>
void decode_value(const Value& value, T& out, const Rules& rules, const Path& at, Context& context) {
  if constexpr (std::is_same_v<T, std::string>) {
    decode_text(value, out, rules, at, context);
  } else if constexpr (std::is_same_v<T, bool>) {
    decode_bool(value, out, at, context);
  } else if constexpr (std::is_same_v<T, base::Time>) {
    decode_time(value, out, at, context);
  } else if constexpr (std::is_same_v<T, double>) {
    decode_double(value, out, at, context);
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    std::int64_t wide = 0;
    decode_signed(value, wide, std::max<std::int64_t>(rules.min, std::numeric_limits<T>::min()),
                  std::min<std::int64_t>(rules.max, std::numeric_limits<T>::max()), at, context);
    out = static_cast<T>(wide);
  } else if constexpr (std::is_integral_v<T>) {
    std::uint64_t wide = 0;
    const std::uint64_t most = rules.max == std::numeric_limits<std::int64_t>::max()
                                   ? std::numeric_limits<T>::max()
                                   : static_cast<std::uint64_t>(rules.max);
    decode_unsigned(value, wide, rules.min < 0 ? 0 : static_cast<std::uint64_t>(rules.min),
                    std::min<std::uint64_t>(most, std::numeric_limits<T>::max()), at, context);
    out = static_cast<T>(wide);
  } else if constexpr (std::is_enum_v<T>) {
    const auto* text = value.if_string();
    const std::optional<T> found = text != nullptr ? parse_name<T>(view(*text)) : std::nullopt;
    if (found) {
      out = *found;
    } else {
      std::vector<std::string_view> all;
      for (const auto& [member, name] : kEnumNames<T>) all.push_back(name);
      wrong_enum(value, all, at, context);
    }
  } else if constexpr (std::is_same_v<T, Value>) {
    out = value;
  } else if constexpr (std::is_same_v<T, Object>) {
    if (const auto* object = value.if_object())
      out = *object;
    else
      wrong_kind(value, "an object", at, context);
  } else if constexpr (is_each_v<T>) {
    if (const Array* array = list_in(value, rules, at, context)) decode_each(*array, out, rules, at, context);
  } else if constexpr (is_vector_v<T>) {
    const Array* array = list_in(value, rules, at, context);
    if (array == nullptr) return;
    out.resize(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) decode_value((*array)[i], out[i], rules, at.at(i), context);
  } else {
    static_assert(Described<T>, "a member's type must be one of those that json/describe.h lists");
    const auto* object = value.if_object();
    if (object == nullptr) return wrong_kind(value, "an object", at, context);
    DecodeFields<T> fields{*object, out, at, context, {}};
    fields.known.reserve(16);
    T::describe(fields);
    if constexpr (!requires { T::kOpen; }) {
      if (context.mode == Mode::kStrict) unknown_members(*object, fields.known, at, context);
    }
  }
}

template <class T>
base::Result<T> decode_as(const Value& value, Mode mode) {
  Problems problems;
  Context context{problems, mode};
  T out{};
  decode_value(value, out, Rules{}, Path{}, context);
  if (problems.empty()) return out;
  return base::fail(std::move(problems).to_error(mode == Mode::kStrict ? base::Code::kInvalid : base::Code::kCorrupt));
}

}  // namespace internal

template <class T>
base::Result<T> decode(const Value& value) {
  return internal::decode_as<T>(value, Mode::kStrict);
}

template <class T>
base::Result<T> decode(std::string_view text) {
  const Value value = TRY(parse(text));
  return internal::decode_as<T>(value, Mode::kStrict);
}

template <class T>
base::Result<T> decode_stored(std::string_view text) {
  if constexpr (Described<T>) {
    if (std::optional<T> read = internal::read_in_order<T>(text)) return std::move(*read);
  }
  // The value is gone when this returns: it lives in an arena, the first of it on the stack, and is never taken apart.
  std::array<unsigned char, 4096> first;  // NOLINT(cppcoreguidelines-pro-type-member-init): an arena's memory
  boost::json::monotonic_resource arena(first.data(), first.size());
  const Value value = TRY(parse_stored(text, &arena));
  return internal::decode_as<T>(value, Mode::kStored);
}

// What could be decoded, with everything that is wrong added to `problems`: for a document that has rules of its own
// beyond its type, so that those are reported at the same time. What was wrong has its default, or the text as it came.
template <class T>
T decode(const Value& value, Problems& problems) {
  internal::Context context{problems, Mode::kStrict};
  T out{};
  internal::decode_value(value, out, Rules{}, Path{}, context);
  return out;
}

// Checks one text against rules, as a decoder would; empty when it is right. For parameters of a path or query.
std::string problem_with_text(std::string_view text, const Rules& rules);

// The known name that differs from this one in case, or in a letter or two ("did you mean ..."); empty: there is none.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace json

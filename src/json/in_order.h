// Reads text that stands as our encoder writes it: members in the order in which the struct describes them, no escapes,
// ASCII, no space. Then no value need be built, and most of what is stored is read in a third of the time. What is not
// so, or has a member of a kind that is not read here, gives none, and is to be read the long way; this never says what
// is wrong, and never accepts what the long way would refuse.
//
// For json/decode.h alone.

#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "json/describe.h"

namespace json::internal {

// The text, and how far it is read. Each reading says whether what it wants stood there; after a no, all is over.
class InOrder {
 public:
  explicit InOrder(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool take(char wanted) {
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }
  // Without its quotes; a view of the text.
  bool text(std::string_view& out);
  bool whole(std::int64_t& out);
  bool whole(std::uint64_t& out);
  bool truth(bool& out);
  bool null();
  bool skip(int depth_left = kDepthMax);  // any value
  [[nodiscard]] bool at_null() const { return at_ != end_ && *at_ == 'n'; }
  [[nodiscard]] bool at_end() const { return at_ == end_; }

  // The name of the next member, which stays the next until member_taken(); false at the end of the object, or where
  // there is none. The object has been opened.
  bool next_name(std::string_view& name);
  void member_taken() { name_ = {}; }
  bool open_object() {
    is_first_ = true;
    return take('{');
  }
  bool close_object() {
    is_first_ = false;  // of the object around it, one has been read
    return take('}');
  }

 private:
  static constexpr int kDepthMax = 16;
  bool word(std::string_view wanted);

  const char* at_;
  const char* end_;
  std::string_view name_;  // read, its value not yet; empty: none
  bool is_first_ = true;
};

struct NamesOf {
  std::vector<std::string_view> names;
  template <class C, class M>
  void operator()(std::string_view name, M C::*, const Rules& = {}) {
    names.push_back(name);
  }
};
template <class T>
bool is_name_of(std::string_view name) {
  static const std::vector<std::string_view> kNames = [] {
    NamesOf names;
    T::describe(names);
    return std::move(names.names);
  }();
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

template <class T>
bool read_in_order(InOrder& from, T& out, const Rules& rules);

template <class T>
struct FieldsInOrder {
  InOrder& from;
  T& out;
  bool good = true;

  template <class C, class M>
  void operator()(std::string_view name, M C::* member, const Rules& rules = {}) {
    for (std::string_view next; good && from.next_name(next);) {
      if (next == name) {
        from.member_taken();
        good = read(out.*member, rules);
        return;
      }
      if (is_name_of<T>(next)) return;  // this one is missing; or the order is another, and the end will show it
      from.member_taken();
      good = from.skip();
    }
  }
  // What stands behind the last field; a name that is known stands there only out of order, or twice.
  bool rest() {
    for (std::string_view next; good && from.next_name(next);) {
      if (is_name_of<T>(next)) return false;
      from.member_taken();
      good = from.skip();
    }
    return good && from.close_object();
  }

 private:
  template <class M>
  bool read(M& target, const Rules& rules) {
    if constexpr (is_optional_v<M>) {
      if (from.at_null()) return from.null();
      return read_in_order(from, target.emplace(), rules);
    } else {
      if (rules.may_miss && from.at_null()) return from.null();
      return read_in_order(from, target, rules);
    }
  }
};

template <class T>
bool read_in_order(InOrder& from, T& out, const Rules& rules) {
  if constexpr (std::is_same_v<T, std::string>) {
    std::string_view text;
    if (!from.text(text)) return false;
    out.assign(text);
    return true;
  } else if constexpr (std::is_same_v<T, bool>) {
    return from.truth(out);
  } else if constexpr (std::is_same_v<T, base::Time>) {
    std::string_view text;
    const std::optional<base::Time> time = from.text(text) ? base::parse_time(text) : std::nullopt;
    if (time) out = *time;
    return time.has_value();
  } else if constexpr (std::is_integral_v<T>) {
    std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> wide = 0;
    if (!from.whole(wide) || !std::in_range<T>(wide) || std::cmp_less(wide, rules.min)) return false;
    if (rules.max != std::numeric_limits<std::int64_t>::max() && std::cmp_greater(wide, rules.max)) return false;
    out = static_cast<T>(wide);
    return true;
  } else if constexpr (std::is_enum_v<T>) {
    std::string_view text;
    const std::optional<T> found = from.text(text) ? parse_name<T>(text) : std::nullopt;
    if (found) out = *found;
    return found.has_value();
  } else if constexpr (is_vector_v<T>) {
    if (!from.take('[')) return false;
    for (bool more = !from.take(']'); more;) {
      if (out.size() == rules.items_max || !read_in_order(from, out.emplace_back(), rules)) return false;
      more = from.take(',');
      if (!more && !from.take(']')) return false;
    }
    return true;
  } else if constexpr (Described<T>) {
    if (!from.open_object()) return false;
    FieldsInOrder<T> fields{from, out};
    T::describe(fields);
    return fields.rest();
  } else {
    return false;
  }
}

template <Described T>
std::optional<T> read_in_order(std::string_view text) {
  InOrder from(text);
  std::optional<T> out(std::in_place);
  if (!read_in_order(from, *out, Rules{}) || !from.at_end()) out.reset();
  return out;
}

}  // namespace json::internal

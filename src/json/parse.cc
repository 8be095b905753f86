// Boost's basic_parser drives a handler of ours. The handler builds the value on boost's value_stack, reads numbers
// again from their text with from_chars (which is exact), and, where it is strict, keeps the path to where it is and
// the keys of every open object; keys are views of the source, so that a search for duplicates costs no memory.

#include "json/parse.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "json/pointer.h"

namespace json {
namespace {

using boost::json::error_code;
using boost::json::string_view;

constexpr std::size_t kSearchedKeysMax =
    16;  // up to so many keys of an object are compared with each other as they come

template <bool kStrict>
struct Handler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  struct Level {
    bool is_object = false;
    std::size_t first_key = 0;  // in `keys`, of an object
    std::size_t index = 0;      // of the element that is being read, in an array
  };

  Handler(std::string_view whole, const boost::json::storage_ptr& storage) : source(whole) { stack.reset(storage); }

  std::string_view source;
  alignas(std::max_align_t) std::array<unsigned char, 4096> room;  // of the stack, before it asks for more
  boost::json::value_stack stack{{}, room.data(), room.size()};
  std::vector<Level> levels;
  std::vector<std::string_view> keys;    // read so far, of every open object
  std::deque<std::string> unescaped;     // keys that do not stand in the source as they are
  std::string number, text;              // what came of one in parts
  std::string problem, problem_pointer;  // set when the handler itself refused

  [[nodiscard]] std::string here() const {
    std::string pointer;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const Level& level = levels[i];
      const std::size_t end = i + 1 < levels.size() ? next_first_key(i + 1) : keys.size();
      if (!level.is_object)
        append_pointer(pointer, std::to_string(level.index));
      else if (end > level.first_key)
        append_pointer(pointer, keys[end - 1]);
    }
    return pointer;
  }
  // Where the keys of the levels from this one on begin.
  [[nodiscard]] std::size_t next_first_key(std::size_t from) const {
    for (std::size_t i = from; i < levels.size(); ++i) {
      if (levels[i].is_object) return levels[i].first_key;
    }
    return keys.size();
  }
  bool refuse(std::string story, error_code& ec) {
    problem = std::move(story);
    problem_pointer = here();
    ec = boost::json::error::extra_data;  // any error stops the parser; ours is told from `problem`
    return false;
  }
  bool refuse_duplicate(error_code& ec) { return refuse("This key stands twice in its object.", ec); }
  void value_done() {
    if constexpr (kStrict) {
      if (!levels.empty() && !levels.back().is_object) ++levels.back().index;
    }
  }
  // The key as a view that lasts as long as the handler.
  std::string_view keep(string_view part) {
    const std::less_equal<> before;
    if (text.empty() && before(source.data(), part.data()) &&
        before(part.data() + part.size(), source.data() + source.size())) {
      return {part.data(), part.size()};
    }
    text.append(part.data(), part.size());
    unescaped.push_back(std::move(text));
    text.clear();
    return unescaped.back();
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    if constexpr (kStrict) levels.push_back({.is_object = true, .first_key = keys.size()});
    return true;
  }
  bool on_object_end(std::size_t count, error_code& ec) {
    if constexpr (kStrict) {
      const auto first = keys.begin() + static_cast<std::ptrdiff_t>(levels.back().first_key);
      if (count > kSearchedKeysMax) {
        std::sort(first, keys.end());
        const auto twice = std::adjacent_find(first, keys.end());
        if (twice != keys.end()) {
          const std::string_view key = *twice;
          keys.push_back(key);  // so that here() names it
          return refuse_duplicate(ec);
        }
      }
      keys.erase(first, keys.end());
      levels.pop_back();
    }
    stack.push_object(count);
    value_done();
    return true;
  }
  bool on_array_begin(error_code&) {
    if constexpr (kStrict) levels.push_back({.is_object = false});
    return true;
  }
  bool on_array_end(std::size_t count, error_code&) {
    if constexpr (kStrict) levels.pop_back();
    stack.push_array(count);
    value_done();
    return true;
  }
  bool on_key_part(string_view part, std::size_t, error_code&) {
    if constexpr (kStrict) text.append(part.data(), part.size());
    stack.push_chars(part);
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code& ec) {
    if constexpr (kStrict) {
      const std::string_view key = keep(part);
      const std::size_t first = levels.back().first_key;
      const bool seen = keys.size() - first <= kSearchedKeysMax &&
                        std::find(keys.begin() + static_cast<std::ptrdiff_t>(first), keys.end(), key) != keys.end();
      keys.push_back(key);
      if (seen) return refuse_duplicate(ec);
      if (key.find('\0') != std::string_view::npos) return refuse("A key has the character U+0000.", ec);
    }
    stack.push_key(part);
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code& ec) {
    if (kStrict && part.find('\0') != string_view::npos) return refuse("The text has the character U+0000.", ec);
    stack.push_chars(part);
    return true;
  }
  bool on_string(string_view part, std::size_t, error_code& ec) {
    if (kStrict && part.find('\0') != string_view::npos) return refuse("The text has the character U+0000.", ec);
    stack.push_string(part);
    value_done();
    return true;
  }
  bool on_number_part(string_view part, error_code&) {
    number.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, string_view, error_code&) {
    number.clear();
    stack.push_int64(value);
    value_done();
    return true;
  }
  bool on_uint64(std::uint64_t value, string_view, error_code&) {
    number.clear();
    stack.push_uint64(value);
    value_done();
    return true;
  }
  bool on_double(double, string_view part, error_code& ec) {
    std::string_view digits(part.data(), part.size());
    if (!number.empty()) digits = number.append(part.data(), part.size());
    double exact = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exact);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      return refuse("The number is out of the range of a double.", ec);
    }
    number.clear();
    stack.push_double(exact);
    value_done();
    return true;
  }
  bool on_bool(bool value, error_code&) {
    stack.push_bool(value);
    value_done();
    return true;
  }
  bool on_null(error_code&) {
    stack.push_null();
    value_done();
    return true;
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

std::string place(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? offset + 1 : offset - newline;
  return fmt::format("line {}, column {}", line, column);
}

bool is_in_text(std::string_view text, std::size_t offset) {
  bool inside = false;
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] == '"')
      inside = !inside;
    else if (inside && text[i] == '\\')
      ++i;
  }
  return inside;
}

bool is_leading_surrogate(std::string_view escape) {
  return escape.size() == 6 && escape.starts_with("\\u") && (escape[2] == 'd' || escape[2] == 'D') &&
         std::string_view("89abAB").find(escape[3]) != std::string_view::npos;
}

constexpr std::string_view kHalfPair = "a \\u escape is half of a surrogate pair";

// What is wrong with the character at the offset, within a string literal; and outside of one. Empty: nobody knows.
std::string story_in_text(std::string_view text, std::size_t offset) {
  const auto c = static_cast<unsigned char>(text[offset]);
  if (offset >= 6 && is_leading_surrogate(text.substr(offset - 6, 6))) return std::string(kHalfPair);
  if (offset >= 7 && is_leading_surrogate(text.substr(offset - 7, 6))) return std::string(kHalfPair);
  if (c < 0x20) return fmt::format("the control character U+{:04X} must be escaped in a string", c);
  if (text[offset - 1] == '\\') return fmt::format("\\{:c} is not an escape of JSON", c >= 0x7f ? '?' : c);
  return {};
}

std::string_view story_outside(std::string_view text, std::size_t offset) {
  if (offset == 0 && text.starts_with("\xef\xbb\xbf")) return "it begins with a byte order mark";
  const auto is_one_of = [](char c, std::string_view set) { return set.find(c) != std::string_view::npos; };
  const char c = text[offset];
  const std::size_t last = text.substr(0, offset).find_last_not_of(" \t\r\n");
  const char before = last == std::string_view::npos ? ' ' : text[last];
  const bool touches = last + 1 == offset;
  if (c == '\'') return "strings and keys stand in double quotes";
  if (c == '/' || c == '#') return "JSON has no comments";
  if (is_one_of(c, "]}") && before == ',') return "nothing follows a comma";
  if (touches && is_one_of(before, ".eE-+") && !is_one_of(c, "\"")) return "a number is not complete";
  if (touches && before == '0' && is_one_of(c, "0123456789")) return "a number begins with a 0 too much";
  if (is_one_of(c, "+.")) return "a number begins with a digit or with -";
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
    return "only true, false and null stand without double quotes";
  if (is_one_of(c, "\"[{-0123456789") && !is_one_of(before, "[{,: "))
    return "a comma or a colon is missing before this";
  return {};
}

// What boost's terse errors mean to somebody who wrote the text.
std::string story(const error_code& ec, std::string_view text, std::size_t offset, std::size_t depth_max) {
  using boost::json::error;
  if (ec == error::incomplete) return "it ends too early";
  if (ec == error::extra_data) return "something follows the end of the value";
  if (ec == error::too_deep) return fmt::format("it is nested too deeply; {} levels are the limit", depth_max);
  if (ec == error::illegal_leading_surrogate || ec == error::illegal_trailing_surrogate ||
      ec == error::expected_utf16_escape) {
    return std::string(kHalfPair);
  }
  if (ec == error::expected_hex_digit) return "a \\u escape needs four hexadecimal digits";
  if (ec == error::exponent_overflow) return "the exponent of a number is out of range";
  std::string told;
  if (offset < text.size())
    told = is_in_text(text, offset) ? story_in_text(text, offset) : std::string(story_outside(text, offset));
  if (!told.empty()) return told;
  return base::is_utf8(text) ? "it is not JSON here" : "it is not valid UTF-8";
}

template <bool kStrict>
base::Result<Value> run(std::string_view text, const boost::json::storage_ptr& storage, std::size_t depth_max) {
  const base::Code code = kStrict ? base::Code::kInvalid : base::Code::kCorrupt;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return base::fail(code, "The text is empty where JSON is needed.");
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::json::basic_parser<Handler<kStrict>> parser(options, text, storage);
  error_code ec;
  const std::size_t consumed = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && consumed < text.size()) ec = boost::json::error::extra_data;
  if (!ec) return parser.handler().stack.release();
  const Handler<kStrict>& handler = parser.handler();
  if (!handler.problem.empty()) {
    const std::string_view what(handler.problem.data(), handler.problem.size() - 1);
    base::Error error(code, fmt::format("{} ({}).", what, place(text, consumed)));
    error.fields.push_back({handler.problem_pointer, handler.problem});
    return base::fail(std::move(error));
  }
  std::string what = story(ec, text, consumed, depth_max);
  base::Error error(code, fmt::format("The text is not valid JSON: {} ({}).", what, place(text, consumed)));
  error.fields.push_back({handler.here(), std::move(what)});
  return base::fail(std::move(error));
}

}  // namespace

base::Result<Value> parse(std::string_view text, std::size_t depth_max) { return run<true>(text, {}, depth_max); }
base::Result<Value> parse_stored(std::string_view text, const boost::json::storage_ptr& storage,
                                 std::size_t depth_max) {
  return run<false>(text, storage, depth_max);
}

}  // namespace json

// Boost's basic_parser drives a handler of ours. The handler builds the value on boost's value_stack, reads numbers
// again from their text with from_chars (which is exact), and, where it is strict, keeps the path to where it is and
// the keys of every open object.

#include "json/parse.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/pointer.h"

namespace json {
namespace {

using boost::json::error_code;
using boost::json::string_view;

struct Handler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  struct Level {
    bool is_object = false;
    std::size_t index = 0;          // of the element that is being read, in an array
    std::vector<std::string> keys;  // read so far, in an object
  };

  explicit Handler(bool is_strict) : strict(is_strict) { stack.reset({}); }

  bool strict;
  boost::json::value_stack stack;
  std::vector<Level> levels;
  std::string number, text;
  std::string problem, problem_pointer;  // set when the handler itself refused

  [[nodiscard]] std::string here() const {
    std::string pointer;
    for (const Level& level : levels) {
      append_pointer(pointer,
                     level.is_object ? (level.keys.empty() ? "" : level.keys.back()) : std::to_string(level.index));
    }
    return pointer;
  }
  bool refuse(std::string story, error_code& ec) {
    problem = std::move(story);
    problem_pointer = here();
    ec = boost::json::error::extra_data;  // any error stops the parser; ours is told from `problem`
    return false;
  }
  void value_done() {
    if (strict && !levels.empty() && !levels.back().is_object) ++levels.back().index;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    if (strict) levels.push_back({.is_object = true});
    return true;
  }
  bool on_object_end(std::size_t count, error_code& ec) {
    if (strict) {
      std::vector<std::string>& keys = levels.back().keys;
      std::vector<std::string_view> sorted(keys.begin(), keys.end());
      std::sort(sorted.begin(), sorted.end());
      const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
      if (twice != sorted.end()) {
        std::string key(*twice);
        keys.push_back(key);  // so that here() names it
        return refuse("This key stands twice in its object.", ec);
      }
      levels.pop_back();
    }
    stack.push_object(count);
    value_done();
    return true;
  }
  bool on_array_begin(error_code&) {
    if (strict) levels.push_back({.is_object = false});
    return true;
  }
  bool on_array_end(std::size_t count, error_code&) {
    if (strict) levels.pop_back();
    stack.push_array(count);
    value_done();
    return true;
  }
  bool on_key_part(string_view part, std::size_t, error_code&) {
    if (strict) text.append(part.data(), part.size());
    stack.push_chars(part);
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code& ec) {
    if (strict) {
      text.append(part.data(), part.size());
      levels.back().keys.push_back(std::move(text));
      text.clear();
      if (levels.back().keys.back().find('\0') != std::string::npos)
        return refuse("A key has the character U+0000.", ec);
    }
    stack.push_key(part);
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code& ec) {
    if (strict && part.find('\0') != string_view::npos) return refuse("The text has the character U+0000.", ec);
    stack.push_chars(part);
    return true;
  }
  bool on_string(string_view part, std::size_t, error_code& ec) {
    if (strict && part.find('\0') != string_view::npos) return refuse("The text has the character U+0000.", ec);
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
    number.append(part.data(), part.size());
    double exact = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), exact);
    if (error != std::errc() || end != number.data() + number.size()) {
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

// What boost's terse errors mean to somebody who wrote the text.
std::string_view story(const error_code& ec) {
  using boost::json::error;
  if (ec == error::incomplete) return "it ends too early";
  if (ec == error::extra_data) return "something follows the end of the value";
  if (ec == error::too_deep) return "it is nested too deeply; 32 levels are the limit";
  if (ec == error::illegal_leading_surrogate || ec == error::illegal_trailing_surrogate ||
      ec == error::expected_utf16_escape) {
    return "a \\u escape is half of a surrogate pair";
  }
  if (ec == error::expected_hex_digit) return "a \\u escape needs four hexadecimal digits";
  if (ec == error::exponent_overflow) return "the exponent of a number is out of range";
  return "it is not JSON here";
}

base::Result<Value> run(std::string_view text, bool strict) {
  const base::Code code = strict ? base::Code::kInvalid : base::Code::kCorrupt;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return base::fail(code, "The text is empty where JSON is needed.");
  boost::json::parse_options options;
  options.max_depth = base::limits::kJsonDepthMax;
  boost::json::basic_parser<Handler> parser(options, strict);
  error_code ec;
  const std::size_t consumed = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && consumed < text.size()) ec = boost::json::error::extra_data;
  if (!ec) return parser.handler().stack.release();
  const Handler& handler = parser.handler();
  if (!handler.problem.empty()) {
    base::Error error(code, fmt::format("{} ({})", handler.problem, place(text, consumed)));
    error.fields.push_back({handler.problem_pointer, handler.problem});
    return base::fail(std::move(error));
  }
  std::string_view what = story(ec);
  if (what == "it is not JSON here" && !base::is_utf8(text)) what = "it is not valid UTF-8";
  return base::fail(code, fmt::format("The text is not valid JSON: {} ({}).", what, place(text, consumed)));
}

}  // namespace

base::Result<Value> parse(std::string_view text) { return run(text, true); }
base::Result<Value> parse_stored(std::string_view text) { return run(text, false); }

}  // namespace json

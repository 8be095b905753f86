#include "json/encode.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace json {
namespace {

template <class T>
void append_chars(std::string& out, T number) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  out.append(buffer.data(), end);
}

}  // namespace

void append_number(std::string& out, double number) {
  if (number == 0 && std::signbit(number))
    out.append("-0.0");  // "-0" would be read as the integer 0
  else if (std::isfinite(number))
    append_chars(out, number);
  else
    out.append("null");  // JSON has no such numbers
}
void append_number(std::string& out, std::int64_t number) { append_chars(out, number); }
void append_number(std::string& out, std::uint64_t number) { append_chars(out, number); }

void append_text(std::string& out, std::string_view text) {
  // Most texts stand in JSON as they are; base::append_json_string knows what to do with the others.
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  if (!plain) return base::append_json_string(out, text);
  out.push_back('"');
  out.append(text);
  out.push_back('"');
}

void append(std::string& out, const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      out.append("null");
      break;
    case boost::json::kind::bool_:
      out.append(value.get_bool() ? "true" : "false");
      break;
    case boost::json::kind::int64:
      append_number(out, static_cast<std::int64_t>(value.get_int64()));
      break;
    case boost::json::kind::uint64:
      append_number(out, static_cast<std::uint64_t>(value.get_uint64()));
      break;
    case boost::json::kind::double_:
      append_number(out, value.get_double());
      break;
    case boost::json::kind::string:
      append_text(out, view(value.get_string()));
      break;
    case boost::json::kind::array: {
      out.push_back('[');
      bool first = true;
      for (const Value& element : value.get_array()) {
        if (!first) out.push_back(',');
        first = false;
        append(out, element);
      }
      out.push_back(']');
      break;
    }
    case boost::json::kind::object: {
      out.push_back('{');
      bool first = true;
      for (const auto& member : value.get_object()) {
        if (!first) out.push_back(',');
        first = false;
        append_text(out, {member.key().data(), member.key().size()});
        out.push_back(':');
        append(out, member.value());
      }
      out.push_back('}');
      break;
    }
  }
}

}  // namespace json

#include "pg_model/quote.h"

namespace pg_model {
namespace {

void append_doubling(std::string& text, std::string_view from, std::string_view doubled) {
  for (char each : from) {
    if (each == '\0') continue;
    if (doubled.find(each) != std::string_view::npos) text += each;
    text += each;
  }
}

}  // namespace

std::string identifier(std::string_view name) {
  std::string text = "\"";
  append_doubling(text, name, "\"");
  return text + '"';
}

std::string literal(std::string_view value) {
  // A backslash is itself only where standard_conforming_strings is on; E'' means the same everywhere.
  std::string text = value.find('\\') == std::string_view::npos ? "'" : " E'";
  append_doubling(text, value, "'\\");
  return text + '\'';
}

}  // namespace pg_model

#include "json/schema.h"

namespace json::internal {

void apply_text_rules(Object& schema, const Rules& rules) {
  const Rules plain;
  if (rules.chars_min > 0) schema["minLength"] = rules.chars_min;
  if (rules.chars_max != plain.chars_max) schema["maxLength"] = rules.chars_max;
  if (rules.format != nullptr) {
    schema["pattern"] = boost::json::string_view(rules.format->pattern.data(), rules.format->pattern.size());
  } else {
    schema["pattern"] =
        rules.lines ? "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$" : "^[^\\u0000-\\u001f\\u007f]*$";
  }
}

void apply_number_rules(Object& schema, const Rules& rules) {
  const Rules plain;
  if (rules.min != plain.min) schema["minimum"] = rules.min;
  if (rules.max != plain.max) schema["maximum"] = rules.max;
}

}  // namespace json::internal

// Members of JSON objects by name, where the server may leave them out or send something else: then empty. A path goes
// through objects: "account/accountId". Pure; any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"

namespace cli {

const json::Value* value_at(const json::Object& object, std::string_view path);
std::string text_at(const json::Object& object, std::string_view path);  // texts; numbers and booleans in words
bool true_at(const json::Object& object, std::string_view path);
const json::Array* array_at(const json::Object& object, std::string_view path);
const json::Object* object_at(const json::Object& object, std::string_view path);
std::vector<std::string> texts_at(const json::Object& object, std::string_view path);  // of an array of texts

// "2026-11-24 09:54" of a time of the API, in UTC; anything else as it is.
std::string short_time(std::string_view time);

// JSON over several lines, for people; names of members and short values on one line each.
std::string indented(const json::Value& value);

}  // namespace cli

#include "aws_model/reading.h"

#include <cmath>
#include <limits>
#include <utility>

namespace aws_model {

namespace {

const json::Object& nothing() {
  static const json::Object empty;
  return empty;
}

}  // namespace

void Reading::refuse(const json::Path& place, std::string story) {
  if (error_) return;
  std::string pointer = place.text();
  error_.emplace(base::Code::kInvalid, (pointer.empty() ? "/" : pointer) + ": " + story);
  error_->fields.push_back({std::move(pointer), std::move(story)});
}

std::string_view Reading::keep(std::string_view text) {
  if (text.empty()) return {};
  const std::span<char> room = array<char>(text.size());
  text.copy(room.data(), text.size());
  return {room.data(), room.size()};
}

Fields::Fields(Reading& reading, const json::Value& value, const json::Path& path)
    : reading_(reading), path_(path), object_(value.if_object()) {
  if (object_ != nullptr) return;
  reading_.refuse(path, "This must be an object.");
  object_ = &nothing();
}

const json::Value* Fields::find(std::string_view key) const {
  const json::Value* value = object_->if_contains({key.data(), key.size()});
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string_view Fields::text(std::string_view key) const {
  const json::Value* value = find(key);
  if (value == nullptr) return {};
  if (const auto* string = value->if_string()) return reading_.keep(json::view(*string));
  reading_.refuse(path_.at(key), "This must be a string.");
  return {};
}

bool Fields::flag(std::string_view key) const {
  const json::Value* value = find(key);
  if (value == nullptr) return false;
  if (const bool* boolean = value->if_bool()) return *boolean;
  reading_.refuse(path_.at(key), "This must be true or false.");
  return false;
}

std::optional<double> Fields::number(std::string_view key) const {
  const json::Value* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return static_cast<double>(*number);
  if (const auto* number = value->if_uint64()) return static_cast<double>(*number);
  if (const auto* number = value->if_double()) return *number;
  reading_.refuse(path_.at(key), "This must be a number.");
  return std::nullopt;
}

int Fields::integer(std::string_view key, int fallback) const {
  const std::optional<double> value = number(key);
  if (!value) return fallback;
  if (*value >= 0 && *value <= std::numeric_limits<int>::max() && *value == std::floor(*value)) {
    return static_cast<int>(*value);
  }
  reading_.refuse(path_.at(key), "This must be a whole number from 0 on.");
  return fallback;
}

std::span<std::string_view> Fields::texts(std::string_view key) const {
  const json::Value* value = find(key);
  if (value == nullptr) return {};
  if (const auto* string = value->if_string()) {
    const auto one = reading_.array<std::string_view>(1);
    one.front() = reading_.keep(json::view(*string));
    return one;
  }
  const auto* list = value->if_array();
  if (list == nullptr) {
    reading_.refuse(path_.at(key), "This must be a list of strings.");
    return {};
  }
  const auto all = reading_.array<std::string_view>(list->size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto* string = (*list)[i].if_string();
    if (string == nullptr) {
      const json::Path here = path_.at(key);
      reading_.refuse(here.at(i), "This must be a string.");
      return {};
    }
    all[i] = reading_.keep(json::view(*string));
  }
  return all;
}

// A URI alone, or {"prefix", "uri"}.
XmlNamespace Fields::xml_namespace(std::string_view key) const {
  const json::Value* value = find(key);
  if (value == nullptr) return {};
  if (value->is_string()) return {.uri = text(key)};
  const json::Path here = path_.at(key);
  const Fields fields(reading_, *value, here);
  return {.prefix = fields.text("prefix"), .uri = fields.text("uri")};
}

const json::Object& Fields::section(std::string_view key) const {
  const json::Value* value = find(key);
  if (value == nullptr) return nothing();
  if (const auto* object = value->if_object()) return *object;
  reading_.refuse(path_.at(key), "This must be an object.");
  return nothing();
}

}  // namespace aws_model

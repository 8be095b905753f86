#include "cli/fields.h"

#include "base/clock.h"
#include "json/encode.h"

namespace cli {
namespace {

void append_indented(std::string& out, const json::Value& value, std::size_t depth) {
  const auto line = [&](std::size_t level) { out.append("\n").append(2 * level, ' '); };
  bool first = true;
  if (const json::Object* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (const auto& member : *object) {
      if (!std::exchange(first, false)) out += ',';
      line(depth + 1);
      json::append_text(out, {member.key().data(), member.key().size()});
      out += ": ";
      append_indented(out, member.value(), depth + 1);
    }
    line(depth);
    out += '}';
  } else if (const json::Array* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (const json::Value& each : *array) {
      if (!std::exchange(first, false)) out += ',';
      line(depth + 1);
      append_indented(out, each, depth + 1);
    }
    line(depth);
    out += ']';
  } else {
    json::append(out, value);
  }
}

}  // namespace

std::string indented(const json::Value& value) {
  std::string out;
  append_indented(out, value, 0);
  return out;
}

const json::Value* value_at(const json::Object& object, std::string_view path) {
  const std::size_t slash = path.find('/');
  const std::string_view name = path.substr(0, slash);
  const json::Value* value = object.if_contains(boost::json::string_view(name.data(), name.size()));
  if (value == nullptr || slash == std::string_view::npos) return value;
  const json::Object* inner = value->if_object();
  return inner == nullptr ? nullptr : value_at(*inner, path.substr(slash + 1));
}

std::string text_at(const json::Object& object, std::string_view path) {
  const json::Value* value = value_at(object, path);
  if (value == nullptr || value->is_null()) return "";
  if (const auto* text = value->if_string()) return std::string(json::view(*text));
  return value->is_structured() ? std::string() : json::encode(*value);
}

bool true_at(const json::Object& object, std::string_view path) {
  const json::Value* value = value_at(object, path);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::Array* array_at(const json::Object& object, std::string_view path) {
  const json::Value* value = value_at(object, path);
  return value == nullptr ? nullptr : value->if_array();
}

const json::Object* object_at(const json::Object& object, std::string_view path) {
  const json::Value* value = value_at(object, path);
  return value == nullptr ? nullptr : value->if_object();
}

std::vector<std::string> texts_at(const json::Object& object, std::string_view path) {
  std::vector<std::string> texts;
  if (const json::Array* array = array_at(object, path)) {
    for (const json::Value& each : *array) {
      if (const auto* text = each.if_string()) texts.emplace_back(json::view(*text));
    }
  }
  return texts;
}

std::string short_time(std::string_view time) {
  const std::optional<base::Time> parsed = base::parse_time(time);
  if (!parsed) return std::string(time);
  std::string text = base::format_time(*parsed).substr(0, 16);
  text[10] = ' ';
  return text;
}

}  // namespace cli

#include "pg_spec/yaml_text.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"

namespace pg_spec::internal {
namespace {

constexpr std::size_t kColumnsMax = 100;
constexpr int kFlowDepthMax = 3;
constexpr std::size_t kKeyCharsMax = 1000;  // YAML takes 1024 before a colon

// What some reader of YAML takes for something else than a text.
bool is_word_of_yaml(std::string_view text) {
  constexpr std::array kWords{"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return base::equal_ignoring_case(text, word); });
}

bool is_plain(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto part = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '$' || c == '/' || c == '-' || c == '(' || c == ')';
  };
  return !text.empty() && letter(text.front()) && std::ranges::all_of(text, part) && !is_word_of_yaml(text);
}

std::size_t length_of_character(unsigned char first) {
  return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

// Characters that YAML does not take as they are, or that are line breaks to somebody.
bool needs_escape(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF || c == 0xFFFE ||
         c == 0xFFFF;
}

char32_t code_point(std::string_view character) {
  char32_t value = static_cast<unsigned char>(character[0]);
  if (character.size() > 1) value &= 0xFFU >> (character.size() + 1);
  for (const char each : character.substr(1)) value = (value << 6) | (static_cast<unsigned char>(each) & 0x3FU);
  return value;
}

std::string flow(const Node& node) {
  std::string text;
  switch (node.kind) {
    case Node::Kind::kNull:
      return "{}";
    case Node::Kind::kText:
      return node.plain ? node.text : yaml_scalar(node.text);
    case Node::Kind::kList:
      for (const Node& each : node.items) text += (text.empty() ? "" : ", ") + flow(each);
      return "[" + text + "]";
    case Node::Kind::kMap:
      for (const Member& each : node.members)
        text += (text.empty() ? "" : ", ") + yaml_scalar(each.key) + ": " + flow(each.value);
      return "{" + text + "}";
  }
  return text;
}

// How deep lists and mappings are nested, and no further than it matters.
int depth(const Node& node) {
  int deepest = 0;
  for (const Node& each : node.items) deepest = std::max(deepest, depth(each) + 1);
  for (const Member& each : node.members) deepest = std::max(deepest, depth(each.value) + 1);
  return deepest;
}

// The length of the one-line form, as far as it may be used; so that no large part is formatted twice.
std::size_t size_up_to(const Node& node, std::size_t limit) {
  std::size_t size = node.text.size() + 2;
  for (const Node& each : node.items) {
    if (size > limit) return size;
    size += size_up_to(each, limit - size) + 2;
  }
  for (const Member& each : node.members) {
    if (size > limit) return size;
    size += each.key.size() + 2 + size_up_to(each.value, limit - std::min(limit, size)) + 2;
  }
  return size;
}

std::optional<std::string> in_one_line(const Node& node, std::size_t used) {
  if (node.is_text() || node.is_null()) return flow(node);
  if (size_up_to(node, kColumnsMax) > kColumnsMax || depth(node) > kFlowDepthMax) return std::nullopt;
  std::string text = flow(node);
  if (used + text.size() > kColumnsMax && !(node.items.empty() && node.members.empty())) return std::nullopt;
  return text;
}

void block(const Node& node, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  for (const Member& each : node.members) {
    const std::string key = margin + yaml_scalar(each.key) + ":";
    if (key.size() > kKeyCharsMax) {
      out += fmt::format("{0}? {1}\n{0}: {2}\n", margin, yaml_scalar(each.key), flow(each.value));
    } else if (std::optional<std::string> line = in_one_line(each.value, key.size() + 1)) {
      out += fmt::format("{} {}\n", key, *line);
    } else {
      out += key + "\n";
      block(each.value, indent + 2, out);
    }
  }
  for (const Node& each : node.items) out += margin + "- " + flow(each) + "\n";
}

}  // namespace

Node text_node(std::string text) {
  Node node;
  node.kind = Node::Kind::kText;
  node.text = std::move(text);
  return node;
}

Node plain_node(std::string text) {
  Node node = text_node(std::move(text));
  node.plain = true;
  return node;
}

Node map_node() {
  Node node;
  node.kind = Node::Kind::kMap;
  return node;
}

Node list_node() {
  Node node;
  node.kind = Node::Kind::kList;
  return node;
}

Node& add(Node& map, std::string key, Node value) {
  map.members.push_back({std::move(key), {}, std::move(value)});
  return map.members.back().value;
}

std::string yaml_scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view character = text.substr(at, length_of_character(static_cast<unsigned char>(text[at])));
    at += character.size();
    const char32_t value = code_point(character);
    if (value == '"' || value == '\\') {
      quoted += '\\';
      quoted += character;
    } else if (value == '\n') {
      quoted += "\\n";
    } else if (value == '\t') {
      quoted += "\\t";
    } else if (needs_escape(value)) {
      quoted += fmt::format("\\u{:04X}", static_cast<std::uint32_t>(value));
    } else {
      quoted += character;
    }
  }
  return quoted + '"';
}

std::string yaml_text(const Node& root) {
  std::string out;
  // The top is always one key below the other.
  for (const Member& each : root.members) {
    const std::string key = yaml_scalar(each.key) + ":";
    if (each.value.is_map() && !each.value.members.empty()) {
      out += key + "\n";
      block(each.value, 2, out);
    } else if (std::optional<std::string> line = in_one_line(each.value, key.size() + 1)) {
      out += fmt::format("{} {}\n", key, *line);
    } else {
      out += key + "\n";
      block(each.value, 2, out);
    }
  }
  return out;
}

}  // namespace pg_spec::internal

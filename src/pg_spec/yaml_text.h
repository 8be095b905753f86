// Writes a tree as YAML that people read: what is short and leaf-like in one line, the rest in blocks; every text such
// that it is read back as the same text, by readers of YAML 1.1 too. Pure.

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "pg_spec/yaml.h"

namespace pg_spec::internal {

// Builders of trees: positions stay empty.
Node text_node(std::string text);
Node plain_node(std::string text);  // a number, a boolean, a word of ours: never quoted
Node map_node();
Node list_node();
Node& add(Node& map, std::string key, Node value);

std::string yaml_scalar(std::string_view text);  // quoted where it must be
std::string yaml_text(const Node& root);

}  // namespace pg_spec::internal

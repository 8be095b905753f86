// A YAML document as a tree with positions, and the list of what is wrong with a document. For documents that people
// write and strangers may send: plain YAML without anchors, aliases, tags, complex keys or a second document, so that a
// tree is never larger than its text; nesting is limited; keys that come twice are problems.
//
// Pure; any thread. The library behind it is named in yaml.cc only.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pg_spec::internal {

struct Position {
  int line = 1, column = 1;  // from 1, in characters
  auto operator<=>(const Position&) const = default;
};

struct Member;

struct Node {
  enum class Kind : std::uint8_t { kNull, kText, kList, kMap };
  Kind kind = Kind::kNull;
  bool plain = false;  // a text without quotes: may stand for a number or boolean
  Position at;
  std::string text;
  std::vector<Node> items;
  std::vector<Member> members;  // in the order of the document; no key comes twice

  [[nodiscard]] bool is_map() const { return kind == Kind::kMap; }
  [[nodiscard]] bool is_list() const { return kind == Kind::kList; }
  [[nodiscard]] bool is_text() const { return kind == Kind::kText; }
  [[nodiscard]] bool is_null() const { return kind == Kind::kNull; }
};

struct Member {
  std::string key;
  Position at;
  Node value;
};

class Problems {
 public:
  void add(Position at, std::string message);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::size_t count() const { return count_; }
  // In the order of the document, each with its line, column and pointer; the first kFieldErrorsMax of them.
  [[nodiscard]] base::Error error(std::string_view file_name, const Node& root) const;

 private:
  struct Problem {
    Position at;
    std::string message;
  };
  std::vector<Problem> problems_;
  std::size_t count_ = 0;
};

// False: the text ends or breaks off before it is a document, `root` is a part of it, and `problems` say where. True:
// the whole document; keys that come twice are among the problems, and the first of them is in the tree.
bool parse_yaml(std::string_view text, Node& root, Problems& problems);

}  // namespace pg_spec::internal

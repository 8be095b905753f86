#include "aws_config/words.h"

#include <utility>

namespace aws_config {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// What stands between double quotes, from behind the first one; `at` ends behind the last.
bool append_quoted(std::string& word, std::string_view text, std::size_t& at) {
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (c == '"') {
      ++at;
      return true;
    }
    if (c == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\')) c = text[++at];
    word += c;
  }
  return false;
}

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;  // a word may be empty: ''
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (is_blank(c)) {
      if (open) words.push_back(std::exchange(word, {}));
      open = false;
      continue;
    }
    open = true;
    if (c == '\'') {
      const std::size_t end = text.find('\'', at);
      if (end == std::string_view::npos) return std::nullopt;
      word += text.substr(at, end - at);
      at = end + 1;
    } else if (c == '"') {
      if (!append_quoted(word, text, at)) return std::nullopt;
    } else if (c == '\\') {
      if (at == text.size()) return std::nullopt;
      word += text[at++];
    } else {
      word += c;
    }
  }
  if (open) words.push_back(std::move(word));
  return words;
}

}  // namespace aws_config

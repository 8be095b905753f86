#include "pg_plan/expression.h"

#include <array>
#include <optional>
#include <vector>

#include "base/text.h"

namespace pg_plan {
namespace {

constexpr std::size_t kTextMax = 64 * 1024;
constexpr int kDepthMax = 200;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::size_t quoted_end(std::string_view text, std::size_t at) {
  char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] != quote) continue;
    if (at + 1 < text.size() && text[at + 1] == quote) {
      ++at;
    } else {
      return at + 1;
    }
  }
  return text.size();
}

// A name in quotes that needs none is the same without.
std::string name_token(std::string_view quoted) {
  std::string_view inside = quoted.substr(1, quoted.size() - 2);
  bool plain = !inside.empty() && !(inside[0] >= '0' && inside[0] <= '9');
  for (char c : inside) plain = plain && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
  return std::string(plain ? inside : quoted);
}

std::vector<std::string> tokens(std::string_view text) {
  constexpr std::string_view kOperators = "+-*/<>=~!@#%^&|`?";
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    char c = text[at];
    std::size_t end = at + 1;
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      ++at;
      continue;
    }
    if (c == '\'' || c == '"') {
      end = quoted_end(text, at);
      std::string_view token = text.substr(at, end - at);
      found.push_back(c == '"' && token.size() > 2 ? name_token(token) : std::string(token));
    } else if (is_word(c)) {
      while (end < text.size() && (is_word(text[end]) || text[end] == '.')) ++end;
      found.push_back(base::to_lower_ascii(text.substr(at, end - at)));
    } else if (c == ':' && end < text.size() && text[end] == ':') {
      found.emplace_back("::");
      ++end;
    } else if (kOperators.find(c) != std::string_view::npos) {
      while (end < text.size() && kOperators.find(text[end]) != std::string_view::npos) ++end;
      found.emplace_back(text.substr(at, end - at));
      if (found.back() == "!=") found.back() = "<>";
    } else {
      found.emplace_back(1, c);
    }
    at = end;
  }
  return found;
}

// A parser by precedence that writes every operator with its operands in parentheses.
class Parser {
 public:
  explicit Parser(std::vector<std::string> all) : tokens_(std::move(all)) {}

  std::optional<std::string> whole() {
    auto text = expression(0, 0);
    return text && at_ == tokens_.size() ? text : std::nullopt;
  }

 private:
  // How tightly an operator binds its operands; 0: it is none.
  static int binding(const std::string& token) {
    if (token == "or") return 1;
    if (token == "and") return 2;
    if (token == "is") return 4;
    if (token == "<" || token == ">" || token == "=" || token == "<=" || token == ">=" || token == "<>") return 5;
    if (token == "+" || token == "-") return 8;
    if (token == "*" || token == "/" || token == "%") return 9;
    constexpr std::string_view kOperators = "+-*/<>=~!@#%^&|`?";
    return kOperators.find(token[0]) != std::string_view::npos && token != "^" ? 7 : 0;
  }

  std::optional<std::string> expression(int least, int depth) {
    if (depth > kDepthMax) return std::nullopt;
    auto left = operand(depth);
    if (!left) return std::nullopt;
    while (at_ < tokens_.size()) {
      std::string token = tokens_[at_];
      int strength = binding(token);
      if (strength == 0 || strength <= least) break;
      ++at_;
      if (token == "is") {
        while (at_ < tokens_.size() && (tokens_[at_] == "not" || tokens_[at_] == "null" || tokens_[at_] == "true" ||
                                        tokens_[at_] == "false" || tokens_[at_] == "unknown")) {
          token += " " + tokens_[at_++];
        }
        if (token == "is" || token == "is not") return std::nullopt;
        left = "(" + *left + " " + token + ")";
        continue;
      }
      auto right = expression(strength, depth + 1);
      if (!right) return std::nullopt;
      left = "(" + *left + " " + token + " " + *right + ")";
    }
    return left;
  }

  std::optional<std::string> operand(int depth) {
    if (at_ == tokens_.size()) return std::nullopt;
    std::string token = tokens_[at_++];
    if (token == "not") {
      auto what = expression(3, depth + 1);
      return what ? std::optional("(not " + *what + ")") : std::nullopt;
    }
    std::optional<std::string> value;
    if (token == "-" && at_ < tokens_.size() && tokens_[at_][0] >= '0' && tokens_[at_][0] <= '9') {
      value = "-" + tokens_[at_++];
    } else if (token == "(") {
      value = expression(0, depth + 1);
      if (!value || !take(")")) return std::nullopt;
    } else if (token[0] == '\'' || token[0] == '"' || is_word(token[0])) {
      if (is_reserved(token)) return std::nullopt;
      value = std::move(token);
      if (take("(") && !arguments(*value, depth)) return std::nullopt;
    } else {
      return std::nullopt;
    }
    while (value && take("::")) {
      auto type = type_name();
      if (!type) return std::nullopt;
      if (is_integer(*value) && *type == "integer") {  // '-3'::integer is how the server prints -3
        value = value->substr(1, value->size() - 2);
      } else if (value->front() != '\'' || *type != "text") {
        value = "(" + *value + "::" + *type + ")";
      }
    }
    return value;
  }

  static bool is_integer(const std::string& literal) {
    if (literal.size() < 3 || literal.size() > 12 || literal.front() != '\'' || literal.back() != '\'') return false;
    std::size_t first = literal[1] == '-' ? 2 : 1;
    if (first + 1 == literal.size()) return false;
    for (std::size_t at = first; at + 1 < literal.size(); ++at) {
      if (literal[at] < '0' || literal[at] > '9') return false;
    }
    return true;
  }

  static bool is_reserved(const std::string& token) {
    constexpr std::array<std::string_view, 16> kWords{"select", "case", "when", "in",     "between", "like",
                                                      "ilike",  "any",  "all",  "exists", "from",    "row",
                                                      "array",  "end",  "over", "similar"};
    for (std::string_view each : kWords) {
      if (token == each) return true;
    }
    return false;
  }

  bool arguments(std::string& call, int depth) {
    call += "(";
    if (take(")")) {
      call += ")";
      return true;
    }
    do {
      auto one = expression(0, depth + 1);
      if (!one) return false;
      call += *one + ",";
    } while (take(","));
    call += ")";
    return take(")");
  }

  std::optional<std::string> type_name() {
    if (at_ == tokens_.size() || (!is_word(tokens_[at_][0]) && tokens_[at_][0] != '"')) return std::nullopt;
    std::string name = tokens_[at_++];
    while (at_ < tokens_.size() &&
           (tokens_[at_] == "varying" || tokens_[at_] == "precision" || tokens_[at_] == "[" || tokens_[at_] == "]")) {
      name += tokens_[at_++];
    }
    return name;
  }

  bool take(std::string_view token) {
    if (at_ == tokens_.size() || tokens_[at_] != token) return false;
    ++at_;
    return true;
  }

  std::vector<std::string> tokens_;
  std::size_t at_ = 0;
};

// One pair of parentheses around the whole is the server's habit.
void strip_outer(std::vector<std::string>& all) {
  while (all.size() >= 2 && all.front() == "(" && all.back() == ")") {
    int depth = 0;
    for (std::size_t at = 0; at + 1 < all.size(); ++at) {
      if (all[at] == "(") ++depth;
      if (all[at] == ")" && --depth == 0) return;
    }
    all.erase(all.begin());
    all.pop_back();
  }
}

}  // namespace

bool same_expression(std::string_view one, std::string_view other) {
  if (one == other) return true;
  if (one.empty() || other.empty() || one.size() > kTextMax || other.size() > kTextMax) return false;
  std::vector<std::string> left = tokens(one), right = tokens(other);
  auto first = Parser(left).whole(), second = Parser(right).whole();
  if (first && second) return *first == *second;
  strip_outer(left);
  strip_outer(right);
  return left == right;
}

}  // namespace pg_plan

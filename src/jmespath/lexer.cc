#include "jmespath/lexer.h"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "json/parse.h"

namespace jmespath {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_identifier(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Longer ones first: each is looked for at the place where a token begins.
constexpr std::array<std::pair<std::string_view, Token>, 25> kSigns{{
    {"[]", Token::kFlatten},
    {"[?", Token::kFilter},
    {"||", Token::kOr},
    {"&&", Token::kAnd},
    {"==", Token::kEqual},
    {"!=", Token::kNotEqual},
    {"<=", Token::kLessOrEqual},
    {">=", Token::kGreaterOrEqual},
    {"[", Token::kOpen},
    {"]", Token::kClose},
    {"|", Token::kPipe},
    {"&", Token::kReference},
    {"!", Token::kNot},
    {"<", Token::kLess},
    {">", Token::kGreater},
    {".", Token::kDot},
    {"*", Token::kStar},
    {",", Token::kComma},
    {":", Token::kColon},
    {"@", Token::kCurrent},
    {"(", Token::kOpenParenthesis},
    {")", Token::kCloseParenthesis},
    {"{", Token::kOpenBrace},
    {"}", Token::kCloseBrace},
    {"\xc2\xa0", Token::kEnd},  // a no-break space, as texts bring along that were copied; it is refused by name
}};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  base::Result<std::vector<Lexeme>> run() {
    std::vector<Lexeme> lexemes;
    while (true) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      const std::size_t offset = at_;
      Lexeme lexeme = at_ == text_.size() ? Lexeme{} : TRY(next());
      lexeme.offset = offset;
      lexeme.length = at_ - offset;
      const bool end = lexeme.token == Token::kEnd;
      lexemes.push_back(std::move(lexeme));
      if (end) return lexemes;
    }
  }

 private:
  base::Result<Lexeme> next() {
    const char c = text_[at_];
    if (begins_identifier(c)) return identifier();
    if (is_digit(c) || c == '-') return number();
    if (c == '"') return quoted();
    if (c == '`') return literal();
    if (c == '\'') return raw();
    for (const auto& [sign, token] : kSigns) {
      if (!text_.substr(at_).starts_with(sign)) continue;
      if (token == Token::kEnd) return refuse(text_, at_, "a no-break space stands here; write an ordinary one");
      at_ += sign.size();
      Lexeme lexeme;
      lexeme.token = token;
      return lexeme;
    }
    if (c == '=') return refuse(text_, at_, "a single = is no operator; equality is written ==");
    return refuse(text_, at_, "no part of an expression begins with this character");
  }

  base::Result<Lexeme> identifier() {
    const std::size_t from = at_;
    while (at_ < text_.size() && (begins_identifier(text_[at_]) || is_digit(text_[at_]))) ++at_;
    Lexeme lexeme;
    lexeme.token = Token::kIdentifier;
    lexeme.text = text_.substr(from, at_ - from);
    return lexeme;
  }

  base::Result<Lexeme> number() {
    const std::size_t from = at_++;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    Lexeme lexeme;
    lexeme.token = Token::kNumber;
    const auto [end, error] = std::from_chars(text_.data() + from, text_.data() + at_, lexeme.number);
    if (error == std::errc::result_out_of_range)
      return refuse(text_, from, "the number is out of the range of an index");
    if (error != std::errc() || end != text_.data() + at_) return refuse(text_, from, "a digit must follow the -");
    return lexeme;
  }

  // What stands between two of the sign, with the backslashes that are in it; none where it does not end.
  std::optional<std::string> until(char sign) {
    std::string inside;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == sign) {
        at_ = i + 1;
        return inside;
      }
      if (text_[i] == '\\' && i + 1 < text_.size()) {
        // A backslash before the sign belongs to this language; others are for whoever reads what is inside.
        if (text_[i + 1] != sign || sign == '"') inside.push_back('\\');
        ++i;
      }
      inside.push_back(text_[i]);
    }
    return std::nullopt;
  }

  base::Result<Lexeme> quoted() {
    const std::size_t from = at_;
    const std::optional<std::string> inside = until('"');
    if (!inside) return refuse(text_, from, "the closing \" of a name is missing");
    const base::Result<json::Value> value = json::parse('"' + *inside + '"');
    if (!value)
      return refuse(text_, from, "the name in double quotes is not written as a JSON string: " + reason(value));
    Lexeme lexeme;
    lexeme.token = Token::kQuoted;
    lexeme.text = json::view(value->get_string());
    return lexeme;
  }

  base::Result<Lexeme> literal() {
    const std::size_t from = at_;
    const std::optional<std::string> inside = until('`');
    if (!inside) return refuse(text_, from, "the closing ` of a literal is missing");
    base::Result<json::Value> value = json::parse(*inside);
    if (!value) {
      // A string may stand without its double quotes: deprecated (JEP 12), and in many a script.
      const std::size_t begin = inside->find_first_not_of(" \t\r\n");
      base::Result<json::Value> string =
          json::parse('"' + (begin == std::string::npos ? std::string() : inside->substr(begin)) + '"');
      if (!string) return refuse(text_, from, "the literal is not JSON: " + reason(value));
      value = std::move(string);
    }
    Lexeme lexeme;
    lexeme.token = Token::kLiteral;
    lexeme.value = std::move(*value);
    return lexeme;
  }

  base::Result<Lexeme> raw() {
    const std::size_t from = at_;
    const std::optional<std::string> inside = until('\'');
    if (!inside) return refuse(text_, from, "the closing ' of a raw string is missing");
    Lexeme lexeme;
    lexeme.token = Token::kLiteral;
    lexeme.value = json::Value(boost::json::string_view(inside->data(), inside->size()));
    return lexeme;
  }

  static std::string reason(const base::Result<json::Value>& value) {
    const base::Error& error = value.error();
    return error.fields.empty() ? error.message : error.fields.front().message;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

tl::unexpected<base::Error> refuse(std::string_view text, std::size_t offset, std::string_view what) {
  const bool ends_in_stop = !what.empty() && what.back() == '.';
  return base::fail(base::Code::kInvalid,
                    fmt::format("JMESPath expression, column {}: {}{}", base::code_points(text.substr(0, offset)) + 1,
                                what, ends_in_stop ? "" : "."));
}

base::Result<std::vector<Lexeme>> lex(std::string_view text) { return Lexer(text).run(); }

}  // namespace jmespath

// The tokens of a JMESPath expression. Of this module only; pure, any thread.
//
//   Errors   kInvalid, with the column: what cannot begin a token, or a text that does not end.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"

namespace jmespath {

enum class Token : std::uint8_t {
  kEnd,
  kIdentifier,  // text
  kQuoted,      // text: "an identifier in double quotes"
  kLiteral,     // value: `JSON` or 'raw'
  kNumber,      // number
  kDot,
  kStar,
  kOpen,     // [
  kFlatten,  // []
  kFilter,   // [?
  kClose,    // ]
  kComma,
  kColon,
  kCurrent,  // @
  kOpenParenthesis,
  kCloseParenthesis,
  kOpenBrace,
  kCloseBrace,
  kPipe,
  kOr,
  kAnd,
  kReference,  // &
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
};

struct Lexeme {
  Token token = Token::kEnd;
  std::size_t offset = 0, length = 0;  // in the text
  std::string text;
  json::Value value;
  std::int64_t number = 0;
};

base::Result<std::vector<Lexeme>> lex(std::string_view text);

// "JMESPath expression, column 7: ..."; the column counts characters.
tl::unexpected<base::Error> refuse(std::string_view text, std::size_t offset, std::string_view what);

}  // namespace jmespath

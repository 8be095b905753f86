#include "jmespath/parser.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"
#include "jmespath/functions.h"
#include "jmespath/lexer.h"

namespace jmespath {
namespace {

namespace limits = base::limits;

using NodePtr = std::unique_ptr<Node>;
using Parsed = base::Result<NodePtr>;

// How strongly a token binds to what stands on its left; 0: it ends an expression. Below kProjectionEnd it ends a
// projection too, so that in "a[*].b | c" the c is applied to the list, not to its elements.
constexpr int kPipePower = 1, kOrPower = 2, kAndPower = 3, kComparePower = 5, kFlattenPower = 9, kProjectionEnd = 10,
              kStarPower = 20, kFilterPower = 21, kDotPower = 40, kNotPower = 45, kIndexPower = 55;

int power(Token token) {
  switch (token) {
    case Token::kPipe:
      return kPipePower;
    case Token::kOr:
      return kOrPower;
    case Token::kAnd:
      return kAndPower;
    case Token::kEqual:
    case Token::kNotEqual:
    case Token::kLess:
    case Token::kLessOrEqual:
    case Token::kGreater:
    case Token::kGreaterOrEqual:
      return kComparePower;
    case Token::kFlatten:
      return kFlattenPower;
    case Token::kFilter:
      return kFilterPower;
    case Token::kDot:
      return kDotPower;
    case Token::kOpen:
      return kIndexPower;
    default:
      return 0;
  }
}

Comparator comparator_of(Token token) {
  switch (token) {
    case Token::kNotEqual:
      return Comparator::kNotEqual;
    case Token::kLess:
      return Comparator::kLess;
    case Token::kLessOrEqual:
      return Comparator::kLessOrEqual;
    case Token::kGreater:
      return Comparator::kGreater;
    case Token::kGreaterOrEqual:
      return Comparator::kGreaterOrEqual;
    default:
      return Comparator::kEqual;
  }
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Lexeme> lexemes) : text_(text), lexemes_(std::move(lexemes)) {}

  Parsed run() {
    if (is(Token::kEnd)) return refuse(text_, 0, "it is empty");
    NodePtr node = TRY(expression(0));
    if (!is(Token::kEnd)) return unexpected("an operator or the end");
    return node;
  }

 private:
  // The tokens.
  [[nodiscard]] const Lexeme& peek(std::size_t ahead = 0) const {
    return lexemes_[std::min(at_ + ahead, lexemes_.size() - 1)];
  }
  [[nodiscard]] bool is(Token token, std::size_t ahead = 0) const { return peek(ahead).token == token; }
  Lexeme& take() {
    Lexeme& lexeme = lexemes_[at_];
    if (at_ + 1 < lexemes_.size()) ++at_;
    return lexeme;
  }
  base::Result<void> expect(Token token, std::string_view wanted) {
    if (!is(token)) return unexpected(wanted);
    take();
    return {};
  }
  [[nodiscard]] tl::unexpected<base::Error> unexpected(std::string_view wanted) const {
    const Lexeme& found = peek();
    if (found.token == Token::kEnd) return refuse(text_, found.offset, fmt::format("{} is missing", wanted));
    return refuse(text_, found.offset,
                  fmt::format("{} stands where {} should be", text_.substr(found.offset, found.length), wanted));
  }

  // The nodes.
  [[nodiscard]] NodePtr make(Kind kind, const Lexeme& at) const {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->column = base::code_points(text_.substr(0, at.offset)) + 1;
    return node;
  }
  // Links of a chain add their depths, since each may wrap what the one before gave; others take the deepest.
  Parsed finish(NodePtr node, const Lexeme& at) const {
    std::size_t depth = 0;
    for (const NodePtr& child : node->children) {
      depth = node->kind == Kind::kChain ? depth + child->depth : std::max(depth, child->depth);
    }
    node->depth = node->kind == Kind::kChain ? depth : depth + 1;
    if (node->depth > limits::kJmespathDepthMax) return too_deep(at);
    return node;
  }
  [[nodiscard]] tl::unexpected<base::Error> too_deep(const Lexeme& at) const {
    return refuse(text_, at.offset,
                  fmt::format("the expression is nested too deeply, or too long; {} levels are the limit",
                              limits::kJmespathDepthMax));
  }
  Parsed chain(NodePtr left, NodePtr right, const Lexeme& at) const {
    if (left->kind != Kind::kChain) {
      NodePtr node = make(Kind::kChain, at);
      node->children.push_back(std::move(left));
      left = std::move(node);
    }
    left->children.push_back(std::move(right));
    return finish(std::move(left), at);
  }
  Parsed projection(Kind kind, NodePtr left, NodePtr right, const Lexeme& at, NodePtr condition = nullptr) const {
    NodePtr node = make(kind, at);
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    if (condition) node->children.push_back(std::move(condition));
    // The right side is applied to what the left one gave: as in a chain.
    const std::size_t depth = node->children[0]->depth + node->children[1]->depth;
    NodePtr done = TRY(finish(std::move(node), at));
    done->depth = std::max(done->depth, depth);
    if (done->depth > limits::kJmespathDepthMax) return too_deep(at);
    return done;
  }

  Parsed expression(int binding) {
    const Lexeme& at = peek();
    if (++nested_ > limits::kJmespathDepthMax / 2) return too_deep(at);
    NodePtr left = TRY(prefix());
    while (binding < power(peek().token)) left = TRY(infix(std::move(left)));
    --nested_;
    return left;
  }

  Parsed prefix() {
    const Lexeme& at = peek();
    switch (at.token) {
      case Token::kIdentifier:
        return is(Token::kOpenParenthesis, 1) ? call() : field();
      case Token::kQuoted:
        if (is(Token::kOpenParenthesis, 1)) return refuse(text_, at.offset, "the name of a function has no quotes");
        return field();
      case Token::kLiteral: {
        NodePtr node = make(Kind::kLiteral, at);
        node->literal = std::move(take().value);
        return node;
      }
      case Token::kCurrent:
        take();
        return make(Kind::kCurrent, at);
      case Token::kStar: {
        take();
        NodePtr right = TRY(projected(kStarPower));
        return projection(Kind::kValueProjection, make(Kind::kCurrent, at), std::move(right), at);
      }
      case Token::kFilter:
      case Token::kFlatten:
        return infix(make(Kind::kCurrent, at));
      case Token::kOpen:
        if (is(Token::kNumber, 1) || is(Token::kColon, 1) || (is(Token::kStar, 1) && is(Token::kClose, 2)))
          return index(make(Kind::kCurrent, at));
        return list();
      case Token::kOpenBrace:
        return hash();
      case Token::kOpenParenthesis: {
        take();
        NodePtr inside = TRY(expression(0));
        TRY(expect(Token::kCloseParenthesis, ")"));
        return inside;
      }
      case Token::kNot: {
        take();
        NodePtr node = make(Kind::kNot, at);
        node->children.push_back(TRY(expression(kNotPower)));
        return finish(std::move(node), at);
      }
      case Token::kReference:
        return refuse(text_, at.offset, "an expression with & is an argument of functions only");
      default:
        return unexpected("an expression");
    }
  }

  Parsed infix(NodePtr left) {
    const Lexeme& at = peek();
    switch (at.token) {
      case Token::kDot:
        return after_dot(std::move(left));
      case Token::kOpen:
        return index(std::move(left));
      case Token::kFilter:
        return filter(std::move(left));
      case Token::kFlatten: {
        take();
        NodePtr flat = make(Kind::kFlatten, at);
        flat->children.push_back(std::move(left));
        flat = TRY(finish(std::move(flat), at));
        NodePtr right = TRY(projected(kFlattenPower));
        return projection(Kind::kProjection, std::move(flat), std::move(right), at);
      }
      case Token::kPipe: {
        take();
        NodePtr right = TRY(expression(kPipePower));
        return chain(std::move(left), std::move(right), at);
      }
      case Token::kOr:
        return binary(Kind::kOr, std::move(left), kOrPower);
      case Token::kAnd:
        return binary(Kind::kAnd, std::move(left), kAndPower);
      default: {
        NodePtr node = TRY(binary(Kind::kCompare, std::move(left), kComparePower));
        node->comparator = comparator_of(at.token);
        return node;
      }
    }
  }

  Parsed binary(Kind kind, NodePtr left, int binding) {
    const Lexeme& at = take();
    NodePtr node = make(kind, at);
    node->children.push_back(std::move(left));
    node->children.push_back(TRY(expression(binding)));
    return finish(std::move(node), at);
  }

  Parsed field() {
    Lexeme& at = take();
    NodePtr node = make(Kind::kField, at);
    node->text = std::move(at.text);
    return node;
  }

  Parsed after_dot(NodePtr left) {
    const Lexeme& at = take();
    if (is(Token::kStar)) {
      take();
      NodePtr right = TRY(projected(kDotPower));
      return projection(Kind::kValueProjection, std::move(left), std::move(right), at);
    }
    NodePtr right = TRY(right_of_dot(kDotPower));
    return chain(std::move(left), std::move(right), at);
  }
  Parsed right_of_dot(int binding) {
    switch (peek().token) {
      case Token::kIdentifier:
      case Token::kQuoted:
      case Token::kStar:
        return expression(binding);
      case Token::kOpen:
        return list();
      case Token::kOpenBrace:
        return hash();
      default:
        return unexpected("a name, *, [ or {");
    }
  }
  // What is applied to each element of a projection.
  Parsed projected(int binding) {
    const Lexeme& at = peek();
    if (power(at.token) < kProjectionEnd) return make(Kind::kCurrent, at);
    if (at.token != Token::kDot) return expression(binding);
    take();
    return right_of_dot(binding);
  }

  Parsed filter(NodePtr left) {
    const Lexeme& at = take();
    NodePtr condition = TRY(expression(0));
    TRY(expect(Token::kClose, "]"));
    NodePtr right = TRY(projected(kFilterPower));
    return projection(Kind::kFilter, std::move(left), std::move(right), at, std::move(condition));
  }

  // [0], [1:2] or [*], after what it is applied to.
  Parsed index(NodePtr left) {
    const Lexeme& at = take();
    if (is(Token::kStar)) {
      take();
      TRY(expect(Token::kClose, "]"));
      NodePtr right = TRY(projected(kStarPower));
      return projection(Kind::kProjection, std::move(left), std::move(right), at);
    }
    if (is(Token::kColon) || (is(Token::kNumber) && is(Token::kColon, 1))) return slice(std::move(left), at);
    if (!is(Token::kNumber)) return unexpected("a number, : or *");
    NodePtr node = make(Kind::kIndex, at);
    node->start = take().number;
    TRY(expect(Token::kClose, "]"));
    return chain(std::move(left), std::move(node), at);
  }
  Parsed slice(NodePtr left, const Lexeme& at) {
    NodePtr node = make(Kind::kSlice, at);
    if (is(Token::kNumber)) node->from = take().number;
    TRY(expect(Token::kColon, ":"));
    if (is(Token::kNumber)) node->to = take().number;
    if (is(Token::kColon)) {
      take();
      if (is(Token::kNumber)) {
        const Lexeme& step = take();
        if (step.number == 0) return refuse(text_, step.offset, "the step of a slice cannot be 0");
        node->step = step.number;
      }
    }
    TRY(expect(Token::kClose, "]"));
    left = TRY(chain(std::move(left), std::move(node), at));
    NodePtr right = TRY(projected(kStarPower));
    return projection(Kind::kProjection, std::move(left), std::move(right), at);
  }

  Parsed list() {
    const Lexeme& at = take();
    NodePtr node = make(Kind::kList, at);
    while (true) {
      node->children.push_back(TRY(expression(0)));
      if (!is(Token::kComma)) break;
      take();
    }
    TRY(expect(Token::kClose, ", or ]"));
    return finish(std::move(node), at);
  }
  Parsed hash() {
    const Lexeme& at = take();
    NodePtr node = make(Kind::kHash, at);
    while (true) {
      if (!is(Token::kIdentifier) && !is(Token::kQuoted)) return unexpected("a name");
      node->names.push_back(std::move(take().text));
      TRY(expect(Token::kColon, ":"));
      node->children.push_back(TRY(expression(0)));
      if (!is(Token::kComma)) break;
      take();
    }
    TRY(expect(Token::kCloseBrace, ", or }"));
    return finish(std::move(node), at);
  }

  Parsed call() {
    const Lexeme& at = take();
    take();
    NodePtr node = make(Kind::kCall, at);
    node->text = at.text;
    node->function = find_function(at.text);
    if (node->function == nullptr) return refuse(text_, at.offset, unknown_function(at.text));
    while (!is(Token::kCloseParenthesis)) {
      const bool quoted = takes_expression(*node->function, node->children.size());
      node->children.push_back(TRY(quoted ? reference(at.text) : expression(0)));
      if (!is(Token::kComma)) break;
      take();
      if (is(Token::kCloseParenthesis)) return unexpected("an argument");
    }
    TRY(expect(Token::kCloseParenthesis, ", or )"));
    const std::string wrong = wrong_count(*node->function, node->children.size());
    if (!wrong.empty()) return refuse(text_, at.offset, wrong);
    return finish(std::move(node), at);
  }
  Parsed reference(const std::string& function) {
    const Lexeme& at = peek();
    if (at.token != Token::kReference)
      return refuse(text_, at.offset, fmt::format("{}() takes an expression here; write & before it", function));
    take();
    NodePtr node = make(Kind::kQuoted, at);
    node->children.push_back(TRY(expression(0)));
    return finish(std::move(node), at);
  }

  std::string_view text_;
  std::vector<Lexeme> lexemes_;
  std::size_t at_ = 0;
  std::size_t nested_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<Node>> parse_expression(std::string_view text) {
  if (text.size() > limits::kJmespathBytesMax) {
    return base::fail(base::Code::kInvalid, fmt::format("The JMESPath expression has {} bytes; {} are the limit.",
                                                        text.size(), limits::kJmespathBytesMax));
  }
  if (!base::is_utf8(text)) return base::fail(base::Code::kInvalid, "The JMESPath expression is not valid UTF-8.");
  return Parser(text, TRY(lex(text))).run();
}

}  // namespace jmespath

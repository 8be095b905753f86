// JMESPath over JSON values: the whole language (https://jmespath.org/specification.html) with its functions, so that
// every paginator, waiter and endpoint parameter of AWS's models can be evaluated, and --query of the command line.
//
// An Expression is compiled once, never changes, and may be evaluated by any thread.
//
//   Errors   kInvalid: the expression cannot be read (what, and at which column), or a function was called with what it
//            does not take.

#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "json/value.h"

namespace jmespath {

class Expression {
 public:
  static base::Result<Expression> compile(std::string_view text);

  [[nodiscard]] base::Result<json::Value> evaluate(const json::Value& document) const;

  struct Node;

 private:
  explicit Expression(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

}  // namespace jmespath

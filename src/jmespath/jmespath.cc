#include "jmespath/jmespath.h"

#include <utility>

#include "jmespath/evaluation.h"
#include "jmespath/node.h"
#include "jmespath/parser.h"

namespace jmespath {

base::Result<Expression> Expression::compile(std::string_view text) {
  std::unique_ptr<Node> root = TRY(parse_expression(text));
  return Expression(std::shared_ptr<const Node>(std::move(root)));
}

base::Result<json::Value> Expression::evaluate(const json::Value& document) const {
  Evaluation evaluation(document);
  return evaluation.own(TRY(evaluation.run(*root_, document)));
}

}  // namespace jmespath

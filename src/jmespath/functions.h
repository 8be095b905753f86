// The functions of JMESPath: their table, and what they do. Of this module only; pure, any thread.
//
//   Errors   kInvalid, with the column of the call: an argument of the wrong type (its place and what it is).

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jmespath/evaluation.h"
#include "jmespath/item.h"
#include "jmespath/node.h"

namespace jmespath {

struct Function;

// One call that is being made: its arguments, evaluated; one that takes an expression has the node in its place.
struct Call {
  Evaluation& evaluation;
  const Node& node;
  std::vector<Item> arguments;

  [[nodiscard]] const json::Value& value(std::size_t i) const { return arguments[i].get(); }
  [[nodiscard]] const Node& expression(std::size_t i) const { return *node.children[i]->children.front(); }
  [[nodiscard]] tl::unexpected<base::Error> refuse(const std::string& what) const;
};

const Function* find_function(std::string_view name);
std::string unknown_function(std::string_view name);  // the sentence, with the name that is meant
bool takes_expression(const Function& function, std::size_t argument);
std::string wrong_count(const Function& function, std::size_t arguments);  // empty: so many are right

// Checks the arguments' types, and calls.
base::Result<Item> call(const Function& function, Call& call);

}  // namespace jmespath

// From the text of a JMESPath expression to its tree. Of this module only; pure, any thread.
//
// A Pratt parser: each token says how strongly it binds to what stands on its left. What can be known without a
// document is checked here: functions are there, and take so many arguments, expressions among them where they must be.
//
//   Errors   kInvalid, with the column.

#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "jmespath/node.h"

namespace jmespath {

base::Result<std::unique_ptr<Node>> parse_expression(std::string_view text);

}  // namespace jmespath

// What a JMESPath expression is once it is read: a tree of nodes, which the parser makes and the evaluation walks. Of
// this module only.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jmespath/jmespath.h"

namespace jmespath {

struct Function;

enum class Kind : std::uint8_t {
  kCurrent,          // @, and the right side of a projection that ends there
  kField,            // text
  kIndex,            // start
  kSlice,            // start, stop, step
  kLiteral,          // literal
  kChain,            // each child is applied to what the one before gave: a.b, a[0], a | b
  kProjection,       // [*]: child 0 gives an array; child 1 is applied to each element
  kValueProjection,  // *: the same over the values of an object
  kFilter,           // [?c]: as kProjection, of the elements for which child 2 holds
  kFlatten,          // []: child 0 gives an array; those in it are merged into it
  kOr,
  kAnd,
  kNot,
  kCompare,
  kList,   // [a, b]
  kHash,   // {a: b}: the names are `names`
  kCall,   // function, with the arguments
  kQuoted  // &a: an argument that a function evaluates itself
};

enum class Comparator : std::uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

struct Expression::Node {
  Kind kind = Kind::kCurrent;
  Comparator comparator = Comparator::kEqual;
  std::size_t column = 0;  // in code points, from 1
  std::size_t depth = 1;   // what it adds at most to the depth of the value that it is given
  std::string text;
  std::int64_t start = 0;
  std::optional<std::int64_t> from, to;  // of a slice
  std::int64_t step = 1;
  json::Value literal;
  const Function* function = nullptr;
  std::vector<std::string> names;
  std::vector<std::unique_ptr<Node>> children;
};

using Node = Expression::Node;

}  // namespace jmespath

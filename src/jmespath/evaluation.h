// One evaluation of an expression over a document. Of this module only; one thread.
//
// What can be pointed to is not copied. What is made is counted, so that a short expression that doubles its value
// again and again ends with an error instead of with the machine's memory.

#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "jmespath/item.h"
#include "jmespath/node.h"

namespace jmespath {

class Evaluation {
 public:
  explicit Evaluation(const json::Value& document);

  // The item may point into `current` or into the node.
  base::Result<Item> run(const Node& node, const json::Value& current);
  // The value itself: moved out of an owned item, copied from a borrowed one.
  base::Result<json::Value> own(Item item);
  // Counts values that are about to be made, and the bytes of a text.
  base::Result<void> spend(std::size_t values, std::size_t bytes = 0);
  base::Result<void> spend_for(const json::Value& value);  // which is about to be copied, or gone through

 private:
  base::Result<Item> chain(const Node& node, const json::Value& current);
  base::Result<Item> project(const Node& node, const json::Value& current);
  base::Result<Item> project_values(const Node& node, const json::Value& current);
  base::Result<Item> flatten(const Node& node, const json::Value& current);
  base::Result<Item> compare(const Node& node, const json::Value& current);
  base::Result<Item> list(const Node& node, const json::Value& current);
  base::Result<Item> hash(const Node& node, const json::Value& current);
  base::Result<Item> slice(const Node& node, const json::Value& current);
  base::Result<void> collect(const Node& node, const json::Value& element, json::Array& out);

  const json::Value& document_;
  std::size_t left_;
  bool counted_ = false;  // the document's own values were added
};

bool is_false(const json::Value& value);  // null, false, "", [], {}
// Deep, and by value: 1 is 1.0.
bool equal(const json::Value& left, const json::Value& right);
// Below 0, 0, or above; of two numbers, or two strings.
int compare_numbers(const json::Value& left, const json::Value& right);

}  // namespace jmespath

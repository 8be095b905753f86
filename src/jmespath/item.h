// A value during an evaluation: one that stands in the document (or in a literal of the expression) and is pointed to,
// or one that was made and is owned. Of this module only.

#pragma once

#include <utility>

#include "json/value.h"

namespace jmespath {

class Item {
 public:
  Item() = default;  // null
  explicit Item(const json::Value* there) : there_(there) {}
  explicit Item(json::Value made) : made_(std::move(made)) {}

  [[nodiscard]] bool is_borrowed() const { return there_ != nullptr; }
  [[nodiscard]] const json::Value& get() const { return there_ != nullptr ? *there_ : made_; }
  [[nodiscard]] bool is_null() const { return get().is_null(); }
  // Of an owned one.
  [[nodiscard]] json::Value& made() { return made_; }

 private:
  const json::Value* there_ = nullptr;
  json::Value made_;
};

}  // namespace jmespath

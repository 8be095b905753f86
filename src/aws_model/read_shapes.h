// The shapes of a model, for read_service alone.

#pragma once

#include <string_view>
#include <unordered_map>

#include "aws_model/model.h"
#include "aws_model/reading.h"

namespace aws_model {

class Shapes {
 public:
  // Reads every shape; refusals go to fields.reading().
  static Shapes read(const Fields& model);

  [[nodiscard]] std::span<Shape> all() const { return all_; }
  // The shape that a reference, {"shape": NAME, ...}, names; refuses and gives none where there is no such shape.
  [[nodiscard]] Shape* named_by(const Fields& reference) const;

 private:
  void read_traits(const Fields& fields, Shape& shape) const;
  void read_other_traits(const Fields& fields, Shape& shape) const;
  void read_children(const Fields& fields, Shape& shape) const;
  void read_members(const Fields& fields, Shape& shape) const;
  void read_member(const Fields& fields, Member& member) const;
  [[nodiscard]] const Member* read_child(const Fields& fields, std::string_view key) const;

  std::span<Shape> all_;  // sorted by name
  std::unordered_map<std::string_view, Shape*> by_name_;
};

}  // namespace aws_model

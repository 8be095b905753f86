// Models by hand, for the tests of codecs: a few lines make the shapes that a rule is about.
//
//   Model model;
//   const Shape* input = model.structure("In", {model.member("Name", model.of(Type::kString), {.required = true})});
//
// What it makes lives as long as the Model.

#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws_model/model.h"
#include "json/parse.h"

namespace aws_wire {

class Model {
 public:
  // `traits` is a member whose name and shape are filled in.
  static aws_model::Member member(std::string_view name, const aws_model::Shape* shape, aws_model::Member traits = {}) {
    traits.name = name;
    traits.shape = shape;
    return traits;
  }
  static aws_model::Member located(std::string_view name, const aws_model::Shape* shape, aws_model::Location location,
                                   std::string_view wire_name = {}) {
    aws_model::Member made = member(name, shape);
    made.location = location;
    made.location_name = wire_name;
    return made;
  }

  const aws_model::Shape* of(aws_model::Type type, aws_model::Shape traits = {}) {
    traits.type = type;
    shapes_.push_back(traits);
    return &shapes_.back();
  }
  aws_model::Shape* structure(std::string_view name, std::vector<aws_model::Member> members) {
    members_.push_back(std::move(members));
    aws_model::Shape shape;
    shape.name = name;
    shape.type = aws_model::Type::kStructure;
    shape.members = members_.back();
    shapes_.push_back(shape);
    return &shapes_.back();
  }
  aws_model::Shape* list(const aws_model::Shape* element, aws_model::Member traits = {}) {
    aws_model::Shape shape;
    shape.type = aws_model::Type::kList;
    shape.element = keep(member({}, element, traits));
    shapes_.push_back(shape);
    return &shapes_.back();
  }
  aws_model::Shape* map(const aws_model::Shape* key, const aws_model::Shape* value) {
    aws_model::Shape shape;
    shape.type = aws_model::Type::kMap;
    shape.key = keep(member({}, key));
    shape.element = keep(member({}, value));
    shapes_.push_back(shape);
    return &shapes_.back();
  }
  aws_model::Shape* document() {
    aws_model::Shape* shape = structure("Document", {});
    shape->is_document = true;
    return shape;
  }
  const aws_model::Member* keep(aws_model::Member made) {
    members_.push_back({made});
    return &members_.back().front();
  }

 private:
  std::deque<aws_model::Shape> shapes_;
  std::deque<std::vector<aws_model::Member>> members_;
};

inline json::Value parsed(std::string_view text) { return json::parse(text).value(); }

}  // namespace aws_wire

// What the tests of the XML and form protocols need beside model_test_support.h: lists and maps whose parts have
// traits, structures that hold themselves, and values as text. A member's traits are its shape's too, as the library
// reads them.

#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "aws_model/model.h"
#include "aws_wire/model_test_support.h"
#include "aws_wire/protocol.h"
#include "json/encode.h"
#include "json/parse.h"

namespace aws_wire::testing {

using aws_model::Location;
using aws_model::Member;
using aws_model::Operation;
using aws_model::Service;
using aws_model::Shape;
using aws_model::TimestampFormat;
using aws_model::Type;

class Models : public Model {
 public:
  const Shape* shape(Type type) { return of(type); }
  Shape* list(Member element) { return Model::list(element.shape, element); }
  Shape* list_of(Type type) { return Model::list(of(type)); }
  Shape* map(Member key, Member value) {
    Shape* made = Model::map(key.shape, value.shape);
    made->key = keep(std::move(key));
    made->element = keep(std::move(value));
    return made;
  }
  Shape* map_of(Type type) { return Model::map(of(Type::kString), of(type)); }
  void set(Shape& shape, std::vector<Member> members) { shape.members = lists_.emplace_back(std::move(members)); }

 private:
  std::deque<std::vector<Member>> lists_;
};

inline json::Value value_of(std::string_view text) {
  base::Result<json::Value> value = json::parse(text);
  if (!value) ADD_FAILURE() << value.error().message << ": " << text;
  return value ? *value : json::Value();
}
inline json::Object object_of(std::string_view text) { return value_of(text).as_object(); }
inline std::string text_of(const json::Object& object) { return json::encode(object); }

}  // namespace aws_wire::testing

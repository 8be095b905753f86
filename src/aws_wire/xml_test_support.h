// Models made by hand, as the library would read them (a member has the traits of its shape), for tests of the XML and
// form protocols. One Models holds everything that was made with it.

#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "aws_model/model.h"
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

class Models {
 public:
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  Shape* shape(Type type) {
    Shape& made = shapes_.emplace_back();
    made.type = type;
    return &made;
  }
  Member* keep(Member member) { return &members_.emplace_back(std::move(member)); }

  Shape* list(Member element) {
    Shape* made = shape(Type::kList);
    made->element = keep(element);
    return made;
  }
  Shape* list_of(Type type) { return list({.shape = shape(type)}); }
  Shape* map(Member key, Member value) {
    Shape* made = shape(Type::kMap);
    made->key = keep(key);
    made->element = keep(value);
    return made;
  }
  Shape* map_of(Type type) { return map({.shape = shape(Type::kString)}, {.shape = shape(type)}); }
  Shape* structure(std::string_view name, std::vector<Member> members) {
    Shape* made = shape(Type::kStructure);
    made->name = name;
    set(*made, std::move(members));
    return made;
  }
  void set(Shape& shape, std::vector<Member> members) { shape.members = lists_.emplace_back(std::move(members)); }

 private:
  std::deque<std::string> texts_;
  std::deque<Shape> shapes_;
  std::deque<Member> members_;
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

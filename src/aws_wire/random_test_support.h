// Random shapes, and random values of them in the one form of values, for property tests of the codecs. All is drawn
// from one seed.

#pragma once

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "aws_wire/model_test_support.h"
#include "aws_wire/scalar.h"
#include "base/text.h"

namespace aws_wire {

class Random {
 public:
  Random(Model& model, std::uint64_t seed) : model_(model), engine_(seed) {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }
  bool chance(std::size_t of) { return below(of) == 0; }

  aws_model::Shape* structure(std::size_t depth, std::size_t members_max = 6) {
    std::vector<aws_model::Member> members;
    const std::size_t count = below(members_max + 1);
    for (std::size_t i = 0; i < count; ++i) {
      const aws_model::Shape* its = shape(depth);
      names_.push_back(fmt::format("Member{}", i));
      aws_model::Member member = Model::member(names_.back(), its);
      if (chance(3)) {
        names_.push_back(fmt::format("wire-{}", i));
        member.location_name = names_.back();
      }
      members.push_back(member);
    }
    aws_model::Shape* made = model_.structure("Random", std::move(members));
    made->is_union = count > 0 && chance(4);
    return made;
  }

  const aws_model::Shape* shape(std::size_t depth) {
    using aws_model::Type;
    static constexpr Type kScalars[] = {Type::kString, Type::kBoolean, Type::kInteger, Type::kLong,
                                        Type::kFloat,  Type::kDouble,  Type::kBlob,    Type::kTimestamp};
    const std::size_t kind = depth == 0 ? 0 : below(6);
    if (kind == 3) return structure(depth - 1);
    if (kind == 4) {
      aws_model::Shape* list = model_.list(shape(depth - 1));
      list->sparse = chance(2);
      return list;
    }
    if (kind == 5) {
      aws_model::Shape* map = model_.map(model_.of(Type::kString), shape(depth - 1));
      map->sparse = chance(2);
      return map;
    }
    if (documents && chance(12)) return model_.document();
    return model_.of(kScalars[below(std::size(kScalars))]);
  }

  json::Value value(const aws_model::Shape& shape) {
    using aws_model::Type;
    if (shape.is_document) return given_document();
    switch (shape.type) {
      case Type::kStructure:
        return structure_value(shape);
      case Type::kList: {
        json::Array array;
        for (std::size_t i = below(4); i > 0; --i)
          array.push_back(shape.sparse && chance(3) ? json::Value() : value(*shape.element->shape));
        return array;
      }
      case Type::kMap: {
        json::Object object;
        for (std::size_t i = below(4); i > 0; --i)
          object.insert_or_assign(text(), shape.sparse && chance(3) ? json::Value() : value(*shape.element->shape));
        return object;
      }
      default:
        return scalar(shape.type);
    }
  }

  // Any Unicode but U+0000, which only documents and texts of people lack.
  std::string text() {
    static constexpr std::string_view kPieces[] = {"a", "Z",  "\"", "\\",   "/",    " ", "ü", "\xf0\x9f\x98\xb9",
                                                   "<", "&",  "\n", "\x7f", "\x01", "%", "+", ",",
                                                   "{", "key"};
    std::string out;
    for (std::size_t i = below(20); i > 0; --i) out += kPieces[below(std::size(kPieces))];
    return out;
  }
  // What a header's list can carry without loss: no control characters, no blanks at the ends, not empty.
  std::string header_text() {
    static constexpr std::string_view kPieces[] = {"a", "Z", "\"", "\\", ", ", "=", ";", "ü", "x y"};
    std::string out = "h";
    for (std::size_t i = below(12); i > 0; --i) out += kPieces[below(std::size(kPieces))];
    return out + "t";
  }

  bool documents = true;

 private:
  json::Value structure_value(const aws_model::Shape& shape) {
    json::Object object;
    const std::size_t only = shape.members.empty() ? 0 : below(shape.members.size());
    for (std::size_t i = 0; i < shape.members.size(); ++i) {
      if (shape.is_union ? i != only : chance(4)) continue;
      const aws_model::Member& member = shape.members[i];
      object.emplace(boost::json::string_view(member.name.data(), member.name.size()), value(*member.shape));
    }
    return object;
  }

  double finite() {
    while (true) {
      const std::uint64_t bits = engine_();
      double number = 0;
      std::memcpy(&number, &bits, sizeof number);
      if (std::isfinite(number)) return chance(2) ? number : static_cast<double>(bits % 100000) / 100;
    }
  }

  json::Value scalar(aws_model::Type type) {
    using aws_model::Type;
    static constexpr std::string_view kSpecial[] = {"NaN", "Infinity", "-Infinity"};
    switch (type) {
      case Type::kBoolean:
        return chance(2);
      case Type::kInteger:
        return static_cast<std::int64_t>(static_cast<std::int32_t>(engine_()));
      case Type::kLong:
        return chance(8) ? std::numeric_limits<std::int64_t>::min() : static_cast<std::int64_t>(engine_() >> below(64));
      case Type::kFloat: {
        if (chance(8)) return json::Value(kSpecial[below(3)]);
        const auto single = static_cast<float>(static_cast<std::int32_t>(engine_())) / 256;
        std::string digits = fmt::format("{}", single);
        return std::stod(digits);
      }
      case Type::kDouble:
        return chance(8) ? json::Value(kSpecial[below(3)]) : json::Value(finite());
      case Type::kBlob: {
        std::string bytes;
        for (std::size_t i = below(40); i > 0; --i) bytes.push_back(static_cast<char>(engine_()));
        return json::Value(base::base64(bytes));
      }
      case Type::kTimestamp: {
        const auto seconds = static_cast<std::int64_t>(below(8'000'000'000)) - 2'000'000'000;
        return json::Value(iso8601({seconds, chance(2) ? 0 : static_cast<std::int32_t>(below(1000)) * 1'000'000}));
      }
      default:
        return json::Value(text());
    }
  }

  json::Value given_document() {  // null would be none
    json::Value made;
    while (made.is_null()) made = document(3);
    return made;
  }

  json::Value document(std::size_t depth) {
    switch (below(depth == 0 ? 5 : 7)) {
      case 0:
        return nullptr;
      case 1:
        return chance(2);
      case 2:
        return static_cast<std::int64_t>(engine_());
      case 3:
        return static_cast<double>(below(1000)) + 0.5;
      case 4:
        return json::Value(text());
      case 5: {
        json::Array array;
        for (std::size_t i = below(4); i > 0; --i) array.push_back(document(depth - 1));
        return array;
      }
      default: {
        json::Object object;
        for (std::size_t i = below(4); i > 0; --i) object.insert_or_assign(text(), document(depth - 1));
        return object;
      }
    }
  }

  Model& model_;
  std::mt19937_64 engine_;
  std::deque<std::string> names_;
};

}  // namespace aws_wire

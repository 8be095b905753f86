// The terms of a rule set: what a condition calls, what a template puts in, what an endpoint consists of. The reader
// knows the names that are visible where it reads, and their types, so that what it lets through cannot meet a value of
// another type later. Of this module only.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws_endpoint/program.h"
#include "aws_endpoint/reader.h"
#include "base/limits.h"

namespace aws_endpoint {

std::string_view story(Type type);  // "a text"

class Terms {
 public:
  base::Result<Term> term(const json::Value& value, const json::Path& at);
  base::Result<Term> text(const json::Value& value, const json::Path& at);  // of the type string
  base::Result<Call> call(const json::Object& object, const json::Path& at);
  static Type result_of(const Call& call);

  // Names, from the outer to the inner; the n-th is in slot n.
  base::Result<Slot> declare(std::string_view name, Type type, const json::Path& at);
  [[nodiscard]] std::size_t declared() const { return names_.size(); }
  void forget_after(std::size_t count) { names_.resize(count); }

  // One level deeper, for as long as it lives.
  class Level {
   public:
    explicit Level(Terms& terms) : terms_(terms) { ++terms_.depth_; }
    ~Level() { --terms_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    [[nodiscard]] base::Result<void> check(const json::Path& at) const;

   private:
    Terms& terms_;
  };

 private:
  base::Result<Term> reference(std::string_view name, const json::Path& at) const;
  base::Result<Term> template_of(std::string_view text, const json::Path& at) const;
  [[nodiscard]] base::Result<Reference> reference_in(std::string_view inside, const json::Path& at) const;
  base::Result<Call> attribute(const json::Array& arguments, const json::Path& at);
  [[nodiscard]] const std::pair<std::string, Type>* visible(std::string_view name) const;

  std::vector<std::pair<std::string, Type>> names_;
  std::size_t depth_ = 0;
};

}  // namespace aws_endpoint

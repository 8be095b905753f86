// Pages put together, and the way from one to the next; out of a paginator of the models and the pages alone. Pure; a
// value of one thread.
//
// Source: botocore 1.44.8, paginate.py.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/failure.h"
#include "aws_model/model.h"
#include "jmespath/jmespath.h"
#include "json/value.h"

namespace aws {

class PageTurner {
 public:
  // Errors: kConfiguration (an expression of the model cannot be read).
  static Result<PageTurner> make(const aws_model::Paginator& paginator);

  // The input of the next page, out of that of this one. Nothing: that was the last. Errors: kTransport (the same token
  // came twice: it would go on for ever).
  Result<std::optional<json::Object>> next(const json::Object& input, const json::Value& page);

 private:
  std::vector<std::string> input_tokens_;
  std::vector<jmespath::Expression> output_tokens_;
  std::optional<jmespath::Expression> more_results_;
  json::Array last_;
};

class PageJoiner {
 public:
  static Result<PageJoiner> make(const aws_model::Paginator& paginator);
  Result<void> add(const json::Value& page);
  json::Value take() { return std::move(whole_); }

 private:
  struct Key {
    std::vector<std::string> path;  // result keys are members of members, and nothing else
  };
  std::vector<Key> results_, kept_;
  json::Object whole_;
  bool first_ = true;
};

}  // namespace aws

// What an answer means to a waiter of the models: the thing that is waited for, a failure, or neither yet. Pure; a
// value of one thread.
//
// Source: botocore 1.44.8, waiter.py; Smithy 2.0, "Waiters".

#pragma once

#include <optional>
#include <vector>

#include "aws/client.h"
#include "aws_model/model.h"
#include "jmespath/jmespath.h"
#include "json/value.h"

namespace aws {

class WaitJudge {
 public:
  // Errors: kConfiguration (an expression or a value of the model cannot be read).
  static Result<WaitJudge> make(const aws_model::Waiter& waiter);

  // Nothing: no acceptor says anything of it.
  [[nodiscard]] std::optional<aws_model::Acceptor::State> judge(const Result<Answer>& answer) const;

 private:
  struct Acceptor {
    aws_model::Acceptor::Matcher matcher;
    aws_model::Acceptor::State state;
    std::optional<jmespath::Expression> argument;
    json::Value expected;
  };
  [[nodiscard]] static bool matches(const Acceptor& acceptor, const Result<Answer>& answer);

  std::vector<Acceptor> acceptors_;
};

}  // namespace aws

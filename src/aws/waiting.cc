#include "aws/waiting.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "aws/failures.h"
#include "json/parse.h"

namespace aws {

namespace {

using Kind = Failure::Kind;
using Matcher = aws_model::Acceptor::Matcher;
using State = aws_model::Acceptor::State;

bool matches_error(const json::Value& expected, const Result<Answer>& answer) {
  const bool failed = !answer && answer.error().kind == Kind::kService;
  if (expected.is_bool()) return expected.get_bool() == failed;
  return failed && expected.is_string() && json::view(expected.get_string()) == answer.error().code;
}

bool matches_status(const json::Value& expected, const Result<Answer>& answer) {
  const int status = answer ? answer->http_status : answer.error().http_status;
  return status != 0 && expected == json::Value(status);
}

}  // namespace

Result<WaitJudge> WaitJudge::make(const aws_model::Waiter& waiter) {
  WaitJudge made;
  for (const aws_model::Acceptor& acceptor : waiter.acceptors) {
    Acceptor kept{acceptor.matcher, acceptor.state, std::nullopt,
                  TRY(lift(json::parse(acceptor.expected), Kind::kConfiguration, "BrokenModel"))};
    if (!acceptor.argument.empty())
      kept.argument = TRY(lift(jmespath::Expression::compile(acceptor.argument), Kind::kConfiguration, "BrokenModel"));
    made.acceptors_.push_back(std::move(kept));
  }
  return made;
}

bool WaitJudge::matches(const Acceptor& acceptor, const Result<Answer>& answer) {
  if (acceptor.matcher == Matcher::kError) return matches_error(acceptor.expected, answer);
  if (acceptor.matcher == Matcher::kStatus) return matches_status(acceptor.expected, answer);
  if (!answer || !acceptor.argument) return false;
  const base::Result<json::Value> found = acceptor.argument->evaluate(answer->output);
  if (!found) return false;
  if (acceptor.matcher == Matcher::kPath) return *found == acceptor.expected;
  const json::Array* list = found->if_array();
  if (list == nullptr || list->empty()) return false;
  const auto is_expected = [&](const json::Value& value) { return value == acceptor.expected; };
  return acceptor.matcher == Matcher::kPathAll ? std::ranges::all_of(*list, is_expected)
                                               : std::ranges::any_of(*list, is_expected);
}

std::optional<State> WaitJudge::judge(const Result<Answer>& answer) const {
  for (const Acceptor& acceptor : acceptors_) {
    if (matches(acceptor, answer)) return acceptor.state;
  }
  return std::nullopt;
}

namespace {

Result<const aws_model::Waiter*> waiter_of(const Call& call, std::string_view name, aws_model::Library& models) {
  const aws_model::Service* service = TRY(lift(models.service(call.service), Kind::kInput, "UnknownService"));
  const aws_model::Waiter* waiter = service->waiter(name);
  if (waiter == nullptr) {
    std::string known;
    for (const aws_model::Waiter& one : service->waiters)
      known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
    return refuse(Kind::kInput, "UnknownWaiter",
                  known.empty() ? fmt::format("{} has no waiters.", service->name)
                                : fmt::format("{} has no waiter {}; it has {}.", service->name, name, known));
  }
  const aws_model::Operation* operation = service->operation(call.operation);
  if (operation == nullptr || operation->name != waiter->operation) {
    return refuse(Kind::kInput, "WrongOperation",
                  fmt::format("{} waits for {} by calling {}, not {}.", service->name, waiter->name, waiter->operation,
                              call.operation));
  }
  return waiter;
}

}  // namespace

Result<Answer> wait(Client& client, const Call& call, std::string_view name, aws_model::Library& models,
                    const std::function<bool(std::chrono::seconds)>& pause) {
  const aws_model::Waiter* waiter = TRY(waiter_of(call, name, models));
  const WaitJudge judge = TRY(WaitJudge::make(*waiter));
  for (int attempt = 1;; ++attempt) {
    Result<Answer> answer = client.call(call);
    const std::optional<State> state = judge.judge(answer);
    if (state == State::kSuccess) {
      // What was waited for may be an error: that the thing is gone.
      return answer ? std::move(answer)
                    : Result<Answer>(Answer{json::Object(), answer.error().http_status, answer.error().request_id,
                                            answer.error().attempts});
    }
    if (state == State::kFailure) {
      const std::string why = answer ? "" : fmt::format(" {}: {}", answer.error().code, answer.error().message);
      return refuse(Kind::kTransport, "WaiterFailed",
                    fmt::format("{} cannot come about any more.{}", waiter->name, why));
    }
    if (!state && !answer) return answer;
    if (attempt >= waiter->attempts_max) {
      return refuse(
          Kind::kTransport, "WaiterTimeout",
          fmt::format("{} has not come about after {} attempts, {} s apart.", waiter->name, attempt, waiter->delay_s));
    }
    const std::chrono::seconds delay(waiter->delay_s);
    if (delay >= call.deadline.left())
      return refuse(Kind::kTransport, "Deadline", fmt::format("{} has not come about in time.", waiter->name));
    if (!pause(delay)) return refuse(Kind::kTransport, "Cancelled", "The wait was cancelled.");
  }
}

}  // namespace aws

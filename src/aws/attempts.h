// One call as it is sent, again and again where that helps. A value of one call and one thread.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "aws/span.h"
#include "aws/state.h"

namespace aws {

class Attempts {
 public:
  Attempts(ClientState& state, const Call& call, const Span& span, std::unique_ptr<Plan> plan)
      : state_(state), call_(call), span_(span), plan_(std::move(plan)) {}

  Result<Answer> run();

 private:
  // What came of one attempt that failed.
  struct Refusal {
    Failure failure;
    Reason reason = Reason::kFinal;
    aws_wire::Reply reply;  // of the service; status 0: none came
  };
  using Attempt = tl::expected<Answer, Refusal>;

  Attempt attempt(const Signing* signing);
  net::HttpRequest request(const Signing* signing);
  Attempt read(net::HttpOutcome outcome);
  Attempt read_success(const aws_wire::Reply& reply);
  Attempt read_error(aws_wire::Reply reply);
  [[nodiscard]] bool answer_is_intact(const aws_wire::Reply& reply) const;

  Result<bool> go_elsewhere(const Refusal& refusal);
  bool correct_clock(Refusal& refusal) const;
  Result<bool> prepare_again(const Refusal& refusal);
  bool pause(std::chrono::milliseconds wait) const;
  void log_attempt(const Refusal& refusal) const;

  ClientState& state_;
  const Call& call_;
  const Span& span_;
  std::unique_ptr<Plan> plan_;
  std::string invocation_;
  int count_ = 0;
  bool redirected_ = false;
  bool clock_corrected_ = false;
  std::optional<int> cost_;  // of the last retry
  bool sink_touched_ = false;
};

// Waits for real; true: the time is over, false: cancelled before.
bool wait_for(std::chrono::milliseconds span, const std::atomic<bool>* cancelled);

}  // namespace aws

#include "aws/failures.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "aws/retry.h"

namespace aws {

namespace {

constexpr std::size_t kProblemsShown = 3;

std::pair<const char*, bool> transport_code(net::Trouble trouble) {  // and whether it helps to try again later
  switch (trouble) {
    case net::Trouble::kConnect:
      return {"ConnectionFailed", true};
    case net::Trouble::kSend:
    case net::Trouble::kNoAnswer:
      return {"ConnectionLost", true};
    case net::Trouble::kCut:
      return {"AnswerCut", true};
    case net::Trouble::kDeadline:
      return {"Deadline", true};
    case net::Trouble::kCancelled:
      return {"Cancelled", true};
    case net::Trouble::kSink:
      return {"BodyFailed", false};
    case net::Trouble::kRequest:
      return {"RequestCannotBeSent", false};
    case net::Trouble::kNone:
    case net::Trouble::kProtocol:
      break;
  }
  return {"AnswerNotUnderstood", false};
}

}  // namespace

tl::unexpected<Failure> refuse(Failure::Kind kind, std::string code, std::string message, std::string detail) {
  Failure failure;
  failure.kind = kind;
  failure.code = std::move(code);
  failure.message = std::move(message);
  failure.detail = std::move(detail);
  return tl::unexpected(std::move(failure));
}

Failure failure_of(Failure::Kind kind, std::string code, base::Error error) {
  return refuse(kind, std::move(code), std::move(error.message), std::move(error.detail)).value();
}

Failure failure_of(std::vector<aws_wire::Problem> problems) {
  std::string message =
      problems.size() == 1 ? "The input is not valid." : fmt::format("The input has {} problems.", problems.size());
  for (std::size_t i = 0; i < std::min(problems.size(), kProblemsShown); ++i) {
    const aws_wire::Problem& problem = problems[i];
    message += problem.path.empty() ? fmt::format(" {}.", problem.message)
                                    : fmt::format(" {}: {}.", problem.path, problem.message);
    while (message.ends_with("..")) message.pop_back();
  }
  Failure failure = refuse(Failure::Kind::kInput, "ParamValidation", std::move(message)).value();
  failure.problems = std::move(problems);
  return failure;
}

Failure failure_of(const net::HttpOutcome& outcome) {
  const auto [code, retryable] = transport_code(outcome.trouble);
  const bool ours = outcome.trouble == net::Trouble::kRequest;
  Failure failure = refuse(ours ? Failure::Kind::kConfiguration : Failure::Kind::kTransport, code,
                           outcome.error ? outcome.error->message : "", outcome.error ? outcome.error->detail : "")
                        .value();
  failure.retryable = retryable;
  failure.http_status = outcome.trouble == net::Trouble::kCut ? outcome.response.status : 0;
  return failure;
}

Failure failure_of(aws_wire::ServiceError error, int http_status) {
  Failure failure;
  failure.kind = Failure::Kind::kService;
  failure.code = error.code.empty() ? std::to_string(http_status) : std::move(error.code);
  failure.message = error.message.empty() ? fmt::format("The service answered {} without saying why.", http_status)
                                          : std::move(error.message);
  failure.request_id = std::move(error.request_id);
  failure.http_status = http_status;
  failure.members = std::move(error.members);
  return failure;
}

}  // namespace aws

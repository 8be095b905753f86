#include "aws_credentials/fetch_document.h"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

namespace aws_credentials {

namespace {
constexpr std::chrono::seconds kPause{1};
constexpr std::size_t kDocumentBytesMax = 64 * 1024;

bool may_pass(const net::HttpOutcome& outcome) {
  if (outcome.trouble == net::Trouble::kNone) {
    return outcome.response.status == 429 || outcome.response.status >= 500;
  }
  return outcome.trouble != net::Trouble::kRequest && outcome.trouble != net::Trouble::kCancelled;
}
}  // namespace

net::HttpOutcome send_patiently(const Asked& asked, net::HttpRequest request, Attempts attempts) {
  request.body_bytes_max = kDocumentBytesMax;
  request.connect_timeout = attempts.timeout;
  for (int attempt = 1;; ++attempt) {
    request.deadline = asked.deadline.earlier(base::Deadline::after(attempts.timeout));
    net::HttpOutcome outcome = asked.parts.web->send(request);
    if (!may_pass(outcome) || attempt >= attempts.count || asked.deadline.left() <= kPause) return outcome;
    asked.parts.pause(kPause);
  }
}

tl::unexpected<aws::Failure> refuse_outcome(std::string code, std::string_view what, const net::HttpOutcome& outcome) {
  const bool answered = outcome.trouble == net::Trouble::kNone;
  auto refusal = refuse(std::move(code),
                        answered ? fmt::format("{} answered with status {}.", what, outcome.response.status)
                                 : fmt::format("{} did not answer.", what),
                        outcome.error ? outcome.error->message : "");
  refusal.value().http_status = answered ? outcome.response.status : 0;
  refusal.value().retryable = may_pass(outcome);
  return refusal;
}

}  // namespace aws_credentials

#include "aws/retry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ranges>

#include "aws_wire/scalar.h"

namespace aws {

namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 14> kThrottling = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
};
constexpr std::array<std::string_view, 2> kTimeouts = {"RequestTimeout", "RequestTimeoutException"};
constexpr std::array<std::string_view, 3> kExpired = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"};
constexpr std::array<std::string_view, 3> kSurelySkewed = {"RequestTimeTooSkewed", "RequestExpired",
                                                           "RequestInTheFuture"};
constexpr std::array<std::string_view, 3> kPossiblySkewed = {"InvalidSignatureException", "SignatureDoesNotMatch",
                                                             "AuthFailure"};

constexpr double kBackoffMax_s = 20, kThrottledScale_s = 1, kScale_s = 0.05, kDynamoDbScale_s = 0.025;
constexpr milliseconds kRetryAfterMax{5000};  // beyond the back-off itself
// Signatures hold for five minutes; less than that cannot be why one was refused.
constexpr milliseconds kSkewMin{4 * 60 * 1000};
constexpr milliseconds kSureSkewMin{1000};  // Date has whole seconds: nothing to correct

bool is_in(const auto& list, std::string_view text) { return std::ranges::find(list, text) != list.end(); }

const aws_model::Shape* modelled_error(const aws_model::Operation& operation, std::string_view code) {
  if (code.empty()) return nullptr;
  const auto found = std::ranges::find_if(operation.errors, [&](const aws_model::Shape* shape) {
    return (shape->error_code.empty() ? shape->name : shape->error_code) == code || shape->name == code;
  });
  return found == operation.errors.end() ? nullptr : *found;
}

std::optional<milliseconds> number(std::string_view text, int unit_ms) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return milliseconds(static_cast<std::int64_t>(value) * unit_ms);
}

}  // namespace

Reason reason_of(const aws_model::Service& service, const aws_model::Operation& operation, int http_status,
                 std::string_view code) {
  if (is_in(kExpired, code)) return Reason::kExpired;
  if (is_in(kThrottling, code)) return Reason::kThrottled;
  if (is_in(kTimeouts, code)) return Reason::kTimeout;
  const aws_model::Shape* error = modelled_error(operation, code);
  if (error != nullptr && error->retryable) return error->throttling ? Reason::kThrottled : Reason::kTransient;
  if (http_status == 429) return Reason::kThrottled;
  if (http_status == 500 || http_status == 502 || http_status == 503 || http_status == 504) return Reason::kTransient;
  if (service.name == "sts" && code == "IDPCommunicationError") return Reason::kTransient;
  return Reason::kFinal;
}

Reason reason_of(net::Trouble trouble) {
  switch (trouble) {
    case net::Trouble::kConnect:
    case net::Trouble::kSend:
    case net::Trouble::kNoAnswer:
    case net::Trouble::kCut:
      return Reason::kTransient;
    case net::Trouble::kNone:
    case net::Trouble::kRequest:
    case net::Trouble::kProtocol:
    case net::Trouble::kDeadline:
    case net::Trouble::kCancelled:
    case net::Trouble::kSink:
      break;
  }
  return Reason::kFinal;
}

Skew skew_of(int http_status, std::string_view code) {
  if (is_in(kSurelySkewed, code)) return Skew::kSure;
  // An answer to HEAD has no code; its status stands for it.
  if (is_in(kPossiblySkewed, code) || ((code.empty() || code == "403") && http_status == 403)) return Skew::kPossible;
  return Skew::kNo;
}

std::optional<milliseconds> offset_of(std::string_view date, base::Time now) {
  const std::optional<aws_wire::Instant> instant = aws_wire::parse_instant(date);
  if (!instant) return std::nullopt;
  return base::Time(std::chrono::seconds(instant->seconds)) - now;
}

bool explains(Skew skew, milliseconds offset, milliseconds assumed) {
  if (skew == Skew::kNo) return false;
  return std::chrono::abs(offset - assumed) > (skew == Skew::kSure ? kSureSkewMin : kSkewMin);
}

milliseconds backoff(Reason reason, int attempt, double chance, std::string_view service,
                     std::optional<std::string_view> retry_after_ms, std::optional<std::string_view> retry_after,
                     base::Time now) {
  if (reason == Reason::kSkewed) return milliseconds(0);
  const bool dynamodb = service == "dynamodb" || service == "dynamodbstreams";
  const double scale_s = reason == Reason::kThrottled ? kThrottledScale_s : dynamodb ? kDynamoDbScale_s : kScale_s;
  const double most_s = std::min(scale_s * std::exp2(std::min(attempt - 1, 30)), kBackoffMax_s);
  const milliseconds own(static_cast<std::int64_t>(chance * most_s * 1000));
  if (retry_after_ms) {
    if (const std::optional<milliseconds> asked = number(*retry_after_ms, 1))
      return std::max(own, std::min(*asked, own + kRetryAfterMax));
  }
  if (!retry_after) return own;
  std::optional<milliseconds> asked = number(*retry_after, 1000);
  if (!asked) asked = offset_of(*retry_after, now);
  const milliseconds cap(static_cast<std::int64_t>(kBackoffMax_s * 1000));
  return asked ? std::max(own, std::min(*asked, cap)) : own;
}

std::optional<int> RetryBucket::take(Reason reason) {
  const int cost = reason == Reason::kTimeout ? kTimeoutCost : kRetryCost;
  const std::lock_guard lock(mutex_);
  if (cost > left_) return std::nullopt;
  left_ -= cost;
  return cost;
}

void RetryBucket::give_back(std::optional<int> cost) {
  const std::lock_guard lock(mutex_);
  left_ = std::min(kCapacity, left_ + cost.value_or(kSuccess));
}

int RetryBucket::left() const {
  const std::lock_guard lock(mutex_);
  return left_;
}

}  // namespace aws

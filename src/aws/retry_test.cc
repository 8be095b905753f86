#include "aws/retry.h"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aws {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr base::Time kNow{1'795'499'264'000ms};  // Tue, 24 Nov 2026 05:47:44 GMT

struct OfErrors {
  aws_model::Service service;
  aws_model::Operation operation;
  aws_model::Shape plain, throttling, coded, modelled_limit;
  std::vector<const aws_model::Shape*> errors{&plain, &throttling, &coded, &modelled_limit};
  OfErrors() {
    service.name = "dynamodb";
    plain.name = "PlainRetryable";
    plain.retryable = true;
    throttling.name = "Slower";
    throttling.retryable = throttling.throttling = true;
    coded.name = "CodedException";
    coded.error_code = "Coded";
    coded.retryable = true;
    modelled_limit.name = "NotFound";
    operation.errors = errors;
  }
  [[nodiscard]] Reason reason(int status, std::string_view code) const {
    return reason_of(service, operation, status, code);
  }
};

TEST(Reason, FollowsCodesAndStatuses) {
  const OfErrors of;
  for (const int status : {500, 502, 503, 504}) EXPECT_EQ(of.reason(status, ""), Reason::kTransient) << status;
  for (const int status : {400, 401, 403, 404, 408, 501, 505})
    EXPECT_EQ(of.reason(status, ""), Reason::kFinal) << status;
  EXPECT_EQ(of.reason(429, ""), Reason::kThrottled);
  EXPECT_EQ(of.reason(400, "ThrottlingException"), Reason::kThrottled);
  EXPECT_EQ(of.reason(503, "SlowDown"), Reason::kThrottled) << "the code says more than the status";
  EXPECT_EQ(of.reason(400, "RequestTimeout"), Reason::kTimeout);
  EXPECT_EQ(of.reason(400, "ExpiredTokenException"), Reason::kExpired);
  EXPECT_EQ(of.reason(500, "ExpiredToken"), Reason::kExpired);
  EXPECT_EQ(of.reason(400, "ValidationException"), Reason::kFinal);
  EXPECT_EQ(of.reason(501, "NotImplemented"), Reason::kFinal);
}

TEST(Reason, FollowsTheModel) {
  const OfErrors of;
  EXPECT_EQ(of.reason(400, "PlainRetryable"), Reason::kTransient);
  EXPECT_EQ(of.reason(400, "Slower"), Reason::kThrottled);
  EXPECT_EQ(of.reason(400, "Coded"), Reason::kTransient);
  EXPECT_EQ(of.reason(400, "CodedException"), Reason::kTransient);
  EXPECT_EQ(of.reason(400, "NotFound"), Reason::kFinal);
}

TEST(Reason, KnowsWhatStsAloneSays) {
  OfErrors of;
  EXPECT_EQ(of.reason(400, "IDPCommunicationError"), Reason::kFinal);
  of.service.name = "sts";
  EXPECT_EQ(of.reason(400, "IDPCommunicationError"), Reason::kTransient);
}

TEST(Reason, OfTransport) {
  using net::Trouble;
  for (const Trouble trouble : {Trouble::kConnect, Trouble::kSend, Trouble::kNoAnswer, Trouble::kCut})
    EXPECT_EQ(reason_of(trouble), Reason::kTransient);
  for (const Trouble trouble :
       {Trouble::kRequest, Trouble::kProtocol, Trouble::kDeadline, Trouble::kCancelled, Trouble::kSink})
    EXPECT_EQ(reason_of(trouble), Reason::kFinal);
}

TEST(Skew, IsSeenInTheDate) {
  EXPECT_EQ(offset_of("Tue, 24 Nov 2026 05:57:44 GMT", kNow), 10min);
  EXPECT_EQ(offset_of("Tue, 24 Nov 2026 05:37:44 GMT", kNow), -10min);
  EXPECT_FALSE(offset_of("yesterday", kNow));
  EXPECT_EQ(skew_of(403, "RequestTimeTooSkewed"), Skew::kSure);
  EXPECT_EQ(skew_of(403, "SignatureDoesNotMatch"), Skew::kPossible);
  EXPECT_EQ(skew_of(403, ""), Skew::kPossible);
  EXPECT_EQ(skew_of(403, "AccessDenied"), Skew::kNo);
  EXPECT_TRUE(explains(Skew::kSure, 10min, 0ms));
  EXPECT_FALSE(explains(Skew::kSure, 10min, 10min)) << "allowed for already";
  EXPECT_TRUE(explains(Skew::kPossible, -5min, 0ms));
  EXPECT_FALSE(explains(Skew::kPossible, 3min, 0ms)) << "signatures hold that long";
  EXPECT_FALSE(explains(Skew::kNo, 24h, 0ms));
}

milliseconds plain_backoff(Reason reason, int attempt, double chance, std::string_view service = "s3") {
  return backoff(reason, attempt, chance, service, std::nullopt, std::nullopt, kNow);
}

TEST(Backoff, DoublesUpToItsCap) {
  EXPECT_EQ(plain_backoff(Reason::kTransient, 1, 1), 50ms);
  EXPECT_EQ(plain_backoff(Reason::kTransient, 2, 1), 100ms);
  EXPECT_EQ(plain_backoff(Reason::kTransient, 2, 0.5), 50ms);
  EXPECT_EQ(plain_backoff(Reason::kTransient, 1, 1, "dynamodb"), 25ms);
  EXPECT_EQ(plain_backoff(Reason::kThrottled, 1, 1, "dynamodb"), 1s);
  EXPECT_EQ(plain_backoff(Reason::kThrottled, 3, 1), 4s);
  EXPECT_EQ(plain_backoff(Reason::kThrottled, 100, 1), 20s);
  EXPECT_EQ(plain_backoff(Reason::kThrottled, std::numeric_limits<int>::max(), 1), 20s);
  EXPECT_EQ(plain_backoff(Reason::kSkewed, 1, 1), 0ms);
  EXPECT_TRUE(rc::check("never longer than the cap, never negative", [] {
    const int attempt = *rc::gen::inRange(1, 1000);
    const double chance = *rc::gen::inRange(0, 1001) / 1000.0;
    const milliseconds wait = plain_backoff(*rc::gen::element(Reason::kTransient, Reason::kThrottled), attempt, chance);
    RC_ASSERT(wait >= 0ms && wait <= 20s);
  }));
}

TEST(Backoff, HearsTheServer) {
  const auto of = [](std::optional<std::string_view> ms, std::optional<std::string_view> s) {
    return backoff(Reason::kTransient, 1, 0.2, "s3", ms, s, kNow);
  };
  EXPECT_EQ(of("1500", std::nullopt), 1500ms);
  EXPECT_EQ(of("3", std::nullopt), 10ms) << "never less than our own";
  EXPECT_EQ(of("999999", std::nullopt), 5010ms);
  EXPECT_EQ(of("-5", std::nullopt), 10ms);
  EXPECT_EQ(of("soon", "2"), 2s);
  EXPECT_EQ(of(std::nullopt, "2"), 2s);
  EXPECT_EQ(of(std::nullopt, "3600"), 20s);
  EXPECT_EQ(of(std::nullopt, "Tue, 24 Nov 2026 05:47:47 GMT"), 3s);
  EXPECT_EQ(of(std::nullopt, "Tue, 24 Nov 2026 05:47:00 GMT"), 10ms);
  EXPECT_EQ(of(std::nullopt, "whenever"), 10ms);
}

TEST(RetryBucket, RunsOutAndFillsAgain) {
  RetryBucket bucket;
  for (int i = 0; i < 100; ++i) ASSERT_EQ(bucket.take(Reason::kTransient), 5);
  EXPECT_FALSE(bucket.take(Reason::kThrottled));
  for (int i = 0; i < 5; ++i) bucket.give_back(std::nullopt);
  EXPECT_FALSE(bucket.take(Reason::kTimeout)) << "a timeout costs ten";
  EXPECT_EQ(bucket.take(Reason::kThrottled), 5);
  bucket.give_back(5);
  EXPECT_EQ(bucket.left(), 5);
  for (int i = 0; i < 1000; ++i) bucket.give_back(10);
  EXPECT_EQ(bucket.left(), RetryBucket::kCapacity);
}

}  // namespace
}  // namespace aws

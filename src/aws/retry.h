// When a call is sent again, and after how long: AWS's standard retry mode as arithmetic, without a clock or a socket.
//
// Source: AWS SDKs and Tools Reference Guide, "Retry behavior"; botocore 1.44.8, retries/standard.py (codes, status
// codes, back-off scales and the cap on x-amz-retry-after).

#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "aws_model/model.h"
#include "base/clock.h"
#include "net/http_client.h"

namespace aws {

// Why an attempt failed, as far as sending it again goes.
enum class Reason : std::uint8_t {
  kFinal,      // the same request would fail in the same way
  kTransient,  // a mishap of the service or of the network
  kTimeout,    // the service, or the network, took too long
  kThrottled,  // the service wants us to be slower
  kSkewed,     // our clock, or the service's, is wrong: once more with the corrected time
  kExpired,    // the credentials are over: not sent again, but others are to be fetched
};

// `code` is the service's, without namespace; empty where there is none.
Reason reason_of(const aws_model::Service& service, const aws_model::Operation& operation, int http_status,
                 std::string_view code);
Reason reason_of(net::Trouble trouble);

// Whether `code` says that the request's time was wrong: surely, or possibly (as a bad signature may).
enum class Skew : std::uint8_t { kNo, kPossible, kSure };
Skew skew_of(int http_status, std::string_view code);
// By how much the service's clock is ahead of `now`, from the Date of its answer. Nothing: no Date that can be read.
std::optional<std::chrono::milliseconds> offset_of(std::string_view date, base::Time now);
// Whether a clock that is off by `offset`, where `assumed` was allowed for, explains the refusal.
bool explains(Skew skew, std::chrono::milliseconds offset, std::chrono::milliseconds assumed);

// How long to wait before attempt `attempt` + 1 (the first is 1), with `chance` from 0 to 1. `retry_after_ms` is
// x-amz-retry-after, `retry_after` is Retry-After (seconds, or a date); both may be absent.
std::chrono::milliseconds backoff(Reason reason, int attempt, double chance, std::string_view service,
                                  std::optional<std::string_view> retry_after_ms,
                                  std::optional<std::string_view> retry_after, base::Time now);

// What a client may spend on retries, so that a service in trouble does not get three times its load. Any thread.
class RetryBucket {
 public:
  static constexpr int kCapacity = 500;
  static constexpr int kRetryCost = 5, kTimeoutCost = 10, kSuccess = 1;

  // What it cost; nothing: there is not enough left.
  std::optional<int> take(Reason reason);
  // After a success: what its last retry cost comes back; without a retry, one.
  void give_back(std::optional<int> cost);
  [[nodiscard]] int left() const;

 private:
  mutable std::mutex mutex_;
  int left_ = kCapacity;
};

}  // namespace aws

#include "aws/attempts.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "aws/failures.h"
#include "aws/redirect.h"
#include "base/ids.h"

namespace aws {

namespace {

using Kind = Failure::Kind;

constexpr std::chrono::milliseconds kGlance{50};  // how often the flag of cancellation is looked at
// A streamed body of this size is announced first, so that a refusal or a redirect comes before it is sent.
constexpr std::uint64_t kExpectBytesMin = 1024 * 1024;

double chance(base::Entropy& entropy) {
  std::array<std::uint8_t, 4> bytes{};
  entropy.fill(bytes);
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number / 4294967296.0;
}

// The first of the answer's checksums that we know. S3's of objects in parts ("...-3") is not that of the body.
std::optional<std::pair<ChecksumKind, std::string>> promised_checksum(const aws_model::Operation& operation,
                                                                      const net::Headers& headers) {
  for (const ChecksumKind kind : kChecksumKinds) {
    if (std::ranges::find(operation.checksum.response_algorithms, name_of(kind)) ==
        operation.checksum.response_algorithms.end())
      continue;
    const std::optional<std::string_view> value = headers.get(header_of(kind));
    if (value && value->find('-') == std::string_view::npos) return std::pair(kind, std::string(*value));
  }
  return std::nullopt;
}

// Passes a body on, and sums it on its way.
class SummingSink final : public net::BodySink {
 public:
  SummingSink(net::BodySink& inner, bool& touched) : inner_(inner), touched_(touched) {}
  void expect(ChecksumKind kind, std::string value) {
    checksum_.emplace(kind);
    expected_ = std::move(value);
  }
  base::Result<void> write(std::string_view bytes) override {
    touched_ = true;
    if (checksum_) checksum_->update(bytes);
    return inner_.write(bytes);
  }
  bool is_intact() { return !checksum_ || checksum_->base64() == expected_; }

 private:
  net::BodySink& inner_;
  bool& touched_;
  std::optional<Checksum> checksum_;
  std::string expected_;
};

Failure damaged() {
  Failure failure =
      refuse(Kind::kTransport, "AnswerDamaged", "The answer is not what the service sent: its checksum is another.")
          .value();
  failure.retryable = true;
  return failure;
}

}  // namespace

bool wait_for(std::chrono::milliseconds span, const std::atomic<bool>* cancelled) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  const base::Deadline until = base::Deadline::after(span);
  while (!until.passed()) {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) return false;
    never.wait_for(lock, cancelled == nullptr ? until.left() : std::min(until.left(), kGlance));
  }
  return true;
}

bool Attempts::pause(std::chrono::milliseconds wait) const {
  if (wait.count() == 0) return true;
  return state_.surroundings.pause ? state_.surroundings.pause(wait) : wait_for(wait, call_.cancelled);
}

net::HttpRequest Attempts::request(const Signing* signing) {
  net::HttpRequest request;
  request.method = plan_->request.method;
  request.url = plan_->url();
  request.headers = signed_headers(*plan_, signing, state_.now(plan_->book));
  if (plan_->source != nullptr)
    request.source = plan_->source;
  else
    request.body = plan_->request.body;
  if (plan_->source != nullptr && plan_->book.service.name == "s3")
    request.expect_continue = plan_->source->size().value_or(kExpectBytesMin) >= kExpectBytesMin;
  request.proxy = plan_->proxy;
  request.trust_file = plan_->book.settings.ca_bundle;
  request.deadline = call_.deadline;
  request.cancelled = call_.cancelled;
  return request;
}

Attempts::Attempt Attempts::attempt(const Signing* signing) {
  plan_->request.headers.set("amz-sdk-invocation-id", invocation_);
  plan_->request.headers.set("amz-sdk-request",
                             fmt::format("attempt={}; max={}", count_, plan_->book.settings.attempts_max));
  net::HttpRequest sent = request(signing);
  std::optional<SummingSink> sink;
  if (call_.sink != nullptr && plan_->notes.answer_streams) {
    sink.emplace(*call_.sink, sink_touched_);
    sent.sink = [&](int status, const net::Headers& headers) -> net::BodySink* {
      if (status < 200 || status >= 300) return nullptr;
      if (plan_->validates_answer) {
        if (auto promised = promised_checksum(plan_->operation, headers))
          sink->expect(promised->first, std::move(promised->second));
      }
      return &*sink;
    };
  }
  net::HttpOutcome outcome = state_.surroundings.http.send(sent);
  const bool whole = outcome.trouble == net::Trouble::kNone;
  const bool streamed = sink && whole && outcome.response.status >= 200 && outcome.response.status < 300;
  if (streamed && !sink->is_intact()) return tl::unexpected(Refusal{damaged(), Reason::kTransient, {}});
  return read(std::move(outcome));
}

Attempts::Attempt Attempts::read(net::HttpOutcome outcome) {
  if (outcome.trouble != net::Trouble::kNone)
    return tl::unexpected(Refusal{failure_of(outcome), reason_of(outcome.trouble), {}});
  aws_wire::Reply reply;
  reply.status = outcome.response.status;
  reply.headers = std::move(outcome.response.headers);
  reply.body = std::move(outcome.response.body);
  reply.body_went_elsewhere =
      call_.sink != nullptr && plan_->notes.answer_streams && reply.status >= 200 && reply.status < 300;
  for (const Rule* rule : plan_->notes.rules) {
    if (rule->reply != nullptr) rule->reply(plan_->custom, reply);
  }
  const bool success = reply.status >= 200 && reply.status < 300;
  return success ? read_success(reply) : read_error(std::move(reply));
}

bool Attempts::answer_is_intact(const aws_wire::Reply& reply) const {
  if (reply.body_went_elsewhere) return true;  // summed on its way
  for (const Rule* rule : plan_->notes.rules) {
    if (rule->intact != nullptr && !rule->intact(reply)) return false;
  }
  // What answers HEAD is about a body that is not there.
  if (!plan_->validates_answer || plan_->request.method == "HEAD" || reply.status == 206) return true;
  const auto promised = promised_checksum(plan_->operation, reply.headers);
  return !promised || checksum_of(promised->first, reply.body) == promised->second;
}

Attempts::Attempt Attempts::read_success(const aws_wire::Reply& reply) {
  if (!answer_is_intact(reply)) return tl::unexpected(Refusal{damaged(), Reason::kTransient, {}});
  base::Result<json::Value> output = aws_wire::decode(plan_->book.service, plan_->operation, reply);
  if (!output) {
    Refusal refusal{failure_of(Kind::kTransport, "AnswerNotUnderstood", std::move(output).error()), Reason::kFinal, {}};
    refusal.failure.http_status = reply.status;
    return tl::unexpected(std::move(refusal));
  }
  Answer answer;
  answer.output = std::move(*output);
  if (!answer.output.is_object()) answer.output.emplace_object();
  for (const Rule* rule : plan_->notes.rules) {
    if (rule->output != nullptr) rule->output(plan_->custom, reply, answer.output.get_object());
  }
  answer.http_status = reply.status;
  for (const char* header : {"x-amzn-RequestId", "x-amz-request-id", "x-amz-id-2"}) {
    if (const std::optional<std::string_view> id = reply.headers.get(header)) {
      answer.request_id = *id;
      break;
    }
  }
  answer.attempts = count_;
  return answer;
}

Attempts::Attempt Attempts::read_error(aws_wire::Reply reply) {
  aws_wire::ServiceError error = aws_wire::decode_error(plan_->book.service, plan_->operation, reply);
  for (const Rule* rule : plan_->notes.rules) {
    if (rule->error != nullptr) rule->error(reply, error);
  }
  const Reason reason = reason_of(plan_->book.service, plan_->operation, reply.status, error.code);
  Refusal refusal{failure_of(std::move(error), reply.status), reason, std::move(reply)};
  refusal.failure.retryable = reason != Reason::kFinal;
  return tl::unexpected(std::move(refusal));
}

// True: the clock was wrong, and is now right.
bool Attempts::correct_clock(Refusal& refusal) const {
  if (refusal.reply.status < 400 || plan_->auth.scheme != Scheme::kSigV4) return false;
  const std::optional<std::string_view> date = refusal.reply.headers.get("Date");
  const Skew skew = skew_of(refusal.reply.status, refusal.failure.code);
  if (skew == Skew::kNo || !date) return false;
  const std::optional<std::chrono::milliseconds> offset = offset_of(*date, state_.surroundings.clock.now());
  std::atomic<std::int64_t>& known = plan_->book.clock_offset_ms;
  if (!offset || !explains(skew, *offset, std::chrono::milliseconds(known.load()))) return false;
  known = offset->count();
  refusal.reason = Reason::kSkewed;
  refusal.failure.retryable = true;
  return true;
}

// True: the plan goes elsewhere now.
Result<bool> Attempts::go_elsewhere(const Refusal& refusal) {
  const bool cell_is_gone = refusal.reply.status == 421 || refusal.failure.code == "InvalidEndpointException";
  if (!redirected_ && plan_->in_cell && cell_is_gone) {
    redirected_ = true;
    plan_->book.forget_cell(plan_->region);
    plan_ = TRY(state_.plan(call_, Purpose::kSend));
    return true;
  }
  if (redirected_ || plan_->bucket.empty() || refusal.reply.status == 0) return false;
  RedirectDecision decision = redirect_of(plan_->operation.name, refusal.failure.code, refusal.reply, plan_->region);
  if (decision.redirect == Redirect::kNo) return false;
  redirected_ = true;
  if (decision.redirect == Redirect::kElsewhere) {
    if (plan_->operation.name == "HeadBucket") return false;
    Call asked = call_;  // of the bucket itself: its answer names the region, be it a refusal
    asked.operation = "HeadBucket";
    asked.input = json::Object{{"Bucket", plan_->bucket}};
    asked.body = nullptr;
    asked.sink = nullptr;
    Result<std::unique_ptr<Plan>> head = state_.plan(asked, Purpose::kSend);
    if (!head) return false;
    Attempts inquiry(state_, asked, span_, std::move(*head));
    inquiry.redirected_ = true;
    inquiry.invocation_ = invocation_;
    inquiry.count_ = 1;
    Result<Signing> signing = state_.signing(*inquiry.plan_, call_.deadline);
    const bool by_keys = inquiry.plan_->auth.scheme == Scheme::kSigV4;
    if (by_keys && !signing) return false;
    const net::HttpOutcome outcome = state_.surroundings.http.send(inquiry.request(by_keys ? &*signing : nullptr));
    if (outcome.trouble != net::Trouble::kNone) return false;
    decision.region = bucket_region_in({outcome.response.status, outcome.response.headers, {}, false});
    if (decision.region.empty() || decision.region == plan_->region) return false;
  }
  plan_->book.remember_region(plan_->bucket, decision.region);
  if (call_.body != nullptr && !call_.body->rewind()) return false;
  plan_ = TRY(state_.plan(call_, Purpose::kSend, decision.region));
  return true;
}

// Whether the request can be sent once more: its body read again, the answer's not yet passed on.
Result<bool> Attempts::prepare_again(const Refusal& refusal) {
  if (sink_touched_ || count_ >= plan_->book.settings.attempts_max) return false;
  if (plan_->source != nullptr && !plan_->source->rewind()) return false;
  const std::optional<int> cost = plan_->book.retries.take(refusal.reason);
  if (!cost) return false;
  cost_ = cost;
  const std::chrono::milliseconds wait =
      backoff(refusal.reason, count_, chance(state_.surroundings.entropy), plan_->book.service.name,
              refusal.reply.headers.get("x-amz-retry-after"), refusal.reply.headers.get("Retry-After"),
              state_.now(plan_->book));
  if (wait >= call_.deadline.left()) return false;
  if (!pause(wait)) return refuse(Kind::kTransport, "Cancelled", "The call was cancelled before it was sent again.");
  return true;
}

void Attempts::log_attempt(const Refusal& refusal) const {
  if (state_.surroundings.log == nullptr) return;
  state_.surroundings.log->debug("aws attempt failed", {{"service", plan_->book.service.name},
                                                        {"operation", plan_->operation.name},
                                                        {"attempt", count_},
                                                        {"code", refusal.failure.code},
                                                        {"http_status", refusal.failure.http_status},
                                                        {"request_id", refusal.failure.request_id},
                                                        {"trace_id", span_.trace_id},
                                                        {"span_id", span_.id}});
}

Result<Answer> Attempts::run() {
  invocation_ = base::new_uuid(state_.surroundings.entropy);
  while (true) {
    std::optional<Signing> signing;
    if (plan_->auth.scheme == Scheme::kSigV4) signing = TRY(state_.signing(*plan_, call_.deadline));
    ++count_;
    if (plan_->book.metrics) plan_->book.metrics->attempts.add();
    Attempt made = attempt(signing ? &*signing : nullptr);
    if (made) {
      plan_->book.retries.give_back(cost_);
      return std::move(*made);
    }
    Refusal& refusal = made.error();
    refusal.failure.attempts = count_;
    log_attempt(refusal);
    if (refusal.reason == Reason::kExpired && signing) {
      signing->provider->invalidate(*signing->credentials);
      // Only where there are others to be had.
      refusal.failure.retryable = signing->credentials->expires.has_value();
    }
    if (TRY(go_elsewhere(refusal))) continue;
    if (!clock_corrected_) clock_corrected_ = correct_clock(refusal);
    const bool final = refusal.reason == Reason::kFinal || refusal.reason == Reason::kExpired;
    if (final || !TRY(prepare_again(refusal))) return tl::unexpected(std::move(refusal.failure));
  }
}

}  // namespace aws

#include "aws/client.h"

#include <utility>

#include <fmt/format.h>

#include "aws/attempts.h"
#include "aws/failures.h"
#include "aws/state.h"
#include "base/text.h"

namespace aws {

namespace {

using Kind = Failure::Kind;

// The signature and the session are secrets as long as they hold.
void mask(net::Headers& headers) {
  if (const std::optional<std::string_view> authorization = headers.get("Authorization")) {
    const std::size_t signature = authorization->find("Signature=");
    const std::string shown(signature == std::string_view::npos ? "Bearer " : authorization->substr(0, signature + 10));
    headers.set("Authorization", shown + std::string(kMask));
  }
  for (const char* token : {"X-Amz-Security-Token", "X-Amz-S3session-Token"}) {
    if (headers.get(token)) headers.set(token, std::string(kMask));
  }
}

}  // namespace

ClientState::ClientState(Surroundings with, aws_config::Config from, std::shared_ptr<CredentialsProvider> provider)
    : surroundings(std::move(with)),
      config(std::move(from)),
      credentials(std::move(provider)),
      shelf(surroundings.models, config, surroundings.metrics),
      sessions(surroundings.clock, surroundings.entropy) {}

Result<Signing> ClientState::signing(base::Deadline deadline) {
  if (!credentials) {
    return refuse(Kind::kConfiguration, "NoCredentials",
                  "There are no credentials to sign with. Give some (environment, profile, role), or do not sign.");
  }
  return signing(credentials, signing_, deadline);
}

Result<Signing> ClientState::signing(const Plan& plan, base::Deadline deadline) {
  if (!plan.auth.bucket_session) return signing(deadline);
  Call asked;
  asked.service = "s3";
  asked.operation = "CreateSession";
  asked.input = json::Object{{"Bucket", plan.bucket}};
  asked.region = plan.region;
  asked.endpoint_url = plan.endpoint_url;
  const Fetch fetch = [this, asked = std::move(asked)](base::Deadline until) -> Result<Credentials> {
    Call call_now = asked;
    call_now.deadline = until;
    return session_in(TRY(call(call_now)).output);
  };
  return signing(sessions.of(plan.bucket, plan.origin, fetch), session_signing_, deadline);
}

Result<Signing> ClientState::signing(std::shared_ptr<CredentialsProvider> provider, Signing& last,
                                     base::Deadline deadline) {
  std::shared_ptr<const Credentials> present = TRY(provider->get(deadline));
  const std::lock_guard lock(mutex_);
  if (last.credentials != present)
    last = {std::move(provider), present, std::make_shared<const sigv4::Signer>(present->keys)};
  return last;
}

Result<std::unique_ptr<Plan>> ClientState::plan(const Call& call, Purpose purpose, const std::string& region_found) {
  std::unique_ptr<Plan> made = TRY(planner().plan(call, purpose, region_found));
  if (!made->notes.cross_region_url.empty() && made->auth.scheme == Scheme::kSigV4)
    TRY(add_cross_region_url(call, *made, purpose));
  if (made->operation.endpoint_discovery_required && !made->endpoint_given && purpose == Purpose::kSend)
    TRY(move_to_cell(call, *made));
  return made;
}

Result<std::string> ClientState::presign(const Call& call, std::chrono::seconds expires) {
  const std::unique_ptr<Plan> made = TRY(plan(call, Purpose::kPresign));
  if (made->auth.scheme == Scheme::kNone) return made->url();
  if (made->auth.scheme != Scheme::kSigV4) {
    return refuse(Kind::kInput, "CannotBePresigned",
                  fmt::format("{} is called with a bearer token, which a URL cannot carry.", made->book.service.name));
  }
  move_form_into_query(*made);
  const Signing signed_by = TRY(signing(*made, call.deadline));
  return presigned_url(*made, *signed_by.signer, now(made->book), expires);
}

Result<Answer> ClientState::call(const Call& call) {
  const base::Steady start = surroundings.clock.steady();
  const Span span = surroundings.log == nullptr ? Span() : span_within(call.traceparent, surroundings.entropy);
  Result<std::unique_ptr<Plan>> planned = plan(call, Purpose::kSend);
  if (!planned) {
    // A service that does not exist has no counter of its own.
    if (const Result<Book*> book = shelf.book(call.service); book && (*book)->metrics) (*book)->metrics->refusals.add();
    return tl::unexpected(std::move(planned).error());
  }
  Book& book = (*planned)->book;
  const std::string_view operation = (*planned)->operation.name;
  const std::string region = (*planned)->region;
  Result<Answer> result = Attempts(*this, call, span, std::move(*planned)).run();
  const auto time = surroundings.clock.steady() - start;
  if (book.metrics) {
    book.metrics->calls.add();
    book.metrics->duration.observe(std::chrono::duration_cast<std::chrono::nanoseconds>(time));
    if (!result) {
      const Kind kind = result.error().kind;
      base::Counter& counter = kind == Kind::kService     ? book.metrics->service_errors
                               : kind == Kind::kTransport ? book.metrics->transport_errors
                                                          : book.metrics->refusals;
      counter.add();
    }
  }
  if (surroundings.log != nullptr) {
    const std::string code = result ? "" : result.error().code;
    surroundings.log->debug("aws call", {{"service", book.service.name},
                                         {"operation", operation},
                                         {"region", region},
                                         {"attempts", result ? result->attempts : result.error().attempts},
                                         {"http_status", result ? result->http_status : result.error().http_status},
                                         {"code", code},
                                         {"request_id", result ? result->request_id : result.error().request_id},
                                         {"duration_ms", std::chrono::duration<double, std::milli>(time).count()},
                                         {"trace_id", span.trace_id},
                                         {"span_id", span.id},
                                         {"parent_span_id", span.parent_id}});
  }
  return result;
}

struct Client::State : ClientState {
  using ClientState::ClientState;
};

Client::Client(Surroundings surroundings, aws_config::Config config, std::shared_ptr<CredentialsProvider> credentials)
    : state_(std::make_unique<State>(std::move(surroundings), std::move(config), std::move(credentials))) {}
Client::~Client() = default;

Result<Answer> Client::call(const Call& call) { return state_->call(call); }

Result<Prepared> Client::prepare(const Call& call) {
  std::unique_ptr<Plan> plan = TRY(state_->plan(call, Purpose::kShow));
  std::optional<Signing> signing;
  if (plan->auth.scheme == Scheme::kSigV4) signing = TRY(state_->signing(call.deadline));
  Prepared prepared;
  prepared.method = plan->request.method;
  prepared.url = plan->url();
  prepared.headers = signed_headers(*plan, signing ? &*signing : nullptr, state_->now(plan->book));
  // Nothing is sent, so that there is no session yet: this is the form that it will have.
  if (plan->auth.bucket_session) prepared.headers.set("X-Amz-S3session-Token", std::string(kMask));
  mask(prepared.headers);
  prepared.body = std::move(plan->request.body);
  return prepared;
}

Result<std::string> Client::presign(const Call& call, std::chrono::seconds expires) {
  return state_->presign(call, expires);
}

}  // namespace aws

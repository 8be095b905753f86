// Calls of AWS services by name: input checked against the service's model, endpoint by its rules, signed, sent,
// retried where a retry helps, and the answer as one JSON value. The only way in which Stewardry talks to AWS.
//
// A Client is made once for a set of credentials and a configuration, and used by any number of threads; it keeps
// connections from one call to the next. A call blocks until it has its answer, its deadline passes or it is cancelled.
//
// Retries are AWS's standard mode: at most `attempts_max`, a bucket of 500 tokens per client and service, jittered
// back-off up to 20 s, Retry-After and x-amz-retry-after honoured, the clock's offset learnt from the Date of an answer
// that refuses it. Source: AWS SDKs and Tools Reference Guide, "Retry behavior".

#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "aws/failure.h"
#include "aws_config/config.h"
#include "aws_model/library.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/metrics.h"
#include "json/value.h"
#include "net/http_client.h"

namespace aws {

// What everybody who calls shares; references outlive the client.
struct Surroundings {
  aws_model::Library& models;
  net::HttpClient& http;
  const base::Clock& clock;
  base::Entropy& entropy;
  base::Registry* metrics = nullptr;  // null: nothing is counted
  base::Logger* log = nullptr;        // null: nothing is said
  // Waits before a retry; false: the wait was given up. Empty: really waits. For tests.
  std::function<bool(std::chrono::milliseconds)> pause = {};
};

struct Call {
  std::string service, operation;           // as botocore names them, or in the command line's form
  json::Value input;                        // null: {}
  std::optional<std::string> region;        // before the configuration's
  std::optional<std::string> endpoint_url;  // before the configuration's
  bool sign = true;
  bool unknown_enumeration_allowed = false;
  net::BodySource* body = nullptr;  // in place of the streaming member
  net::BodySink* sink = nullptr;    // takes the streaming member of the output, of a successful answer alone
  base::Deadline deadline = base::Deadline::never();
  const std::atomic<bool>* cancelled = nullptr;
  std::string traceparent;  // W3C Trace Context, of whoever asks; empty: the call begins a trace
};

struct Answer {
  json::Value output;
  int http_status = 0;
  std::string request_id;
  int attempts = 1;
};

// A request that would be sent, secrets masked where `masked` is asked for.
struct Prepared {
  std::string method, url;
  net::Headers headers;
  std::string body;
};

class Client {
 public:
  // `credentials` null: nothing can be signed.
  Client(Surroundings surroundings, aws_config::Config config, std::shared_ptr<CredentialsProvider> credentials);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Result<Answer> call(const Call& call);
  // Nothing is sent by either, but for what must be asked to sign a URL: credentials, a session with a bucket.
  Result<Prepared> prepare(const Call& call);                                   // for --dry-run: secrets masked
  Result<std::string> presign(const Call& call, std::chrono::seconds expires);  // the URL

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Every page of a call, one after the other, until `page` says false. A token that comes twice is an error.
Result<void> each_page(Client& client, Call call, aws_model::Library& models,
                       const std::function<bool(const json::Value& page)>& page);
// All pages as one value: result keys joined, what is not aggregated from the first.
Result<json::Value> all_pages(Client& client, const Call& call, aws_model::Library& models);

// Polls `call` until the waiter says yes; the last answer. `pause` waits (and is what tests replace); false: stop.
Result<Answer> wait(Client& client, const Call& call, std::string_view waiter, aws_model::Library& models,
                    const std::function<bool(std::chrono::seconds)>& pause);

}  // namespace aws

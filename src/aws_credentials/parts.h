// What the sources of credentials stand on, each part replaceable in a test: calls of AWS services, HTTP to the places
// that hand credentials out, time and chance. And how they fail: a Failure of kind kConfiguration whose message says
// which source, which file and setting, and what to do, and never what a secret is. Of what a service answered, code,
// request id and status are kept; no answer at all stays kTransport.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "aws/client.h"
#include "aws/credentials.h"
#include "aws_config/config.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/entropy.h"
#include "json/value.h"
#include "net/http_client.h"

namespace aws_credentials {

struct ServiceCall {
  std::string service, operation;
  json::Value input;
  std::optional<std::string> region;              // nothing: the configuration's
  const aws::Credentials* credentials = nullptr;  // null: not signed
  base::Deadline deadline = base::Deadline::never();
};

class Calls {
 public:
  virtual ~Calls() = default;
  virtual aws::Result<json::Value> call(const ServiceCall& call) = 0;
};

class Web {
 public:
  virtual ~Web() = default;
  virtual net::HttpOutcome send(const net::HttpRequest& request) = 0;
};

// Any thread, as all that it points to.
struct Parts {
  std::shared_ptr<Calls> calls;  // shared: by every provider that was made of the same surroundings
  std::shared_ptr<Web> web;
  const base::Clock* clock = nullptr;
  base::Entropy* entropy = nullptr;
  std::function<void(std::chrono::milliseconds)> pause;  // between attempts
};

// What a source is asked with.
struct Asked {
  const Parts& parts;
  const aws_config::Config& config;
  base::Deadline deadline;
};

using Found = aws::Result<std::optional<aws::Credentials>>;  // nothing: this source is not configured

tl::unexpected<aws::Failure> refuse(std::string code, std::string message, std::string detail = {});
// The same failure as one of a source: "what" says which call, for whom.
tl::unexpected<aws::Failure> refuse_with(std::string_view what, aws::Failure failure);

// A profile's settings, and their names for messages. Empty settings are absent.
class Profile {
 public:
  Profile(const aws_config::Config& config, std::string name) : config_(config), name_(std::move(name)) {}
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool exists() const { return config_.section(name_) != nullptr; }
  [[nodiscard]] std::optional<std::string> get(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return get(key).has_value(); }
  [[nodiscard]] std::string place(std::string_view key) const;  // `key of profile "name" (file)`

 private:
  const aws_config::Config& config_;
  std::string name_;
};

// A small file: a token. Errors: `what` cannot be read.
aws::Result<std::string> read_small_file(const std::string& path, std::string_view what);

}  // namespace aws_credentials

// As TRY, for aws::Result.
// NOLINTBEGIN(cppcoreguidelines-macro-usage): a function cannot return from its caller
#define AWS_TRY(...) AWS_TRY_NAMED_BY(__COUNTER__, __VA_ARGS__)
#define AWS_TRY_NAMED_BY(counter, ...) AWS_TRY_AS(counter, __VA_ARGS__)
#define AWS_TRY_AS(counter, ...)                                   \
  ({                                                               \
    auto aws_try_##counter = (__VA_ARGS__);                        \
    if (!aws_try_##counter) [[unlikely]]                           \
      return tl::unexpected(std::move(aws_try_##counter).error()); \
    std::move(*aws_try_##counter);                                 \
  })
// NOLINTEND(cppcoreguidelines-macro-usage)

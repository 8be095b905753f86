// Why a call did not succeed. One of four kinds, which the command line's exit codes and a runbook's handling follow.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "aws_wire/wire.h"
#include "json/value.h"

namespace aws {

struct Failure {
  enum class Kind : std::uint8_t {
    kInput,          // against the model, or not a thing that can be asked: nothing was sent
    kConfiguration,  // no region, no credentials, a broken file: nothing was sent to the service
    kService,        // the service answered an error
    kTransport,      // no answer that could be used: network, TLS, deadline, cut off, not of the protocol
  };
  Kind kind = Kind::kTransport;
  std::string
      code;  // the service's, or ours: "ParamValidation", "NoCredentials", "NoRegion", "Deadline", "ConnectionLost" ...
  std::string message;  // what was wrong, and what to do; nothing secret
  std::string request_id;
  int http_status = 0;                      // 0: no answer
  bool retryable = false;                   // whether the same call may succeed later
  int attempts = 0;                         // how often it was sent
  std::vector<aws_wire::Problem> problems;  // of kInput
  json::Object members;                     // of kService: the error's own modelled members
  std::string detail;                       // for the log
};

template <class T>
using Result = tl::expected<T, Failure>;

}  // namespace aws

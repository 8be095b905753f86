// How a failure is told: the exit code, and the one JSON object on stderr. Pure; any thread.
//
// {"error": {"code", "message", "requestId", "httpStatus", "retryable", "path", "problems": [{"path", "message"}],
// "members": {...}}}: every member is always there; what is not known is null, [] or {}.

#pragma once

#include <string>

#include "aws/failure.h"
#include "base/result.h"

namespace aws_cli {

inline constexpr int kDone = 0;
inline constexpr int kBadLine = 252;           // of the command line, or the input
inline constexpr int kBadConfiguration = 253;  // no region, no credentials, a broken file
inline constexpr int kServiceError = 254;
inline constexpr int kFailed = 255;  // anything else: no answer, files of this machine

int exit_code(const aws::Failure& failure);
std::string report(const aws::Failure& failure);  // one line

// An error of this machine (a file, the archive of models) as a failure of that kind and code.
aws::Failure failure_of(const base::Error& error, aws::Failure::Kind kind, std::string code);

}  // namespace aws_cli

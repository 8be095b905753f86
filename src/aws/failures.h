// Makes failures of what went wrong below. Pure; any thread.

#pragma once

#include <string>
#include <vector>

#include "aws/failure.h"
#include "aws_model/model.h"
#include "base/result.h"
#include "net/http_client.h"

namespace aws {

[[nodiscard]] tl::unexpected<Failure> refuse(Failure::Kind kind, std::string code, std::string message,
                                             std::string detail = {});
[[nodiscard]] Failure failure_of(Failure::Kind kind, std::string code, base::Error error);

// A result of another module, as one of this one.
template <class T>
Result<T> lift(base::Result<T> result, Failure::Kind kind, const char* code) {
  if (!result) return tl::unexpected(failure_of(kind, code, std::move(result).error()));
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return std::move(*result);
}

// Everything that is wrong with an input.
[[nodiscard]] Failure failure_of(std::vector<aws_wire::Problem> problems);
[[nodiscard]] Failure failure_of(const net::HttpOutcome& outcome);
[[nodiscard]] Failure failure_of(aws_wire::ServiceError error, int http_status);

}  // namespace aws

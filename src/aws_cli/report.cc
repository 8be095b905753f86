#include "aws_cli/report.h"

#include "json/encode.h"

namespace aws_cli {
namespace {

json::Value text_or_null(const std::string& text) { return text.empty() ? json::Value() : json::Value(text); }

}  // namespace

int exit_code(const aws::Failure& failure) {
  switch (failure.kind) {
    case aws::Failure::Kind::kInput:
      return kBadLine;
    case aws::Failure::Kind::kConfiguration:
      return kBadConfiguration;
    case aws::Failure::Kind::kService:
      return kServiceError;
    case aws::Failure::Kind::kTransport:
      return kFailed;
  }
  return kFailed;
}

std::string report(const aws::Failure& failure) {
  json::Array problems;
  for (const aws_wire::Problem& each : failure.problems)
    problems.emplace_back(json::Object{{"path", each.path}, {"message", each.message}});
  json::Object error;
  error["code"] = failure.code;
  error["message"] = failure.message;
  error["requestId"] = text_or_null(failure.request_id);
  error["httpStatus"] = failure.http_status == 0 ? json::Value() : json::Value(failure.http_status);
  error["retryable"] = failure.retryable;
  error["path"] = failure.problems.empty() ? json::Value() : json::Value(failure.problems.front().path);
  error["problems"] = std::move(problems);
  error["members"] = failure.members;
  return json::encode(json::Value(json::Object{{"error", std::move(error)}})) + "\n";
}

aws::Failure failure_of(const base::Error& error, aws::Failure::Kind kind, std::string code) {
  aws::Failure failure;
  failure.kind = kind;
  failure.code = std::move(code);
  failure.message = error.message;
  failure.detail = error.detail;
  return failure;
}

}  // namespace aws_cli

#include "aws_credentials/role.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "aws_credentials/document.h"

namespace aws_credentials {

namespace {

constexpr std::chrono::seconds kChainedMax{3600};

bool is_role_session(const aws::Credentials& credentials) {
  static constexpr std::string_view kSources[] = {"assume-role", "web-identity", "sso", "container",
                                                  "instance-metadata"};
  return std::find(std::begin(kSources), std::end(kSources), credentials.source) != std::end(kSources);
}

json::Object input_of(const Asked& asked, const RoleRequest& request) {
  json::Object input;
  input["RoleArn"] = request.arn;
  const auto now = std::chrono::floor<std::chrono::seconds>(asked.parts.clock->now());
  input["RoleSessionName"] =
      request.session_name.empty() ? fmt::format("stewardry-{}", now.time_since_epoch().count()) : request.session_name;
  if (!request.policy.empty()) input["Policy"] = request.policy;
  if (!request.policy_arns.empty()) {
    json::Array arns;
    for (const std::string& arn : request.policy_arns) arns.push_back(json::Object{{"arn", arn}});
    input["PolicyArns"] = std::move(arns);
  }
  if (request.duration) input["DurationSeconds"] = request.duration->count();
  return input;
}

// arn:aws:sts::123456789012:assumed-role/name/session
std::string account_of(const json::Object& answer) {
  const json::Value* const user = answer.if_contains("AssumedRoleUser");
  if (user == nullptr || !user->is_object()) return "";
  const std::string arn = text_of(user->get_object(), "Arn").value_or("");
  std::size_t from = 0;
  for (int colon = 0; colon < 4; ++colon) {
    from = arn.find(':', from);
    if (from == std::string::npos) return "";
    ++from;
  }
  return arn.substr(from, arn.find(':', from) - from);
}

aws::Result<aws::Credentials> call_sts(const Asked& asked, const RoleRequest& request, std::string operation,
                                       json::Object input, const aws::Credentials* signer, std::string source) {
  const std::string what = fmt::format("{} of {} ({})", operation, request.arn, request.what);
  ServiceCall call;
  call.service = "sts";
  call.operation = std::move(operation);
  call.input = std::move(input);
  call.credentials = signer;
  call.deadline = asked.deadline;
  aws::Result<json::Value> answer = asked.parts.calls->call(call);
  if (!answer) return refuse_with(what, std::move(answer.error()));
  const json::Value* const given = answer->is_object() ? answer->get_object().if_contains("Credentials") : nullptr;
  if (given == nullptr || !given->is_object()) {
    return refuse("InvalidCredentialsDocument", what + ": the answer has no Credentials.");
  }
  aws::Credentials credentials = AWS_TRY(read_document(
      given->get_object(), {.token_name = "SessionToken", .lasting_allowed = false}, what, std::move(source)));
  credentials.account_id = account_of(answer->get_object());
  return credentials;
}

}  // namespace

aws::Result<aws::Credentials> assume(const Asked& asked, RoleRequest request, const aws::Credentials& source) {
  if (request.duration && is_role_session(source)) request.duration = std::min(*request.duration, kChainedMax);
  json::Object input = input_of(asked, request);
  if (!request.external_id.empty()) input["ExternalId"] = request.external_id;
  if (!request.source_identity.empty()) input["SourceIdentity"] = request.source_identity;
  return call_sts(asked, request, "AssumeRole", std::move(input), &source, "assume-role");
}

aws::Result<aws::Credentials> assume_with_web_identity(const Asked& asked, const WebIdentity& identity) {
  std::string token = AWS_TRY(read_small_file(identity.token_file, identity.role.what));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  if (token.empty()) {
    return refuse("WebIdentityToken",
                  fmt::format("{}: the token file {} is empty.", identity.role.what, identity.token_file));
  }
  json::Object input = input_of(asked, identity.role);
  input["WebIdentityToken"] = token;
  return call_sts(asked, identity.role, "AssumeRoleWithWebIdentity", std::move(input), nullptr, "web-identity");
}

}  // namespace aws_credentials

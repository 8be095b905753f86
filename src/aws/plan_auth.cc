// How a request is to be signed: what the endpoint's rules say comes first, then the operation, then the service.

#include <algorithm>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "aws/failures.h"
#include "aws/plan.h"

namespace aws {

namespace {

using Kind = Failure::Kind;

enum class Wanted : std::uint8_t { kNone, kSigV4, kSigV4a, kS3Express, kBearer, kUnknown };

Wanted wanted_of(std::string_view name) {
  if (name == "sigv4" || name == "aws.auth#sigv4") return Wanted::kSigV4;
  if (name == "sigv4a" || name == "aws.auth#sigv4a") return Wanted::kSigV4a;
  if (name == "sigv4-s3express") return Wanted::kS3Express;
  if (name == "bearer" || name == "smithy.api#httpBearerAuth") return Wanted::kBearer;
  if (name == "none" || name == "smithy.api#noAuth") return Wanted::kNone;
  return Wanted::kUnknown;
}

std::string token_variable(std::string_view signing_name) {
  std::string name = "AWS_BEARER_TOKEN_";
  for (const unsigned char c : signing_name) name += std::isalnum(c) != 0 ? static_cast<char>(std::toupper(c)) : '_';
  return name;
}

bool is_s3_name(std::string_view name) {
  return name == "s3" || name == "s3-outposts" || name == "s3-object-lambda" || name == "s3express";
}

std::span<const std::string_view> auth_list(const Plan& plan) {
  return plan.operation.auth.empty() ? plan.book.service.auth : plan.operation.auth;
}

bool lists(const Plan& plan, Wanted wanted) {
  return std::ranges::any_of(auth_list(plan), [&](std::string_view name) { return wanted_of(name) == wanted; });
}

Result<Auth> signed_by_keys(const Plan& plan, const aws_endpoint::AuthScheme* scheme) {
  const aws_model::Service& service = plan.book.service;
  Auth auth;
  auth.scheme = Scheme::kSigV4;
  if (scheme != nullptr) {
    auth.signing_name = scheme->signing_name;
    auth.signing_region = scheme->signing_region;
  }
  if (auth.signing_name.empty())
    auth.signing_name = service.signing_name.empty() ? service.endpoint_prefix : service.signing_name;
  if (auth.signing_region.empty()) auth.signing_region = plan.region == "aws-global" ? "us-east-1" : plan.region;
  auth.s3 = is_s3_name(auth.signing_name);
  return auth;
}

Result<Auth> signed_by_token(const Plan& plan, const aws_config::Config& config) {
  const aws_model::Service& service = plan.book.service;
  const std::string variable =
      token_variable(service.signing_name.empty() ? service.endpoint_prefix : service.signing_name);
  Auth auth;
  auth.scheme = Scheme::kBearer;
  auth.token = config.variable(variable).value_or("");
  if (auth.token.empty()) {
    return refuse(Kind::kConfiguration, "NoToken",
                  fmt::format("{} takes a bearer token; set {}.", service.name, variable));
  }
  return auth;
}

Result<Auth> refuse_scheme(const Plan& plan, Wanted wanted) {
  const std::string_view what =
      wanted == Wanted::kSigV4a ? "Signature Version 4A (multi-region access points)" : "a way of signing";
  return refuse(Kind::kInput, "AuthNotSupported",
                fmt::format("{} {} wants {}, which this client does not have.", plan.book.service.name,
                            plan.operation.name, what));
}

Result<Auth> auth_of_endpoint(const Plan& plan, const aws_endpoint::Endpoint& endpoint,
                              const aws_config::Config& config) {
  for (const aws_endpoint::AuthScheme& scheme : endpoint.auth_schemes) {
    switch (wanted_of(scheme.name)) {
      case Wanted::kSigV4:
        return signed_by_keys(plan, &scheme);
      case Wanted::kBearer:
        return signed_by_token(plan, config);
      case Wanted::kNone:
        return Auth{};
      case Wanted::kS3Express: {
        Auth auth = TRY(signed_by_keys(plan, &scheme));
        auth.bucket_session = true;
        return auth;
      }
      case Wanted::kSigV4a:
      case Wanted::kUnknown:
        break;
    }
  }
  return refuse_scheme(plan, wanted_of(endpoint.auth_schemes.front().name));
}

}  // namespace

Result<Auth> choose_auth(const Plan& plan, const aws_endpoint::Endpoint& endpoint, const Call& call,
                         const aws_config::Config& config) {
  if (!call.sign || plan.operation.no_auth || plan.notes.without_signature) return Auth{};
  if (lists(plan, Wanted::kBearer)) {
    // A token that is there is meant for this service: AWS's clients prefer it too.
    Result<Auth> auth = signed_by_token(plan, config);
    if (auth || !lists(plan, Wanted::kSigV4)) return auth;
  }
  if (!endpoint.auth_schemes.empty()) return auth_of_endpoint(plan, endpoint, config);
  for (const std::string_view name : auth_list(plan)) {
    const Wanted wanted = wanted_of(name);
    if (wanted == Wanted::kSigV4) return signed_by_keys(plan, nullptr);
    if (wanted == Wanted::kNone) return Auth{};
  }
  if (!auth_list(plan).empty()) return refuse_scheme(plan, wanted_of(auth_list(plan).front()));
  const std::string_view version = plan.book.service.signature_version;
  if (version == "bearer") return signed_by_token(plan, config);
  if (version == "v2") {
    return refuse(
        Kind::kInput, "AuthNotSupported",
        fmt::format("{} wants Signature Version 2, which this client does not have.", plan.book.service.name));
  }
  return signed_by_keys(plan, nullptr);
}

}  // namespace aws

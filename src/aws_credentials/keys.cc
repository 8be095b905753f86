#include "aws_credentials/keys.h"

#include <optional>
#include <string>

#include <fmt/format.h>

namespace aws_credentials {

Found from_environment(const Asked& asked) {
  const aws_config::Config& config = asked.config;
  const std::optional<std::string> key = config.variable("AWS_ACCESS_KEY_ID");
  const std::optional<std::string> secret = config.variable("AWS_SECRET_ACCESS_KEY");
  if (!key && !secret) return std::nullopt;
  if (!key || !secret) {
    return refuse("PartialCredentials", fmt::format("The environment has {0} and not {1}: set {1}, or unset {0}.",
                                                    key ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                                                    key ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"));
  }
  aws::Credentials credentials;
  credentials.keys.access_key_id = *key;
  credentials.keys.secret_access_key = base::Secret(*secret);
  std::optional<std::string> token = config.variable("AWS_SESSION_TOKEN");
  if (!token) token = config.variable("AWS_SECURITY_TOKEN");
  credentials.keys.session_token = base::Secret(token.value_or(""));
  credentials.account_id = config.variable("AWS_ACCOUNT_ID").value_or("");
  credentials.source = "environment";
  if (const std::optional<std::string> expires = config.variable("AWS_CREDENTIAL_EXPIRATION")) {
    credentials.expires = base::parse_time(*expires);
    if (!credentials.expires) {
      return refuse("InvalidConfiguration", "AWS_CREDENTIAL_EXPIRATION is not a time as 2026-11-24T05:47:44Z.");
    }
    if (*credentials.expires <= asked.parts.clock->now()) {
      return refuse("ExpiredCredentials",
                    "The credentials of the environment have expired (AWS_CREDENTIAL_EXPIRATION): set new ones.");
    }
  }
  return credentials;
}

Found from_keys(const Profile& profile) {
  const std::optional<std::string> key = profile.get("aws_access_key_id");
  const std::optional<std::string> secret = profile.get("aws_secret_access_key");
  if (!key && !secret) return std::nullopt;
  if (!key || !secret) {
    return refuse("PartialCredentials", fmt::format("There is {}, but no {} beside it.",
                                                    profile.place(key ? "aws_access_key_id" : "aws_secret_access_key"),
                                                    key ? "aws_secret_access_key" : "aws_access_key_id"));
  }
  aws::Credentials credentials;
  credentials.keys.access_key_id = *key;
  credentials.keys.secret_access_key = base::Secret(*secret);
  std::optional<std::string> token = profile.get("aws_session_token");
  if (!token) token = profile.get("aws_security_token");
  credentials.keys.session_token = base::Secret(token.value_or(""));
  credentials.account_id = profile.get("aws_account_id").value_or("");
  credentials.source = "profile";
  return credentials;
}

}  // namespace aws_credentials

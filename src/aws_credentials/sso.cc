#include "aws_credentials/sso.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "aws_credentials/document.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace aws_credentials {

namespace {

struct Login {
  std::string account_id, role_name, start_url, region;
  std::string session;        // empty: the older form
  std::string profile, what;  // for messages
  [[nodiscard]] std::string how() const {
    return session.empty() ? fmt::format("Log in with: aws sso login --profile {}", profile)
                           : fmt::format("Log in with: aws sso login --sso-session {}", session);
  }
};

// Of the session, where the profile names one; the profile may say the same, and nothing else.
aws::Result<std::string> shared_setting(const Profile& profile, const aws_config::Section* session,
                                        std::string_view session_name, const std::string& key) {
  std::optional<std::string> value = profile.get(key);
  if (session == nullptr) return value.value_or("");
  const auto found = session->find(key);
  if (found == session->end()) return value.value_or("");
  if (value && *value != found->second) {
    return refuse("InvalidConfiguration",
                  fmt::format("{} is not what [sso-session {}] says: leave it out.", profile.place(key), session_name));
  }
  return found->second;
}

aws::Result<Login> login_of(const Asked& asked, const Profile& profile) {
  Login login;
  login.profile = profile.name();
  login.session = profile.get("sso_session").value_or("");
  const aws_config::Section* session = nullptr;
  if (!login.session.empty()) {
    const auto& sessions = asked.config.file().sso_sessions;
    const auto found = sessions.find(login.session);
    if (found == sessions.end()) {
      return refuse("InvalidConfiguration",
                    fmt::format("{} names a section [sso-session {}] that is not in {}.", profile.place("sso_session"),
                                login.session, asked.config.config_path()));
    }
    session = &found->second;
  }
  struct Wanted {
    const char* key;
    std::string* into;
  };
  const Wanted all[] = {{"sso_account_id", &login.account_id},
                        {"sso_role_name", &login.role_name},
                        {"sso_start_url", &login.start_url},
                        {"sso_region", &login.region}};
  for (const Wanted& wanted : all) {
    *wanted.into = AWS_TRY(shared_setting(profile, session, login.session, wanted.key));
    if (wanted.into->empty()) {
      return refuse("InvalidConfiguration",
                    fmt::format("Profile \"{}\" asks for IAM Identity Center, but {} is missing.", profile.name(),
                                profile.place(wanted.key)));
    }
  }
  login.what = login.session.empty() ? fmt::format("IAM Identity Center (profile \"{}\")", profile.name())
                                     : fmt::format("IAM Identity Center ([sso-session {}])", login.session);
  return login;
}

aws::Result<std::string> cached_token(const Asked& asked, const Login& login) {
  const std::optional<std::string> home = asked.config.variable("HOME");
  if (!home) {
    return refuse("SsoTokenMissing", login.what + ": HOME is not set, so there is no ~/.aws/sso/cache to look into.");
  }
  const std::string path =
      fmt::format("{}/.aws/sso/cache/{}.json", *home,
                  base::hex(crypto::sha1(login.session.empty() ? login.start_url : login.session)));
  const aws::Result<std::string> text = read_small_file(path, login.what);
  if (!text) {
    return refuse("SsoTokenMissing", fmt::format("{}: there is no token in {}. {}", login.what, path, login.how()));
  }
  const json::Object document = AWS_TRY(parse_document(*text, login.what + ": " + path));
  const std::optional<std::string> token = text_of(document, "accessToken");
  std::string when = text_of(document, "expiresAt").value_or("");
  if (when.ends_with("UTC")) when.replace(when.size() - 3, 3, "Z");  // as older tools wrote it
  const std::optional<base::Time> expires = base::parse_time(when);
  if (!token || !expires) {
    return refuse("SsoTokenMissing",
                  fmt::format("{}: {} has no accessToken with an expiresAt. {}", login.what, path, login.how()));
  }
  if (*expires <= asked.parts.clock->now()) {
    return refuse("SsoTokenExpired", fmt::format("{}: the token in {} has expired. {}", login.what, path, login.how()));
  }
  return *token;
}

std::optional<base::Time> milliseconds_of(const json::Object& object, std::string_view name) {
  const json::Value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return base::Time(std::chrono::milliseconds(value->get_int64()));
}

}  // namespace

Found from_sso(const Asked& asked, const Profile& profile) {
  if (!profile.has("sso_account_id") && !profile.has("sso_role_name")) return std::nullopt;
  const Login login = AWS_TRY(login_of(asked, profile));
  ServiceCall call;
  call.service = "sso";
  call.operation = "GetRoleCredentials";
  call.input = {{"accountId", login.account_id},
                {"roleName", login.role_name},
                {"accessToken", AWS_TRY(cached_token(asked, login))}};
  call.region = login.region;
  call.deadline = asked.deadline;
  aws::Result<json::Value> answer = asked.parts.calls->call(call);
  if (!answer) {
    if (answer.error().http_status == 401 || answer.error().code == "UnauthorizedException") {
      return refuse("SsoTokenExpired",
                    fmt::format("{}: the token is not accepted any more. {}", login.what, login.how()));
    }
    return refuse_with(
        fmt::format("{}, GetRoleCredentials of role {} in account {}", login.what, login.role_name, login.account_id),
        std::move(answer.error()));
  }
  const json::Value* const role = answer->is_object() ? answer->get_object().if_contains("roleCredentials") : nullptr;
  if (role == nullptr || !role->is_object()) {
    return refuse("InvalidCredentialsDocument", login.what + ": the answer has no roleCredentials.");
  }
  const json::Object& given = role->get_object();
  const std::optional<std::string> key = text_of(given, "accessKeyId"), secret = text_of(given, "secretAccessKey"),
                                   token = text_of(given, "sessionToken");
  aws::Credentials credentials;
  credentials.expires = milliseconds_of(given, "expiration");
  if (!key || !secret || !token || !credentials.expires) {
    return refuse("InvalidCredentialsDocument", login.what + ": the answer's roleCredentials are not complete.");
  }
  credentials.keys.access_key_id = *key;
  credentials.keys.secret_access_key = base::Secret(*secret);
  credentials.keys.session_token = base::Secret(*token);
  credentials.account_id = login.account_id;
  credentials.source = "sso";
  return credentials;
}

}  // namespace aws_credentials

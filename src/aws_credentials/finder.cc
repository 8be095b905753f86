#include "aws_credentials/finder.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "aws_credentials/container.h"
#include "aws_credentials/instance_metadata.h"
#include "aws_credentials/keys.h"
#include "aws_credentials/process.h"
#include "aws_credentials/role.h"
#include "aws_credentials/sso.h"
#include "base/text.h"

namespace aws_credentials {

namespace {

aws::Result<std::optional<std::chrono::seconds>> duration_of(const Profile& profile) {
  const std::optional<std::string> text = profile.get("duration_seconds");
  if (!text) return std::optional<std::chrono::seconds>();
  int value = 0;
  const char* const end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || at != end || value < 900 || value > 43200) {
    return refuse("InvalidConfiguration",
                  profile.place("duration_seconds") + " must be a whole number from 900 to 43200.");
  }
  return std::optional(std::chrono::seconds(value));
}

class Finder {
 public:
  explicit Finder(const Asked& asked) : asked_(asked) {}

  aws::Result<aws::Credentials> find() {
    const aws_config::Config& config = asked_.config;
    const bool environment_counts = !config.profile_was_named();
    if (environment_counts) {
      if (Found found = from_environment(asked_); !found || *found) return given(std::move(found));
    }
    const Profile profile(config, config.profile());
    path_.push_back(profile.name());
    if (Found found = assumed(profile); !found || *found) return given(std::move(found));
    if (Found found = of_profile(profile, environment_counts); !found || *found) return given(std::move(found));
    if (Found found = from_container(asked_); !found || *found) return given(std::move(found));
    std::string why_not;
    if (Found found = from_instance_metadata(asked_, why_not); !found || *found) return given(std::move(found));
    return refuse(
        "NoCredentials",
        fmt::format("There are no credentials: neither in the environment (AWS_ACCESS_KEY_ID, "
                    "AWS_SECRET_ACCESS_KEY) nor in profile \"{}\" ({}); no container's; and instance metadata "
                    "{}. Set the variables, or fill the profile.",
                    profile.name(), config.config_path().empty() ? "no file is read" : config.config_path(), why_not));
  }

 private:
  static aws::Result<aws::Credentials> given(Found found) {
    if (!found) return tl::unexpected(std::move(found.error()));
    return std::move(**found);
  }

  // By source_profile or credential_source. A web identity comes without either, and has its own turn.
  Found assumed(const Profile& profile) {
    const std::optional<std::string> arn = profile.get("role_arn");
    if (!arn || profile.has("web_identity_token_file")) return std::nullopt;
    if (profile.has("mfa_serial")) {
      return refuse("MfaNotSupported", profile.place("mfa_serial") +
                                           " asks for a code of a device, and there is nobody who could be asked: "
                                           "take credentials of a session that was begun with the code.");
    }
    RoleRequest request;
    request.arn = *arn;
    request.what = profile.place("role_arn");
    request.external_id = profile.get("external_id").value_or("");
    request.session_name = profile.get("role_session_name").value_or("");
    request.duration = AWS_TRY(duration_of(profile));
    const aws::Credentials source = AWS_TRY(source_of(profile));
    return AWS_TRY(assume(asked_, std::move(request), source));
  }

  aws::Result<aws::Credentials> source_of(const Profile& profile) {
    const std::optional<std::string> source_profile = profile.get("source_profile");
    const std::optional<std::string> source = profile.get("credential_source");
    if (source_profile && source) {
      return refuse("InvalidConfiguration",
                    profile.place("source_profile") + " stands beside credential_source: leave one of them out.");
    }
    if (source) return of_named_source(profile, *source);
    if (source_profile) return of_source_profile(profile, *source_profile);
    return refuse("PartialCredentials", profile.place("role_arn") +
                                            " needs source_profile, credential_source or web_identity_token_file "
                                            "beside it: whose credentials assume the role.");
  }

  aws::Result<aws::Credentials> of_named_source(const Profile& profile, const std::string& source) {
    const std::string place = profile.place("credential_source");
    std::string why_not = "is not set";
    Found found = std::nullopt;
    if (base::equal_ignoring_case(source, "Environment")) {
      found = from_environment(asked_);
    } else if (base::equal_ignoring_case(source, "EcsContainer")) {
      found = from_container(asked_);
    } else if (base::equal_ignoring_case(source, "Ec2InstanceMetadata")) {
      found = from_instance_metadata(asked_, why_not);
    } else {
      return refuse("InvalidConfiguration", place + " must be Environment, EcsContainer or Ec2InstanceMetadata.");
    }
    if (found && !*found) {
      return refuse("NoCredentials", fmt::format("{} has no credentials: it {}.", place, why_not));
    }
    return given(std::move(found));
  }

  aws::Result<aws::Credentials> of_source_profile(const Profile& profile, const std::string& name) {
    const Profile source(asked_.config, name);
    const std::string place = profile.place("source_profile");
    if (!source.exists()) {
      return refuse("InvalidConfiguration", fmt::format("{} names profile \"{}\", which is not there.", place, name));
    }
    const bool has_keys = source.has("aws_access_key_id") || source.has("aws_secret_access_key");
    const bool seen = std::find(path_.begin(), path_.end(), name) != path_.end();
    // A profile may be its own source: its keys assume its role. Any other way back is a circle.
    if (seen && !(name == profile.name() && has_keys)) {
      path_.push_back(name);
      return refuse(
          "CircularRoles",
          fmt::format("The roles of the profiles go round in a circle ({}): {}. One of them needs credentials "
                      "of its own.",
                      place, fmt::join(path_, " -> ")));
    }
    path_.push_back(name);
    if (!has_keys) {
      if (Found found = assumed(source); !found || *found) return given(std::move(found));
    }
    Found found = of_profile(source, false);
    if (found && !*found) {
      return refuse("NoCredentials", fmt::format("{} names profile \"{}\", which has no credentials.", place, name));
    }
    return given(std::move(found));
  }

  // What a profile has without the help of another.
  Found of_profile(const Profile& profile, bool environment_counts) {
    if (Found found = of_web_identity(profile, environment_counts); !found || *found) return found;
    if (Found found = from_sso(asked_, profile); !found || *found) return found;
    if (Found found = from_keys(profile); !found || *found) return found;
    if (profile.has("login_session")) {
      return refuse("LoginNotSupported", profile.place("login_session") +
                                             ": sessions of `aws login` are not read here. Use IAM Identity "
                                             "Center (sso_session), credential_process, or keys.");
    }
    return from_process(asked_, profile);
  }

  Found of_web_identity(const Profile& profile, bool environment_counts) {
    const auto setting = [&](std::string_view variable, std::string_view key) {
      std::optional<std::string> value;
      if (environment_counts) value = asked_.config.variable(variable);
      return value ? value : profile.get(key);
    };
    const bool by_variable = environment_counts && asked_.config.variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    const std::optional<std::string> file = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    if (!file) return std::nullopt;
    WebIdentity identity;
    identity.token_file = *file;
    identity.role.what = by_variable ? "AWS_WEB_IDENTITY_TOKEN_FILE" : profile.place("web_identity_token_file");
    const std::optional<std::string> arn = setting("AWS_ROLE_ARN", "role_arn");
    if (!arn) {
      return refuse("InvalidConfiguration", identity.role.what + " needs a role: set AWS_ROLE_ARN or role_arn.");
    }
    identity.role.arn = *arn;
    identity.role.session_name = setting("AWS_ROLE_SESSION_NAME", "role_session_name").value_or("");
    identity.role.duration = AWS_TRY(duration_of(profile));
    return AWS_TRY(assume_with_web_identity(asked_, identity));
  }

  const Asked& asked_;
  std::vector<std::string> path_;  // profiles, from the one that was asked for
};

}  // namespace

aws::Result<aws::Credentials> find(const Asked& asked) { return Finder(asked).find(); }

}  // namespace aws_credentials

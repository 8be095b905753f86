// AWS's shared files (config and credentials) and environment, and what they say together for one profile. This module
// reads and decides; it calls nobody.
//
// The environment is a value that the caller gives: nothing here reads the process's own, so that a server with many
// sets of credentials, and a test, are their own masters.
//
//   Threads   any; values do not change once they are made.
//   Errors    kInvalid: a file that cannot be read as one (file, line, what), a profile that is not there, a setting
//             with a value that it cannot have. No message quotes a value, which may be a secret, unless it is the
//             name of a section.
//   Source    AWS SDKs and Tools Reference Guide, "Shared config and credentials files", "Settings reference".

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace aws_config {

using Environment = std::map<std::string, std::string, std::less<>>;
// With HOME of the user database where the process has none.
Environment environment_of_process();

inline constexpr std::size_t kFileBytesMax = 1024 * 1024;

// A section's settings; keys in lower case. A nested block (`s3 =` with indented lines) is "s3.addressing_style".
using Section = std::map<std::string, std::string, std::less<>>;

struct File {
  std::map<std::string, Section, std::less<>> profiles, sso_sessions, services;
};
// `credentials`: sections are profiles by their bare names. Else [profile x], [default], [sso-session x] and
// [services x]; other sections are left out. Sections of one name are one; of two settings the last counts.
base::Result<File> parse(std::string_view text, std::string_view file_name, bool credentials);

// What applies: both files as AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name them (else ~/.aws), absent ones
// being empty; the profile of `profile`, else AWS_PROFILE, else "default", which alone need not be there. Where both
// files know a setting of the profile, the credentials file wins.
class Config {
 public:
  static base::Result<Config> load(Environment environment, std::optional<std::string> profile = {});

  [[nodiscard]] const std::string& profile() const { return profile_; }
  // By the caller of load(), not by AWS_PROFILE: such a profile comes before credentials of the environment.
  [[nodiscard]] bool profile_was_named() const { return profile_was_named_; }
  [[nodiscard]] const Environment& environment() const { return environment_; }
  [[nodiscard]] const File& file() const { return file_; }
  [[nodiscard]] const Section* section(std::string_view profile) const;  // null: there is none
  [[nodiscard]] std::optional<std::string> variable(
      std::string_view name) const;                                              // of the environment; empty is absent
  [[nodiscard]] std::optional<std::string> setting(std::string_view key) const;  // of the profile; empty is absent
  // For messages: the file that a profile's setting stands in, or would.
  [[nodiscard]] const std::string& place_of(std::string_view profile, std::string_view key) const;
  [[nodiscard]] const std::string& config_path() const { return config_path_; }
  [[nodiscard]] const std::string& credentials_path() const { return credentials_path_; }

 private:
  Environment environment_;
  File file_;
  std::set<std::string, std::less<>> from_credentials_;  // profile, '\0', key
  std::string config_path_, credentials_path_;
  std::string profile_ = "default";
  bool profile_was_named_ = false;
};

// The settings of a client of one service. `service_id` is the model's ("Secrets Manager"); in the environment it is in
// upper case with '_' for blanks, in `services` sections in lower case with '_'.
struct Settings {
  std::string region;        // AWS_REGION, AWS_DEFAULT_REGION, region
  std::string endpoint_url;  // AWS_ENDPOINT_URL_<ID>, AWS_ENDPOINT_URL, services section, endpoint_url;
                             // AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
  bool fips = false, dual_stack = false;
  int attempts_max = 3;
  std::string retry_mode = "standard";
  std::string ca_bundle;
  std::string sts_regional_endpoints = "regional";
  std::string account_id_endpoint_mode = "preferred";
  std::string request_checksum_calculation = "when_supported", response_checksum_validation = "when_supported";
  bool request_compression = true;
  int request_compression_bytes_min = 10240;
  std::string s3_addressing_style = "auto";
  bool s3_use_arn_region = true, s3_use_accelerate = false, s3_disable_multi_region = false,
       s3_us_east_1_regional = false,  // as the stock clients: s3.amazonaws.com
      s3_no_express_session = false;
};
base::Result<Settings> settings_of(const Config& config, std::string_view service_id);

// Proxies, as every client of HTTP knows them: HTTP_PROXY (in lower case only, where REQUEST_METHOD says that this is a
// CGI, whose caller could set the other), HTTPS_PROXY, NO_PROXY. In lower case they come first, and an empty one says
// that there is none. NO_PROXY lists `*`, names with all that is below them, addresses and blocks of them, each with a
// port or without. Empty: none; else with its scheme.
std::string proxy_for(const Environment& environment, std::string_view scheme, std::string_view host, int port);

}  // namespace aws_config

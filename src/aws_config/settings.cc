#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "aws_config/config.h"
#include "base/text.h"

namespace aws_config {

namespace {

struct Found {
  std::string value;
  std::string name;  // of the variable or setting, and where it is, for a message
};

// One setting after the other, from the environment or from the profile.
class Reader {
 public:
  explicit Reader(const Config& config) : config_(config) {}

  [[nodiscard]] std::optional<Found> variable(std::string_view name) const {
    if (std::optional<std::string> value = config_.variable(name)) return Found{std::move(*value), std::string(name)};
    return std::nullopt;
  }
  [[nodiscard]] std::optional<Found> setting(std::string_view key) const {
    std::optional<std::string> value = config_.setting(key);
    if (!value) return std::nullopt;
    return Found{std::move(*value), fmt::format("{} of profile \"{}\" ({})", key, config_.profile(),
                                                config_.place_of(config_.profile(), key))};
  }
  [[nodiscard]] std::optional<Found> find(std::string_view variable, std::string_view key) const {
    if (std::optional<Found> found = this->variable(variable)) return found;
    return setting(key);
  }
  [[nodiscard]] std::optional<Found> find(std::string_view variable, std::string_view key, std::string_view nested) {
    if (std::optional<Found> found = find(variable, key)) return found;
    return setting(nested);
  }

 private:
  const Config& config_;
};

// Messages say what a value can be, and not what it is.
tl::unexpected<base::Error> bad(const Found& found, std::string_view wanted) {
  return base::fail(base::Code::kInvalid, fmt::format("{} must be {}.", found.name, wanted));
}

base::Result<void> take_bool(const std::optional<Found>& found, bool& into) {
  if (!found) return {};
  const bool yes = base::equal_ignoring_case(found->value, "true");
  if (!yes && !base::equal_ignoring_case(found->value, "false")) return bad(*found, "true or false");
  into = yes;
  return {};
}

base::Result<void> take_word(const std::optional<Found>& found, std::span<const std::string_view> words,
                             std::string& into) {
  if (!found) return {};
  const std::string lower = base::to_lower_ascii(found->value);
  if (std::find(words.begin(), words.end(), lower) == words.end()) {
    return bad(*found, fmt::format("one of {}", fmt::join(words, ", ")));
  }
  into = lower;
  return {};
}

base::Result<void> take_number(const std::optional<Found>& found, int least, int most, int& into) {
  if (!found) return {};
  int value = 0;
  const char* const end = found->value.data() + found->value.size();
  const auto [at, error] = std::from_chars(found->value.data(), end, value);
  if (error != std::errc() || at != end || value < least || value > most) {
    return bad(*found, fmt::format("a whole number from {} to {}", least, most));
  }
  into = value;
  return {};
}

bool is_host_label(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
  bool digits_only = true;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && c != '-' && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')) return false;
    digits_only = digits_only && digit;
  }
  return !digits_only;
}

bool is_endpoint_url(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string scheme = base::to_lower_ascii(url.substr(0, scheme_end));
  const std::string_view rest = url.substr(scheme_end + 3);
  const std::string_view authority = rest.substr(0, rest.find('/'));
  for (const char c : rest) {
    if (c == ' ' || c == '?' || c == '#' || c == '\\' || c == '\t' || base::has_control_character({&c, 1}))
      return false;
  }
  return (scheme == "http" || scheme == "https") && !authority.empty() && authority.front() != ':' &&
         authority.find('@') == std::string_view::npos;
}

std::string identifier_of(std::string_view service_id) {
  std::string identifier(service_id);
  for (char& c : identifier) {
    if (c == ' ' || c == '-') c = '_';
  }
  return identifier;
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

base::Result<std::optional<Found>> endpoint_of_services(const Config& config, const Reader& read,
                                                        const std::string& identifier) {
  const std::optional<Found> section = read.setting("services");
  if (!section) return std::optional<Found>();
  const auto services = config.file().services.find(section->value);
  if (services == config.file().services.end()) {
    return base::fail(base::Code::kInvalid, fmt::format("{} names a section [services ...] that is not in {}.",
                                                        section->name, config.config_path()));
  }
  const auto url = services->second.find(base::to_lower_ascii(identifier) + ".endpoint_url");
  if (url == services->second.end() || url->second.empty()) return std::optional<Found>();
  return std::optional<Found>(
      {url->second, fmt::format("{} of [services {}] ({})", url->first, services->first, config.config_path())});
}

base::Result<void> take_endpoint_url(const Config& config, const Reader& read, const std::string& identifier,
                                     Settings& settings) {
  bool ignored = false;
  TRY(take_bool(read.find("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"), ignored));
  if (ignored) return {};
  std::optional<Found> found = read.variable("AWS_ENDPOINT_URL_" + upper(identifier));
  if (!found) found = read.variable("AWS_ENDPOINT_URL");
  if (!found) found = TRY(endpoint_of_services(config, read, identifier));
  if (!found) found = read.setting("endpoint_url");
  if (!found) return {};
  if (!is_endpoint_url(found->value)) {
    return bad(*found, "a URL with http or https and a host, without user, query and fragment");
  }
  settings.endpoint_url = std::move(found->value);
  return {};
}

base::Result<void> take_s3(Reader& read, Settings& settings) {
  static constexpr std::string_view kStyles[] = {"auto", "virtual", "path"};
  static constexpr std::string_view kScopes[] = {"legacy", "regional"};
  TRY(take_word(read.setting("s3.addressing_style"), kStyles, settings.s3_addressing_style));
  TRY(take_bool(read.find("AWS_S3_USE_ARN_REGION", "s3_use_arn_region", "s3.use_arn_region"),
                settings.s3_use_arn_region));
  TRY(take_bool(read.setting("s3.use_accelerate_endpoint"), settings.s3_use_accelerate));
  TRY(take_bool(read.find("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "s3_disable_multiregion_access_points",
                          "s3.s3_disable_multiregion_access_points"),
                settings.s3_disable_multi_region));
  TRY(take_bool(read.find("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "s3_disable_express_session_auth"),
                settings.s3_no_express_session));
  std::string scope = settings.s3_us_east_1_regional ? "regional" : "legacy";
  TRY(take_word(read.find("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "s3_us_east_1_regional_endpoint",
                          "s3.us_east_1_regional_endpoint"),
                kScopes, scope));
  settings.s3_us_east_1_regional = scope == "regional";
  if (!read.variable("AWS_USE_DUALSTACK_ENDPOINT")) {
    TRY(take_bool(read.setting("s3.use_dualstack_endpoint"), settings.dual_stack));
  }
  return {};
}

}  // namespace

base::Result<Settings> settings_of(const Config& config, std::string_view service_id) {
  static constexpr std::string_view kRetryModes[] = {"legacy", "standard", "adaptive"};
  static constexpr std::string_view kScopes[] = {"legacy", "regional"};
  static constexpr std::string_view kAccountModes[] = {"preferred", "disabled", "required"};
  static constexpr std::string_view kChecksums[] = {"when_supported", "when_required"};
  Settings settings;
  Reader read(config);

  std::optional<Found> region = read.variable("AWS_REGION");
  if (!region) region = read.find("AWS_DEFAULT_REGION", "region");
  if (region) {
    if (!is_host_label(region->value)) return bad(*region, "the name of a region, as eu-central-1");
    settings.region = std::move(region->value);
  }
  TRY(take_endpoint_url(config, read, identifier_of(service_id), settings));
  TRY(take_bool(read.find("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"), settings.fips));
  TRY(take_bool(read.find("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"), settings.dual_stack));
  TRY(take_number(read.find("AWS_MAX_ATTEMPTS", "max_attempts"), 1, 1000, settings.attempts_max));
  TRY(take_word(read.find("AWS_RETRY_MODE", "retry_mode"), kRetryModes, settings.retry_mode));
  if (std::optional<Found> bundle = read.find("AWS_CA_BUNDLE", "ca_bundle")) {
    settings.ca_bundle = std::move(bundle->value);
  }
  TRY(take_word(read.find("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints"), kScopes,
                settings.sts_regional_endpoints));
  TRY(take_word(read.find("AWS_ACCOUNT_ID_ENDPOINT_MODE", "account_id_endpoint_mode"), kAccountModes,
                settings.account_id_endpoint_mode));
  TRY(take_word(read.find("AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation"), kChecksums,
                settings.request_checksum_calculation));
  TRY(take_word(read.find("AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation"), kChecksums,
                settings.response_checksum_validation));
  bool not_compressed = false;
  TRY(take_bool(read.find("AWS_DISABLE_REQUEST_COMPRESSION", "disable_request_compression"), not_compressed));
  settings.request_compression = !not_compressed;
  TRY(take_number(read.find("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "request_min_compression_size_bytes"), 0,
                  10485760, settings.request_compression_bytes_min));
  if (service_id.starts_with("S3")) TRY(take_s3(read, settings));
  return settings;
}

}  // namespace aws_config

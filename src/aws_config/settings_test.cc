#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "aws_config/config.h"

namespace aws_config {
namespace {

// A configuration out of a text: the file is in a folder of the test's own.
class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "aws-settings-XXXXXX").string();
    home_ = ::mkdtemp(pattern.data());
    file_ = (home_ / "config").string();
  }
  ~SettingsTest() override { std::filesystem::remove_all(home_); }

  base::Result<Settings> read(std::string_view text, Environment environment = {}, std::string_view service = "STS") {
    std::ofstream(file_, std::ios::binary) << text;
    environment["AWS_CONFIG_FILE"] = file_;
    const base::Result<Config> config = Config::load(std::move(environment));
    EXPECT_TRUE(config) << config.error().message;
    return settings_of(*config, service);
  }
  Settings settings(std::string_view text, Environment environment = {}, std::string_view service = "STS") {
    base::Result<Settings> made = read(text, std::move(environment), service);
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : Settings();
  }
  std::string error_of(std::string_view text, Environment environment = {}, std::string_view service = "STS") {
    const base::Result<Settings> made = read(text, std::move(environment), service);
    return made ? "none" : made.error().message;
  }

  std::filesystem::path home_;
  std::string file_;
};

TEST_F(SettingsTest, Defaults) {
  const Settings made = settings("");
  EXPECT_EQ(made.region, "");
  EXPECT_EQ(made.endpoint_url, "");
  EXPECT_EQ(made.attempts_max, 3);
  EXPECT_EQ(made.retry_mode, "standard");
  EXPECT_TRUE(made.request_compression);
  EXPECT_EQ(made.request_compression_bytes_min, 10240);
  EXPECT_FALSE(made.fips || made.dual_stack);
}

TEST_F(SettingsTest, RegionInItsOrder) {
  const std::string file = "[default]\nregion = of-file";
  EXPECT_EQ(settings(file).region, "of-file");
  EXPECT_EQ(settings(file, {{"AWS_DEFAULT_REGION", "of-default"}}).region, "of-default");
  EXPECT_EQ(settings(file, {{"AWS_DEFAULT_REGION", "of-default"}, {"AWS_REGION", "first"}}).region, "first");
  EXPECT_EQ(settings(file, {{"AWS_REGION", ""}}).region, "of-file");
}

TEST_F(SettingsTest, EndpointInItsOrder) {
  const std::string file =
      "[default]\nservices = local\nendpoint_url = http://file\n"
      "[services local]\nsecrets_manager =\n  endpoint_url = http://services\n";
  const auto url = [&](Environment environment, std::string_view service = "Secrets Manager") {
    return settings(file, std::move(environment), service).endpoint_url;
  };
  EXPECT_EQ(url({}, "STS"), "http://file");
  EXPECT_EQ(url({}), "http://services");
  EXPECT_EQ(url({{"AWS_ENDPOINT_URL", "http://all"}}), "http://all") << "the environment comes before the file";
  EXPECT_EQ(url({{"AWS_ENDPOINT_URL", "http://all"}, {"AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://one:4566/path"}}),
            "http://one:4566/path");
  EXPECT_EQ(url({{"AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://one"}}, "STS"), "http://file");
  EXPECT_EQ(url({{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}, {"AWS_ENDPOINT_URL", "http://all"}}), "");
  EXPECT_EQ(settings(file + "[default]\nignore_configured_endpoint_urls = TRUE").endpoint_url, "");
  EXPECT_EQ(settings("", {{"AWS_ENDPOINT_URL_APIGATEWAYV2", "https://[::1]:8443"}}, "ApiGatewayV2").endpoint_url,
            "https://[::1]:8443");
}

TEST_F(SettingsTest, EndpointsThatAreNone) {
  EXPECT_EQ(
      error_of("[default]\nservices = gone"),
      "services of profile \"default\" (" + file_ + ") names a section [services ...] that is not in " + file_ + ".");
  for (const char* const url : {"localhost:4566", "ftp://x", "http://", "http://:80", "http:///x", "http://u:p@h",
                                "http://h?x", "http://h#x", "http://a b", "://x"}) {
    EXPECT_EQ(error_of("", {{"AWS_ENDPOINT_URL", url}}),
              "AWS_ENDPOINT_URL must be a URL with http or https and a host, without user, query and fragment.")
        << url;
  }
  EXPECT_NE(
      error_of("[default]\nservices = l\n[services l]\nsts =\n endpoint_url = x").find("sts.endpoint_url of [serv"),
      std::string::npos);
}

struct Case {
  const char* variable;
  const char* setting;
  const char* good;
  const char* bad;
  bool (*holds)(const Settings&);
};

// Each setting: by the file, by the environment before the file, and named by the error where it cannot be.
TEST_F(SettingsTest, EachOne) {
  const Case cases[] = {
      {"AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", "True", "yes", [](const Settings& s) { return s.fips; }},
      {"AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", "true", "1",
       [](const Settings& s) { return s.dual_stack; }},
      {"AWS_MAX_ATTEMPTS", "max_attempts", "7", "0", [](const Settings& s) { return s.attempts_max == 7; }},
      {"AWS_RETRY_MODE", "retry_mode", "adaptive", "always",
       [](const Settings& s) { return s.retry_mode == "adaptive"; }},
      {"AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints", "legacy", "global",
       [](const Settings& s) { return s.sts_regional_endpoints == "legacy"; }},
      {"AWS_ACCOUNT_ID_ENDPOINT_MODE", "account_id_endpoint_mode", "required", "on",
       [](const Settings& s) { return s.account_id_endpoint_mode == "required"; }},
      {"AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation", "WHEN_REQUIRED", "never",
       [](const Settings& s) { return s.request_checksum_calculation == "when_required"; }},
      {"AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation", "when_required", "never",
       [](const Settings& s) { return s.response_checksum_validation == "when_required"; }},
      {"AWS_DISABLE_REQUEST_COMPRESSION", "disable_request_compression", "true", "no",
       [](const Settings& s) { return !s.request_compression; }},
      {"AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "request_min_compression_size_bytes", "0", "10485761",
       [](const Settings& s) { return s.request_compression_bytes_min == 0; }},
      {"AWS_REGION", "region", "eu-north-1", "a.b", [](const Settings& s) { return s.region == "eu-north-1"; }},
      {"AWS_CA_BUNDLE", "ca_bundle", "/x.pem", nullptr, [](const Settings& s) { return s.ca_bundle == "/x.pem"; }},
  };
  for (const Case& one : cases) {
    const std::string good = fmt::format("[default]\n{} = {}", one.setting, one.good);
    EXPECT_TRUE(one.holds(settings(good))) << one.setting;
    EXPECT_TRUE(one.holds(settings("", {{one.variable, one.good}}))) << one.variable;
    if (one.bad == nullptr) continue;
    const std::string bad = fmt::format("[default]\n{} = {}", one.setting, one.bad);
    EXPECT_TRUE(one.holds(settings(bad, {{one.variable, one.good}}))) << one.variable << " comes first";
    EXPECT_TRUE(error_of(bad).starts_with(fmt::format("{} of profile \"default\" ({}) must be ", one.setting, file_)))
        << error_of(bad);
    EXPECT_TRUE(error_of(good, {{one.variable, one.bad}}).starts_with(std::string(one.variable) + " must be "))
        << one.variable;
  }
}

TEST_F(SettingsTest, Numbers) {
  for (const char* const bad : {"3x", " 3 4", "-1", "99999999999999999999", "0x3", "1.5", "1001"}) {
    EXPECT_EQ(error_of("", {{"AWS_MAX_ATTEMPTS", bad}}), "AWS_MAX_ATTEMPTS must be a whole number from 1 to 1000.")
        << bad;
  }
}

TEST_F(SettingsTest, S3HasSettingsOfItsOwn) {
  const std::string file =
      "[default]\ns3 =\n  addressing_style = path\n  use_accelerate_endpoint = true\n  use_dualstack_endpoint = true\n"
      "  use_arn_region = false\n  us_east_1_regional_endpoint = regional\n"
      "  s3_disable_multiregion_access_points = true\ns3_disable_express_session_auth = true\n";
  const Settings s3 = settings(file, {}, "S3");
  EXPECT_EQ(s3.s3_addressing_style, "path");
  EXPECT_TRUE(s3.s3_use_accelerate && s3.dual_stack && s3.s3_disable_multi_region && s3.s3_us_east_1_regional);
  EXPECT_TRUE(s3.s3_no_express_session);
  EXPECT_FALSE(s3.s3_use_arn_region);
  EXPECT_FALSE(settings(file, {}, "SQS").dual_stack);
  const Settings by_environment = settings(file,
                                           {{"AWS_S3_USE_ARN_REGION", "true"},
                                            {"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "legacy"},
                                            {"AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "false"},
                                            {"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "false"},
                                            {"AWS_USE_DUALSTACK_ENDPOINT", "false"}},
                                           "S3");
  EXPECT_TRUE(by_environment.s3_use_arn_region);
  EXPECT_FALSE(by_environment.s3_us_east_1_regional || by_environment.dual_stack ||
               by_environment.s3_disable_multi_region || by_environment.s3_no_express_session);
  EXPECT_EQ(error_of("[default]\ns3 =\n  addressing_style = odd", {}, "S3"),
            "s3.addressing_style of profile \"default\" (" + file_ + ") must be one of auto, virtual, path.");
  EXPECT_EQ(error_of("[default]\ns3 =\n  addressing_style = odd", {}, "STS"), "none");
}

}  // namespace
}  // namespace aws_config

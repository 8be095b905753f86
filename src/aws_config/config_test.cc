#include "aws_config/config.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aws_config {
namespace {

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "aws-config-XXXXXX").string();
    home_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(home_ / ".aws");
  }
  ~ConfigTest() override { std::filesystem::remove_all(home_); }

  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(home_ / name, std::ios::binary) << text;
    return (home_ / name).string();
  }
  [[nodiscard]] Environment environment(Environment more = {}) const {
    more.emplace("HOME", home_.string());
    return more;
  }
  static Config load(Environment environment, std::optional<std::string> profile = {}) {
    base::Result<Config> config = Config::load(std::move(environment), std::move(profile));
    EXPECT_TRUE(config) << config.error().message;
    return config ? std::move(*config) : Config();
  }
  static std::string error_of(Environment environment, std::optional<std::string> profile = {}) {
    const base::Result<Config> config = Config::load(std::move(environment), std::move(profile));
    if (config) return "none";
    EXPECT_EQ(config.error().code, base::Code::kInvalid);
    return config.error().message;
  }

  std::filesystem::path home_;
};

TEST_F(ConfigTest, NothingThereIsNoError) {
  const Config config = load({});
  EXPECT_EQ(config.profile(), "default");
  EXPECT_FALSE(config.profile_was_named());
  EXPECT_EQ(config.section("default"), nullptr);
  EXPECT_EQ(config.setting("region"), std::nullopt);
  EXPECT_EQ(load(environment()).setting("region"), std::nullopt);
}

TEST_F(ConfigTest, BothFilesAtHomeAndCredentialsWin) {
  const std::string config_file = write(".aws/config", "[default]\nregion = a\nx = config\n[profile p]\ny = 1");
  const std::string credentials_file = write(".aws/credentials", "[default]\nx = credentials\n[q]\nz = 2");
  const Config config = load(environment());
  EXPECT_EQ(config.setting("region"), "a");
  EXPECT_EQ(config.setting("x"), "credentials");
  EXPECT_EQ(config.place_of("default", "x"), credentials_file);
  EXPECT_EQ(config.place_of("default", "region"), config_file);
  EXPECT_NE(config.section("p"), nullptr);
  EXPECT_NE(config.section("q"), nullptr);
  EXPECT_EQ(load(environment(), "q").setting("z"), "2");
  EXPECT_EQ(load(environment(), "q").setting("x"), std::nullopt) << "nothing is inherited from default";
}

TEST_F(ConfigTest, FilesByVariable) {
  write("c", "[default]\na = 1");
  write("k", "[default]\nb = 2");
  const Config config = load(environment({{"AWS_CONFIG_FILE", "~/c"}, {"AWS_SHARED_CREDENTIALS_FILE", home_ / "k"}}));
  EXPECT_EQ(config.setting("a"), "1");
  EXPECT_EQ(config.setting("b"), "2");
  EXPECT_EQ(config.config_path(), (home_ / "c").string());
  EXPECT_EQ(
      load(environment({{"AWS_CONFIG_FILE", "/dev/null"}, {"AWS_SHARED_CREDENTIALS_FILE", "/no/such"}})).setting("a"),
      std::nullopt);
  write(".aws/config", "[default]\na = home");
  EXPECT_EQ(load(environment({{"AWS_CONFIG_FILE", ""}})).setting("a"), "home") << "empty is absent";
}

TEST_F(ConfigTest, WhichProfile) {
  write(".aws/config", "[profile a]\nx = 1\n[profile b]\nx = 2\nempty =");
  EXPECT_EQ(load(environment({{"AWS_PROFILE", "a"}})).profile(), "a");
  EXPECT_FALSE(load(environment({{"AWS_PROFILE", "a"}})).profile_was_named());
  const Config named = load(environment({{"AWS_PROFILE", "a"}}), "b");
  EXPECT_EQ(named.setting("x"), "2");
  EXPECT_EQ(named.setting("empty"), std::nullopt);
  EXPECT_TRUE(named.profile_was_named());
  EXPECT_EQ(load(environment({{"AWS_PROFILE", ""}})).profile(), "default");
  EXPECT_EQ(load(environment({{"AWS_PROFILE", "default"}})).profile(), "default");
}

TEST_F(ConfigTest, AProfileThatIsNotThere) {
  write(".aws/config", "[profile a]\nx = 1\n[b]\nx = 2");
  const std::string files = "[profile b] in " + (home_ / ".aws/config").string() + " nor [b] in " +
                            (home_ / ".aws/credentials").string() + ".";
  EXPECT_EQ(error_of(environment(), "b"), "There is no profile \"b\" (asked for by name): neither " + files);
  EXPECT_EQ(error_of(environment({{"AWS_PROFILE", "b"}})),
            "There is no profile \"b\" (of AWS_PROFILE): neither " + files);
  EXPECT_EQ(error_of({{"AWS_PROFILE", "b"}}),
            "There is no profile \"b\" (of AWS_PROFILE): no file is read, as neither HOME nor AWS_CONFIG_FILE is set.");
}

TEST_F(ConfigTest, AFileThatIsBroken) {
  const std::string file = write(".aws/credentials", "[default\n");
  EXPECT_EQ(error_of(environment()), file + ", line 1: the name of the section does not end with ']'.");
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  EXPECT_EQ(error_of(environment()), file + ": cannot be read: Is a directory.");
}

TEST_F(ConfigTest, AFileWithoutAnEnd) {
  EXPECT_NE(error_of(environment({{"AWS_CONFIG_FILE", "/dev/zero"}})).find("at most"), std::string::npos);
}

TEST_F(ConfigTest, TheProcessHasAnEnvironment) {
  const Environment environment = environment_of_process();
  EXPECT_TRUE(environment.contains("HOME"));
  EXPECT_TRUE(environment.contains("PATH"));
}

}  // namespace
}  // namespace aws_config

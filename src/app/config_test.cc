#include "app/config.h"

#include <fstream>

#include <gtest/gtest.h>

#include "store/temp_folder.h"

namespace app {
namespace {

using base::Code;
using Values = std::vector<std::string>;

class ConfigTest : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    std::string file = folder.file("stewardry.toml");
    std::ofstream(file) << text;
    return file;
  }
  base::Result<Loaded> load(const std::string& toml = "") {
    return load_config(
        toml.empty() ? "" : write(toml),
        [this](const std::string& name) -> const char* {
          const auto found = environment.find(name);
          return found == environment.end() ? nullptr : found->second.c_str();
        },
        flags);
  }
  std::string refusal(const std::string& toml = "") {
    const base::Result<Loaded> loaded = load(toml);
    if (loaded) return "(accepted)";
    EXPECT_EQ(loaded.error().code, Code::kInvalid);
    return loaded.error().message;
  }
  static Values shown(const Config& config, std::string_view name) {
    for (const Setting& setting : settings())
      if (setting.name == name) return setting.show(config);
    ADD_FAILURE() << "no setting " << name;
    return {};
  }
  static std::string source(const Loaded& loaded, std::string_view name) {
    const auto found = loaded.sources.find(name);
    return found == loaded.sources.end() ? "default" : found->second;
  }

  store::TempFolder folder;
  std::map<std::string, std::string> environment, flags;
};

// A value of each setting that is not its default. A new setting needs a row.
const std::map<std::string, Values, std::less<>> kOther = {
    {"server.listen", {"[::1]:9001"}},
    {"server.tls_certificate", {"/etc/chain.pem"}},
    {"server.tls_key", {"/etc/key.pem"}},
    {"server.public_url", {"https://stewardry.example.org"}},
    {"access.callers", {"N:user:c0000000-0000-4000-8000-0000000000ca"}},
    {"server.hosts", {"a.example.org", "b.example.org"}},
    {"server.cors_origins", {"https://a.example.org", "https://b.example.org"}},
    {"server.event_loops", {"4"}},
    {"server.pool_threads", {"17"}},
    {"server.queue_max", {"99"}},
    {"server.connections_max", {"1234"}},
    {"server.header_timeout", {"61s"}},
    {"server.body_timeout", {"62s"}},
    {"server.idle_timeout", {"63s"}},
    {"server.write_timeout", {"64s"}},
    {"server.request_timeout", {"65s"}},
    {"server.drain_timeout", {"66s"}},
    {"store.cache_mb", {"7"}},
    {"log.level", {"warning"}},
    {"log.requests", {"false"}},
    {"audit.refusals", {"true"}},
    {"directory.kind", {"postgresql"}},
    {"directory.operators", {"N:user:6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10"}},
    {"platform.aws_account_id", {"210987654321"}},
    {"platform.principal_arn", {"arn:aws:iam::210987654321:role/x"}},
    {"databases.hosts", {"*.rds.amazonaws.com", "db-*.example.org"}},
    {"databases.iam_hosts", {"6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10=shop.*"}},
    {"databases.secret_prefix", {"databases/{workspaceId}/"}},
    {"databases.allow_local", {"true"}},
    {"databases.four_eyes", {"true"}},
    {"databases.workers", {"7"}},
    {"databases.run_timeout", {"67s"}},
    {"databases.tls_roots", {"/etc/rds.pem"}},
};

std::string environment_of(std::string_view setting) {
  std::string name = "STEWARDRY_";
  for (const char c : setting) name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(c)));
  return name;
}

TEST_F(ConfigTest, EverySettingIsTakenFromFileEnvironmentAndFlag) {
  for (const Setting& setting : settings()) {
    if (setting.is_secret) continue;  // not shown: below
    const std::string name(setting.name);
    const auto row = kOther.find(name);
    ASSERT_NE(row, kOther.end()) << name << " has no row in this test";
    ASSERT_NE(setting.show(Config{}), row->second) << name << ": the row must differ from the default";
    const std::size_t dot = name.find('.');
    std::string value;
    for (const std::string& each : row->second) value.append(value.empty() ? "" : ", ").append("\"" + each + "\"");
    if (setting.is_list) value = "[" + value + "]";

    const base::Result<Loaded> from_file =
        load(fmt::format("# a comment\n[{}]\n{} = {}\n", name.substr(0, dot), name.substr(dot + 1), value));
    ASSERT_TRUE(from_file) << from_file.error().message;
    EXPECT_EQ(setting.show(from_file->config), row->second) << name;
    EXPECT_EQ(source(*from_file, name), folder.file("stewardry.toml") + ":3");

    environment = {{environment_of(name), fmt::format("{}", fmt::join(row->second, ", "))}};
    const base::Result<Loaded> from_environment = load();
    ASSERT_TRUE(from_environment) << from_environment.error().message;
    EXPECT_EQ(setting.show(from_environment->config), row->second) << name;
    EXPECT_EQ(source(*from_environment, name), "environment " + environment_of(name));
    environment.clear();

    flags = {{name, row->second.front()}};
    const base::Result<Loaded> from_flag = load();
    ASSERT_TRUE(from_flag) << from_flag.error().message;
    EXPECT_EQ(setting.show(from_flag->config), Values{row->second.front()}) << name;
    flags.clear();
  }
}

TEST_F(ConfigTest, WhatIsShownIsTakenBack) {
  for (const Setting& setting : settings()) {
    if (setting.is_secret) continue;
    for (const Values& values : {setting.show(Config{}), kOther.at(std::string(setting.name))}) {
      Config config;
      EXPECT_EQ(setting.set(config, values), "") << setting.name << " " << fmt::format("{}", fmt::join(values, ","));
      EXPECT_EQ(setting.show(config), values) << setting.name;
    }
  }
}

TEST_F(ConfigTest, TheLaterSourceWins) {
  const std::string file = "[log]\nlevel = \"debug\"\n";
  EXPECT_EQ(source(*load(), "log.level"), "default");
  EXPECT_EQ(shown(load(file)->config, "log.level"), Values{"debug"});
  environment["STEWARDRY_LOG_LEVEL"] = "error";
  EXPECT_EQ(shown(load(file)->config, "log.level"), Values{"error"});
  flags["log.level"] = "warning";
  const Loaded loaded = load(file).value();
  EXPECT_EQ(shown(loaded.config, "log.level"), Values{"warning"});
  EXPECT_EQ(source(loaded, "log.level"), "command line");
  EXPECT_EQ(source(loaded, "log.requests"), "default");
}

TEST_F(ConfigTest, ASecretIsTakenAndNotShown) {
  const Loaded loaded = load("[directory]\nconnection = \"host=db password=hunter2\"\n").value();
  EXPECT_EQ(loaded.config.directory_connection.reveal(), "host=db password=hunter2");
  EXPECT_EQ(shown(loaded.config, "directory.connection"), Values{"(set)"});
}

TEST_F(ConfigTest, DevelopmentIsNoSetting) {
  environment["STEWARDRY_DEVELOPMENT"] = "true";
  EXPECT_FALSE(load()->config.development);
  EXPECT_NE(refusal("development = true\n").find("development is not a setting"), std::string::npos);
}

TEST_F(ConfigTest, EveryProblemOfAFileIsToldWithItsLine) {
  const std::string file = folder.file("stewardry.toml");
  const std::string story = refusal(
      "[server]\nlisten = \"nonsense\"\nevent_loops = 5\nevent_loop = 1\n[log]\nlevel = \"loud\"\nrequests = "
      "\"yes\"\n");
  for (const std::string& each :
       {file + ":2: server.listen must be ADDRESS:PORT",
        file + ":3: server.event_loops must be a whole number from 1 to 4",
        file + ":4: server.event_loop is not a setting", file + ":6: log.level must be one of",
        file + ":7: log.requests must be true or false"}) {
    EXPECT_NE(story.find(each), std::string::npos) << each << "\nin\n" << story;
  }
}

TEST_F(ConfigTest, WrongTypesAreToldWithTheirLine) {
  for (const std::string_view value :
       {"[\"a\", \"b\"]", "[]", "1.5", "2026-01-01", "[1.5]", "\"\"", "true", "-1", "0x"}) {
    const std::string story = refusal(fmt::format("[server]\npool_threads = {}\n", value));
    EXPECT_NE(story.find("stewardry.toml:2"), std::string::npos) << value << ": " << story;
  }
  EXPECT_NE(refusal("[server.listen]\nport = 1\n").find(":2: server.listen.port is not a setting"), std::string::npos);
}

TEST_F(ConfigTest, BrokenAndMissingFilesAreTold) {
  EXPECT_NE(refusal("[server\n").find("stewardry.toml:1:"), std::string::npos);
  EXPECT_NE(refusal("a = 1\na = 2\n").find("stewardry.toml:2:"), std::string::npos);
  const base::Result<Loaded> missing =
      load_config(folder.file("none.toml"), [](const std::string&) -> const char* { return nullptr; }, {});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("none.toml"), std::string::npos) << missing.error().message;
}

TEST_F(ConfigTest, BadValuesOfTheEnvironmentNameTheVariable) {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"STEWARDRY_SERVER_LISTEN", ":8080"},
                                                        {"STEWARDRY_SERVER_LISTEN", "8080"},
                                                        {"STEWARDRY_SERVER_QUEUE_MAX", "0"},
                                                        {"STEWARDRY_SERVER_QUEUE_MAX", "10x"},
                                                        {"STEWARDRY_SERVER_IDLE_TIMEOUT", "60"},
                                                        {"STEWARDRY_DIRECTORY_KIND", "mysql"},
                                                        {"STEWARDRY_DIRECTORY_OPERATORS", "ada"},
                                                        {"STEWARDRY_PLATFORM_AWS_ACCOUNT_ID", "12"}}) {
    environment = {{name, value}};
    EXPECT_NE(refusal().find("environment " + name), std::string::npos) << name;
  }
}

TEST_F(ConfigTest, AddressesToListenOn) {
  const auto listen = [&](const std::string& value) {
    flags = {{"server.listen", value}};
    const base::Result<Loaded> loaded = load();
    return loaded ? fmt::format("{} {}", loaded->config.server.address, loaded->config.server.port) : "(refused)";
  };
  EXPECT_EQ(listen("127.0.0.1:0"), "127.0.0.1 0");
  EXPECT_EQ(listen("[::1]:65535"), "::1 65535");
  for (const char* value :
       {"", ":80", "[]:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80 "})
    EXPECT_EQ(listen(value), "(refused)") << value;
}

TEST_F(ConfigTest, ListsOfTheEnvironmentAreSplitAtCommas) {
  environment["STEWARDRY_SERVER_HOSTS"] = " a.example.org ,, b.example.org,";
  EXPECT_EQ(load()->config.server.hosts, (Values{"a.example.org", "b.example.org"}));
  environment["STEWARDRY_SERVER_HOSTS"] = "";
  EXPECT_TRUE(load("[server]\nhosts = [\"c\"]\n")->config.server.hosts.empty()) << "an empty variable empties the list";
}

const std::string kIssuer =
    "[[issuer]]\nname = \"https://issuer.example.org\"\naudiences = [\"stewardry\"]\nalgorithms = [\"RS256\"]\n"
    "jwks_file = \"/etc/keys.json\"\n";

TEST_F(ConfigTest, IssuersAreRead) {
  const Config config = load(kIssuer +
                             "user_claim = \"custom:node\"\nuser_claim_is_uuid = true\ncognito_access_token = true\n"
                             "workspace_claim = \"w\"\ntrust_file = \"/etc/trust.pem\"\n[[issuer]]\nname = \"b\"\n"
                             "jwks_url = \"https://b.example.org/keys\"\n")
                            ->config;
  ASSERT_EQ(config.issuers.size(), 2U);
  EXPECT_EQ(config.issuers[0].name, "https://issuer.example.org");
  EXPECT_EQ(config.issuers[0].audiences, Values{"stewardry"});
  EXPECT_EQ(config.issuers[0].algorithms, Values{"RS256"});
  EXPECT_EQ(config.issuers[0].jwks_file, "/etc/keys.json");
  EXPECT_EQ(config.issuers[0].user_claim, "custom:node");
  EXPECT_EQ(config.issuers[0].workspace_claim, "w");
  EXPECT_EQ(config.issuers[0].trust_file, "/etc/trust.pem");
  EXPECT_TRUE(config.issuers[0].user_claim_is_uuid);
  EXPECT_TRUE(config.issuers[0].cognito_access_token);
  EXPECT_EQ(config.issuers[1].jwks_url, "https://b.example.org/keys");
  EXPECT_EQ(config.issuers[1].user_claim, "sub");
}

TEST_F(ConfigTest, MistakesInAnIssuerAreToldWithTheirLine) {
  EXPECT_NE(refusal(kIssuer + "audience = \"x\"\n").find(":6: audience is not a member of an issuer"),
            std::string::npos);
  EXPECT_NE(refusal(kIssuer + "user_claim = 3\n").find(":6: this must be a text"), std::string::npos);
  EXPECT_NE(refusal("[[issuer]]\naudiences = \"x\"\n").find(":2: this must be a list"), std::string::npos);
  EXPECT_NE(refusal("[[issuer]]\naudiences = [1]\n").find(":2: this must be a text"), std::string::npos);
  EXPECT_NE(refusal("issuer = \"x\"\n").find("[[issuer]]"), std::string::npos);
  EXPECT_NE(refusal("[issuer]\nname = \"x\"\n").find("[[issuer]]"), std::string::npos) << "single brackets";
}

class CheckTest : public ConfigTest {
 protected:
  CheckTest() {
    config.issuers.push_back({.name = "https://issuer.example.org",
                              .audiences = {"stewardry"},
                              .algorithms = {"RS256"},
                              .jwks_url = "https://issuer.example.org/keys"});
    config.platform.aws_account_id = "210987654321";
  }
  std::string problem() {
    const base::Result<void> checked = check_config(config);
    return checked ? "" : checked.error().message;
  }
  Config config;
};

TEST_F(CheckTest, ProductionNeedsAnIssuerAndThePlatformsAccount) {
  EXPECT_EQ(problem(), "");
  config.platform.aws_account_id.clear();
  EXPECT_NE(problem().find("platform.aws_account_id"), std::string::npos);
  config.issuers.clear();
  EXPECT_NE(problem().find("No issuer"), std::string::npos);
  config.development = true;
  EXPECT_EQ(problem(), "") << "development needs neither";
}

TEST_F(CheckTest, ProductionTrustsNoDevelopmentIssuer) {
  config.issuers.push_back({.name = std::string(identity::kLocalIssuerName)});
  EXPECT_NE(problem().find("development"), std::string::npos);
}

TEST_F(CheckTest, SettingsThatContradictEachOther) {
  config.server.tls.certificate_chain_file = "chain.pem";
  EXPECT_NE(problem().find("server.tls_key"), std::string::npos);
  config.server.tls.private_key_file = "key.pem";
  EXPECT_EQ(problem(), "");
  config.operators = {"N:user:6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10"};
  EXPECT_NE(problem().find("directory.operators"), std::string::npos);
  config.directory = DirectoryKind::kPostgres;
  EXPECT_NE(problem().find("directory.connection"), std::string::npos);
  config.directory_connection = base::Secret(std::string("host=db"));
  EXPECT_EQ(problem(), "");
}

}  // namespace
}  // namespace app

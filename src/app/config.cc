#include "app/config.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/ids.h"
#include "base/text.h"
#include "json/formats.h"

namespace app {
namespace {

using Values = std::vector<std::string>;

std::string read_whole(const std::string& text, std::int64_t least, std::int64_t most, std::int64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size() && out >= least && out <= most) return {};
  return fmt::format("must be a whole number from {} to {}", least, most);
}

std::string set_listen(Config& config, const Values& values) {
  const std::string& text = values.front();
  const std::size_t colon = text.rfind(':');
  std::int64_t port = 0;
  if (colon == std::string::npos || !read_whole(text.substr(colon + 1), 0, 65535, port).empty()) {
    return "must be ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080 (port 0: a free one)";
  }
  std::string address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (address.empty()) return "must name an address too: 0.0.0.0:8080 or [::]:8080 for every one";
  config.server.address = address;
  config.server.port = static_cast<std::uint16_t>(port);
  return {};
}

template <class T>
Setting whole(std::string_view name, std::string_view doc, T& (*field)(Config&), std::int64_t least,
              std::int64_t most) {
  return {.name = name,
          .doc = doc,
          .set =
              [=](Config& config, const Values& values) {
                std::int64_t number = 0;
                std::string problem = read_whole(values.front(), least, most, number);
                if (problem.empty()) field(config) = static_cast<T>(number);
                return problem;
              },
          .show = [=](const Config& config) { return Values{std::to_string(field(const_cast<Config&>(config)))}; }};
}

Setting text(std::string_view name, std::string_view doc, std::string& (*field)(Config&),
             const json::Format* format = nullptr) {
  return {.name = name,
          .doc = doc,
          .set =
              [=](Config& config, const Values& values) {
                if (format != nullptr && !values.front().empty() && !format->holds(values.front()))
                  return fmt::format("must be {}", format->story);
                field(config) = values.front();
                return std::string();
              },
          .show = [=](const Config& config) { return Values{field(const_cast<Config&>(config))}; }};
}

Setting list(std::string_view name, std::string_view doc, Values& (*field)(Config&),
             const json::Format* format = nullptr) {
  return {.name = name,
          .doc = doc,
          .is_list = true,
          .set =
              [=](Config& config, const Values& values) {
                for (const std::string& each : values) {
                  if (format != nullptr && !format->holds(each))
                    return fmt::format("{} must be {}", each, format->story);
                }
                field(config) = values;
                return std::string();
              },
          .show = [=](const Config& config) { return field(const_cast<Config&>(config)); }};
}

Setting duration(std::string_view name, std::string_view doc, std::chrono::milliseconds& (*field)(Config&)) {
  return {.name = name,
          .doc = doc,
          .set =
              [=](Config& config, const Values& values) {
                const std::optional<std::chrono::seconds> span = base::parse_duration(values.front());
                if (!span) return std::string("must be a duration in whole seconds, minutes or hours, such as 30s");
                field(config) = *span;
                return std::string();
              },
          .show =
              [=](const Config& config) {
                return Values{fmt::format("{}s", field(const_cast<Config&>(config)).count() / 1000)};
              }};
}

Setting flag(std::string_view name, std::string_view doc, bool& (*field)(Config&)) {
  return {.name = name,
          .doc = doc,
          .set =
              [=](Config& config, const Values& values) {
                if (values.front() != "true" && values.front() != "false") return std::string("must be true or false");
                field(config) = values.front() == "true";
                return std::string();
              },
          .show = [=](const Config& config) { return Values{field(const_cast<Config&>(config)) ? "true" : "false"}; }};
}

Setting log_level() {
  return {.name = "log.level",
          .doc = "The least level that is logged: debug, info, warning or error.",
          .set =
              [](Config& config, const Values& values) {
                const std::optional<base::LogLevel> level = base::parse_log_level(values.front());
                if (!level) return std::string("must be one of debug, info, warning, error");
                config.log_level = *level;
                return std::string();
              },
          .show =
              [](const Config& config) {
                static constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
                return Values{std::string(kNames[static_cast<std::size_t>(config.log_level)])};
              }};
}

Setting directory_kind() {
  return {.name = "directory.kind",
          .doc =
              "Where users, workspaces and teams are: sqlite (the data folder) or postgresql (the platform's own "
              "database).",
          .set =
              [](Config& config, const Values& values) {
                if (values.front() == "sqlite")
                  config.directory = DirectoryKind::kSqlite;
                else if (values.front() == "postgresql")
                  config.directory = DirectoryKind::kPostgres;
                else
                  return std::string("must be sqlite or postgresql");
                return std::string();
              },
          .show =
              [](const Config& config) {
                return Values{config.directory == DirectoryKind::kSqlite ? "sqlite" : "postgresql"};
              }};
}

Setting directory_connection() {
  return {
      .name = "directory.connection",
      .doc = "Of PostgreSQL, as libpq takes it (keyword/value or URI). Keep the password in a .pgpass or service file.",
      .is_secret = true,
      .set =
          [](Config& config, const Values& values) {
            config.directory_connection = base::Secret(values.front());
            return std::string();
          },
      .show = [](const Config& config) { return Values{config.directory_connection.empty() ? "" : "(set)"}; }};
}

bool is_arn(std::string_view value) { return value.starts_with("arn:"); }
const json::Format kArnFormat{"arn", "^arn:", is_arn, "an ARN"};

bool is_public_url(std::string_view value) {
  return (value.starts_with("https://") || value.starts_with("http://")) && !value.ends_with('/') &&
         value.find_first_of(" ?#\"<>") == std::string_view::npos;
}
const json::Format kPublicUrlFormat{"url", "^https?://", is_public_url,
                                    "an http or https URL without a slash at its end"};

Setting public_url() {
  return text(
      "server.public_url",
      "Where clients reach this server, as https://stewardry.example.org; empty: as each request names the host.",
      [](Config& c) -> std::string& { return c.public_url; }, &kPublicUrlFormat);
}

Setting access_callers() {
  return list(
      "access.callers",
      "Users, by id, who may ask about the access of others: service accounts that decide for an application.",
      [](Config& c) -> Values& { return c.access_callers; }, &json::kUserIdFormat);
}

Setting platform_account() {
  return text(
      "platform.aws_account_id", "The platform's own AWS account, which assumes the roles that users register.",
      [](Config& c) -> std::string& { return c.platform.aws_account_id; }, &json::kAwsAccountIdFormat);
}

Setting platform_principal() {
  return text(
      "platform.principal_arn", "The principal in trust policies; empty: the root of that account.",
      [](Config& c) -> std::string& { return c.platform.principal_arn; }, &kArnFormat);
}

}  // namespace

namespace {

// Without the id of the workspace in it, one tenant could name another's secrets; without the slash, those whose name
// only begins alike.
bool is_secret_prefix(std::string_view value) {
  return value.find("{workspaceId}") != std::string_view::npos && value.ends_with('/');
}
const json::Format kSecretPrefixFormat{"secret-prefix", "\\{workspaceId\\}.*/$", is_secret_prefix,
                                       "a prefix with {workspaceId} in it and a slash at its end, such as "
                                       "stewardry/{workspaceId}/"};

bool is_host_of_workspace(std::string_view value) {
  const std::size_t equals = value.find('=');
  return equals != std::string_view::npos && base::parse_uuid(value.substr(0, equals)) == value.substr(0, equals) &&
         equals + 1 < value.size();
}
const json::Format kHostOfWorkspaceFormat{
    "workspace-host", "^[0-9a-f-]{36}=.+$", is_host_of_workspace,
    "a workspace's uuid (lower case), an equals sign and a pattern of hosts, such as "
    "6f1c3e1e-0d0b-4e6a-9f57-0a3a2c1b7d10=shop.*.rds.amazonaws.com"};

std::vector<Setting> database_settings() {
  return {
      list(
          "databases.hosts",
          "Hosts that may be registered, as patterns (* for any characters), such as *.rds.amazonaws.com; empty: none.",
          [](Config& c) -> Values& { return c.databases.places.hosts; }),
      text(
          "databases.secret_prefix",
          "What the names of a workspace's secrets begin with, such as stewardry/{workspaceId}/ (the uuid); empty: no "
          "secrets.",
          [](Config& c) -> std::string& { return c.databases.places.secret_prefix; }, &kSecretPrefixFormat),
      list(
          "databases.iam_hosts",
          "Hosts that the server opens with its own identity of AWS, each for one workspace: UUID=PATTERN; empty: "
          "none.",
          [](Config& c) -> Values& { return c.databases.places.iam_hosts; }, &kHostOfWorkspaceFormat),
      flag("databases.allow_local",
           "Whether loopback addresses, Unix sockets and connections without TLS are allowed: true or false.",
           [](Config& c) -> bool& { return c.databases.places.allow_local; }),
      flag("databases.four_eyes",
           "Whether a plan is approved only by somebody else than the author of the spec: true or false.",
           [](Config& c) -> bool& { return c.databases.four_eyes; }),
      whole<int>(
          "databases.workers", "How many databases are worked on at once.",
          [](Config& c) -> int& { return c.database_workers.threads; }, 1, 64),
      duration("databases.run_timeout", "For one plan, application, rotation or check.",
               [](Config& c) -> std::chrono::milliseconds& { return c.database_workers.run_timeout; }),
      text(
          "databases.tls_roots",
          "PEM file of the authorities that databases' certificates are checked with (the RDS bundle); empty: as libpq "
          "finds them.",
          [](Config& c) -> std::string& { return c.database_tls_roots; }),
  };
}

std::vector<Setting> server_settings() {
  return {
      {.name = "server.listen",
       .doc = "Address and port; port 0 picks a free one.",
       .set = set_listen,
       .show =
           [](const Config& config) {
             const bool v6 = config.server.address.find(':') != std::string::npos;
             return Values{
                 fmt::format("{}{}{}:{}", v6 ? "[" : "", config.server.address, v6 ? "]" : "", config.server.port)};
           }},
      text("server.tls_certificate", "PEM file with the certificate chain; empty: plain HTTP.",
           [](Config& c) -> std::string& { return c.server.tls.certificate_chain_file; }),
      text("server.tls_key", "PEM file with the private key.",
           [](Config& c) -> std::string& { return c.server.tls.private_key_file; }),
      public_url(),
      list("server.hosts", "Allowed values of the Host header, without port; empty: any.",
           [](Config& c) -> Values& { return c.server.hosts; }),
      list("server.cors_origins", "Origins whose pages may call the API, or one *; empty: none.",
           [](Config& c) -> Values& { return c.cors_origins; }),
      whole<int>(
          "server.event_loops", "Threads that own the sockets.", [](Config& c) -> int& { return c.server.event_loops; },
          1, 4),
      whole<int>(
          "server.pool_threads", "Threads that run requests which may wait.",
          [](Config& c) -> int& { return c.server.pool_threads; }, 1, 256),
      whole<std::size_t>(
          "server.queue_max", "Requests that may wait for such a thread; one more is answered 503.",
          [](Config& c) -> std::size_t& { return c.server.queue_max; }, 1, 100'000),
      whole<std::size_t>(
          "server.connections_max", "Open connections; one more is answered 503.",
          [](Config& c) -> std::size_t& { return c.server.connections_max; }, 1, 1'000'000),
      duration("server.header_timeout", "For the header section of a request.",
               [](Config& c) -> std::chrono::milliseconds& { return c.server.header_timeout; }),
      duration("server.body_timeout", "For the body of a request.",
               [](Config& c) -> std::chrono::milliseconds& { return c.server.body_timeout; }),
      duration("server.idle_timeout", "Between the requests of a connection.",
               [](Config& c) -> std::chrono::milliseconds& { return c.server.idle_timeout; }),
      duration("server.write_timeout", "For an answer to be taken.",
               [](Config& c) -> std::chrono::milliseconds& { return c.server.write_timeout; }),
      duration("server.request_timeout", "For an answer to be made.",
               [](Config& c) -> std::chrono::milliseconds& { return c.server.request_timeout; }),
      duration("server.drain_timeout", "For what is in flight when the server stops.",
               [](Config& c) -> std::chrono::milliseconds& { return c.server.drain_timeout; }),
  };
}

std::vector<Setting> other_settings() {
  return {
      whole<int>(
          "store.cache_mb", "Memory for items of the state table that were read before; 0: none.",
          [](Config& c) -> int& { return c.store_cache_mb; }, 0, 65'536),
      log_level(),
      flag("log.requests", "Whether each request is logged: true or false.",
           [](Config& c) -> bool& { return c.access_log; }),
      flag("audit.refusals",
           "Whether refused requests are noted in the audit trail, each by a durable write: true or false.",
           [](Config& c) -> bool& { return c.audit_refusals; }),
      directory_kind(),
      directory_connection(),
      access_callers(),
      list(
          "directory.operators", "Operators of the platform, by user id, where the directory is PostgreSQL.",
          [](Config& c) -> Values& { return c.operators; }, &json::kUserIdFormat),
      platform_account(),
      platform_principal(),
  };
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> made = server_settings();
    for (Setting& each : other_settings()) made.push_back(std::move(each));
    for (Setting& each : database_settings()) made.push_back(std::move(each));
    return made;
  }();
  return all;
}

namespace {

std::string environment_name(std::string_view setting) {
  std::string name = "STEWARDRY_";
  for (const char c : setting)
    name.push_back(c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
  return name;
}

Values split(std::string_view text) {
  Values values;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (const std::string_view trimmed = base::trim(part); !trimmed.empty()) values.emplace_back(trimmed);
  }
  return values;
}

}  // namespace

base::Result<Loaded> load_config(const std::string& file, const Environment& environment,
                                 const std::map<std::string, std::string>& flags) {
  Loaded loaded;
  internal::FileContents contents;
  if (!file.empty()) contents = TRY(internal::read_config_file(file));
  loaded.config.issuers = std::move(contents.issuers);
  std::vector<base::FieldError> problems;
  const auto apply = [&](const Setting& setting, const Given& given) {
    if (given.values.empty() && !setting.is_list) return;
    const std::string problem = setting.set(loaded.config, given.values);
    if (!problem.empty())
      problems.push_back({std::string(setting.name), fmt::format("{}: {} {}", given.source, setting.name, problem)});
    loaded.sources[std::string(setting.name)] = given.source;
  };
  for (const Setting& setting : settings()) {
    const std::string name(setting.name);
    if (const auto found = contents.settings.find(name); found != contents.settings.end()) {
      if (!setting.is_list && found->second.values.size() != 1) {
        problems.push_back({name, fmt::format("{}: {} must be one value, not a list", found->second.source, name)});
      } else {
        apply(setting, found->second);
      }
      contents.settings.erase(found);
    }
    const std::string variable = environment_name(name);
    if (const char* value = environment(variable); value != nullptr) {
      apply(setting, {setting.is_list ? split(value) : Values{value}, "environment " + variable});
    }
    if (const auto flag = flags.find(name); flag != flags.end()) apply(setting, {Values{flag->second}, "command line"});
  }
  for (const auto& [name, given] : contents.settings) {
    problems.push_back(
        {name, fmt::format("{}: {} is not a setting; `stewardry config reference` lists them", given.source, name)});
  }
  if (problems.empty()) return loaded;
  base::Error error(base::Code::kInvalid, problems.front().message);
  for (std::size_t i = 1; i < problems.size(); ++i) error.message.append("\n").append(problems[i].message);
  error.fields = std::move(problems);
  return base::fail(std::move(error));
}

base::Result<void> check_config(const Config& config) {
  const auto refuse = [](std::string message) { return base::fail(base::Code::kInvalid, std::move(message)); };
  if (config.server.tls.certificate_chain_file.empty() != config.server.tls.private_key_file.empty()) {
    return refuse("server.tls_certificate and server.tls_key go together: give both, or neither.");
  }
  if (config.directory == DirectoryKind::kPostgres && config.directory_connection.empty()) {
    return refuse("directory.kind is postgresql, and directory.connection says nothing.");
  }
  if (config.directory == DirectoryKind::kSqlite && !config.operators.empty()) {
    return refuse(
        "directory.operators is for directory.kind = postgresql; with sqlite the imported directory names the "
        "operators.");
  }
  for (const identity::Issuer& issuer : config.issuers) {
    if (!config.development && issuer.name == identity::kLocalIssuerName) {
      return refuse(fmt::format("The issuer {} is for development; production does not trust it.", issuer.name));
    }
  }
  if (config.development) return {};
  if (config.issuers.empty()) {
    return refuse(
        "No issuer of tokens is configured, so nobody could be let in. Give --config with an [[issuer]] that has a "
        "name, audiences, "
        "algorithms and jwks_url or jwks_file; or start with --development to accept tokens of `stewardry token`.");
  }
  if (config.platform.aws_account_id.empty()) {
    return refuse("platform.aws_account_id is not set; it stands in the trust policy of every registered account.");
  }
  return {};
}

}  // namespace app

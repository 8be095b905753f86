#include "aws_config/config.h"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "base/descriptor.h"

namespace aws_config {

namespace {

// One byte more than a file may have is enough for parse() to refuse it.
base::Result<std::string> read_file(const std::string& path) {
  const auto fail = [&](int error) {
    return base::fail(base::Code::kInvalid,
                      fmt::format("{}: cannot be read: {}.", path, std::generic_category().message(error)));
  };
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::string();
    return fail(errno);
  }
  std::string text;
  std::array<char, 16 * 1024> room{};
  while (text.size() <= kFileBytesMax) {
    const ssize_t got = ::read(file.number(), room.data(), room.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno);
    if (got == 0) break;
    text.append(room.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::string path_of(const Config& config, std::string_view variable, std::string_view name_at_home) {
  const std::string home = config.variable("HOME").value_or("");
  if (const std::optional<std::string> named = config.variable(variable)) {
    return named->starts_with("~/") && !home.empty() ? home + named->substr(1) : *named;
  }
  return home.empty() ? "" : fmt::format("{}/.aws/{}", home, name_at_home);
}

std::string key_of(std::string_view profile, std::string_view key) {
  return std::string(profile).append(1, '\0').append(key);
}

}  // namespace

Environment environment_of_process() {
  Environment environment;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const std::size_t equals = entry.find('=');
    if (equals != std::string_view::npos) environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  if (!environment.contains("HOME")) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> room{};
    if (::getpwuid_r(::getuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr) {
      environment.emplace("HOME", found->pw_dir);
    }
  }
  return environment;
}

base::Result<Config> Config::load(Environment environment, std::optional<std::string> profile) {
  Config config;
  config.environment_ = std::move(environment);
  config.config_path_ = path_of(config, "AWS_CONFIG_FILE", "config");
  config.credentials_path_ = path_of(config, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  if (!config.config_path_.empty()) {
    config.file_ = TRY(parse(TRY(read_file(config.config_path_)), config.config_path_, false));
  }
  if (!config.credentials_path_.empty()) {
    File credentials = TRY(parse(TRY(read_file(config.credentials_path_)), config.credentials_path_, true));
    for (auto& [name, section] : credentials.profiles) {
      Section& merged = config.file_.profiles[name];
      for (auto& [key, value] : section) {
        config.from_credentials_.insert(key_of(name, key));
        merged.insert_or_assign(key, std::move(value));
      }
    }
  }
  config.profile_was_named_ = profile && !profile->empty();
  const std::optional<std::string> named =
      config.profile_was_named_ ? std::move(profile) : config.variable("AWS_PROFILE");
  if (!named) return config;
  config.profile_ = *named;
  if (*named != "default" && config.section(*named) == nullptr) {
    const std::string where = config.config_path_.empty()
                                  ? "no file is read, as neither HOME nor AWS_CONFIG_FILE is set"
                                  : fmt::format("neither [profile {}] in {} nor [{}] in {}", *named,
                                                config.config_path_, *named, config.credentials_path_);
    return base::fail(base::Code::kInvalid,
                      fmt::format("There is no profile \"{}\" ({}): {}.", *named,
                                  config.profile_was_named_ ? "asked for by name" : "of AWS_PROFILE", where));
  }
  return config;
}

const Section* Config::section(std::string_view profile) const {
  const auto found = file_.profiles.find(profile);
  return found == file_.profiles.end() ? nullptr : &found->second;
}

std::optional<std::string> Config::variable(std::string_view name) const {
  const auto found = environment_.find(name);
  if (found == environment_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::optional<std::string> Config::setting(std::string_view key) const {
  const Section* const section = this->section(profile_);
  if (section == nullptr) return std::nullopt;
  const auto found = section->find(key);
  if (found == section->end() || found->second.empty()) return std::nullopt;
  return found->second;
}

const std::string& Config::place_of(std::string_view profile, std::string_view key) const {
  return from_credentials_.contains(key_of(profile, key)) ? credentials_path_ : config_path_;
}

}  // namespace aws_config

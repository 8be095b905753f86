// What a deployment can set, and where each value came from: the default, the TOML file, the environment (STEWARDRY_
// and the setting's name in capitals with '_' for '.'), or a flag; the later wins. docs/operate/configuration.md is
// made from the same table (`stewardry config reference`).
//
// Errors: kInvalid, with the file, the line and the name of what is wrong; every problem of a file at once. A Config is
// a plain value; read-only once loaded.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/context.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "databases/databases.h"
#include "databases/workers.h"
#include "identity/local_issuer.h"
#include "identity/verifier.h"
#include "net/server.h"

namespace app {

enum class DirectoryKind { kSqlite, kPostgres };

struct Config {
  std::string data_folder;
  bool development = false;  // by flag alone: no file and no environment switches it on
  net::ServerOptions server;
  int store_cache_mb = 32;  // 0: none
  bool access_log = true;
  bool audit_refusals = false;
  base::LogLevel log_level = base::LogLevel::kInfo;
  std::vector<std::string> cors_origins;
  DirectoryKind directory = DirectoryKind::kSqlite;
  base::Secret directory_connection;
  std::vector<std::string> operators;
  std::vector<std::string> access_callers;
  std::string public_url;  // empty: as each request names the host
  api::Platform platform;
  databases::Options databases;
  databases::WorkersOptions database_workers;
  std::string database_tls_roots;  // a PEM file; empty: as libpq finds them
  std::vector<identity::Issuer> issuers;
};

// One value as text or list, and where it stands.
struct Given {
  std::vector<std::string> values;
  std::string source;  // "default", "FILE:LINE", "environment STEWARDRY_...", "--listen"
};

struct Setting {
  std::string_view name;  // "server.listen"
  std::string_view doc;
  bool is_list = false;
  bool is_secret = false;
  // Puts the values into the config; gives what is wrong with them, or nothing.
  std::function<std::string(Config&, const std::vector<std::string>&)> set;
  std::function<std::vector<std::string>(const Config&)> show;
};

const std::vector<Setting>& settings();

using Environment = std::function<const char*(const std::string& name)>;

struct Loaded {
  Config config;
  std::map<std::string, std::string, std::less<>> sources;  // by the setting's name; absent: the default
};

// `file` may be empty. `flags` are settings by name.
base::Result<Loaded> load_config(const std::string& file, const Environment& environment,
                                 const std::map<std::string, std::string>& flags);

// What must hold before the server starts: kInvalid says what is missing in production, or contradicts itself.
base::Result<void> check_config(const Config& config);

namespace internal {
struct FileContents {
  std::map<std::string, Given> settings;
  std::vector<identity::Issuer> issuers;
};
// config_file.cc, the one place that knows TOML.
base::Result<FileContents> read_config_file(const std::string& file);
}  // namespace internal

}  // namespace app

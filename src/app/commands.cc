#include "app/commands.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "app/application.h"
#include "app/data_folder.h"
#include "app/offline_trail.h"
#include "app/terminal.h"
#include "audit/import_notes.h"
#include "base/ids.h"
#include "catalog/snapshot.h"
#include "catalog/sqlite_directory.h"
#include "identity/local_issuer.h"

namespace app {
namespace {

constexpr int kOk = 0;
constexpr int kUsage = 2;
constexpr std::chrono::seconds kPatience{30};

Environment environment() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes the environment
  return [](const std::string& name) { return std::getenv(name.c_str()); };
}

base::Result<Loaded> load(const ServeArguments& arguments) {
  Loaded loaded = TRY(load_config(arguments.config_file, environment(), arguments.flags));
  loaded.config.data_folder = arguments.data;
  loaded.config.development = arguments.development;
  return loaded;
}

base::Result<void> note(const base::Result<std::unique_ptr<OfflineTrail>>& trail, std::string_view details) {
  if (!trail) return {};
  return (*trail)->note("directory.import", "directory", details);
}

}  // namespace

int serve(const ServeArguments& arguments) {
  block_signals();
  base::Result<Loaded> loaded = load(arguments);
  if (!loaded) return print_error(loaded.error());
  base::Result<std::unique_ptr<Application>> application = Application::open(std::move(loaded->config));
  if (!application) return print_error(application.error());
  const base::Result<void> served = (*application)->serve();
  return served ? kOk : print_error(served.error());
}

int import_directory(const std::string& data, const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    fmt::print(stderr, "stewardry: {} cannot be read.\n", file);
    return 1;
  }
  const std::string document((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  const base::Deadline deadline = base::Deadline::after(kPatience);
  if (const base::Result<void> made = make_data_folder(data); !made) return print_error(made.error());
  base::Result<std::unique_ptr<catalog::SqliteDirectory>> directory =
      catalog::SqliteDirectory::open(data, {}, deadline);
  if (!directory) return print_error(directory.error());
  const base::Result<std::unique_ptr<OfflineTrail>> trail = OfflineTrail::open(data);
  if (!trail && trail.error().code != base::Code::kConflict) return print_error(trail.error());
  if (!trail)
    fmt::print(stderr,
               "stewardry: a server is at work here, so this import is not in the audit trail; PUT /directory is.\n");
  if (const base::Result<void> noted = note(trail, audit::import_begun(document)); !noted)
    return print_error(noted.error());
  const base::Result<catalog::ImportReport> report = catalog::import(**directory, document, deadline);
  const base::Result<void> noted =
      note(trail, report ? audit::import_done(json::encode(*report)) : audit::import_failed(report.error()));
  if (!noted) print_error(noted.error());  // what was imported stands; that it began is on record
  if (!report) {
    fmt::print(stderr, "stewardry: {} was not imported, and nothing was changed.\n", file);
    return (print_error(report.error()), 1);
  }
  fmt::print("{}\n", json::encode(*report));
  return kOk;
}

int issue_token(const std::string& data, const std::string& user, const std::string& workspace,
                const std::string& lifetime) {
  const std::optional<std::string> user_id = base::parse_id(base::IdKind::kUser, user);
  const std::optional<std::string> workspace_id = base::parse_id(base::IdKind::kWorkspace, workspace);
  const std::optional<std::chrono::seconds> span = base::parse_duration(lifetime);
  if (!user_id || !span || (!workspace.empty() && !workspace_id)) {
    fmt::print(stderr, "stewardry: {}\n",
               !user_id ? "--user must be a user id, N:user:<uuid>."
               : !span  ? "--lifetime must be a duration, such as 90s, 15m, 1h or 7d."
                        : "--workspace must be a workspace id, N:organization:<uuid>.");
    return kUsage;
  }
  if (const base::Result<void> made = make_data_folder(data); !made) return print_error(made.error());
  base::SystemEntropy entropy;
  base::Result<std::unique_ptr<identity::LocalIssuer>> issuer = identity::LocalIssuer::open(data, entropy);
  if (!issuer) return print_error(issuer.error());
  const std::optional<std::string_view> in_workspace =
      workspace_id ? std::optional<std::string_view>(*workspace_id) : std::nullopt;
  const base::Result<std::string> token = (*issuer)->issue(*user_id, in_workspace, base::SystemClock().now(), *span);
  if (!token) return print_error(token.error());
  fmt::print("{}\n", *token);
  return kOk;
}

int config_check(const ServeArguments& arguments) {
  const base::Result<Loaded> loaded = load(arguments);
  if (!loaded) return print_error(loaded.error());
  for (const Setting& setting : settings()) {
    const auto source = loaded->sources.find(setting.name);
    fmt::print("{:<28} {:<40} {}\n", setting.name, fmt::format("{}", fmt::join(setting.show(loaded->config), ", ")),
               source == loaded->sources.end() ? "default" : source->second);
  }
  for (const identity::Issuer& issuer : loaded->config.issuers) {
    fmt::print("{:<28} {:<40} {}\n", "issuer", issuer.name, arguments.config_file);
  }
  const base::Result<void> checked = check_config(loaded->config);
  return checked ? kOk : print_error(checked.error());
}

int print_openapi() {
  std::string folder = (std::filesystem::temp_directory_path() / "stewardry-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    fmt::print(stderr, "stewardry: no temporary folder can be made.\n");
    return 1;
  }
  int exit_code = kOk;
  {
    Config config;
    config.data_folder = folder;
    config.development = true;
    base::Result<std::unique_ptr<Application>> application = Application::open(std::move(config));
    if (application)
      fmt::print("{}\n", (*application)->openapi());
    else
      exit_code = print_error(application.error());
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return exit_code;
}

int config_reference() {
  const Config defaults;
  fmt::print("| setting | default | what it is |\n|---|---|---|\n");
  for (const Setting& setting : settings()) {
    fmt::print("| `{}` | `{}` | {} |\n", setting.name, fmt::join(setting.show(defaults), ", "), setting.doc);
  }
  return kOk;
}

}  // namespace app

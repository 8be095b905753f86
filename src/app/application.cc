#include "app/application.h"

#include <algorithm>

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include "api/context.h"
#include "api/refusals.h"
#include "api/views.h"
#include "app/data_folder.h"
#include "app/database_runner.h"
#include "app/janitor.h"
#include "app/listers.h"
#include "base/entropy.h"
#include "base/ids.h"
#include "catalog/snapshot.h"
#include "catalog/sqlite_directory.h"
#include "catalog_postgres/postgres_directory.h"
#include "databases/workers.h"
#include "http/service.h"
#include "identity/local_issuer.h"
#include "net/client.h"
#include "store/cached_table.h"
#include "store/sqlite_table.h"

namespace app {
namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;
constexpr std::chrono::seconds kOpenWithin{10};
// The AWS documentation's example account, so that development needs no configuration.
constexpr std::string_view kDevelopmentAccount = "111122223333";

constexpr std::string_view kApiDescription =
    "Stewardry is the control plane of an organisation that runs many tenants on many cloud accounts. Every path is "
    "served at the root and "
    "below `/compute/resources`. Errors are problem documents (RFC 9457).";

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

base::Result<std::string> fetch_keys(const identity::Issuer& issuer, base::Deadline deadline) {
  net::FetchOptions options;
  options.trust_file = issuer.trust_file;
  const net::Response response = TRY(net::fetch(issuer.jwks_url, options, deadline));
  if (response.status != 200) {
    return base::fail(base::Code::kUnavailable, "The issuer's key set cannot be had now.",
                      fmt::format("{} answered {}", issuer.jwks_url, response.status));
  }
  return response.body;
}

// As identity gives them: settings may write an id in capitals.
std::vector<std::string> canonical_users(const std::vector<std::string>& ids) {
  std::vector<std::string> canonical;
  for (const std::string& id : ids) canonical.push_back(base::parse_id(base::IdKind::kUser, id).value_or(id));
  return canonical;
}

class StandardApplication final : public Application {
 public:
  explicit StandardApplication(Config config)
      : config_(std::move(config)), log_(clock_, config_.log_level, base::Logger::to_stderr()) {}

  base::Result<void> open() {
    if (config_.development && config_.platform.aws_account_id.empty())
      config_.platform.aws_account_id = kDevelopmentAccount;
    TRY(make_data_folder(config_.data_folder));
    lock_.emplace(TRY(FolderLock::take(config_.data_folder)));
    TRY(open_stores());
    TRY(open_identity());
    trail_.emplace(*table_, TRY(audit_key(config_.data_folder, entropy_)), clock_, entropy_, &metrics_);
    TRY(trail_->load(base::Deadline::after(kOpenWithin)));
    build_domain(TRY(cursor_key(config_.data_folder, entropy_)));
    return {};
  }

  base::Result<void> serve() override {
    workers_.emplace(*databases_, clock_, entropy_, log_, metrics_, config_.database_workers,
                     [this](const operations::Operation& ended) { api::publish_end(*context_, ended); });
    context_->database_work = [this] { workers_->kick(); };
    server_ = TRY(net::Server::start(config_.server, *service_, log_, metrics_));
    Janitor janitor(*context_, metrics_);
    const bool v6 = config_.server.address.find(':') != std::string::npos;
    const std::string url =
        fmt::format("{}://{}{}{}:{}", config_.server.tls.certificate_chain_file.empty() ? "http" : "https",
                    v6 ? "[" : "", config_.server.address, v6 ? "]" : "", server_->port());
    std::optional<ServerFile> server_file(TRY(ServerFile::write(config_.data_folder, url)));
    log_.info("serving", {{"url", url}, {"data", config_.data_folder}, {"development", config_.development}});
    const sigset_t signals = stop_signals();
    int signal = 0;
    sigwait(&signals, &signal);
    log_.info("stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    server_file.reset();
    server_->stop();
    server_.reset();
    workers_.reset();
    log_.info("stopped");
    return {};
  }

  [[nodiscard]] std::string openapi() const override { return http::openapi(router_, service_options()); }

 private:
  base::Result<void> open_stores() {
    const std::string file = (std::filesystem::path(config_.data_folder) / store::kDataFileName).string();
    if (const std::optional<store::Rebuilt> built = TRY(store::build_missing_listings(file, lister())); built) {
      if (built->items > 0) log_.info("listings built", {{"items", built->items}, {"listed", built->listed_items}});
    }
    table_ = TRY(store::open_sqlite_table({.file = file, .metrics = &metrics_, .log = &log_}));
    if (config_.store_cache_mb > 0) {
      table_ = std::make_unique<store::CachedTable>(
          std::move(table_), static_cast<std::size_t>(config_.store_cache_mb) * kMegabyte, &metrics_);
    }
    if (config_.directory == DirectoryKind::kPostgres) {
      directory_ = TRY(catalog_postgres::PostgresDirectory::make(
          {.conninfo = config_.directory_connection, .operators = config_.operators, .registry = &metrics_}));
      return {};
    }
    auto embedded = TRY(catalog::SqliteDirectory::open(config_.data_folder, {.registry = &metrics_},
                                                       base::Deadline::after(kOpenWithin)));
    embedded_directory_ = embedded.get();
    directory_ = std::move(embedded);
    return {};
  }

  base::Result<void> open_identity() {
    identity::VerifierOptions options;
    options.issuers = config_.issuers;
    if (config_.development) {
      issuer_ = TRY(identity::LocalIssuer::open(config_.data_folder, entropy_));
      options.issuers.push_back(issuer_->as_issuer());
    }
    verifier_ = TRY(identity::Verifier::make(std::move(options), fetch_keys, clock_, log_, metrics_));
    return {};
  }

  [[nodiscard]] http::ServiceOptions service_options() const {
    http::ServiceOptions options;
    options.cors_origins = config_.cors_origins;
    // On the event loop only where nothing can wait for the network: neither the directory nor an issuer's key set.
    options.inline_points = config_.directory == DirectoryKind::kSqlite &&
                            std::none_of(config_.issuers.begin(), config_.issuers.end(),
                                         [](const identity::Issuer& issuer) { return !issuer.jwks_url.empty(); });
    options.access_log = config_.access_log;
    options.description = kApiDescription;
    return options;
  }

  void build_domain(base::Secret cursor_key) {
    cursors_.emplace(std::move(cursor_key));
    engine_.emplace(*directory_);
    accounts_.emplace(*table_, *engine_, *trail_, clock_, entropy_);
    operations_.emplace(*table_, *trail_, clock_, entropy_);
    nodes_.emplace(*table_, *accounts_, *operations_, *engine_, *trail_, clock_, entropy_);
    operations_->register_target(std::string(nodes::Nodes::kTargetType), *nodes_);
    account_deletion_.emplace(*table_, *accounts_, *nodes_, log_);
    database_runner_ = make_database_runner(config_, clock_, entropy_);
    databases_.emplace(*table_, *operations_, *engine_, *trail_, clock_, entropy_, *database_runner_,
                       config_.databases);
    operations_->register_target(std::string(databases::kTargetType), *databases_);
    context_.emplace(api::Context{*table_,
                                  *directory_,
                                  *engine_,
                                  *accounts_,
                                  *nodes_,
                                  *account_deletion_,
                                  *operations_,
                                  *databases_,
                                  *trail_,
                                  feed_,
                                  *cursors_,
                                  clock_,
                                  log_,
                                  config_.platform,
                                  canonical_users(config_.access_callers),
                                  config_.public_url,
                                  {},
                                  &metrics_});
    if (embedded_directory_ != nullptr) {
      context_->import_directory = [this](std::string_view document,
                                          base::Deadline deadline) -> base::Result<std::string> {
        return json::encode(TRY(catalog::import(*embedded_directory_, document, deadline)));
      };
    }
    api::add_routes(router_, *context_);
    http::ServiceOptions options = service_options();
    if (config_.audit_refusals) {
      options.on_refused = api::note_refusals(*trail_, log_);
      options.inline_points = false;  // a refusal is a durable write, and an event loop must not wait for the disk
    }
    service_.emplace(std::move(options), router_, *verifier_, clock_, entropy_, log_, metrics_,
                     [this](base::Deadline deadline) { return ready(deadline); });
  }

  base::Result<void> ready(base::Deadline deadline) {
    TRY(table_->get({"ready", "ready"}, deadline));
    return directory_->ping(deadline);
  }

  Config config_;
  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  base::Registry metrics_;
  base::Logger log_;
  std::optional<FolderLock> lock_;
  std::unique_ptr<store::Table> table_;
  std::unique_ptr<catalog::Directory> directory_;
  catalog::SqliteDirectory* embedded_directory_ = nullptr;  // directory_, where it is that one
  std::unique_ptr<identity::LocalIssuer> issuer_;
  std::unique_ptr<identity::Verifier> verifier_;
  std::optional<http::CursorSealer> cursors_;
  std::optional<authz::Engine> engine_;
  std::optional<audit::Trail> trail_;
  std::optional<accounts::Accounts> accounts_;
  std::optional<operations::Operations> operations_;
  std::optional<nodes::Nodes> nodes_;
  std::optional<nodes::AccountDeletion> account_deletion_;
  std::unique_ptr<databases::Runner> database_runner_;
  std::optional<databases::Databases> databases_;
  operations::Feed feed_;
  std::optional<api::Context> context_;
  http::Router router_{{"", "/compute/resources"}};
  std::optional<http::Service> service_;
  std::optional<databases::Workers> workers_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace

void block_signals() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

base::Result<std::unique_ptr<Application>> Application::open(Config config) {
  TRY(check_config(config));
  auto application = std::make_unique<StandardApplication>(std::move(config));
  TRY(application->open());
  return std::unique_ptr<Application>(std::move(application));
}

}  // namespace app

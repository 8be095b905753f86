#include "app/database_runner.h"

#include <fmt/format.h>

#include "aws_config/config.h"
#include "databases/pg_runner.h"
#include "pg_secrets/aws.h"
#include "pg_secrets/stores.h"

namespace app {
namespace {

// A token is signed for the region of the database, wherever the server itself is.
aws_config::Environment in_region(aws_config::Environment environment, const std::string& region) {
  if (!region.empty()) environment["AWS_REGION"] = region;
  return environment;
}

// Owns what it calls AWS with.
class AwsStore final : public pg_run::SecretStore {
 public:
  AwsStore(aws_config::Environment environment, const base::Clock& clock, base::Entropy& entropy)
      : aws_(std::move(environment), clock, entropy), stores_(aws_.caller()) {}

  base::Result<std::optional<pg_run::Held>> current(const pg_run::Slot& slot) override { return stores_.current(slot); }
  base::Result<std::optional<pg_run::Held>> pending(const pg_run::Slot& slot) override { return stores_.pending(slot); }
  base::Result<void> put_pending(const pg_run::Slot& slot, const pg_run::Held& held) override {
    return stores_.put_pending(slot, held);
  }
  base::Result<void> publish(const pg_run::Slot& slot, const pg_run::Held& held) override {
    return stores_.publish(slot, held);
  }

 private:
  pg_secrets::Aws aws_;
  pg_secrets::Stores stores_;
};

class AwsKeyring final : public databases::Keyring {
 public:
  AwsKeyring(const base::Clock& clock, base::Entropy& entropy) : clock_(clock), entropy_(entropy) {}

  base::Result<base::Secret> password(const databases::Database& database, bool, base::Deadline deadline) override {
    const databases::Credentials& credentials = database.credentials;
    if (credentials.kind == databases::CredentialsKind::kIam) return login_token(database, database.user, deadline);
    pg_secrets::Aws aws(environment_, clock_, entropy_);
    return aws.password_in(fmt::format("{}:{}", json::name_of(credentials.kind), credentials.name));
  }
  base::Result<base::Secret> login_token(const databases::Database& database, const std::string& login,
                                         base::Deadline) override {
    pg_secrets::Aws aws(in_region(environment_, region_of(database.host)), clock_, entropy_);
    return aws.login_token(database.host, std::to_string(database.port), login);
  }
  std::unique_ptr<pg_run::SecretStore> secrets(const databases::Database&, base::Deadline) override {
    return std::make_unique<AwsStore>(environment_, clock_, entropy_);
  }

 private:
  const aws_config::Environment environment_ = aws_config::environment_of_process();
  const base::Clock& clock_;
  base::Entropy& entropy_;
};

class OwningRunner final : public databases::Runner {
 public:
  OwningRunner(const Config& config, const base::Clock& clock, base::Entropy& entropy)
      : keyring_(clock, entropy),
        runner_(keyring_, entropy, {config.databases.places.allow_local, config.database_tls_roots}) {}

  base::Result<databases::SpecFacts> read_spec(std::string_view text) override { return runner_.read_spec(text); }
  base::Result<databases::Report> plan(const databases::Database& database, std::string_view spec,
                                       base::Deadline deadline) override {
    return runner_.plan(database, spec, deadline);
  }
  base::Result<databases::Report> check(const databases::Database& database, std::string_view spec,
                                        base::Deadline deadline) override {
    return runner_.check(database, spec, deadline);
  }
  base::Result<databases::Report> apply(const databases::Database& database, std::string_view spec,
                                        const databases::Approved& approved, base::Deadline deadline) override {
    return runner_.apply(database, spec, approved, deadline);
  }
  base::Result<databases::Report> rotate(const databases::Database& database, std::string_view spec,
                                         const std::string& login, base::Deadline deadline) override {
    return runner_.rotate(database, spec, login, deadline);
  }

 private:
  AwsKeyring keyring_;
  databases::PgRunner runner_;
};

}  // namespace

std::string region_of(std::string_view host) {
  const std::size_t end = host.find(".rds.amazonaws.com");
  if (end == std::string_view::npos) return {};
  const std::string_view before = host.substr(0, end);
  const std::size_t dot = before.rfind('.');
  return dot == std::string_view::npos ? std::string() : std::string(before.substr(dot + 1));
}

std::unique_ptr<databases::Runner> make_database_runner(const Config& config, const base::Clock& clock,
                                                        base::Entropy& entropy) {
  return std::make_unique<OwningRunner>(config, clock, entropy);
}

}  // namespace app

#include "db_cli/connect.h"

#include <fmt/format.h>

#include "pg/conninfo.h"

namespace db_cli {
namespace {

constexpr std::string_view kPortDefault = "5432";

struct Address {
  std::string host, port, user;
};

std::string variable(const World& world, std::string_view name) {
  const auto found = world.environment.find(name);
  return found == world.environment.end() ? "" : found->second;
}

base::Result<Address> address_of(const pg::Settings& settings, const World& world) {
  const pg::Conninfo conninfo = TRY(pg::conninfo_of(settings));
  const auto option = [&](std::string_view name, std::string_view in_environment) {
    const auto found = conninfo.options.find(name);
    return found == conninfo.options.end() ? variable(world, in_environment) : found->second;
  };
  Address address{option("host", "PGHOST"), option("port", "PGPORT"), option("user", "PGUSER")};
  if (address.port.empty()) address.port = kPortDefault;
  if (address.host.empty() || address.user.empty())
    return base::fail(base::Code::kInvalid,
                      "A token of IAM is signed for a host and a login: name both, with --dsn or PGHOST and PGUSER.");
  return address;
}

base::Result<void> refuse_password(const std::string& dsn) {
  pg::Settings settings;
  settings.dsn = dsn;
  const pg::Conninfo conninfo = TRY(pg::conninfo_of(settings));
  if (!conninfo.options.contains("password")) return {};
  return base::fail(
      base::Code::kInvalid,
      "There is a password in the address, and whoever lists this machine's processes, or reads the shell's "
      "history, sees it: leave it out, and keep it in .pgpass, a service file, PGPASSWORD, or name "
      "--password-from secretsmanager:NAME.");
}

base::Result<std::chrono::milliseconds> span_of(const std::optional<std::string>& text, std::string_view option,
                                                std::chrono::milliseconds otherwise) {
  if (!text) return otherwise;
  const std::optional<std::chrono::seconds> span = base::parse_duration(*text);
  if (span) return std::chrono::milliseconds(*span);
  return base::fail(base::Code::kInvalid, fmt::format("{} takes a time such as 5s or 2m.", option));
}

}  // namespace

base::Result<pg_run::Target> target_of(const Asked& asked, const World& world, pg_secrets::Aws& aws) {
  pg_run::Target target;
  if (asked.dsn) {
    TRY(refuse_password(*asked.dsn));
    target.settings.dsn = *asked.dsn;
  }
  if (asked.ca_bundle) target.settings.keywords["sslrootcert"] = *asked.ca_bundle;
  if (asked.iam && asked.password_from)
    return base::fail(base::Code::kInvalid, "A login has a token or a password: --iam, or --password-from.");
  target.lock_timeout = TRY(span_of(asked.lock_timeout, "--lock-timeout", target.lock_timeout));
  target.run_lock_timeout = TRY(span_of(asked.run_lock_timeout, "--run-lock-timeout", target.run_lock_timeout));
  if (asked.timeout) target.deadline = base::Deadline::after(TRY(span_of(asked.timeout, "--timeout", {})));
  target.effective_access = !asked.no_access;
  if (asked.password_from) {
    target.password = [&aws, place = *asked.password_from](bool) { return aws.password_in(place); };
  }
  if (asked.iam) {
    const Address address = TRY(address_of(target.settings, world));
    // A new one for each connection would be as good; one holds for 15 minutes, and costs nothing to make.
    target.password = [&aws, address](bool) { return aws.login_token(address.host, address.port, address.user); };
  }
  target.login_token = [&aws, &world,
                        settings = target.settings](const std::string& login) -> base::Result<base::Secret> {
    pg::Settings own = settings;
    own.keywords["user"] = login;
    const Address address = TRY(address_of(own, world));
    return aws.login_token(address.host, address.port, login);
  };
  return target;
}

}  // namespace db_cli

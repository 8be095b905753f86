// The runner over pg_run: connects to the database that a registration names, as its user, with a password that the
// Keyring has. What the registration names has been checked by the domain (databases/places.h); here it is kept from
// meaning more than it says: everything that libpq would look for elsewhere (password and service files) is switched
// off, and the host is resolved here, once, so that the address that was looked at is the address that is connected to.
//
//   Threads   any.

#pragma once

#include <memory>
#include <string>

#include "base/entropy.h"
#include "databases/runner.h"
#include "pg_run/run.h"

namespace databases {

// The passwords: of the server for the databases, and of the databases' logins. Any thread.
class Keyring {
 public:
  virtual ~Keyring() = default;
  // As whom the registration connects. `refused`: what was given the last time did not do; look again.
  virtual base::Result<base::Secret> password(const Database& database, bool refused, base::Deadline deadline) = 0;
  // A token of IAM for a login of the database.
  virtual base::Result<base::Secret> login_token(const Database& database, const std::string& login,
                                                 base::Deadline deadline) = 0;
  // Where the logins' passwords go: Secrets Manager and SSM alone. Null: nowhere.
  virtual std::unique_ptr<pg_run::SecretStore> secrets(const Database& database, base::Deadline deadline) = 0;
};

struct PgRunnerOptions {
  bool allow_local = false;
  std::string tls_roots;  // a PEM file; empty: as libpq finds them
};

class PgRunner final : public Runner {
 public:
  PgRunner(Keyring& keyring, base::Entropy& entropy, PgRunnerOptions options)
      : keyring_(keyring), entropy_(entropy), options_(std::move(options)) {}

  base::Result<SpecFacts> read_spec(std::string_view text) override;
  base::Result<Report> plan(const Database& database, std::string_view spec, base::Deadline deadline) override;
  base::Result<Report> check(const Database& database, std::string_view spec, base::Deadline deadline) override;
  base::Result<Report> apply(const Database& database, std::string_view spec, const Approved& approved,
                             base::Deadline deadline) override;
  base::Result<Report> rotate(const Database& database, std::string_view spec, const std::string& login,
                              base::Deadline deadline) override;

 private:
  base::Result<pg_run::Target> target(const Database& database, base::Deadline deadline) const;

  Keyring& keyring_;
  base::Entropy& entropy_;
  const PgRunnerOptions options_;
};

// Why what is left of an approved plan may not be run: an empty text where it may, because each of its statements stood
// in the report that was approved.
std::string why_not_approved(const pg_plan::Plan& left, std::string_view approved_report);

}  // namespace databases

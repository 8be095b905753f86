#include "pg_run/passwords.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "crypto/scram.h"

namespace pg_run {
namespace {

constexpr std::size_t kPasswordChars = 40;  // 238 bits
constexpr std::size_t kSaltBytes = 16;

const pg_spec::Role* role_named(const pg_spec::Spec& spec, const std::string& name) {
  const auto found =
      std::find_if(spec.roles.begin(), spec.roles.end(), [&](const pg_spec::Role& each) { return each.name == name; });
  return found == spec.roles.end() ? nullptr : &*found;
}

// A verifier of the right form whose keys are all zeros: no password gives it.
constexpr std::string_view kVerifierOfNothing =
    "SCRAM-SHA-256$4096:AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

pg_plan::Statement statement_with(const Needed& needed, std::string_view verifier) {
  pg_plan::Statement statement;
  statement.sql = fmt::format("ALTER ROLE {} PASSWORD {}", pg::identifier(needed.login), pg::literal(verifier));
  statement.reason =
      needed.known ? fmt::format("{} gets the password that {} has", needed.login, needed.slot.place)
                   : fmt::format("the password of {} is generated, and goes to {}", needed.login, needed.slot.place);
  statement.secret = true;
  return statement;
}

base::Result<std::string> database_for(Session& session, const std::string& login) {
  pg::Connection& connection = *TRY(session.to(""));
  const std::vector<std::optional<std::string>> parameters{login};
  const pg::Rows rows = TRY(connection.query(
      "SELECT datname FROM pg_catalog.pg_database d WHERE datallowconn AND "
      "EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = $1 AND "
      "pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT')) ORDER BY datistemplate, datname LIMIT 1",
      parameters, session.deadline()));
  return rows.size() == 0 ? std::string() : std::string(rows.text(0, 0));
}

}  // namespace

std::vector<Managed> managed_of(const pg_spec::Spec& spec) {
  std::vector<Managed> all;
  std::vector<std::string> of_groups;
  for (const pg_spec::Role& role : spec.roles) {
    if (role.alternates.empty()) continue;
    const pg_spec::Role* first = role_named(spec, role.alternates.front());
    const std::string place = first != nullptr && !first->password.empty() ? first->password : role.password;
    of_groups.insert(of_groups.end(), role.alternates.begin(), role.alternates.end());
    if (!place.empty()) all.push_back({{place, role.name, false}, role.alternates});
  }
  for (const pg_spec::Role& role : spec.roles) {
    const bool is_alternate = std::find(of_groups.begin(), of_groups.end(), role.name) != of_groups.end();
    if (role.password.empty() || role.kind != pg_spec::RoleKind::kLogin || is_alternate) continue;
    all.push_back({{role.password, role.name, false}, {role.name}});
  }
  std::map<std::string, int, std::less<>> uses;
  for (const Managed& each : all) ++uses[each.slot.place];
  for (Managed& each : all) each.slot.alone = uses[each.slot.place] == 1;
  return all;
}

base::Result<Passwords> look_at_passwords(Session& session, const pg_spec::Spec& spec, const pg_model::Cluster& cluster,
                                          SecretStore& secrets) {
  Passwords found;
  for (const Managed& managed : managed_of(spec)) {
    const std::optional<Held> current = TRY(secrets.current(managed.slot));
    const bool is_ours =
        current && std::find(managed.logins.begin(), managed.logins.end(), current->login) != managed.logins.end();
    if (!is_ours) {
      found.needed.push_back({managed.slot, managed.logins.front(), std::nullopt});
      continue;
    }
    if (cluster.role(current->login) == nullptr) {
      found.needed.push_back({managed.slot, current->login, current->password});
      continue;
    }
    const std::optional<Held> pending = TRY(secrets.pending(managed.slot));
    if (!pending || cluster.role(pending->login) == nullptr) continue;
    if (pending->login == current->login && pending->password.reveal() == current->password.reveal()) continue;
    if (TRY(server_takes(session, pending->login, pending->password)) &&
        (pending->login != current->login || !TRY(server_takes(session, current->login, current->password))))
      found.to_publish.emplace_back(managed.slot, *pending);
  }
  return found;
}

base::Result<pg_plan::Statement> password_statement(const Needed& needed, const base::Secret& password,
                                                    base::Entropy& entropy, int iterations) {
  std::array<std::uint8_t, kSaltBytes> salt{};
  entropy.fill(salt);
  const std::string verifier = TRY(crypto::scram_verifier(password, std::string(salt.begin(), salt.end()), iterations));
  return statement_with(needed, verifier);
}

pg_plan::Statement password_statement(const Needed& needed) { return statement_with(needed, kVerifierOfNothing); }

base::Secret new_password(base::Entropy& entropy) { return base::Secret(entropy.alphanumeric(kPasswordChars)); }

base::Result<bool> server_takes(Session& session, const std::string& login, const base::Secret& password) {
  const std::string database = TRY(database_for(session, login));
  if (database.empty())
    return base::fail(base::Code::kImpossible,
                      fmt::format("{} may connect to no database, so that its password cannot be tried.", login));
  const base::Result<pg::Connection> opened = session.open_as(login, password, database);
  if (opened) return true;
  if (opened.error().code == base::Code::kUnauthenticated) return false;
  return base::fail(opened.error());
}

}  // namespace pg_run

#include "databases/pg_runner.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <netdb.h>

#include "databases/places.h"
#include "json/encode.h"
#include "json/parse.h"
#include "pg_run/report.h"

namespace databases {
namespace {

constexpr std::string_view kFileName = "spec";

struct Addresses {
  ~Addresses() {
    if (list != nullptr) ::freeaddrinfo(list);
  }
  Addresses() = default;
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;
  addrinfo* list = nullptr;
};

// The host as libpq is given it: {"h,h", "10.0.0.1,10.0.0.2"}, so that it looks nothing up by itself.
struct Resolved {
  std::string hosts, addresses;
};

base::Result<Resolved> resolve(const Database& database, bool allow_local) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  Addresses found;
  if (const int error = ::getaddrinfo(database.host.c_str(), nullptr, &wanted, &found.list); error != 0) {
    return base::fail(base::Code::kUnavailable,
                      fmt::format("The host {} cannot be found: {}.", database.host, ::gai_strerror(error)));
  }
  Resolved resolved;
  for (const addrinfo* each = found.list; each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
      continue;
    const std::string address(text.data());
    if (!allow_local && is_local(address)) {
      return base::fail(base::Code::kImpossible,
                        fmt::format("The host {} is an address of the server itself or of its link.", database.host));
    }
    resolved.hosts.append(resolved.hosts.empty() ? "" : ",").append(database.host);
    resolved.addresses.append(resolved.addresses.empty() ? "" : ",").append(address);
  }
  if (resolved.hosts.empty())
    return base::fail(base::Code::kUnavailable, fmt::format("The host {} has no address.", database.host));
  return resolved;
}

std::int64_t size_of(const auto& list) { return static_cast<std::int64_t>(list.size()); }

void count(Report& report, const pg_plan::Plan& plan) {
  report.digest = plan.digest;
  report.statements = size_of(plan.statements);
  report.risky = std::count_if(plan.statements.begin(), plan.statements.end(),
                               [](const pg_plan::Statement& each) { return each.risk != pg_plan::Risk::kNone; });
  report.gained = size_of(plan.gained);
  report.lost = size_of(plan.lost);
  report.warnings = size_of(plan.warnings);
}

std::string administrator_first(std::size_t statements) {
  return fmt::format("An administrator of the database must run {} first; the report has {}.",
                     statements == 1 ? "a statement" : fmt::format("{} statements", statements),
                     statements == 1 ? "it" : "them");
}

Report summary_of(const pg_run::Planned& planned) {
  Report report;
  report.json = json::encode(pg_run::report_of(planned));
  count(report, planned.plan);
  report.refused = planned.refused;
  if (report.refused.empty() && !planned.plan.administrator.empty())
    report.refused = administrator_first(planned.plan.administrator.size());
  return report;
}

Report summary_of(const pg_run::Applied& applied) {
  Report report;
  report.json = json::encode(pg_run::report_of(applied));
  count(report, applied.plan);
  report.refused = applied.refused;
  report.done = pg_run::exit_code(applied) == 0;
  return report;
}

}  // namespace

std::string why_not_approved(const pg_plan::Plan& left, std::string_view approved_report) {
  std::set<std::pair<std::string, std::string>> approved;
  const base::Result<json::Value> report = json::parse_stored(approved_report);
  const json::Value* list = report && report->is_object() ? report->get_object().if_contains("statements") : nullptr;
  const auto text_at = [](const json::Object& object, const char* name) {
    const json::Value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(json::view(value->get_string())) : std::string();
  };
  if (list != nullptr && list->is_array()) {
    for (const json::Value& each : list->get_array()) {
      if (each.is_object()) approved.emplace(text_at(each.get_object(), "database"), text_at(each.get_object(), "sql"));
    }
  }
  for (const pg_plan::Statement& each : left.statements) {
    const std::string sql = pg_run::shown_sql(each);
    if (approved.count({each.database.value_or(""), sql}) > 0) continue;
    return fmt::format(
        "The application was cut off, and what is left of it has a statement that was not approved: {}. Make a new "
        "plan.",
        sql.substr(0, 200));
  }
  return {};
}

base::Result<SpecFacts> PgRunner::read_spec(std::string_view text) {
  base::Result<pg_spec::Spec> spec = pg_spec::read(text, kFileName);
  if (!spec) {
    // Pointers go into the document; for the caller it is the member `spec` of what they sent.
    base::Error error = std::move(spec).error();
    for (base::FieldError& each : error.fields) each.pointer = "/spec";
    return base::fail(std::move(error));
  }
  SpecFacts facts;
  for (const pg_spec::Role& role : spec->roles) {
    if (role.kind != pg_spec::RoleKind::kLogin && role.password.empty()) continue;
    facts.logins.push_back({role.name, role.password});
    for (const std::string& alternate : role.alternates) facts.logins.push_back({alternate, role.password});
  }
  return facts;
}

base::Result<pg_run::Target> PgRunner::target(const Database& database, base::Deadline deadline) const {
  pg_run::Target target;
  auto& keywords = target.settings.keywords;
  if (database.host.starts_with('/')) {
    keywords["host"] = database.host;
  } else {
    const Resolved resolved = TRY(resolve(database, options_.allow_local));
    keywords["host"] = resolved.hosts;
    keywords["hostaddr"] = resolved.addresses;
  }
  keywords["port"] = std::to_string(database.port);
  keywords["dbname"] = database.database;
  keywords["user"] = database.user;
  keywords["sslmode"] = json::name_of(database.ssl_mode);
  if (!options_.tls_roots.empty()) keywords["sslrootcert"] = options_.tls_roots;
  keywords["passfile"] = "/dev/null";  // the server's own passwords are nobody else's
  keywords["gssencmode"] = "disable";
  keywords["application_name"] = "stewardry";
  target.password = [this, database, deadline](bool refused) -> base::Result<base::Secret> {
    base::Secret password = TRY(keyring_.password(database, refused, deadline));
    // An empty one would have libpq look for another by itself.
    if (password.empty())
      return base::fail(base::Code::kUnauthenticated, "The password of the database's registration is empty.");
    return password;
  };
  target.login_token = [this, database, deadline](const std::string& login) {
    return keyring_.login_token(database, login, deadline);
  };
  target.deadline = deadline;
  return target;
}

base::Result<Report> PgRunner::plan(const Database& database, std::string_view text, base::Deadline deadline) {
  const pg_spec::Spec spec = TRY(pg_spec::read(text, kFileName));
  const pg_run::Target to = TRY(target(database, deadline));
  const std::unique_ptr<pg_run::SecretStore> secrets = keyring_.secrets(database, deadline);
  return summary_of(TRY(pg_run::plan(to, spec, secrets.get(), true)));
}

base::Result<Report> PgRunner::check(const Database& database, std::string_view text, base::Deadline deadline) {
  const pg_spec::Spec spec = TRY(pg_spec::read(text, kFileName));
  pg_run::Target to = TRY(target(database, deadline));
  to.effective_access = false;
  const pg_run::Planned planned = TRY(pg_run::plan(to, spec, nullptr, false));
  Report report = summary_of(planned);
  // What an administrator must do is drift too; what cannot be planned at all is a check that failed.
  report.refused = planned.refused;
  report.statements += size_of(planned.plan.administrator);
  return report;
}

base::Result<Report> PgRunner::apply(const Database& database, std::string_view text, const Approved& approved,
                                     base::Deadline deadline) {
  const pg_spec::Spec spec = TRY(pg_spec::read(text, kFileName));
  const pg_run::Target to = TRY(target(database, deadline));
  const std::unique_ptr<pg_run::SecretStore> secrets = keyring_.secrets(database, deadline);
  std::string digest = approved.digest;
  if (approved.again) {
    const pg_run::Planned left = TRY(pg_run::plan(to, spec, secrets.get(), false));
    Report refusal = summary_of(left);
    refusal.done = false;
    if (refusal.refused.empty()) refusal.refused = why_not_approved(left.plan, approved.report);
    if (!refusal.refused.empty()) return refusal;
    digest = left.plan.digest;
  }
  return summary_of(TRY(pg_run::apply(to, spec, digest, secrets.get(), entropy_)));
}

base::Result<Report> PgRunner::rotate(const Database& database, std::string_view text, const std::string& login,
                                      base::Deadline deadline) {
  const pg_spec::Spec spec = TRY(pg_spec::read(text, kFileName));
  const pg_run::Target to = TRY(target(database, deadline));
  const std::unique_ptr<pg_run::SecretStore> secrets = keyring_.secrets(database, deadline);
  if (secrets == nullptr)
    return base::fail(base::Code::kUnavailable, "The server can keep no passwords: it has no credentials of AWS.");
  return summary_of(TRY(pg_run::rotate(to, spec, login, *secrets, entropy_)));
}

}  // namespace databases

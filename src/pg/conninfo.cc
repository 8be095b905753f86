#include "pg/conninfo.h"

#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

namespace pg {
namespace {

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

// What libpq finds for itself (environment, service file, what is built in) beside these options. A connection that is
// never opened: the channel binding is none that there is, so that libpq stops before it looks for the server.
std::string found_by_libpq(const std::map<std::string, std::string, std::less<>>& options, std::string_view wanted) {
  std::vector<const char*> keywords, values;
  if (const auto service = options.find("service"); service != options.end()) {
    keywords.push_back("service");
    values.push_back(service->second.c_str());
  }
  keywords.insert(keywords.end(), {"channel_binding", nullptr});
  values.insert(values.end(), {"none-such", nullptr});
  const std::unique_ptr<PGconn, decltype(&PQfinish)> never_opened(
      PQconnectStartParams(keywords.data(), values.data(), 0), &PQfinish);
  const Options found(PQconninfo(never_opened.get()), &PQconninfoFree);
  for (const PQconninfoOption* option = found.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (wanted == option->keyword) return option->val == nullptr ? "" : option->val;
  }
  return "";
}

}  // namespace

Conninfo::~Conninfo() {
  if (const auto password = options.find("password"); password != options.end()) {
    const base::Secret wiped(std::move(password->second));
  }
}

base::Result<Conninfo> conninfo_of(const Settings& settings) {
  Conninfo conninfo;
  if (!settings.dsn.empty()) {
    char* problem = nullptr;
    const Options parsed(PQconninfoParse(settings.dsn.c_str(), &problem), &PQconninfoFree);
    PQfreemem(problem);
    if (!parsed) {
      return base::fail(base::Code::kInvalid,
                        "The database's address is neither a libpq URI (postgresql://host/database) nor a connection "
                        "string (host=... dbname=...); it is not repeated here, for a password may stand in it.");
    }
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
      if (option->val != nullptr) conninfo.options[option->keyword] = option->val;
    }
  }
  for (const auto& [keyword, value] : settings.keywords) conninfo.options[keyword] = value;
  if (!settings.password.empty()) conninfo.options["password"] = settings.password.reveal();
  if (!conninfo.options.contains("sslmode")) {
    const std::string found = found_by_libpq(conninfo.options, "sslmode");
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in this program changes the environment
    conninfo.verifies_by_default = std::getenv("PGSSLMODE") == nullptr && (found.empty() || found == "prefer");
    if (conninfo.verifies_by_default) conninfo.options["sslmode"] = "verify-full";
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the same
  if (std::getenv("PGGSSENCMODE") == nullptr) conninfo.options.try_emplace("gssencmode", "disable");
  conninfo.options.try_emplace("fallback_application_name", "stewardry");
  conninfo.options.try_emplace("keepalives_idle", "30");
  conninfo.options["client_encoding"] = "UTF8";
  return conninfo;
}

}  // namespace pg

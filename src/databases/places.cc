#include "databases/places.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace databases {
namespace {

constexpr std::string_view kPlaceholder = "{workspaceId}";

auto refuse(const std::string& pointer, std::string message) {
  return base::fail_field(base::Code::kImpossible, pointer, std::move(message));
}

bool is_one_of(char c, std::string_view others) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

bool all_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_one_of(c, others); });
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What is a number for a resolver: "127.1", "0x7f000001", "2130706433"; IPv6 has colons.
bool is_address(std::string_view host) {
  if (host.find(':') != std::string_view::npos) return true;
  const std::size_t dot = host.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
  return is_number(last) || last.starts_with("0x");
}

// Four decimal numbers and nothing else; other spellings of an address are not taken.
bool is_plain_v4(std::string_view host) {
  int parts = 0;
  while (true) {
    const std::string_view part = host.substr(0, host.find('.'));
    if (!is_number(part) || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return false;
    ++parts;
    if (part.size() == host.size()) return parts == 4;
    host.remove_prefix(part.size() + 1);
  }
}

bool is_local_v4(std::string_view host) {
  return host.starts_with("127.") || host.starts_with("0.") || host.starts_with("169.254.") ||
         (host.size() > 4 && host[3] == '.' && host.substr(0, 3) >= "224" && host.substr(0, 3) <= "255");
}

std::string_view uuid_of(std::string_view workspace_id) { return workspace_id.substr(workspace_id.rfind(':') + 1); }

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_local(std::string_view host) {
  if (host.starts_with('/') || host.starts_with('@')) return true;
  if (host == "localhost" || host.ends_with(".localhost") || host == "ip6-localhost" || host == "ip6-loopback")
    return true;
  if (!is_address(host)) return false;
  if (is_plain_v4(host)) return is_local_v4(host);
  if (host.find(':') == std::string_view::npos) return true;  // a spelling that hides which it is
  // IPv6: loopback, unspecified, mapped and compatible IPv4 (all of which begin with ::), link-local, multicast.
  return host.starts_with("::") || host.starts_with("0:") || host.starts_with("00") || host.starts_with("fe8") ||
         host.starts_with("fe9") || host.starts_with("fea") || host.starts_with("feb") || host.starts_with("ff") ||
         host.starts_with("64:ff9b:");
}

std::string Places::prefix_of(std::string_view workspace_id) const {
  std::string prefix = secret_prefix;
  const std::string_view uuid = uuid_of(workspace_id);
  for (std::size_t at = prefix.find(kPlaceholder); at != std::string::npos; at = prefix.find(kPlaceholder, at))
    prefix.replace(at, kPlaceholder.size(), uuid);
  return prefix;
}

base::Result<void> Places::check_identity(const Database& database) const {
  const std::string start = std::string(uuid_of(database.workspace_id)) + "=";
  const bool given = std::any_of(iam_hosts.begin(), iam_hosts.end(), [&](const std::string& each) {
    return each.starts_with(start) && matches(std::string_view(each).substr(start.size()), database.host);
  });
  if (given) return {};
  return refuse("/credentials/kind",
                fmt::format("The server's own identity of AWS opens {} for this workspace only where the operator has "
                            "said so (databases.iam_hosts). Name a secret of the workspace instead.",
                            database.host));
}

base::Result<void> Places::check_secret(std::string_view name, std::string_view workspace_id,
                                        const std::string& pointer) const {
  if (secret_prefix.empty()) {
    return refuse(pointer, "No secrets may be named here: the operator has set no databases.secret_prefix.");
  }
  if (!all_of(name, "/_+=.@-") || name.find("..") != std::string_view::npos) {
    return refuse(pointer, "A secret's name has letters, digits and / _ + = . @ - alone, and no two dots in a row.");
  }
  const std::string prefix = prefix_of(workspace_id);
  // Parameters of Systems Manager that stand in a path begin with a slash.
  const std::string_view bare = name.starts_with('/') ? name.substr(1) : name;
  const std::string_view wanted = prefix.starts_with('/') ? std::string_view(prefix).substr(1) : prefix;
  if (!bare.starts_with(wanted) || bare.size() == wanted.size()) {
    return refuse(pointer, fmt::format("The secrets of this workspace have names that begin with {}", prefix));
  }
  return {};
}

base::Result<void> Places::check_place(std::string_view place, std::string_view workspace_id,
                                       const std::string& pointer) const {
  const std::size_t colon = place.find(':');
  const std::string_view kind = place.substr(0, colon);
  if (colon == std::string_view::npos || (kind != "secretsmanager" && kind != "ssm")) {
    return refuse(pointer, fmt::format("On the server a password goes to secretsmanager:NAME or ssm:NAME, not to {}.",
                                       place.substr(0, 100)));
  }
  return check_secret(place.substr(colon + 1), workspace_id, pointer);
}

base::Result<void> Places::check(const Database& database) const {
  const std::string& host = database.host;
  const bool is_socket = host.starts_with('/');
  if (host.empty() || host.ends_with('.') || !all_of(host, is_socket ? "/._-" : ".:-_"))
    return refuse("/host",
                  "A host is one name or address (lower case, no port), such as shop.eu-west-1.rds.amazonaws.com.");
  if (std::any_of(host.begin(), host.end(), [](char c) { return c >= 'A' && c <= 'Z'; }) && !is_socket)
    return refuse("/host", "A host is written in lower case.");
  if (hosts.empty())
    return refuse("/host", "No database may be registered here: the operator has set no databases.hosts.");
  if (!allow_local && is_local(host)) {
    return refuse("/host",
                  "An address of the server itself or of its link is not taken. (For development the operator can "
                  "set databases.allow_local.)");
  }
  if (std::none_of(hosts.begin(), hosts.end(), [&](const std::string& each) { return matches(each, host); })) {
    return refuse("/host",
                  fmt::format("The operator does not allow {}: no pattern of databases.hosts matches it.", host));
  }
  for (const auto& [pointer, text] : {std::pair{"/database", &database.database}, std::pair{"/user", &database.user}}) {
    if (text->empty() || text->size() > 63 || base::has_control_character(*text) || !base::is_utf8(*text))
      return refuse(pointer, "A name of PostgreSQL has 1 to 63 bytes, and no control characters.");
  }
  if (database.database.find('=') != std::string::npos || database.database.find("://") != std::string::npos)
    return refuse("/database",
                  "A database whose name has = or :// cannot be registered: it reads as a connection string.");
  if (database.ssl_mode == SslMode::kDisable && !allow_local)
    return refuse("/sslMode", "TLS is required: verify-full, verify-ca or require.");
  if (database.credentials.kind == CredentialsKind::kIam) {
    if (!database.credentials.name.empty())
      return refuse("/credentials/name", "IAM authentication has no secret: leave the name away.");
    return check_identity(database);
  }
  return check_secret(database.credentials.name, database.workspace_id, "/credentials/name");
}

}  // namespace databases

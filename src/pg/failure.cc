#include "pg/failure.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "pg/connection.h"

namespace pg {
namespace {

constexpr std::uint32_t kRetryAfter_s = 1;
constexpr std::size_t kSqlstateLength = 5;

bool is_sqlstate(std::string_view text) {
  return text.size() == kSqlstateLength &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }) &&
         std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view field(const pg_result* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : text;
}

base::Error unavailable(std::string message, std::string detail) {
  base::Error error(base::Code::kUnavailable, std::move(message), std::move(detail));
  error.retry_after_s = kRetryAfter_s;
  return error;
}

// The session or the server ends; another connection may do.
bool ends_session(std::string_view state) { return state.starts_with("57P") || state.starts_with("08"); }

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

struct Words {
  std::string sqlstate, text;
};

// libpq gives no SQLSTATE of a connection that did not open, save in its verbose text: "FATAL:  28P01: the words",
// followed by lines about the server's source.
Words words_of_connect(std::string_view verbose) {
  Words words;
  while (!verbose.empty()) {
    const std::size_t end = std::min(verbose.find('\n'), verbose.size());
    std::string line(verbose.substr(0, end));
    verbose.remove_prefix(std::min(end + 1, verbose.size()));
    if (line.starts_with("LOCATION:") || line.empty()) continue;
    for (std::size_t at = line.find(":  "); at != std::string::npos; at = line.find(":  ", at + 1)) {
      const std::string state = line.substr(at + 3, kSqlstateLength);
      if (!is_sqlstate(state) || line.compare(at + 3 + kSqlstateLength, 2, ": ") != 0) continue;
      words.sqlstate = state;
      line.erase(at + 2, kSqlstateLength + 3);
      line.insert(at + 2, 1, ' ');
      line.erase(at + 1, 1);
      break;
    }
    words.text += words.text.empty() ? line : " " + line;
  }
  return words;
}

}  // namespace

std::string_view sqlstate_of(const base::Error& error) {
  const std::string_view detail = error.detail;
  if (detail.size() < kSqlstateLength || (detail.size() > kSqlstateLength && detail[kSqlstateLength] != ' ')) return {};
  const std::string_view state = detail.substr(0, kSqlstateLength);
  return is_sqlstate(state) ? state : std::string_view();
}

std::string without_verifiers(std::string_view text) {
  constexpr std::string_view kMechanism = "SCRAM-SHA-256$";
  std::string clean;
  while (true) {
    const std::size_t at = text.find(kMechanism);
    if (at == std::string_view::npos) break;
    clean.append(text.substr(0, at + kMechanism.size())).append("...");
    text.remove_prefix(at + kMechanism.size());
    const std::size_t end =
        text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=:$");
    text.remove_prefix(std::min(end, text.size()));
  }
  return clean.append(text);
}

base::Error refusal_of(const pg_result* result) {
  const std::string_view state = field(result, PG_DIAG_SQLSTATE);
  const std::string words = without_verifiers(field(result, PG_DIAG_MESSAGE_PRIMARY));
  std::string detail = fmt::format("{} {}", state, words);
  std::string message = fmt::format("PostgreSQL refuses: {}.", words);
  if (const std::string_view more = field(result, PG_DIAG_MESSAGE_DETAIL); !more.empty()) {
    message += ' ' + without_verifiers(more);
    detail += " | " + without_verifiers(more);
  }
  if (const std::string_view hint = field(result, PG_DIAG_MESSAGE_HINT); !hint.empty()) {
    message += ' ' + without_verifiers(hint);
  }
  if (ends_session(state)) return unavailable("PostgreSQL ended the session: " + words + ".", std::move(detail));
  return {base::Code::kImpossible, std::move(message), std::move(detail)};
}

base::Error connect_error_of(const pg_conn* connection, bool verifies_by_default) {
  const auto* handle = connection;
  const Words words = words_of_connect(trimmed(PQerrorMessage(handle)));
  std::string detail = words.sqlstate.empty() ? words.text : words.sqlstate + ' ' + words.text;
  std::string message = "There is no connection to PostgreSQL: " + words.text;
  if (words.sqlstate.starts_with("28") || (words.sqlstate.empty() && PQconnectionNeedsPassword(handle) == 1)) {
    return {base::Code::kUnauthenticated, std::move(message), std::move(detail)};
  }
  if (words.sqlstate.empty() || ends_session(words.sqlstate) || words.sqlstate.starts_with("53")) {
    const bool about_tls =
        words.text.find("SSL") != std::string::npos || words.text.find("certificate") != std::string::npos;
    if (about_tls && verifies_by_default) {
      message +=
          " (Over TCP the server's certificate is verified, sslmode=verify-full: name its authority's file with "
          "sslrootcert or PGSSLROOTCERT, or name another sslmode.)";
    }
    return unavailable(std::move(message), std::move(detail));
  }
  return {base::Code::kImpossible, std::move(message), std::move(detail)};
}

base::Error lost_error_of(const pg_conn* connection) {
  const Words words = words_of_connect(trimmed(PQerrorMessage(connection)));
  std::string detail = words.sqlstate.empty() ? words.text : words.sqlstate + ' ' + words.text;
  return unavailable("The connection to PostgreSQL is lost; whether its last statement happened is not known.",
                     without_verifiers(detail));
}

}  // namespace pg

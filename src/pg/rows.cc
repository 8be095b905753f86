#include "pg/rows.h"

#include <charconv>

#include <libpq-fe.h>

namespace pg {

Rows::Impl::Impl(pg_result* taken) : result(taken), command(PQcmdStatus(taken)) {}
Rows::Impl::~Impl() { PQclear(result); }

int Rows::size() const { return PQntuples(impl_->result); }

std::optional<std::string_view> Rows::at(int row, int column) const {
  if (PQgetisnull(impl_->result, row, column) == 1) return std::nullopt;
  return text(row, column);
}

std::string_view Rows::text(int row, int column) const {
  const char* value = PQgetvalue(impl_->result, row, column);
  if (value == nullptr) return {};
  return {value, static_cast<std::size_t>(PQgetlength(impl_->result, row, column))};
}

std::int64_t Rows::number(int row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

bool Rows::truth(int row, int column) const { return text(row, column) == "t"; }
const std::string& Rows::command() const { return impl_->command; }

namespace {

std::string_view before_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

std::string quoted(std::string_view text, char quote) {
  std::string out;
  out.reserve(text.size() + 2);
  out += quote;
  for (const char c : before_nul(text)) {
    if (c == quote) out += c;
    out += c;
  }
  out += quote;
  return out;
}

}  // namespace

std::string identifier(std::string_view name) { return quoted(name, '"'); }

std::string literal(std::string_view text) {
  if (before_nul(text).find('\\') == std::string_view::npos) return quoted(text, '\'');
  // The form with E is read the same whatever standard_conforming_strings says.
  std::string out = "E'";
  for (const char c : before_nul(text)) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  out += '\'';
  return out;
}

}  // namespace pg

#include <algorithm>

#include "pg_spec/spec.h"

namespace pg_spec {
namespace {

using pg_model::Kind;

bool is_quoted(std::string_view text) { return text.size() >= 2 && text.front() == '"' && text.back() == '"'; }

// Bytes of the UTF-8 character at the head of `text`.
std::size_t character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
  return length;
}

// Greedy with one step back: quadratic at worst, and names have 63 bytes.
bool glob(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      n += character(name.substr(n));
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool covers(Kind selected, bool wide, Kind kind) {
  if (selected == kind) return true;
  if (!wide) return false;
  switch (selected) {
    case Kind::kTable:
      return kind == Kind::kView || kind == Kind::kMaterializedView || kind == Kind::kForeignTable;
    case Kind::kFunction:
      return kind == Kind::kProcedure;
    case Kind::kType:
      return kind == Kind::kDomain;
    default:
      return false;
  }
}

bool names(const Selector& selector, std::string_view database, const pg_model::Object& object) {
  if (object.of_extension && is_pattern(selector.name)) return false;
  return matches(selector.name, object.name) && matches(selector.schema, object.schema) &&
         (selector.database.empty() || matches(selector.database, database));
}

}  // namespace

bool is_pattern(std::string_view text) {
  return !is_quoted(text) && text.find_first_of("*?") != std::string_view::npos;
}

std::string plain_name(std::string_view text) {
  if (!is_quoted(text)) return std::string(text);
  std::string name;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    name += text[at];
    if (text[at] == '"' && at + 2 < text.size() && text[at + 1] == '"') ++at;
  }
  return name;
}

std::string as_pattern(std::string_view name) {
  if (name.find_first_of("*?") == std::string_view::npos && !is_quoted(name)) return std::string(name);
  std::string pattern = "\"";
  for (char each : name) {
    pattern += each;
    if (each == '"') pattern += '"';
  }
  return pattern + '"';
}

bool matches(std::string_view pattern, std::string_view name) {
  return is_pattern(pattern) ? glob(pattern, name) : plain_name(pattern) == name;
}

bool selects(const Selector& selector, std::string_view database, const pg_model::Object& object) {
  if (!names(selector, database, object)) return false;
  if (selector.kind == Kind::kColumn) return object.kind == Kind::kColumn && matches(selector.column, object.column);
  return covers(selector.kind, selector.wide, object.kind);
}

bool selects_table_of(const Selector& selector, std::string_view database, const pg_model::Object& table) {
  return selector.kind == Kind::kColumn && covers(Kind::kTable, true, table.kind) && names(selector, database, table);
}

Mode mode_of_role(const Spec& spec, std::string_view role) {
  auto found = std::ranges::find(spec.roles, role, &Role::name);
  return found == spec.roles.end() ? spec.mode : found->mode.value_or(spec.mode);
}

Mode mode_of(const Spec& spec, std::string_view database, std::string_view schema) {
  for (const Schema& each : spec.schemas) {
    if (each.mode && each.name == schema && matches(each.database, database)) return *each.mode;
  }
  auto found = std::ranges::find(spec.databases, database, &Database::name);
  return found == spec.databases.end() ? spec.mode : found->mode.value_or(spec.mode);
}

}  // namespace pg_spec

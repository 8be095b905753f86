// Roles by name and OID, those too that a plan makes, and how things are written in SQL.
//
//   Threads   one at a time.

#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pg_model/state.h"

namespace pg_plan {

// An index over a vector of roles that may grow, but not move its elements about.
class Names {
 public:
  explicit Names(const std::vector<pg_model::Role>& roles);
  void add(std::size_t index);

  [[nodiscard]] const pg_model::Role* role(pg_model::Oid oid) const;
  [[nodiscard]] const pg_model::Role* role(std::string_view name) const;
  [[nodiscard]] std::string plain(pg_model::Oid oid) const;   // app, PUBLIC
  [[nodiscard]] std::string quoted(pg_model::Oid oid) const;  // "app", PUBLIC

 private:
  const std::vector<pg_model::Role>& roles_;
  std::unordered_map<pg_model::Oid, std::size_t> by_oid_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

bool is_relation(pg_model::Kind kind);  // table, views, foreign table, sequence
bool is_routine(pg_model::Kind kind);

// "app"."total"(integer, text); of a column its table; a large object's number.
std::string reference(const pg_model::Object& object);
// app.total(integer, text), app.orders.price, for people.
std::string plain(const pg_model::Object& object);
std::string_view grant_word(pg_model::Kind kind);    // TABLE, FOREIGN DATA WRAPPER: what GRANT calls it
std::string_view alter_word(pg_model::Kind kind);    // MATERIALIZED VIEW, ROUTINE: what ALTER calls it
std::string_view default_word(pg_model::Kind kind);  // TABLES, ROUTINES: what ALTER DEFAULT PRIVILEGES calls them
std::string list(pg_model::Privileges privileges);   // SELECT, INSERT
std::string join(const std::vector<std::string>& parts, std::string_view between = ", ");

}  // namespace pg_plan

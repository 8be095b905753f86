// From single differences to few statements: what the same role gives or takes, of the same kind, in the same schema,
// the same privileges, to the same grantees, is one statement that names all the objects. A GRANT rewrites one row an
// object, however many grantees it names: so statements are cut between objects, never between grantees.
//
//   Threads   one at a time.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "pg_plan/match.h"
#include "pg_plan/rights.h"
#include "pg_plan/work.h"

namespace pg_plan {

inline constexpr std::size_t kStatementBytesMax = 128 * 1024;

class Statements {
 public:
  explicit Statements(Work& work) : work_(work) {}
  // What is to be done about one object; see Difference.
  void add(const Ref& ref, const Difference& difference);
  // Adds the steps to the script.
  void write();

 private:
  struct Key {
    int stage, phase;
    pg_model::Oid actor, owner;
    std::string_view word;  // TABLE
    std::string schema, column;
    pg_model::Privileges privileges;
    bool option, give;
    std::uint32_t grantees;
    auto operator<=>(const Key&) const = default;
  };

  std::uint32_t intern(const std::vector<pg_model::Oid>& grantees);
  Key key_of(const Ref& ref, const pg_model::Object& object, bool give, int depth) const;
  void write_one(const Key& key, const std::vector<Ref>& objects);
  std::string head(const Key& key) const;
  void needs(const Key& key, const Ref& ref, Step& step) const;
  std::string grantees_of(const Key& key) const;

  Work& work_;
  std::map<Key, std::vector<Ref>> groups_;
  std::vector<std::vector<pg_model::Oid>> grantees_;
  std::unordered_map<std::size_t, std::vector<std::uint32_t>> known_;  // by hash
};

}  // namespace pg_plan

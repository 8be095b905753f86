// What a selector of the specification stands for in a cluster. Objects of one schema are found by its name; only
// patterns look at all of them. The same selector is answered once.
//
//   Threads   one at a time.

#pragma once

#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "pg_plan/work.h"

namespace pg_plan {

// A place in Work::after. Of a database itself `object` is kSelf; of what is shared `database` is kShared.
struct Ref {
  std::size_t database = 0, object = 0;
  auto operator<=>(const Ref&) const = default;
};
inline constexpr std::size_t kSelf = static_cast<std::size_t>(-2), kShared = static_cast<std::size_t>(-3);

pg_model::Object& object_of(Work& work, const Ref& ref);

class Matcher {
 public:
  explicit Matcher(Work& work);
  // Columns and parameters that have no rights of their own yet are made in `after` where a plain name selects them.
  const std::vector<Ref>& find(const pg_spec::Selector& selector);

 private:
  struct Key {
    pg_model::Kind kind;
    bool wide;
    std::string database, schema, name, column;
    auto operator<=>(const Key&) const = default;
  };
  struct Index {
    std::unordered_map<std::string, std::vector<std::size_t>> by_schema;
    std::map<std::tuple<std::string, std::string, std::string>, std::size_t> columns;  // schema, table, column
    std::size_t known = 0;
  };

  std::vector<Ref> look(const pg_spec::Selector& selector);
  void look_shared(const pg_spec::Selector& selector, std::vector<Ref>& found);
  void look_into(const pg_spec::Selector& selector, std::size_t database, std::vector<Ref>& found);
  void look_at_table(const pg_spec::Selector& selector, std::size_t database, std::size_t table,
                     std::vector<Ref>& found);
  void learn(std::size_t database);

  Work& work_;
  std::vector<Index> indexes_;
  std::map<Key, std::vector<Ref>> answers_;
};

}  // namespace pg_plan

#include "pg_plan/match.h"

#include <algorithm>

#include <fmt/format.h>

namespace pg_plan {

using pg_model::Kind;
using pg_model::Object;
using pg_spec::Selector;

Object& object_of(Work& work, const Ref& ref) {
  if (ref.database == kShared) return work.after.shared[ref.object];
  pg_model::Database& database = work.after.databases[ref.database];
  return ref.object == kSelf ? database.self : database.objects[ref.object];
}

Matcher::Matcher(Work& work) : work_(work), indexes_(work.after.databases.size()) {
  for (std::size_t database = 0; database < indexes_.size(); ++database) learn(database);
}

// What has come to a database since the last time.
void Matcher::learn(std::size_t database) {
  Index& index = indexes_[database];
  const std::vector<Object>& objects = work_.after.databases[database].objects;
  for (; index.known < objects.size(); ++index.known) {
    const Object& object = objects[index.known];
    index.by_schema[object.schema].push_back(index.known);
    if (object.kind == Kind::kColumn) index.columns[{object.schema, object.name, object.column}] = index.known;
  }
}

const std::vector<Ref>& Matcher::find(const Selector& selector) {
  Key key{selector.kind, selector.wide, selector.database, selector.schema, selector.name, selector.column};
  if (auto known = answers_.find(key); known != answers_.end()) return known->second;
  return answers_.emplace(std::move(key), look(selector)).first->second;
}

std::vector<Ref> Matcher::look(const Selector& selector) {
  std::vector<Ref> found;
  if (selector.kind == Kind::kDatabase) {
    for (std::size_t database = 0; database < work_.after.databases.size(); ++database) {
      if (pg_spec::matches(selector.name, work_.after.databases[database].self.name))
        found.push_back({database, kSelf});
    }
  } else if (selector.kind == Kind::kTablespace || selector.kind == Kind::kParameter) {
    look_shared(selector, found);
  } else {
    for (std::size_t database = 0; database < indexes_.size(); ++database) {
      const pg_model::Database& each = work_.after.databases[database];
      if (!selector.database.empty() && !pg_spec::matches(selector.database, each.self.name)) continue;
      if (each.inspected) {
        look_into(selector, database, found);
      } else if (!selector.database.empty() && !pg_spec::is_pattern(selector.database)) {
        work_.refuse(fmt::format("The database {} was not inspected, and the specification speaks of what is in it.",
                                 each.self.name));
      }
    }
  }
  bool plain = !pg_spec::is_pattern(selector.name) && !pg_spec::is_pattern(selector.schema);
  if (found.empty() && plain) {
    std::string column = selector.column.empty() ? "" : "." + selector.column;
    work_.warn(fmt::format("There is no {} {}{}{}{}; what is declared of it waits until there is.",
                           pg_model::name(selector.kind), selector.schema, selector.schema.empty() ? "" : ".",
                           selector.name, column));
  }
  return found;
}

void Matcher::look_shared(const Selector& selector, std::vector<Ref>& found) {
  if (selector.kind == Kind::kParameter && work_.major() < 15) {
    work_.refuse(fmt::format("Privileges on parameters came with PostgreSQL 15; this is {}.", work_.major()));
    return;
  }
  std::vector<Object>& shared = work_.after.shared;
  for (std::size_t index = 0; index < shared.size(); ++index) {
    if (pg_spec::selects(selector, "", shared[index])) found.push_back({kShared, index});
  }
  if (!found.empty() || selector.kind != Kind::kParameter || pg_spec::is_pattern(selector.name)) return;
  Object parameter{.kind = Kind::kParameter,
                   .oid = work_.new_oid(),
                   .schema = {},
                   .name = pg_spec::plain_name(selector.name),
                   .column = {},
                   .owner = kBootstrap};
  parameter.grants = pg_model::default_grants(Kind::kParameter, kBootstrap, work_.major());
  shared.push_back(std::move(parameter));
  found.push_back({kShared, shared.size() - 1});
}

void Matcher::look_into(const Selector& selector, std::size_t database, std::vector<Ref>& found) {
  pg_model::Database& where = work_.after.databases[database];
  auto look_at = [&](std::size_t object) {
    if (selector.kind == Kind::kColumn) {
      look_at_table(selector, database, object, found);
    } else if (pg_spec::selects(selector, where.self.name, where.objects[object])) {
      found.push_back({database, object});
    }
  };
  learn(database);
  if (pg_spec::is_pattern(selector.schema)) {
    std::size_t count = where.objects.size();  // columns are made meanwhile
    for (std::size_t object = 0; object < count; ++object) look_at(object);
    return;
  }
  auto bucket = indexes_[database].by_schema.find(pg_spec::plain_name(selector.schema));
  if (bucket == indexes_[database].by_schema.end()) return;
  std::vector<std::size_t> objects = bucket->second;
  for (std::size_t object : objects) look_at(object);
}

void Matcher::look_at_table(const Selector& selector, std::size_t database, std::size_t table,
                            std::vector<Ref>& found) {
  std::vector<Object>& objects = work_.after.databases[database].objects;
  const std::string& name = work_.after.databases[database].self.name;
  if (pg_spec::is_pattern(selector.column)) {
    if (pg_spec::selects(selector, name, objects[table])) found.push_back({database, table});
    return;
  }
  if (!pg_spec::selects_table_of(selector, name, objects[table])) return;
  std::string column = pg_spec::plain_name(selector.column);
  auto known = indexes_[database].columns.find({objects[table].schema, objects[table].name, column});
  if (known != indexes_[database].columns.end()) {
    found.push_back({database, known->second});
    return;
  }
  Object made{.kind = Kind::kColumn,
              .oid = work_.new_oid(),
              .schema = objects[table].schema,
              .name = objects[table].name,
              .column = column,
              .owner = objects[table].owner};
  objects.push_back(std::move(made));
  found.push_back({database, objects.size() - 1});
  learn(database);
}

}  // namespace pg_plan

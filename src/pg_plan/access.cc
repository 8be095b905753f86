#include "pg_plan/access.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "pg_plan/access_text.h"
#include "pg_plan/graph.h"
#include "pg_plan/names.h"

namespace pg_plan {
namespace {

using pg_model::Cluster;
using pg_model::Database;
using pg_model::Kind;
using pg_model::Object;
using pg_model::Oid;
using pg_model::Privileges;
using pg_model::Role;

// Roles get small numbers, PUBLIC is 0; so what an object gives to whom is an array.
class Numbers {
 public:
  Numbers() { of(pg_model::kPublic); }
  std::uint32_t of(Oid oid) {
    auto [at, fresh] = numbers_.emplace(oid, static_cast<std::uint32_t>(oids_.size()));
    if (fresh) oids_.push_back(oid);
    return at->second;
  }
  [[nodiscard]] Oid oid(std::uint32_t number) const { return oids_[number]; }
  [[nodiscard]] std::size_t size() const { return oids_.size(); }

 private:
  std::unordered_map<Oid, std::uint32_t> numbers_;
  std::vector<Oid> oids_;
};

// Roles whom every object treats the same.
struct Class {
  std::vector<std::uint32_t> before, after;  // the numbers they reach, themselves too if they hold something
  std::vector<std::uint32_t> members;
};

// What one object gives, by number; only `touched` are not 0.
struct Gives {
  std::vector<Privileges> masks;
  std::vector<std::uint32_t> touched;
  std::uint32_t owner = 0;
  std::uint32_t database_owner = 0;  // a member of pg_database_owner, in this database

  void add(std::uint32_t number, Privileges privileges) {
    if (number >= masks.size()) masks.resize(number + 1);
    if (masks[number] == 0) touched.push_back(number);
    masks[number] |= privileges;
  }
  void clear() {
    for (std::uint32_t each : touched) masks[each] = 0;
    touched.clear();
  }
  [[nodiscard]] Privileges of(std::uint32_t number) const { return number < masks.size() ? masks[number] : 0; }
};

struct Predefined {
  std::uint32_t read = 0, write = 0, maintain = 0, database_owner = 0;
};

class Comparison {
 public:
  Comparison(const Cluster& before, const Cluster& after, std::size_t limit)
      : before_(before),
        after_(after),
        names_before_(before.roles),
        names_after_(after.roles),
        limit_(limit),
        items_(limit) {}

  AccessChange run() {
    number();
    classify();
    std::size_t count = std::max(before_.databases.size(), after_.databases.size());
    for (std::size_t at = 0; at < count; ++at) database(at);
    for (std::size_t at = 0; at < after_.shared.size(); ++at) {
      const Object* was = at < before_.shared.size() ? &before_.shared[at] : nullptr;
      look(was, &after_.shared[at], nullptr, nullptr, kNoDatabase);
    }
    return write_access(items_, {before_, after_, limit_});
  }

 private:
  static constexpr std::uint32_t kNoDatabase = static_cast<std::uint32_t>(-1);

  void number() {
    for (const Role& role : after_.roles) numbers_.of(role.oid);
    for (const Role& role : before_.roles) numbers_.of(role.oid);
    auto find = [&](std::string_view name) {
      const Role* role = names_after_.role(name);
      return role ? numbers_.of(role->oid) : 0;
    };
    predefined_ = {find("pg_read_all_data"), find("pg_write_all_data"), find("pg_maintain"), find("pg_database_owner")};
    // Who holds anything at all, or is somebody's way to it.
    holds_.resize(numbers_.size());
    for (const Cluster* cluster : {&before_, &after_}) {
      for (const Object& object : cluster->shared) note(object);
      for (const Database& each : cluster->databases) {
        note(each.self);
        for (const Object& object : each.objects) note(object);
      }
    }
    for (std::uint32_t each : {predefined_.read, predefined_.write, predefined_.maintain, predefined_.database_owner}) {
      if (each != 0) holds_[each] = true;
    }
  }

  void note(const Object& object) {
    mark(object.owner);
    Oid last = 0;
    for (const pg_model::Grant& grant : object.grants) {
      if (grant.grantee != last) mark(grant.grantee);
      last = grant.grantee;
    }
  }

  void mark(Oid oid) {
    std::uint32_t each = numbers_.of(oid);
    if (each >= holds_.size()) holds_.resize(each + 1);
    holds_[each] = true;
  }

  void classify() {
    Graph before(before_.memberships), after(after_.memberships);
    using Key = std::tuple<std::vector<std::uint32_t>, std::vector<std::uint32_t>, std::uint32_t>;
    std::map<Key, std::vector<std::uint32_t>> found;
    for (std::uint32_t each = 1; each < numbers_.size(); ++each) {
      Oid oid = numbers_.oid(each);
      const Role *was = names_before_.role(oid), *is = names_after_.role(oid);
      const Role* role = is ? is : was;
      if (role == nullptr || role->superuser || role->name.starts_with("pg_")) continue;
      if (was && was->superuser) continue;
      // Who holds something itself is a class of its own.
      std::uint32_t itself = each < holds_.size() && holds_[each] ? each : 0;
      found[{reach(before, was), reach(after, is), itself}].push_back(each);
    }
    classes_.push_back({{0}, {0}, {0}});
    for (auto& [reached, members] : found) {
      classes_.push_back({std::get<0>(reached), std::get<1>(reached), std::move(members)});
    }
  }

  std::vector<std::uint32_t> reach(const Graph& graph, const Role* role) {
    std::vector<std::uint32_t> found;
    if (role == nullptr) return found;
    for (Oid each : graph.reachable(role->oid, Way::kInherit)) {
      std::uint32_t number = numbers_.of(each);
      if (number < holds_.size() && holds_[number]) found.push_back(number);
    }
    std::ranges::sort(found);
    return found;
  }

  void database(std::size_t at) {
    const Database* was = at < before_.databases.size() ? &before_.databases[at] : nullptr;
    const Database* is = at < after_.databases.size() ? &after_.databases[at] : nullptr;
    auto number = static_cast<std::uint32_t>(at);
    look(was ? &was->self : nullptr, is ? &is->self : nullptr, nullptr, nullptr, number);
    std::size_t count = is ? is->objects.size() : 0;
    for (std::size_t object = 0; object < count; ++object) {
      const Object* old = was && object < was->objects.size() ? &was->objects[object] : nullptr;
      look(old, &is->objects[object], was, is, number);
    }
  }

  // The same object before and after; null where it is not there.
  void look(const Object* was, const Object* is, const Database* database_was, const Database* database_is,
            std::uint32_t database) {
    const Object& object = is ? *is : *was;
    bool same = was && is && was->owner == is->owner && was->grants == is->grants;
    if (database_was && database_is && database_was->self.owner != database_is->self.owner) same = false;
    fill(gives_before_, was, database_was, before_.server.major());
    fill(gives_after_, is, database_is, after_.server.major());
    Privileges public_before = gives_before_.of(0), public_after = gives_after_.of(0);
    for (std::size_t at = 0; at < classes_.size(); ++at) {
      const Class& each = classes_[at];
      if (same && each.before == each.after) continue;
      auto old = static_cast<Privileges>(total(gives_before_, each.before));
      auto now = static_cast<Privileges>(total(gives_after_, each.after));
      if (at != 0) old |= public_before, now |= public_after;
      auto gained = static_cast<Privileges>(now & ~old), lost = static_cast<Privileges>(old & ~now);
      if (at != 0) gained &= ~public_after, lost &= ~public_before;
      if (gained != 0) attribute(each, each.after, gives_after_, gained, true, object, database);
      if (lost != 0) attribute(each, each.before, gives_before_, lost, false, object, database);
    }
    gives_before_.clear();
    gives_after_.clear();
  }

  void fill(Gives& gives, const Object* object, const Database* database, int major) {
    gives.owner = gives.database_owner = 0;
    if (object == nullptr) return;
    for (const pg_model::Grant& grant : object->grants) gives.add(numbers_.of(grant.grantee), grant.privileges);
    Privileges all = pg_model::all_privileges(object->kind, major);
    if (object->kind != Kind::kColumn) {
      gives.owner = numbers_.of(object->owner);
      gives.add(gives.owner, all);
    }
    if (database) gives.database_owner = numbers_.of(database->self.owner);
    bool schema = object->kind == Kind::kSchema, relation = is_relation(object->kind);
    if (!schema && !relation) return;
    Privileges read = schema ? pg_model::kUsage : pg_model::kSelect;
    auto write =
        static_cast<Privileges>(schema ? pg_model::kUsage : pg_model::kInsert | pg_model::kUpdate | pg_model::kDelete);
    if (predefined_.read != 0) gives.add(predefined_.read, read & all);
    if (predefined_.write != 0 && (write & all) != 0) gives.add(predefined_.write, write & all);
    if (predefined_.maintain != 0 && (pg_model::kMaintain & all) != 0) {
      gives.add(predefined_.maintain, pg_model::kMaintain);
    }
  }

  [[nodiscard]] bool owns_database(const Gives& gives, const std::vector<std::uint32_t>& reached) const {
    return gives.database_owner != 0 && predefined_.database_owner != 0 &&
           std::ranges::binary_search(reached, gives.database_owner);
  }

  [[nodiscard]] Privileges total(const Gives& gives, const std::vector<std::uint32_t>& reached) const {
    Privileges found = 0;
    for (std::uint32_t each : reached) found |= gives.of(each);
    if (owns_database(gives, reached)) found |= gives.of(predefined_.database_owner);
    return found;
  }

  // By which way: what one has oneself before what comes through others.
  void attribute(const Class& roles, const std::vector<std::uint32_t>& reached, const Gives& gives,
                 Privileges privileges, bool gained, const Object& object, std::uint32_t database) {
    auto take = [&](Privileges given, Through through, std::uint32_t group) {
      auto part = static_cast<Privileges>(given & privileges);
      if (part == 0) return;
      privileges &= static_cast<Privileges>(~part);
      items_.add({.gained = gained,
                  .privileges = part,
                  .through = through,
                  .group = numbers_.oid(group),
                  .database = database,
                  .object = &object,
                  .roles = oids(roles)});
    };
    std::uint32_t self = roles.members.size() == 1 ? roles.members.front() : kNoDatabase;
    if (gives.owner != 0 && gives.owner == self) take(gives.of(self), Through::kOwner, self);
    if (std::ranges::binary_search(reached, self)) {
      take(gives.of(self), self == 0 ? Through::kPublic : Through::kDirect, self);
    }
    for (std::uint32_t each : reached) take(gives.of(each), Through::kGroup, each);
    if (owns_database(gives, reached)) {
      take(gives.of(predefined_.database_owner), Through::kGroup, predefined_.database_owner);
    }
  }

  // Made once for a class.
  const std::vector<Oid>* oids(const Class& roles) {
    auto [at, fresh] = oids_.try_emplace(&roles);
    if (fresh) {
      for (std::uint32_t each : roles.members) at->second.push_back(numbers_.oid(each));
    }
    return &at->second;
  }

  const Cluster &before_, &after_;
  Names names_before_, names_after_;
  std::size_t limit_;
  Numbers numbers_;
  Predefined predefined_;
  std::vector<bool> holds_;
  std::vector<Class> classes_;
  std::map<const Class*, std::vector<Oid>> oids_;
  Gives gives_before_, gives_after_;
  AccessItems items_;
};

}  // namespace

AccessChange compare_access(const Cluster& before, const Cluster& after, std::size_t limit) {
  return Comparison(before, after, limit).run();
}

std::vector<Access> effective_access(const Cluster& cluster) {
  Cluster nothing;
  nothing.server = cluster.server;
  return compare_access(nothing, cluster, kAccessListMax).gained;
}

}  // namespace pg_plan

#include "pg_plan/access_text.h"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "pg_plan/names.h"

namespace pg_plan {
namespace {

using pg_model::Kind;
using pg_model::Object;
using pg_model::Oid;
using pg_model::Privileges;

std::string plural(Kind kind) {
  std::string word(pg_model::name(kind));
  return word.ends_with('y') ? word.substr(0, word.size() - 1) + "ies" : word + "s";
}

class Writer {
 public:
  Writer(AccessItems& items, const AccessFrame& frame)
      : items_(items), frame_(frame), names_before_(frame.before.roles), names_after_(frame.after.roles) {
    for (const pg_model::Database& each : frame.after.databases) inspected_ += each.inspected ? 1 : 0;
  }

  AccessChange run() {
    std::size_t count = 0;
    for (const AccessItem& each : items_.each()) count += each.roles->size() * bits(each);
    if (items_.folded().empty() && count <= frame_.limit) {
      for (const AccessItem& each : items_.each()) each_role(each, object_name(*each.object, each.database));
    } else {
      items_.fold();
      by_container();
    }
    finish(change_.gained);
    finish(change_.lost);
    return std::move(change_);
  }

 private:
  static std::size_t bits(const AccessItem& item) {
    return static_cast<std::size_t>(std::popcount(static_cast<unsigned>(item.privileges)));
  }

  [[nodiscard]] std::string role_name(Oid role) const {
    return names_after_.role(role) ? names_after_.plain(role) : names_before_.plain(role);
  }

  [[nodiscard]] std::string through(const AccessItem& item) const {
    if (item.through == Through::kOwner) return "owner";
    if (item.through == Through::kPublic) return "PUBLIC";
    if (item.through == Through::kDirect) return "direct";
    std::string group = role_name(item.group);
    return group.starts_with("pg_") ? group : "group " + group;
  }

  [[nodiscard]] std::string in_database(std::uint32_t database) const {
    if (inspected_ < 2 || database >= frame_.after.databases.size()) return {};
    return " in " + frame_.after.databases[database].self.name;
  }

  [[nodiscard]] std::string object_name(const Object& object, std::uint32_t database) const {
    if (object.kind == Kind::kDatabase) return "database " + object.name;
    bool by_itself = is_relation(object.kind) || is_routine(object.kind) || object.kind == Kind::kColumn;
    std::string text = by_itself ? std::string() : std::string(pg_model::name(object.kind)) + " ";
    return text + plain(object) + in_database(database);
  }

  void add(bool gained, Access access) { (gained ? change_.gained : change_.lost).push_back(std::move(access)); }

  void each_role(const AccessItem& item, const std::string& object) {
    std::string way = through(item);
    for (const std::string& privilege : pg_model::names_of(item.privileges)) {
      for (Oid role : *item.roles) add(item.gained, {role_name(role), privilege, object, way});
    }
  }

  void by_container() {
    std::size_t count = 0;
    for (const auto& [key, several] : items_.folded()) count += several.first.roles->size() * bits(several.first);
    if (count > frame_.limit) return by_roles();
    for (const auto& [key, several] : items_.folded()) each_role(several.first, objects_name(several));
  }

  [[nodiscard]] std::string objects_name(const AccessItems::Several& several) const {
    const Object& object = *several.first.object;
    if (several.count == 1) return object_name(object, several.first.database);
    std::string schema = object.schema.empty() ? "" : " in " + object.schema;
    return fmt::format("{} {}{}{}", several.count, plural(object.kind), schema, in_database(several.first.database));
  }

  // Roles too: all that have the same access to as many objects.
  void by_roles() {
    std::map<std::pair<SameAccess, std::string>, std::vector<std::string>> merged;
    for (const auto& [key, several] : items_.folded()) {
      std::vector<std::string>& roles = merged[{key.same, objects_name(several)}];
      for (Oid role : *several.first.roles) roles.push_back(role_name(role));
    }
    for (auto& [key, roles] : merged) {
      std::string first = *std::ranges::min_element(roles);
      std::string who = roles.size() == 1 ? first : fmt::format("{} and {} others", first, roles.size() - 1);
      AccessItem like{.through = key.first.through, .group = key.first.group};
      std::string way = through(like);
      for (const std::string& privilege : pg_model::names_of(key.first.privileges)) {
        add(key.first.gained, {who, privilege, key.second, way});
      }
    }
  }

  void finish(std::vector<Access>& list) {
    std::ranges::sort(list);
    if (list.size() <= frame_.limit) return;
    change_.warning = fmt::format("Of {} changes of access only the first {} are listed.", list.size(), frame_.limit);
    list.resize(frame_.limit);
  }

  AccessItems& items_;
  const AccessFrame& frame_;
  Names names_before_, names_after_;
  int inspected_ = 0;
  AccessChange change_;
};

}  // namespace

std::size_t AccessItems::Hash::operator()(const Key& key) const {
  std::size_t hash = std::hash<std::string_view>()(key.same.schema);
  const auto mix = [&hash](std::size_t value) { hash = (hash ^ value) * 0x9e3779b97f4a7c15U; };
  mix(std::hash<const void*>()(key.roles));
  mix(static_cast<std::size_t>(key.same.privileges) << 8 | static_cast<std::size_t>(key.same.kind));
  mix(static_cast<std::size_t>(key.same.group) << 32 | key.same.database);
  mix(static_cast<std::size_t>(key.same.through) << 1 | (key.same.gained ? 1U : 0U));
  return hash;
}

void AccessItems::add(const AccessItem& item) {
  if (!folded_.empty()) return put(item);
  each_.push_back(item);
  if (each_.size() > limit_) fold();  // more lines than may be shown, however few roles each of them has
}

void AccessItems::fold() {
  for (const AccessItem& item : each_) put(item);
  each_ = {};
}

void AccessItems::put(const AccessItem& item) {
  const SameAccess same{
      item.gained,   item.privileges,   item.through,       item.through == Through::kGroup ? item.group : 0,
      item.database, item.object->kind, item.object->schema};
  Several& several = folded_[{same, item.roles}];
  if (several.count++ == 0) several.first = item;
}

AccessChange write_access(AccessItems& items, const AccessFrame& frame) { return Writer(items, frame).run(); }

}  // namespace pg_plan

#include "pg_plan/access_text.h"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>

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
  Writer(const std::vector<AccessItem>& items, const AccessFrame& frame)
      : items_(items), frame_(frame), names_before_(frame.before.roles), names_after_(frame.after.roles) {
    for (const pg_model::Database& each : frame.after.databases) inspected_ += each.inspected ? 1 : 0;
  }

  AccessChange run() {
    std::size_t count = 0;
    for (const AccessItem& each : items_) count += each.roles->size() * bits(each);
    if (count <= frame_.limit) {
      for (const AccessItem& each : items_) each_role(each, object_name(*each.object, each.database));
    } else {
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

  // Objects of one kind in one schema, where all else is the same.
  struct Same {
    bool gained;
    Privileges privileges;
    Through through;
    Oid group;
    std::uint32_t database;
    Kind kind;
    std::string_view schema;
    auto operator<=>(const Same&) const = default;
  };
  struct Several {
    const AccessItem* first = nullptr;
    std::size_t count = 0;
  };

  void by_container() {
    std::map<std::pair<Same, const std::vector<Oid>*>, Several> found;
    for (const AccessItem& each : items_) {
      std::pair key{Same{each.gained, each.privileges, each.through, each.through == Through::kGroup ? each.group : 0,
                         each.database, each.object->kind, each.object->schema},
                    each.roles};
      Several& several = found[key];
      if (several.first == nullptr) several.first = &each;
      ++several.count;
    }
    std::size_t count = 0;
    for (const auto& [key, several] : found) count += several.first->roles->size() * bits(*several.first);
    if (count <= frame_.limit) {
      for (const auto& [key, several] : found) each_role(*several.first, objects_name(several));
      return;
    }
    by_roles(found);
  }

  [[nodiscard]] std::string objects_name(const Several& several) const {
    const Object& object = *several.first->object;
    if (several.count == 1) return object_name(object, several.first->database);
    std::string schema = object.schema.empty() ? "" : " in " + object.schema;
    return fmt::format("{} {}{}{}", several.count, plural(object.kind), schema, in_database(several.first->database));
  }

  // Roles too: all that have the same access to as many objects.
  void by_roles(const std::map<std::pair<Same, const std::vector<Oid>*>, Several>& found) {
    std::map<std::pair<Same, std::string>, std::vector<std::string>> merged;
    for (const auto& [key, several] : found) {
      std::vector<std::string>& roles = merged[{key.first, objects_name(several)}];
      for (Oid role : *several.first->roles) roles.push_back(role_name(role));
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

  const std::vector<AccessItem>& items_;
  const AccessFrame& frame_;
  Names names_before_, names_after_;
  int inspected_ = 0;
  AccessChange change_;
};

}  // namespace

AccessChange write_access(const std::vector<AccessItem>& items, const AccessFrame& frame) {
  return Writer(items, frame).run();
}

}  // namespace pg_plan

// Settings of roles and databases. A list (search_path) is sent element by element: as one string it would become one
// quoted name. Two values are the same when their elements are, whatever their quotes.

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "pg_model/quote.h"
#include "pg_plan/work.h"

namespace pg_plan {
namespace {

using pg_model::identifier;
using pg_model::literal;
using pg_model::Oid;
using pg_model::Setting;
using pg_spec::Mode;

constexpr std::array<std::string_view, 6> kLists{"search_path",
                                                 "temp_tablespaces",
                                                 "session_preload_libraries",
                                                 "shared_preload_libraries",
                                                 "local_preload_libraries",
                                                 "unix_socket_directories"};

// What only a superuser may set for others; from 15 on, whoever was granted SET on the parameter too.
constexpr std::array<std::string_view, 22> kSuperuserOnly{"log_statement",
                                                          "log_min_duration_statement",
                                                          "log_duration",
                                                          "log_min_messages",
                                                          "log_min_error_statement",
                                                          "log_error_verbosity",
                                                          "log_lock_waits",
                                                          "log_temp_files",
                                                          "session_replication_role",
                                                          "session_preload_libraries",
                                                          "track_activities",
                                                          "track_functions",
                                                          "track_counts",
                                                          "track_io_timing",
                                                          "deadlock_timeout",
                                                          "temp_file_limit",
                                                          "max_stack_depth",
                                                          "dynamic_library_path",
                                                          "zero_damaged_pages",
                                                          "update_process_title",
                                                          "lc_messages",
                                                          "allow_system_table_mods"};

bool is_list(std::string_view name) { return std::ranges::find(kLists, name) != kLists.end(); }

// The elements of a list as the server splits them: a quoted one as it is, others in lower case.
std::vector<std::string> elements(std::string_view value) {
  std::vector<std::string> found;
  std::size_t at = 0;
  while (at < value.size()) {
    while (at < value.size() && (value[at] == ' ' || value[at] == ',')) ++at;
    if (at == value.size()) break;
    std::string element;
    if (value[at] == '"') {
      for (++at; at < value.size(); ++at) {
        if (value[at] == '"' && (at + 1 == value.size() || value[at + 1] != '"')) break;
        if (value[at] == '"') ++at;
        element += value[at];
      }
      ++at;
    } else {
      while (at < value.size() && value[at] != ',') element += value[at++];
      while (!element.empty() && element.back() == ' ') element.pop_back();
      element = base::to_lower_ascii(element);
    }
    found.push_back(std::move(element));
  }
  return found;
}

bool same(std::string_view name, std::string_view one, std::string_view other) {
  return one == other || (is_list(name) && elements(one) == elements(other));
}

std::string sql_value(std::string_view name, std::string_view value) {
  if (!is_list(name)) return literal(value);
  std::vector<std::string> quoted;
  for (const std::string& each : elements(value)) quoted.push_back(identifier(each));
  return quoted.empty() ? "''" : join(quoted);
}

// log_statement, pgaudit.log: each part quoted.
std::string sql_name(std::string_view name) {
  std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return identifier(name);
  return identifier(name.substr(0, dot)) + "." + identifier(name.substr(dot + 1));
}

using Key = std::tuple<Oid, Oid, std::string>;  // role, database, name

class Settings {
 public:
  explicit Settings(Work& work) : work_(work) {}

  void run() {
    std::map<Key, std::string> wanted = wishes();
    std::map<Key, Setting*> present;
    for (Setting& each : work_.after.settings) present[{each.role, each.database, each.name}] = &each;
    std::vector<Setting> added;
    for (const auto& [key, value] : wanted) {
      auto found = present.find(key);
      if (found != present.end() && same(std::get<2>(key), found->second->value, value)) continue;
      set(key, value);
      if (found != present.end()) {
        found->second->value = value;
      } else {
        added.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), value});
      }
    }
    std::erase_if(work_.after.settings, [&](const Setting& each) {
      return !wanted.contains({each.role, each.database, each.name}) && reset(each);
    });
    work_.after.settings.insert(work_.after.settings.end(), added.begin(), added.end());
  }

 private:
  std::map<Key, std::string> wishes() {
    std::map<Key, std::string> found;
    for (const pg_spec::Setting& each : work_.spec.settings) {
      std::string where = "Setting " + each.name;
      Oid role = 0, database = 0;
      if (!each.role.empty()) {
        auto oid = work_.find_role(each.role, where);
        if (!oid) continue;
        role = *oid;
      }
      if (!each.database.empty()) {
        std::size_t index = work_.database_index(each.database);
        if (index == Work::kNone) {
          work_.refuse(fmt::format("{}: there is no database {}.", where, each.database));
          continue;
        }
        database = work_.after.databases[index].self.oid;
      }
      found[{role, database, each.name}] = each.value;
    }
    return found;
  }

  const pg_model::Object* database(Oid oid) const {
    for (const pg_model::Database& each : work_.after.databases) {
      if (each.self.oid == oid) return &each.self;
    }
    return nullptr;
  }

  // ALTER ROLE "app" IN DATABASE "shop", ALTER DATABASE "shop"
  std::string target(Oid role, Oid in) const {
    const pg_model::Object* where = database(in);
    if (role == 0) return "ALTER DATABASE " + identifier(where ? where->name : "");
    std::string text = "ALTER ROLE " + work_.names.quoted(role);
    return where ? text + " IN DATABASE " + identifier(where->name) : text;
  }

  void add(Oid role, Oid in, const std::string& name, std::string sql, std::string reason, Risk risk) {
    Step step{.phase = kSettings, .sql = std::move(sql), .reason = std::move(reason), .risk = risk};
    if (role != 0) {
      const pg_model::Role* found = work_.role(role);
      if (role != work_.executor.self() && !work_.executor.may_alter(*found)) {
        step.missing = "the executor may not alter this role";
      }
    } else if (const pg_model::Object* where = database(in)) {
      step.actor = where->owner;
    }
    if (name.find('.') != std::string::npos) {
      step.missing = "the server knows settings of extensions only as a superuser's";
    } else if (std::ranges::find(kSuperuserOnly, name) != kSuperuserOnly.end() && !granted(name)) {
      step.missing = "only a superuser may set " + name;
    }
    work_.script.add(std::move(step));
  }

  [[nodiscard]] bool granted(const std::string& name) const {
    return std::ranges::any_of(work_.before.shared, [&](const pg_model::Object& object) {
      return object.kind == pg_model::Kind::kParameter && object.name == name &&
             holds(work_, object, work_.executor.self(), pg_model::kSet);
    });
  }

  void set(const Key& key, const std::string& value) {
    const auto& [role, in, name] = key;
    add(role, in, name, fmt::format("{} SET {} TO {}", target(role, in), sql_name(name), sql_value(name, value)),
        "setting is declared", Risk::kNone);
  }

  // Whether it goes.
  bool reset(const Setting& each) {
    Mode mode = Mode::kAtLeast;
    if (each.role != 0) {
      auto declared = work_.declared.find(each.role);
      if (declared == work_.declared.end()) return false;
      mode = declared->second;
    } else {
      const pg_model::Object* where = database(each.database);
      if (where == nullptr || std::ranges::find(work_.spec.databases, where->name, &pg_spec::Database::name) ==
                                  work_.spec.databases.end()) {
        return false;
      }
      mode = pg_spec::mode_of(work_.spec, where->name, "");
    }
    if (mode == Mode::kAdopt) work_.unmanaged(fmt::format("{} SET {}", target(each.role, each.database), each.name));
    if (mode != Mode::kExactly) return false;
    add(each.role, each.database, each.name,
        fmt::format("{} RESET {}", target(each.role, each.database), sql_name(each.name)), "not declared", Risk::kLow);
    return true;
  }

  Work& work_;
};

}  // namespace

void plan_settings(Work& work) { Settings(work).run(); }

}  // namespace pg_plan

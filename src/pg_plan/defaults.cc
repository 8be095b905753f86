// Default privileges. They belong to the role that creates, have two layers that add up (of a schema, and for every
// schema), and hold for what is made later. A layer of a schema cannot take away what the other one gives, nor what is
// built in: that is refused, because the server would accept it and do nothing.
//
// A stored layer for every schema holds the creator's own rights too, and PUBLIC's built-in ones until they are taken.
// The creator's own are never compared.

#include "pg_plan/defaults.h"

#include <algorithm>

#include <fmt/format.h>

#include "pg_model/quote.h"
#include "pg_plan/statements.h"

namespace pg_plan {
namespace {

using pg_model::DefaultPrivileges;
using pg_model::identifier;
using pg_model::Kind;
using pg_model::Oid;
using pg_model::Privileges;
using pg_spec::Mode;

struct Key {
  std::size_t database;
  Oid creator, schema;  // schema 0: every schema
  Kind kind;
  auto operator<=>(const Key&) const = default;
};

class Defaults {
 public:
  explicit Defaults(Work& work) : work_(work) {}

  void run() {
    collect(work_.spec.defaults, false);
    collect(work_.spec.default_revokes, true);
    for (std::size_t database = 0; database < work_.after.databases.size(); ++database) {
      for (const DefaultPrivileges& each : work_.after.databases[database].defaults) {
        wishes_.try_emplace({database, each.creator, each.schema, default_kind(each.kind)});
      }
    }
    // Layers for every schema first: those of schemas are checked against them.
    for (bool every : {true, false}) {
      for (auto& [key, wishes] : wishes_) {
        if ((key.schema == 0) == every) bring(key, wishes);
      }
    }
    write();
  }

 private:
  struct Group {
    std::size_t database;
    Oid creator;
    Kind kind;
    Privileges privileges;
    bool option, give, every;
    std::vector<Oid> grantees;
    auto operator<=>(const Group&) const = default;
  };

  void collect(const std::vector<pg_spec::DefaultGrant>& grants, bool forbidden) {
    for (const pg_spec::DefaultGrant& each : grants) {
      auto creator = work_.find_role(each.creator, "Default privileges");
      auto grantee = work_.find_role(each.role, "Default privileges of " + each.creator);
      if (!creator || !grantee || *creator == pg_model::kPublic) continue;
      Privileges all = pg_model::all_privileges(each.kind, work_.major());
      Privileges wanted = each.all ? all : each.privileges;
      if (forbidden) wanted &= all;
      if ((wanted & ~all) != 0 || (each.kind == Kind::kLargeObject && work_.major() < 18)) {
        work_.refuse(fmt::format("PostgreSQL {} has no default privilege {} on {}.", work_.major(), list(wanted),
                                 default_word(each.kind)));
        continue;
      }
      Wish wish{.grantee = *grantee};
      (forbidden ? wish.forbidden : wish.need) = wanted;
      if (!forbidden && each.grant_option) wish.need_option = wanted;
      for (const auto& [database, schema] : scopes(each)) {
        wishes_[{database, *creator, schema, default_kind(each.kind)}].push_back(wish);
        declared_.insert({database, *creator, schema, default_kind(each.kind)});
      }
    }
  }

  [[nodiscard]] std::vector<std::pair<std::size_t, Oid>> scopes(const pg_spec::DefaultGrant& each) const {
    std::vector<std::pair<std::size_t, Oid>> found;
    for (std::size_t database = 0; database < work_.after.databases.size(); ++database) {
      const pg_model::Database& where = work_.after.databases[database];
      if (!where.inspected || !pg_spec::matches(each.database, where.self.name)) continue;
      if (each.schema.empty()) found.emplace_back(database, 0);
      for (const pg_model::Object& object : where.objects) {
        if (object.kind != Kind::kSchema || each.schema.empty()) continue;
        if (pg_spec::matches(each.schema, object.name)) found.emplace_back(database, object.oid);
      }
    }
    return found;
  }

  [[nodiscard]] std::string schema_name(const Key& key) const {
    for (const pg_model::Object& object : work_.after.databases[key.database].objects) {
      if (object.kind == Kind::kSchema && object.oid == key.schema) return object.name;
    }
    return {};
  }

  DefaultPrivileges* row_of(const Key& key) {
    for (DefaultPrivileges& each : work_.after.databases[key.database].defaults) {
      if (each.creator == key.creator && each.schema == key.schema && default_kind(each.kind) == key.kind) return &each;
    }
    return nullptr;
  }

  // What holds as long as nothing is stored.
  [[nodiscard]] std::vector<pg_model::Grant> built_in(const Key& key) const {
    if (key.schema != 0) return {};
    return pg_model::default_grants(key.kind, key.creator, work_.major());
  }

  [[nodiscard]] Mode mode_of(const Key& key) const {
    const std::string& database = work_.after.databases[key.database].self.name;
    std::string schema = key.schema == 0 ? std::string() : schema_name(key);
    bool named = declared_.contains(key) || work_.declared.contains(key.creator);
    if (!named && key.schema != 0) {
      named = std::ranges::any_of(work_.spec.schemas, [&](const pg_spec::Schema& each) {
        return each.name == schema && pg_spec::matches(each.database, database);
      });
    }
    return named && !work_.external.contains(key.creator) ? pg_spec::mode_of(work_.spec, database, schema)
                                                          : Mode::kAtLeast;
  }

  void bring(const Key& key, std::vector<Wish>& wishes) {
    DefaultPrivileges* row = row_of(key);
    std::vector<pg_model::Grant> present = row ? row->grants : built_in(key);
    Mode mode = mode_of(key);
    if (work_.absent.contains(key.creator)) {  // its row must vanish: back to what is built in
      mode = Mode::kExactly;
      wishes.clear();
      for (const pg_model::Grant& each : built_in(key)) {
        if (each.grantee != key.creator) wishes.push_back({.grantee = each.grantee, .need = each.privileges});
      }
    }
    merge(wishes);
    Rules rules{.owner = key.creator, .exactly = mode == Mode::kExactly, .report = mode == Mode::kAdopt};
    rules.absent = [](const void* work, Oid role) { return static_cast<const Work*>(work)->absent.contains(role); };
    rules.external = [](const void* work, Oid role) { return static_cast<const Work*>(work)->external.contains(role); };
    rules.context = &work_;
    Difference difference = compare(present, wishes, rules);
    if (key.schema != 0) refuse_in_vain(key, wishes);
    for (const pg_model::Grant& each : difference.excess) {
      work_.unmanaged(fmt::format("default privileges of {}: {} on {} to {}", work_.names.plain(key.creator),
                                  list(each.privileges), default_word(key.kind), work_.names.plain(each.grantee)));
    }
    remember(key, wishes, difference);
    if (difference.empty()) return;
    collect_groups(key, difference);
    if (row == nullptr) {
      work_.after.databases[key.database].defaults.push_back({key.creator, key.schema, key.kind, {}});
      row = &work_.after.databases[key.database].defaults.back();
    }
    row->grants = std::move(difference.after);
  }

  // "Must not be" in a schema, while the layer for every schema gives it.
  void refuse_in_vain(const Key& key, const std::vector<Wish>& wishes) {
    Key every{key.database, key.creator, 0, key.kind};
    const DefaultPrivileges* row = row_of(every);
    std::vector<pg_model::Grant> given = row ? row->grants : built_in(every);
    for (const Wish& wish : wishes) {
      for (const pg_model::Grant& each : given) {
        if (each.grantee != wish.grantee || (each.privileges & wish.forbidden) == 0) continue;
        work_.refuse(
            fmt::format("{} on new {} of {} comes to {} by what holds for every schema; default privileges of "
                        "the schema {} cannot take it away. Declare it for the database.",
                        list(static_cast<Privileges>(each.privileges & wish.forbidden)), default_word(key.kind),
                        work_.names.plain(key.creator), work_.names.plain(wish.grantee), schema_name(key)));
      }
    }
  }

  // For rights_by_default().
  void remember(const Key& key, const std::vector<Wish>& wishes, const Difference& difference) {
    if (!declared_.contains(key)) return;
    Work::DefaultRights rights;
    for (const Wish& wish : wishes) {
      rights.push_back({.grantee = wish.grantee, .allowed = wish.need, .allowed_option = wish.need_option});
    }
    for (const Gift& gift : difference.gifts) {
      rights.push_back({.grantee = gift.grantee,
                        .need = gift.privileges,
                        .need_option = gift.option ? gift.privileges : Privileges{}});
    }
    merge(rights);
    std::string schema = key.schema == 0 ? std::string() : schema_name(key);
    work_.default_rights[{key.database, key.creator, key.schema == 0 ? "" : "." + schema, key.kind}] = rights;
  }

  void collect_groups(const Key& key, const Difference& difference) {
    std::map<Group, std::vector<Oid>> found;
    for (const Gift& gift : difference.gifts) {
      found[{key.database, key.creator, key.kind, gift.privileges, gift.option, true, key.schema == 0, {}}].push_back(
          gift.grantee);
    }
    for (const Taking& taking : difference.takings) {
      found[{key.database, key.creator, key.kind, taking.privileges, taking.option_only, false, key.schema == 0, {}}]
          .push_back(taking.grantee);
    }
    for (auto& [group, grantees] : found) {
      Group whole = group;
      whole.grantees = std::move(grantees);
      groups_[whole].push_back(schema_name(key));
    }
  }

  void write() {
    for (auto& [group, schemas] : groups_) {
      std::vector<std::string> in, names;
      for (const std::string& each : schemas) in.push_back(identifier(each));
      for (Oid each : group.grantees) names.push_back(work_.names.quoted(each));
      std::ranges::sort(in);
      std::ranges::sort(names);
      std::string sql = "ALTER DEFAULT PRIVILEGES FOR ROLE " + work_.names.quoted(group.creator);
      if (!group.every) sql += " IN SCHEMA " + join(in);
      sql += group.give ? " GRANT " : " REVOKE ";
      if (!group.give && group.option) sql += "GRANT OPTION FOR ";
      sql += fmt::format("{} ON {} {} {}", list(group.privileges), default_word(group.kind), group.give ? "TO" : "FROM",
                         join(names));
      if (group.give && group.option) sql += " WITH GRANT OPTION";
      work_.script.add({.stage = kDatabases + static_cast<int>(group.database),
                        .phase = kDefaults,
                        .actor = group.creator,
                        .sql = std::move(sql),
                        .reason = group.give ? "declared, for what will be made" : "not to be there",
                        .risk = group.give ? Risk::kNone : Risk::kLow});
    }
  }

  Work& work_;
  std::map<Key, std::vector<Wish>> wishes_;
  std::set<Key> declared_;
  std::map<Group, std::vector<std::string>> groups_;
};

}  // namespace

Kind default_kind(Kind kind) {
  switch (kind) {
    case Kind::kView:
    case Kind::kMaterializedView:
    case Kind::kForeignTable:
      return Kind::kTable;
    case Kind::kProcedure:
      return Kind::kFunction;
    case Kind::kDomain:
      return Kind::kType;
    default:
      return kind;
  }
}

const Work::DefaultRights* rights_by_default(Work& work, std::size_t database, const pg_model::Object& object) {
  if (work.default_rights.empty() || object.of_extension) return nullptr;
  // Of the schema, and for every schema; where both are there, their sum, made once.
  Kind kind = default_kind(object.kind);
  auto in_schema = work.default_rights.find({database, object.owner, "." + object.schema, kind});
  auto every = work.default_rights.find({database, object.owner, "", kind});
  bool one = in_schema != work.default_rights.end(), other = every != work.default_rights.end();
  if (!one && !other) return nullptr;
  if (!one || !other) return one ? &in_schema->second : &every->second;
  auto [sum, fresh] = work.default_rights.try_emplace({database, object.owner, "+" + object.schema, kind});
  if (fresh) {
    sum->second = in_schema->second;
    sum->second.insert(sum->second.end(), every->second.begin(), every->second.end());
    merge(sum->second);
  }
  return &sum->second;
}

void plan_defaults(Work& work) { Defaults(work).run(); }

}  // namespace pg_plan

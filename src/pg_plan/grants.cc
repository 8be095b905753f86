// Grants: which rights each object shall carry, compared with what it carries. In three rounds, because what comes
// later asks what came before: shared objects and databases; schemas; everything in them (tables before their columns).

#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "pg_plan/defaults.h"
#include "pg_plan/match.h"
#include "pg_plan/rights.h"
#include "pg_plan/statements.h"
#include "pg_plan/work.h"

namespace pg_plan {
namespace {

using pg_model::Kind;
using pg_model::Object;
using pg_model::Oid;
using pg_model::Privileges;
using pg_spec::Mode;
using pg_spec::Selector;

enum class Round : std::uint8_t { kShared, kSchemas, kObjects };

Round round_of(Kind kind) {
  if (kind == Kind::kDatabase || kind == Kind::kTablespace || kind == Kind::kParameter) return Round::kShared;
  return kind == Kind::kSchema ? Round::kSchemas : Round::kObjects;
}

class Grants {
 public:
  Grants(Work& work, Round round) : work_(work), round_(round), matcher_(work), statements_(work) {}

  void run() {
    collect(work_.spec.grants, false);
    collect(work_.spec.revokes, true);
    place();
    Rules rules;
    rules.absent = [](const void* context, Oid role) {
      return static_cast<const Work*>(context)->absent.contains(role);
    };
    rules.external = [](const void* context, Oid role) {
      return static_cast<const Work*>(context)->external.contains(role);
    };
    rules.context = &work_;
    each_object([&](const Ref& ref, Object& object) { bring(ref, object, rules); });
    statements_.write();
  }

 private:
  // The rights that hold for all that one selector means.
  struct Right {
    std::size_t selector;
    Wish wish;
  };
  struct Place {
    std::vector<std::uint32_t> rights;  // indexes of groups_
    bool named = false;
  };

  void collect(const std::vector<pg_spec::Grant>& grants, bool forbidden) {
    std::unordered_map<std::string, Oid> roles;
    for (const pg_spec::Grant& each : grants) {
      if (round_of(each.on.kind) != round_) continue;
      auto known = roles.find(each.role);
      if (known == roles.end()) {
        auto role = work_.find_role(each.role,
                                    "Privileges on " + std::string(pg_model::name(each.on.kind)) + " " + each.on.name);
        if (!role) continue;
        known = roles.emplace(each.role, *role).first;
      }
      Privileges all = pg_model::all_privileges(each.on.kind, work_.major());
      Privileges wanted = each.all ? all : each.privileges;
      if (forbidden) wanted &= all;
      if ((wanted & ~all) != 0) {
        work_.refuse(fmt::format("PostgreSQL {} has no {} on a {}.", work_.major(),
                                 list(static_cast<Privileges>(wanted & ~all)), pg_model::name(each.on.kind)));
        continue;
      }
      Wish wish{.grantee = known->second};
      (forbidden ? wish.forbidden : wish.need) = wanted;
      if (!forbidden && each.grant_option) wish.need_option = wanted;
      group_of(each.on).push_back(wish);
    }
  }

  std::vector<Wish>& group_of(const Selector& selector) {
    auto key =
        std::tuple(selector.kind, selector.wide, selector.database, selector.schema, selector.name, selector.column);
    auto [at, fresh] = known_.emplace(std::move(key), groups_.size());
    if (fresh) {
      groups_.emplace_back();
      selectors_.push_back(selector);
    }
    return groups_[at->second];
  }

  // Which of them hold for which object; and what the document names.
  void place() {
    for (std::size_t at = 0; at < selectors_.size(); ++at) {
      for (const Ref& ref : matcher_.find(selectors_[at])) {
        Place& found = places_[ref];
        found.rights.push_back(static_cast<std::uint32_t>(at));
        found.named = true;
      }
    }
    for (const Selector& each : work_.spec.objects) {
      if (round_of(each.kind) != round_) continue;
      for (const Ref& ref : matcher_.find(each)) places_[ref].named = true;
    }
    if (round_ == Round::kShared) {
      for (const pg_spec::Database& each : work_.spec.databases) {
        std::size_t database = work_.database_index(each.name);
        if (database != Work::kNone) places_[{database, kSelf}].named = true;
      }
    }
    if (round_ != Round::kSchemas) return;
    for (const pg_spec::Schema& each : work_.spec.schemas) {
      Selector selector{.kind = Kind::kSchema, .database = each.database, .name = pg_spec::as_pattern(each.name)};
      for (const Ref& ref : matcher_.find(selector)) places_[ref].named = true;
    }
  }

  template <class F>
  void each_object(F&& use) {
    if (round_ == Round::kShared) {
      for (std::size_t at = 0; at < work_.after.shared.size(); ++at) use({kShared, at}, work_.after.shared[at]);
      for (std::size_t at = 0; at < work_.after.databases.size(); ++at) {
        use({at, kSelf}, work_.after.databases[at].self);
      }
      return;
    }
    for (std::size_t database = 0; database < work_.after.databases.size(); ++database) {
      std::vector<Object>& objects = work_.after.databases[database].objects;
      for (bool columns : {false, true}) {  // a table's revokes take its columns' rights with them
        for (std::size_t at = 0; at < objects.size(); ++at) {
          Kind kind = objects[at].kind;
          if (round_of(kind) == round_ && (kind == Kind::kColumn) == columns) use({database, at}, objects[at]);
        }
      }
    }
  }

  void bring(const Ref& ref, Object& object, Rules& rules) {
    auto place = places_.find(ref);
    const Place* found = place == places_.end() ? nullptr : &place->second;
    const std::vector<Taking>* lost = lost_of(ref, object);
    const Work::DefaultRights* defaults = default_rights(ref, object);
    if (!found && !lost && !defaults && work_.absent.empty()) return;
    const std::vector<Wish>& wishes = wishes_of(found, defaults);
    const std::string& database = ref.database == kShared ? kNobody : work_.after.databases[ref.database].self.name;
    Mode mode = found && found->named
                    ? pg_spec::mode_of(work_.spec, database, object.kind == Kind::kSchema ? object.name : object.schema)
                    : Mode::kAtLeast;
    rules.owner = object.owner;
    rules.exactly = mode == Mode::kExactly;
    rules.report = mode == Mode::kAdopt;
    Difference difference = compare(object.grants, wishes, rules, lost ? *lost : kNoTakings);
    report(object, difference);
    if (difference.empty()) return;
    statements_.add(ref, difference);
    if (round_ != Round::kObjects && ref.database != kShared)
      work_.earlier.emplace(std::pair(ref.database, object.oid), object);
    if (round_ == Round::kObjects && object.kind != Kind::kColumn && !difference.takings.empty()) {
      taken_[{ref.database, object.schema, object.name}] = difference.takings;
    }
    object.grants = std::move(difference.after);
    object.acl_is_default = false;
  }

  void report(const Object& object, const Difference& difference) {
    for (const pg_model::Grant& each : difference.excess) {
      work_.unmanaged(fmt::format("{} on {} {} to {}, given by {}", list(each.privileges), pg_model::name(object.kind),
                                  plain(object), work_.names.plain(each.grantee), work_.names.plain(each.grantor)));
    }
  }

  const std::vector<Taking>* lost_of(const Ref& ref, const Object& object) const {
    if (object.kind != Kind::kColumn) return nullptr;
    auto found = taken_.find({ref.database, object.schema, object.name});
    return found == taken_.end() ? nullptr : &found->second;
  }

  const Work::DefaultRights* default_rights(const Ref& ref, const Object& object) {
    if (work_.spec.defaults.empty() || ref.database == kShared || ref.object == kSelf) return nullptr;
    return rights_by_default(work_, ref.database, object);
  }

  // The wishes for what the same selectors mean are made once.
  const std::vector<Wish>& wishes_of(const Place* place, const Work::DefaultRights* defaults) {
    static const std::vector<std::uint32_t> no_rights;
    const std::vector<std::uint32_t>& rights = place ? place->rights : no_rights;
    auto [at, fresh] = made_.try_emplace({rights, defaults});
    if (!fresh) return at->second;
    std::vector<Wish>& wishes = at->second;
    for (std::uint32_t each : rights) wishes.insert(wishes.end(), groups_[each].begin(), groups_[each].end());
    if (defaults) wishes.insert(wishes.end(), defaults->begin(), defaults->end());
    merge(wishes);
    return wishes;
  }

  static const std::string kNobody;
  static const std::vector<Taking> kNoTakings;

  Work& work_;
  Round round_;
  Matcher matcher_;
  Statements statements_;
  std::map<std::tuple<Kind, bool, std::string, std::string, std::string, std::string>, std::size_t> known_;
  std::vector<Selector> selectors_;
  std::vector<std::vector<Wish>> groups_;  // by selector
  std::map<Ref, Place> places_;
  std::map<std::pair<std::vector<std::uint32_t>, const Work::DefaultRights*>, std::vector<Wish>> made_;
  std::map<std::tuple<std::size_t, std::string, std::string>, std::vector<Taking>> taken_;  // database, schema, table
};

const std::string Grants::kNobody;
const std::vector<Taking> Grants::kNoTakings;

}  // namespace

void plan_shared_grants(Work& work) { Grants(work, Round::kShared).run(); }
void plan_schema_grants(Work& work) { Grants(work, Round::kSchemas).run(); }
void plan_object_grants(Work& work) { Grants(work, Round::kObjects).run(); }

}  // namespace pg_plan

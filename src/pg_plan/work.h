// What the passes of one plan share: the cluster as it is, the cluster as it will be, and the steps between.
//
// Each pass brings `after` up to what it plans, so that the next one sees it: roles, memberships, settings, databases
// and what is in them, grants, defaults, policies, removals. New things get OIDs from 4,000,000,000 upwards, which no
// cluster has yet. Order of `after`: as `before`, and what is new at the end.
//
//   Threads   one at a time.

#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "pg_model/state.h"
#include "pg_plan/executor.h"
#include "pg_plan/names.h"
#include "pg_plan/plan.h"
#include "pg_plan/rights.h"
#include "pg_plan/script.h"
#include "pg_spec/spec.h"

namespace pg_plan {

inline constexpr std::size_t kUnmanagedMax = 1000;  // lines of Plan::unmanaged
inline constexpr std::size_t kWarningsMax = 200;

struct Work {
  Work(const pg_model::Cluster& cluster, const pg_spec::Spec& specification);
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  const pg_model::Cluster& before;
  const pg_spec::Spec& spec;
  pg_model::Cluster after;
  Names names;
  Executor executor;
  Script script;
  Plan plan;
  std::vector<std::string> refusals;

  std::unordered_set<pg_model::Oid> external;                 // managed elsewhere
  std::unordered_map<pg_model::Oid, pg_model::Oid> absent;    // to be dropped -> who gets what it owns (0: nobody)
  std::unordered_map<pg_model::Oid, pg_spec::Mode> declared;  // roles of the specification, and their mode
  std::set<std::pair<std::size_t, pg_model::Oid>> changed;    // objects of databases whose access may change

  // What declared default privileges mean for what is there already: by database, creator, schema and kind.
  using DefaultRights = std::vector<Wish>;
  std::map<std::tuple<std::size_t, pg_model::Oid, std::string, pg_model::Kind>, DefaultRights> default_rights;

  // What databases and schemas gave before their grants were compared: what is revoked goes at the end of its stage
  // only. By database and OID.
  std::map<std::pair<std::size_t, pg_model::Oid>, pg_model::Object> earlier;

  [[nodiscard]] int major() const { return before.server.major(); }
  [[nodiscard]] const pg_model::Role* role(pg_model::Oid oid) const { return names.role(oid); }
  // The role of this name in `after`; kPublic for "PUBLIC". Refuses the plan where there is none.
  std::optional<pg_model::Oid> find_role(std::string_view name, std::string_view where);
  pg_model::Oid add_role(pg_model::Role role);
  pg_model::Oid new_oid() { return next_oid_++; }
  void refuse(std::string why) { refusals.push_back(std::move(why)); }
  void warn(std::string what);
  void unmanaged(std::string what);
  // The owner of a database, its place in `after`, or none.
  [[nodiscard]] std::size_t database_index(std::string_view name) const;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

 private:
  pg_model::Oid next_oid_ = 4'000'000'000;
};

// The passes, in the order in which they run.
void plan_roles(Work& work);
void plan_memberships(Work& work);
void plan_settings(Work& work);
void plan_absent(Work& work);     // what absent roles own, and everything of theirs but grants
void plan_databases(Work& work);  // databases: made, owned, commented
void plan_shared_grants(Work& work);
void plan_schemas(Work& work);  // schemas, and extensions
void plan_schema_grants(Work& work);
void plan_owners(Work& work);
void plan_defaults(Work& work);
void plan_object_grants(Work& work);
void plan_policies(Work& work);
void guard(Work& work);               // lock-out by rds_iam
void check_budget(Work& work);        // how many grantees a table can bear
void check_completeness(Work& work);  // whether default privileges cover whoever can create

// ALTER ... OWNER TO, and everything that a non-superuser needs around it.
void change_owner(Work& work, Step step, const pg_model::Object& object, std::size_t database, pg_model::Oid owner);
// The grants of an object whose owner changes, as the server rewrites them.
void rewrite_owner(pg_model::Object& object, pg_model::Oid owner, int major);

// A step for the owner of something in this database, and what it needs for that.
Temporary usage_on_schema(const Work& work, std::size_t database, std::string_view schema, pg_model::Oid role);
// Whether the role has this privilege by the memberships that it inherits, by ownership or through PUBLIC.
bool holds(const Work& work, const pg_model::Object& object, pg_model::Oid role, pg_model::Privileges privileges);
// The same of a database or a schema in it, for as long as its statements run.
bool holds_meanwhile(const Work& work, std::size_t database, const pg_model::Object& object, pg_model::Oid role,
                     pg_model::Privileges privileges);
const pg_model::Object* find_schema(const pg_model::Database& database, std::string_view name);

}  // namespace pg_plan

// What must not come of a plan, and what is said beside it: nobody who logs in with a password ends up in rds_iam;
// whoever runs the plan can still connect to what it is about; no table nears the number of grantees that its row can
// hold; whoever can create is covered by the default privileges.

#include <algorithm>

#include <fmt/format.h>

#include "pg_plan/defaults.h"
#include "pg_plan/work.h"

namespace pg_plan {
namespace {

using pg_model::Kind;
using pg_model::Object;
using pg_model::Oid;
using pg_model::Role;

// A row of pg_class has no room beside itself: at about 2,440 direct grantees every GRANT on it fails for ever.
constexpr std::size_t kGranteesMax = 2440, kGranteesWarn = 1500;

std::string names_of(const Work& work, const std::vector<Oid>& path) {
  std::vector<std::string> names;
  for (Oid each : path) names.push_back(work.names.plain(each));
  return join(names, " -> ");
}

void guard_executor(Work& work, const Graph& before, const Graph& after, const Role& rds_iam) {
  Oid self = work.executor.self();
  // Before 16 every row is a whole membership; from 16 on one that gives ADMIN only is what its maker gets.
  bool every_row = work.major() < 16;
  std::vector<Oid> path = after.path(self, rds_iam.oid, every_row);
  if (!path.empty() && before.path(self, rds_iam.oid, every_row).empty()) {
    work.refuse(
        fmt::format("{} runs the plan, and would be a member of rds_iam ({}): it could not log in with its "
                    "password any more. Give rds_iam to logins only, never to owners and groups.",
                    work.executor.role().name, names_of(work, path)));
  } else if (!path.empty()) {
    work.warn(fmt::format("{} is a member of rds_iam ({}): it can log in with tokens only.", work.executor.role().name,
                          names_of(work, path)));
  } else if (path = after.path(self, rds_iam.oid, true);
             !path.empty() && before.path(self, rds_iam.oid, true).empty()) {
    work.warn(
        fmt::format("{} holds ADMIN on the way to rds_iam ({}). A stock server's rule for a group counts that as "
                    "membership, RDS is reported not to: only a login tells.",
                    work.executor.role().name, names_of(work, path)));
  }
}

void guard_passwords(Work& work, const Graph& before, const Graph& after) {
  const Role* rds_iam = work.names.role("rds_iam");
  if (rds_iam == nullptr) return;
  guard_executor(work, before, after, *rds_iam);
  for (const pg_spec::Role& declared : work.spec.roles) {
    const Role* role = declared.password.empty() ? nullptr : work.names.role(declared.name);
    if (role == nullptr) continue;
    std::vector<Oid> path = after.path(role->oid, rds_iam->oid, true);
    if (path.empty()) continue;
    work.refuse(
        fmt::format("Login {} has a password that is managed here, and would be a member of rds_iam ({}): it "
                    "could not log in with it.",
                    declared.name, names_of(work, path)));
  }
}

bool may_connect(const pg_model::Database& to, const std::vector<Oid>& roles) {
  return std::ranges::any_of(to.self.grants, [&](const pg_model::Grant& grant) {
    if ((grant.privileges & pg_model::kConnect) == 0) return false;
    return grant.grantee == pg_model::kPublic || std::ranges::find(roles, grant.grantee) != roles.end();
  });
}

// Else the next run could not even look, and only the owner could help. A database that is made here had its maker for
// an owner.
void guard_connections(Work& work, const Graph& before, const Graph& after) {
  if (work.executor.superuser()) return;
  const Oid self = work.executor.self();
  for (const pg_model::Database& database : work.after.databases) {
    const pg_model::Database* was = work.before.database(database.self.name);
    const bool could = was == nullptr || may_connect(*was, before.reachable(self, Way::kInherit));
    if (!could || may_connect(database, after.reachable(self, Way::kInherit))) continue;
    work.refuse(
        fmt::format("{0} runs the plan, and could not connect to {1} any more, so that no later run could look "
                    "into it. Declare it: databases: {{{1}: {{privileges: {{{0}: CONNECT}}}}}}",
                    work.executor.role().name, database.self.name));
  }
}

}  // namespace

void guard(Work& work) {
  const Graph before(work.before.memberships), after(work.after.memberships);
  guard_passwords(work, before, after);
  guard_connections(work, before, after);
}

void check_budget(Work& work) {
  for (const pg_model::Database& database : work.after.databases) {
    std::size_t most = 0, count = 0;
    const Object* worst = nullptr;
    for (const Object& object : database.objects) {
      if (!is_relation(object.kind) || object.grants.size() < kGranteesWarn) continue;
      ++count;
      if (object.grants.size() > most) worst = &object;
      most = std::max(most, object.grants.size());
    }
    if (worst == nullptr) continue;
    std::string room =
        most < kGranteesMax ? fmt::format("{} more fit", kGranteesMax - most) : std::string("this plan will fail");
    work.warn(fmt::format(
        "In {}, {} objects have {} grantees or more; most has {} {}: {}. At about {} every further GRANT on it fails "
        "for ever (\"row is too big\"): {}. Grant to a group, and make the logins its members.",
        database.self.name, count, kGranteesWarn, pg_model::name(worst->kind), plain(*worst), most, kGranteesMax,
        room));
  }
}

namespace {

bool starts_as_another(const Work& work, Oid role, Oid database) {
  return std::ranges::any_of(work.after.settings, [&](const pg_model::Setting& each) {
    return each.role == role && each.name == "role" && (each.database == 0 || each.database == database);
  });
}

// Roles that can create in the schema in their own name.
std::vector<const Role*> creators(const Work& work, const Graph& graph, const Object& schema, Oid database) {
  std::vector<Oid> holders{schema.owner};
  for (const pg_model::Grant& grant : schema.grants) {
    if (grant.privileges & pg_model::kCreate) holders.push_back(grant.grantee);
  }
  bool everybody = std::ranges::find(holders, pg_model::kPublic) != holders.end();
  std::vector<const Role*> found;
  for (const Role& role : work.after.roles) {
    if (role.superuser || role.name.starts_with("pg_") || role.oid == work.executor.self()) continue;
    if (work.absent.contains(role.oid)) continue;
    bool itself = std::ranges::find(holders, role.oid) != holders.end();
    bool may = itself || (role.login && everybody);
    if (!may && role.login) {
      may = std::ranges::any_of(graph.reachable(role.oid, Way::kInherit),
                                [&](Oid each) { return std::ranges::find(holders, each) != holders.end(); });
    }
    if (may && !starts_as_another(work, role.oid, database)) found.push_back(&role);
  }
  return found;
}

}  // namespace

void check_completeness(Work& work) {
  Graph graph(work.after.memberships);
  for (std::size_t database = 0; database < work.after.databases.size(); ++database) {
    const pg_model::Database& where = work.after.databases[database];
    for (const Object& schema : where.objects) {
      if (schema.kind != Kind::kSchema) continue;
      std::set<Kind> kinds;
      for (const auto& [key, rights] : work.default_rights) {
        if (std::get<0>(key) == database && std::get<2>(key) == "." + schema.name) kinds.insert(std::get<3>(key));
      }
      if (kinds.empty()) continue;
      for (const Role* role : creators(work, graph, schema, where.self.oid)) {
        std::vector<std::string> open;
        for (Kind kind : kinds) {
          bool covered = work.default_rights.contains({database, role->oid, "." + schema.name, kind}) ||
                         work.default_rights.contains({database, role->oid, "", kind});
          if (!covered) open.emplace_back(default_word(kind));
        }
        if (open.empty()) continue;
        work.warn(fmt::format(
            "{} can create in schema {} of {}, and no default privileges are declared for what it makes there ({}): "
            "name it as a creator, take CREATE away, or let its sessions start as the owner (acts_as).",
            role->name, schema.name, where.self.name, join(open)));
      }
    }
  }
}

}  // namespace pg_plan

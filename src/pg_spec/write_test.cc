// A cluster is written, read, and must be described: an evaluator of its own, which shares nothing with the plan, asks
// the Spec about every fact of the cluster, and that it says nothing else.

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pg_spec/random_cluster.h"
#include "pg_spec/spec.h"

namespace pg_spec {
namespace {

using namespace pg_model;

struct Facts {
  const Cluster& cluster;
  std::set<std::string> is, said;

  explicit Facts(const Cluster& of) : cluster(of) {}

  std::string name(Oid oid) const { return oid == kPublic ? "PUBLIC" : cluster.role(oid)->name; }
  bool external(const pg_model::Role& role) const {
    const bool of_provider = cluster.server.like_rds && role.name.starts_with("rds_");
    return role.superuser || role.name.starts_with("pg_") || of_provider;
  }
  int major() const { return cluster.server.major(); }
};

// What grants on one object come to, by role; `own` is left out, whose rights go without saying.
std::map<std::string, std::pair<Privileges, Privileges>> sum(const Facts& facts,
                                                             const std::vector<pg_model::Grant>& grants, Oid own) {
  std::map<std::string, std::pair<Privileges, Privileges>> sums;
  for (const pg_model::Grant& each : grants) {
    if (each.grantee == own) continue;
    auto& [has, option] = sums[facts.name(each.grantee)];
    has |= each.privileges;
    option |= each.with_grant_option;
  }
  return sums;
}

std::string place(std::string_view database, const Object& object) {
  return fmt::format("{}|{}|{}|{}|{}", database, name(object.kind), object.schema, object.name, object.column);
}

// Extension members are said only where somebody was given something.
bool is_said(const Facts& facts, const Object& object) {
  if (object.kind == Kind::kLanguage && object.acl_is_default) return false;
  if (object.kind == Kind::kTablespace && object.acl_is_default && facts.external(*facts.cluster.role(object.owner)))
    return false;
  if (!object.of_extension) return true;
  return std::ranges::any_of(object.grants, [&](const pg_model::Grant& each) {
    return each.grantee != kPublic && each.grantee != object.owner;
  });
}

void check_object(Facts& facts, const Spec& spec, std::string_view database, const Object& object) {
  const std::string at = place(database, object);
  const bool declared =
      std::ranges::any_of(spec.objects, [&](const Selector& each) { return selects(each, database, object); });
  if (!is_said(facts, object)) {
    EXPECT_FALSE(declared) << at;
    return;
  }
  EXPECT_TRUE(declared) << at;
  for (const auto& [role, rights] : sum(facts, object.grants, object.owner)) {
    facts.is.insert(fmt::format("{} {}: {:x} {:x}", at, role, rights.first, rights.second));
  }
  std::map<std::string, std::pair<Privileges, Privileges>> sums;
  const Privileges all = all_privileges(object.kind, facts.major());
  for (const pg_spec::Grant& each : spec.grants) {
    if (!selects(each.on, database, object)) continue;
    auto& [has, option] = sums[each.role];
    const Privileges given = each.all ? all : each.privileges;
    has |= given;
    if (each.grant_option) option |= given;
  }
  for (const auto& [role, rights] : sums)
    facts.said.insert(fmt::format("{} {}: {:x} {:x}", at, role, rights.first, rights.second));
  // What is not there of PostgreSQL's own default, and nothing that is there, is revoked.
  std::map<std::string, Privileges> revoked;
  for (const pg_spec::Grant& each : spec.revokes) {
    if (selects(each.on, database, object)) revoked[each.role] |= each.all ? all : each.privileges;
  }
  for (const pg_model::Grant& each : object.grants) {
    auto found = revoked.find(facts.name(each.grantee));
    EXPECT_EQ(found == revoked.end() ? 0 : found->second & each.privileges, 0) << at << " " << found->first;
  }
  for (const pg_model::Grant& standard : default_grants(object.kind, object.owner, facts.major())) {
    Privileges has = 0;
    for (const pg_model::Grant& each : object.grants) {
      if (each.grantee == standard.grantee) has |= each.privileges;
    }
    const Privileges lacking = standard.privileges & ~has;
    EXPECT_EQ(revoked[facts.name(standard.grantee)] & lacking, lacking) << at;
  }
  std::set<std::string> owners;
  for (const Owner& each : spec.owners) {
    if (selects(each.of, database, object)) owners.insert(each.role);
  }
  for (const pg_spec::Schema& each : spec.schemas) {
    if (object.kind == Kind::kSchema && matches(each.database, database) && each.name == object.name)
      owners.insert(each.owner);
  }
  for (const pg_spec::Database& each : spec.databases) {
    if (object.kind == Kind::kDatabase && each.name == object.name) owners.insert(each.owner);
  }
  const bool owned = object.kind != Kind::kColumn && object.kind != Kind::kParameter && !object.of_extension;
  EXPECT_EQ(owners, owned ? std::set{facts.name(object.owner)} : std::set<std::string>{}) << at;
}

void check_tables(Facts& facts, const Spec& spec, const pg_model::Database& database) {
  for (const Object& object : database.objects) {
    if (object.kind != Kind::kTable) continue;
    const std::string at = place(database.self.name, object);
    if (object.row_security) facts.is.insert(fmt::format("{} row security {}", at, object.force_row_security));
    for (const RowSecurity& each : spec.row_security) {
      if (selects(each.table, database.self.name, object))
        facts.said.insert(fmt::format("{} row security {}", at, each.forced));
    }
    for (const pg_model::Policy& each : database.policies) {
      if (each.table != object.oid) continue;
      facts.is.insert(fmt::format("{} policy {} {} {} {} {} {}", at, each.name, each.command, each.permissive,
                                  facts.name(each.roles[0]), each.using_expression, each.check_expression));
    }
    for (const pg_spec::Policy& each : spec.policies) {
      if (!selects(each.table, database.self.name, object)) continue;
      facts.said.insert(fmt::format("{} policy {} {} {} {} {} {}", at, each.name, each.command, each.permissive,
                                    each.roles[0], each.using_expression, each.check_expression));
    }
  }
}

void check_defaults(Facts& facts, const Spec& spec, const pg_model::Database& database) {
  for (const DefaultPrivileges& each : database.defaults) {
    std::string schema;
    for (const Object& object : database.objects) {
      if (object.oid == each.schema && object.kind == Kind::kSchema) schema = as_pattern(object.name);
    }
    const std::string at =
        fmt::format("{}|defaults {} {} {}", database.self.name, facts.name(each.creator), schema, name(each.kind));
    for (const auto& [role, rights] : sum(facts, each.grants, each.schema == 0 ? each.creator : Oid{1})) {
      facts.is.insert(fmt::format("{} {}: {:x} {:x}", at, role, rights.first, rights.second));
    }
    if (each.schema != 0) continue;
    for (const pg_model::Grant& standard : default_grants(each.kind, each.creator, facts.major())) {
      Privileges has = 0;
      for (const pg_model::Grant& grant : each.grants) {
        if (grant.grantee == standard.grantee) has |= grant.privileges;
      }
      if (const Privileges lacking = standard.privileges & ~has)
        facts.is.insert(fmt::format("{} {} not: {:x}", at, facts.name(standard.grantee), lacking));
    }
  }
  std::map<std::string, std::pair<Privileges, Privileges>> sums;
  auto at = [&](const DefaultGrant& each) {
    return fmt::format("{}|defaults {} {} {} {}", database.self.name, each.creator, each.schema, name(each.kind),
                       each.role);
  };
  for (const DefaultGrant& each : spec.defaults) {
    if (!matches(each.database, database.self.name)) continue;
    auto& [has, option] = sums[at(each)];
    const Privileges given = each.all ? all_privileges(each.kind, facts.major()) : each.privileges;
    has |= given;
    if (each.grant_option) option |= given;
  }
  for (const auto& [key, rights] : sums)
    facts.said.insert(fmt::format("{}: {:x} {:x}", key, rights.first, rights.second));
  for (const DefaultGrant& each : spec.default_revokes) {
    if (!matches(each.database, database.self.name)) continue;
    facts.said.insert(
        fmt::format("{} not: {:x}", at(each), each.all ? all_privileges(each.kind, facts.major()) : each.privileges));
  }
}

void check_roles(Facts& facts, const Spec& spec) {
  auto attributes = [](const std::string& name, bool login, bool inherit, bool createrole, bool createdb, bool bypass,
                       int limit, const std::string& until, const std::string& comment) {
    return fmt::format("role {} {} {} {} {} {} {} {} {}", name, login, inherit, createrole, createdb, bypass, limit,
                       until, comment);
  };
  for (const pg_model::Role& each : facts.cluster.roles) {
    if (facts.external(each)) continue;
    facts.is.insert(attributes(each.name, each.login, each.inherit, each.createrole, each.createdb, each.bypass_rls,
                               each.connection_limit, each.valid_until, each.comment));
  }
  for (const pg_spec::Role& each : spec.roles) {
    facts.said.insert(attributes(each.name, each.kind == RoleKind::kLogin, each.inherit.value_or(true),
                                 each.createrole.value_or(false), each.createdb.value_or(false),
                                 each.bypass_rls.value_or(false), each.connection_limit.value_or(-1),
                                 each.valid_until.value_or(""), each.comment.value_or("")));
  }
  std::map<std::string, std::array<bool, 3>> edges;
  for (const pg_model::Membership& each : facts.cluster.memberships) {
    const pg_model::Role &role = *facts.cluster.role(each.role), &member = *facts.cluster.role(each.member);
    if (facts.external(role) && facts.external(member)) continue;
    if (facts.major() >= 16 && each.grantor == 10 && each.admin && !each.inherit && !each.set) continue;
    auto& [admin, inherit, set] = edges[fmt::format("member {} of {}", member.name, role.name)];
    admin |= each.admin;
    inherit |= each.inherit;
    set |= each.set;
  }
  for (const auto& [key, options] : edges)
    facts.is.insert(fmt::format("{} {}{}{}", key, options[0], options[1], options[2]));
  for (const pg_spec::Membership& each : spec.memberships) {
    const bool inherits = facts.cluster.role(each.member)->inherit;
    facts.said.insert(fmt::format("member {} of {} {}{}{}", each.member, each.role, each.admin.value_or(false),
                                  each.inherit.value_or(inherits), each.set.value_or(true)));
  }
  for (const pg_model::Setting& each : facts.cluster.settings) {
    const pg_model::Role* role = facts.cluster.role(each.role);
    if (role != nullptr && facts.external(*role)) continue;
    std::string database;
    for (const pg_model::Database& one : facts.cluster.databases) {
      if (one.self.oid == each.database) database = one.self.name;
    }
    facts.is.insert(fmt::format("set {}|{}|{}={}", role == nullptr ? "" : role->name, database, each.name, each.value));
  }
  for (const pg_spec::Setting& each : spec.settings)
    facts.said.insert(fmt::format("set {}|{}|{}={}", each.role, each.database, each.name, each.value));
}

void check(const Cluster& cluster) {
  const std::string text = write(cluster);
  SCOPED_TRACE(text);
  const base::Result<Spec> spec = read(text, "written.yaml");
  ASSERT_TRUE(spec) << spec.error().message;
  Facts facts(cluster);
  check_roles(facts, *spec);
  for (const Object& each : cluster.shared) check_object(facts, *spec, "", each);
  for (const pg_model::Database& database : cluster.databases) {
    check_object(facts, *spec, "", database.self);
    for (const Object& each : database.objects) check_object(facts, *spec, database.self.name, each);
    check_tables(facts, *spec, database);
    check_defaults(facts, *spec, database);
    for (const pg_model::Extension& each : database.extensions) {
      facts.is.insert(fmt::format("{}|extension {} {} {}", database.self.name, each.name, each.schema, each.version));
    }
    for (const pg_spec::Extension& each : spec->extensions) {
      if (!matches(each.database, database.self.name)) continue;
      facts.said.insert(fmt::format("{}|extension {} {} {}", database.self.name, each.name, each.schema, each.version));
    }
  }
  EXPECT_EQ(facts.is, facts.said);
  EXPECT_EQ(text, write(cluster)) << "the same cluster, another text";
}

TEST(Write, EveryRandomClusterIsDescribedExactly) {
  const bool ok = rc::check("what is written, read, says what is", [](std::uint64_t seed) {
    const int major = 13 + static_cast<int>(seed % 6);
    const auto before = ::testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
    check(testing::random_cluster(seed, major));
    const auto after = ::testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
    RC_ASSERT(before == after);
  });
  EXPECT_TRUE(ok);
}

}  // namespace
}  // namespace pg_spec

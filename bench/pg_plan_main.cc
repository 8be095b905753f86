// How long a plan takes, in memory: 1,000 roles, 1,000 tables and 1,000 sequences in 10 schemas. With groups: from
// nothing, and with nothing to do; and with a million rights given directly, as a baseline of what groups save.
//
//   bench_pg_plan [rounds]

#include <chrono>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/resource.h>

#include "pg_plan/plan.h"

namespace {

using pg_model::Kind;

constexpr int kRoles = 1000, kObjects = 1000, kSchemas = 10, kGroups = 10;

pg_model::Cluster empty_cluster() {
  pg_model::Cluster cluster;
  cluster.server = {.version = 170000, .system_identifier = "1", .current_user = 100, .current_database = "shop"};
  pg_model::Database shop;
  shop.self = {.kind = Kind::kDatabase, .oid = 1, .name = "shop", .owner = 100};
  shop.self.grants = pg_model::default_grants(Kind::kDatabase, 100, 17);
  shop.inspected = true;
  for (int schema = 0; schema < kSchemas; ++schema) {
    shop.objects.push_back({.kind = Kind::kSchema,
                            .oid = 1000U + static_cast<unsigned>(schema),
                            .name = fmt::format("s{}", schema),
                            .owner = 101});
  }
  for (Kind kind : {Kind::kTable, Kind::kSequence}) {
    for (int at = 0; at < kObjects; ++at) {
      shop.objects.push_back({.kind = kind,
                              .oid = static_cast<unsigned>(10000 + at + (kind == Kind::kTable ? 0 : kObjects)),
                              .schema = fmt::format("s{}", at % kSchemas),
                              .name = fmt::format("{}{:04}", kind == Kind::kTable ? "t" : "q", at),
                              .owner = 101});
    }
  }
  for (pg_model::Object& each : shop.objects) each.grants = pg_model::default_grants(each.kind, each.owner, 17);
  cluster.databases.push_back(std::move(shop));
  cluster.roles = {{.oid = 100, .name = "admin", .createrole = true, .login = true}, {.oid = 101, .name = "owner"}};
  cluster.memberships.push_back({101, 100, 10, true, false, false});
  return cluster;
}

void add_roles(pg_model::Cluster& cluster, pg_spec::Spec& spec, bool there) {
  for (int at = 0; at < kRoles; ++at) {
    std::string name = fmt::format("r{:04}", at);
    spec.roles.push_back({.name = name, .kind = pg_spec::RoleKind::kLogin});
    if (!there) continue;
    auto oid = static_cast<unsigned>(20000 + at);
    cluster.roles.push_back({.oid = oid, .name = name, .login = true});
    cluster.memberships.push_back({oid, 100, 10, true, false, false});
  }
}

void declare(pg_spec::Spec& spec, const std::string& role) {
  for (int schema = 0; schema < kSchemas; ++schema) {
    std::string name = fmt::format("s{}", schema);
    spec.grants.push_back({.role = role,
                           .on = {.kind = Kind::kSchema, .database = "shop", .name = name},
                           .privileges = pg_model::kUsage});
    for (Kind kind : {Kind::kTable, Kind::kSequence}) {
      spec.grants.push_back({.role = role,
                             .on = {.kind = kind, .database = "shop", .schema = name, .name = "*"},
                             .privileges = pg_model::kSelect});
    }
  }
}

double milliseconds(const pg_model::Cluster& cluster, const pg_spec::Spec& spec, int rounds, pg_plan::Plan& made) {
  double best = 1e9;
  for (int round = 0; round < rounds; ++round) {
    auto begin = std::chrono::steady_clock::now();
    auto plan = pg_plan::plan(cluster, spec);
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    if (plan) made = std::move(*plan);
  }
  return best;
}

void report(const char* what, const pg_model::Cluster& cluster, const pg_spec::Spec& spec, int rounds) {
  pg_plan::Plan plan;
  double best = milliseconds(cluster, spec, rounds, plan);
  std::size_t bytes = 0;
  for (const pg_plan::Statement& each : plan.statements) bytes += each.sql.size();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{:42} {:8.1f} ms  {:5} statements  {:8} bytes  {:5} access lines  {:4} MB at most so far\n", what, best,
             plan.statements.size(), bytes, plan.gained.size() + plan.lost.size(), usage.ru_maxrss / 1024);
  if (!plan.refused.empty()) fmt::print("  refused: {}\n", plan.refused);
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  {
    pg_model::Cluster cluster = empty_cluster();
    pg_spec::Spec spec;
    add_roles(cluster, spec, false);
    for (int group = 0; group < kGroups; ++group) {
      spec.roles.push_back({.name = fmt::format("g{}", group)});
      declare(spec, fmt::format("g{}", group));
    }
    for (int at = 0; at < kRoles; ++at) {
      spec.memberships.push_back({.role = fmt::format("g{}", at % kGroups), .member = fmt::format("r{:04}", at)});
    }
    report("groups, from nothing", cluster, spec, rounds);
  }
  pg_model::Cluster cluster = empty_cluster();
  pg_spec::Spec spec;
  for (int group = 0; group < kGroups; ++group) {
    cluster.roles.insert(cluster.roles.begin() + 1 + group,
                         {.oid = static_cast<unsigned>(200 + group), .name = fmt::format("g{}", group)});
    spec.roles.push_back({.name = fmt::format("g{}", group)});
    declare(spec, fmt::format("g{}", group));
  }
  pg_spec::Spec direct;
  add_roles(cluster, spec, true);
  for (int at = 0; at < kRoles; ++at) declare(direct, fmt::format("r{:04}", at));
  {
    pg_model::Cluster done = cluster;
    for (int at = 0; at < kRoles; ++at) {
      done.memberships.push_back({static_cast<unsigned>(200 + at % kGroups), static_cast<unsigned>(20000 + at), 100});
      spec.memberships.push_back({.role = fmt::format("g{}", at % kGroups), .member = fmt::format("r{:04}", at)});
    }
    for (pg_model::Object& each : done.databases[0].objects) {
      auto right = each.kind == Kind::kSchema ? pg_model::kUsage : pg_model::kSelect;
      for (unsigned group = 0; group < kGroups; ++group) each.grants.push_back({200 + group, 101, right, 0});
    }
    report("groups, nothing to do", done, spec, rounds);
  }
  report("a million direct rights, from nothing", cluster, direct, rounds);
  for (pg_model::Object& each : cluster.databases[0].objects) {
    auto right = each.kind == Kind::kSchema ? pg_model::kUsage : pg_model::kSelect;
    for (unsigned at = 0; at < kRoles; ++at) each.grants.push_back({20000 + at, 101, right, 0});
  }
  report("a million direct rights, nothing to do", cluster, direct, rounds);
}

#include "pg_plan/plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/hasher.h"
#include "pg_plan/access.h"
#include "pg_plan/work.h"

namespace pg_plan {
namespace {

constexpr int kMajorMin = 13, kMajorMax = 18;
constexpr pg_model::Oid kNewOids = 4'000'000'000;

void check_server(Work& work) {
  if (work.before.server.in_recovery) {
    work.refuse("This server is in recovery (a reader endpoint, or a standby): it cannot be written to.");
  }
  if (work.major() < kMajorMin) {
    work.refuse(fmt::format("This is PostgreSQL {}; {} and newer are known here.", work.major(), kMajorMin));
  }
  if (work.major() > kMajorMax) {
    work.warn(
        fmt::format("PostgreSQL {} is newer than what this program was tested with ({}).", work.major(), kMajorMax));
  }
}

void run_passes(Work& work) {
  plan_roles(work);
  plan_memberships(work);
  plan_databases(work);
  plan_settings(work);
  plan_absent(work);
  plan_shared_grants(work);
  plan_schemas(work);
  plan_defaults(work);
  plan_schema_grants(work);
  plan_owners(work);
  plan_object_grants(work);
  plan_policies(work);
  guard(work);
  check_budget(work);
  check_completeness(work);
}

void digest_statements(crypto::Hasher& hash, const std::vector<Statement>& statements) {
  for (const Statement& each : statements) {
    hash.update(each.database ? "d" + *each.database : "c");
    hash.update(std::string_view("\0", 1));
    hash.update(each.sql);
    hash.update(std::string_view("\0", 1));
  }
  hash.update("\n");
}

// What would run, where, as whom, and on which things: a name may come to mean something else.
std::string digest_of(const Work& work) {
  crypto::Hasher hash(crypto::Hasher::Kind::kSha256);
  auto number = [&](std::uint64_t value) { hash.update(std::to_string(value) + ","); };
  hash.update("stewardry plan 1\n" + work.before.server.system_identifier + "\n");
  number(static_cast<std::uint64_t>(work.major()));
  number(work.executor.self());
  digest_statements(hash, work.plan.statements);
  digest_statements(hash, work.plan.administrator);
  hash.update(work.plan.refused);
  std::vector<pg_model::Oid> roles;
  for (const auto& [role, mode] : work.declared) roles.push_back(role);
  for (const auto& [role, heir] : work.absent) roles.push_back(role);
  std::ranges::sort(roles);
  for (pg_model::Oid each : roles) {
    if (each < kNewOids) number(each);
  }
  hash.update("\n");
  for (const pg_model::Database& each : work.before.databases) number(each.self.oid);
  hash.update("\n");
  for (const auto& [database, object] : work.changed) {
    number(database);
    number(object);
  }
  return base::hex(hash.finish());
}

// Dropped roles are gone from what is compared.
void forget_absent(Work& work) {
  std::erase_if(work.after.roles, [&](const pg_model::Role& role) { return work.absent.contains(role.oid); });
}

}  // namespace

base::Result<Plan> plan(const pg_model::Cluster& cluster, const pg_spec::Spec& spec, const Options& options) {
  if (cluster.role(cluster.server.current_user) == nullptr) {
    return base::fail(base::Code::kInvalid, "The cluster's inspection does not hold the role that made it.");
  }
  Work work(cluster, spec);
  check_server(work);
  run_passes(work);
  bool changes = !work.script.empty();
  work.script.write(work.plan);
  work.plan.refused = join(work.refusals, "\n");
  std::ranges::sort(work.plan.unmanaged);
  work.plan.digest = digest_of(work);
  if (changes && options.effective_access) {
    forget_absent(work);
    AccessChange change = compare_access(work.before, work.after, kAccessItemsMax);
    work.plan.gained = std::move(change.gained);
    work.plan.lost = std::move(change.lost);
    if (!change.warning.empty()) work.plan.warnings.push_back(std::move(change.warning));
  }
  return std::move(work.plan);
}

}  // namespace pg_plan

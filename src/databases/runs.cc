// Starting runs, approving plans, and looking at them.

#include <algorithm>

#include <fmt/format.h>

#include "databases/databases.h"

namespace databases {
namespace {

constexpr std::string_view kRunPrefix = "run#";

base::Error no_such_plan() { return {base::Code::kNotFound, "There is no such plan."}; }
base::Error no_such_run() { return {base::Code::kNotFound, "There is no such entry in the history."}; }

auto conflict(std::string message) { return base::fail(base::Code::kConflict, std::move(message)); }

base::Error nothing_in_force() {
  return {base::Code::kConflict,
          "No version of the spec is in force yet. Plan one, and apply it if the plan is not empty."};
}

std::string action_of(RunKind kind) { return fmt::format("database.{}", json::name_of(kind)); }

}  // namespace

base::Result<Started> Databases::start(store::Transaction& tx, const audit::Actor& actor, Database database,
                                       Run run) const {
  TRY(options_.places.check(database));
  if (!database.open_run.empty()) {
    return conflict(
        fmt::format("The operation {} on this database has not ended. Wait for it, or cancel it if it has not begun.",
                    database.open_run));
  }
  json::Object inputs;
  inputs["databaseId"] = database.uuid;
  inputs["workspaceId"] = database.workspace_id;
  inputs["specVersion"] = run.spec;
  if (!run.plan_id.empty()) inputs["planId"] = run.plan_id;
  if (!run.digest.empty()) inputs["digest"] = run.digest;
  if (!run.login.empty()) inputs["login"] = run.login;
  operations::Operation operation = operations_.start(tx, {.type = action_of(run.kind),
                                                           .target_type = std::string(kTargetType),
                                                           .target_id = database.uuid,
                                                           .started_by = std::string(actor.principal_id),
                                                           .seen_by = {database.registered_by},
                                                           .request_id = std::string(actor.request_id),
                                                           .inputs = std::move(inputs)});
  run.id = operation.id;
  run.database_uuid = database.uuid;
  run.started_by = actor.principal_id;
  run.request_id = actor.request_id;
  run.created_at = operation.created_at;
  database.open_run = run.id;
  tx.put(item_of(run));
  record(tx, actor, action_of(run.kind), database);
  put(tx, database);
  return Started{std::move(run), std::move(operation)};
}

base::Result<Started> Databases::plan(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                      std::optional<std::int64_t> number) const {
  Database database = TRY(find(tx, actor, uuid, authz::DatabaseAction::kManage));
  if (database.last_spec == 0) return conflict("The database has no spec yet: put one first.");
  Run run;
  run.kind = RunKind::kPlan;
  run.spec = number.value_or(database.last_spec);
  if (!TRY(tx.get(spec_key(uuid, run.spec)))) {
    return base::fail_field(base::Code::kImpossible, "/specVersion",
                            fmt::format("The newest version of the spec is {}.", database.last_spec));
  }
  return start(tx, actor, std::move(database), std::move(run));
}

base::Result<Run> Databases::plan_run(store::Transaction& tx, std::string_view uuid, std::string_view plan_id) const {
  const std::optional<store::Item> item = TRY(tx.get(run_key(uuid, plan_id)));
  if (!item) return base::fail(no_such_plan());
  Run run = TRY(read<Run>(*item));
  if (run.kind != RunKind::kPlan) return base::fail(no_such_plan());
  return run;
}

base::Result<Run> Databases::approve(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                     std::string_view plan_id, std::string_view digest) const {
  const Database database = TRY(find(tx, actor, uuid, authz::DatabaseAction::kManage));
  Run plan = TRY(plan_run(tx, uuid, plan_id));
  if (plan.status != operations::Status::kSuccess) {
    return conflict(fmt::format("The plan is {}; only one that was made can be approved.", json::name_of(plan.status)));
  }
  if (!plan.refused.empty()) return conflict(fmt::format("The plan cannot be applied: {}", plan.refused));
  if (plan.statements == 0) return conflict("The plan is empty: there is nothing to approve.");
  if (plan.digest != digest) {
    return base::fail_field(base::Code::kConflict, "/digest",
                            fmt::format("The plan's digest is {}. Look at the plan that you mean.", plan.digest));
  }
  if (!plan.approved_by.empty()) return plan;
  const std::optional<store::Item> spec = TRY(tx.get(spec_key(uuid, plan.spec)));
  if (!spec) return base::fail(base::Code::kCorrupt, "The stored state of a database is damaged.", "a spec is gone");
  if (options_.four_eyes && TRY(read<SpecVersion>(*spec)).author == actor.principal_id) {
    return base::fail(
        base::Code::kForbidden,
        fmt::format("You wrote version {} of the spec; somebody else has to approve its plan.", plan.spec));
  }
  plan.approved_by = actor.principal_id;
  plan.approved_at = clock_.now();
  tx.put(item_of(plan));
  record(tx, actor, "database.approve", database);
  return plan;
}

base::Result<Started> Databases::apply(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                       std::string_view plan_id) const {
  Database database = TRY(find(tx, actor, uuid, authz::DatabaseAction::kManage));
  const Run plan = TRY(plan_run(tx, uuid, plan_id));
  if (plan.approved_by.empty()) return conflict("The plan is not approved. Approve its digest first.");
  if (!plan.applied_by.empty()) return conflict("The plan was applied already. Make a new one.");
  Run run;
  run.kind = RunKind::kApply;
  run.spec = plan.spec;
  run.plan_id = plan.id;
  run.digest = plan.digest;
  return start(tx, actor, std::move(database), std::move(run));
}

base::Result<Started> Databases::rotate(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid,
                                        const std::string& login) const {
  Database database = TRY(find(tx, actor, uuid, authz::DatabaseAction::kManage));
  if (database.in_force == 0) return base::fail(nothing_in_force());
  const SpecFacts facts = TRY(runner_.read_spec(TRY(text_of(uuid, database.in_force, tx.deadline()))));
  const auto found = std::find_if(facts.logins.begin(), facts.logins.end(),
                                  [&](const SpecFacts::Login& each) { return each.name == login; });
  if (found == facts.logins.end() || found->place.empty()) {
    return base::fail_field(
        base::Code::kImpossible, "/login",
        fmt::format("Version {} of the spec, which is in force, manages no password of a login of that name.",
                    database.in_force));
  }
  Run run;
  run.kind = RunKind::kRotate;
  run.spec = database.in_force;
  run.login = login;
  return start(tx, actor, std::move(database), std::move(run));
}

base::Result<Started> Databases::check(store::Transaction& tx, const audit::Actor& actor, std::string_view uuid) const {
  Database database = TRY(find(tx, actor, uuid, authz::DatabaseAction::kManage));
  if (database.in_force == 0) return base::fail(nothing_in_force());
  Run run;
  run.kind = RunKind::kCheck;
  run.spec = database.in_force;
  return start(tx, actor, std::move(database), std::move(run));
}

base::Result<RunPage> Databases::runs(std::string_view user_id, std::string_view uuid, std::optional<RunKind> kind,
                                      std::string_view after, std::size_t limit, base::Deadline deadline) const {
  TRY(find_to_read(user_id, uuid, deadline));
  store::Query query{.pk = database_key(uuid).pk,
                     .sk_from = std::string(kRunPrefix),
                     .sk_to = after.empty() ? store::end_of_prefix(std::string(kRunPrefix))
                                            : std::optional<std::string>(run_key(uuid, after).sk),
                     .descending = true,
                     .items_max = std::min(limit + 1, store::kReadsMax)};
  RunPage page;
  for (;;) {
    const store::Page found = TRY(table_.query(query, deadline));
    for (const store::Item& item : found.items) {
      Run run = TRY(read<Run>(item));
      if (kind && run.kind != *kind) continue;
      if (page.runs.size() == limit) {
        page.next = page.runs.back().id;
        return page;
      }
      page.runs.push_back(std::move(run));
    }
    if (!found.next_cursor) return page;
    query.cursor = *found.next_cursor;
  }
}

base::Result<Databases::Reported> Databases::run(std::string_view user_id, std::string_view uuid,
                                                 std::string_view run_id, base::Deadline deadline) const {
  TRY(find_to_read(user_id, uuid, deadline));
  const store::Key key = run_key(uuid, run_id);
  const std::optional<store::Item> item = TRY(table_.get(key, deadline));
  if (!item) return base::fail(no_such_run());
  Reported found{TRY(read<Run>(*item)), {}};
  found.report = TRY(read_text(table_, key, found.run.report_parts, deadline));
  return found;
}

base::Result<void> Databases::finished(store::Transaction& tx, const operations::Operation& operation) {
  const std::optional<store::Item> item = TRY(tx.get(run_key(operation.target_id, operation.id)));
  if (!item) return {};
  Run run = TRY(read<Run>(*item));
  if (run.finished()) return {};  // by the worker, in this transaction
  if (run.status != operations::Status::kPending || operation.status == operations::Status::kSuccess) {
    return conflict(run.status == operations::Status::kPending
                        ? "The server carries out operations on databases, and says itself how they end."
                        : "The operation has begun, and the server ends it itself. Wait for it.");
  }
  run.status = operation.status;
  run.reason = operation.reason;
  run.finished_at = operation.finished_at;
  tx.put(item_of(run));
  const std::optional<store::Item> found = TRY(tx.get(database_key(operation.target_id)));
  if (!found) return {};
  Database database = TRY(read<Database>(*found));
  if (database.open_run != run.id) return {};
  database.open_run.clear();
  put(tx, database);
  return {};
}

}  // namespace databases

// What is done to databases: plans, approvals, applications, rotations, checks; and the history of it.

#include <fmt/format.h>

#include "api/database_views.h"
#include "api/mutation.h"
#include "api/paging.h"
#include "api/requests.h"
#include "http/endpoint.h"
#include "json/parse.h"

namespace api {
namespace {

struct PlanBody {
  static constexpr std::string_view kTypeName = "DatabasePlanRequest";
  static constexpr bool kClosed = true;
  std::optional<std::int64_t> spec;
  template <class V>
  static void describe(V& field) {
    field("specVersion", &PlanBody::spec,
          {.doc = "The version to plan; absent: the newest.", .min = 1, .max = 999'999'999});
  }
};

struct ApprovalBody {
  static constexpr std::string_view kTypeName = "DatabasePlanApproval";
  static constexpr bool kClosed = true;
  std::string digest;
  template <class V>
  static void describe(V& field) {
    field("digest", &ApprovalBody::digest,
          {.doc = "Of the plan that was looked at.", .chars_min = 1, .chars_max = 256});
  }
};

struct RotationBody {
  static constexpr std::string_view kTypeName = "DatabaseRotation";
  static constexpr bool kClosed = true;
  std::string login;
  template <class V>
  static void describe(V& field) {
    field("login", &RotationBody::login,
          {.doc = "A login of the version in force whose password is managed.", .chars_min = 1, .chars_max = 63});
  }
};

struct HistoryQuery : PageQuery {
  std::optional<databases::RunKind> kind;
  template <class V>
  static void describe(V& field) {
    PageQuery::describe(field);
    field("kind", &HistoryQuery::kind, {.doc = "Only those of this kind."});
  }
};

base::Result<http::Reply> list_runs(const Context& context, const http::Call& call, const PageQuery& query,
                                    std::optional<databases::RunKind> kind, std::string_view what) {
  const std::string& uuid = call.path("id");
  const std::string& user_id = call.principal().user_id;
  const Listing listing(context, call, query,
                        fmt::format("databases/{}/{}?kind={}", uuid, what, kind ? json::name_of(*kind) : "any"));
  const databases::RunPage page =
      TRY(context.databases.runs(user_id, uuid, kind, TRY(listing.after()), listing.limit(), call.deadline()));
  std::size_t total = 0;
  if (query.count) {
    for (std::string after;;) {
      const databases::RunPage part =
          TRY(context.databases.runs(user_id, uuid, kind, after, base::limits::kPageMax - 1, call.deadline()));
      total += part.runs.size();
      if (!part.next) break;
      after = *part.next;
    }
  }
  std::vector<RunView> views;
  for (const databases::Run& each : page.runs) views.push_back(view_of(each));
  return listing.finish(http::reply(200, views), page.next, total);
}

base::Result<http::Reply> get_run(const Context& context, const http::Call& call, std::string_view parameter,
                                  std::optional<databases::RunKind> kind) {
  const databases::Databases::Reported found =
      TRY(context.databases.run(call.principal().user_id, call.path("id"), call.path(parameter), call.deadline()));
  if (kind && found.run.kind != *kind) return base::fail(base::Code::kNotFound, "There is no such plan.");
  RunView view = view_of(found.run);
  if (!found.report.empty()) {
    json::Value report = TRY(json::parse_stored(found.report));
    if (json::Object* object = report.if_object()) view.report = std::move(*object);
  }
  return http::reply(200, view);
}

using Starter = std::function<base::Result<databases::Started>(store::Transaction&)>;

base::Result<http::Reply> start_run(const Context& context, const http::Call& call, const Starter& starter) {
  http::Reply reply = TRY(change_once(context, call, [&](store::Transaction& tx) -> base::Result<http::Reply> {
    const databases::Started started = TRY(starter(tx));
    const bool is_plan = started.run.kind == databases::RunKind::kPlan;
    return http::reply(202, view_of(started, call.base_path()))
        .with("Location", fmt::format("{}/databases/{}/{}/{}", call.base_path(), started.run.database_uuid,
                                      is_plan ? "plans" : "history", started.run.id));
  }));
  if (context.database_work) context.database_work();
  return reply;
}

base::Result<http::Reply> approve(const Context& context, const http::Call& call, const ApprovalBody& body) {
  return change_once(context, call, [&](store::Transaction& tx) -> base::Result<http::Reply> {
    const databases::Run run =
        TRY(context.databases.approve(tx, asker_of(call), call.path("id"), call.path("planId"), body.digest));
    return http::reply(200, view_of(run));
  });
}

constexpr http::Parameter kId{"id", &json::kUuidFormat, "The database's uuid."};
constexpr http::Parameter kPlanId{"planId", &json::kUuidFormat, "The plan's id."};

void add_plan_routes(http::Router& router, const Context& context) {
  using http::None;
  router.add(http::endpoint<PageQuery, None>({.method = "GET",
                                              .path = "/databases/{id}/plans",
                                              .name = "listDatabasePlans",
                                              .tag = "Databases",
                                              .summary = "Its plans, newest first.",
                                              .doc = "Without their reports.",
                                              .parameters = {kId},
                                              .answers = {http::answer<std::vector<RunView>>(200, "The plans.")},
                                              .problems = {400, 404}},
                                             [&context](http::Call& call, PageQuery query, None) {
                                               return list_runs(context, call, query, databases::RunKind::kPlan,
                                                                "plans");
                                             }));
  router.add(http::endpoint<None, http::MaybeBody<PlanBody>>(
      {.method = "POST",
       .path = "/databases/{id}/plans",
       .name = "planDatabase",
       .tag = "Databases",
       .summary = "Make a plan: what would have to be run for a version of the spec to hold.",
       .doc = "By an administrator of the workspace or an operator. An empty plan puts its version in force.",
       .parameters = {kId},
       .answers = {http::answer<RunStartedView>(202, "The plan, Pending, and its operation.")},
       .problems = {400, 403, 404, 409, 415, 422},
       .takes_idempotency_key = true},
      [&context](http::Call& call, None, const http::MaybeBody<PlanBody>& body) {
        const std::optional<std::int64_t> version = body.value ? body.value->spec : std::nullopt;
        return start_run(context, call, [&](store::Transaction& tx) {
          return context.databases.plan(tx, asker_of(call), call.path("id"), version);
        });
      }));
  router.add(http::endpoint<None, None>({.method = "GET",
                                         .path = "/databases/{id}/plans/{planId}",
                                         .name = "getDatabasePlan",
                                         .tag = "Databases",
                                         .summary = "One plan, with its report.",
                                         .doc = "Statements with reason and risk, access gained and lost, warnings.",
                                         .parameters = {kId, kPlanId},
                                         .answers = {http::answer<RunView>(200, "The plan.")},
                                         .problems = {400, 404}},
                                        [&context](http::Call& call, None, None) {
                                          return get_run(context, call, "planId", databases::RunKind::kPlan);
                                        }));
}

void add_approval_routes(http::Router& router, const Context& context) {
  using http::None;
  router.add(http::endpoint<None, ApprovalBody>(
      {.method = "POST",
       .path = "/databases/{id}/plans/{planId}/approve",
       .name = "approveDatabasePlan",
       .tag = "Databases",
       .summary = "Approve a plan, by its digest.",
       .doc = "By an administrator of the workspace or an operator; where the server is set so, not by the author of "
              "the version that it is of.",
       .parameters = {kId, kPlanId},
       .answers = {http::answer<RunView>(200, "The plan as it is now.")},
       .problems = {400, 403, 404, 409, 415, 422},
       .takes_idempotency_key = true},
      [&context](http::Call& call, None, const ApprovalBody& body) { return approve(context, call, body); }));
  router.add(http::endpoint<None, http::MaybeBody<EmptyBody>>(
      {.method = "POST",
       .path = "/databases/{id}/plans/{planId}/apply",
       .name = "applyDatabasePlan",
       .tag = "Databases",
       .summary = "Bring an approved plan about.",
       .doc = "By an administrator of the workspace or an operator. Fails, and changes nothing, where the database is "
              "not any more as it was when the plan was made.",
       .parameters = {kId, kPlanId},
       .answers = {http::answer<RunStartedView>(202, "The application, Pending, and its operation.")},
       .problems = {400, 403, 404, 409, 422},
       .takes_idempotency_key = true},
      [&context](http::Call& call, None, http::MaybeBody<EmptyBody>) {
        return start_run(context, call, [&](store::Transaction& tx) {
          return context.databases.apply(tx, asker_of(call), call.path("id"), call.path("planId"));
        });
      }));
}

void add_other_routes(http::Router& router, const Context& context) {
  using http::None;
  router.add(http::endpoint<None, RotationBody>(
      {.method = "POST",
       .path = "/databases/{id}/rotations",
       .name = "rotateDatabaseLogin",
       .tag = "Databases",
       .summary = "Give a login a new password.",
       .doc = "By an administrator of the workspace or an operator. It goes where the version in force says.",
       .parameters = {kId},
       .answers = {http::answer<RunStartedView>(202, "The rotation, Pending, and its operation.")},
       .problems = {400, 403, 404, 409, 415, 422},
       .takes_idempotency_key = true},
      [&context](http::Call& call, None, const RotationBody& body) {
        return start_run(context, call, [&](store::Transaction& tx) {
          return context.databases.rotate(tx, asker_of(call), call.path("id"), body.login);
        });
      }));
  router.add(http::endpoint<None, http::MaybeBody<EmptyBody>>(
      {.method = "POST",
       .path = "/databases/{id}/checks",
       .name = "checkDatabase",
       .tag = "Databases",
       .summary = "Look for drift now.",
       .doc = "By an administrator of the workspace or an operator. Compares with the version in force.",
       .parameters = {kId},
       .answers = {http::answer<RunStartedView>(202, "The check, Pending, and its operation.")},
       .problems = {400, 403, 404, 409, 422},
       .takes_idempotency_key = true},
      [&context](http::Call& call, None, http::MaybeBody<EmptyBody>) {
        return start_run(context, call, [&](store::Transaction& tx) {
          return context.databases.check(tx, asker_of(call), call.path("id"));
        });
      }));
  router.add(http::endpoint<HistoryQuery, None>(
      {.method = "GET",
       .path = "/databases/{id}/history",
       .name = "listDatabaseHistory",
       .tag = "Databases",
       .summary = "What was done to it, newest first.",
       .doc = "Plans, applications, rotations and checks, without their reports. What the timer finds again, as the "
              "time before, is counted in the database's `lastCheck`, and is no entry of its own.",
       .parameters = {kId},
       .answers = {http::answer<std::vector<RunView>>(200, "The entries.")},
       .problems = {400, 404}},
      [&context](http::Call& call, HistoryQuery query, None) {
        return list_runs(context, call, query, query.kind, "history");
      }));
  router.add(http::endpoint<None, None>(
      {.method = "GET",
       .path = "/databases/{id}/history/{runId}",
       .name = "getDatabaseRun",
       .tag = "Databases",
       .summary = "One entry of its history, with the report.",
       .doc = "Of an application, with the outcome of each statement.",
       .parameters = {kId, {"runId", &json::kUuidFormat, "The entry's id."}},
       .answers = {http::answer<RunView>(200, "The entry.")},
       .problems = {400, 404}},
      [&context](http::Call& call, None, None) { return get_run(context, call, "runId", std::nullopt); }));
}

}  // namespace

void add_database_run_routes(http::Router& router, const Context& context) {
  add_plan_routes(router, context);
  add_approval_routes(router, context);
  add_other_routes(router, context);
}

}  // namespace api

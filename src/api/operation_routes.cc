// Operations: list, watch, cancel; and, until the runbook engine carries them out, complete and fail by an operator.

#include <fmt/format.h>

#include "api/mutation.h"
#include "api/paging.h"
#include "api/requests.h"
#include "api/views.h"
#include "http/endpoint.h"

namespace api {
namespace {

using operations::Operation;
using operations::Status;

struct OperationsQuery : PageQuery {
  std::optional<Status> status;
  template <class V>
  static void describe(V& field) {
    PageQuery::describe(field);
    field("status", &OperationsQuery::status, {.doc = "Only those of this status."});
  }
};

struct FailBody {
  static constexpr std::string_view kTypeName = "OperationFailure";
  static constexpr bool kClosed = true;
  std::string reason;
  template <class V>
  static void describe(V& field) {
    field("reason", &FailBody::reason,
          {.doc = "What went wrong, for the owner to read.",
           .chars_min = 1,
           .chars_max = base::limits::kDescriptionCharsMax,
           .lines = true});
  }
};

base::Error no_such_operation() { return {base::Code::kNotFound, "There is no such operation."}; }

base::Result<bool> may_see(const Context& context, const http::Call& call, const Operation& operation) {
  const std::string& user_id = call.principal().user_id;
  if (operation.started_by == user_id ||
      std::find(operation.seen_by.begin(), operation.seen_by.end(), user_id) != operation.seen_by.end()) {
    return true;
  }
  return context.engine.is_operator(user_id, call.deadline());
}

base::Result<Operation> find(const Context& context, const http::Call& call) {
  const std::optional<Operation> operation = TRY(context.operations.get(call.path("id"), call.deadline()));
  if (!operation || !TRY(may_see(context, call, *operation))) return base::fail(no_such_operation());
  return *operation;
}

base::Result<http::Reply> list_operations(const Context& context, const http::Call& call,
                                          const OperationsQuery& query) {
  const bool everybody = TRY(context.engine.is_operator(call.principal().user_id, call.deadline()));
  const Listing listing(context, call, query,
                        fmt::format("operations?status={}", query.status ? json::name_of(*query.status) : "any"));
  const std::string user_id = everybody ? std::string() : call.principal().user_id;
  const operations::ListPage page =
      TRY(context.operations.list(user_id, query.status, TRY(listing.after()), listing.limit(), call.deadline()));
  std::size_t total = 0;
  if (query.count) {
    for (std::string after;;) {
      const operations::ListPage part =
          TRY(context.operations.list(user_id, query.status, after, base::limits::kPageMax - 1, call.deadline()));
      total += part.operations.size();
      if (!part.next) break;
      after = *part.next;
    }
  }
  std::vector<OperationView> views;
  for (const Operation& each : page.operations) views.push_back(view_of(each, call.base_path()));
  return listing.finish(http::reply(200, views), page.next, total);
}

base::Result<http::Reply> get_operation(const Context& context, const http::Call& call) {
  const Operation operation = TRY(find(context, call));
  return http::reply(200, view_of(operation, call.base_path())).etag(operation.version);
}

base::Result<http::Reply> watch_operation(const Context& context, const http::Call& call) {
  TRY(find(context, call));
  const std::shared_ptr<net::EventStream> stream = net::make_event_stream();
  context.feed.join(call.path("id"), stream);
  const Operation operation = TRY(find(context, call));  // again, after joining: no change falls between
  stream->send("status", json::encode(view_of(operation, call.base_path())), "");
  if (operation.finished()) stream->close();
  http::Reply reply;
  reply.content_type = "text/event-stream";
  reply.events = stream;
  return reply;
}

enum class Ending { kComplete, kFail, kCancel };

base::Result<void> may_end(const Context& context, const http::Call& call, const Operation& operation, Ending ending) {
  if (ending == Ending::kCancel) {
    if (operation.started_by == call.principal().user_id) return {};
    return base::fail(base::Code::kForbidden,
                      fmt::format("Only {}, who started the operation, may cancel it.", operation.started_by));
  }
  return TRY(context.engine.decide_operator(call.principal().user_id, "say how an operation ended", call.deadline()))
      .enforce("operation");
}

base::Result<http::Reply> end_operation(const Context& context, const http::Call& call, Ending ending,
                                        const std::string& reason) {
  std::optional<Operation> ended;
  http::Reply reply = TRY(change_once(context, call, [&](store::Transaction& tx) -> base::Result<http::Reply> {
    ended.reset();
    std::optional<Operation> operation = TRY(context.operations.get(tx, call.path("id")));
    if (!operation || !TRY(may_see(context, call, *operation))) return base::fail(no_such_operation());
    TRY(may_end(context, call, *operation, ending));
    TRY(call.check_if_match("The operation", operation->version));
    const Status outcome = ending == Ending::kComplete ? Status::kSuccess
                           : ending == Ending::kFail   ? Status::kFailed
                                                       : Status::kCancelled;
    ended = TRY(context.operations.finish(tx, asker_of(call), std::move(*operation), outcome, reason));
    return http::reply(200, view_of(*ended, call.base_path())).etag(ended->version);
  }));
  if (!ended) return reply;  // a replay
  publish_end(context, ended);
  if (ended->type == nodes::Nodes::kDelete && ended->status == Status::kSuccess) {
    const std::string account(json::view(ended->inputs.at("accountUuid").as_string()));
    if (base::Result<bool> removed =
            context.accounts.remove_if_empty({audit::kSystem, call.request_id()}, account, call.deadline());
        !removed) {
      context.log.error("the removal of an account is left to the janitor", removed.error());
    }
  }
  return reply;
}

}  // namespace

void add_operation_routes(http::Router& router, const Context& context) {
  using http::None;
  static constexpr http::Parameter kId{"id", &json::kUuidFormat, "The operation's id."};
  router.add(http::endpoint<OperationsQuery, None>(
      {.method = "GET",
       .path = "/operations",
       .name = "listOperations",
       .tag = "Operations",
       .summary = "List operations, newest first.",
       .doc = "Those that you started; an operator sees everybody's.",
       .answers = {http::answer<std::vector<OperationView>>(200, "The operations.")},
       .problems = {400}},
      [&context](http::Call& call, OperationsQuery query, None) { return list_operations(context, call, query); }));
  router.add(http::endpoint<None, None>(
      {.method = "GET",
       .path = "/operations/{id}",
       .name = "getOperation",
       .tag = "Operations",
       .summary = "One operation.",
       .doc = "For who started it, the owner of its target and of the account, and operators.",
       .parameters = {kId},
       .answers = {http::answer<OperationView>(200, "The operation.")},
       .problems = {400, 404},
       .cost = http::Cost::kPoint},
      [&context](http::Call& call, None, None) { return get_operation(context, call); }));
  router.add(
      http::endpoint<None, None>({.method = "GET",
                                  .path = "/operations/{id}/events",
                                  .name = "watchOperation",
                                  .tag = "Operations",
                                  .summary = "Watch an operation, as server-sent events.",
                                  .doc = "One event `status` with the operation at once, and one for each change; the "
                                         "stream ends with the operation.",
                                  .parameters = {kId},
                                  .answers = {{200, "The stream.", nullptr, "text/event-stream"}},
                                  .problems = {400, 404}},
                                 [&context](http::Call& call, None, None) { return watch_operation(context, call); }));
  const std::vector<http::Answer> ended = {http::answer<OperationView>(200, "The operation as it is now.")};
  router.add(
      http::endpoint<None, http::MaybeBody<EmptyBody>>({.method = "POST",
                                                        .path = "/operations/{id}/complete",
                                                        .name = "completeOperation",
                                                        .tag = "Operations",
                                                        .summary = "Say that an operation succeeded.",
                                                        .doc = "By an operator.",
                                                        .parameters = {kId},
                                                        .answers = ended,
                                                        .problems = {400, 403, 404, 409, 412, 422},
                                                        .takes_if_match = true,
                                                        .takes_idempotency_key = true},
                                                       [&context](http::Call& call, None, http::MaybeBody<EmptyBody>) {
                                                         return end_operation(context, call, Ending::kComplete, "");
                                                       }));
  router.add(http::endpoint<None, FailBody>({.method = "POST",
                                             .path = "/operations/{id}/fail",
                                             .name = "failOperation",
                                             .tag = "Operations",
                                             .summary = "Say that an operation failed, and why.",
                                             .doc = "By an operator.",
                                             .parameters = {kId},
                                             .answers = ended,
                                             .problems = {400, 403, 404, 409, 412, 415, 422},
                                             .takes_if_match = true,
                                             .takes_idempotency_key = true},
                                            [&context](http::Call& call, None, FailBody body) {
                                              return end_operation(context, call, Ending::kFail, body.reason);
                                            }));
  router.add(http::endpoint<None, http::MaybeBody<EmptyBody>>(
      {.method = "POST",
       .path = "/operations/{id}/cancel",
       .name = "cancelOperation",
       .tag = "Operations",
       .summary = "Cancel an operation.",
       .doc = "By who started it, until it has ended.",
       .parameters = {kId},
       .answers = ended,
       .problems = {400, 403, 404, 409, 412, 422},
       .takes_if_match = true,
       .takes_idempotency_key = true},
      [&context](http::Call& call, None, http::MaybeBody<EmptyBody>) {
        return end_operation(context, call, Ending::kCancel, fmt::format("Cancelled by {}.", call.principal().user_id));
      }));
}

}  // namespace api

#include "operations/operation.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/ids.h"
#include "json/decode.h"
#include "json/encode.h"

namespace operations {
namespace {

constexpr std::string_view kItemType = "operation";
constexpr std::string_view kShards = "0123456789abcdef";

store::Key key_of(std::string_view id) { return {fmt::format("operations#{}", id.back()), std::string(id)}; }

void put(store::Transaction& tx, const Operation& operation) {
  tx.put({.key = key_of(operation.id),
          .index = store::Key{"started-by#" + operation.started_by, "operation#" + operation.id},
          .type = std::string(kItemType),
          .attributes = json::encode(operation)});
}

std::string_view action_of(Status outcome) {
  if (outcome == Status::kSuccess) return "operation.complete";
  return outcome == Status::kFailed ? "operation.fail" : "operation.cancel";
}

base::Result<Operation> read(const store::Item& item) {
  Operation operation = TRY(json::decode_stored<Operation>(item.attributes));
  operation.version = item.version;
  return operation;
}

base::Result<std::optional<Operation>> read(const std::optional<store::Item>& item) {
  if (!item) return std::optional<Operation>();
  return std::optional<Operation>(TRY(read(*item)));
}

}  // namespace

Operation Operations::start(store::Transaction& tx, Start what) const {
  const base::Time now = clock_.now();
  Operation operation;
  operation.id = base::new_ordered_uuid(entropy_, now);
  operation.type = std::move(what.type);
  operation.target_type = std::move(what.target_type);
  operation.target_id = std::move(what.target_id);
  operation.started_by = std::move(what.started_by);
  operation.seen_by = std::move(what.seen_by);
  operation.created_at = operation.updated_at = now;
  operation.request_id = std::move(what.request_id);
  operation.inputs = std::move(what.inputs);
  operation.version = 1;
  put(tx, operation);
  return operation;
}

base::Result<std::optional<Operation>> Operations::get(store::Transaction& tx, std::string_view id) const {
  return read(TRY(tx.get(key_of(id))));
}

base::Result<std::optional<Operation>> Operations::get(std::string_view id, base::Deadline deadline) const {
  return read(TRY(table_.get(key_of(id), deadline)));
}

Operation Operations::supersede(store::Transaction& tx, Operation operation, std::string reason) const {
  operation.status = Status::kCancelled;
  operation.reason = std::move(reason);
  operation.updated_at = clock_.now();
  operation.finished_at = operation.updated_at;
  put(tx, operation);
  operation.version = tx.version_of(key_of(operation.id));
  return operation;
}

void Operations::show_to(store::Transaction& tx, Operation operation, std::string_view user_id) const {
  if (std::find(operation.seen_by.begin(), operation.seen_by.end(), user_id) != operation.seen_by.end()) return;
  operation.seen_by.emplace_back(user_id);
  put(tx, operation);
}

Operation Operations::begin(store::Transaction& tx, const audit::Actor& actor, Operation operation) const {
  if (operation.status != Status::kPending) return operation;
  const std::string& owner = operation.seen_by.empty() ? operation.started_by : operation.seen_by.front();
  trail_.record(tx, actor, {"operation.begin", "operation", operation.id, owner});
  operation.status = Status::kInProgress;
  operation.updated_at = clock_.now();
  put(tx, operation);
  operation.version = tx.version_of(key_of(operation.id));
  return operation;
}

base::Result<Operation> Operations::finish(store::Transaction& tx, const audit::Actor& actor, Operation operation,
                                           Status outcome, std::string reason) const {
  CHECK(outcome != Status::kPending && outcome != Status::kInProgress, "an operation ends in an end");
  if (operation.finished()) {
    return base::fail(base::Code::kConflict,
                      fmt::format("The operation has ended already: {}.", json::name_of(operation.status)));
  }
  const std::string& owner = operation.seen_by.empty() ? operation.started_by : operation.seen_by.front();
  trail_.record(tx, actor, {action_of(outcome), "operation", operation.id, owner});
  operation.status = outcome;
  operation.reason = std::move(reason);
  operation.updated_at = clock_.now();
  operation.finished_at = operation.updated_at;
  put(tx, operation);
  const auto target = targets_.find(operation.target_type);
  CHECK(target != targets_.end(), "every type of target is registered before the first request");
  TRY(target->second->finished(tx, operation));
  operation.version = tx.version_of(key_of(operation.id));
  return operation;
}

base::Result<ListPage> Operations::list(std::string_view user_id, std::optional<Status> status, std::string_view after,
                                        std::size_t limit, base::Deadline deadline) const {
  if (user_id.empty()) return list_all(status, after, limit, deadline);
  ListPage page;
  store::Query query{
      .pk = "started-by#" + std::string(user_id), .by_index = true, .sk_from = "operation#", .descending = true};
  query.sk_to = after.empty() ? store::end_of_prefix("operation#")
                              : std::optional<std::string>("operation#" + std::string(after));
  query.items_max = std::min(limit + 1, store::kReadsMax);
  for (;;) {
    const store::Page found = TRY(table_.query(query, deadline));
    for (const store::Item& item : found.items) {
      Operation operation = TRY(read(item));
      if (status && operation.status != *status) continue;
      if (page.operations.size() == limit) {
        page.next = page.operations.back().id;
        return page;
      }
      page.operations.push_back(std::move(operation));
    }
    if (!found.next_cursor) return page;
    query.cursor = *found.next_cursor;
  }
}

base::Result<ListPage> Operations::list_all(std::optional<Status> status, std::string_view after, std::size_t limit,
                                            base::Deadline deadline) const {
  std::vector<Operation> all;
  for (const char shard : kShards) {
    store::Query query{.pk = fmt::format("operations#{}", shard),
                       .descending = true,
                       .items_max = std::min(limit + 1, store::kReadsMax)};
    if (!after.empty()) query.sk_to = std::string(after);
    std::size_t taken = 0;
    for (bool more = true; more && taken <= limit;) {
      const store::Page found = TRY(table_.query(query, deadline));
      for (const store::Item& item : found.items) {
        Operation operation = TRY(read(item));
        if (status && operation.status != *status) continue;
        all.push_back(std::move(operation));
        if (++taken > limit) break;
      }
      more = found.next_cursor.has_value();
      if (more) query.cursor = *found.next_cursor;
    }
  }
  std::sort(all.begin(), all.end(), [](const Operation& a, const Operation& b) { return a.id > b.id; });
  ListPage page;
  if (all.size() > limit) {
    all.resize(limit);
    page.next = all.back().id;
  }
  page.operations = std::move(all);
  return page;
}

}  // namespace operations

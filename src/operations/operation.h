// An operation: one asked-for change of the outside world, recorded before it is done.
//
// An operation is made in the same transaction as the change of state that asks for it (a node that becomes Pending),
// and is finished in the same transaction as the change that follows from its outcome (the node becomes Enabled). Those
// on databases the server carries out by itself (databases/workers.h); of the others, until the runbook engine carries
// them out, an operator does, and says how it went: complete or fail.
//
//   Pending, InProgress  -> Success | Failed | Cancelled, once; what is finished stays as it is.
//
// What an outcome means for its target is the target's business: modules register a Target for their kind of thing.
// Statuses are named as those of Systems Manager Automation executions.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/trail.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/result.h"
#include "json/describe.h"
#include "json/formats.h"
#include "store/table.h"
#include "store/transaction.h"

namespace operations {

enum class Status { kPending, kInProgress, kSuccess, kFailed, kCancelled };

struct Operation {
  static constexpr std::string_view kTypeName = "StoredOperation";
  std::string id;
  std::string type;         // "compute-node.create"
  std::string target_type;  // "compute-node"
  std::string target_id;
  std::string started_by;
  std::vector<std::string> seen_by;  // who else may look at it; the target's owner first
  Status status = Status::kPending;
  std::string reason;  // of a failure, or of a cancellation
  base::Time created_at{};
  base::Time updated_at{};
  std::optional<base::Time> finished_at;
  std::string request_id;
  json::Object inputs;         // what the runbook will need, and what its outcome is measured against
  store::Version version = 0;  // of the item

  [[nodiscard]] bool finished() const { return status != Status::kPending && status != Status::kInProgress; }
  template <class V>
  static void describe(V& field) {
    field("id", &Operation::id);
    field("type", &Operation::type);
    field("targetType", &Operation::target_type);
    field("targetId", &Operation::target_id);
    field("startedBy", &Operation::started_by);
    field("seenBy", &Operation::seen_by);
    field("status", &Operation::status);
    field("reason", &Operation::reason);
    field("createdAt", &Operation::created_at);
    field("updatedAt", &Operation::updated_at);
    field("finishedAt", &Operation::finished_at);
    field("requestId", &Operation::request_id);
    field("inputs", &Operation::inputs);
  }
};

// What a kind of thing does when an operation on it ends; called in the transaction that ends it.
class Target {
 public:
  virtual ~Target() = default;
  virtual base::Result<void> finished(store::Transaction& tx, const Operation& operation) = 0;
};

struct Start {
  std::string type;
  std::string target_type;
  std::string target_id;
  std::string started_by;
  std::vector<std::string> seen_by;
  std::string request_id;
  json::Object inputs;
};

struct ListPage {
  std::vector<Operation> operations;
  std::optional<std::string> next;  // position for the page after
};

class Operations {
 public:
  Operations(store::Table& table, const audit::Trail& trail, const base::Clock& clock, base::Entropy& entropy)
      : table_(table), trail_(trail), clock_(clock), entropy_(entropy) {}

  // Before the first request; the target must outlive this.
  void register_target(std::string target_type, Target& target) { targets_[std::move(target_type)] = &target; }

  // Start, supersede and show_to are part of a change of something else, whose module records it.
  Operation start(store::Transaction& tx, Start what) const;
  base::Result<std::optional<Operation>> get(store::Transaction& tx, std::string_view id) const;
  base::Result<std::optional<Operation>> get(std::string_view id, base::Deadline deadline) const;

  // Somebody carries it out from now on: Pending becomes InProgress. Nothing changes of one that is InProgress already.
  Operation begin(store::Transaction& tx, const audit::Actor& actor, Operation operation) const;

  // Ends it and tells its target, in the given transaction. kConflict where it is finished already.
  base::Result<Operation> finish(store::Transaction& tx, const audit::Actor& actor, Operation operation, Status outcome,
                                 std::string reason) const;
  // Ends it without telling its target, for a target that itself takes another way ("superseded by its deletion").
  Operation supersede(store::Transaction& tx, Operation operation, std::string reason) const;

  // Lets another user look at it too: a new owner of its target.
  void show_to(store::Transaction& tx, Operation operation, std::string_view user_id) const;

  // Newest first, those that the user started; of everybody where `user_id` is empty. `after`: the id of the last one
  // of the page before.
  base::Result<ListPage> list(std::string_view user_id, std::optional<Status> status, std::string_view after,
                              std::size_t limit, base::Deadline deadline) const;

 private:
  base::Result<ListPage> list_all(std::optional<Status> status, std::string_view after, std::size_t limit,
                                  base::Deadline deadline) const;

  store::Table& table_;
  const audit::Trail& trail_;
  const base::Clock& clock_;
  base::Entropy& entropy_;
  std::map<std::string, Target*, std::less<>> targets_;
};

}  // namespace operations

template <>
inline constexpr auto json::kEnumNames<operations::Status> =
    json::names<operations::Status>({{operations::Status::kPending, "Pending"},
                                     {operations::Status::kInProgress, "InProgress"},
                                     {operations::Status::kSuccess, "Success"},
                                     {operations::Status::kFailed, "Failed"},
                                     {operations::Status::kCancelled, "Cancelled"}});

// A unit of work on the state table, which cannot forget an expectation.
//
// Everything that a transaction reads by key is expected to be unchanged when it commits, whether it was written or
// only looked at; what it found absent is expected to be absent still. So a decision that was taken on what was read
// holds at the moment of the write: authorisation, uniqueness and the state machine need no code of their own against
// races. Reading twice gives the same answer, and sees the transaction's own writes. Queries are not part of it: what a
// query finds is a candidate, to be read by key.
//
//   auto node = TRY(store::transact(table, deadline, [&](store::Transaction& tx) -> base::Result<Node> {
//     std::optional<store::Item> item = TRY(tx.get(key));
//     ...
//     tx.put(std::move(changed));
//     return node;
//   }));
//
// transact() runs the function, commits, and runs it again on fresh reads when somebody else changed something in
// between, kAttemptsMax times; then it gives kConflict. The function must have no effect other than on the transaction.
// An error from the function ends the transaction and nothing is written. A Transaction belongs to one thread.
// What a put item's version will be is known before the commit: version_of().

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>

#include "base/deadline.h"
#include "base/result.h"
#include "store/table.h"

namespace store {

inline constexpr int kAttemptsMax = 12;

class Transaction;

// Whoever has something to add to a transaction just before it commits, and wants to hear how that went: the audit
// trail. Destroyed with the transaction; what it holds, it holds until then.
class Participant {
 public:
  virtual ~Participant() = default;
  // Called at the beginning of commit(), when something is to be written. May read and put; an error ends the
  // transaction.
  virtual base::Result<void> prepare(Transaction& tx) = 0;
  virtual void committed() = 0;  // called where the commit is known to have happened
};

// One item that a transaction writes: as it was read, and as it will be.
struct Change {
  const Item* before = nullptr;  // nullptr: absent
  const Item* after = nullptr;   // nullptr: deleted
};

class Transaction {
 public:
  Transaction(Table& table, base::Deadline deadline) : table_(table), deadline_(deadline) {}

  [[nodiscard]] base::Result<std::optional<Item>> get(const Key& key);
  // Reads those not read yet in one call; a key may be named twice.
  [[nodiscard]] base::Result<std::vector<std::optional<Item>>> get_many(std::span<const Key> keys);

  // Writes an item whole. One whose key was not read is expected to be absent.
  void put(Item item);
  // Deletes an item that was read in this transaction and is there (CHECKed: a mistake of ours).
  void erase(const Key& key);
  // In which sets the item will stand; see store::List. Beside a put or a read of what the listing is made from. Of a
  // transaction that erases the item, nothing is listed.
  void list(const Key& key, std::optional<Listing> listing);

  // Takes an item for read, though it was not: the caller knows what it wrote there last. Expected to be unchanged at
  // the commit, like everything that was read. Not of a key that was read or written already (CHECKed).
  void assume(Item item);

  // What is to be written so far, in the order of keys; valid until the next call.
  [[nodiscard]] std::vector<Change> changes() const;

  // One participant a transaction; `participant()` is nullptr where none has joined.
  void join(std::unique_ptr<Participant> participant);
  [[nodiscard]] Participant* participant() const { return participant_.get(); }

  // What a reader will see as the item's version after the commit; 0 for absent.
  [[nodiscard]] Version version_of(const Key& key) const;

  [[nodiscard]] Table& table() { return table_; }
  [[nodiscard]] base::Deadline deadline() const { return deadline_; }

  // Lets the participant prepare, then writes all; kConflict where an expectation did not hold. A transaction that
  // changed nothing writes nothing and succeeds: what only reads needs no proof. To be called once.
  [[nodiscard]] base::Result<void> commit();

 private:
  struct Entry {
    std::optional<Item> read;  // as found; nullopt: absent
    bool written = false;      // `now` is to be written
    std::optional<Item> now;   // nullopt: deleted
  };
  Table& table_;
  base::Deadline deadline_;
  std::map<Key, Entry> entries_;
  std::map<Key, std::optional<Listing>> listings_;
  std::unique_ptr<Participant> participant_;
};

namespace internal {
// One round: true when it is worth another attempt. Sleeps a little, more each time.
bool wait_for_next_attempt(int attempt, base::Deadline deadline);
base::Error contention();
}  // namespace internal

template <class Function>
auto transact(Table& table, base::Deadline deadline, Function&& function)
    -> std::invoke_result_t<Function, Transaction&> {
  for (int attempt = 1;; ++attempt) {
    Transaction transaction(table, deadline);
    auto result = function(transaction);
    if (!result) return result;
    base::Result<void> committed = transaction.commit();
    if (committed) return result;
    if (committed.error().code != base::Code::kConflict) return base::fail(std::move(committed).error());
    if (!internal::wait_for_next_attempt(attempt, deadline)) return base::fail(internal::contention());
  }
}

}  // namespace store

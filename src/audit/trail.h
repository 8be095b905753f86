// The audit trail: every change is an event, written in the transaction that makes the change, in a chain of hashes
// that nobody can alter unseen.
//
// WHAT IS RECORDED. A domain says, in the transaction, who did what to which thing: trail.record(tx, actor, act). When
// the transaction commits, the trail compares every item that it writes with what it was, and adds one event:
// principal, request id, action, target, and the attributes that changed, before and after. So an event cannot say
// anything else than what happened, and what happened cannot be without its event: the tests refuse every write of a
// recorded type (account, enablement, node, permissions, operation) that comes without one.
//
// HOW IT IS KEPT. The trail is cut into shards, each a chain of its own: an event holds the hash of the one before it,
// and the head of the shard holds the number and the hash of its last event, signed (Ed25519) by the key `audit.key` of
// the data folder. A transaction takes a shard that no other transaction of this process holds, so no writer waits for
// another; a second server that takes the same shard meets a conflict and tries again, as everybody does. Each event
// also names the head of another shard as it was at that time (the witness), so that cutting off the end of one shard,
// with its older head put back, contradicts the others. What that cannot show, the loss of the very last events of all
// shards together, a head that was kept elsewhere does (`stewardry audit heads`).
//
// The keys, the fields and the exact bytes that are hashed and signed: docs/internals/audit.md. Who checks it all:
// audit/verify.h.
//
//   Owns      the key, and what it knows of the shards' heads.
//   Threads   any; a transaction belongs to one thread.
//   Errors    of record: none; of the commit: those of the table, kCorrupt for a head that is damaged or that another
//             key has signed, and kUnavailable where more than kShards transactions commit at once until the deadline.

#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/entropy.h"
#include "base/metrics.h"
#include "base/result.h"
#include "crypto/keys.h"
#include "store/table.h"
#include "store/transaction.h"

namespace audit {

class Shards;

// Who asks, and in which request. Views; record() and note() copy what they keep.
struct Actor {
  std::string_view principal_id;  // a user's node id; kSystem for what the server does by itself
  std::string_view request_id;
};
inline constexpr std::string_view kSystem = "system";

// A request that was refused. Its event is not shown to who was refused: the reason may say what they may not know.
inline constexpr std::string_view kRefused = "access.refused";

// What was done to which thing. `owner_id` may look at the event: the thing's owner as it was.
struct Act {
  std::string_view action;       // "compute-node.share"; docs/reference/audit.md has all of them
  std::string_view target_type;  // "compute-node", "account", "operation", "directory"
  std::string_view target_id;
  std::string_view owner_id;
};

struct EventQuery {
  std::string target_id;     // empty: any
  std::string principal_id;  // empty: any
  std::string seen_by;       // events that this user did, or that were done to what was theirs; empty: all
  std::optional<base::Time> since, until;  // inclusive, exclusive
  std::string cursor;
  std::size_t events_max = 100;
};

struct EventPage {
  std::vector<Event> events;  // newest first
  std::optional<std::string> next_cursor;
};

class Trail {
 public:
  static constexpr std::size_t kShards = 64;

  // `key` signs the heads. Counted where there are metrics, which outlive the trail.
  Trail(store::Table& table, crypto::PrivateKey key, const base::Clock& clock, base::Entropy& entropy,
        base::Registry* metrics = nullptr);
  ~Trail();
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;

  // Reads every head, in one read; the first event does it where nobody has. kCorrupt where one of them was signed by
  // another key: what is written on top of it would hide that.
  [[nodiscard]] base::Result<void> load(base::Deadline deadline) const;

  // Once in a transaction; a second call (an operation that ends as part of another act) changes nothing. A transaction
  // that writes nothing leaves no event.
  void record(store::Transaction& tx, const Actor& actor, const Act& act) const;

  // What changes nothing in the table and is to be remembered all the same: a refused request, an import of the
  // directory. `details` is one JSON object; it stands as the event's `after`, and by its digest where it is too large.
  [[nodiscard]] base::Result<void> note(const Actor& actor, const Act& act, std::string_view details,
                                        base::Deadline deadline) const;

  [[nodiscard]] base::Result<EventPage> list(const EventQuery& query, base::Deadline deadline) const;
  // Of all pages together; `cursor` and `events_max` play no part.
  [[nodiscard]] base::Result<std::uint64_t> count(const EventQuery& query, base::Deadline deadline) const;

 private:
  class Entry;
  std::int64_t order_of(base::Time now) const;

  store::Table& table_;
  const crypto::PrivateKey key_;
  const crypto::PublicKey public_key_;
  const base::Clock& clock_;
  base::Counter* const events_;
  base::Counter* const conflicts_;
  const std::unique_ptr<Shards> shards_;
  mutable std::atomic<std::int64_t> last_us_ = 0;
};

// In which sets an item of the table stands as an event: none where it is no event. For whoever checks the sets or
// makes them anew (store/maintenance.h).
base::Result<std::optional<store::Listing>> lister(const store::Item& item);

}  // namespace audit

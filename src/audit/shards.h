// Which shard a transaction writes its event into: leases within one process, and what is known of the heads.
//
// A shard belongs to one lease at a time, so that the writers of this process do not meet. Taken is the shard that was
// used before the last one, if it is free: then a server that does one thing at a time uses two shards, few shards are
// in use under light load, and consecutive events stand in different shards, each the witness of the other. Where a
// commit failed, nothing is known of the head any more, and the shard goes to the end of the line: two servers that met
// part company.
//
// Any thread. take() waits only while all shards are taken.

#pragma once

#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "audit/chain.h"
#include "audit/trail.h"
#include "base/deadline.h"
#include "base/entropy.h"
#include "base/result.h"
#include "store/table.h"

namespace audit {

class Shards {
 public:
  explicit Shards(base::Entropy& entropy);

  struct Lease {
    std::size_t shard = 0;
    bool is_known = false;            // whether `head` is what the table had last
    std::optional<store::Item> head;  // none: no event yet
    std::optional<Witness> witness;
  };
  // kUnavailable where all are taken until the deadline.
  [[nodiscard]] base::Result<Lease> take(base::Deadline deadline);
  void give_back_unknown(std::size_t shard);                                          // whether it was written or not
  void give_back_written(std::size_t shard, store::Item head, Witness as_a_witness);  // as a commit made it

  [[nodiscard]] bool loaded() const;
  // What a read of all heads found; the first call counts. In the order of shards; none: no event yet.
  void load(std::vector<std::optional<store::Item>> heads, std::vector<std::optional<Head>> read);

 private:
  struct Shard {
    bool is_taken = false;
    bool is_known = false;
    std::optional<store::Item> head;
    std::optional<Witness> witness;  // the last event that was seen of it; also where the head is not known any more
  };
  [[nodiscard]] std::optional<std::size_t> choose() const;
  void move(std::size_t shard, bool to_front);
  void free(std::size_t shard);

  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::array<Shard, Trail::kShards> shards_;  // these and the rest guarded by mutex_
  std::vector<std::size_t> line_;             // all shards; the last used first
  bool loaded_ = false;
};

}  // namespace audit

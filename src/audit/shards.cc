#include "audit/shards.h"

#include <algorithm>
#include <numeric>

namespace audit {

Shards::Shards(base::Entropy& entropy) : line_(Trail::kShards) {
  // Unused shards in an order of this process's own, so that two servers do not begin with the same one.
  std::array<std::uint8_t, Trail::kShards> dice{};
  entropy.fill(dice);
  std::iota(line_.begin(), line_.end(), 0);
  std::sort(line_.begin(), line_.end(),
            [&](std::size_t a, std::size_t b) { return std::tie(dice[a], a) < std::tie(dice[b], b); });
}

std::optional<std::size_t> Shards::choose() const {
  std::optional<std::size_t> last;
  for (const std::size_t shard : line_) {
    if (shards_[shard].is_taken) continue;
    if (shard != line_.front()) return shard;
    last = shard;
  }
  return last;
}

base::Result<Shards::Lease> Shards::take(base::Deadline deadline) {
  std::unique_lock lock(mutex_);
  std::optional<std::size_t> chosen;
  while (!(chosen = choose())) {
    if (deadline.passed() || freed_.wait_for(lock, deadline.left()) == std::cv_status::timeout) {
      return base::fail(base::Code::kUnavailable, "Too many changes are being made at this moment; try again.",
                        "every shard of the audit trail is taken");
    }
  }
  Shard& shard = shards_[*chosen];
  shard.is_taken = true;
  Lease lease{.shard = *chosen, .is_known = shard.is_known, .head = shard.head, .witness = {}};
  for (const std::size_t other : line_) {
    if (other == *chosen || !shards_[other].witness) continue;
    lease.witness = shards_[other].witness;
    break;
  }
  return lease;
}

void Shards::move(std::size_t shard, bool to_front) {
  line_.erase(std::find(line_.begin(), line_.end(), shard));
  line_.insert(to_front ? line_.begin() : line_.end(), shard);
}

void Shards::free(std::size_t shard) {
  shards_[shard].is_taken = false;
  freed_.notify_one();
}

void Shards::give_back_unknown(std::size_t shard) {
  const std::lock_guard lock(mutex_);
  shards_[shard].is_known = false;
  shards_[shard].head.reset();
  move(shard, false);
  free(shard);
}

void Shards::give_back_written(std::size_t shard, store::Item head, Witness as_a_witness) {
  const std::lock_guard lock(mutex_);
  shards_[shard].is_known = true;
  shards_[shard].head = std::move(head);
  shards_[shard].witness = std::move(as_a_witness);
  move(shard, true);
  free(shard);
}

bool Shards::loaded() const {
  const std::lock_guard lock(mutex_);
  return loaded_;
}

void Shards::load(std::vector<std::optional<store::Item>> heads, std::vector<std::optional<Head>> read) {
  const std::lock_guard lock(mutex_);
  if (loaded_) return;
  loaded_ = true;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    Shard& shard = shards_[i];
    shard.is_known = true;
    shard.head = std::move(heads[i]);
    if (read[i]) shard.witness = Witness{shard_name(i), read[i]->number, hash_text(read[i]->hash)};
  }
  // Those in use go before the others, the last used first: the trail goes on where it was left.
  std::vector<std::size_t> in_use, unused;
  for (const std::size_t shard : line_) (read[shard] ? in_use : unused).push_back(shard);
  std::sort(in_use.begin(), in_use.end(),
            [&](std::size_t a, std::size_t b) { return std::tie(read[a]->at, a) > std::tie(read[b]->at, b); });
  line_ = std::move(in_use);
  line_.insert(line_.end(), unused.begin(), unused.end());
}

}  // namespace audit

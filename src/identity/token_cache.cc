#include "identity/token_cache.h"

namespace identity {
namespace {

constexpr std::size_t kShards = 16;
constexpr std::size_t kShardedFrom = 64 * kShards;  // a small cache is better bounded exactly

}  // namespace

TokenCache::TokenCache(std::size_t entries_max)
    : entries_max_(entries_max < kShardedFrom ? entries_max : entries_max / kShards),
      shards_(entries_max < kShardedFrom ? 1 : kShards) {}

std::optional<TokenCache::Entry> TokenCache::find(const crypto::Sha256& token, base::Time now) {
  Shard& at = shard(token);
  const std::lock_guard lock(at.mutex);
  const auto place = at.places.find(token);
  if (place == at.places.end()) return std::nullopt;
  const Entries::iterator entry = place->second;
  if (now >= entry->second.principal.expires_at) {
    at.entries.erase(entry);
    at.places.erase(place);
    return std::nullopt;
  }
  at.entries.splice(at.entries.begin(), at.entries, entry);
  return entry->second;
}

void TokenCache::put(const crypto::Sha256& token, Entry entry) {
  if (entries_max_ == 0) return;
  Shard& at = shard(token);
  const std::lock_guard lock(at.mutex);
  if (const auto place = at.places.find(token); place != at.places.end()) {
    place->second->second = std::move(entry);
    return;
  }
  if (at.entries.size() == entries_max_) {
    at.places.erase(at.entries.back().first);
    at.entries.pop_back();
  }
  at.entries.emplace_front(token, std::move(entry));
  at.places.emplace(token, at.entries.begin());
}

void TokenCache::erase(const crypto::Sha256& token) {
  Shard& at = shard(token);
  const std::lock_guard lock(at.mutex);
  const auto place = at.places.find(token);
  if (place == at.places.end()) return;
  at.entries.erase(place->second);
  at.places.erase(place);
}

std::size_t TokenCache::size() const {
  std::size_t total = 0;
  for (const Shard& each : shards_) {
    const std::lock_guard lock(each.mutex);
    total += each.entries.size();
  }
  return total;
}

}  // namespace identity

// Tokens that were verified, by their SHA-256, so that the token itself is not kept: who they are about, until they
// expire. Bounded; the least recently used goes first. Any thread: entries are spread over shards, each with its lock.

#pragma once

#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "crypto/digest.h"
#include "identity/verifier.h"

namespace identity {

class TokenCache {
 public:
  struct Entry {
    Principal principal;
    std::size_t issuer;        // its place in the verifier's list
    std::uint64_t generation;  // of the issuer's keys when the token was verified
  };

  explicit TokenCache(std::size_t entries_max);  // 0: nothing is kept

  std::optional<Entry> find(const crypto::Sha256& token, base::Time now);
  void put(const crypto::Sha256& token, Entry entry);
  void erase(const crypto::Sha256& token);
  [[nodiscard]] std::size_t size() const;

 private:
  // A digest is as good as random already, and nobody can choose one: its first bytes are its hash.
  struct Hash {
    std::size_t operator()(const crypto::Sha256& digest) const {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  using Entries = std::list<std::pair<crypto::Sha256, Entry>>;
  struct Shard {
    mutable std::mutex mutex;
    Entries entries;  // the most recently used first
    std::unordered_map<crypto::Sha256, Entries::iterator, Hash> places;
  };

  Shard& shard(const crypto::Sha256& token) { return shards_[token.back() % shards_.size()]; }

  std::size_t entries_max_;  // of a shard
  std::vector<Shard> shards_;
};

}  // namespace identity

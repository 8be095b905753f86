// On which account a node stands. That is settled when the node is made and never changes, so it may be remembered:
// whoever reads a node can then read its account in the same moment, with one read of the table in place of two. What
// is not remembered costs a second read, nothing else. Bounded; any thread.

#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nodes {

class Standing {
 public:
  static constexpr std::size_t kNodesMax = 64 * 1024;  // about 10 MB

  std::optional<std::string> account_of(const std::string& node_uuid) {
    Shard& shard = shard_of(node_uuid);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.accounts.find(node_uuid);
    if (found == shard.accounts.end()) return std::nullopt;
    return found->second;
  }

  void remember(const std::string& node_uuid, const std::string& account_uuid) {
    Shard& shard = shard_of(node_uuid);
    const std::lock_guard lock(shard.mutex);
    if (shard.accounts.size() >= kNodesMax / kShards) shard.accounts.clear();  // it fills again by itself
    shard.accounts.emplace(node_uuid, account_uuid);
  }

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::string> accounts;  // guarded by mutex
  };
  Shard& shard_of(const std::string& uuid) { return shards_[std::hash<std::string>()(uuid) % kShards]; }

  std::array<Shard, kShards> shards_;
};

}  // namespace nodes

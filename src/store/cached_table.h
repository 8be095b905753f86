// Keeps items that were read by their key, before a table that is slower to ask. Never stale: what a read by key gives
// is what the table below would give at a moment within the call.
//
// How that is so. Every write of the process goes through here, and the file has one process (sqlite_table.h). Before a
// write begins, its keys leave the cache; until it has ended, nothing is kept under them. What was read below is kept
// only where no write began or ended since the reading began. So whatever stands here is what is committed. A write
// whose outcome is not known may still happen later: its keys are never kept again. get_many() is answered from here
// only where all its keys are there, looked up under one lock, in one moment; else all are read below, in one moment.
//
//   Owns     the table below.
//   Threads  as every table; readers do not wait for one another, and for a writer only while it takes keys out.
//   Memory   at most `bytes_max`, counted with what the containers need; the least recently met goes first (CLOCK).
//   Errors   those of the table below; kInvalid in its words.
//
// Reads of the index and of sets go to the table below.

#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/metrics.h"
#include "store/table.h"

namespace store {

class CachedTable final : public Table {
 public:
  // `metrics`, where there are any, live longer than the table.
  CachedTable(std::unique_ptr<Table> below, std::size_t bytes_max, base::Registry* metrics = nullptr);

  base::Result<std::optional<Item>> get(const Key& key, base::Deadline deadline) override;
  base::Result<std::vector<std::optional<Item>>> get_many(std::span<const Key> keys, base::Deadline deadline) override;
  base::Result<Page> query(const Query& query, base::Deadline deadline) override;
  base::Result<ListedPage> select(const Selection& selection, base::Deadline deadline) override;
  base::Result<std::uint64_t> count(const Selection& selection, base::Deadline deadline) override;
  base::Result<std::vector<Version>> write(std::span<const Write> writes, base::Deadline deadline) override;

 private:
  struct Slot {
    std::shared_ptr<const Item> item;  // none: free
    std::size_t hash = 0;
    mutable std::atomic<bool> met = false;
  };
  using Place = std::uint32_t;  // of a slot
  struct Hash {
    using is_transparent = void;
    const std::deque<Slot>* slots;
    std::size_t operator()(const Key& key) const;
    std::size_t operator()(Place place) const { return (*slots)[place].hash; }
  };
  struct Equal {
    using is_transparent = void;
    const std::deque<Slot>* slots;
    bool operator()(Place left, Place right) const { return left == right; }
    bool operator()(const Key& key, Place place) const { return (*slots)[place].item->key == key; }
    bool operator()(Place place, const Key& key) const { return (*slots)[place].item->key == key; }
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return Hash{}(key); }
  };

  // Of what was read below: whether it may be kept.
  struct Ticket {
    std::uint64_t moment;
    bool may_keep;
  };
  [[nodiscard]] const std::shared_ptr<const Item>* find(const Key& key) const;  // under the lock, shared or not
  [[nodiscard]] Ticket ticket(std::span<const Key> keys) const;                 // the same
  void keep(Ticket ticket, std::span<const std::optional<Item>> items);
  void insert(std::shared_ptr<const Item> item);
  void make_room(std::size_t bytes);
  void erase(Place place);
  void begin_write(std::span<const Write> writes);
  void end_write(std::span<const Write> writes, const base::Result<std::vector<Version>>& outcome);
  void forget(const Key& key);
  void stop();

  const std::unique_ptr<Table> below_;
  const std::size_t bytes_max_;
  base::Counter* const hits_;
  base::Counter* const misses_;
  base::Gauge* const bytes_used_;

  mutable std::shared_mutex mutex_;
  std::deque<Slot> slots_;
  std::unordered_set<Place, Hash, Equal> places_;
  std::vector<Place> free_;
  std::size_t hand_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_map<Key, int, KeyHash> being_written_;
  std::size_t never_kept_ = 0;  // keys of writes whose outcome is not known
  std::uint64_t moment_ = 0;    // rises when a write begins or ends
  bool stopped_ = false;
};

}  // namespace store

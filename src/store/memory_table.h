// The state table in memory: for tests, and as the plainest statement of what the port promises. Two ordered maps under
// one mutex; a method holds it from beginning to end, so each is one moment. Nothing is kept when it is destroyed;
// "durable" means nothing here. Never gives kUnavailable or kCorrupt. Contract, errors and limits: store/table.h.

#pragma once

#include <map>
#include <mutex>
#include <tuple>

#include "store/table.h"

namespace store {

class MemoryTable final : public Table {
 public:
  base::Result<std::optional<Item>> get(const Key& key, base::Deadline deadline) override;
  base::Result<std::vector<std::optional<Item>>> get_many(std::span<const Key> keys, base::Deadline deadline) override;
  base::Result<Page> query(const Query& query, base::Deadline deadline) override;
  base::Result<ListedPage> select(const Selection& selection, base::Deadline deadline) override;
  base::Result<std::uint64_t> count(const Selection& selection, base::Deadline deadline) override;
  base::Result<std::vector<Version>> write(std::span<const Write> writes, base::Deadline deadline) override;

 private:
  // pk, sk, and the key again: of a query by key both are the same. So both kinds of query walk one kind of map.
  using Place = std::tuple<std::string, std::string, Key>;
  static Place key_place(const Key& key) { return {key.pk, key.sk, key}; }
  static Place index_place(const Item& item) { return {item.index->pk, item.index->sk, item.key}; }

  const Item* find(const Key& key) const;
  Version version_of(const Key& key) const;  // 0: absent
  void erase(const Key& key);
  bool will_be_there(std::span<const Write> writes, const Key& key) const;  // after these writes

  struct Standing {
    Listing listing;
    std::int64_t number;  // kept while the item stands in a set; orders those of one name or time
  };
  using Entry = std::pair<Listed, std::int64_t>;
  // Whatever the selection asks for, in its order, from its first page on. By looking through everything.
  std::vector<Entry> chosen(const Selection& selection) const;
  void list(const Key& key, const std::optional<Listing>& listing);

  std::mutex mutex_;
  std::map<Place, Item> items_;
  std::map<Place, Key> index_;
  std::map<Key, Standing> listings_;
  std::int64_t last_number_ = 0;
};

}  // namespace store

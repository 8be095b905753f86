#include "store/memory_table.h"

#include "store/rules.h"

namespace store {

namespace {

// The entries of `map` that the query asks for, from the beginning of the page on, at most one more than fit into it.
template <class Map>
std::vector<typename Map::const_iterator> select(const Map& map, const Query& query,
                                                 const std::optional<typename Map::key_type>& after) {
  using Place = typename Map::key_type;
  auto begin = map.lower_bound(Place(query.pk, query.sk_from, Key{}));
  auto end = query.sk_to ? map.lower_bound(Place(query.pk, *query.sk_to, Key{}))
                         : map.lower_bound(Place(query.pk + '\0', "", Key{}));  // the first text after pk
  if (query.sk_to && *query.sk_to <= query.sk_from) end = begin;
  if (after && !query.descending) begin = map.upper_bound(*after);
  if (after && query.descending) end = map.lower_bound(*after);
  std::vector<typename Map::const_iterator> found;
  while (begin != end && found.size() <= query.items_max) found.push_back(query.descending ? --end : begin++);
  return found;
}

}  // namespace

const Item* MemoryTable::find(const Key& key) const {
  const auto found = items_.find(key_place(key));
  return found == items_.end() ? nullptr : &found->second;
}

Version MemoryTable::version_of(const Key& key) const {
  const Item* item = find(key);
  return item ? item->version : 0;
}

void MemoryTable::erase(const Key& key) {
  if (const Item* item = find(key); item && item->index) index_.erase(index_place(*item));
  items_.erase(key_place(key));
}

base::Result<std::optional<Item>> MemoryTable::get(const Key& key, base::Deadline deadline) {
  std::vector<std::optional<Item>> items = TRY(get_many(std::span(&key, 1), deadline));
  return std::move(items.front());
}

base::Result<std::vector<std::optional<Item>>> MemoryTable::get_many(std::span<const Key> keys,
                                                                     base::Deadline deadline) {
  TRY(check_keys(keys));
  TRY(check_time(deadline));
  const std::lock_guard lock(mutex_);
  std::vector<std::optional<Item>> items;
  for (const Key& key : keys) {
    const Item* item = find(key);
    items.push_back(item ? std::optional(*item) : std::nullopt);
  }
  return items;
}

base::Result<Page> MemoryTable::query(const Query& query, base::Deadline deadline) {
  TRY(check_query(query));
  const auto cursor = TRY(parse_cursor(query));
  TRY(check_time(deadline));
  std::optional<Place> after;
  if (cursor) after = Place(query.pk, query.by_index ? cursor->index_sk : cursor->key.sk, cursor->key);

  const std::lock_guard lock(mutex_);
  Page page;
  if (query.by_index) {
    for (const auto& entry : select(index_, query, after)) page.items.push_back(*find(entry->second));
  } else {
    for (const auto& entry : select(items_, query, after)) page.items.push_back(entry->second);
  }
  if (page.items.size() > query.items_max) {
    page.items.pop_back();
    const Item& last = page.items.back();
    page.next_cursor = make_cursor(query, {query.by_index ? last.index->sk : "", last.key});
  }
  return page;
}

base::Result<std::vector<Version>> MemoryTable::write(std::span<const Write> writes, base::Deadline deadline) {
  TRY(check_writes(writes));
  TRY(check_time(deadline));
  const std::lock_guard lock(mutex_);
  for (const Write& write : writes)
    if (!holds(write, version_of(key_of(write)))) return base::fail(conflict());

  std::vector<Version> versions;
  for (const Write& write : writes) {
    const Version found = version_of(key_of(write));
    if (const Put* put = std::get_if<Put>(&write)) {
      erase(put->item.key);
      Item item = put->item;
      item.version = found + 1;
      if (item.index) index_.emplace(index_place(item), item.key);
      items_.insert_or_assign(key_place(item.key), std::move(item));
      versions.push_back(found + 1);
    } else if (std::holds_alternative<Delete>(write)) {
      erase(key_of(write));
      versions.push_back(0);
    } else {
      versions.push_back(found);
    }
  }
  return versions;
}

}  // namespace store

#include "store/memory_table.h"

#include <algorithm>

#include "store/rules.h"

namespace store {

namespace {

// The entries of `map` that the query asks for, from the beginning of the page on, at most one more than fit into it.
template <class Map>
std::vector<typename Map::const_iterator> chosen_of(const Map& map, const Query& query,
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

ListedPlace place_of(const std::pair<Listed, std::int64_t>& entry) {
  return {entry.first.name, entry.first.time, entry.second};
}

// Of entries in the order of the selection, ascending; the part of the place that the order is not by is left out.
bool before(Selection::Order order, const ListedPlace& left, const ListedPlace& right) {
  if (order == Selection::Order::kByName) return std::tie(left.name, left.number) < std::tie(right.name, right.number);
  return std::tie(left.time, left.number) < std::tie(right.time, right.number);
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

bool MemoryTable::will_be_there(std::span<const Write> writes, const Key& key) const {
  for (const Write& write : writes) {
    if (std::holds_alternative<Put>(write) && key_of(write) == key) return true;
    if (std::holds_alternative<Delete>(write) && key_of(write) == key) return false;
  }
  return find(key) != nullptr;
}

void MemoryTable::erase(const Key& key) {
  if (const Item* item = find(key); item && item->index) index_.erase(index_place(*item));
  items_.erase(key_place(key));
  listings_.erase(key);
}

void MemoryTable::list(const Key& key, const std::optional<Listing>& listing) {
  if (!listing || listing->sets.empty()) {
    listings_.erase(key);
  } else if (const auto found = listings_.find(key); found != listings_.end()) {
    found->second.listing = *listing;
  } else {
    listings_.emplace(key, Standing{*listing, ++last_number_});
  }
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
    for (const auto& entry : chosen_of(index_, query, after)) page.items.push_back(*find(entry->second));
  } else {
    for (const auto& entry : chosen_of(items_, query, after)) page.items.push_back(entry->second);
  }
  if (page.items.size() > query.items_max) {
    page.items.pop_back();
    const Item& last = page.items.back();
    page.next_cursor = make_cursor(query, {query.by_index ? last.index->sk : "", last.key});
  }
  return page;
}

std::vector<MemoryTable::Entry> MemoryTable::chosen(const Selection& selection) const {
  std::vector<Entry> entries;
  for (const auto& [key, standing] : listings_) {
    const Listing& listing = standing.listing;
    const bool in = std::any_of(selection.sets.begin(), selection.sets.end(), [&listing](const auto& set) {
      return std::binary_search(listing.sets.begin(), listing.sets.end(), set);
    });
    if (!in || (selection.order == Selection::Order::kByName && !listing.name)) continue;
    if (listing.name && !listing.name->starts_with(selection.name_prefix)) continue;
    if (selection.time_from && listing.time < *selection.time_from) continue;
    if (selection.time_to && listing.time >= *selection.time_to) continue;
    entries.push_back(
        {{key, listing.name.value_or(""), listing.time, listing.facets, standing.number}, standing.number});
  }
  std::sort(entries.begin(), entries.end(), [&](const Entry& left, const Entry& right) {
    return selection.descending ? before(selection.order, place_of(right), place_of(left))
                                : before(selection.order, place_of(left), place_of(right));
  });
  return entries;
}

base::Result<ListedPage> MemoryTable::select(const Selection& selection, base::Deadline deadline) {
  TRY(check_selection(selection));
  const std::optional<ListedPlace> after = TRY(parse_cursor(selection));
  TRY(check_time(deadline));
  const std::lock_guard lock(mutex_);
  ListedPage page;
  ListedPlace last;
  for (Entry& entry : chosen(selection)) {
    ListedPlace place = place_of(entry);
    if (after) {
      if (selection.descending ? !before(selection.order, place, *after) : !before(selection.order, *after, place))
        continue;
    }
    if (page.entries.size() == selection.entries_max) {
      page.next_cursor = make_cursor(selection, last);
      break;
    }
    page.entries.push_back(std::move(entry.first));
    last = std::move(place);
  }
  return page;
}

base::Result<std::uint64_t> MemoryTable::count(const Selection& selection, base::Deadline deadline) {
  TRY(check_selection(selection));
  TRY(check_time(deadline));
  const std::lock_guard lock(mutex_);
  return chosen(selection).size();
}

base::Result<std::vector<Version>> MemoryTable::write(std::span<const Write> writes, base::Deadline deadline) {
  TRY(check_writes(writes));
  TRY(check_time(deadline));
  const std::lock_guard lock(mutex_);
  for (const Write& write : writes) {
    if (!std::holds_alternative<List>(write) && !holds(write, version_of(key_of(write)))) return base::fail(conflict());
  }
  for (const Write& write : writes) {
    if (std::holds_alternative<List>(write) && !will_be_there(writes, key_of(write))) return base::fail(conflict());
  }

  std::vector<Version> versions;
  for (const Write& write : writes) {
    const Version found = version_of(key_of(write));
    if (const Put* put = std::get_if<Put>(&write)) {
      if (const Item* item = find(put->item.key); item && item->index) index_.erase(index_place(*item));
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
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const List* list = std::get_if<List>(&writes[i]);
    if (!list) continue;
    versions[i] = version_of(list->key);
    this->list(list->key, list->listing);
  }
  return versions;
}

}  // namespace store

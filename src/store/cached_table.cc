#include "store/cached_table.h"

#include <mutex>

#include "store/rules.h"

namespace store {
namespace {

// What an item takes beside its text: its slot, its node and bucket in the set, and what the allocator rounds up.
constexpr std::size_t kBytesBesideText = sizeof(Item) + 200;
// Of writes whose outcome is not known. Past it something is so wrong that nothing is kept at all.
constexpr std::size_t kNeverKeptMax = 10'000;

std::size_t bytes_held(const Item& item) { return bytes_of(item) + kBytesBesideText; }

const Key* changed_key(const Write& write) {
  return std::holds_alternative<Put>(write) || std::holds_alternative<Delete>(write) ? &key_of(write) : nullptr;
}

// Whether the table below said what became of the write.
bool is_known(const base::Result<std::vector<Version>>& outcome) {
  if (outcome) return true;
  const base::Error& error = outcome.error();
  return error.code == base::Code::kConflict || error.code == base::Code::kInvalid ||
         (error.code == base::Code::kUnavailable && error.retry_after_s);
}

base::Counter* counter(base::Registry* metrics, const char* outcome) {
  return metrics == nullptr
             ? nullptr
             : &metrics->counter("stewardry_store_cached_reads_total",
                                 "Reads by key, by whether all their items were in memory.", {{"outcome", outcome}});
}

void add_one(base::Counter* counter) {
  if (counter != nullptr) counter->add();
}

}  // namespace

std::size_t CachedTable::Hash::operator()(const Key& key) const {
  const std::hash<std::string_view> hash;
  return hash(key.pk) * 31 + hash(key.sk);
}

CachedTable::CachedTable(std::unique_ptr<Table> below, std::size_t bytes_max, base::Registry* metrics)
    : below_(std::move(below)),
      bytes_max_(bytes_max),
      hits_(counter(metrics, "hit")),
      misses_(counter(metrics, "miss")),
      bytes_used_(metrics == nullptr ? nullptr
                                     : &metrics->gauge("stewardry_store_cache_bytes", "Memory that kept items take.")),
      places_(16, Hash{&slots_}, Equal{&slots_}) {}

base::Result<std::optional<Item>> CachedTable::get(const Key& key, base::Deadline deadline) {
  Ticket ticket{};
  {
    const std::shared_lock lock(mutex_);
    if (const std::shared_ptr<const Item>* item = find(key)) {
      add_one(hits_);
      return std::optional<Item>(**item);
    }
    ticket = this->ticket(std::span(&key, 1));
  }
  add_one(misses_);
  std::optional<Item> item = TRY(below_->get(key, deadline));
  if (item) keep(ticket, std::span(&item, 1));
  return item;
}

base::Result<std::vector<std::optional<Item>>> CachedTable::get_many(std::span<const Key> keys,
                                                                     base::Deadline deadline) {
  std::vector<std::shared_ptr<const Item>> found;
  found.reserve(keys.size());
  Ticket ticket{};
  {
    const std::shared_lock lock(mutex_);
    for (const Key& key : keys) {
      const std::shared_ptr<const Item>* item = find(key);
      if (item == nullptr) break;
      found.push_back(*item);
    }
    if (found.size() < keys.size()) ticket = this->ticket(keys);
  }
  if (found.size() == keys.size() && !keys.empty()) {
    add_one(hits_);
    std::vector<std::optional<Item>> items;
    items.reserve(found.size());
    for (const std::shared_ptr<const Item>& item : found) items.emplace_back(*item);
    return items;
  }
  add_one(misses_);
  std::vector<std::optional<Item>> items = TRY(below_->get_many(keys, deadline));
  keep(ticket, items);
  return items;
}

base::Result<Page> CachedTable::query(const Query& query, base::Deadline deadline) {
  return below_->query(query, deadline);
}
base::Result<ListedPage> CachedTable::select(const Selection& selection, base::Deadline deadline) {
  return below_->select(selection, deadline);
}
base::Result<std::uint64_t> CachedTable::count(const Selection& selection, base::Deadline deadline) {
  return below_->count(selection, deadline);
}

base::Result<std::vector<Version>> CachedTable::write(std::span<const Write> writes, base::Deadline deadline) {
  begin_write(writes);
  base::Result<std::vector<Version>> outcome = below_->write(writes, deadline);
  end_write(writes, outcome);
  return outcome;
}

const std::shared_ptr<const Item>* CachedTable::find(const Key& key) const {
  const auto place = places_.find(key);
  if (place == places_.end()) return nullptr;
  const Slot& slot = slots_[*place];
  if (!slot.met.load(std::memory_order_relaxed)) slot.met.store(true, std::memory_order_relaxed);
  return &slot.item;
}

CachedTable::Ticket CachedTable::ticket(std::span<const Key> keys) const {
  if (stopped_) return {moment_, false};
  if (being_written_.empty()) return {moment_, true};
  for (const Key& key : keys) {
    if (being_written_.contains(key)) return {moment_, false};
  }
  return {moment_, true};
}

void CachedTable::keep(Ticket ticket, std::span<const std::optional<Item>> items) {
  if (!ticket.may_keep) return;
  std::vector<std::shared_ptr<const Item>> copies;
  copies.reserve(items.size());
  for (const std::optional<Item>& item : items) {
    if (item) copies.push_back(std::make_shared<const Item>(*item));
  }
  const std::unique_lock lock(mutex_);
  if (ticket.moment != moment_ || stopped_) return;
  for (std::shared_ptr<const Item>& copy : copies) {
    if (!places_.contains(copy->key)) insert(std::move(copy));
  }
  if (bytes_used_ != nullptr) bytes_used_->set(static_cast<std::int64_t>(bytes_));
}

void CachedTable::insert(std::shared_ptr<const Item> item) {
  const std::size_t bytes = bytes_held(*item);
  if (bytes > bytes_max_ / 8) return;
  make_room(bytes);
  if (free_.empty()) {
    free_.push_back(static_cast<Place>(slots_.size()));
    slots_.emplace_back();
  }
  const Place place = free_.back();
  free_.pop_back();
  Slot& slot = slots_[place];
  slot.hash = Hash{}(item->key);
  slot.item = std::move(item);
  slot.met.store(false, std::memory_order_relaxed);
  places_.insert(place);
  bytes_ += bytes;
}

// The hand goes round: what was met since it last came by stays for one round more.
void CachedTable::make_room(std::size_t bytes) {
  while (bytes_ + bytes > bytes_max_) {
    hand_ = hand_ + 1 < slots_.size() ? hand_ + 1 : 0;
    const Slot& slot = slots_[hand_];
    if (slot.item && !slot.met.exchange(false, std::memory_order_relaxed)) erase(static_cast<Place>(hand_));
  }
}

void CachedTable::erase(Place place) {
  places_.erase(place);
  Slot& slot = slots_[place];
  bytes_ -= bytes_held(*slot.item);
  slot.item.reset();
  free_.push_back(place);
}

void CachedTable::begin_write(std::span<const Write> writes) {
  const std::unique_lock lock(mutex_);
  ++moment_;
  for (const Write& write : writes) {
    const Key* key = changed_key(write);
    if (key == nullptr) continue;
    forget(*key);
    ++being_written_[*key];
  }
}

void CachedTable::end_write(std::span<const Write> writes, const base::Result<std::vector<Version>>& outcome) {
  // Whoever met it read something else than is there: what another hand has changed in the file is read anew.
  const bool conflict = !outcome && outcome.error().code == base::Code::kConflict;
  const bool known = is_known(outcome);
  const std::unique_lock lock(mutex_);
  ++moment_;
  for (const Write& write : writes) {
    if (conflict) forget(key_of(write));
    const Key* key = changed_key(write);
    if (key == nullptr) continue;
    if (!known) {
      ++never_kept_;
      continue;
    }
    const auto found = being_written_.find(*key);
    if (--found->second == 0) being_written_.erase(found);
  }
  if (never_kept_ > kNeverKeptMax) stop();
}

void CachedTable::forget(const Key& key) {
  if (const auto place = places_.find(key); place != places_.end()) erase(*place);
}

void CachedTable::stop() {
  stopped_ = true;
  while (!places_.empty()) erase(*places_.begin());
}

}  // namespace store

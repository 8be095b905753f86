// Writing and reading the trail. An event joins its transaction as a participant: it takes a shard when the commit
// begins, and gives it back when the commit has ended, well or not.

#include "audit/trail.h"

#include <algorithm>

#include <fmt/format.h>

#include "audit/chain.h"
#include "audit/diff.h"
#include "audit/shards.h"
#include "base/check.h"
#include "json/encode.h"
#include "json/parse.h"

namespace audit {
namespace {

constexpr std::string_view kAllSet = "audit";
constexpr std::size_t kSetIdBytesMax = 512;  // a longer id is none of ours: its event is not found by it
constexpr int kRoundsMax = 20;               // of one page of a list; a page that is short then has a cursor
constexpr std::int64_t kUsOfMs = 1000;

std::string target_set(std::string_view id) { return fmt::format("audit-target#{}", id); }
std::string done_by_set(std::string_view id) { return fmt::format("audit-by#{}", id); }
std::string refused_set(std::string_view id) { return fmt::format("audit-refused#{}", id); }
std::string owned_set(std::string_view id) { return fmt::format("audit-owned#{}", id); }

bool is_shown_to(const Event& event, std::string_view user_id) {
  return event.owner_id == user_id || (event.principal_id == user_id && event.action != kRefused);
}

std::vector<std::string> sets_of(const StoredEvent& event) {
  std::vector<std::string> sets{std::string(kAllSet)};
  const auto add = [&](std::string (*set)(std::string_view), std::string_view id) {
    if (!id.empty() && id.size() <= kSetIdBytesMax) sets.push_back(set(id));
  };
  add(target_set, event.target_id);
  for (const std::string& thing : event.things) add(target_set, thing);
  // Each user's sets have no event in common: unions of them are what is asked for, see selection_of().
  add(is_shown_to(event, event.principal_id) ? done_by_set : refused_set, event.principal_id);
  if (event.owner_id != event.principal_id) add(owned_set, event.owner_id);
  std::sort(sets.begin(), sets.end());
  sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
  return sets;
}

std::int64_t first_us(base::Time time) { return time.time_since_epoch().count() * kUsOfMs; }

store::Listing listing_of(const StoredEvent& event) {
  return {.sets = sets_of(event), .name = {}, .time = first_us(event.time) + event.order, .facets = {}};
}

base::Error not_ours(std::string_view shard) {
  return {base::Code::kCorrupt,
          "The audit trail was signed by another key than the server's (audit.key in the data folder), or was altered. "
          "Put the right key back; where it is lost, `stewardry audit new-key`.",
          fmt::format("head of shard {}", shard)};
}

store::Selection selection_of(const EventQuery& query) {
  store::Selection selection{.order = store::Selection::Order::kByTime, .descending = true, .cursor = query.cursor};
  if (!query.target_id.empty())
    selection.sets = {target_set(query.target_id)};
  else if (!query.principal_id.empty())
    selection.sets = {done_by_set(query.principal_id), refused_set(query.principal_id)};
  else if (!query.seen_by.empty())
    selection.sets = {done_by_set(query.seen_by), owned_set(query.seen_by)};
  else
    selection.sets = {std::string(kAllSet)};
  if (query.since) selection.time_from = query.since->time_since_epoch().count() * kUsOfMs;
  if (query.until) selection.time_to = query.until->time_since_epoch().count() * kUsOfMs;
  return selection;
}

// What the sets of the selection do not say already.
bool matches(const EventQuery& query, const Event& event) {
  if (!query.principal_id.empty() && event.principal_id != query.principal_id) return false;
  return query.seen_by.empty() || is_shown_to(event, query.seen_by);
}

}  // namespace

class Trail::Entry final : public store::Participant {
 public:
  Entry(const Trail& trail, const Actor& actor, const Act& act) : trail_(trail) {
    event_.principal_id = actor.principal_id;
    event_.request_id = actor.request_id;
    event_.action = act.action;
    event_.target_type = act.target_type;
    event_.target_id = act.target_id;
    event_.owner_id = act.owner_id;
  }
  ~Entry() override {
    if (!shard_) return;
    trail_.shards_->give_back_unknown(*shard_);
    if (is_written_ && trail_.conflicts_ != nullptr) trail_.conflicts_->add();
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  base::Result<void> prepare(store::Transaction& tx) override {
    if (is_written_) return {};  // a note
    Difference difference = TRY(difference_of(tx.changes()));
    if (difference.things.empty()) return {};
    return write(tx, std::move(difference));
  }

  void committed() override {
    if (!is_written_) return;
    trail_.shards_->give_back_written(*shard_, std::move(head_), std::move(as_a_witness_));
    shard_.reset();
    if (trail_.events_ != nullptr) trail_.events_->add();
  }

  base::Result<void> write(store::Transaction& tx, Difference difference) {
    TRY(trail_.load(tx.deadline()));
    Shards::Lease lease = TRY(trail_.shards_->take(tx.deadline()));
    shard_ = lease.shard;
    const std::string shard = shard_name(lease.shard);
    const Head last = TRY(last_head(tx, lease, shard));
    event_.id = event_id(shard, last.number + 1);
    event_.time = trail_.clock_.now();
    event_.previous = hash_text(last.hash);
    event_.before = std::move(difference.before);
    event_.after = std::move(difference.after);
    event_.things = std::move(difference.things);
    event_.witness = std::move(lease.witness);
    event_.order = trail_.order_of(event_.time) - first_us(event_.time);

    store::Item item{.key = event_key(shard, last.number + 1),
                     .index = {},
                     .type = std::string(kEventType),
                     .attributes = json::encode(event_)};
    const Hash hash = hash_of_event(shard, last.number + 1, last.hash, item.attributes);
    head_ = sign_head(trail_.key_, shard, last.number + 1, hash, event_.time);
    as_a_witness_ = {shard, last.number + 1, hash_text(hash)};
    tx.list(item.key, listing_of(event_));
    tx.put(std::move(item));
    tx.put(head_);
    head_.version = tx.version_of(head_.key);
    is_written_ = true;
    return {};
  }

 private:
  base::Result<Head> last_head(store::Transaction& tx, const Shards::Lease& lease, const std::string& shard) const {
    if (lease.is_known && !lease.head) return Head{};
    if (lease.is_known) {
      tx.assume(*lease.head);
      return read_head(*lease.head);
    }
    const std::optional<store::Item> found = TRY(tx.get(head_key(shard)));
    if (!found) return Head{};
    Head head = TRY(read_head(*found));
    if (!is_signed(trail_.public_key_, shard, head)) return base::fail(not_ours(shard));
    return head;
  }

  const Trail& trail_;
  StoredEvent event_;
  std::optional<std::size_t> shard_;  // held
  bool is_written_ = false;
  store::Item head_;  // as it will be
  Witness as_a_witness_;
};

Trail::Trail(store::Table& table, crypto::PrivateKey key, const base::Clock& clock, base::Entropy& entropy,
             base::Registry* metrics)
    : table_(table),
      key_(std::move(key)),
      public_key_(crypto::PublicKey::ed25519(key_.public_bytes()).value()),
      clock_(clock),
      events_(metrics != nullptr
                  ? &metrics->counter("stewardry_audit_events_total", "Events written to the audit trail.")
                  : nullptr),
      conflicts_(metrics != nullptr
                     ? &metrics->counter("stewardry_audit_conflicts_total",
                                         "Events that came to nothing, because the commit met a conflict or failed.")
                     : nullptr),
      shards_(std::make_unique<Shards>(entropy)) {}

Trail::~Trail() = default;

base::Result<void> Trail::load(base::Deadline deadline) const {
  if (shards_->loaded()) return {};
  std::vector<store::Key> keys;
  for (std::size_t shard = 0; shard < kShards; ++shard) keys.push_back(head_key(shard_name(shard)));
  std::vector<std::optional<store::Item>> items = TRY(table_.get_many(keys, deadline));
  std::vector<std::optional<Head>> heads(kShards);
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    if (!items[shard]) continue;
    heads[shard] = TRY(read_head(*items[shard]));
    if (!is_signed(public_key_, shard_name(shard), *heads[shard])) return base::fail(not_ours(shard_name(shard)));
  }
  shards_->load(std::move(items), std::move(heads));
  return {};
}

void Trail::record(store::Transaction& tx, const Actor& actor, const Act& act) const {
  if (tx.participant() == nullptr) tx.join(std::make_unique<Entry>(*this, actor, act));
}

base::Result<void> Trail::note(const Actor& actor, const Act& act, std::string_view details,
                               base::Deadline deadline) const {
  Difference difference;
  if (details.size() > kDifferenceBytesMax) {
    difference.after = digest_of(details);
  } else {
    json::Value value = TRY(json::parse(details));
    CHECK(value.is_object(), "the details of a note are an object");
    difference.after = std::move(value.as_object());
  }
  return store::transact(table_, deadline, [&](store::Transaction& tx) -> base::Result<void> {
    auto entry = std::make_unique<Entry>(*this, actor, act);
    TRY(entry->write(tx, difference));
    tx.join(std::move(entry));
    return {};
  });
}

// Microseconds, so that events of one millisecond stand in the order in which they were written here.
std::int64_t Trail::order_of(base::Time now) const {
  const std::int64_t first = first_us(now);
  std::int64_t last = last_us_.load();
  for (;;) {
    const bool same = last >= first && last < first + kUsOfMs;
    const std::int64_t next = same ? std::min(last + 1, first + kUsOfMs - 1) : first;
    if (last_us_.compare_exchange_weak(last, next)) return next;
  }
}

base::Result<std::optional<store::Listing>> lister(const store::Item& item) {
  if (item.type != kEventType) return std::optional<store::Listing>();
  return std::optional<store::Listing>(listing_of(TRY(read_event(item))));
}

base::Result<EventPage> Trail::list(const EventQuery& query, base::Deadline deadline) const {
  EventPage page;
  store::Selection selection = selection_of(query);
  const std::size_t wanted = std::clamp<std::size_t>(query.events_max, 1, store::kReadsMax);
  for (int round = 0; round < kRoundsMax && page.events.size() < wanted; ++round) {
    selection.entries_max = wanted - page.events.size();  // never more than fit: the cursor says where to go on
    store::ListedPage found = TRY(table_.select(selection, deadline));
    std::vector<store::Key> keys;
    for (store::Listed& each : found.entries) keys.push_back(std::move(each.key));
    for (const std::optional<store::Item>& item : TRY(table_.get_many(keys, deadline))) {
      if (!item) continue;
      StoredEvent event = TRY(read_event(*item));
      if (matches(query, event)) page.events.push_back(std::move(event));
    }
    page.next_cursor = std::move(found.next_cursor);
    if (!page.next_cursor) break;
    selection.cursor = *page.next_cursor;
  }
  return page;
}

base::Result<std::uint64_t> Trail::count(const EventQuery& query, base::Deadline deadline) const {
  const bool by_target = !query.target_id.empty(), by_principal = !query.principal_id.empty();
  const int filters =
      static_cast<int>(by_target) + static_cast<int>(by_principal) + static_cast<int>(!query.seen_by.empty());
  if (filters <= 1) {
    store::Selection selection = selection_of(query);
    selection.cursor.clear();
    return table_.count(selection, deadline);
  }
  EventQuery walk = query;
  walk.events_max = store::kReadsMax;
  walk.cursor.clear();
  for (std::uint64_t count = 0;;) {
    const EventPage page = TRY(list(walk, deadline));
    count += page.events.size();
    if (!page.next_cursor) return count;
    walk.cursor = *page.next_cursor;
  }
}

}  // namespace audit

#include "store/transaction.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"

namespace store {

namespace {

Version version_after(const std::optional<Item>& read, bool written, const std::optional<Item>& now) {
  const Version before = read ? read->version : 0;
  if (!written) return before;
  return now ? before + 1 : 0;
}

Expectation expectation_of(const std::optional<Item>& read) {
  if (read) return Unchanged{read->version};
  return Absent{};
}

}  // namespace

std::optional<std::string> end_of_prefix(std::string prefix) {
  // The last byte that can be raised is raised, and what follows is cut off: "a\xff" is followed by "b".
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

base::Result<std::optional<Item>> Transaction::get(const Key& key) {
  std::vector<std::optional<Item>> items = TRY(get_many(std::span(&key, 1)));
  return std::move(items.front());
}

base::Result<std::vector<std::optional<Item>>> Transaction::get_many(std::span<const Key> keys) {
  std::vector<Key> unread;
  for (const Key& key : keys)
    if (!entries_.contains(key)) unread.push_back(key);
  std::sort(unread.begin(), unread.end());
  unread.erase(std::unique(unread.begin(), unread.end()), unread.end());
  if (!unread.empty()) {
    std::vector<std::optional<Item>> read = TRY(table_.get_many(unread, deadline_));
    for (std::size_t i = 0; i < unread.size(); ++i) entries_[unread[i]].read = std::move(read[i]);
  }
  std::vector<std::optional<Item>> items;
  items.reserve(keys.size());
  for (const Key& key : keys) {
    const Entry& entry = entries_.at(key);
    items.push_back(entry.written ? entry.now : entry.read);
  }
  return items;
}

void Transaction::put(Item item) {
  Entry& entry = entries_[item.key];
  item.version = (entry.read ? entry.read->version : 0) + 1;
  entry.written = true;
  entry.now = std::move(item);
}

void Transaction::erase(const Key& key) {
  const auto found = entries_.find(key);
  CHECK(found != entries_.end(), "what is deleted was read in this transaction");
  Entry& entry = found->second;
  CHECK((entry.written ? entry.now : entry.read).has_value(), "what is deleted is there");
  entry.written = true;
  entry.now.reset();
}

void Transaction::list(const Key& key, std::optional<Listing> listing) { listings_[key] = std::move(listing); }

void Transaction::assume(Item item) {
  const auto [entry, is_new] = entries_.try_emplace(item.key);
  CHECK(is_new, "what is assumed was neither read nor written before");
  entry->second.read = std::move(item);
}

std::vector<Change> Transaction::changes() const {
  std::vector<Change> changes;
  for (const auto& [key, entry] : entries_) {
    if (!entry.written || (!entry.read && !entry.now)) continue;
    changes.push_back({entry.read ? &*entry.read : nullptr, entry.now ? &*entry.now : nullptr});
  }
  return changes;
}

void Transaction::join(std::unique_ptr<Participant> participant) {
  CHECK(!participant_, "a transaction has one participant");
  participant_ = std::move(participant);
}

Version Transaction::version_of(const Key& key) const {
  const auto found = entries_.find(key);
  CHECK(found != entries_.end(), "a version is known of what was read or written in this transaction");
  return version_after(found->second.read, found->second.written, found->second.now);
}

base::Result<void> Transaction::commit() {
  if (changes().empty() && listings_.empty()) return {};
  if (participant_) TRY(participant_->prepare(*this));
  std::vector<Write> writes;
  for (auto& [key, entry] : entries_) {
    if (entry.written && entry.now) {
      writes.push_back(Put{*entry.now, expectation_of(entry.read)});
    } else if (entry.written && entry.read) {
      writes.push_back(Delete{key, Unchanged{entry.read->version}});
    } else {  // only looked at; or put and deleted again, and so absent before and after
      writes.push_back(Check{key, expectation_of(entry.read)});
    }
  }
  for (auto& [key, listing] : listings_) {
    const auto entry = entries_.find(key);
    if (entry != entries_.end() && entry->second.written && !entry->second.now) continue;
    writes.push_back(List{key, std::move(listing)});
  }
  TRY(table_.write(writes, deadline_));
  if (participant_) participant_->committed();
  return {};
}

namespace internal {

bool wait_for_next_attempt(int attempt, base::Deadline deadline) {
  using std::chrono::microseconds;
  if (attempt >= kAttemptsMax || deadline.passed()) return false;
  // Up to 0.5 ms after the first attempt, twice as much after each, never past 64 ms. Where in that span is left to
  // thread and time, so that those who collided do not collide again; better randomness would buy nothing.
  const std::uint64_t span_us = std::uint64_t{500} << std::min(attempt - 1, 7);
  const auto ticks = static_cast<std::uint64_t>(base::Deadline::Clock::now().time_since_epoch().count());
  const std::uint64_t mixed =
      (ticks ^ std::hash<std::thread::id>{}(std::this_thread::get_id())) * std::uint64_t{0x9E3779B97F4A7C15};
  const microseconds pause(static_cast<std::int64_t>((mixed >> 33) % span_us));
  if (pause >= deadline.left()) return false;
  std::this_thread::sleep_for(pause);
  return true;
}

base::Error contention() {
  return base::Error(base::Code::kConflict, "Others are changing the same records at this moment; try again.",
                     fmt::format("gave up after at most {} attempts, or at the deadline", kAttemptsMax));
}

}  // namespace internal

}  // namespace store

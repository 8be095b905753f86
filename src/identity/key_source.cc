#include "identity/key_source.h"

#include <algorithm>
#include <fstream>

#include "identity/refusal.h"

namespace identity {
namespace {

base::Counter& counter(base::Registry& metrics, const Issuer& issuer, const char* outcome) {
  return metrics.counter("stewardry_key_set_fetches_total", "Fetches of the issuers' key sets, by outcome.",
                         {{"issuer", issuer.name}, {"outcome", outcome}});
}

base::Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail(base::Code::kUnavailable, "The key set's file cannot be opened.", path);
  std::string text(KeySet::kBytesMax + 1, '\0');  // one more than allowed, so that too much is seen
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return base::fail(base::Code::kUnavailable, "The key set's file cannot be read.", path);
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

KeySource::KeySource(const Issuer& issuer, const Fetch& fetch, const base::Clock& clock, base::Logger& log,
                     base::Registry& metrics)
    : issuer_(issuer),
      fetch_(fetch),
      clock_(clock),
      log_(log),
      fetched_(counter(metrics, issuer, "fetched")),
      failed_(counter(metrics, issuer, "failed")),
      invalid_(counter(metrics, issuer, "invalid")) {}

base::Result<KeySource::Found> KeySource::find(std::string_view key_id, base::Deadline deadline) {
  Lock lock(mutex_);
  renew_if_old(lock, deadline);
  if (auto key = look_up(key_id)) return Found{std::move(key), generation_.load()};
  if (fetching_) {
    const std::uint64_t flight = flights_;
    if (!landed_.wait_until(lock, deadline.when(), [&] { return flights_ != flight; })) return unavailable();
  } else if (clock_.steady() >= may_fetch_at_ && !deadline.passed()) {
    fetch(lock, deadline);
  }
  if (auto key = look_up(key_id)) return Found{std::move(key), generation_.load()};
  // While the issuer cannot be asked, it is not known that this key is none of its keys.
  if (keys_ == nullptr || !failure_.empty()) return unavailable();
  return refuse(Reason::kKey, "The token is signed with a key that its issuer does not list.");
}

std::uint64_t KeySource::generation(base::Deadline deadline) {
  if (clock_.steady() >= old_at_.load(std::memory_order_relaxed)) {
    Lock lock(mutex_);
    renew_if_old(lock, deadline);
  }
  return generation_.load(std::memory_order_acquire);
}

std::shared_ptr<const crypto::PublicKey> KeySource::look_up(std::string_view key_id) const {
  const crypto::PublicKey* key = keys_ == nullptr ? nullptr : keys_->find(key_id);
  if (key == nullptr) return nullptr;
  return {keys_, key};
}

void KeySource::renew_if_old(Lock& lock, base::Deadline deadline) {
  if (keys_ == nullptr || fetching_ || clock_.steady() < old_at_.load()) return;
  const std::chrono::milliseconds patience = std::min<std::chrono::milliseconds>(deadline.left() / 2, kRenewPatience);
  fetch(lock, base::Deadline::after(patience));
}

void KeySource::fetch(Lock& lock, base::Deadline deadline) {
  fetching_ = true;
  lock.unlock();
  base::Result<std::shared_ptr<const KeySet>> keys = fetch_keys(deadline);
  lock.lock();
  failure_ = keys ? "" : keys.error().message;
  if (keys && *keys != keys_) {
    keys_ = std::move(*keys);
    generation_.fetch_add(1, std::memory_order_release);
  }
  const base::Steady now = clock_.steady();
  if (keys_ == nullptr) {
    may_fetch_at_ = now + backoff_;
    backoff_ = std::min(2 * backoff_, Verifier::kRefreshEvery);
  } else {
    may_fetch_at_ = now + Verifier::kRefreshEvery;
    old_at_ = failure_.empty() ? now + kOldAfter : may_fetch_at_;
  }
  fetching_ = false;
  ++flights_;
  landed_.notify_all();
}

// Not locked. Only the thread that fetches writes keys_, so it may read them.
base::Result<std::shared_ptr<const KeySet>> KeySource::fetch_keys(base::Deadline deadline) {
  const auto failed = [&](const char* event, base::Counter& count, const base::Error& error) {
    count.add();
    std::string reason = error.detail.empty() ? error.message : error.message + " (" + error.detail + ")";
    log_.warning(event, {{"issuer", issuer_.name}, {"keys_held", keys_ != nullptr}, {"reason", reason}});
    return base::fail(base::Code::kUnavailable, std::move(reason));
  };
  base::Result<std::string> text = issuer_.jwks_file.empty() ? fetch_(issuer_, deadline) : read_file(issuer_.jwks_file);
  if (!text) return failed("key set not fetched", failed_, text.error());
  if (keys_ == nullptr || *text != text_) {
    base::Result<KeySet> keys = KeySet::parse(*text);
    if (!keys) return failed("key set not understood", invalid_, keys.error());
    fetched_.add();
    text_ = std::move(*text);
    log_.info("key set changed", {{"issuer", issuer_.name}, {"keys", keys->size()}, {"keys_skipped", keys->skipped()}});
    return std::make_shared<const KeySet>(std::move(*keys));
  }
  fetched_.add();
  return keys_;
}

tl::unexpected<base::Error> KeySource::unavailable() const {
  base::Error error(base::Code::kUnavailable, "The keys of the token's issuer cannot be had now; try again.",
                    "key set of " + issuer_.name + ": " + (failure_.empty() ? "waited for too long" : failure_));
  const auto left = std::chrono::ceil<std::chrono::seconds>(may_fetch_at_ - clock_.steady());
  error.retry_after_s = static_cast<std::uint32_t>(std::clamp<std::int64_t>(left.count(), 1, 60));
  return base::fail(std::move(error));
}

}  // namespace identity

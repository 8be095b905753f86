// Where the keys of one issuer come from, and how fresh they are. The set is fetched
//
//   when it is first needed;
//   when a token names a `kid` that is not in it, but at most every Verifier::kRefreshEvery, so that tokens with
//   made-up
//     names cannot make us fetch more;
//   when it is kOldAfter old, or, while that fails, every kRefreshEvery: so that a key that was withdrawn stops
//   working.
//
// One thread fetches at a time, in the call of whoever needed it. Who needs a key that is not there waits for that
// fetch, until their own deadline; who has their key does not wait. A fetch that only renews a set takes half of its
// caller's time at most, and kRenewPatience. When a fetch fails, the keys that are there stay. While there never were
// any, the next fetch is after 1 s, 2 s, 4 s and so on up to kRefreshEvery.
//
// The generation rises when the keys change; what was concluded from an earlier generation no longer holds.
//
//   Threads  any. No lock is held while fetching.
//   Errors   kUnavailable: the keys cannot be had now; kUnauthenticated: the issuer does not list this key.

#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "identity/key_set.h"
#include "identity/verifier.h"

namespace identity {

class KeySource {
 public:
  static constexpr std::chrono::minutes kOldAfter{10};
  static constexpr std::chrono::seconds kRenewPatience{5};

  struct Found {
    std::shared_ptr<const crypto::PublicKey> key;  // shared: a refresh may drop the set while the key is in use
    std::uint64_t generation;
  };

  // Everything given must outlive it.
  KeySource(const Issuer& issuer, const Fetch& fetch, const base::Clock& clock, base::Logger& log,
            base::Registry& metrics);

  base::Result<Found> find(std::string_view key_id, base::Deadline deadline);
  // After renewing the set where it is old. Takes no lock otherwise.
  std::uint64_t generation(base::Deadline deadline);

 private:
  using Lock = std::unique_lock<std::mutex>;

  [[nodiscard]] std::shared_ptr<const crypto::PublicKey> look_up(std::string_view key_id) const;
  void renew_if_old(Lock& lock, base::Deadline deadline);
  void fetch(Lock& lock, base::Deadline deadline);  // unlocks while it fetches
  base::Result<std::shared_ptr<const KeySet>> fetch_keys(base::Deadline deadline);
  [[nodiscard]] tl::unexpected<base::Error> unavailable() const;

  const Issuer& issuer_;
  const Fetch& fetch_;
  const base::Clock& clock_;
  base::Logger& log_;
  base::Counter& fetched_;
  base::Counter& failed_;
  base::Counter& invalid_;

  std::atomic<std::uint64_t> generation_{0};
  std::atomic<base::Steady> old_at_{base::Steady::max()};

  std::string text_;  // that keys_ were read from; only the thread that fetches touches it

  std::mutex mutex_;  // over all that follows, and the writing of generation_ and old_at_
  std::condition_variable landed_;
  bool fetching_ = false;
  std::uint64_t flights_ = 0;           // fetches that have ended
  std::shared_ptr<const KeySet> keys_;  // null until the first fetch that worked; shared as Found says
  base::Steady may_fetch_at_{};
  std::chrono::seconds backoff_{1};
  std::string failure_;  // of the last fetch; empty where it worked
};

}  // namespace identity

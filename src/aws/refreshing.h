// Credentials that are kept, and fetched anew before they expire.
//
//   lifetime  |-------------- good --------------|--- soon ---|--- now ---| expired
//                                                 advisory     mandatory
//
// Soon: the first who asks fetches, and everybody else goes on with the old ones. Now: everybody waits for the one who
// fetches. A fetch that fails while the old ones hold changes nothing, and is tried again half a minute to a minute
// later. Soon begins 15 minutes before the end and now 10, as with AWS's own clients; of credentials that live shorter
// than an hour, a quarter and a sixth of their life, so that they are not fetched with every call. A jitter of up to a
// tenth of that keeps many processes from asking in the same moment.
//
// One fetch at a time for all who wait. It is done by one of them, under its own deadline; when that passes, the next
// one takes over. A failure is that of everybody who waited for it.
//
//   Threads   any.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "aws/credentials.h"
#include "aws/failure.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/entropy.h"

namespace aws {

using Fetch = std::function<Result<Credentials>(base::Deadline)>;

class Refreshing final : public CredentialsProvider {
 public:
  Refreshing(const base::Clock& clock, base::Entropy& entropy, Fetch fetch)
      : clock_(clock), entropy_(entropy), fetch_(std::move(fetch)) {}

  Result<std::shared_ptr<const Credentials>> get(base::Deadline deadline) override;
  void invalidate(const Credentials& refused) override;

 private:
  using Kept = std::shared_ptr<const Credentials>;
  enum class Need : std::uint8_t { kNone, kSoon, kNow };

  [[nodiscard]] Need need() const;
  [[nodiscard]] bool holds() const;
  Result<Kept> fetch(std::unique_lock<std::mutex>& lock, Need need, base::Deadline deadline);
  void keep(Credentials credentials);
  std::chrono::milliseconds up_to(std::chrono::milliseconds most);

  const base::Clock& clock_;
  base::Entropy& entropy_;
  const Fetch fetch_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable fetched_;
  Kept current_;
  base::Time advisory_at_, mandatory_at_;
  base::Time retry_at_;  // after a failure: no fetch before, while current_ holds
  bool fetching_ = false;
  std::uint64_t fetches_ = 0;      // that have ended
  std::optional<Failure> failed_;  // the last one; nothing: it succeeded
  bool given_up_ = false;          // the last one failed because its deadline passed
};

}  // namespace aws

#include "aws/refreshing.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "aws/failures.h"

namespace aws {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kAdvisoryFetchMax{5};

Failure too_late() {
  Failure failure;
  failure.kind = Failure::Kind::kTransport;
  failure.code = "Deadline";
  failure.message = "The time for the call ran out while its credentials were fetched.";
  failure.retryable = true;
  return failure;
}

}  // namespace

Result<std::shared_ptr<const Credentials>> Refreshing::get(base::Deadline deadline) {
  std::unique_lock lock(mutex_);
  while (true) {
    const Need needed = need();
    if (needed == Need::kNone || (needed == Need::kSoon && fetching_)) return current_;
    if (!fetching_) return fetch(lock, needed, deadline);
    const bool ended =
        fetched_.wait_until(lock, deadline.when(), [this, before = fetches_] { return fetches_ != before; });
    if (!ended || (failed_ && !given_up_)) {
      if (holds()) return current_;
      return tl::unexpected(ended ? *failed_ : too_late());
    }
  }
}

Result<std::shared_ptr<const Credentials>> Refreshing::fetch(std::unique_lock<std::mutex>& lock, Need need,
                                                             base::Deadline deadline) {
  fetching_ = true;
  // Where the old ones hold, there must be time left to use them.
  base::Deadline own = holds() ? deadline.earlier(base::Deadline::after(deadline.left() / 2)) : deadline;
  if (need == Need::kSoon) own = own.earlier(base::Deadline::after(kAdvisoryFetchMax));
  lock.unlock();
  Result<Credentials> got = own.passed() ? tl::unexpected(too_late()) : fetch_(own);
  if (got && got->expires && *got->expires <= clock_.now()) {
    got =
        refuse(Failure::Kind::kConfiguration, "ExpiredCredentials",
               fmt::format("The credentials that came from {} had expired already. Is the clock right?", got->source));
  }
  lock.lock();
  fetching_ = false;
  ++fetches_;
  given_up_ = !got && own.passed();
  failed_.reset();
  if (got) {
    keep(std::move(*got));
  } else {
    failed_ = std::move(got.error());
    if (given_up_) failed_ = too_late();
    retry_at_ = clock_.now() + seconds(30) + up_to(seconds(30));
  }
  fetched_.notify_all();
  if (failed_ && !holds()) return tl::unexpected(*failed_);
  return current_;
}

void Refreshing::keep(Credentials credentials) {
  if (credentials.expires) {
    const milliseconds life = *credentials.expires - clock_.now();
    const milliseconds advisory = std::min<milliseconds>(minutes(15), life / 4);
    const milliseconds mandatory = std::min<milliseconds>(minutes(10), life / 6);
    advisory_at_ = *credentials.expires - advisory - up_to(advisory / 10);
    mandatory_at_ = *credentials.expires - mandatory;
  }
  retry_at_ = base::Time();
  current_ = std::make_shared<const Credentials>(std::move(credentials));
}

void Refreshing::invalidate(const Credentials& refused) {
  const std::lock_guard lock(mutex_);
  if (current_ && current_->keys.access_key_id == refused.keys.access_key_id &&
      current_->keys.session_token.reveal() == refused.keys.session_token.reveal()) {
    current_.reset();
  }
}

Refreshing::Need Refreshing::need() const {
  if (!holds()) return Need::kNow;
  const base::Time now = clock_.now();
  if (!current_->expires || now < advisory_at_ || now < retry_at_) return Need::kNone;
  return now < mandatory_at_ ? Need::kSoon : Need::kNow;
}

bool Refreshing::holds() const { return current_ && (!current_->expires || clock_.now() < *current_->expires); }

milliseconds Refreshing::up_to(milliseconds most) {
  std::uint32_t random = 0;
  entropy_.fill({reinterpret_cast<std::uint8_t*>(&random), sizeof(random)});
  return milliseconds(most.count() * random / 0xFFFFFFFFLL);
}

}  // namespace aws

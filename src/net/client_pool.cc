#include "net/client_pool.h"

#include <algorithm>
#include <utility>

namespace net {

namespace {

constexpr std::chrono::minutes kRemembered{10};   // a place that nobody goes to, for its TLS session
constexpr std::chrono::seconds kCollectEvery{1};  // all places are looked through: not at each call
constexpr std::chrono::milliseconds kGlance{50};  // how often the flag of cancellation is looked at

}  // namespace

ClientPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      key_(std::move(other.key_)),
      socket_(std::move(other.socket_)),
      session_(std::move(other.session_)) {}

ClientPool::Lease::~Lease() {
  if (pool_ != nullptr) give_back(false);
}

void ClientPool::Lease::give_back(bool keep) {
  if (pool_ == nullptr) return;
  std::shared_ptr<TlsSession> session = socket_ ? std::shared_ptr<TlsSession>(socket_->session()) : nullptr;
  std::unique_ptr<ClientSocket> kept = keep ? std::move(socket_) : nullptr;
  std::exchange(pool_, nullptr)->end(*this, std::move(kept), std::move(session));
  socket_.reset();
}

void ClientPool::end(Lease& lease, std::unique_ptr<ClientSocket> kept, std::shared_ptr<TlsSession> session) {
  {
    const std::lock_guard lock(mutex_);
    Place& place = places_[lease.key_];
    --place.leased;
    place.used = std::chrono::steady_clock::now();
    if (session) place.session = std::move(session);
    if (kept) place.idle.push_back({std::move(kept), place.used});
  }
  freed_.notify_all();  // who waits may wait for another place
}

// What has been idle for too long, at whatever place. Closing takes system calls: it is done without the lock.
void ClientPool::collect_old(Sockets& closing) {
  const auto now = std::chrono::steady_clock::now();
  if (now - collected_ < std::min(kCollectEvery, limits_.idle_max)) return;
  collected_ = now;
  const auto oldest = now - limits_.idle_max;
  for (auto place = places_.begin(); place != places_.end();) {
    std::vector<Idle>& idle = place->second.idle;
    const auto young = std::find_if(idle.begin(), idle.end(), [&](const Idle& one) { return one.since > oldest; });
    for (auto old = idle.begin(); old != young; ++old) closing.push_back(std::move(old->socket));
    idle.erase(idle.begin(), young);
    const bool forgotten = idle.empty() && place->second.leased == 0 && place->second.used < now - kRemembered;
    place = forgotten ? places_.erase(place) : std::next(place);
  }
}

// False: there is neither a connection nor room for one.
bool ClientPool::take_locked(Place& place, bool fresh, Lease& lease, Sockets& closing) {
  if (place.leased >= limits_.connections_max) return false;
  if (!fresh && !place.idle.empty()) {
    lease.socket_ = std::move(place.idle.back().socket);
    place.idle.pop_back();
  } else if (!place.idle.empty() && place.leased + place.idle.size() >= limits_.connections_max) {
    closing.push_back(std::move(place.idle.front().socket));
    place.idle.erase(place.idle.begin());
  }
  lease.session_ = place.session;
  ++place.leased;
  return true;
}

tl::expected<ClientPool::Lease, ClientPool::Refusal> ClientPool::take(const std::string& key, Patience patience,
                                                                      bool fresh) {
  Sockets closing;
  Lease lease(*this, key);
  {
    std::unique_lock lock(mutex_);
    collect_old(closing);
    while (!take_locked(places_[key], fresh, lease, closing)) {
      const bool cancelled = patience.cancelled != nullptr && patience.cancelled->load(std::memory_order_relaxed);
      if (cancelled || patience.deadline.passed()) {
        lease.pool_ = nullptr;  // nothing was taken
        return tl::unexpected(cancelled ? Refusal::kCancelled : Refusal::kDeadline);
      }
      const std::chrono::milliseconds left = patience.deadline.left() + std::chrono::milliseconds(1);
      freed_.wait_for(lock, patience.cancelled == nullptr ? left : std::min(left, kGlance));
    }
  }
  if (!lease.has_socket()) return lease;
  if (lease.socket().reusable())
    lease.socket().start_call(patience);
  else
    lease.socket_.reset();
  return lease;
}

}  // namespace net

// The connections that an HTTP client keeps from one call to the next, by where they go; and how many there may be. The
// one that was used last is given out first, so that those that are not needed grow old and are closed: at the next
// call after their time, for there is no thread that waits for it.
//
// A Lease is the right to one connection; it goes back, or is closed, when the lease ends. Any thread; a lease belongs
// to one. The pool outlives its leases.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "net/client_socket.h"

namespace net {

class ClientPool {
 public:
  struct Limits {
    std::size_t connections_max = 64;  // to one place
    std::chrono::seconds idle_max{30};
  };
  enum class Refusal : std::uint8_t { kDeadline, kCancelled };

  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    [[nodiscard]] bool has_socket() const { return socket_ != nullptr; }
    [[nodiscard]] ClientSocket& socket() { return *socket_; }
    void put(std::unique_ptr<ClientSocket> socket) { socket_ = std::move(socket); }
    // Of the last connection to the same place; null: there was none. Shared: several connections may begin with it.
    [[nodiscard]] const std::shared_ptr<TlsSession>& session() const { return session_; }
    void give_back(bool keep);

   private:
    friend class ClientPool;
    Lease(ClientPool& pool, std::string key) : pool_(&pool), key_(std::move(key)) {}
    ClientPool* pool_;
    std::string key_;
    std::unique_ptr<ClientSocket> socket_;
    std::shared_ptr<TlsSession> session_;
  };

  explicit ClientPool(Limits limits) : limits_(limits) {}
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  // `fresh`: without a connection, whatever is kept. Waits where there are as many as there may be.
  tl::expected<Lease, Refusal> take(const std::string& key, Patience patience, bool fresh);

 private:
  struct Idle {
    std::unique_ptr<ClientSocket> socket;
    std::chrono::steady_clock::time_point since;
  };
  struct Place {
    std::vector<Idle> idle;  // the oldest first
    std::size_t leased = 0;
    std::shared_ptr<TlsSession> session;
    std::chrono::steady_clock::time_point used;
  };
  using Sockets = std::vector<std::unique_ptr<ClientSocket>>;

  bool take_locked(Place& place, bool fresh, Lease& lease, Sockets& closing);
  void collect_old(Sockets& closing);
  void end(Lease& lease, std::unique_ptr<ClientSocket> kept, std::shared_ptr<TlsSession> session);

  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::map<std::string, Place, std::less<>> places_;
  std::chrono::steady_clock::time_point collected_;
};

}  // namespace net

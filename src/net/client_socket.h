// One connection of an HTTP client: a socket, in the clear or through TLS, and the patience of the present call. Every
// wait ends at the call's deadline, or when it is cancelled; interruption() tells which of them it was. Knows no HTTP.
//
// One thread at a time. Errors: kDeadline, and kUnavailable for everything else; messages begin with where the
// connection goes, as it was given.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"
#include "net/resolve.h"
#include "net/transport.h"

namespace net {

struct Patience {
  base::Deadline deadline = base::Deadline::never();
  const std::atomic<bool>* cancelled = nullptr;
};

class ClientSocket {
 public:
  enum class Interruption : std::uint8_t { kNone, kDeadline, kCancelled };
  static constexpr std::size_t kRoomBytes = 64 * 1024;

  ClientSocket(std::string where, Patience patience) : where_(std::move(where)), patience_(patience) {}
  ~ClientSocket();
  ClientSocket(const ClientSocket&) = delete;
  ClientSocket& operator=(const ClientSocket&) = delete;

  base::Result<void> connect(const std::string& host, std::uint16_t port, base::Deadline until);
  // `session` of an earlier connection to the same server may spare the handshake its longer half.
  base::Result<void> start_tls(const TlsContext& context, const std::string& host, base::Deadline until,
                               const TlsSession* session = nullptr);
  // Null: none, as it is before the connection stands.
  [[nodiscard]] std::unique_ptr<TlsSession> session() const { return transport_ ? transport_->session() : nullptr; }

  void start_call(Patience patience);
  // Whether another call may go over it. Looks whether the server has closed it, or sent what nobody asked for.
  [[nodiscard]] bool reusable();

  // One step: kDone with what was moved, kWantRead or kWantWrite (nothing was waited for), kEnd, kFailed.
  Transport::Moved write_some(std::string_view bytes) { return transport_->write(bytes); }
  Transport::Moved read_some() { return transport_->read(room()); }
  // Waits, then one step; never kWantRead or kWantWrite.
  base::Result<Transport::Moved> read();
  base::Result<void> write(std::string_view bytes);  // all of it
  [[nodiscard]] std::string_view received(std::size_t bytes) const { return {room_.get(), bytes}; }

  // What became ready of the events (POLLIN, POLLOUT) before `until`; 0: nothing, in that time.
  base::Result<short> wait(short events, base::Deadline until);
  [[nodiscard]] bool has_buffered() const { return transport_->has_buffered(); }
  [[nodiscard]] bool ended_badly() const { return transport_->is_broken(); }  // TLS ended without saying so

  [[nodiscard]] Interruption interruption() const { return interruption_; }
  [[nodiscard]] base::Error error(base::Code code, std::string_view what, std::string detail = {}) const;

 private:
  [[nodiscard]] tl::unexpected<base::Error> fail(base::Code code, std::string_view what,
                                                 std::string detail = {}) const {
    return base::fail(error(code, what, std::move(detail)));
  }
  base::Result<void> connect_to(const SocketAddress& address, base::Deadline until);
  base::Result<short> wait_or_fail(short events, base::Deadline until);  // that nothing became ready is an error too
  [[nodiscard]] bool interrupted();
  std::span<char> room();

  std::string where_;
  Patience patience_;
  int socket_ = -1;
  std::optional<Transport> transport_;
  std::unique_ptr<char[]> room_;
  Interruption interruption_ = Interruption::kNone;
};

}  // namespace net

#include "net/client_socket.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace net {

namespace {

using base::Code;

// How long a wait may last before the flag of cancellation is looked at again.
constexpr std::chrono::milliseconds kGlance{50};

std::string words(int error) { return std::generic_category().message(error); }

}  // namespace

ClientSocket::~ClientSocket() {
  if (transport_) transport_->finish();
  if (socket_ >= 0) ::close(socket_);
}

base::Error ClientSocket::error(Code code, std::string_view what, std::string detail) const {
  return {code, fmt::format("{}: {}", where_, what), std::move(detail)};
}

void ClientSocket::start_call(Patience patience) {
  patience_ = patience;
  interruption_ = Interruption::kNone;
}

bool ClientSocket::interrupted() {
  if (patience_.cancelled != nullptr && patience_.cancelled->load(std::memory_order_relaxed))
    interruption_ = Interruption::kCancelled;
  else if (patience_.deadline.passed())
    interruption_ = Interruption::kDeadline;
  return interruption_ != Interruption::kNone;
}

base::Result<short> ClientSocket::wait(short events, base::Deadline until) {
  const base::Deadline soonest = until.earlier(patience_.deadline);
  while (true) {
    if (interrupted()) {
      return interruption_ == Interruption::kCancelled ? fail(Code::kUnavailable, "the call was cancelled.")
                                                       : fail(Code::kDeadline, "there was no answer in time.");
    }
    if (soonest.passed()) return short{0};
    pollfd one{socket_, events, 0};
    // One more, because poll counts whole milliseconds and must not come back too early, again and again.
    auto left = std::min<std::chrono::milliseconds::rep>(soonest.left().count() + 1, INT_MAX);
    if (patience_.cancelled != nullptr) left = std::min(left, kGlance.count());
    const int ready = ::poll(&one, 1, static_cast<int>(left));
    if (ready > 0) return one.revents;
    if (ready < 0 && errno != EINTR) return fail(Code::kUnavailable, "cannot wait for the answer.", words(errno));
  }
}

base::Result<short> ClientSocket::wait_or_fail(short events, base::Deadline until) {
  const short ready = TRY(wait(events, until));
  if (ready == 0) return fail(Code::kUnavailable, "no connection was made in time.");
  return ready;
}

base::Result<void> ClientSocket::connect_to(const SocketAddress& address, base::Deadline until) {
  if (socket_ >= 0) ::close(socket_);
  socket_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return fail(Code::kUnavailable, "cannot make a socket.", words(errno));
  const int on = 1;  // head and body are written apart where the body is large: neither is to wait for the other
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  int error = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    TRY(wait_or_fail(POLLOUT, until));
    socklen_t size = sizeof(error);
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error != 0) return fail(Code::kUnavailable, fmt::format("cannot connect: {}.", words(error)));
  return {};
}

base::Result<void> ClientSocket::connect(const std::string& host, std::uint16_t port, base::Deadline until) {
  until = until.earlier(patience_.deadline);
  base::Result<std::vector<SocketAddress>> addresses = resolve(host, port, until, patience_.cancelled);
  if (!addresses) {
    if (!interrupted())
      addresses.error().code = Code::kUnavailable;  // the time for a connection is not that of the call
    return base::fail(std::move(addresses).error());
  }
  base::Result<void> last;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    // An address that does not answer must leave time for the others.
    const auto others = static_cast<int>(addresses->size() - i);
    last = connect_to((*addresses)[i], others == 1 ? until : base::Deadline::after(until.left() / others));
    if (last || interrupted()) break;
  }
  if (last) transport_.emplace(socket_);
  return last;
}

base::Result<void> ClientSocket::start_tls(const TlsContext& context, const std::string& host, base::Deadline until,
                                           const TlsSession* session) {
  transport_->start_tls_client(context, host, session);
  while (true) {
    const Transport::Outcome outcome = transport_->handshake();
    switch (outcome) {
      case Transport::Outcome::kDone:
        return {};
      case Transport::Outcome::kWantRead:
      case Transport::Outcome::kWantWrite:
        TRY(wait_or_fail(outcome == Transport::Outcome::kWantWrite ? POLLOUT : POLLIN, until));
        break;
      default:
        return fail(Code::kUnavailable, fmt::format("TLS is refused: {}.", transport_->failure()));
    }
  }
}

std::span<char> ClientSocket::room() {
  if (!room_) room_ = std::make_unique_for_overwrite<char[]>(kRoomBytes);
  return {room_.get(), kRoomBytes};
}

base::Result<Transport::Moved> ClientSocket::read() {
  bool wait_first = !transport_->has_buffered();
  while (true) {
    if (wait_first) TRY(wait(POLLIN, base::Deadline::never()));
    const Transport::Moved moved = read_some();
    if (moved.outcome == Transport::Outcome::kWantWrite) TRY(wait(POLLOUT, base::Deadline::never()));
    if (moved.outcome != Transport::Outcome::kWantRead && moved.outcome != Transport::Outcome::kWantWrite) return moved;
    wait_first = moved.outcome == Transport::Outcome::kWantRead;
  }
}

base::Result<void> ClientSocket::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const Transport::Moved moved = write_some(bytes);
    switch (moved.outcome) {
      case Transport::Outcome::kDone:
        bytes.remove_prefix(moved.bytes);
        break;
      case Transport::Outcome::kWantRead:
      case Transport::Outcome::kWantWrite:
        TRY(wait(moved.outcome == Transport::Outcome::kWantWrite ? POLLOUT : POLLIN, base::Deadline::never()));
        break;
      default:
        return fail(Code::kUnavailable, "the connection was closed before the request was sent.");
    }
  }
  return {};
}

bool ClientSocket::reusable() {
  if (!transport_ || transport_->has_buffered()) return false;
  pollfd one{socket_, POLLIN, 0};
  if (::poll(&one, 1, 0) == 0) return true;
  // Through TLS, what came may be a session ticket, which is nobody's answer.
  return transport_->is_tls() && read_some().outcome == Transport::Outcome::kWantRead;
}

}  // namespace net

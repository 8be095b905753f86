#include "net/client.h"

#include <cerrno>
#include <charconv>
#include <climits>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "net/resolve.h"
#include "net/response_reader.h"
#include "net/target.h"
#include "net/transport.h"

namespace net {

namespace {

using base::Code;

struct Url {
  bool tls = false;
  std::string authority;  // as in the URL, for Host
  std::string host;       // without brackets
  std::uint16_t port = 0;
  std::string target;
};

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  url.tls = base::equal_ignoring_case(text.substr(0, colon), "https");
  if (!url.tls && !base::equal_ignoring_case(text.substr(0, colon), "http")) return std::nullopt;
  text.remove_prefix(colon + 3);
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  if (!is_authority(authority)) return std::nullopt;
  text.remove_prefix(authority.size());
  text = text.substr(0, text.find('#'));

  url.authority = authority;
  const std::size_t host_end = authority.front() == '[' ? authority.find(']') + 1 : authority.find(':');
  std::string_view host = authority.substr(0, host_end);
  url.port = url.tls ? 443 : 80;
  if (host_end < authority.size()) {
    const std::string_view port = authority.substr(host_end + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc() || end != port.data() + port.size() || url.port == 0) return std::nullopt;
  }
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  url.host = host;
  url.target = text.empty() || text.front() != '/' ? "/" + std::string(text) : std::string(text);
  if (!parse_target("GET", url.target)) return std::nullopt;
  return url;
}

// One call: a socket, what goes over it, and the deadline.
class Call {
 public:
  Call(const Url& url, base::Deadline deadline) : url_(url), deadline_(deadline) {}
  ~Call() {
    if (socket_ >= 0) ::close(socket_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  base::Result<Response> run(const FetchOptions& options);

 private:
  base::Result<void> connect();
  base::Result<void> connect_to(const SocketAddress& address, base::Deadline until);
  base::Result<void> shake_hands(const FetchOptions& options);
  base::Result<void> send(std::string_view bytes);
  base::Result<Response> receive(std::size_t body_bytes_max);
  base::Result<void> wait(short events, base::Deadline until);
  base::Result<void> wait_for(Transport::Outcome outcome);

  [[nodiscard]] tl::unexpected<base::Error> fail(Code code, std::string_view what, std::string detail = {}) const {
    return base::fail(code, fmt::format("{}://{}: {}", url_.tls ? "https" : "http", url_.authority, what),
                      std::move(detail));
  }

  const Url& url_;
  base::Deadline deadline_;
  int socket_ = -1;
  std::optional<Transport> transport_;
  std::unique_ptr<TlsContext> tls_;
};

base::Result<void> Call::wait(short events, base::Deadline until) {
  while (true) {
    pollfd one{socket_, events, 0};
    // One more, because poll counts whole milliseconds and must not come back too early, again and again.
    const auto left = std::min<std::chrono::milliseconds::rep>(until.left().count() + 1, INT_MAX);
    const int ready = until.passed() ? 0 : ::poll(&one, 1, static_cast<int>(left));
    if (ready > 0) return {};
    if (ready == 0) return fail(Code::kDeadline, "there was no answer in time.");
    if (errno != EINTR)
      return fail(Code::kUnavailable, "cannot wait for the answer.", std::generic_category().message(errno));
  }
}

base::Result<void> Call::wait_for(Transport::Outcome outcome) {
  return wait(outcome == Transport::Outcome::kWantWrite ? POLLOUT : POLLIN, deadline_);
}

base::Result<void> Call::connect_to(const SocketAddress& address, base::Deadline until) {
  if (socket_ >= 0) ::close(socket_);
  socket_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return fail(Code::kUnavailable, "cannot make a socket.", std::generic_category().message(errno));
  int error = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    TRY(wait(POLLOUT, until));
    socklen_t size = sizeof(error);
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error != 0) {
    const std::string reason = std::generic_category().message(error);
    return fail(Code::kUnavailable, fmt::format("cannot connect: {}.", reason));
  }
  return {};
}

base::Result<void> Call::connect() {
  const std::vector<SocketAddress> addresses = TRY(resolve(url_.host, url_.port, deadline_));
  base::Result<void> last;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // An address that does not answer must leave time for the others.
    const auto share = deadline_.left() / static_cast<int>(addresses.size() - i);
    last = connect_to(addresses[i], deadline_.earlier(base::Deadline::after(share)));
    if (last) return {};
  }
  return last;
}

base::Result<void> Call::shake_hands(const FetchOptions& options) {
  if (!url_.tls) return {};
  tls_ = TRY(TlsContext::make_client(options.trust_file));
  transport_->start_tls_client(*tls_, url_.host);
  while (true) {
    const Transport::Outcome outcome = transport_->handshake();
    switch (outcome) {
      case Transport::Outcome::kDone:
        return {};
      case Transport::Outcome::kWantRead:
      case Transport::Outcome::kWantWrite:
        TRY(wait_for(outcome));
        break;
      default:
        return fail(Code::kUnavailable, fmt::format("TLS is refused: {}.", transport_->failure()));
    }
  }
}

base::Result<void> Call::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const Transport::Moved moved = transport_->write(bytes);
    switch (moved.outcome) {
      case Transport::Outcome::kDone:
        bytes.remove_prefix(moved.bytes);
        break;
      case Transport::Outcome::kWantRead:
      case Transport::Outcome::kWantWrite:
        TRY(wait_for(moved.outcome));
        break;
      default:
        return fail(Code::kUnavailable, "the connection was closed before the request was sent.");
    }
  }
  return {};
}

base::Result<Response> Call::receive(std::size_t body_bytes_max) {
  ResponseReader reader(body_bytes_max);
  ResponseReader::Step step = ResponseReader::Step::kMore;
  std::string kept;
  std::vector<char> buffer(64 * 1024);
  while (step == ResponseReader::Step::kMore) {
    if (deadline_.passed()) return fail(Code::kDeadline, "the answer was not whole in time.");  // however fast it drips
    const Transport::Moved moved = transport_->read(buffer);
    switch (moved.outcome) {
      case Transport::Outcome::kDone: {
        kept.append(buffer.data(), moved.bytes);
        std::size_t used = 0;
        step = reader.read(kept, used);
        kept.erase(0, used);
        break;
      }
      case Transport::Outcome::kWantRead:
      case Transport::Outcome::kWantWrite:
        TRY(wait_for(moved.outcome));
        break;
      case Transport::Outcome::kEnd:
        step = reader.end();
        if (step != ResponseReader::Step::kWhole || transport_->is_broken())
          return fail(Code::kUnavailable, "the connection was closed within the answer.");
        break;
      default:
        return fail(Code::kUnavailable, "the connection was reset.");
    }
  }
  if (step == ResponseReader::Step::kTooLarge)
    return fail(Code::kUnavailable, fmt::format("the answer is longer than {} bytes.", body_bytes_max));
  if (step == ResponseReader::Step::kBad) return fail(Code::kUnavailable, "the answer is not HTTP/1.1.");
  return std::move(reader.response());
}

base::Result<Response> Call::run(const FetchOptions& options) {
  TRY(connect());
  transport_.emplace(socket_);
  TRY(shake_hands(options));
  TRY(send(
      fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: stewardry\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                  url_.target, url_.authority)));
  base::Result<Response> response = receive(options.body_bytes_max);
  transport_->finish();
  return response;
}

}  // namespace

base::Result<Response> fetch(const std::string& url, const FetchOptions& options, base::Deadline deadline) {
  const std::optional<Url> parsed = parse_url(url);
  if (!parsed)
    return base::fail(Code::kInvalid, "This is not a URL that can be fetched; http and https are understood: " + url);
  return Call(*parsed, deadline).run(options);
}

}  // namespace net

#include "net/client.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <climits>
#include <memory>
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

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string::npos;
  });
}

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

base::Result<void> check(const Outgoing& request) {
  if (!is_token(request.method) || request.method == "HEAD" || request.method == "CONNECT")
    return base::fail(Code::kInvalid, "This is not a method that can be sent: " + request.method);
  if (request.target.empty() || request.target.front() != '/' || !parse_target(request.method, request.target))
    return base::fail(Code::kInvalid, "This is not a path that can be asked for: " + request.target);
  for (const Header& header : request.headers.all()) {
    const bool bad_value = std::any_of(header.value.begin(), header.value.end(),
                                       [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
    if (!is_token(header.name) || bad_value)  // the value may be a secret, and is not shown
      return base::fail(Code::kInvalid, "This is not a header field that can be sent: " + header.name);
  }
  return {};
}

std::string wire_form(const Outgoing& request, const Url& url, bool keep_alive) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: stewardry\r\n", request.method,
                                 request.target, url.authority);
  if (!request.headers.get("Accept")) text += "Accept: */*\r\n";
  for (const Header& header : request.headers.all())
    fmt::format_to(std::back_inserter(text), "{}: {}\r\n", header.name, header.value);
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH")
    fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", request.body.size());
  text += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return text += request.body;
}

// A socket, and what goes over it until the deadline of the present call.
class Connection {
 public:
  Connection(const Url& url, base::Deadline deadline) : url_(url), deadline_(deadline) {}
  ~Connection() {
    if (transport_) transport_->finish();
    if (socket_ >= 0) ::close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // `tls` is made where it is needed and missing.
  base::Result<void> open(const FetchOptions& options, std::unique_ptr<TlsContext>& tls);
  base::Result<Response> exchange(std::string_view bytes, std::size_t body_bytes_max);

  void start_call(base::Deadline deadline) { deadline_ = deadline; }
  // Whether another call may go over it. Looks whether the server has closed it, or sent what nobody asked for.
  [[nodiscard]] bool reusable() const;
  [[nodiscard]] bool answered() const { return answered_; }  // whether anything came in the last exchange

 private:
  base::Result<void> connect();
  base::Result<void> connect_to(const SocketAddress& address, base::Deadline until);
  base::Result<void> shake_hands();
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
  bool answered_ = false;
  bool ended_ = true;  // no further request may be sent
};

base::Result<void> Connection::wait(short events, base::Deadline until) {
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

base::Result<void> Connection::wait_for(Transport::Outcome outcome) {
  return wait(outcome == Transport::Outcome::kWantWrite ? POLLOUT : POLLIN, deadline_);
}

base::Result<void> Connection::connect_to(const SocketAddress& address, base::Deadline until) {
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

base::Result<void> Connection::connect() {
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

base::Result<void> Connection::shake_hands() {
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

base::Result<void> Connection::send(std::string_view bytes) {
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

base::Result<Response> Connection::receive(std::size_t body_bytes_max) {
  ResponseReader reader(body_bytes_max);
  ResponseReader::Step step = ResponseReader::Step::kMore;
  std::string kept;
  bool to_end = false;
  std::vector<char> buffer(64 * 1024);
  while (step == ResponseReader::Step::kMore) {
    if (deadline_.passed()) return fail(Code::kDeadline, "the answer was not whole in time.");  // however fast it drips
    const Transport::Moved moved = transport_->read(buffer);
    switch (moved.outcome) {
      case Transport::Outcome::kDone: {
        answered_ = true;
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
        to_end = true;
        break;
      default:
        return fail(Code::kUnavailable, "the connection was reset.");
    }
  }
  if (step == ResponseReader::Step::kTooLarge)
    return fail(Code::kUnavailable, fmt::format("the answer is longer than {} bytes.", body_bytes_max));
  if (step == ResponseReader::Step::kBad) return fail(Code::kUnavailable, "the answer is not HTTP/1.1.");
  Response response = std::move(reader.response());
  ended_ = to_end || !kept.empty() || response.headers.get("Connection").has_value();  // "close" is all that we expect
  return response;
}

base::Result<void> Connection::open(const FetchOptions& options, std::unique_ptr<TlsContext>& tls) {
  TRY(connect());
  transport_.emplace(socket_);
  if (!url_.tls) return {};
  if (!tls) tls = TRY(TlsContext::make_client(options.trust_file));
  transport_->start_tls_client(*tls, url_.host);
  return shake_hands();
}

base::Result<Response> Connection::exchange(std::string_view bytes, std::size_t body_bytes_max) {
  answered_ = false;
  ended_ = true;
  const base::Result<void> sent = send(bytes);
  if (!sent && sent.error().code == Code::kDeadline) return base::fail(sent.error());
  // A server may refuse a body, and close, before it is sent: then the answer says why.
  base::Result<Response> response = receive(body_bytes_max);
  return response || sent ? response : base::Result<Response>(base::fail(sent.error()));
}

bool Connection::reusable() const {
  if (ended_ || transport_->has_buffered()) return false;
  pollfd one{socket_, POLLIN, 0};
  return ::poll(&one, 1, 0) == 0;
}

}  // namespace

struct Client::State {
  Url url;
  FetchOptions options;
  std::unique_ptr<TlsContext> tls;
  std::unique_ptr<Connection> connection;  // after the URL and the context, which it uses

  base::Result<Response> exchange_on_new(const std::string& bytes, base::Deadline deadline) {
    connection = std::make_unique<Connection>(url, deadline);
    TRY(connection->open(options, tls));
    return connection->exchange(bytes, options.body_bytes_max);
  }
};

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

base::Result<Client> Client::make(const std::string& url, FetchOptions options) {
  std::optional<Url> parsed = parse_url(url);
  if (!parsed)
    return base::fail(Code::kInvalid, "This is not a URL that can be fetched; http and https are understood: " + url);
  auto state = std::make_unique<State>();
  state->url = std::move(*parsed);
  state->options = std::move(options);
  return Client(std::move(state));
}

base::Result<Response> Client::send(const Outgoing& request, base::Deadline deadline) {
  TRY(check(request));
  const std::string bytes = wire_form(request, state_->url, true);
  const bool reused = state_->connection && state_->connection->reusable();
  if (!reused) return state_->exchange_on_new(bytes, deadline);
  Connection& connection = *state_->connection;
  connection.start_call(deadline);
  base::Result<Response> response = connection.exchange(bytes, state_->options.body_bytes_max);
  const bool closed_under_us = !response && response.error().code == Code::kUnavailable && !connection.answered();
  if (closed_under_us && is_idempotent(request.method)) return state_->exchange_on_new(bytes, deadline);
  return response;
}

base::Result<Response> fetch(const std::string& url, const FetchOptions& options, base::Deadline deadline) {
  const std::optional<Url> parsed = parse_url(url);
  if (!parsed)
    return base::fail(Code::kInvalid, "This is not a URL that can be fetched; http and https are understood: " + url);
  std::unique_ptr<TlsContext> tls;
  Connection connection(*parsed, deadline);
  TRY(connection.open(options, tls));
  Outgoing request;
  request.target = parsed->target;
  return connection.exchange(wire_form(request, *parsed, false), options.body_bytes_max);
}

}  // namespace net

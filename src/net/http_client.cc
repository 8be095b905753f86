#include "net/http_client.h"

#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "net/client_pool.h"
#include "net/client_socket.h"
#include "net/exchange.h"
#include "net/response_reader.h"
#include "net/url.h"

namespace net {

namespace {

using base::Code;

HttpOutcome failed(Trouble trouble, base::Error error) {
  HttpOutcome outcome;
  outcome.trouble = trouble;
  outcome.error = std::move(error);
  return outcome;
}

// Why a step of making a connection failed.
HttpOutcome not_connected(const ClientSocket& socket, base::Error error) {
  switch (socket.interruption()) {
    case ClientSocket::Interruption::kDeadline:
      return failed(Trouble::kDeadline, std::move(error));
    case ClientSocket::Interruption::kCancelled:
      return failed(Trouble::kCancelled, std::move(error));
    case ClientSocket::Interruption::kNone:
      break;
  }
  return failed(Trouble::kConnect, std::move(error));
}

base::Result<void> check(const HttpRequest& request) {
  if (!is_token(request.method) || request.method == "CONNECT")
    return base::fail(Code::kInvalid, "This is not a method that can be sent: " + request.method);
  if (request.source != nullptr && !request.body.empty())
    return base::fail(Code::kInvalid, "A request has a body or a source of one, not both.");
  for (const char* name : {"Content-Length", "Transfer-Encoding", "Connection", "Expect", "Proxy-Authorization"}) {
    if (request.headers.count(name) > 0)
      return base::fail(Code::kInvalid,
                        fmt::format("The header field {} is set by the client itself; leave it out.", name));
  }
  if (request.headers.count("Host") > 1) return base::fail(Code::kInvalid, "A request has one Host.");
  return check_fields(request.headers);
}

// What is known of a request before it has a connection.
struct Route {
  Url url;
  std::optional<Proxy> proxy;
  std::string key;  // of the connections that it may use

  [[nodiscard]] std::string where() const {
    return proxy ? fmt::format("{}://{} (proxy {})", url.scheme(), url.authority, proxy->url.authority)
                 : fmt::format("{}://{}", url.scheme(), url.authority);
  }
};

base::Result<Route> route_of(const HttpRequest& request) {
  TRY(check(request));
  std::optional<Url> url = parse_url(request.url);
  if (!url)
    return base::fail(Code::kInvalid,
                      "This is not a URL that can be asked for; http and https are understood: " + request.url);
  Route route;
  route.url = std::move(*url);
  if (!request.proxy.empty()) route.proxy = TRY(parse_proxy(request.proxy));
  route.key = fmt::format("{}://{}:{} {} {}", route.url.scheme(), route.url.host, route.url.port, request.proxy,
                          route.url.tls ? request.trust_file : std::string());
  return route;
}

}  // namespace

struct HttpClient::State {
  explicit State(Options options) : pool({options.connections_per_host_max, options.idle_max}) {}

  ClientPool pool;
  std::mutex mutex;                                          // of trust
  std::map<std::string, std::shared_ptr<TlsContext>> trust;  // by file; shared: with connections that outlive a reload

  HttpOutcome send_on(ClientPool::Lease lease, const Route& route, const HttpRequest& request,
                      bool* lost_before_answer);
  base::Result<std::shared_ptr<TlsContext>> context(const std::string& trust_file);
  std::optional<HttpOutcome> open(ClientSocket& socket, const ClientPool::Lease& lease, const Route& route,
                                  const HttpRequest& request, const TlsContext* tls);
};

HttpClient::HttpClient() : HttpClient(Options{}) {}
HttpClient::HttpClient(Options options) : state_(std::make_unique<State>(options)) {}
HttpClient::~HttpClient() = default;

// Two threads may both read a file that is new to both; one of the two is kept. The system's store is read once.
base::Result<std::shared_ptr<TlsContext>> HttpClient::State::context(const std::string& trust_file) {
  {
    const std::lock_guard lock(mutex);
    if (const auto found = trust.find(trust_file); found != trust.end()) return found->second;
  }
  std::shared_ptr<TlsContext> made = TRY(TlsContext::make_client(trust_file));
  const std::lock_guard lock(mutex);
  return trust.try_emplace(trust_file, std::move(made)).first->second;
}

namespace {

// Asks the proxy for a tunnel to the server; what comes after its answer is the server's.
HttpOutcome open_tunnel(ClientSocket& socket, const Route& route) {
  const std::string target = route.url.host.find(':') == std::string::npos
                                 ? fmt::format("{}:{}", route.url.host, route.url.port)
                                 : fmt::format("[{}]:{}", route.url.host, route.url.port);
  std::string head = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nUser-Agent: stewardry\r\n", target);
  if (!route.proxy->authorization.empty()) head += "Proxy-Authorization: " + route.proxy->authorization + "\r\n";
  head += "\r\n";
  if (base::Result<void> sent = socket.write(head); !sent) return not_connected(socket, std::move(sent).error());
  ResponseReader reader({.without_body = true});
  std::string unread;
  ResponseReader::Step step = ResponseReader::Step::kMore;
  while (step == ResponseReader::Step::kMore) {
    base::Result<Transport::Moved> moved = socket.read();
    if (!moved) return not_connected(socket, std::move(moved).error());
    if (moved->outcome != Transport::Outcome::kDone)
      return failed(Trouble::kConnect, socket.error(Code::kUnavailable, "the proxy closed the connection."));
    unread += socket.received(moved->bytes);
    std::size_t used = 0;
    step = reader.read(unread, used);
    unread.erase(0, used);
  }
  const int status = reader.response().status;
  if (step != ResponseReader::Step::kWhole)
    return failed(Trouble::kConnect, socket.error(Code::kUnavailable, "the proxy's answer is not HTTP/1.1."));
  if (status == 407)
    return failed(Trouble::kConnect, socket.error(Code::kUnavailable,
                                                  "the proxy wants a user name and a password, or others than these."));
  if (status >= 300)
    return failed(Trouble::kConnect,
                  socket.error(Code::kUnavailable, fmt::format("the proxy opens no tunnel; it answers {}.", status)));
  if (!unread.empty())
    return failed(Trouble::kConnect, socket.error(Code::kUnavailable, "the proxy sent more than its answer."));
  return {};
}

}  // namespace

// Nothing: it stands.
std::optional<HttpOutcome> HttpClient::State::open(ClientSocket& socket, const ClientPool::Lease& lease,
                                                   const Route& route, const HttpRequest& request,
                                                   const TlsContext* tls) {
  const base::Deadline until = base::Deadline::after(request.connect_timeout);
  const Url& first = route.proxy ? route.proxy->url : route.url;
  if (base::Result<void> connected = socket.connect(first.host, first.port, until); !connected)
    return not_connected(socket, std::move(connected).error());
  if (tls == nullptr) return std::nullopt;
  if (route.proxy) {
    socket.start_call({request.deadline.earlier(until), request.cancelled});
    HttpOutcome opened = open_tunnel(socket, route);
    if (opened.trouble == Trouble::kDeadline && !request.deadline.passed()) opened.trouble = Trouble::kConnect;
    if (opened.trouble != Trouble::kNone) return opened;
    socket.start_call({request.deadline, request.cancelled});
  }
  if (base::Result<void> shaken = socket.start_tls(*tls, route.url.host, until, lease.session().get()); !shaken)
    return not_connected(socket, std::move(shaken).error());
  return std::nullopt;
}

HttpOutcome HttpClient::State::send_on(ClientPool::Lease lease, const Route& route, const HttpRequest& request,
                                       bool* lost_before_answer) {
  std::shared_ptr<TlsContext> tls;
  const bool reused = lease.has_socket();
  if (!reused) {
    if (route.url.tls) {
      base::Result<std::shared_ptr<TlsContext>> made = context(request.trust_file);
      if (!made) return failed(Trouble::kRequest, std::move(made).error());
      tls = std::move(*made);
    }
    const Patience patience{request.deadline, request.cancelled};
    lease.put(std::make_unique<ClientSocket>(route.where(), patience));
    if (std::optional<HttpOutcome> failure = open(lease.socket(), lease, route, request, tls.get())) return *failure;
  }
  const bool absolute = route.proxy && !route.url.tls;
  std::string more;
  if (absolute && !route.proxy->authorization.empty())
    more = "Proxy-Authorization: " + route.proxy->authorization + "\r\n";
  const std::string target =
      absolute ? fmt::format("http://{}{}", route.url.authority, route.url.target) : route.url.target;
  Exchanged exchanged = exchange(lease.socket(), request, request_head(request, route.url, target, more));
  exchanged.outcome.reused_connection = reused;
  const Trouble trouble = exchanged.outcome.trouble;
  *lost_before_answer =
      reused && !exchanged.answer_began && (trouble == Trouble::kSend || trouble == Trouble::kNoAnswer);
  lease.give_back(exchanged.keeps_alive);
  return std::move(exchanged.outcome);
}

HttpOutcome HttpClient::send(const HttpRequest& request) {
  base::Result<Route> route = route_of(request);
  if (!route) return failed(Trouble::kRequest, std::move(route).error());
  bool lost = false;
  for (const bool fresh : {false, true}) {
    tl::expected<ClientPool::Lease, ClientPool::Refusal> lease =
        state_->pool.take(route->key, {request.deadline, request.cancelled}, fresh);
    if (!lease) {
      const std::string where = route->where();
      if (lease.error() == ClientPool::Refusal::kCancelled)
        return failed(Trouble::kCancelled, {Code::kUnavailable, where + ": the call was cancelled."});
      return failed(Trouble::kDeadline, {Code::kDeadline, where + ": no connection was free in time."});
    }
    HttpOutcome outcome = state_->send_on(std::move(*lease), *route, request, &lost);
    if (!lost || fresh) return outcome;
    // The server had closed the connection, as it may at any time. A body that cannot be read again stays lost.
    if (request.source != nullptr && !request.source->rewind()) return outcome;
  }
  return {};
}

}  // namespace net

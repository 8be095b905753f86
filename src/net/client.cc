#include "net/client.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "net/client_socket.h"
#include "net/exchange.h"
#include "net/target.h"
#include "net/url.h"

namespace net {

namespace {

using base::Code;

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

base::Result<void> check(const Outgoing& request) {
  if (!is_token(request.method) || request.method == "HEAD" || request.method == "CONNECT")
    return base::fail(Code::kInvalid, "This is not a method that can be sent: " + request.method);
  if (request.target.empty() || request.target.front() != '/' || !parse_target(request.method, request.target))
    return base::fail(Code::kInvalid, "This is not a path that can be asked for: " + request.target);
  return check_fields(request.headers);
}

base::Result<Response> result_of(Exchanged exchanged) {
  if (exchanged.outcome.trouble != Trouble::kNone) return base::fail(std::move(*exchanged.outcome.error));
  return std::move(exchanged.outcome.response);
}

base::Result<Url> url_of(const std::string& text) {
  std::optional<Url> url = parse_url(text);
  if (!url)
    return base::fail(Code::kInvalid, "This is not a URL that can be fetched; http and https are understood: " + text);
  return std::move(*url);
}

// Where it goes, and the connection that is kept.
struct Link {
  Url url;
  FetchOptions options;
  std::unique_ptr<TlsContext> tls;  // made where it is needed
  std::unique_ptr<ClientSocket> socket;

  base::Result<void> open(base::Deadline deadline) {
    socket = std::make_unique<ClientSocket>(fmt::format("{}://{}", url.scheme(), url.authority), Patience{deadline});
    TRY(socket->connect(url.host, url.port, deadline));
    if (!url.tls) return {};
    if (!tls) tls = TRY(TlsContext::make_client(options.trust_file));
    return socket->start_tls(*tls, url.host, deadline);
  }

  // The connection is kept where it may be used again.
  Exchanged exchange_on(const Outgoing& outgoing, bool keep) {
    HttpRequest request;
    request.method = outgoing.method;
    request.headers = outgoing.headers;
    if (!request.headers.get("Accept")) request.headers.add("Accept", "*/*");
    request.body = outgoing.body;
    request.body_bytes_max = options.body_bytes_max;
    const std::string_view more = keep ? "" : "Connection: close\r\n";
    Exchanged exchanged = exchange(*socket, request, request_head(request, url, outgoing.target, more));
    if (!exchanged.keeps_alive) socket.reset();
    return exchanged;
  }
};

}  // namespace

struct Client::State : Link {};

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

base::Result<Client> Client::make(const std::string& url, FetchOptions options) {
  auto state = std::make_unique<State>();
  state->url = TRY(url_of(url));
  state->options = std::move(options);
  return Client(std::move(state));
}

base::Result<Response> Client::send(const Outgoing& request, base::Deadline deadline) {
  TRY(check(request));
  if (state_->socket && state_->socket->reusable()) {
    state_->socket->start_call({deadline, nullptr});
    Exchanged exchanged = state_->exchange_on(request, true);
    const Trouble trouble = exchanged.outcome.trouble;
    const bool closed_under_us =
        !exchanged.answer_began && (trouble == Trouble::kSend || trouble == Trouble::kNoAnswer);
    if (!closed_under_us || !is_idempotent(request.method)) return result_of(std::move(exchanged));
  }
  TRY(state_->open(deadline));
  return result_of(state_->exchange_on(request, true));
}

base::Result<Response> fetch(const std::string& url, const FetchOptions& options, base::Deadline deadline) {
  Link link;
  link.url = TRY(url_of(url));
  link.options = options;
  TRY(link.open(deadline));
  Outgoing request;
  request.target = link.url.target;
  return result_of(link.exchange_on(request, false));
}

}  // namespace net

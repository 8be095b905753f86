// A small HTTP/1.1 client, for what the server itself must fetch (key sets) and for the command line: http or https,
// with a deadline for each call, a limit on the answer, certificates verified against the system's trust store (loaded
// at the first https call) or a given file. Redirects are not followed. Blocking.
//
// fetch() is one GET on a connection of its own; any thread. A Client keeps its connection from one call to the next,
// and belongs to one thread at a time. A connection that the server has closed meanwhile is made anew; where that shows
// only after the request was sent, the request is sent once more if its method is idempotent (RFC 9110 section 9.2.2),
// and only if nothing of an answer came.
//
// Errors: kInvalid (not a URL we speak, not a request that can be sent), kUnavailable (no connection, TLS refused, not
// HTTP, too large), kDeadline.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "net/message.h"

namespace net {

struct FetchOptions {
  std::size_t body_bytes_max = 1024 * 1024;
  std::string trust_file;  // PEM; empty: the system's
};

base::Result<Response> fetch(const std::string& url, const FetchOptions& options, base::Deadline deadline);

// What is sent. Host, User-Agent, Content-Length and Connection are the client's business.
struct Outgoing {
  std::string method = "GET";  // any but HEAD and CONNECT
  std::string target;          // path and query; begins with '/'
  Headers headers;
  std::string body;
};

class Client {
 public:
  // Connects to nothing yet. Of the URL only scheme, host and port count.
  static base::Result<Client> make(const std::string& url, FetchOptions options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  base::Result<Response> send(const Outgoing& request, base::Deadline deadline);

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace net

// One request and its answer on a connection that stands: head and body out, status, headers and body in, both at the
// same time, so that a server which refuses a large body is heard before it is sent. Nothing is retried here. One
// thread.

#pragma once

#include <string>
#include <string_view>

#include "net/client_socket.h"
#include "net/http_client.h"
#include "net/url.h"

namespace net {

struct Exchanged {
  HttpOutcome outcome;
  bool answer_began = false;  // something came, be it an interim answer
  bool keeps_alive = false;   // the connection may be used again
};

// What goes before the body: the request line for `target` (the absolute form, through a proxy), Host, the request's
// headers, the framing of its body, and `more` fields (whole lines). What the request has in its headers has been
// checked.
std::string request_head(const HttpRequest& request, const Url& url, std::string_view target, std::string_view more);

Exchanged exchange(ClientSocket& socket, const HttpRequest& request, std::string head);

}  // namespace net

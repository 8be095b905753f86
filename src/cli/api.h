// Calls of one server: what is asked for as path, query and body; what comes back as JSON, or as an error that says
// what to do. Problem documents (RFC 9457) become errors with their message, fields and request id. Redirects are not
// followed, and a page's successor is asked of the same server, whatever its link says: the token goes nowhere else.
//
//   Threads   one.
//   Errors    of the server, by status (base/error_table.h); kUnavailable where none answers, or what answers is no
//             Stewardry; `detail` has the request id.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/profile.h"
#include "json/value.h"
#include "net/client.h"

namespace cli {

using Query = std::vector<std::pair<std::string, std::string>>;

struct Reply {
  int status = 0;
  json::Value body;  // null: none
  std::string etag;
  std::string next_query;  // of the next page; empty: this was the last
};

struct Ask {
  std::string method = "GET";
  std::string path;  // below the server's URL, encoded: see segment()
  Query query;
  std::optional<json::Object> body;
  std::string if_match, idempotency_key;
};

class Api {
 public:
  // `url` may have a path: the base path under which the server is reached.
  static base::Result<Api> open(const std::string& url, const base::Secret& token, const std::string& trust_file);

  base::Result<Reply> call(const Ask& ask);
  base::Result<Reply> get(const std::string& path, const Query& query = {});
  // The page after `page`, which `ask` gave.
  base::Result<Reply> next(const Ask& ask, const Reply& page);
  // GET of a stream of events, to its end; longer than any other call.
  base::Result<void> wait_for_end(const std::string& path);

 private:
  Api(net::Client client, std::string base_path, base::Secret token)
      : client_(std::move(client)), base_path_(std::move(base_path)), token_(std::move(token)) {}
  base::Result<Reply> send(const Ask& ask, const std::string& query);

  net::Client client_;
  std::string base_path_;
  base::Secret token_;
};

// One segment of a path: everything but unreserved characters is encoded.
std::string segment(std::string_view text);

// "https://host:8443/base", checked and without a slash at the end; kInvalid says what is wrong.
struct ServerUrl {
  std::string origin, path;
  bool encrypted = false, local = false;  // local: of this machine
};
base::Result<ServerUrl> parse_server_url(const std::string& text);

// The query of the link with rel="next" (RFC 8288); empty: there is none.
std::string next_query_of(std::string_view link_header);

// A problem document, or any other answer of status 300 or more, as an error.
base::Error problem_of(const net::Response& response);

}  // namespace cli

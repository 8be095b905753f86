#include "api/paging.h"

#include <fmt/format.h>

#include "base/text.h"

namespace api {

base::Result<std::string> Listing::after() const {
  if (!page_.cursor) return std::string();
  return context_.cursors.open(*page_.cursor, call_.principal().user_id, question_);
}

http::Reply Listing::finish(http::Reply reply, const std::optional<std::string>& next, std::size_t total) const {
  if (page_.count) reply.headers.add("X-Total-Count", std::to_string(total));
  if (!next) return reply;
  // The same target with the cursor exchanged; the rest of the query stays as it was sent.
  std::string query;
  std::string_view rest = call_.request().query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    // The name as the decoder reads it: "c%75rsor" is the cursor too, and two of them would be refused.
    if (pair.empty() || base::percent_decode(pair.substr(0, pair.find('='))) == "cursor") continue;
    query.append(pair).push_back('&');
  }
  query.append("cursor=").append(context_.cursors.seal(*next, call_.principal().user_id, question_));
  reply.headers.add("Link", fmt::format("<{}?{}>; rel=\"next\"", call_.request().path, query));
  return reply;
}

}  // namespace api

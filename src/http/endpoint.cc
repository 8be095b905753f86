#include "http/endpoint.h"

#include <algorithm>

#include "base/text.h"

namespace http::internal {
namespace {

// Cuts the text at the first `mark`; what follows is left in `text`.
std::string_view next_part(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return base::trim(part);
}

// RFC 9110 section 8.3: application/json, or a type with the suffix +json (RFC 6839); a charset, if any, is UTF-8.
bool is_json(std::string_view content_type) {
  const std::string type = base::to_lower_ascii(next_part(content_type, ';'));
  const bool suffix = type.size() > 5 && type.ends_with("+json") && type.find('/') != std::string::npos;
  if (type != "application/json" && !suffix) return false;
  while (!content_type.empty()) {
    std::string_view parameter = next_part(content_type, ';');
    if (parameter.empty()) continue;
    const std::string_view name = next_part(parameter, '=');
    if (!base::equal_ignoring_case(name, "charset")) continue;
    if (parameter.size() >= 2 && parameter.starts_with('"') && parameter.ends_with('"')) {
      parameter.remove_prefix(1);
      parameter.remove_suffix(1);
    }
    if (!base::equal_ignoring_case(parameter, "utf-8")) return false;
  }
  return true;
}

}  // namespace

base::Result<void> check_body(const net::Request& request, bool may_miss) {
  if (request.body.empty()) {
    if (may_miss) return {};
    if (request.headers.count("Content-Length") == 0 && request.headers.count("Transfer-Encoding") == 0) {
      return base::fail(base::Code::kLengthRequired,
                        "This needs a body, and the request does not say how long its body is: "
                        "send Content-Length, or Transfer-Encoding: chunked.");
    }
    return base::fail_field(base::Code::kInvalid, "", "This needs a body: a JSON document (application/json).");
  }
  // RFC 9110 section 8.3 lets a recipient look for itself where the sender does not say; the clients of before do not
  // say.
  const std::size_t types = request.headers.count("Content-Type");
  if (types > 1 || (types == 1 && !is_json(*request.headers.get("Content-Type")))) {
    return base::fail_field(base::Code::kUnsupportedMedia, "header:Content-Type",
                            "The body must be application/json (in UTF-8).");
  }
  const std::optional<std::string_view> coding = request.headers.get("Content-Encoding");
  if (coding && !base::equal_ignoring_case(*coding, "identity")) {
    return base::fail_field(base::Code::kUnsupportedMedia, "header:Content-Encoding",
                            "The body must be sent as it is, without Content-Encoding.");
  }
  return {};
}

base::Result<void> check_no_body(const net::Request& request) {
  if (request.body.empty()) return {};
  return base::fail_field(base::Code::kInvalid, "", "This takes no body; send the request without one.");
}

}  // namespace http::internal

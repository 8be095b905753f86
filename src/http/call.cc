#include "http/call.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace http {
namespace internal {
namespace {

bool is_etag_character(char c) {  // RFC 9110 section 8.8.3: etagc
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte <= 0x7e) || byte >= 0x80;
}

// Takes one entity-tag off the front; false where there is none.
bool take_tag(std::string_view& text, std::string_view& tag, bool& weak) {
  weak = text.starts_with("W/");
  if (weak) text.remove_prefix(2);
  if (!text.starts_with('"')) return false;
  const std::size_t end = text.find('"', 1);
  if (end == std::string_view::npos) return false;
  tag = text.substr(0, end + 1);
  text.remove_prefix(end + 1);
  return std::all_of(tag.begin() + 1, tag.end() - 1, is_etag_character);
}

// A list of entity-tags; empty elements are passed over (RFC 9110 section 5.6.1.2). False: against the grammar.
bool read_tags(std::string_view text, std::string_view wanted, std::size_t& count, bool& matched) {
  for (;;) {
    text = base::trim(text);
    while (text.starts_with(',')) text = base::trim(text.substr(1));
    if (text.empty()) return true;
    std::string_view tag;
    bool weak = false;
    if (!take_tag(text, tag, weak)) return false;
    ++count;
    matched = matched || (!weak && tag == wanted);
    text = base::trim(text);
    if (!text.empty() && !text.starts_with(',')) return false;
  }
}

}  // namespace

base::Result<bool> if_match_allows(const net::Headers& headers, std::string_view etag) {
  std::size_t fields = 0, stars = 0, tags = 0;
  bool matched = false, sound = true;
  for (const net::Header& header : headers.all()) {
    if (!base::equal_ignoring_case(header.name, "If-Match")) continue;
    ++fields;
    if (base::trim(header.value) == "*")
      ++stars;
    else
      sound = sound && read_tags(header.value, etag, tags, matched);
  }
  if (fields == 0) return true;
  if (!sound || stars + tags == 0 || stars > 1 || (stars == 1 && tags > 0)) {
    return base::fail_field(base::Code::kInvalid, "header:If-Match",
                            "If-Match must be * or a list of entity tags in quotes, such as \"3\".");
  }
  return stars == 1 || matched;
}

}  // namespace internal

const identity::Principal& Call::principal() const {
  CHECK(principal_.has_value(), "an endpoint that asks who calls needs a token");
  return *principal_;
}

const std::string& Call::path(std::string_view name) const {
  const auto found =
      std::find_if(path_.begin(), path_.end(), [&](const PathParameter& each) { return each.name == name; });
  CHECK(found != path_.end(), "a handler asks only for parameters of its path");
  return found->text;
}

base::Result<void> Call::check_if_match(std::string_view what, std::uint64_t version) const {
  const std::string etag = '"' + std::to_string(version) + '"';
  if (TRY(internal::if_match_allows(request_.headers, etag))) return {};
  base::Error error(base::Code::kPreconditionFailed, std::string(what) + " has changed: its version is now " + etag +
                                                         ". Read it again, and decide anew.");
  error.fields.push_back({"header:If-Match", "does not name the present version, " + etag});
  return base::fail(std::move(error));
}

bool Call::has_if_match() const { return request_.headers.get("If-Match").has_value(); }

}  // namespace http

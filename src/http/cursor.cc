// cursor   = base64url(mac position)
// mac      = the first 16 bytes of HMAC-SHA-256(key, "cursor 1" field(position) field(caller) field(query))
// field(x) = the length of x as 8 bytes, most significant first, and x; so that no two lists of fields share a text
//
// base::parse_base64url takes one spelling only of every text, so there is no second cursor for the same bytes.

#include "http/cursor.h"

#include <cstdint>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace http {
namespace {

constexpr std::size_t kMacBytes = 16;

void append_field(std::string& out, std::string_view text) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(text.size()) >> shift & 255));
  }
  out.append(text);
}

std::string mac(const base::Secret& key, std::string_view position, std::string_view caller, std::string_view query) {
  std::string message = "cursor 1";
  append_field(message, position);
  append_field(message, caller);
  append_field(message, query);
  return crypto::hmac_sha256(key, message).substr(0, kMacBytes);
}

}  // namespace

std::string CursorSealer::seal(std::string_view position, std::string_view caller, std::string_view query) const {
  return base::base64url(mac(key_, position, caller, query).append(position));
}

base::Result<std::string> CursorSealer::open(std::string_view cursor, std::string_view caller,
                                             std::string_view query) const {
  static constexpr std::string_view kStory =
      "is not a cursor of this list; take it, with the other parameters unchanged, from the answer before (Link: "
      "rel=\"next\"), or leave it out to begin again";
  std::optional<std::string> bytes;
  if (cursor.size() <= base::limits::kCursorBytesMax) bytes = base::parse_base64url(cursor);
  if (bytes && bytes->size() >= kMacBytes) {
    std::string position = bytes->substr(kMacBytes);
    const std::string_view given(bytes->data(), kMacBytes);
    if (base::equal_in_constant_time(given, mac(key_, position, caller, query))) return position;
  }
  base::Error error(base::Code::kInvalid, "query:cursor " + std::string(kStory) + ".");
  error.fields.push_back({"query:cursor", std::string(kStory)});
  return base::fail(std::move(error));
}

}  // namespace http

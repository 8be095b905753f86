// Cursors of lists: opaque texts that say where the next page starts, bound to who asked and what was asked.
//
// A cursor is base64url of a position and a MAC (HMAC-SHA-256, 128 bits) over position, caller and query, under a key
// of the data directory; so one that was made up, altered, or given by another caller or for another query is refused,
// and one from before a restart is good. The position is not secret, but nobody should read it. Any thread.
//
// Errors: open(): kInvalid, "query:cursor".

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace http {

class CursorSealer {
 public:
  explicit CursorSealer(base::Secret key) : key_(std::move(key)) {}
  // `query` names what was asked, without limit and cursor: "nodes?organization_id=...".
  [[nodiscard]] std::string seal(std::string_view position, std::string_view caller, std::string_view query) const;
  [[nodiscard]] base::Result<std::string> open(std::string_view cursor, std::string_view caller,
                                               std::string_view query) const;

 private:
  base::Secret key_;
};

}  // namespace http

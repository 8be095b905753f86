// What a transaction changes, as an event shows it: of each recorded item the attributes that differ, before and after.
//
// Which types are recorded, by which attribute each names the thing that it belongs to, and what of it is secret, is
// one table in diff.cc. What an event says of a change is bounded (kDifferenceBytesMax): past that, each item shows the
// length and the SHA-256 of what would have stood there, so that a large change is recorded and does not fail.
//
// Pure, any thread. Errors: kCorrupt where an item's attributes are not a JSON object.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"
#include "store/transaction.h"

namespace audit {

inline constexpr std::size_t kDifferenceBytesMax = 256 * 1024;  // of before and after together
inline constexpr std::string_view kSecret = "(secret)";

struct Difference {
  json::Object before, after;       // as audit/event.h describes them
  std::vector<std::string> things;  // ids of what the recorded items belong to; sorted, each once
};

[[nodiscard]] bool is_recorded(std::string_view item_type);

// `things` is empty where no recorded item is written.
[[nodiscard]] base::Result<Difference> difference_of(std::span<const store::Change> changes);

// In the place of a value that is too large: {"bytes": ..., "sha256": ...} of its JSON text.
[[nodiscard]] json::Object digest_of(std::string_view json_text);

}  // namespace audit

// From text to JSON value, strictly: RFC 8259 and I-JSON (RFC 7493). Valid UTF-8, no duplicate keys, no U+0000 in a
// string or key, numbers exact to the last bit (boost 1.81's own reading of doubles is not) and within range, depth at
// most limits::kJsonDepthMax, or `depth_max`. Pure, any thread.
//
// Errors: kInvalid, with line and column (both from 1; the column counts bytes) and the JSON pointer of where the
// parser was.

#pragma once

#include <cstddef>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "json/value.h"

namespace json {

base::Result<Value> parse(std::string_view text, std::size_t depth_max = base::limits::kJsonDepthMax);

// For text that this program wrote and stored itself: as parse, without the search for duplicates and NUL.
// Errors: kCorrupt.
// `storage` is where the value lives: the heap, or an arena that outlives it.
base::Result<Value> parse_stored(std::string_view text, const boost::json::storage_ptr& storage = {},
                                 std::size_t depth_max = base::limits::kJsonDepthMax);

}  // namespace json

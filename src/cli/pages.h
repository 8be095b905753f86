// Lists that come in pages, put together: arrays end to end; of objects, their arrays end to end ({"principals":
// [...]},
// {"gains": [...], "loses": [...]}).

#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "cli/api.h"

namespace cli {

inline constexpr std::size_t kEverything = std::numeric_limits<std::size_t>::max();

struct Pages {
  json::Value body;
  bool more = false;  // the server has more than was wanted
};

// `wanted` elements at the most, by as few pages as that takes.
base::Result<Pages> pages(Api& api, Ask ask, std::size_t wanted);

// The objects of a list: `wanted` of them at the most, or every one.
base::Result<std::vector<json::Object>> objects(Api& api, const std::string& path, Query query, std::size_t wanted);
base::Result<std::vector<json::Object>> everything(Api& api, const std::string& path, Query query = {});

// Adds a page to what was there before.
void join(json::Value& whole, json::Value page);

}  // namespace cli

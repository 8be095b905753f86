// Any bytes as a query are read or refused, with every problem's place; and what was read is valid UTF-8.

#include "base/check.h"
#include "base/text.h"
#include "http/query.h"

namespace {

struct Asked {
  std::uint32_t limit = 100;
  std::optional<std::string> text;
  std::optional<bool> count;
  std::optional<std::int64_t> offset;
  template <class V>
  static void describe(V& field) {
    field("limit", &Asked::limit, {.min = 1, .max = 1000, .may_miss = true});
    field("text", &Asked::text, {.chars_max = 5});
    field("count", &Asked::count);
    field("offset", &Asked::offset);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view query(reinterpret_cast<const char*>(data), size);
  if (const base::Result<http::QueryPairs> pairs = http::parse_query(query)) {
    for (const auto& [name, value] : *pairs) CHECK(base::is_utf8(name) && base::is_utf8(value), "what is read is text");
  }
  const base::Result<Asked> asked = http::decode_query<Asked>(query);
  if (asked)
    CHECK(asked->limit >= 1 && asked->limit <= 1000, "the rules hold");
  else
    CHECK(!asked.error().fields.empty(), "a refusal says where");
  CHECK(query.empty() ? http::refuse_query(query).has_value() : true, "no query is no parameter");
  return 0;
}

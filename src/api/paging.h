// Lists by pages: limit and cursor in, Link and X-Total-Count out (docs/reference/http-api.md).

#pragma once

#include <optional>
#include <string>

#include "api/context.h"
#include "base/limits.h"
#include "http/call.h"
#include "json/describe.h"

namespace api {

struct PageQuery {
  std::int64_t limit = base::limits::kPageDefault;
  std::optional<std::string> cursor;
  bool count = false;

  template <class V>
  static void describe(V& field) {
    field("limit", &PageQuery::limit,
          {.doc = "How many elements a page has at the most.",
           .min = 1,
           .max = base::limits::kPageMax,
           .may_miss = true});
    field("cursor", &PageQuery::cursor,
          {.doc = "Where the page starts: the cursor of the page before.", .chars_max = base::limits::kCursorBytesMax});
    field("count", &PageQuery::count, {.doc = "Whether X-Total-Count is wanted.", .may_miss = true});
  }
};

// What a list was asked for, without limit and cursor: what its cursors are bound to.
class Listing {
 public:
  Listing(const Context& context, const http::Call& call, const PageQuery& page, std::string question)
      : context_(context), call_(call), page_(page), question_(std::move(question)) {}

  // The position after which the page starts; empty: from the start.
  [[nodiscard]] base::Result<std::string> after() const;
  [[nodiscard]] std::size_t limit() const { return static_cast<std::size_t>(page_.limit); }
  // Adds Link: rel="next" where there is a next page, and X-Total-Count where it was asked for.
  [[nodiscard]] http::Reply finish(http::Reply reply, const std::optional<std::string>& next, std::size_t total) const;

 private:
  const Context& context_;
  const http::Call& call_;
  const PageQuery& page_;
  std::string question_;
};

}  // namespace api

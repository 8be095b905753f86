// Nothing that was not sealed opens: any text is refused, save the one cursor that was made for just this position.

#include "base/check.h"
#include "http/cursor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const http::CursorSealer sealer(base::Secret("a key that the fuzzer does not know"));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CHECK(!sealer.open(text, "caller", "query").has_value(), "a text that nobody sealed is refused");

  const std::string cursor = sealer.seal(text, "caller", "query");
  const base::Result<std::string> opened = sealer.open(cursor, "caller", "query");
  if (opened)
    CHECK(*opened == text, "a cursor holds its position");
  else
    CHECK(cursor.size() > 4096, "only a cursor that is too long is lost");
  CHECK(!sealer.open(cursor, "other", "query").has_value(), "another caller's cursor is refused");
  return 0;
}

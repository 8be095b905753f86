// Whatever a server sends as an ACL is read or refused.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pg_inspect/acl.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  pg_inspect::RoleNames names;
  names.add("a", 1);
  names.add("a\"b", 2);
  (void)pg_inspect::parse_acl(text, names);
  (void)pg_inspect::parse_array(text);
  return 0;
}

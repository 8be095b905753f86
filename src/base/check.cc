#include "base/check.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace base {

void check_failed(const char* condition, const char* story, std::source_location where) {
  fmt::print(stderr, "{}:{}: CHECK failed: {} ({})\n", where.file_name(), where.line(), condition, story);
  std::fflush(stderr);
  std::abort();
}

}  // namespace base

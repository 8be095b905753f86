// CHECK(condition, "what must hold"): for our own mistakes, on in release too. Prints the place and aborts. Nothing
// that a caller sends may trip one; that is what Result is for.

#pragma once

#include <source_location>

namespace base {

[[noreturn]] void check_failed(const char* condition, const char* story, std::source_location where);

}  // namespace base

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): the condition's text is wanted
#define CHECK(condition, story)                                                 \
  do {                                                                          \
    if (!(condition)) [[unlikely]]                                              \
      ::base::check_failed(#condition, story, std::source_location::current()); \
  } while (false)

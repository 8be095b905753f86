// The bytes of the archive, by way of the assembler: a file of megabytes is taken in at once, where an array in C++
// would cost the compiler minutes.

#include "aws_model/archive.h"

#ifdef __clang_analyzer__  // clang-tidy is not told what the build defines
#define STEWARDRY_MODELS "/dev/null"
#endif

// NOLINTNEXTLINE(hicpp-no-assembler): see above
asm(R"(
  .section .rodata.stewardry_models, "a"
  .balign 16
  .global stewardry_models_begin, stewardry_models_end
stewardry_models_begin:
  .incbin ")" STEWARDRY_MODELS R"("
stewardry_models_end:
  .byte 0
  .text
)");

// NOLINTBEGIN(readability-identifier-naming): names of the assembler, which have no namespace
extern "C" {
extern const char stewardry_models_begin;
extern const char stewardry_models_end;
}
// NOLINTEND(readability-identifier-naming)

namespace aws_model {

std::string_view linked_archive() {
  const char* begin = &stewardry_models_begin;
  const char* end = &stewardry_models_end;
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace aws_model

// Whatever is taken for a verifier, it matches no password that it was not made of; iterations are kept few.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crypto/scram.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::size_t kDigitsMax = 4;
  const std::size_t digits = text.find(':');
  constexpr std::size_t kMechanismLength = 14;
  if (digits != std::string_view::npos && digits > kMechanismLength + kDigitsMax) return 0;
  if (crypto::scram_matches(text, base::Secret("a password that is nowhere"))) std::abort();
  return 0;
}
